"""A course of treatments: so many visits a week for so many weeks, booked at once around what is closed or full.

The free times are searched once for the whole course. What cannot be had as wished goes to the nearest free time of
its day, else to another day of its week, keeping a day between two visits where it can; what finds no time is told.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import models, transaction
from django.utils import timezone

from appointments import booking
from appointments.models import Appointment, AppointmentType, Series
from appointments.occupying import SlotTaken
from appointments.searching.finding import MOST_DAYS, Slot, Wish, find
from appointments.series import rules
from appointments.series.spacing import Free, Wished, in_the_week, on_the_day, spread, wished
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Location, Practice, Practitioner, User
from clinic.wall import on_the_wall
from patients.models import Case, Patient

# Each try that fails has met somebody who booked since the search.
MOST_TRIES = 10
OUTSIDE_HOURS = "outside_hours"


class Found(models.TextChoices):
    AS_WISHED = "as_wished", "As wished"
    SHIFTED = "shifted", "Shifted"
    NOT_FOUND = "not_found", "Not found"


@dataclass(kw_only=True)
class Placed:
    """What became of one wish. `reasons` say why the wished time could not be had, in the codes of the search."""

    wished_at: datetime
    location: Location
    found: Found
    reasons: list[str]
    appointment: Appointment | None = None


@dataclass(kw_only=True)
class Course:
    series: Series
    placed: list[Placed] = field(default_factory=list)

    def found(self, how: Found) -> list[Placed]:
        return [placed for placed in self.placed if placed.found == how]


def book_course(
    *,
    patient: Patient,
    appointment_type: AppointmentType,
    from_on: date,
    weeks: int,
    per_week: int,
    times: Sequence[tuple[int, time]],
    practitioner: Practitioner | None = None,
    location: Location | None = None,
    case: Case | None = None,
    note: str = "",
    dry_run: bool = False,
    by: User,
    now: datetime,
) -> Course:
    """Books `per_week` visits in each of `weeks`, at the weekdays and wall-clock `times` wished for.

    Where fewer weekdays are named than visits are wanted, the others are spread over the week at the first one's time.
    Without a practitioner, with whoever is free, and if it can be with one throughout. A dry run is undone at its end.
    Raises 422 `no_weekday`, `weekday_twice`, `too_many_weekdays`, `course_too_long`, `in_the_past`, and 409
    `course_nothing_free`.
    """
    _refuse_impossible(from_on=from_on, weeks=weeks, per_week=per_week, times=times, now=now)
    until_on = from_on + timedelta(days=weeks * 7 - 1)
    book = _Book.searched(
        Wish(
            appointment_type=appointment_type,
            from_on=from_on,
            to_on=until_on,
            practitioner=practitioner,
            location=location,
            patient_id=patient.pk,
        ),
        now=now,
    )
    if not book.slots:
        raise Conflict("course_nothing_free", "There is no free time in these weeks.")
    weekdays = spread([day for day, _ in times], per_week=per_week, possible=book.weekdays())
    at_day = dict(times)
    wishes = wished(from_on=from_on, weeks=weeks, times=[(day, at_day.get(day, times[0][1])) for day in weekdays])
    rule = rules.Rule(freq="WEEKLY", byday=tuple((0, day) for day in weekdays), count=len(wishes))
    with acting(by, reason="course"):
        series = Series.objects.create(
            patient=patient,
            practitioner=practitioner,
            appointment_type=appointment_type,
            location=location or book.usual_location(),
            case=case,
            rule=str(rule),
            first_on=wishes[0].day,
            at=wishes[0].at,
            is_course=True,
        )
        course = Course(series=series, placed=_Placing(series, book, note=note, by=by, now=now).place(wishes))
        transaction.set_rollback(dry_run)
    return course


def _refuse_impossible(
    *, from_on: date, weeks: int, per_week: int, times: Sequence[tuple[int, time]], now: datetime
) -> None:
    weekdays = [weekday for weekday, _ in times]
    if not weekdays:
        raise Refusal("no_weekday", "Say at least one weekday and time.", field="times")
    if len(set(weekdays)) < len(weekdays):
        raise Refusal("weekday_twice", "A course has one visit on a day.", field="times")
    if len(weekdays) > per_week:
        raise Refusal("too_many_weekdays", f"{len(weekdays)} weekdays are named for {per_week} a week.", field="times")
    if weeks * per_week > rules.MOST_OCCURRENCES or timedelta(weeks=weeks) > rules.REACH:
        raise Refusal(
            "course_too_long", f"A course has {rules.MOST_OCCURRENCES} visits in two years at most.", field="weeks"
        )
    if from_on < timezone.localdate(now, Practice.objects.current().zone):
        raise Refusal("in_the_past", "That day has passed.", field="from_on")


@dataclass
class _Book:
    """What the search found: the free slots by what the wall shows, and why other times are not free."""

    slots: dict[Free, Slot] = field(default_factory=dict)
    by_day: dict[date, list[Free]] = field(default_factory=lambda: defaultdict(list))
    reasons: dict[datetime, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def searched(cls, wish: Wish, *, now: datetime) -> "_Book":
        book = cls()
        begins = wish.from_on
        while begins <= wish.to_on:
            ends = min(wish.to_on, begins + timedelta(days=MOST_DAYS - 1))
            part = Wish(**{**vars(wish), "from_on": begins, "to_on": ends})
            for entry in find(part, now=now, explain=True):
                if isinstance(entry, Slot):
                    wall = entry.starts_at.astimezone(entry.location.zone)
                    free = Free(wall.date(), wall.time(), entry.practitioner.pk)
                    book.slots[free] = entry
                    book.by_day[free.day].append(free)
                else:
                    book.reasons[entry.starts_at] += entry.reasons
            begins = ends + timedelta(days=1)
        return book

    def weekdays(self) -> set[int]:
        return {day.weekday() for day in self.by_day}

    def usual_location(self) -> Location:
        return Counter(slot.location for slot in self.slots.values()).most_common(1)[0][0]

    def week(self, wish: Wished) -> list[Free]:
        days = (wish.week_begins + timedelta(days=n) for n in range(7))
        return [free for day in days for free in self.by_day.get(day, ())]

    def why_not(self, moment: datetime) -> list[str]:
        return list(dict.fromkeys(self.reasons.get(moment, [OUTSIDE_HOURS])))


class _Placing:
    """One course being booked: first every wish on its own day, then the others in what is left of their weeks."""

    def __init__(self, series: Series, book: _Book, *, note: str, by: User, now: datetime) -> None:
        self.series, self.book = series, book
        self.asked = {"note": note, "by": by, "now": now}
        self.usual: int | None = series.practitioner_id

    def place(self, wishes: Sequence[Wished]) -> list[Placed]:
        visits: dict[Wished, Appointment] = {}
        for wish in wishes:
            self._try(visits, wish, on_the_day(wish, self.book.by_day.get(wish.day, ()), usual=self.usual))
        for wish in wishes:
            if wish not in visits:
                # Days that are wished and had, as they stand now: one that moved makes room where it was.
                others = {visit.starts_at.astimezone(visit.location.zone).date() for visit in visits.values()}
                week = in_the_week(wish, self.book.week(wish), others=others, usual=self.usual)
                self._try(visits, wish, week)
        return [self._told(wish, visits.get(wish)) for wish in wishes]

    def _try(self, visits: dict[Wished, Appointment], wish: Wished, times: Sequence[Free]) -> None:
        for free in times[:MOST_TRIES]:
            slot = self.book.slots[free]
            try:
                with transaction.atomic():
                    visits[wish] = booking.book(
                        patient=self.series.patient,
                        practitioner=slot.practitioner,
                        appointment_type=self.series.appointment_type,
                        starts_at=slot.starts_at,
                        case=self.series.case,
                        series=self.series,
                        **self.asked,
                    )
            except SlotTaken:
                continue
            self.usual = self.usual or slot.practitioner.pk
            return

    def _told(self, wish: Wished, visit: Appointment | None) -> Placed:
        wished_at = on_the_wall(wish.day, wish.at, self.series.location.zone)
        found = Found.NOT_FOUND if visit is None else Found.SHIFTED
        if visit is not None and visit.starts_at == wished_at:
            found = Found.AS_WISHED
        reasons = [] if found == Found.AS_WISHED else self.book.why_not(wished_at)
        return Placed(
            wished_at=wished_at, location=self.series.location, found=found, reasons=reasons, appointment=visit
        )
