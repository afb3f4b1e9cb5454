"""What can be booked online: kinds of visit, with whom, and when. Of the book nothing is told but free starts."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from appointments.models import Appointment, AppointmentType
from appointments.searching.finding import MOST_DAYS, Slot, Wish, find
from clinic.errors import Refusal
from clinic.models import Practice, Practitioner


class NotOffered(Refusal):
    """The practice takes no bookings online."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not_online", "We take no bookings online just now. Give us a call.")


def practice_open_online() -> Practice:
    """Raises 404 `not_online`."""
    practice = Practice.objects.current()
    if not practice.books_online:
        raise NotOffered
    return practice


def kinds() -> list[AppointmentType]:
    """Those marked for it that have a length, in the order of their names."""
    rows = AppointmentType.objects.active().filter(bookable_online=True).prefetch_related("segments", "practitioners")
    return [kind for kind in rows if kind.segment_minutes()]


def for_whom(kind: AppointmentType) -> str:
    """Whom it is for, in words; empty where it is for everybody."""
    words = {"new": "New patients", "known": "Patients who have been here before"}.get(kind.open_to, "")
    ages = {
        (True, False): f"from {kind.min_age} years",
        (False, True): f"up to {kind.max_age} years",
        (True, True): f"{kind.min_age} to {kind.max_age} years",
    }.get((kind.min_age is not None, kind.max_age is not None), "")
    return ", ".join(filter(None, [words, ages if words or not ages else ages.capitalize()]))


def practitioners(kinds: Sequence[AppointmentType]) -> dict[int, list[Practitioner]]:
    """Who offers each of them, by id: `limits.offering` of many in one query."""
    everybody = list(Practitioner.objects.active().order_by("display_name", "pk"))
    chosen = {kind.pk: {row.pk for row in kind.practitioners.all()} for kind in kinds}
    return {number: [row for row in everybody if row.pk in only or not only] for number, only in chosen.items()}


def starts(
    *,
    kind: AppointmentType,
    practitioner: Practitioner | None,
    from_on: date,
    to_on: date,
    moving: Appointment | None = None,
    now: datetime,
) -> list[Slot]:
    """Free starts in order, one for each moment and location: whoever is free first in the order of names. Of a visit
    that is `moving`, those that its patient can have, and not the one that it has."""
    wish = Wish(
        appointment_type=kind,
        practitioner=practitioner,
        from_on=from_on,
        to_on=to_on,
        patient_id=moving.patient_id if moving else None,
        moving_id=moving.pk if moving else None,
    )
    has_now = (moving.starts_at, moving.practitioner_id) if moving else None
    found: dict[tuple, Slot] = {}
    for slot in find(wish, now=now):
        is_within = from_on <= slot.starts_at.astimezone(slot.location.zone).date() <= to_on
        if is_within and (slot.starts_at, slot.practitioner.pk) != has_now:
            found.setdefault((slot.starts_at, slot.location.name), slot)
    return [found[key] for key in sorted(found)]


def next_start(
    *,
    kind: AppointmentType,
    practitioner: Practitioner | None,
    after: date,
    moving: Appointment | None = None,
    now: datetime,
) -> Slot | None:
    """The first free start after that day, as far ahead as this kind of visit is booked."""
    last = (now + timedelta(days=kind.horizon_days + 1)).date()
    first = after + timedelta(days=1)
    while first <= last:
        to_on = min(last, first + timedelta(days=MOST_DAYS - 1))
        found = starts(kind=kind, practitioner=practitioner, from_on=first, to_on=to_on, moving=moving, now=now)
        if found:
            return found[0]
        first = to_on + timedelta(days=1)
    return None


def nearest(
    *,
    kind: AppointmentType,
    practitioner: Practitioner | None,
    to: datetime,
    moving: Appointment | None = None,
    now: datetime,
    many: int = 4,
) -> Sequence[Slot]:
    """Free starts around a moment, in order: what is offered instead of a time that was taken."""
    day = to.astimezone(Practice.objects.current().zone).date()
    first, last = day - timedelta(days=7), day + timedelta(days=7)
    found = starts(kind=kind, practitioner=practitioner, from_on=first, to_on=last, moving=moving, now=now)
    return sorted(sorted(found, key=lambda slot: abs(slot.starts_at - to))[:many], key=lambda slot: slot.starts_at)
