"""Statements: what happened on an account between two days, where it stood before, and how old the debt is after.

Everything is taken by the day on which it happened: an invoice by its issue, a payment by the day it came in. So the
closing balance is what is owed in the classes of age, less the credit that is left.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum

from billing.models import CreditNote, Invoice, Payment, Statement, WriteOff
from billing.statements import ageing
from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Practice, User
from clinic.money import ZERO
from patients.models import Patient, Payer


def state(
    *, from_on: date, to_on: date, by: User, now: datetime, patient: Patient | None = None, payer: Payer | None = None
) -> Statement:
    """A statement of one account from one day to another, both included. Raises 422 `account_unclear`,
    `ends_before_it_begins`, `statement_of_the_future`."""
    practice = Practice.objects.current()
    today = now.astimezone(practice.zone).date()
    if (patient is None) == (payer is None):
        raise Refusal("account_unclear", "A statement is of the account of a patient or of a payer.", field="patient")
    if to_on < from_on:
        raise Refusal("ends_before_it_begins", "The last day lies before the first.", field="to")
    if to_on > today:
        raise Refusal("statement_of_the_future", "A statement ends today at the latest.", field="to")
    with acting(by, reason="state"):
        return Statement.objects.create(
            patient=patient,
            payer=payer,
            from_on=from_on,
            to_on=to_on,
            issued_at=now,
            issued_on=today,
            issued_by=by,
            content=content_of(patient or payer, from_on=from_on, to_on=to_on, bank_account=practice.bank_account),
        )


def content_of(account: Patient | Payer, *, from_on: date, to_on: date, bank_account: str) -> dict[str, Any]:
    """All that the paper says, as plain values."""
    moved = _Movements(account)
    opening = sum((total for total in moved.totals_before(from_on)), ZERO)
    entries = sorted(moved.entries(from_on, to_on), key=lambda entry: (entry["entered_on"], entry.pop("order")))
    open_ones = list(moved.open_invoices(to_on))
    aged = ageing.aged(((row.due_on, row.balance) for row in open_ones), on=to_on)
    closing = opening + sum((Decimal(entry["amount"]) for entry in entries), ZERO)
    return {
        "account": {"name": str(account), "address": account.address.splitlines()},
        "bank_account": bank_account,
        "payment_reference": open_ones[0].label if len(open_ones) == 1 else "",
        "opening_balance": str(opening),
        "entries": entries,
        "closing_balance": str(closing),
        "ageing": {name: str(amount) for name, amount in aged.items()},
        "credit": str(sum(aged.values(), ZERO) - closing),
    }


class _Movements:
    """The rows of one account. What is charged is positive, what is paid, credited or given up negative."""

    def __init__(self, account: Patient | Payer) -> None:
        self.account = account
        whose = {"payer": account} if isinstance(account, Payer) else {"patient": account}
        self.invoices = Invoice.objects.issued().of_account(**whose)
        self.credits = CreditNote.objects.filter(invoice__in=self.invoices)
        self.payments = Payment.objects.of_account(**whose)
        self.write_offs = WriteOff.objects.filter(invoice__in=self.invoices)

    def totals_before(self, day: date) -> Iterator[Decimal]:
        tax = F("lines__amount_excl") + F("lines__gst")
        yield _sum(self.invoices.filter(issued_on__lt=day), tax)
        yield -_sum(self.credits.filter(issued_on__lt=day), tax)
        yield -_sum(self.payments.filter(received_on__lt=day), F("amount"))
        yield -_sum(self.write_offs.filter(written_off_on__lt=day), F("amount"))

    def open_invoices(self, day: date) -> QuerySet:
        rows = self.invoices.with_balance_on(day).filter(issued_on__lte=day, balance__gt=0)
        return rows.order_by("due_on", "number")

    def entries(self, from_on: date, to_on: date) -> Iterator[dict[str, Any]]:
        for row in _within(self.invoices.with_totals().select_related("patient"), "issued_on", from_on, to_on):
            yield _entry(0, row.issued_on, "Invoice", row.label, row.total, self._whom(row.patient))
        for row in _within(self.credits.with_totals(), "issued_on", from_on, to_on):
            yield _entry(1, row.issued_on, "Credit note", row.label, -row.total, row.reason)
        for row in _within(self.payments, "received_on", from_on, to_on):
            what = "Refund" if row.refund_of_id else "Payment"
            about = ", ".join(filter(None, [row.get_method_display(), row.reference]))
            yield _entry(2 if row.amount > 0 else 3, row.received_on, what, row.label, -row.amount, about)
        for row in _within(self.write_offs.select_related("invoice"), "written_off_on", from_on, to_on):
            what = "Written off" if row.amount > 0 else "Owed again"
            yield _entry(4, row.written_off_on, what, row.invoice.label, -row.amount, row.reason)

    def _whom(self, patient: Patient) -> str:
        """Whose treatment it was, where the account pays for others."""
        return "" if patient == self.account else str(patient)


def _within(rows: QuerySet, field: str, from_on: date, to_on: date) -> Iterable[Any]:
    return rows.filter(**{f"{field}__gte": from_on, f"{field}__lte": to_on}).order_by("pk")


def _sum(rows: QuerySet, amount: Any) -> Decimal:
    return rows.order_by().aggregate(sum=Sum(amount))["sum"] or ZERO


def _entry(order: int, day: date, kind: str, number: str, amount: Decimal, about: str) -> dict[str, Any]:
    return {
        "order": order,
        "entered_on": day.isoformat(),
        "kind": kind,
        "number": number,
        "amount": str(amount),
        "description": about,
    }
