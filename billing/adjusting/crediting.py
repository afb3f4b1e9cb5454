"""Crediting: what an issued invoice charged wrongly is taken back by a credit note, issued at once and for good.

Money that was set against more than is then still owed goes back to the account it came from, the newest first; a
treatment whose line is credited in full can be billed anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from billing import particulars
from billing.models import (
    Allocation,
    BilledPart,
    Counter,
    CreditLine,
    CreditNote,
    Invoice,
    InvoiceLine,
    PackageUse,
    Payment,
)
from clinic import chain
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from clinic.money import ZERO, cents

COUNTER = "credit_note"


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is credited of a line: an amount with GST (`total`), or one without it and perhaps its tax. None of them:
    all that is left of the line."""

    line: InvoiceLine
    total: Decimal | None = None
    amount_excl: Decimal | None = None
    gst: Decimal | None = None


def credit(
    *, invoice: Invoice, parts: Sequence[Part] | None = None, reason: str, by: User, now: datetime
) -> CreditNote:
    """Takes back parts of an invoice, or all that is left of it. The number comes from a counter without gaps.

    Raises 409 `invoice_not_issued`, `nothing_to_credit`, `more_than_charged`, `line_twice`, `written_off`,
    `settled_meanwhile`, `sessions_used`, 422 `line_of_another_invoice`, `amount_negative`, `reason_missing`.
    """
    with acting(by, reason="credit"):
        invoice = _held(invoice)
        left = {line.pk: line for line in invoice.lines.select_related("service").with_credited()}
        asked = [Part(line=line) for line in left.values()] if parts is None else parts
        lines = [_credit_line(part, left) for part in asked]
        lines = [line for line in lines if parts is not None or _counts(line, left[line.line_id])]
        if not any(_counts(line, left[line.line_id]) for line in lines):
            raise Conflict("nothing_to_credit", "There is nothing left to credit here.")
        for position, line in enumerate(lines, 1):
            line.position = position
        _free_money(invoice, sum((line.amount_excl + line.gst for line in lines), ZERO), by, now)
        note = _issued(invoice, lines, reason.strip(), by, now)
        CreditLine.objects.bulk_create(lines)
        whole = [line.line_id for line in lines if _is_whole(line, left[line.line_id])]
        BilledPart.objects.filter(line__in=whole).delete()
        PackageUse.objects.filter(line__in=whole).delete()
    return note


def _held(invoice: Invoice) -> Invoice:
    """The invoice, locked after the payments set against it: in the order in which triggers lock them."""
    paying = set(Allocation.objects.filter(invoice=invoice).values_list("payment", flat=True))
    list(Payment.objects.filter(pk__in=paying).order_by("pk").select_for_update(no_key=True))
    Invoice.objects.select_for_update(no_key=True).only("pk").get(pk=invoice.pk)
    row = Invoice.objects.select_related("patient", "payer", "billed_to").get(pk=invoice.pk)
    if row.status != Invoice.Status.ISSUED:
        raise Conflict("invoice_not_issued", "This invoice is a draft. Change it or throw it away.")
    if Allocation.objects.filter(invoice=invoice).exclude(payment__in=paying).exists():
        raise Conflict("settled_meanwhile", "Money was set against this invoice just now. Look at it once more.")
    return row


def _credit_line(part: Part, left: dict[int, InvoiceLine]) -> CreditLine:
    line = left.get(part.line.pk)
    if line is None:
        raise Refusal("line_of_another_invoice", "This line is on another invoice.", field="lines")
    excl, gst = portion(part, line)
    if excl > line.amount_excl - line.credited_excl or gst > line.gst - line.credited_gst:
        raise Conflict("more_than_charged", "That is more than this line charged.", field="lines")
    return CreditLine(line=line, amount_excl=excl, gst=gst)


def portion(part: Part, line: InvoiceLine) -> tuple[Decimal, Decimal]:
    """`(excl, gst)` of what is credited of a line `with_credited`: the tax in proportion, half-up, and with the last
    part whatever is left of it, so that parts add up to the line."""
    left_excl, left_gst = line.amount_excl - line.credited_excl, line.gst - line.credited_gst
    if part.total is not None:
        gst = min(_share(line.gst, part.total, line.total), left_gst)
        excl = min(part.total - gst, left_excl)
        return excl, part.total - excl
    excl = left_excl if part.amount_excl is None else part.amount_excl
    if part.gst is not None:
        return excl, part.gst
    return excl, left_gst if excl == left_excl else min(_share(line.gst, excl, line.amount_excl), left_gst)


def _share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    return cents(amount * part / whole) if whole else ZERO


def _counts(credited: CreditLine, line: InvoiceLine) -> bool:
    """A line of 0.00 counts as long as it stands: a visit of a package, which can then be billed anew."""
    return bool(credited.amount_excl or credited.gst) or not (line.total or line.times_credited)


def _is_whole(credited: CreditLine, line: InvoiceLine) -> bool:
    return (credited.amount_excl + line.credited_excl, credited.gst + line.credited_gst) == (
        line.amount_excl,
        line.gst,
    )


def _free_money(invoice: Invoice, credited: Decimal, by: User, now: datetime) -> None:
    """Takes back what is set against more than will still be owed. The invoice and its payments must be locked."""
    too_much = credited - Invoice.objects.with_balance().get(pk=invoice.pk).balance
    given = Allocation.objects.filter(invoice=invoice).values("payment")
    given = given.annotate(amount=models.Sum("amount"), last=models.Max("pk")).filter(amount__gt=0).order_by("-last")
    for row in given:
        if too_much <= 0:
            break
        freed = min(row["amount"], too_much)
        Allocation.objects.create(
            payment_id=row["payment"], invoice=invoice, amount=-freed, allocated_at=now, allocated_by=by
        )
        too_much -= freed
    if too_much > 0:
        raise Conflict("written_off", "Part of this invoice is written off. Take that back first.")


def _issued(invoice: Invoice, lines: Sequence[CreditLine], reason: str, by: User, now: datetime) -> CreditNote:
    """Numbered, written down, chained and stored; its lines are given the note."""
    practice = Practice.objects.current()
    counter = Counter.objects.locked(COUNTER)
    note = CreditNote(
        invoice=invoice,
        number=counter.last + 1,
        reason=reason,
        issued_at=now,
        issued_on=now.astimezone(practice.zone).date(),
        issued_by=by,
        particulars=_particulars_of(invoice, lines, practice),
        previous_hash=counter.last_hash or chain.BEGINNING,
    )
    note.content_hash = chain.link(content_of(note), previous=note.previous_hash)
    note.save()
    counter.advance(note.content_hash)
    for line in lines:
        line.credit_note = note
    return note


def _particulars_of(invoice: Invoice, lines: Sequence[CreditLine], practice: Practice) -> dict[str, Any]:
    """What the paper says: of the invoice and its lines as it was issued, of the two parties as they are today."""
    said = {line["position"]: line for line in invoice.particulars["lines"]}
    return {
        "recipient": particulars.of_debtor(invoice.debtor),
        "patient": invoice.particulars["patient"],
        # What was charged with tax is credited with tax, whatever the practice became since.
        "practice": particulars.of_practice(practice)
        | {"gst_registered": invoice.particulars["practice"]["gst_registered"]},
        "invoice": {"label": invoice.label, "issued_on": invoice.issued_on.isoformat()},
        "case": invoice.particulars["case"],
        "lines": [_line_particulars(line, said[line.line.position]) for line in lines],
    }


def _line_particulars(line: CreditLine, said: dict[str, Any]) -> dict[str, Any]:
    of_the_line = {name: said[name] for name in ("service_on", "service_code", "description", "practitioner")}
    return {**of_the_line, **_amounts(line)}


def _amounts(line: CreditLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "line": line.line_id,
        "amount_excl": str(line.amount_excl),
        "gst": str(line.gst),
    }


def content_of(note: CreditNote) -> dict[str, Any]:
    """What the hash covers: what it credits and why, its number and day, and everything the paper says."""
    return {
        "invoice_id": note.invoice_id,
        "number": note.number,
        "reason": note.reason,
        "issued_at": note.issued_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "issued_on": note.issued_on.isoformat(),
        "issued_by": note.issued_by_id,
        **note.particulars,
    }


def verify(note: CreditNote) -> dict[str, Any]:
    """Whether a credit note, its lines and its place in the chain are as they were issued."""
    lines = note.lines.order_by("position")
    kept = [{name: said[name] for name in _amounts(CreditLine())} for said in note.particulars["lines"]]
    before = CreditNote.objects.filter(number=note.number - 1).values_list("content_hash", flat=True).first()
    checks = {
        "content": note.content_hash == chain.link(content_of(note), previous=note.previous_hash),
        "lines": kept == [_amounts(line) for line in lines],
        "chain": note.previous_hash == (chain.BEGINNING if note.number == 1 else before),
    }
    return {"verified": all(checks.values()), "checks": checks, "content_hash": note.content_hash}
