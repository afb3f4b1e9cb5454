"""How the demo is paid by ACC: claimed every Friday, answered a fortnight later, and not always as it was claimed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Count

from billing import invoicing
from billing.claiming import deciding, delivering, preparing, remitting, submitting
from billing.claiming.gathering import candidates
from billing.claiming.remittance_rows import Row
from billing.models import Claim, ClaimLine
from clinic import documents
from clinic.models import User
from clinic.money import cents
from patients.models import Case, CoverStatus, Payer
from treatments.requests import requesting

A_FORTNIGHT, A_WEEK = timedelta(days=14), timedelta(days=7)
# By the number of the claim: what becomes of its last line, where that is not paid whole. The first is decided about.
DECLINED, IN_PART = {1}, {3}
# From this one on, ACC holds the last line of each for a week before it pays.
HELD_FROM = 4
# By then the notes of a day are signed.
NOTES_TAKE = timedelta(days=2)
NOT_THE_INJURY = "The treatment is not for the injury that is covered"
SESSIONS_MORE = 6


def claim_what_is_ready(*, payer: Payer, by: User, now: datetime, today: date) -> None:
    """What is not ready yet is looked at again a week later; what was declined is not claimed again."""
    rows = candidates(payer=payer, now=now, to_on=today - NOTES_TAKE)
    ready = [row.session.treatment for row in rows if row.is_ready and row.declined is None]
    if ready:
        claim = preparing.prepare(payer=payer, treatments=ready, by=by, now=now)
        submitting.submit(claim=claim, by=by, now=now)


def take_answers_in(*, payer: Payer, by: User, now: datetime, today: date) -> None:
    for line in ClaimLine.objects.undecided().filter(state=ClaimLine.State.DECLINED, claim__payer=payer):
        invoice = deciding.bill_to_patient(line=line, reason=line.reason, by=by, now=now)
        invoicing.issue(invoice=invoice, by=by, now=now)
    waiting = Claim.objects.filter(payer=payer, status__in=[Claim.Status.SUBMITTED, Claim.Status.ACKNOWLEDGED])
    for claim in waiting.exclude(lines__awarded__isnull=False).order_by("number"):
        if rows := list(_answered(claim, today)):
            remitting.take_in(payer=payer, claim=claim, rows=rows, by=by, now=now)


def _answered(claim: Claim, today: date) -> Iterator[Row]:
    lines = list(claim.lines.order_by("position"))
    last = lines[-1]
    if claim.submitted_on <= today - A_FORTNIGHT:
        paid = {"payment_reference": f"ACC-{claim.number:06}", "paid_on": today}
        for line in lines:
            at = {"line_number": line.position, **paid}
            if line == last and claim.number in DECLINED:
                yield Row(status="declined", reason=NOT_THE_INJURY, **at)
            elif line == last and claim.number in IN_PART:
                yield Row(status="partial", awarded=cents(line.claimed / 2), reason="Half an hour is paid", **at)
            else:
                yield Row(status="paid", awarded=line.claimed, **at)
    elif claim.number >= HELD_FROM and claim.submitted_on <= today - A_WEEK:
        yield Row(status="held", line_number=last.position, reason="ACC asks for the notes")


def hand_over() -> None:
    """What would have left when it was submitted. Not inside a transaction: whoever hands over commits first."""
    for claim in Claim.objects.filter(delivery=Claim.Delivery.WAITING).order_by("number"):
        delivering.deliver(claim_id=claim.pk, clock=lambda at=claim.submitted_at: at)


def ask_for_more(*, now: datetime, today: date) -> None:
    """ACC is asked about the longest course of an accepted claim that has no purchase order, and has not answered."""
    cases = Case.objects.filter(payer__kind=Payer.Kind.ACC, cover_status=CoverStatus.ACCEPT, purchase_orders=None)
    case = cases.annotate(_sessions=Count("treatments")).order_by("-_sessions", "pk").first()
    if case is None or not case._sessions:
        return
    practitioner = case.treatments.select_related("practitioner__user").latest("started_at").practitioner
    clock = {"by": practitioner.user, "now": now}
    request = requesting.draft(
        case=case, practitioner=practitioner, sessions_requested=SESSIONS_MORE, patient_declared_on=today, **clock
    )
    requesting.finish(request=request, **clock)
    documents.ask(kind="acc32_request", subject=request.pk, **clock)
