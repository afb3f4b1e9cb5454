"""Writing a debt off, with the reason, and taking that back. Neither changes the invoice, which stays as issued."""

from datetime import datetime
from decimal import Decimal

from django.db import models

from billing.models import Invoice, WriteOff
from clinic.acting import acting
from clinic.errors import Conflict
from clinic.models import Practice, User
from clinic.money import ZERO


def write_off(*, invoice: Invoice, amount: Decimal | None = None, reason: str, by: User, now: datetime) -> WriteOff:
    """Gives up `amount` of what is owed, or all of it. Raises 409 `invoice_not_issued`, `nothing_owed`,
    `more_than_owed`, 422 `reason_missing`."""
    with acting(by, reason="write off"):
        _hold(invoice)
        if amount is None:
            amount = Invoice.objects.with_balance().get(pk=invoice.pk).balance
            if not amount:
                raise Conflict("nothing_owed", "Nothing is owed on this invoice.")
        return _written(invoice, amount, reason, by, now)


def take_back(*, invoice: Invoice, amount: Decimal | None = None, reason: str, by: User, now: datetime) -> WriteOff:
    """Asks for `amount` of what was written off after all, or for all of it. Raises 409 `nothing_written_off`,
    `more_than_given`, 422 `reason_missing`."""
    with acting(by, reason="take back a write-off"):
        _hold(invoice)
        given = WriteOff.objects.filter(invoice=invoice).aggregate(sum=models.Sum("amount"))["sum"] or ZERO
        if not given:
            raise Conflict("nothing_written_off", "Nothing of this invoice is written off.")
        return _written(invoice, -(given if amount is None else amount), reason, by, now)


def _hold(invoice: Invoice) -> None:
    Invoice.objects.select_for_update(no_key=True).only("pk").get(pk=invoice.pk)


def _written(invoice: Invoice, amount: Decimal, reason: str, by: User, now: datetime) -> WriteOff:
    today = now.astimezone(Practice.objects.current().zone).date()
    return WriteOff.objects.create(
        invoice=invoice, amount=amount, reason=reason.strip(), written_off_on=today, written_off_by=by
    )
