"""The states of a claimed line: which follows which, and the one way to bring a line into another."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from billing.models import Claim, ClaimLine, ClaimLineStep
from clinic.errors import Conflict
from clinic.models import User

State = ClaimLine.State
Source = ClaimLineStep.Source

_ANSWERS = frozenset({State.ACCEPTED, State.HELD, State.PARTIAL, State.PAID, State.DECLINED})
# A payer may say the same again, and change its mind about what it declined or took back.
FOLLOWS: dict[str, frozenset[str]] = {
    State.SELECTED: frozenset({State.SUBMITTED}),
    State.SUBMITTED: _ANSWERS,
    State.ACCEPTED: _ANSWERS - {State.ACCEPTED},
    State.HELD: _ANSWERS - {State.HELD},
    State.PARTIAL: frozenset({State.PARTIAL, State.PAID, State.REVERSED}),
    State.PAID: frozenset({State.PARTIAL, State.REVERSED}),
    State.DECLINED: _ANSWERS - {State.DECLINED},
    State.REVERSED: frozenset({State.PARTIAL, State.PAID}),
}


def step(
    line: ClaimLine,
    state: str,
    *,
    by: User | None,
    now: datetime,
    source: str,
    awarded: Decimal | None = None,
    reason_code: str = "",
    reason: str = "",
    reference: str = "",
) -> ClaimLineStep:
    """Brings a line into a state and writes that into its history, inside the caller's transaction.

    Raises 409 `state_does_not_follow`, and by the database `already_claimed` where the treatment is on another live
    claim by now.
    """
    if state not in FOLLOWS[line.state]:
        was, becomes = State(line.state).label.lower(), State(state).label.lower()
        raise Conflict("state_does_not_follow", f"This line is {was}: it cannot become {becomes}.")
    line.state, line.reason_code, line.reason = state, reason_code, reason
    line.awarded = awarded if awarded is not None else line.awarded
    line.save(update_fields=["state", "awarded", "reason_code", "reason", "updated_at"])
    return note(line, by=by, now=now, source=source, amount=awarded, reference=reference)


def note(
    line: ClaimLine, *, by: User | None, now: datetime, source: str, amount: Decimal | None = None, reference: str = ""
) -> ClaimLineStep:
    """Writes the state a line is in into its history."""
    return ClaimLineStep.objects.create(
        line=line,
        state=line.state,
        at=now,
        by=by,
        source=source,
        amount=amount,
        reason_code=line.reason_code,
        reason=line.reason,
        reference=reference,
    )


def settle(claim: Claim) -> None:
    """Brings a submitted claim's own status into line with those of its lines: settled when neither the payer nor a
    person has anything left to say about any of them. The claim is locked by the caller."""
    if claim.status == Claim.Status.REJECTED:
        return
    is_open = claim.lines.filter(Q(state__in=ClaimLine.OPEN) | Q(state__in=ClaimLine.UNDECIDED, resolution=""))
    if not is_open.exists():
        claim.status = Claim.Status.SETTLED
    elif claim.lines.exclude(state=State.SUBMITTED).exists():
        claim.status = Claim.Status.ACKNOWLEDGED
    if claim.delivery != Claim.Delivery.WAITING and claim.status != Claim.Status.SUBMITTED:
        # Whoever answers has got it.
        claim.delivery, claim.next_try_at = Claim.Delivery.SENT, None
    claim.save(update_fields=["status", "delivery", "next_try_at", "updated_at"])
