"""How the demo's bills are paid: most patients at the desk, payers in their own time, and a few not yet."""

from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from billing import paying
from billing.models import Invoice
from clinic.models import User

# Of every twelve patients who leave: how they pay. None: later.
AT_THE_DESK = (
    "card", "card", "bank_transfer", "card", "cash", "card", None, "card", "card", "cash", "card", None,
)  # fmt: skip
PAYERS_TAKE = timedelta(days=16)
# One in so many of a payer's bills is left lying there.
FORGOTTEN = 6


def at_the_desk(invoice: Invoice, *, by: User, now: datetime) -> None:
    """Nothing where an employer pays the patient's part."""
    method = None if invoice.payer_id else AT_THE_DESK[invoice.number % len(AT_THE_DESK)]
    amount = sum(line.total for line in invoice.lines.all())
    if method and amount:
        paying.pay(
            patient=invoice.debtor, amount=amount, method=method, invoices=[(invoice, amount)], by=by, now=now
        )  # fmt: skip


def from_payers(*, by: User, now: datetime) -> None:
    """One transfer of each payer for the bills that it had long enough."""
    ripe = Invoice.objects.owed().filter(payer__isnull=False, issued_at__lt=now - PAYERS_TAKE)
    for payer, bills in groupby(ripe.select_related("payer").order_by("payer", "number"), key=attrgetter("payer")):
        shares = [(bill, bill.balance) for bill in bills if bill.number % FORGOTTEN]
        if shares:
            paying.pay(
                payer=payer,
                amount=sum(amount for _, amount in shares),
                method="insurer",
                reference=f"Remittance of {now:%-d %B}",
                invoices=shares,
                by=by,
                now=now,
            )
