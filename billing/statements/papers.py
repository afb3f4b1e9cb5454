"""Gathers what the papers of an account show: the receipt of a payment or refund, and the statement."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Invoice, Payment, Statement
from billing.pdf import receipt as receipt_paper
from billing.pdf import statement as statement_paper
from billing.pdf import values
from billing.statements import ageing
from clinic import documents
from clinic.errors import Refusal
from clinic.models import Practice


def receipt(subject: int) -> documents.Paper:
    """Of a payment as it stands: what it was set against, and what is left. Raises 422 `payment_unknown`."""
    rows = Payment.objects.select_related("patient", "payer", "refund_of")
    row = rows.prefetch_related("allocations").filter(pk=subject).first()
    if row is None:
        raise Refusal("payment_unknown", "There is no payment of this number.", field="subject")
    account = row.payer or row.patient
    return documents.compose(
        receipt_paper,
        values.Receipt(
            number=row.label,
            received_on=row.received_on,
            received_from=values.Party(name=str(account), address=tuple(account.address.splitlines())),
            method=row.get_method_display(),
            amount=row.amount,
            allocations=_allocated(row),
            reference=row.reference,
            note=row.note,
            refund_of=row.refund_of.label if row.refund_of else "",
        ),
        practice=Practice.objects.current(),
        number=row.label,
        patient_id=row.patient_id,
    )


def _allocated(payment: Payment) -> tuple[values.ReceiptAllocation, ...]:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for part in payment.allocations.all():
        sums[part.invoice_id] += part.amount
    invoices = Invoice.objects.with_balance().filter(pk__in=sums).order_by("number")
    return tuple(
        values.ReceiptAllocation(
            invoice_number=invoice.label,
            issued_on=invoice.issued_on,
            invoice_total=invoice.charged,
            amount=sums[invoice.pk],
            balance=invoice.balance,
        )
        for invoice in invoices
        if sums[invoice.pk]
    )


def _aged(said: dict[str, Any]) -> Iterator[tuple[str, Decimal]]:
    """The classes in their order (JSON kept in a database has none), and the credit that makes them the balance."""
    for name, label in ageing.LABELS.items():
        yield label, Decimal(said["ageing"][name])
    if Decimal(said["credit"]):
        yield "Less credit", -Decimal(said["credit"])


def statement(subject: int) -> documents.Paper:
    """Raises 422 `statement_unknown`."""
    row = Statement.objects.filter(pk=subject).first()
    if row is None:
        raise Refusal("statement_unknown", "Make the statement first.", field="subject")
    said = row.content
    return documents.compose(
        statement_paper,
        values.Statement(
            account=values.Party(name=said["account"]["name"], address=tuple(said["account"]["address"])),
            issued_on=row.issued_on,
            from_on=row.from_on,
            to_on=row.to_on,
            opening_balance=Decimal(said["opening_balance"]),
            entries=tuple(
                values.StatementEntry(
                    entered_on=date.fromisoformat(entry["entered_on"]),
                    kind=entry["kind"],
                    number=entry["number"],
                    amount=Decimal(entry["amount"]),
                    description=entry["description"],
                )
                for entry in said["entries"]
            ),
            ageing=tuple(_aged(said)),
            bank_account=said["bank_account"],
            payment_reference=said["payment_reference"] or "The number of the invoice",
        ),
        practice=Practice.objects.current(),
        number=row.label,
        patient_id=row.patient_id,
    )
