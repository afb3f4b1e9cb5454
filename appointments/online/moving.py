"""A visit is moved by whoever has its link: to another free time of its kind, as long as they could cancel it without
asking. Until the new time is theirs the old one stays."""

from datetime import datetime, timedelta

from django.db.models import Min

from appointments import answering, booking, limits
from appointments.models import Appointment
from appointments.online.offering import practice_open_online
from appointments.online.telling import send_moved
from appointments.statuses import PROMISED
from clinic.errors import Conflict, Refusal, TooOften
from clinic.models import Practitioner

# Each move sends a message and gives a time to the waiting list.
MOST_A_DAY = 3
DAY = timedelta(days=1)
REASON = "move"
CALL = "Give us a call, and we will find another time."


def movable(*, token: str, now: datetime) -> Appointment:
    """The visit of a link that can be moved now. Raises what `answering.asked_about` and `refuse_unmovable` raise."""
    visit = answering.asked_about(token=token, now=now)
    refuse_unmovable(visit, now=now)
    return visit


def may_move_until(visit: Appointment) -> datetime | None:
    """The last moment at which the patient moves it through the link; None where they have to call."""
    try:
        practice_open_online()
    except Refusal:
        return None
    kind = visit.appointment_type
    if not kind.bookable_online or kind.archived_at or visit.status not in PROMISED:
        return None
    return answering.may_cancel_until(visit)


def refuse_unmovable(visit: Appointment, *, now: datetime) -> None:
    """Raises 409 `move_by_asking`, `too_late_to_move`."""
    until = may_move_until(visit)
    if until is None:
        raise Conflict("move_by_asking", f"This visit is not moved here. {CALL}")
    if now > until:
        raise Conflict("too_late_to_move", f"It is too near to move by yourself. {CALL}")


def move(*, token: str, starts_at: datetime, practitioner: Practitioner | None = None, now: datetime) -> Appointment:
    """With the same practitioner, unless another is named. In one transaction with the message about it.

    Raises what `movable` raises, 409 `same_time`, 422 `notice_too_short`, `past_horizon`, what `booking.move` raises,
    and 429 `moved_too_often`.
    """
    with answering.through_link(token, now, reason=REASON) as visit:
        refuse_unmovable(visit, now=now)
        if (starts_at, practitioner or visit.practitioner) == (visit.starts_at, visit.practitioner):
            raise Conflict("same_time", "That is the time you have.")
        _refuse_too_often(visit, now=now)
        limits.refuse_untimely(visit.appointment_type, starts_at, now=now)
        visit = booking.move(appointment=visit, starts_at=starts_at, practitioner=practitioner, by=None, now=now)
        send_moved(visit, now=now)
    return visit


def _refuse_too_often(visit: Appointment, *, now: datetime) -> None:
    """Counted in the visit's history, one context for each request. The caller holds the visit."""
    ours = {"via": answering.VIA, "reason": REASON}
    moves = visit.events.filter(pgh_context__metadata__contains=ours, pgh_created_at__gt=now - DAY)
    moved_at = list(moves.values("pgh_context").annotate(at=Min("pgh_created_at")).values_list("at", flat=True))
    if len(moved_at) >= MOST_A_DAY:
        wait = int((min(moved_at) + DAY - now).total_seconds()) + 1
        raise TooOften("moved_too_often", f"This visit was moved often enough for today. {CALL}", wait=wait)
