"""What happened to an invoice, in the order it did, and what is next: for its page."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse

from billing import sending
from billing.models import ClaimLine, ClaimLineStep, Invoice
from clinic.money import format_money
from messaging.models import Message
from messaging.reasons import in_words


@dataclass(frozen=True, kw_only=True)
class Happening:
    at: datetime
    words: str
    detail: str = ""
    by: str = ""
    place: str = ""


def of(invoice: Invoice) -> list[Happening]:
    """Everything, oldest first. Five queries, however much it is."""
    # A clinic's history that is brought in is written later than it happened.
    found = [Happening(at=min(invoice.created_at, invoice.issued_at or invoice.created_at), words="Drafted")]
    if invoice.issued_at:
        found.append(Happening(at=invoice.issued_at, words=f"Issued as {invoice.label}", by=str(invoice.issued_by)))
        found += [*_sent(invoice), *_claimed(invoice), *_paid(invoice), *_credited(invoice), *_written_off(invoice)]
    return sorted(found, key=lambda happening: happening.at)


def _sent(invoice: Invoice) -> Iterator[Happening]:
    for message in sending.about([invoice.pk]):
        place = reverse("admin:messaging_message_change", args=[message.pk])
        if message.sent_at:
            yield Happening(at=message.sent_at, words="Sent by e-mail", detail=f"to {message.recipient}", place=place)
        else:
            why = in_words(message.reason) if message.reason else ""
            words = "Is being sent by e-mail" if message.state in ON_ITS_WAY else "Not sent by e-mail"
            yield Happening(at=message.due_at, words=words, detail=why, place=place)


ON_ITS_WAY = frozenset({Message.State.PLANNED, Message.State.CLAIMED, Message.State.HANDED_OVER})


def _claimed(invoice: Invoice) -> Iterator[Happening]:
    """Lines that came into a state at once are told at once."""
    steps = ClaimLineStep.objects.filter(line__invoice_line__invoice=invoice).exclude(state=ClaimLine.State.SELECTED)
    together = Counter(
        (step.at, step.line.claim, step.state, step.reason, str(step.by or ""))
        for step in steps.select_related("line__claim__payer", "by").order_by("pk")
    )
    for (at, claim, state, reason, by), count in together.items():
        lines = f"{count} line{'s' if count > 1 else ''}"
        words = f"{lines} claimed" if state == ClaimLine.State.SUBMITTED else f"{lines} {SAID[state]} by {claim.payer}"
        place = reverse("admin:billing_claim_change", args=[claim.pk])
        yield Happening(at=at, words=f"{words}, {claim.label}", detail=reason, by=by, place=place)


SAID = {
    ClaimLine.State.ACCEPTED: "accepted",
    ClaimLine.State.HELD: "held",
    ClaimLine.State.PARTIAL: "paid in part",
    ClaimLine.State.PAID: "paid",
    ClaimLine.State.DECLINED: "declined",
    ClaimLine.State.REVERSED: "taken back",
}


def _paid(invoice: Invoice) -> Iterator[Happening]:
    for row in invoice.allocations.select_related("payment", "allocated_by"):
        amount = format_money(abs(row.amount))
        words = f"{amount} paid" if row.amount > 0 else f"{amount} is free again"
        detail = f"{row.payment.get_method_display()}, {row.payment.label}"
        yield Happening(at=row.allocated_at, words=words, detail=detail, by=str(row.allocated_by or ""))


def _credited(invoice: Invoice) -> Iterator[Happening]:
    for note in invoice.credit_notes.with_totals().select_related("issued_by"):
        place = reverse("admin:billing_creditnote_change", args=[note.pk])
        words = f"{format_money(note.total)} credited with {note.label}"
        yield Happening(at=note.issued_at, words=words, detail=note.reason, by=str(note.issued_by), place=place)


def _written_off(invoice: Invoice) -> Iterator[Happening]:
    for row in invoice.write_offs.select_related("written_off_by"):
        amount = format_money(abs(row.amount))
        words = f"{amount} written off" if row.amount > 0 else f"{amount} asked for again"
        yield Happening(at=row.created_at, words=words, detail=row.reason, by=str(row.written_off_by))


def next_step(invoice: Invoice, *, today: date) -> str:
    """One sentence, for which its claims are asked. The invoice must be `with_state` and `with_sending`."""
    owed = format_money(invoice.balance)
    if invoice.state == Invoice.State.DRAFT:
        return "Issue it: until then it has no number and nobody owes it."
    if invoice.balance <= Decimal(0):
        return "Nothing: it is settled."
    if of_claim := _next_of_claim(invoice):
        return of_claim
    if invoice.state == Invoice.State.OVERDUE:
        days = (today - invoice.due_on).days
        return f"{owed} was due {days} day{'s' if days > 1 else ''} ago. Ask for it, or write it off."
    if invoice.sending is None:
        return f"Send it to {invoice.debtor}, or hand it over. {owed} is to pay."
    return f"{owed} is to pay by {invoice.due_on:%-d %B}."


def _next_of_claim(invoice: Invoice) -> str:
    """What the newest claims of its lines wait for; empty where nothing is claimed, or nothing is left to wait for."""
    lines = ClaimLine.objects.filter(invoice_line__invoice=invoice, resubmitted_as=None)
    lines = list(lines.select_related("claim__payer").order_by("pk"))
    for line in lines:
        if line.state in ClaimLine.UNDECIDED and not line.resolution:
            return f"Decide about what {line.claim.payer} did not pay on {line.claim.label}."
    for line in lines:
        if line.state in ClaimLine.OPEN:
            return f"It is on {line.claim.label}: wait for the answer of {line.claim.payer}."
        if line.state == ClaimLine.State.SELECTED:
            return "It is on a claim that is being prepared: submit that."
    return ""
