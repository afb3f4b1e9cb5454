"""A bank's file becomes proposals, and what a person accepts becomes payments. The same file twice changes nothing."""

import hashlib
from collections import Counter as Tally
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from billing.bank import reading
from billing.bank.matching import Owed, numbers_in, propose
from billing.models import BankFormat, BankLine, BankStatement, Invoice, Payment
from billing.payments import paying
from clinic.acting import acting
from clinic.errors import Conflict, Refusal, refusal_for
from clinic.models import User

State = BankLine.State


def read_in(
    *, content: bytes | str, format: BankFormat, account: str, by: User, now: datetime, name: str = ""
) -> BankStatement:
    """Keeps every line of a file with what it seems to pay. Raises 422 `nothing_in_file`, and what
    `reading.read` raises."""
    rows = reading.read(
        content,
        reading.Columns(
            date=format.date_column,
            amount=format.amount_column,
            references=format.reference_columns,
            party=format.party_column,
            date_order=format.date_order,
        ),
    )
    if not rows:
        raise Refusal("nothing_in_file", "There is no line in this file.", field="content")
    with acting(by, reason="read_in"):
        statement = BankStatement.objects.create(
            format=format, account=account.strip(), name=name[:120], read_at=now, read_by=by
        )
        lines, seen = [], Tally()
        for position, row in enumerate(rows, 1):
            words = "|".join([statement.account, row.booked_on.isoformat(), str(row.amount), row.text, row.party])
            seen[words] += 1
            lines.append(
                BankLine(
                    statement=statement,
                    position=position,
                    booked_on=row.booked_on,
                    amount=row.amount,
                    text=row.text,
                    party=row.party,
                    origin=f"bank:{hashlib.sha256(f'{words}|{seen[words]}'.encode()).hexdigest()}",
                )
            )
        _propose(lines)
    return statement


def _propose(lines: list[BankLine]) -> None:
    """Judges and writes new lines: five queries, however many there are."""
    owed = _owed_in(lines)
    origins = [line.origin for line in lines]
    known = set(BankLine.objects.filter(origin__in=origins).values_list("origin", flat=True))
    known |= set(Payment.objects.filter(origin__in=origins).values_list("origin", flat=True))
    proposed: dict[str, list[int]] = {}
    for line in lines:
        if line.amount <= 0:
            line.state = State.OUT
        elif line.origin in known:
            line.state = State.KNOWN
        else:
            line.state, proposed[line.origin] = propose(line.text, line.amount, owed)
    pairs = BankLine.invoices.through
    written = BankLine.objects.bulk_create(lines)
    pairs.objects.bulk_create(
        pairs(bankline_id=line.pk, invoice_id=invoice) for line in written for invoice in proposed.get(line.origin, [])
    )


def _owed_in(lines: Iterable[BankLine]) -> dict[int, Owed]:
    numbers = {number for line in lines for number in numbers_in(line.text)}
    rows = Invoice.objects.issued().filter(number__in=numbers).with_balance()
    return {row.number: Owed(id=row.pk, account=row.account, balance=row.balance) for row in rows}


def accept(*, lines: Iterable[BankLine], by: User, now: datetime) -> list[BankLine]:
    """Takes each proposed line as a payment of its invoices, and answers with those that were taken. One that no
    longer fits stays, and says why. What is more than is owed stays on the account as credit."""
    ids = [line.pk for line in lines]
    accepted = []
    with acting(by, reason="accept"):
        rows = BankLine.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        for line in rows:
            if line.is_proposed and _accept(line, by, now):
                accepted.append(line)
    return accepted


def _accept(line: BankLine, by: User, now: datetime) -> bool:
    try:
        with transaction.atomic():
            payment = _taken(line, by, now)
    except (Refusal, IntegrityError) as error:
        refusal = refusal_for(error) if isinstance(error, IntegrityError) else error
        if refusal is None:
            raise
        line.remark = refusal.detail[:300]
        line.save(update_fields=["remark", "updated_at"])
        return False
    line.state, line.payment, line.remark = State.ACCEPTED, payment, ""
    line.save(update_fields=["state", "payment", "remark", "updated_at"])
    return True


def _taken(line: BankLine, by: User, now: datetime) -> Payment:
    invoices = list(
        Invoice.objects.with_balance().filter(bank_lines=line).select_related("patient", "payer", "billed_to")
    )
    first, left, shares = invoices[0], line.amount, []
    for invoice in sorted(invoices, key=lambda row: row.number):
        share = min(left, invoice.balance)
        if share > 0:
            shares.append((invoice, share))
            left -= share
    if not shares:
        raise Conflict("nothing_owed", f"{first.label} was settled in another way meanwhile.")
    return paying.pay(
        patient=None if first.payer_id else first.debtor,
        payer=first.payer,
        amount=line.amount,
        method=Payment.Method.BANK_TRANSFER,
        received_on=line.booked_on,
        reference=line.text[:80],
        note=line.party,
        origin=line.origin,
        invoices=shares,
        by=by,
        now=now,
    )


def choose(*, line: BankLine, invoice: Invoice, by: User, now: datetime) -> BankLine:
    """Says which invoice an open line pays. Raises 409 `line_is_done`, `nothing_owed`."""
    with acting(by, reason="choose"):
        row = _open(line)
        owed = Invoice.objects.issued().with_balance().filter(pk=invoice.pk).first()
        if owed is None or owed.balance <= 0:
            raise Conflict("nothing_owed", f"Nothing is owed on {invoice.label}.")
        row.invoices.set([owed])
        row.state = _state_of(row.amount, owed.balance)
        row.remark = ""
        row.save(update_fields=["state", "remark", "updated_at"])
    return row


def _state_of(amount: Decimal, balance: Decimal) -> str:
    if amount == balance:
        return State.EXACT
    return State.PART if amount < balance else State.OVER


def set_aside(*, line: BankLine, by: User, now: datetime) -> BankLine:
    """No payment of ours: interest, a transfer between own accounts. Raises 409 `line_is_done`."""
    with acting(by, reason="set_aside"):
        row = _open(line)
        row.state = State.SET_ASIDE
        row.save(update_fields=["state", "updated_at"])
    return row


def _open(line: BankLine) -> BankLine:
    row = BankLine.objects.select_for_update().get(pk=line.pk)
    if row.state in {State.ACCEPTED, State.KNOWN, State.OUT}:
        raise Conflict("line_is_done", "There is nothing left to decide about this line.")
    return row
