"""Taking a remittance in: what a payer says of each line, and the money that came with it.

Each payment reference of it makes one payment of the payer, set line by line against the invoices. What was paid for
nothing that is known here stays as credit of the payer until a person says what it is for. What the payer takes back
is taken back from the invoice; where it was kept back from this payment, the freed money pays what the payment lacks.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from billing.claiming import matching, stepping
from billing.claiming.remittance_rows import WITH_MONEY, Row
from billing.models import Allocation, Claim, ClaimLine, Invoice, Payment, Remittance, RemittanceRow
from billing.payments import allocating, paying
from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import User
from clinic.money import ZERO
from patients.models import Payer

State = ClaimLine.State
Outcome = RemittanceRow.Outcome


@dataclass
class _Money:
    """What one remittance moves: what came in, what each invoice is paid, and what was freed by taking back."""

    came_in: Decimal = ZERO
    shares: list[tuple[Invoice, Decimal]] = field(default_factory=list)
    freed: list[Payment] = field(default_factory=list)


def take_in(
    *,
    payer: Payer,
    rows: Sequence[Row],
    by: User | None,
    now: datetime,
    claim: Claim | None = None,
    source: str = Remittance.Source.DESK,
) -> list[Remittance]:
    """One remittance for each payment reference. Taken in again, a row changes nothing.

    Raises 422 `remittance_of_another_payer`, `received_in_future`, and what setting money against invoices raises.
    """
    if claim is not None and claim.payer_id != payer.pk:
        raise Refusal("remittance_of_another_payer", f"{claim.label} was not sent to {payer}.", field="payer")
    groups: dict[tuple[str, date | None], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.payment_reference, row.paid_on), []).append(row)
    with acting(by, reason="remittance"):
        # One at a time for each payer: the same file twice at once is one file and a copy of it.
        Payer.objects.select_for_update(no_key=True).only("pk").get(pk=payer.pk)
        lines = matching.Lines(payer, rows, claim)
        return [
            _take_in(payer, reference, paid_on, group, lines, by, now, claim, source)
            for (reference, paid_on), group in groups.items()
        ]


def news(*, payer: Payer, rows: Sequence[Row], claim: Claim) -> list[Row]:
    """Those rows about a claim that say something new: a payer that is asked every hour repeats itself."""
    with acting(None):
        lines = matching.Lines(payer, rows, claim)
        return [row for row in rows if _is_news(payer, row, lines.of(row)[0])]


def _is_news(payer: Payer, row: Row, line: ClaimLine | None) -> bool:
    if row.payment_reference:
        return not _known(payer.pk, row, line).exists()
    return line is None or not _says(line, row)


def _take_in(
    payer: Payer,
    reference: str,
    paid_on: date | None,
    rows: Sequence[Row],
    lines: matching.Lines,
    by: User | None,
    now: datetime,
    claim: Claim | None,
    source: str,
) -> Remittance:
    remittance = Remittance.objects.create(
        payer=payer, claim=claim, payment_reference=reference, paid_on=paid_on, source=source, taken_in_at=now,
        taken_in_by=by,
    )  # fmt: skip
    money = _Money()
    touched: dict[int, Claim] = {}
    for position, row in enumerate(rows, 1):
        line, problem = lines.of(row)
        kept = _kept(remittance, position, row, line, problem)
        if kept.outcome == Outcome.APPLIED:
            kept.problem = why_not(line, row)
            kept.outcome = Outcome.UNKNOWN if kept.problem else Outcome.APPLIED
        kept.save()
        if kept.outcome == Outcome.APPLIED:
            _apply(kept, line, money, by, now)
            touched[line.claim_id] = line.claim
        elif kept.outcome == Outcome.UNKNOWN:
            money.came_in += _moved(row.status, row.awarded or ZERO)
    _pay(remittance, money, by, now)
    for claim_id in sorted(touched):
        stepping.settle(Claim.objects.select_for_update(no_key=True).get(pk=claim_id))
    return remittance


def _moved(status: str, amount: Decimal) -> Decimal:
    if status in WITH_MONEY:
        return amount
    return -amount if status == State.REVERSED else ZERO


def _kept(remittance: Remittance, position: int, row: Row, line: ClaimLine | None, problem: str) -> RemittanceRow:
    """The row as it was given. Known already is what came with this payment for this line before; and, where no
    payment is named, what the line says anyway."""
    fingerprint = _fingerprint(remittance.payer_id, row, line) if row.payment_reference else ""
    if not _is_news(remittance.payer, row, line):
        outcome = Outcome.DUPLICATE
    else:
        outcome = Outcome.APPLIED if line else Outcome.UNKNOWN
    return RemittanceRow(
        remittance=remittance,
        position=position,
        schedule_number=row.schedule_number,
        line_number=row.line_number,
        claim_number=row.claim_number,
        service_on=row.service_on,
        service_code=row.service_code,
        status=row.status,
        claimed=row.claimed,
        awarded=row.awarded,
        reason_code=row.reason_code,
        reason=row.reason,
        line=line,
        outcome=outcome,
        problem=problem,
        fingerprint=fingerprint,
    )


def _known(payer: int, row: Row, line: ClaimLine | None) -> QuerySet[RemittanceRow]:
    """This payment of this line as it came before, by whatever it was told by then: its line, or only what it said."""
    same = Q(fingerprint__in=[_fingerprint(payer, row, line), _fingerprint(payer, row, None)])
    if line is not None:
        statuses = WITH_MONEY if row.status in WITH_MONEY else [row.status]
        same |= Q(line=line, status__in=statuses, remittance__payment_reference=row.payment_reference)
    return RemittanceRow.objects.filter(same).exclude(outcome=Outcome.DUPLICATE)


def _says(line: ClaimLine, row: Row) -> bool:
    return (line.state, line.reason_code, line.reason) == (row.status, row.reason_code, row.reason)


def _fingerprint(payer: int, row: Row, line: ClaimLine | None) -> str:
    given = [row.schedule_number, row.line_number, row.claim_number, row.service_on, row.service_code, row.awarded]
    about = [line.pk] if line else given
    kind = "paid" if row.status in WITH_MONEY else row.status
    said = "\n".join(str(value) for value in [payer, row.payment_reference, kind, *about])
    return hashlib.sha256(said.encode()).hexdigest()


def why_not(line: ClaimLine, row: Row) -> str:
    """Why what the payer says cannot be noted on this line; empty where it can."""
    state = _state_after(line, row.status, row.awarded or ZERO)
    if state not in stepping.FOLLOWS[line.state]:
        return f"This line is {line.get_state_display().lower()}: it cannot become {State(state).label.lower()}."
    if not line.is_live and hasattr(line, "resubmitted_as") and line.resubmitted_as.is_live:
        return f"It was claimed again on {line.resubmitted_as.claim.name} since."
    if line.resolution and state in ClaimLine.LIVE:
        return f"It was decided since: {line.get_resolution_display().lower()}."
    return ""


def _state_after(line: ClaimLine, status: str, amount: Decimal) -> str:
    """Amounts say whether a line is paid whole, whatever the payer calls it."""
    if status in WITH_MONEY:
        return State.PAID if (line.awarded or ZERO) + amount >= line.claimed else State.PARTIAL
    if status == State.REVERSED and amount and amount < (line.awarded or ZERO):
        return State.PARTIAL
    return status


def _apply(kept: RemittanceRow, line: ClaimLine, money: _Money, by: User | None, now: datetime) -> None:
    had, amount = line.awarded or ZERO, kept.awarded or ZERO
    invoice = line.invoice_line.invoice
    if kept.status == State.REVERSED:
        amount = min(amount or had, had)
        money.freed += _take_back(invoice, amount, by, now)
        awarded = had - amount
    else:
        awarded = had + amount if kept.status in WITH_MONEY else ZERO if kept.status == State.DECLINED else None
        if kept.status in WITH_MONEY:
            money.shares.append((invoice, amount))
    money.came_in += _moved(kept.status, amount)
    stepping.step(
        line,
        _state_after(line, kept.status, kept.awarded or ZERO),
        by=by,
        now=now,
        source=stepping.Source.REMITTANCE,
        awarded=awarded,
        reason_code=kept.reason_code,
        reason=kept.reason,
        reference=kept.remittance.payment_reference,
    )


def _take_back(invoice: Invoice, amount: Decimal, by: User | None, now: datetime) -> list[Payment]:
    """Frees money that was set against an invoice, the newest first; answers the payments that have it back."""
    given = Allocation.objects.filter(invoice=invoice).order_by().values_list("payment").annotate(_sum=Sum("amount"))
    freed = []
    for payment_id, set_against in sorted(given, reverse=True):
        part = min(amount, set_against)
        if part > 0:
            payment = Payment.objects.get(pk=payment_id)
            allocating.take_back(payment=payment, invoice=invoice, amount=part, by=by, now=now)
            freed.append(payment)
            amount -= part
    return freed


def _pay(remittance: Remittance, money: _Money, by: User | None, now: datetime) -> None:
    """What came in is one payment. It pays the lines; what it lacks, because the payer kept something back, is paid by
    what was freed."""
    sources = list(money.freed)
    if money.came_in > 0:
        remittance.payment = paying.pay(
            payer=remittance.payer,
            amount=money.came_in,
            method=Payment.Method.INSURER,
            received_on=remittance.paid_on,
            reference=remittance.payment_reference,
            origin=f"remittance:{remittance.pk}",
            by=by,
            now=now,
        )
        remittance.save(update_fields=["payment", "updated_at"])
        sources.insert(0, remittance.payment)
    spread(sources, money.shares, by=by, now=now)


def spread(
    sources: Iterable[Payment], shares: Iterable[tuple[Invoice, Decimal]], *, by: User | None, now: datetime
) -> None:
    """Sets payments against invoices, in this order, no more than is still owed: the rest stays as credit."""
    sources, shares = list(sources), list(shares)
    payments = Payment.objects.with_remaining().filter(pk__in=[source.pk for source in sources])
    left = {row.pk: row.remaining for row in payments}
    invoices = Invoice.objects.with_balance().filter(pk__in=[invoice.pk for invoice, _ in shares])
    owed = {row.pk: row.balance for row in invoices}
    paid: dict[Payment, dict[Invoice, Decimal]] = {}
    for invoice, amount in shares:
        for source in sources:
            part = min(amount, left[source.pk], owed[invoice.pk])
            if part > 0:
                of_source = paid.setdefault(source, {})
                of_source[invoice] = of_source.get(invoice, ZERO) + part
                left[source.pk] -= part
                owed[invoice.pk] -= part
                amount -= part
    for source, parts in sorted(paid.items(), key=lambda entry: entry[0].pk):
        in_order = sorted(parts.items(), key=lambda part: part[0].pk)
        allocating.allocate(payment=source, invoices=in_order, by=by, now=now)


def note_late(line: ClaimLine, row: RemittanceRow, *, by: User, now: datetime) -> None:
    """Notes on its line what was unknown when it came. The money is on the payer's account since then: it pays the
    line, and what the payer took back is freed into it."""
    money = _Money()
    _apply(row, line, money, by, now)
    payment = row.remittance.payment
    spread([*money.freed, *([payment] if payment else [])], money.shares, by=by, now=now)
