"""What happened to a claim, in the order it did, and what is next: for its page."""

from collections.abc import Iterator

from django.urls import reverse

from billing.claiming import files
from billing.happenings import Happening
from billing.models import Claim, Remittance
from clinic.money import format_money
from patients.models import Payer

Delivery = Claim.Delivery


def of(claim: Claim) -> list[Happening]:
    """Everything, oldest first. Two queries, however many lines it has."""
    found = [Happening(at=claim.created_at, words="Prepared", by=str(claim.created_by))]
    if claim.submitted_at:
        found = [Happening(at=min(claim.created_at, claim.submitted_at), words="Prepared", by=str(claim.created_by))]
        found += [
            Happening(at=claim.submitted_at, words=f"Submitted as {claim.label}", by=str(claim.submitted_by)),
            *_sent(claim),
            *_answered(claim),
        ]
    return sorted(found, key=lambda happening: happening.at)


def _sent(claim: Claim) -> Iterator[Happening]:
    way = Payer.ClaimChannel(claim.channel).label
    if claim.sent_at:
        words = "Ready to be taken to the payer" if is_carried(claim) else "Sent"
        reference = f"{way}, reference {claim.payer_reference}" if claim.payer_reference else way
        yield Happening(at=claim.sent_at, words=words, detail=reference)
    elif claim.handed_over_at:
        tries = f"{claim.attempts} tries" if claim.attempts > 1 else "one try"
        detail = f"{claim.delivery_detail} {way}, {tries}.".strip()
        yield Happening(at=claim.handed_over_at, words=claim.get_delivery_display(), detail=detail)


def _answered(claim: Claim) -> Iterator[Happening]:
    rows = Remittance.objects.filter(rows__line__claim=claim).select_related("payment", "taken_in_by").distinct()
    for row in rows.order_by("pk"):
        words = f"{format_money(row.payment.amount)} came in" if row.payment else "An answer came in"
        place = reverse("admin:billing_remittance_change", args=[row.pk])
        by = str(row.taken_in_by or row.get_source_display())
        yield Happening(at=row.taken_in_at, words=words, detail=row.label, by=by, place=place)


def is_carried(claim: Claim) -> bool:
    """Whether a person takes it to the payer."""
    return claim.channel == Payer.ClaimChannel.PAPER or claim.channel in files.KINDS


def next_step(claim: Claim) -> str:
    """One sentence. The claim must be `with_sums`."""
    if claim.status == Claim.Status.DRAFT:
        return "Look through its lines and send it. Until then nothing of it is claimed."
    if claim.status == Claim.Status.SETTLED:
        return "Nothing: every line is settled."
    if claim.delivery != Delivery.SENT:
        return _of_delivery(claim)
    if claim.undecided_count:
        lines = _lines(claim.undecided_count, "was", "were")
        return f"{lines} not paid whole. Claim again, bill the patient, or write off, below."
    if claim.open_count < claim.line_count or not is_carried(claim):
        waiting = _lines(claim.open_count, "waits", "wait")
        return f"{waiting} for {claim.payer}. Take in the remittance when it comes."
    if claim.channel in files.KINDS:
        return f"Download the file and hand it in where {claim.payer} takes it. Then wait for the answer."
    return f"Print the schedule and send it to {claim.payer}. Then wait for the answer."


def _of_delivery(claim: Claim) -> str:
    if claim.delivery == Delivery.REFUSED:
        return f"{claim.payer} did not take it: {claim.delivery_detail} Put that right and claim its lines again."
    if claim.delivery == Delivery.UNKNOWN:
        return f"Nobody knows whether it has arrived. Ask {claim.payer}, and say here what you found out."
    if claim.delivery_detail:
        return f"It is tried again by itself. The last time: {claim.delivery_detail}"
    return "It is on its way. Look again in a moment."


def _lines(count: int, one: str, many: str) -> str:
    return f"One line {one}" if count == 1 else f"{count} lines {many}"
