"""Holds whose time has passed: cancelled by the sweep, or by whoever wants their time first."""

from datetime import datetime, timedelta

from appointments import sharing
from appointments.models import Appointment, Occupancy
from appointments.models.types import LONGEST_BUFFER_MINUTES
from appointments.statuses import Status
from clinic.errors import Conflict

# What two visits beside each other may take around them.
AROUND = timedelta(minutes=2 * LONGEST_BUFFER_MINUTES)


def refuse_lapsed(appointment: Appointment, *, now: datetime) -> None:
    """A hold that has run out is over, whether or not the sweep has ended it already. Raises 409 `hold_expired`."""
    if appointment.status == Status.PENDING and appointment.held_until <= now:
        raise Conflict("hold_expired", "The hold has run out, and its time is free for others again. Book it anew.")


def lapse_during(begins: datetime, ends: datetime, *, now: datetime) -> int:
    """Frees what holds that have run out still take between these times, so that a late beat blocks nobody."""
    near = Appointment.objects.lapsed(now).between(begins - AROUND, ends + AROUND)
    if not near.exists():
        return 0
    sharing.with_others()
    return lapse(near.select_for_update(no_key=True), now=now)


def lapse(holds, *, now: datetime) -> int:
    """Cancels the locked rows of `holds`, in the caller's transaction. Whoever waited for a lock finds only those that
    are still held, because PostgreSQL asks again once it has the row: a hold that was kept meanwhile stays kept."""
    lapsed = list(holds.order_by("pk").values_list("pk", flat=True))
    if lapsed:
        Appointment.objects.filter(pk__in=lapsed).update(
            status=Status.CANCELLED,
            cancel_reason=Appointment.CancelReason.EXPIRED,
            held_until=None,
            updated_at=now,
        )
        sharing.give_back(Occupancy.objects.filter(appointment__in=lapsed))
    return len(lapsed)
