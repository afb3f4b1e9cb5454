"""Where a practitioner works at a time, and if nowhere, why not."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from appointments.availability import Interval, joined
from appointments.models import ClosedDay, WorkingHours
from clinic import showing
from clinic.errors import Refusal
from clinic.models import Location, Practitioner, Room
from clinic.sql import columns, found, names, row

# The smallest part of a time: a visit that ends at midnight still ends on its own day.
MOMENT = timedelta(microseconds=1)
# Hours with the place where they are, as `worked` reads them. Asked with every booking and every search.
WORKED = f"""
    SELECT {columns(WorkingHours, "hours")}, {columns(Location, "place")}
    FROM appointments_workinghours AS hours
    JOIN clinic_location AS place ON place.id = hours.location_id AND place.archived_at IS NULL
"""
_OF_ONE = f"{WORKED} WHERE practitioner_id = %s ORDER BY location_id, opens"
_OWN = len(names(WorkingHours))


def worked(values: tuple) -> WorkingHours:
    hours = row(WorkingHours, values[:_OWN])
    hours.location = row(Location, values[_OWN:])
    return hours


@dataclass(frozen=True)
class Working:
    """A practitioner's day at a location: the hours, and what of them no break takes."""

    location: Location
    day: date
    hours: list[Interval] = field(default_factory=list)
    opened: list[Interval] = field(default_factory=list)

    def holds(self, starts_at: datetime, ends_at: datetime) -> bool:
        return _covers(self.opened, starts_at, ends_at)

    def refusal(self, practitioner: Practitioner, starts_at: datetime, ends_at: datetime) -> Refusal:
        """Of a visit that this day does not hold."""
        zone = self.location.zone
        if _covers(self.hours, starts_at, ends_at):
            return Refusal("on_break", f"{practitioner} is on a break then.", field="starts_at")
        if (ends_at - MOMENT).astimezone(zone).date() != self.day:
            return Refusal("across_midnight", "The visit would go on past midnight.", field="starts_at")
        begins = min(opens for opens, _ in self.hours)
        if starts_at < begins:
            first = showing.clock(begins, zone)
            return Refusal("before_opening", f"{practitioner} begins at {first} on that day.", field="starts_at")
        return outside_hours()


def outside_hours() -> Refusal:
    return Refusal("outside_hours", "The practitioner does not work then.", field="starts_at")


def location_for(practitioner: Practitioner, room: Room | None, starts_at: datetime, ends_at: datetime) -> Location:
    """Where the practitioner works throughout that time; with a room, whether it is at that room's location.

    Raises 422 `closed`, `on_break`, `before_opening`, `across_midnight`, `room_elsewhere`, `outside_hours`.
    """
    days = _days(practitioner, starts_at)
    here = [working for working in days if room is None or working.location.pk == room.location_id]
    holding = [working for working in here if working.holds(starts_at, ends_at)]
    for working in holding:
        if not ClosedDay.objects.filter(location=working.location, day=working.day).exists():
            refuse_uncertified(practitioner, working.day)
            return working.location
    if holding:
        raise Refusal("closed", "The clinic is closed on that day.", field="starts_at")
    elsewhere = next((working for working in days if working.holds(starts_at, ends_at)), None)
    if elsewhere is not None:
        raise Refusal(
            "room_elsewhere",
            f"{room} is in {room.location}, but {practitioner} works in {elsewhere.location} then.",
            field="room",
        )
    refusals = [working.refusal(practitioner, starts_at, ends_at) for working in here]
    raise next((refusal for refusal in refusals if refusal.code != "outside_hours"), outside_hours())


def refuse_uncertified(practitioner: Practitioner, day: date) -> None:
    """Raises 422 `certificate_expired`."""
    expires = practitioner.practising_certificate_expires_on
    if expires is not None and day > expires:
        raise Refusal(
            "certificate_expired",
            f"{practitioner}'s practising certificate runs out on {expires:%-d %B %Y}, before that day.",
            field="practitioner",
        )


def _days(practitioner: Practitioner, starts_at: datetime) -> list[Working]:
    """At each location where the practitioner works on the local day of that moment."""
    of_days: dict[tuple[Location, date], list[WorkingHours]] = defaultdict(list)
    for hours in map(worked, found(_OF_ONE, [practitioner.pk])):
        day = starts_at.astimezone(hours.location.zone).date()
        if hours.holds_on(day):
            of_days[hours.location, day].append(hours)
    return [
        Working(
            location,
            day,
            joined(hours.hours_on(day) for hours in of_day),
            joined(stretch for hours in of_day for stretch in hours.opened_on(day)),
        )
        for (location, day), of_day in of_days.items()
    ]


def _covers(intervals: list[Interval], begins: datetime, ends: datetime) -> bool:
    return any(first <= begins and ends <= last for first, last in intervals)
