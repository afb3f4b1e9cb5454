"""Where harm is reported, and what can be done with an adverse event on its page."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from clinic.acts import Act, ActForm, Done
from clinic.models import User
from clinic.permissions import Permission
from clinic.showing import day
from clinic.widgets import SELECT, TEXT, DayWidget, MomentField
from patients.models import Patient
from treatments.care import reporting
from treatments.models import AdverseEvent, Treatment


def _text(label: str, *, required: bool = False, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={**TEXT, "rows": 3})
    return forms.CharField(label=label, required=required, help_text=help_text, widget=widget)


INFORMED = "Who was told, and when: the patient, a GP, ACC, an insurer."


class ReportForm(ActForm):
    kind = forms.ChoiceField(label="What kind", choices=AdverseEvent.Kind.choices, widget=forms.Select(attrs=SELECT))
    occurred_at = MomentField(label="When it happened")
    severity = forms.TypedChoiceField(
        choices=AdverseEvent.Severity.choices, coerce=int, widget=forms.Select(attrs=SELECT)
    )
    causality = forms.ChoiceField(
        label="By the treatment",
        choices=AdverseEvent.Causality.choices,
        initial=AdverseEvent.Causality.POSSIBLE,
        widget=forms.Select(attrs=SELECT),
    )
    description = _text("What happened", required=True)
    action = _text("What was done about it")
    informed = _text("Who was told", help_text=INFORMED)
    follow_up_on = forms.DateField(
        label="Look again on", required=False, widget=DayWidget, help_text="Empty: nobody is reminded."
    )

    def initial_for(self, row: Treatment | Patient) -> dict[str, Any]:
        begun = row.started_at if isinstance(row, Treatment) else timezone.now()
        return {"occurred_at": timezone.localtime(begun), "causality": AdverseEvent.Causality.POSSIBLE}


class FollowUpForm(ActForm):
    """What is known by now; what was written before stays in the history."""

    action = _text("What was done about it")
    informed = _text("Who was told", help_text=INFORMED)
    follow_up_on = forms.DateField(label="Look again on", required=False, widget=DayWidget)

    def initial_for(self, row: AdverseEvent) -> dict[str, Any]:
        return {"action": row.action, "informed": row.informed}


class CloseForm(ActForm):
    outcome = _text("How it ended", required=True)
    closed_on = forms.DateField(label="Closed on", widget=DayWidget)

    def initial_for(self, row: AdverseEvent) -> dict[str, Any]:
        return {"outcome": row.outcome, "closed_on": timezone.localdate()}


class ReopenForm(ActForm):
    follow_up_on = forms.DateField(label="Look again on", widget=DayWidget)

    def initial_for(self, row: AdverseEvent) -> dict[str, date]:
        return {"follow_up_on": timezone.localdate()}


def place_of(event: AdverseEvent) -> str:
    return reverse("admin:treatments_adverseevent_change", args=[event.pk])


def _report(*, row: Treatment | Patient, by: User, now: datetime, **asked: Any) -> Done:
    if isinstance(row, Treatment):
        event = reporting.report(patient=row.patient, treatment=row, by=by, now=now, **asked)
    else:
        event = reporting.report(patient=row, by=by, now=now, **asked)
    hint = event.treatment_injury
    return Done(" ".join(filter(None, ["Reported.", hint and hint["hint"]])), go_to=place_of(event))


def _follow_up(*, row: AdverseEvent, by: User, now: datetime, **asked: Any) -> Done:
    event = reporting.correct(event=row, by=by, now=now, **asked)
    again = f" Look again on {day(event.follow_up_on)}." if event.follow_up_on else " No further look is planned."
    return Done(f"Written down.{again}")


def _close(*, row: AdverseEvent, by: User, now: datetime, outcome: str, closed_on: date) -> Done:
    reporting.close(event=row, closed_on=closed_on, outcome=outcome, by=by, now=now)
    return Done("Closed, with how it ended. It can be opened again.")


def _reopen(*, row: AdverseEvent, by: User, now: datetime, follow_up_on: date) -> Done:
    reporting.reopen(event=row, follow_up_on=follow_up_on, by=by, now=now)
    return Done("Open again.")


def _is_open(event: AdverseEvent) -> bool:
    return event.closed_on is None


ACTS = [
    Act(
        name="follow-up",
        label="Follow up",
        needs=Permission.WRITE_NOTES,
        possible=_is_open,
        form=FollowUpForm,
        do=_follow_up,
        style="primary",
    ),
    Act(name="close", label="Close", needs=Permission.WRITE_NOTES, possible=_is_open, form=CloseForm, do=_close),
    Act(
        name="reopen",
        label="Open again",
        needs=Permission.WRITE_NOTES,
        possible=lambda event: event.closed_on is not None,
        form=ReopenForm,
        do=_reopen,
    ),
]
# On the pages of a note and of a patient.
REPORT_EVENT = Act(
    name="report-harm",
    label="Report harm",
    needs=Permission.WRITE_NOTES,
    form=ReportForm,
    do=_report,
    style="quiet",
)
