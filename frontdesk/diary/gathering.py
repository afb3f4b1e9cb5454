"""The rows behind a diary: some days at one location, read in the same number of queries for any number of visits."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from appointments.models import Appointment, ClosedDay, TimeOff, WorkingHours
from appointments.statuses import LIVE, Status
from clinic.models import Location, Practitioner, User
from clinic.wall import on_the_wall
from frontdesk.diary.layout import Day, Interval
from patients.showing import alerts_of_today

# What a day without hours and visits shows.
USUAL_HOURS = (8, 18)
SHOWN = LIVE | {Status.MISSED}


class Book:
    """As far as `user` may see it. `days` are dates on the wall of the location, in order."""

    def __init__(self, user: User, location: Location, days: list[date], now: datetime) -> None:
        self.user, self.location, self.days, self.now = user, location, days, now
        self.zone: ZoneInfo = location.zone
        begins, ends = self._edge(days[0]), self._edge(days[-1] + timedelta(days=1))
        visits = list(_visits(user, location, begins, ends).without_ended_holds())
        self.visits = [visit for visit in visits if visit.status in SHOWN]
        self.cancelled = [visit for visit in visits if visit.status == Status.CANCELLED]
        hours = WorkingHours.objects.filter(location=location, practitioner__archived_at=None)
        self.hours = list(hours.select_related("practitioner", "location"))
        away = TimeOff.objects.filter(cancelled_at=None, starts_at__lt=ends, ends_at__gt=begins)
        self.away = list(away.order_by("starts_at", "pk"))
        self.closed = dict(ClosedDay.objects.filter(location=location, day__in=days).values_list("day", "name"))
        self.first_hour, self.last_hour = self._hours_shown()

    def shown(self, day: date) -> Day:
        """That day from the first to the last whole hour on the wall that any of the days needs."""
        begins = on_the_wall(day, time(self.first_hour), self.zone)
        whole = self.last_hour == 24
        return Day.of(
            begins, self._edge(day + timedelta(days=1)) if whole else on_the_wall(day, time(self.last_hour), self.zone)
        )

    def opened(self, day: date, practitioner: Practitioner | None = None) -> list[Interval]:
        """The hours of that day, of one practitioner or of anybody; none on a closed day."""
        return [stretch for row in self._hours_of(day, practitioner) for stretch in row.opened_on(day)]

    def breaks(self, day: date, practitioner: Practitioner) -> list[Interval]:
        found = (row.break_on(day) for row in self._hours_of(day, practitioner))
        return [stretch for stretch in found if stretch is not None]

    def _hours_of(self, day: date, practitioner: Practitioner | None) -> list[WorkingHours]:
        return [
            row
            for row in self.hours
            if row.holds_on(day) and day not in self.closed and practitioner in {None, row.practitioner}
        ]

    def visits_of(self, day: date) -> list[Appointment]:
        begins, ends = self._edge(day), self._edge(day + timedelta(days=1))
        return [visit for visit in self.visits if begins <= visit.starts_at < ends]

    def at_work(self, day: date) -> list[Practitioner]:
        """Those with hours on that day, and those with whom somebody is booked all the same."""
        found = {row.practitioner for row in self.hours if row.holds_on(day)}
        found |= {visit.practitioner for visit in self.visits_of(day)}
        return sorted(found, key=lambda who: (who.display_name, who.pk))

    def _edge(self, day: date) -> datetime:
        return on_the_wall(day, time.min, self.zone)

    def _hours_shown(self) -> tuple[int, int]:
        stretches = [stretch for day in self.days for stretch in self.opened(day)]
        stretches += [(visit.starts_at, visit.ends_at) for visit in self.visits]
        if not stretches:
            return USUAL_HOURS
        walls = [(begins.astimezone(self.zone), ends.astimezone(self.zone)) for begins, ends in stretches]
        first = min(begins.hour for begins, _ in walls)
        last = max(24 if ends.date() > begins.date() else ends.hour + (ends.minute > 0) for begins, ends in walls)
        return first, last


def _visits(user: User, location: Location, begins: datetime, ends: datetime) -> QuerySet:
    rows = Appointment.objects.visible_to(user).filter(location=location, starts_at__gte=begins, starts_at__lt=ends)
    return (
        rows.select_related("patient", "practitioner", "room", "appointment_type", "location")
        .prefetch_related("appointment_type__segments", alerts_of_today("patient__alerts"))
        .order_by("starts_at", "pk")
    )
