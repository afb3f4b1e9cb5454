"""What can be done with a note on its page, and what notes add to the pages of a visit and of a patient."""

from datetime import datetime

from django import forms
from django.urls import reverse

from appointments.models import Appointment
from clinic import documents
from clinic.acts import Act, ActForm, Done
from clinic.models import Document, User
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.tasks import draw_document
from clinic.widgets import INPUT, TEXT
from treatments import charting, signing
from treatments.models import Treatment


class AmendForm(ActForm):
    reason = forms.CharField(max_length=120, label="Why", widget=forms.TextInput(attrs=INPUT))
    text = forms.CharField(label="What is corrected", widget=forms.Textarea(attrs=TEXT))


def _sign(*, row: Treatment, by: User, now: datetime) -> Done:
    signing.sign(treatment=row, by=by, now=now)
    return Done("Signed. From now on this note is only added to.")


def _amend(*, row: Treatment, by: User, now: datetime, reason: str, text: str) -> Done:
    signing.amend(treatment=row, reason=reason, text=text, by=by, now=now)
    return Done("The amendment is added below the note.")


def _discard(*, row: Treatment, by: User, now: datetime) -> Done:
    charting.discard(treatment=row, by=by, now=now)
    return Done("The draft is thrown away.", go_to=reverse("admin:treatments_treatment_changelist"))


def _cosign(*, row: Treatment, by: User, now: datetime) -> Done:
    signing.cosign(treatment=row, by=by, now=now)
    return Done("Signed beside the student.")


def _print(*, row: Treatment, by: User, now: datetime) -> Done:
    document = documents.ask(kind="signed_note", subject=row.pk, by=by, now=now)
    if document.state == Document.State.ASKED:
        soon(draw_document, document.pk)
    return Done("The paper is being drawn. It appears under Papers below.")


def _print_aftercare(*, row: Treatment, by: User, now: datetime) -> Done:
    document = documents.ask(kind="aftercare", subject=row.pk, by=by, now=now)
    if document.state == Document.State.ASKED:
        soon(draw_document, document.pk)
    return Done("The aftercare sheet is being drawn. It appears under Papers below.")


def _is_signed(treatment: Treatment) -> bool:
    return treatment.is_signed


def _is_draft(treatment: Treatment) -> bool:
    return not treatment.is_signed


ACTS = [
    Act(name="sign", label="Sign", needs=Permission.WRITE_NOTES, possible=_is_draft, do=_sign, style="primary"),
    Act(
        name="cosign",
        label="Sign beside the student",
        needs=Permission.WRITE_NOTES,
        possible=lambda row: row.is_signed and row.needs_cosign,
        do=_cosign,
        style="primary",
    ),
    Act(name="amend", label="Amend", needs=Permission.WRITE_NOTES, possible=_is_signed, form=AmendForm, do=_amend),
    Act(name="print", label="Make the PDF", needs=Permission.READ_NOTES, possible=_is_signed, do=_print),
    Act(
        name="print-aftercare",
        label="Make the aftercare sheet",
        needs=Permission.READ_NOTES,
        possible=_is_signed,
        do=_print_aftercare,
    ),
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


def note_of(appointment: Appointment) -> Treatment | None:
    return Treatment.objects.filter(appointment=appointment).only("pk", "status").first()


# On the page of a visit, a floor below.
OPEN_NOTE = Act(
    name="open-note",
    label="Open the note",
    needs=Permission.READ_NOTES,
    possible=lambda visit: note_of(visit) is not None,
    leads_to=lambda visit: reverse("admin:treatments_treatment_change", args=[note_of(visit).pk]),
)
NOTES_OF_PATIENT = Act(
    name="notes",
    label="Notes",
    needs=Permission.READ_NOTES,
    leads_to=lambda patient: f"{reverse('admin:treatments_treatment_changelist')}?patient__id__exact={patient.pk}",
)
