"""When a time cannot be had: the next one that can, named in the refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from appointments.models import AppointmentType
from appointments.searching.finding import Slot, Wish, find
from clinic import showing
from clinic.errors import Refusal
from clinic.models import Practitioner

# A fortnight: no later than most people ask for.
REACH = timedelta(days=13)
ABOUT_TIME = frozenset(
    {
        "across_midnight",
        "before_opening",
        "closed",
        "in_the_past",
        "nonexistent_local_time",
        "on_break",
        "outside_hours",
        "slot_taken",
    }
)


def next_free(
    *,
    appointment_type: AppointmentType,
    practitioner: Practitioner | None,
    patient_id: int,
    after: datetime,
    now: datetime,
) -> Slot | None:
    """The first time at or after `after` that can be booked as it is."""
    begins = max(after, now)
    wish = Wish(
        appointment_type=appointment_type,
        practitioner=practitioner,
        patient_id=patient_id,
        from_on=(begins - timedelta(days=1)).date(),
        to_on=(begins + REACH).date(),
    )
    slots = (slot for slot in find(wish, now=now) if slot.starts_at >= begins)
    return min(slots, key=lambda slot: slot.starts_at, default=None)


@contextmanager
def naming_the_next(
    *,
    appointment_type: AppointmentType,
    practitioner: Practitioner | None,
    patient_id: int,
    after: datetime,
    now: datetime,
) -> Iterator[None]:
    """Adds the next free time to a refusal that is about the time."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code in ABOUT_TIME:
            slot = next_free(
                appointment_type=appointment_type,
                practitioner=practitioner,
                patient_id=patient_id,
                after=after,
                now=now,
            )
            if slot is not None:
                at = showing.when(slot.starts_at, slot.location.zone)
                refusal.detail = f"{refusal.detail} Next free with {slot.practitioner}: {at}."
        raise
