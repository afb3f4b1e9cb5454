"""Giving somebody who waits a time at once: they are on the telephone, or at the desk."""

from datetime import datetime

from appointments import booking
from appointments.models import Appointment, WaitlistEntry
from appointments.statuses import EXPECTED
from appointments.waiting import entering
from clinic.acting import acting
from clinic.errors import Conflict
from clinic.models import Practitioner, User


def give(
    *, entry: WaitlistEntry, starts_at: datetime, practitioner: Practitioner | None = None, by: User, now: datetime
) -> Appointment:
    """Books it, or moves the visit there that was to be moved forward, and they no longer wait.

    Raises 409 `not_waiting`, `offer_open`, and what `booking.book` and `booking.move` raise.
    """
    with acting(by, reason="give"):
        entry = entering.locked(entry)
        if entry.offers.open().exists():
            raise Conflict("offer_open", "Another time is offered to this patient already.")
        visit = _placed(entry, starts_at, practitioner, by=by, now=now)
        entering.fulfil(entry, visit)
    return visit


def _placed(
    entry: WaitlistEntry, starts_at: datetime, practitioner: Practitioner | None, *, by: User, now: datetime
) -> Appointment:
    wanted = {"starts_at": starts_at, "practitioner": practitioner, "by": by, "now": now}
    if entry.moving is not None and entry.moving.status in EXPECTED:
        return booking.move(appointment=entry.moving, **wanted)
    return booking.book(
        patient=entry.patient,
        appointment_type=entry.appointment_type,
        case=entry.case,
        note=entry.note,
        **wanted,
    )
