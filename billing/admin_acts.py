"""What can be done with an invoice on its page, and what money adds to the pages of a visit, a note and a patient."""

from collections.abc import Callable
from datetime import datetime

from django.urls import reverse

from appointments.models import Appointment
from billing import dividing, invoicing
from billing.models import Invoice
from billing.payment_acts import TAKE_FOR_INVOICE, USE_CREDIT
from clinic import documents
from clinic.acts import Act, ActForm, Done
from clinic.errors import Refusal
from clinic.models import Document, User
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.tasks import draw_document
from patients.models import Case
from treatments.models import Treatment


def _issue(*, row: Invoice, by: User, now: datetime) -> Done:
    issued = invoicing.issue(invoice=row, by=by, now=now)
    return Done(f"{issued.label} is issued. It never changes from now on.")


def _discard(*, row: Invoice, by: User, now: datetime) -> Done:
    invoicing.discard(invoice=row, by=by, now=now)
    return Done("The draft is thrown away.", go_to=reverse("admin:billing_invoice_changelist"))


def _print(kind: str) -> Callable[..., Done]:
    def ask(*, row: Invoice, by: User, now: datetime) -> Done:
        document = documents.ask(kind=kind, subject=row.pk, by=by, now=now)
        if document.state == Document.State.ASKED:
            soon(draw_document, document.pk)
        return Done("The paper is being drawn. It appears under Papers below.")

    return ask


def _is_draft(invoice: Invoice) -> bool:
    return invoice.status == Invoice.Status.DRAFT


def _is_issued(invoice: Invoice) -> bool:
    return invoice.status == Invoice.Status.ISSUED


def _is_to_acc(invoice: Invoice) -> bool:
    case = invoice.case
    return (
        _is_issued(invoice) and case is not None and case.kind == Case.Kind.ACC and case.payer_id == invoice.payer_id
    )


ACTS = [
    Act(
        name="issue",
        label="Issue",
        needs=Permission.KEEP_MONEY,
        possible=_is_draft,
        form=ActForm,
        do=_issue,
        style="primary",
        warning="It gets its number and its day, and never changes again.",
    ),
    TAKE_FOR_INVOICE,
    USE_CREDIT,
    Act(name="print", label="Make the PDF", needs=Permission.SEE_MONEY, possible=_is_issued, do=_print("invoice")),
    Act(
        name="print-schedule",
        label="Make the ACC schedule",
        needs=Permission.SEE_MONEY,
        possible=_is_to_acc,
        do=_print("acc_schedule"),
    ),
    Act(
        name="discard",
        label="Discard draft",
        needs=Permission.KEEP_MONEY,
        possible=_is_draft,
        form=ActForm,
        do=_discard,
        style="danger",
        warning="The draft is thrown away, and its treatments can be billed anew.",
    ),
]


def _unbilled(row: Appointment | Treatment) -> Treatment | None:
    """The signed treatment of that page that stands on no invoice yet. Nothing of what the note says is read."""
    rows = Treatment.objects.signed().filter(billed_parts=None).select_related("patient", "case__payer", "appointment")
    found = rows.filter(pk=row.pk) if isinstance(row, Treatment) else rows.filter(appointment=row)
    return found.only("patient", "case", "appointment", "started_at", "status", "face_to_face_minutes").first()


def _draft(*, row: Appointment | Treatment, by: User, now: datetime) -> Done:
    treatment = _unbilled(row)
    if treatment is None:
        raise Refusal("nothing_to_bill", "There is no signed treatment here that is not billed yet.")
    drafts = dividing.draft_for_everybody(treatment=treatment, by=by, now=now)
    sentence = (
        "A draft is ready." if len(drafts) == 1 else "Two drafts are ready: the payer's part, and the patient's."
    )
    return Done(
        sentence, go_to=f"{reverse('admin:billing_invoice_changelist')}?patient__id__exact={treatment.patient_id}"
    )


# On the pages of a visit and of a note, floors below.
DRAFT_INVOICES = Act(
    name="draft-invoices",
    label="Draft invoices",
    needs=Permission.KEEP_MONEY,
    possible=lambda row: _unbilled(row) is not None,
    do=_draft,
)
INVOICES_OF_PATIENT = Act(
    name="invoices",
    label="Invoices",
    needs=Permission.SEE_MONEY,
    leads_to=lambda patient: f"{reverse('admin:billing_invoice_changelist')}?patient__id__exact={patient.pk}",
)
