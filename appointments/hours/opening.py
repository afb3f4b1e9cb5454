"""Opening on one day: hours that hold on that day only, beside the weekly ones."""

from datetime import date, datetime, time

from appointments.models import ClosedDay, WorkingHours
from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Location, Practitioner, User


def open_once(
    *,
    practitioner: Practitioner,
    location: Location,
    day: date,
    opens: time,
    closes: time,
    break_from: time | None = None,
    break_until: time | None = None,
    by: User,
    now: datetime,
) -> WorkingHours:
    """Raises 422 `in_the_past`, `closed`, and what the hours themselves refuse, such as 409 `hours_overlap`."""
    if day < now.astimezone(location.zone).date():
        raise Refusal("in_the_past", "That day has passed.", field="day")
    closed = ClosedDay.objects.filter(location=location, day=day).first()
    if closed is not None:
        raise Refusal("closed", f"{location} is closed on that day: {closed.name}. Open it again first.", field="day")
    with acting(by):
        return WorkingHours.objects.create(
            practitioner=practitioner,
            location=location,
            weekday=day.weekday(),
            opens=opens,
            closes=closes,
            break_from=break_from,
            break_until=break_until,
            valid_from=day,
            valid_to=day,
        )
