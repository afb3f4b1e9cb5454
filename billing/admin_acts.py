"""What can be done with an invoice on its page, and what money adds to the pages of a visit, a note and a patient."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse

from appointments.models import Appointment
from appointments.statuses import Status
from billing import dividing, invoicing, lines
from billing.adjusting import acts as adjusting_acts
from billing.lines import Sale
from billing.models import Invoice, Service
from billing.payments.acts import PAYMENT_LINK, TAKE_FOR_INVOICE, USE_CREDIT
from billing.us.acts import CODE_LINES
from clinic import documents
from clinic.acts import Act, ActForm, Done
from clinic.errors import Refusal
from clinic.models import Document, User
from clinic.money import CENT
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.tasks import draw_document
from clinic.widgets import INPUT, SELECT
from patients.models import Case, Patient
from treatments.models import Treatment


def _issue(*, row: Invoice, by: User, now: datetime) -> Done:
    issued = invoicing.issue(invoice=row, by=by, now=now)
    return Done(f"{issued.label} is issued. It never changes from now on.")


def _discard(*, row: Invoice, by: User, now: datetime) -> Done:
    invoicing.discard(invoice=row, by=by, now=now)
    return Done("The draft is thrown away.", go_to=reverse("admin:billing_invoice_changelist"))


def draws(kind: str) -> Callable[..., Done]:
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
    CODE_LINES,
    TAKE_FOR_INVOICE,
    USE_CREDIT,
    PAYMENT_LINK,
    *adjusting_acts.ACTS,
    Act(name="print", label="Make the PDF", needs=Permission.SEE_MONEY, possible=_is_issued, do=draws("invoice")),
    Act(
        name="print-schedule",
        label="Make the ACC schedule",
        needs=Permission.SEE_MONEY,
        possible=_is_to_acc,
        do=draws("acc_schedule"),
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


class SellForm(ActForm):
    service = forms.ModelChoiceField(Service.objects.none(), label="What", widget=forms.Select(attrs=SELECT))
    quantity = forms.DecimalField(
        label="How many",
        min_value=CENT,
        max_digits=8,
        decimal_places=2,
        initial=1,
        widget=forms.NumberInput(attrs=INPUT),
    )

    def __init__(self, data: Any = None, *, row: Patient) -> None:
        super().__init__(data, row=row)
        kinds = [Service.Kind.PRODUCT, Service.Kind.PACKAGE]
        self.fields["service"].queryset = Service.objects.active().filter(kind__in=kinds)


def _sell(*, row: Patient, by: User, now: datetime, service: Service, quantity: Decimal) -> Done:
    invoice = invoicing.draft(products=[Sale(service=service, quantity=quantity)], patient=row, by=by, now=now)
    return Done("A draft is ready. Issue it, and it is sold.", go_to=_page_of(invoice))


def _charge_fee(*, row: Appointment, by: User, now: datetime) -> Done:
    invoice = invoicing.draft(missed=[row], by=by, now=now)
    what = "the missed visit" if row.status == Status.MISSED else "cancelling late"
    return Done(f"A draft is ready: the fee for {what}.", go_to=_page_of(invoice))


def _page_of(invoice: Invoice) -> str:
    return reverse("admin:billing_invoice_change", args=[invoice.pk])


def _has_fee(visit: Appointment) -> bool:
    return lines.has_fee(visit) and not visit.billed_parts.exists()


SELL = Act(name="sell", label="Sell a product or package", needs=Permission.KEEP_MONEY, form=SellForm, do=_sell)
CHARGE_FEE = Act(
    name="charge-fee",
    label="Charge the fee",
    needs=Permission.KEEP_MONEY,
    possible=_has_fee,
    do=_charge_fee,
)
