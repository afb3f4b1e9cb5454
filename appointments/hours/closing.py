"""Closed days: the public holidays of a location's region, entered for a year at once."""

from datetime import date, time, timedelta

import holidays

from appointments.models import Appointment, ClosedDay
from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Location, User
from clinic.wall import on_the_wall

# Whose regions are named without their country, as in WGN.
HOME = "NZ"
YEARS = range(2000, 2101)


def public_holidays(location: Location, year: int) -> dict[date, str]:
    """The days on which the region is closed, with their names, by the `holidays` package.

    The region is one of New Zealand's (`WGN`), or has its country before it (`US-OR`). Raises 422
    `holiday_region_missing`, `holiday_region_unknown` and `year_out_of_reach`.
    """
    if year not in YEARS:
        raise Refusal("year_out_of_reach", "Public holidays are known from 2000 to 2100.", field="year")
    if not location.holiday_region:
        raise Refusal(
            "holiday_region_missing",
            f"Say first in which region {location} is, such as WGN for Wellington.",
            field="location",
        )
    country, _, region = location.holiday_region.upper().rpartition("-")
    try:
        found = holidays.country_holidays(country or HOME, subdiv=region, years=year)
    except NotImplementedError as unknown:
        raise Refusal(
            "holiday_region_unknown",
            f"{location.holiday_region} is no region whose public holidays are known.",
            field="location",
        ) from unknown
    return {day: name for day, name in sorted(found.items()) if day.year == year}


def close_on_public_holidays(*, location: Location, year: int, by: User) -> list[ClosedDay]:
    """The days that were not closed yet; what is entered already keeps its name. Nothing that is booked is moved.

    Raises what `public_holidays` raises.
    """
    days = public_holidays(location, year)
    with acting(by):
        # One at a time for a location: two who press the button together do not refuse each other.
        Location.objects.select_for_update(no_key=True).get(pk=location.pk)
        closed = set(ClosedDay.objects.filter(location=location, day__in=days).values_list("day", flat=True))
        return ClosedDay.objects.bulk_create(
            ClosedDay(location=location, day=day, name=name[:80]) for day, name in days.items() if day not in closed
        )


def booked_on(days: list[ClosedDay]) -> int:
    """How many visits are still in the book on those days: a person has to speak with these patients."""
    return sum(
        Appointment.objects.live()
        .filter(
            location=closed.location,
            starts_at__gte=on_the_wall(closed.day, time.min, closed.location.zone),
            starts_at__lt=on_the_wall(closed.day + timedelta(days=1), time.min, closed.location.zone),
        )
        .count()
        for closed in days
    )
