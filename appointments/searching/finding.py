"""Free slots: what the book says, turned into free time, and handed to the pure search. One question for what it goes
by and one for what is taken, whatever the number of days, practitioners or appointments."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from appointments.availability import Interval, Resources, Window, joined, search
from appointments.limits import ages_allowed, among, standing_refused
from appointments.models import AppointmentType, Occupancy
from appointments.models.types import LONGEST_BUFFER_MINUTES
from appointments.searching.frame import Frame
from clinic.errors import Refusal
from clinic.models import Location, Practitioner, Room
from clinic.wall import on_the_wall
from patients.models import Patient

MOST_DAYS = 92
# Dates near the ends of the calendar have no neighbours to be counted to.
SEARCHED_YEARS = range(1901, 2200)


@dataclass(frozen=True)
class Slot:
    starts_at: datetime
    ends_at: datetime
    practitioner: Practitioner
    location: Location
    room: int


@dataclass(frozen=True)
class Rejected:
    starts_at: datetime
    practitioner: Practitioner
    location: Location
    reasons: list[str]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is looked for. `from_on` and `to_on` are local dates, both included."""

    appointment_type: AppointmentType
    from_on: date
    to_on: date
    practitioner: Practitioner | None = None
    location: Location | None = None
    room: Room | None = None
    patient_id: int | None = None
    # The visit that is looking for another time: what it takes now does not stand in its own way.
    moving_id: int | None = None

    def __post_init__(self) -> None:
        refuse_days(self.from_on, self.to_on)

    def frame(self) -> Frame:
        chosen = {"practitioner": self.practitioner, "location": self.location, "room": self.room}
        numbers = {name: row and row.pk for name, row in chosen.items()}
        return Frame.read(self.appointment_type.pk, self.from_on, self.to_on, **numbers)

    def days(self) -> list[date]:
        return [self.from_on + timedelta(days=n) for n in range((self.to_on - self.from_on).days + 1)]


def refuse_days(first: date, last: date) -> None:
    """Raises 422 `ends_before_it_begins`, `out_of_calendar`, `too_many_days`."""
    if last < first:
        raise Refusal("ends_before_it_begins", "The last day lies before the first.", field="to")
    if first.year not in SEARCHED_YEARS or last.year not in SEARCHED_YEARS:
        raise Refusal("out_of_calendar", "There is no book for that year.", field="from")
    if (last - first).days >= MOST_DAYS:
        raise Refusal("too_many_days", f"Look at up to {MOST_DAYS} days at once.", field="to")


def find(wish: Wish, *, now: datetime, explain: bool = False, frame: Frame | None = None) -> Iterator[Slot | Rejected]:
    """Slots in the order of practitioner and time; with `explain`, the refused starts within open days as well. The
    frame is that of the wish, from whoever has read it already."""
    kind = wish.appointment_type
    frame = frame or wish.frame()
    window = _window(wish)
    hours = _hours(wish, frame)
    taken = _taken(wish, window, hours, frame)
    limits = Limits.of(wish, frame, window, now)
    length = timedelta(minutes=sum(minutes for _, minutes in frame.segments))
    for (practitioner, location), stretches in hours.items():
        rooms = frame.rooms.get(location.pk, ())
        devices = None if frame.devices is None else frame.devices.get(location.pk, ())
        answer = search(
            window,
            frame.segments,
            Resources(
                opened=window.free(joined([*stretches.opened, *stretches.uncertified])),
                off_break=window.everything & ~window.taken(stretches.breaks),
                present=_free_of(window, taken["away", practitioner.pk]),
                practitioner=_free_of(window, taken["practitioner", practitioner.pk]),
                rooms=_free(window, taken, "room", rooms),
                devices=None if devices is None else _free(window, taken, "device", devices),
                patient=_free_of(window, taken["patient", wish.patient_id]),
                limits={
                    "certificate_expired": window.everything & ~window.taken(stretches.uncertified),
                    **limits.at(practitioner, location),
                },
            ),
            buffers=(kind.buffer_before_minutes, kind.buffer_after_minutes),
        )
        for bit, moment in window.moments(answer.starts):
            yield Slot(moment, moment + length, practitioner, location, answer.room_at(bit))
        if explain:
            for bit, moment in window.moments(window.free(stretches.all) & window.grid & ~answer.starts):
                yield Rejected(moment, practitioner, location, answer.reasons_at(bit))


def _window(wish: Wish) -> Window:
    """Wide enough for the days in every zone, and for what is taken around them."""
    margin = timedelta(minutes=LONGEST_BUFFER_MINUTES)
    begins = datetime.combine(wish.from_on, datetime.min.time(), tzinfo=UTC) - timedelta(hours=14) - margin
    ends = datetime.combine(wish.to_on, datetime.min.time(), tzinfo=UTC) + timedelta(hours=38) + margin
    return Window.of(begins, ends)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the kind of visit asks of hour, patient and practitioner, as the starts that each rule lets through."""

    window: Window
    of_the_hour: dict[str, int]
    offering: frozenset[int]
    ages: tuple[date | None, date | None]
    standing: str

    @classmethod
    def of(cls, wish: Wish, frame: Frame, window: Window, now: datetime) -> "Limits":
        kind = wish.appointment_type
        born_on = _born_on(wish)
        # Who was new when they were booked can be moved although they have been here since.
        asks_standing = wish.patient_id is not None and wish.moving_id is None
        return cls(
            window=window,
            of_the_hour={
                "notice_too_short": window.free([(now + timedelta(minutes=kind.min_notice_minutes), window.ends)]),
                "past_horizon": window.free([(window.begins, now + timedelta(days=kind.horizon_days))]),
            },
            offering=frame.offering,
            ages=(None, None) if born_on is None else ages_allowed(kind, born_on),
            standing=standing_refused(kind, wish.patient_id) if asks_standing else "",
        )

    def at(self, practitioner: Practitioner, location: Location) -> dict[str, int]:
        """With that practitioner at that location, whose midnight makes the patient a year older."""
        first, last = self.ages
        found = dict(self.of_the_hour)
        if not among(self.offering, practitioner.pk):
            found["type_not_offered"] = 0
        if first is not None:
            found["patient_too_young"] = self.window.free([(self._midnight(first, location), self.window.ends)])
        if last is not None:
            ends = self._midnight(last + timedelta(days=1), location)
            found["patient_too_old"] = self.window.free([(self.window.begins, ends)])
        if self.standing:
            found[self.standing] = 0
        return found

    def _midnight(self, day: date, location: Location) -> datetime:
        return on_the_wall(day, time.min, location.zone)


def _born_on(wish: Wish) -> date | None:
    """Asked only where an age matters."""
    kind = wish.appointment_type
    if wish.patient_id is None or (kind.min_age is None and kind.max_age is None):
        return None
    return Patient.objects.values_list("date_of_birth", flat=True).get(pk=wish.patient_id)


@dataclass
class Stretches:
    """A practitioner's hours at a location: those that hold, those of closed days, and those of days that their
    certificate no longer covers; and the breaks in them."""

    breaks: list[Interval] = field(default_factory=list)
    opened: list[Interval] = field(default_factory=list)
    closed: list[Interval] = field(default_factory=list)
    uncertified: list[Interval] = field(default_factory=list)

    @property
    def all(self) -> list[Interval]:
        return [*self.opened, *self.closed, *self.uncertified]

    def of_day(self, day: date, practitioner: Practitioner, *, is_closed: bool) -> list[Interval]:
        if is_closed:
            return self.closed
        expires = practitioner.practising_certificate_expires_on
        return self.opened if expires is None or day <= expires else self.uncertified


def _hours(wish: Wish, frame: Frame) -> dict[tuple[Practitioner, Location], Stretches]:
    days = wish.days()
    found = defaultdict(Stretches)
    for row in frame.hours:
        for day in days:
            if row.holds_on(day):
                stretches = found[row.practitioner, row.location]
                is_closed = (row.location_id, day) in frame.closed
                stretches.of_day(day, row.practitioner, is_closed=is_closed).append(row.hours_on(day))
                if row.break_from is not None:
                    stretches.breaks.append(row.break_on(day))
    return found


def _taken(wish: Wish, window: Window, hours: Mapping, frame: Frame) -> dict:
    """By kind and id, of those whom the visit could be with and what it could be in; the time off of practitioners
    stands under the kind `away`."""
    kinds, during = Occupancy.Kind, DateTimeTZRange(window.begins, window.ends)
    places = {location.pk for _, location in hours}
    asked = {(kinds.PRACTITIONER, practitioner.pk) for practitioner, _ in hours}
    asked |= {(kinds.ROOM, room) for place in places for room in frame.rooms.get(place, ())}
    asked |= {(kinds.DEVICE, device) for place in places for device in (frame.devices or {}).get(place, ())}
    if wish.patient_id is not None:
        asked.add((kinds.PATIENT, wish.patient_id))
    taken = defaultdict(list)
    for row in Occupancy.objects.taken((kind, number, during) for kind, number in asked):
        if row.appointment_id is None or row.appointment_id != wish.moving_id:
            kind = "away" if row.time_off_id else row.resource_kind
            taken[kind, row.resource_id].append((row.begins, row.ends))
    return taken


def _free(window: Window, taken: dict, kind: str, numbers) -> dict[int, int]:
    return {number: _free_of(window, taken[kind, number]) for number in numbers}


def _free_of(window: Window, taken: list[tuple[int, int]]) -> int:
    return window.everything & ~window.taken_seconds(taken)
