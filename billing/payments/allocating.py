"""Setting money against what is owed, by hand or by itself: what is oldest due first, a deposit to its own visit.

A payment is locked before its invoices, and several of either in the order of their ids, so that two desks never wait
for each other in a circle. Behind every refusal here stands a trigger that says the same (`billing/settling.py`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from billing.models import Allocation, Invoice, Payment
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import User
from clinic.money import format_money
from patients.models import Patient, Payer

Shares = Sequence[tuple[Invoice, Decimal]]


def allocate(
    *, payment: Payment, invoices: Shares | Literal["oldest"], by: User | None, now: datetime
) -> list[Allocation]:
    """Sets these amounts of a payment against these invoices, all of them or none.

    With "oldest", what is left of it goes to what its account owes: to the invoice of the visit a deposit was for
    first, then to what is due longest; what nothing is owed for stays on the account as credit.

    Raises 422 `amount_missing`, 409 `invoice_not_issued`, `different_debtor`, `payment_used_up`, `more_than_owed`.
    """
    if invoices == "oldest":
        owed = Invoice.objects.owed().of_account(patient=payment.patient, payer=payment.payer)
        with acting(by, reason="allocate"):
            return _spread([payment], owed, by, now)
    if not invoices or any(amount <= 0 for _, amount in invoices):
        raise Refusal("amount_missing", "Say how much of the payment goes to which invoice.", field="invoices")
    _refuse_drafts(invoices)
    with acting(by, reason="allocate"):
        [source] = _locked_payments([payment])
        owed = {row.pk: row for row in _locked_invoices([invoice.pk for invoice, _ in invoices])}
        for invoice, amount in invoices:
            row = owed[invoice.pk]
            if row.account != source.account:
                raise Conflict("different_debtor", f"{source.label} is on another account than {row.label}.")
            if amount > source.remaining:
                raise Conflict("payment_used_up", _left_in_words(source))
            if amount > row.balance:
                raise Conflict("more_than_owed", _owed_in_words(row))
            row.balance -= amount
            source.remaining -= amount
        return _written([(source, invoice, amount) for invoice, amount in invoices], by, now)


def _refuse_drafts(invoices: Shares) -> None:
    """Before anything is locked: an invoice that is being issued at this moment waits for the payment."""
    issued = set(Invoice.objects.issued().filter(pk__in=[row.pk for row, _ in invoices]).values_list("pk", flat=True))
    if {row.pk for row, _ in invoices} - issued:
        raise Conflict("invoice_not_issued", "A draft is not settled. Issue it first.")


def use_credit(
    *, patient: Patient | None = None, payer: Payer | None = None, by: User, now: datetime
) -> list[Allocation]:
    """Sets the credit of an account against what it owes, oldest money first. Money given for a visit waits for it.
    Raises 409 `no_credit`, `nothing_owed`."""
    with acting(by, reason="use_credit"):
        credit = Payment.objects.credit_of(patient=patient, payer=payer)
        return _used(credit, Invoice.objects.owed().of_account(patient=patient, payer=payer), by, now)


def use_credit_for(*, invoice: Invoice, by: User, now: datetime) -> list[Allocation]:
    """The same for one invoice. Raises also 409 `invoice_not_issued`."""
    _refuse_drafts([(invoice, Decimal(0))])
    with acting(by, reason="use_credit"):
        owed = Invoice.objects.owed().filter(pk=invoice.pk)
        return _used(Payment.objects.credit_for(invoice), owed, by, now)


def use_deposits(*, invoice: Invoice, by: User, now: datetime) -> list[Allocation]:
    """What was paid in advance for the visits of an invoice that has just been issued, set against it."""
    deposits = list(Payment.objects.deposits_for(invoice))
    if not deposits:
        return []
    with acting(by):
        return _spread(deposits, Invoice.objects.owed().filter(pk=invoice.pk), by, now)


def take_back(
    *, payment: Payment, invoice: Invoice, amount: Decimal | None = None, by: User, now: datetime
) -> Allocation:
    """Frees money that was set against an invoice, all of it unless `amount` says less; it is credit again.
    Raises 422 `amount_missing`, 409 `more_than_given`."""
    with acting(by, reason="take_back"):
        _locked_payments([payment])
        _locked_invoices([invoice.pk])
        given = sum(
            Allocation.objects.filter(payment=payment, invoice=invoice).values_list("amount", flat=True), Decimal(0)
        )
        taken = given if amount is None else amount
        if taken <= 0 < given:
            raise Refusal("amount_missing", "Say how much is taken back.", field="amount")
        if taken > given or not given:
            said = f"Only {format_money(given)}" if given else "Nothing"
            raise Conflict("more_than_given", f"{said} of {payment.label} is set against {invoice.label}.")
        return _written([(payment, invoice, -taken)], by, now)[0]


def _used(payments: Iterable[Payment], owed: Iterable[Invoice], by: User, now: datetime) -> list[Allocation]:
    payments, owed = list(payments), list(owed)
    if not payments:
        raise Conflict("no_credit", "There is no credit on this account that could be used.")
    if not owed:
        raise Conflict("nothing_owed", "Nothing is owed here.")
    return _spread(payments, owed, by, now)


def _spread(payments: Iterable[Payment], owed: Iterable[Invoice], by: User | None, now: datetime) -> list[Allocation]:
    """Each payment in turn over what is owed, as far as both reach. Both are read again under their locks."""
    sources = sorted(_locked_payments(payments), key=lambda source: (source.received_on, source.pk))
    rows = sorted(_locked_invoices([row.pk for row in owed]), key=lambda row: (row.due_on, row.number))
    shares = []
    for source in sources:
        own = _of_its_visit(source, rows)
        for row in sorted(rows, key=lambda row: row.pk not in own):
            amount = min(source.remaining, row.balance)
            if amount > 0:
                shares.append((source, row, amount))
                source.remaining -= amount
                row.balance -= amount
    return _written(shares, by, now)


def _of_its_visit(deposit: Payment, invoices: Iterable[Invoice]) -> set[int]:
    if deposit.appointment_id is None:
        return set()
    of_visit = Invoice.objects.of_visits([deposit.appointment_id]).filter(pk__in=[row.pk for row in invoices])
    return set(of_visit.values_list("pk", flat=True))


def _locked_payments(payments: Iterable[Payment]) -> list[Payment]:
    """With `remaining`, as it stands once nobody else can change it."""
    ids = [payment.pk for payment in payments]
    list(Payment.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    return list(Payment.objects.with_remaining().filter(pk__in=ids))


def _locked_invoices(ids: Sequence[int]) -> list[Invoice]:
    """Those that are issued, with `balance`, as it stands once nobody else can change it."""
    list(Invoice.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    return list(Invoice.objects.issued().with_balance().filter(pk__in=ids))


def _written(shares: Sequence[tuple[Payment, Invoice, Decimal]], by: User | None, now: datetime) -> list[Allocation]:
    return [
        Allocation.objects.create(
            payment_id=source.pk, invoice_id=invoice.pk, amount=amount, allocated_at=now, allocated_by=by
        )
        for source, invoice, amount in shares
    ]


def _left_in_words(payment: Payment) -> str:
    if payment.remaining <= 0:
        return f"Nothing is left of {payment.label}."
    return f"Only {format_money(payment.remaining)} is left of {payment.label}."


def _owed_in_words(invoice: Invoice) -> str:
    if invoice.balance <= 0:
        return f"{invoice.label} is settled already: nothing is owed on it."
    return f"Only {format_money(invoice.balance)} is still owed on {invoice.label}."
