"""What can be done with a treatment plan on its page, and where one is begun."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from clinic.acts import Act, ActForm, Done
from clinic.models import User
from clinic.permissions import Permission
from clinic.showing import day
from clinic.widgets import INPUT, TEXT, DayWidget
from patients.models import Case
from treatments.care import agreeing
from treatments.models import TreatmentPlan


class ReviewForm(ActForm):
    """As the plan stands, to be agreed anew; the next review as far ahead as the last one was."""

    sessions = forms.IntegerField(min_value=1, max_value=200, widget=forms.NumberInput(attrs=INPUT))
    frequency_per_week = forms.DecimalField(
        label="Sessions a week",
        max_digits=3,
        decimal_places=1,
        help_text="0.5 is once a fortnight.",
        widget=forms.NumberInput(attrs=INPUT),
    )
    weeks = forms.IntegerField(min_value=1, max_value=104, widget=forms.NumberInput(attrs=INPUT))
    goals = forms.CharField(widget=forms.Textarea(attrs=TEXT))
    review_on = forms.DateField(label="Next review on", widget=DayWidget)

    def initial_for(self, row: TreatmentPlan) -> dict[str, Any]:
        today = timezone.localdate()
        kept = {name: getattr(row, name) for name in ("sessions", "frequency_per_week", "weeks", "goals")}
        return kept | {"review_on": max(today + (row.review_on - row.agreed_on), today)}


class CloseForm(ActForm):
    closed_on = forms.DateField(label="Closed on", widget=DayWidget)

    def initial_for(self, row: TreatmentPlan) -> dict[str, date]:
        return {"closed_on": timezone.localdate()}


def _review(*, row: TreatmentPlan, by: User, now: datetime, **asked: Any) -> Done:
    changed = {name: value for name, value in asked.items() if value != getattr(row, name)}
    plan = agreeing.revise(plan=row, by=by, now=now, **changed)
    return Done(f"Reviewed. The next review is on {day(plan.review_on)}.")


def _close(*, row: TreatmentPlan, by: User, now: datetime, closed_on: date) -> Done:
    agreeing.close(plan=row, closed_on=closed_on, by=by, now=now)
    return Done("Closed. What was agreed and what came of it stays.")


def _is_open(plan: TreatmentPlan) -> bool:
    return plan.closed_on is None


ACTS = [
    Act(
        name="review",
        label="Review together",
        needs=Permission.WRITE_NOTES,
        possible=_is_open,
        form=ReviewForm,
        do=_review,
        style="primary",
    ),
    Act(
        name="close",
        label="Close",
        needs=Permission.WRITE_NOTES,
        possible=_is_open,
        form=CloseForm,
        do=_close,
    ),
]


def begin_place(case: Case) -> str:
    return f"{reverse('admin:treatments_treatmentplan_add')}?case={case.pk}"


# On the page of a case, a floor below.
AGREE_PLAN = Act(
    name="agree-plan",
    label="Agree on a plan",
    needs=Permission.WRITE_NOTES,
    possible=lambda case: case.closed_on is None and not case.treatment_plans.open().exists(),
    leads_to=begin_place,
)
