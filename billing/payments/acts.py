"""What can be done with money: on the page of a payment, and on those of an invoice, a visit, a patient, a payer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse

from appointments.models import Appointment
from appointments.statuses import EXPECTED, Status
from billing.models import Invoice, Payment, Statement
from billing.payments import allocating, forms, paying, visit_paying
from billing.payments.links import tokens
from billing.statements import stating
from clinic import documents
from clinic.acts import Act, Done
from clinic.errors import Refusal
from clinic.models import Document, User
from clinic.money import format_money
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.tasks import draw_document
from patients.models import Patient, Payer


def _taken(payment: Payment, invoice: Invoice) -> str:
    owed = Invoice.objects.with_balance().get(pk=invoice.pk).balance
    said = f"{invoice.label} is paid" if owed <= 0 else f"{format_money(owed)} is still owed on {invoice.label}"
    return f"{format_money(payment.amount)} taken, {payment.label}. {said}."


# Of a visit


class TakeForVisitForm(forms.TakeForm):
    """Says what is made beside the payment, where something has to be."""

    def __init__(self, data: Any = None, *, row: Appointment) -> None:
        self.refused = ""
        super().__init__(data, row=row)
        self.fields["amount"].help_text = self.refused or self.said

    def initial_for(self, row: Appointment) -> dict[str, Any]:
        self.said = "There is nothing to pay for this visit."
        try:
            due = visit_paying.due_for(row)
        except Refusal as refusal:
            self.refused = refusal.detail
            return {}
        if due is None:
            return {}
        if due.is_issued:
            self.said = f"Owed on {due.invoice.label}."
        elif due.invoice is not None:
            self.said = "The draft of the invoice is issued with the payment, and never changes again."
        else:
            self.said = "The invoice to the patient is made and issued with the payment."
        return {"amount": due.amount}


def _take_for_visit(
    *, row: Appointment, by: User, now: datetime, method: str, amount: Decimal, reference: str
) -> Done:
    payment = visit_paying.take(visit=row, method=method, amount=amount, reference=reference, by=by, now=now)
    return Done(_taken(payment, payment.allocations.get().invoice), go_to=reverse("admin:index"))


TAKE_FOR_VISIT = Act(
    name="take-payment",
    label="Take payment",
    needs=Permission.KEEP_MONEY,
    possible=lambda row: row.status == Status.COMPLETED and bool(visit_paying.visits_to_pay([row.pk])),
    form=TakeForVisitForm,
    do=_take_for_visit,
)


class DepositForm(forms.TakeForm):
    def initial_for(self, row: Appointment) -> dict[str, Any]:
        return {"amount": row.appointment_type.price}


def _deposit(*, row: Appointment, by: User, now: datetime, method: str, amount: Decimal, reference: str) -> Done:
    account = row.patient.account_holder or row.patient
    payment = paying.pay(
        patient=account, appointment=row, method=method, amount=amount, reference=reference, by=by, now=now
    )
    return Done(f"{format_money(payment.amount)} taken, {payment.label}. The invoice of this visit will take it.")


TAKE_DEPOSIT = Act(
    name="take-deposit",
    label="Take a deposit",
    needs=Permission.KEEP_MONEY,
    possible=lambda row: row.status in EXPECTED and row.patient_id is not None,
    form=DepositForm,
    do=_deposit,
    style="quiet",
)


# Of an invoice


def _owed(invoice: Invoice) -> bool:
    return invoice.status == Invoice.Status.ISSUED and invoice.balance > 0


def _take_for_invoice(
    *, row: Invoice, by: User, now: datetime, method: str, amount: Decimal, reference: str, received_on: date | None
) -> Done:
    payment = paying.pay(
        patient=None if row.payer_id else row.debtor,
        payer=row.payer,
        method=method,
        amount=amount,
        reference=reference,
        received_on=received_on,
        invoices=[(row, amount)],
        by=by,
        now=now,
    )
    return Done(_taken(payment, row))


def _use_credit(*, row: Invoice, by: User, now: datetime) -> Done:
    used = allocating.use_credit_for(invoice=row, by=by, now=now)
    return Done(f"{format_money(sum(part.amount for part in used))} of the account's credit is set against it.")


def _link(*, row: Invoice, by: User, now: datetime) -> Done:
    return Done(f"Send this to whoever pays: {tokens.address_for(row, now=now)}")


PAYMENT_LINK = Act(
    name="payment-link",
    label="Payment link",
    needs=Permission.KEEP_MONEY,
    possible=lambda row: _owed(row) and row.payer_id is None and bool(settings.PAYMENT_LINK),
    do=_link,
    style="quiet",
)
TAKE_FOR_INVOICE = Act(
    name="take-payment",
    label="Take payment",
    needs=Permission.KEEP_MONEY,
    possible=_owed,
    form=forms.TakeForInvoiceForm,
    do=_take_for_invoice,
    style="primary",
)
USE_CREDIT = Act(
    name="use-credit",
    label="Use credit",
    needs=Permission.KEEP_MONEY,
    possible=lambda row: _owed(row) and Payment.objects.credit_for(row).exists(),
    do=_use_credit,
)


# Of a payment


def _set_against(*, row: Payment, by: User, now: datetime, invoice: Invoice, amount: Decimal) -> Done:
    allocating.allocate(payment=row, invoices=[(invoice, amount)], by=by, now=now)
    return Done(f"{format_money(amount)} is set against {invoice.label}.")


def _oldest(*, row: Payment, by: User, now: datetime) -> Done:
    parts = allocating.allocate(payment=row, invoices="oldest", by=by, now=now)
    if not parts:
        return Done("Nothing is owed on this account: it stays as credit.")
    return Done(f"{format_money(sum(part.amount for part in parts))} is set against what is due longest.")


def _take_back(*, row: Payment, by: User, now: datetime, invoice: Invoice, amount: Decimal | None) -> Done:
    back = allocating.take_back(payment=row, invoice=invoice, amount=amount, by=by, now=now)
    return Done(f"{format_money(-back.amount)} is taken back from {invoice.label} and is credit again.")


def _refund(*, row: Payment, by: User, now: datetime, amount: Decimal, method: str, reason: str) -> Done:
    back = paying.refund(payment=row, amount=amount, method=method, reason=reason, by=by, now=now)
    return Done(f"{format_money(-back.amount)} given back, {back.label}.")


def printed(kind: str, subject: int, *, by: User, now: datetime) -> None:
    document = documents.ask(kind=kind, subject=subject, by=by, now=now)
    if document.state == Document.State.ASKED:
        soon(draw_document, document.pk)


def _print_receipt(*, row: Payment, by: User, now: datetime) -> Done:
    printed("receipt", row.pk, by=by, now=now)
    return Done("The receipt is being drawn. It appears under Papers below.")


def _has_credit(payment: Payment) -> bool:
    return payment.remaining > 0


OF_PAYMENT = [
    Act(
        name="set-against",
        label="Set against an invoice",
        needs=Permission.KEEP_MONEY,
        possible=_has_credit,
        form=forms.SetAgainstForm,
        do=_set_against,
        style="primary",
    ),
    Act(name="oldest", label="Set against the oldest", needs=Permission.KEEP_MONEY, possible=_has_credit, do=_oldest),
    Act(name="print", label="Make the receipt", needs=Permission.SEE_MONEY, do=_print_receipt),
    Act(
        name="take-back",
        label="Take back from an invoice",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: row.allocated > 0,
        form=forms.TakeBackForm,
        do=_take_back,
        style="quiet",
    ),
    Act(
        name="refund",
        label="Refund",
        needs=Permission.KEEP_MONEY,
        possible=_has_credit,
        form=forms.RefundForm,
        do=_refund,
        style="danger",
        warning="It is given back for good: a refund is not taken back.",
    ),
]


# Of a patient and of a payer


def _state(*, row: Patient | Payer, by: User, now: datetime, from_on: date, to_on: date) -> Done:
    whose = {"payer": row} if isinstance(row, Payer) else {"patient": row}
    statement = stating.state(from_on=from_on, to_on=to_on, by=by, now=now, **whose)
    printed("statement", statement.pk, by=by, now=now)
    place = reverse("admin:billing_statement_change", args=[statement.pk])
    return Done(f"{statement.label} is made. Its paper is being drawn.", go_to=place)


def _print_statement(*, row: Statement, by: User, now: datetime) -> Done:
    printed("statement", row.pk, by=by, now=now)
    return Done("The statement is being drawn. It appears under Papers below.")


def _payments_of(field: str):
    return lambda row: f"{reverse('admin:billing_payment_changelist')}?{field}__id__exact={row.pk}"


MAKE_STATEMENT = Act(
    name="statement",
    label="Make a statement",
    needs=Permission.KEEP_MONEY,
    form=forms.StatementForm,
    do=_state,
    style="quiet",
)
PAYMENTS_OF_PATIENT = Act(
    name="payments", label="Payments", needs=Permission.SEE_MONEY, leads_to=_payments_of("patient")
)
PAYMENTS_OF_PAYER = Act(name="payments", label="Payments", needs=Permission.SEE_MONEY, leads_to=_payments_of("payer"))
OF_STATEMENT = [
    Act(name="print", label="Make the PDF", needs=Permission.SEE_MONEY, style="primary", do=_print_statement)
]
