"""What can be done with a request to ACC on its page, and what requests add to the page of a case."""

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from clinic import documents
from clinic.acts import Act, ActForm, Done
from clinic.models import Document, Practitioner, User
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.tasks import draw_document
from clinic.widgets import INPUT, SELECT, DayWidget
from patients.models import Case
from treatments.models import TreatmentRequest
from treatments.requests import requesting


class AnswerForm(ActForm):
    approved = forms.ChoiceField(
        label="ACC", choices=[("yes", "Approved it"), ("no", "Declined it")], widget=forms.Select(attrs=SELECT)
    )
    answered_on = forms.DateField(label="On", widget=DayWidget)
    number = forms.CharField(
        label="Purchase order", required=False, max_length=20, widget=forms.TextInput(attrs=INPUT)
    )
    sessions = forms.IntegerField(
        label="Sessions approved", required=False, min_value=1, max_value=999, widget=forms.NumberInput(attrs=INPUT)
    )
    valid_from = forms.DateField(
        label="Valid from", required=False, widget=DayWidget, help_text="Empty: from the day of the answer."
    )
    expires_on = forms.DateField(label="Last day", required=False, widget=DayWidget)
    note = forms.CharField(required=False, max_length=300, widget=forms.TextInput(attrs=INPUT))

    def initial_for(self, row: TreatmentRequest) -> dict[str, Any]:
        return {"answered_on": timezone.localdate(), "sessions": row.sessions_requested}

    def clean(self) -> dict[str, Any]:
        """What was asked for stands in the form; of a declined request nothing of it was given."""
        cleaned = super().clean()
        if cleaned.get("approved") == "no" and not cleaned.get("number"):
            cleaned["sessions"] = None
        return cleaned


class BeginForm(ActForm):
    practitioner = forms.ModelChoiceField(Practitioner.objects.none(), widget=forms.Select(attrs=SELECT))
    sessions_requested = forms.IntegerField(
        label="How many more sessions", required=False, min_value=1, max_value=999,
        widget=forms.NumberInput(attrs=INPUT),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, row: Case) -> None:
        super().__init__(data, row=row)
        self.fields["practitioner"].queryset = Practitioner.objects.filter(archived_at=None)

    def initial_for(self, row: Case) -> dict[str, Any]:
        latest = row.treatments.signed().order_by("-started_at").first()
        return {"practitioner": latest.practitioner_id if latest else None}


def _finish(*, row: TreatmentRequest, by: User, now: datetime) -> Done:
    requesting.finish(request=row, by=by, now=now)
    return Done("Finished. Make the PDF, send it to ACC, and take down the answer here.")


def _answer(*, row: TreatmentRequest, by: User, now: datetime, approved: str, **asked: Any) -> Done:
    answer = requesting.take_down_answer(request=row, approved=approved == "yes", by=by, now=now, **asked)
    if answer.purchase_order is None:
        return Done(f"Taken down: {str(answer).lower()}.")
    order = answer.purchase_order
    return Done(f"Taken down: {order.sessions} more sessions by purchase order {order}.")


def _discard(*, row: TreatmentRequest, by: User, now: datetime) -> Done:
    requesting.discard(request=row, by=by, now=now)
    return Done("The draft is thrown away.", go_to=reverse("admin:treatments_treatmentrequest_changelist"))


def _print(*, row: TreatmentRequest, by: User, now: datetime) -> Done:
    document = documents.ask(kind="acc32_request", subject=row.pk, by=by, now=now)
    if document.state == Document.State.ASKED:
        soon(draw_document, document.pk)
    return Done("The paper is being drawn. It appears under Papers below.")


def _begin(*, row: Case, by: User, now: datetime, **asked: Any) -> Done:
    request = requesting.draft(case=row, by=by, now=now, **asked)
    place = reverse("admin:treatments_treatmentrequest_change", args=[request.pk])
    return Done("The request is begun. What is still missing is listed on its page.", go_to=place)


def _is_finished(request: TreatmentRequest) -> bool:
    return request.is_finished


def _is_draft(request: TreatmentRequest) -> bool:
    return not request.is_finished


ACTS = [
    Act(name="finish", label="Finish", needs=Permission.WRITE_NOTES, possible=_is_draft, do=_finish, style="primary"),
    Act(
        name="answer",
        label="Take down the answer",
        needs=Permission.WRITE_NOTES,
        possible=_is_finished,
        form=AnswerForm,
        do=_answer,
        style="primary",
    ),
    Act(name="print", label="Make the PDF", needs=Permission.READ_NOTES, possible=_is_finished, do=_print),
    Act(
        name="discard",
        label="Discard draft",
        needs=Permission.WRITE_NOTES,
        possible=_is_draft,
        form=ActForm,
        do=_discard,
        style="danger",
        warning="The draft and all that is written in it are thrown away. Its history stays.",
    ),
]

# On the page of a case, some floors below.
REQUEST_TREATMENT = Act(
    name="request-treatment",
    label="Request more treatment",
    needs=Permission.WRITE_NOTES,
    possible=lambda case: case.kind == Case.Kind.ACC and case.closed_on is None,
    form=BeginForm,
    do=_begin,
)
REQUESTS_OF_CASE = Act(
    name="requests",
    label="Requests to ACC",
    needs=Permission.READ_NOTES,
    possible=lambda case: case.kind == Case.Kind.ACC,
    leads_to=lambda case: f"{reverse('admin:treatments_treatmentrequest_changelist')}?case__id__exact={case.pk}",
    style="quiet",
)
