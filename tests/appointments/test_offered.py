"""What the search offers can be booked, and what can be booked is offered: the acts themselves are the oracle.

Random calendars of two practitioners, also on the days on which the clocks change: every start on the grid is tried
with `booking.book` and undone again, and those that were taken are those that `find` had named. `make chaos` tries a
thousand calendars, the suite a few.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from rest_framework.serializers import Serializer

from appointments import booking
from appointments.hours import resting
from appointments.models import Appointment, AppointmentType, ClosedDay, WorkingHours
from appointments.searching.finding import Rejected, Slot, Wish, find
from appointments.searching.serializers import RejectedSerializer, SlotSerializer
from clinic.errors import Refusal
from clinic.models import Practitioner, Room
from clinic.wall import on_the_wall
from tests.cast import Cast, api, make_patient, make_type

pytestmark = pytest.mark.django_db

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "0"))
NOW = datetime(2026, 9, 20, 20, tzinfo=UTC)
CLOCKS_CHANGE = [date(2026, 9, 27), date(2027, 4, 4)]
QUARTER = timedelta(minutes=15)
SHAPES = [
    [("hands_on", 15), ("rest", 25), ("hands_on", 10)],
    [("hands_on", 30)],
    [("rest", 20), ("hands_on", 5), ("rest", 15)],
    [("hands_on", 10), ("hands_on", 20), ("rest", 60), ("hands_on", 15)],
]


class Calendar:
    """One random day of the clinic: hours, breaks, closed or not, time off, devices, and what is booked already."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.chance = cast, random.Random(seed)
        self.day = self.chance.choice([date(2026, 9, 21) + timedelta(days=self.chance.randrange(200)), *CLOCKS_CHANGE])
        # Where the clocks change, they do so at night; by day nobody would see it.
        self.first_hour = self.chance.choice([0, 7]) if self.day in CLOCKS_CHANGE else 7
        self.people = [cast.mere, cast.wei]
        Room.objects.filter(pk__in=[room.pk for room in cast.rooms[self.chance.choice([1, 2, 3]) :]]).update(
            archived_at=NOW
        )
        for practitioner in self.people:
            self._work(practitioner)
        if self.chance.random() < 0.1:
            ClosedDay.objects.create(location=cast.location, day=self.day, name="Staff day")
        self.kinds = [self._kind(number) for number in range(3)]
        self._be_away()
        self._be_booked()

    def _time(self, hours: float) -> time:
        minutes = round((self.first_hour + hours) * 12) * 5
        return time(minutes // 60 % 24, minutes % 60)

    def moment(self, hours: float) -> datetime:
        return on_the_wall(self.day, self._time(hours), self.cast.location.zone)

    def _work(self, practitioner: Practitioner) -> None:
        begins = self.chance.uniform(0, 2)
        for length in self.chance.choice([[4, 3], [8], [2, 2, 2]]):
            opens, closes = self._time(begins), self._time(begins + length)
            has_break = length > 3 and self.chance.random() < 0.5
            WorkingHours.objects.create(
                practitioner=practitioner,
                location=self.cast.location,
                weekday=self.day.weekday(),
                opens=opens,
                closes=closes,
                valid_from=date(2026, 1, 1),
                break_from=self._time(begins + 2) if has_break else None,
                break_until=self._time(begins + 2.5) if has_break else None,
            )
            begins += length + self.chance.choice([0, 0.5])

    def _kind(self, number: int) -> AppointmentType:
        kind = make_type(
            f"Kind {number}",
            segments=self.chance.choice(SHAPES),
            needs_device=self.chance.choice(["", "", "electro"]),
            horizon_days=365,  # which binds the search and not the desk
            buffer_before_minutes=self.chance.choice([0, 0, 5, 15]),
            buffer_after_minutes=self.chance.choice([0, 0, 10]),
        )
        if self.chance.random() < 0.2:
            kind.rooms.set([self.cast.rooms[0]])
        if self.chance.random() < 0.2:
            kind.practitioners.set([self.cast.mere])
        return kind

    def _be_away(self) -> None:
        for practitioner in self.people:
            if self.chance.random() < 0.4:
                begins = self.moment(self.chance.uniform(0, 8))
                ends = begins + timedelta(minutes=self.chance.choice([20, 45, 120]))
                resting.take(practitioner=practitioner, starts_at=begins, ends_at=ends, by=self.cast.desk, now=NOW)

    def _be_booked(self) -> None:
        for _ in range(self.chance.randrange(14)):
            with suppress(Refusal):
                self.book(
                    self.chance.choice(self.kinds),
                    self.chance.choice(self.people),
                    self.moment(self.chance.uniform(0, 10)),
                    make_patient() if self.chance.random() < 0.8 else self.cast.aroha,
                )

    def book(self, kind: AppointmentType, practitioner: Practitioner, starts_at: datetime, patient) -> Appointment:
        return booking.book(
            patient=patient, practitioner=practitioner, appointment_type=kind, starts_at=starts_at, by=self.cast.desk,
            now=NOW,
        )  # fmt: skip

    def offered(self, kind: AppointmentType) -> set[tuple[datetime, int]]:
        wish = Wish(appointment_type=kind, from_on=self.day, to_on=self.day, patient_id=self.cast.aroha.pk)
        return {(slot.starts_at.astimezone(UTC), slot.practitioner.pk) for slot in find(wish, now=NOW)}

    def starts(self) -> Iterator[datetime]:
        """Every quarter of an hour from well before the first hours to well after the last."""
        moment = on_the_wall(self.day, time(self.first_hour), self.cast.location.zone)
        for _ in range(4 * 13):
            yield moment
            moment += QUARTER

    def bookable(self, kind: AppointmentType) -> set[tuple[datetime, int]]:
        taken = set()
        for starts_at in self.starts():
            for practitioner in self.people:
                with suppress(Refusal), undone():
                    self.book(kind, practitioner, starts_at, self.cast.aroha)
                    taken.add((starts_at, practitioner.pk))
        return taken


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def compare(cast: Cast, seed: int) -> int:
    """How many starts the calendar of that seed has; both sides name the same."""
    with undone():
        calendar = Calendar(cast, seed)
        kind = calendar.kinds[0]
        offered = calendar.offered(kind)
        assert offered == calendar.bookable(kind), f"calendar {seed}, {calendar.day}"
    return len(offered)


def test_what_is_offered_is_what_can_be_booked(cast: Cast):
    assert sum(compare(cast, seed) for seed in range(8)) > 20


def test_times_are_shown_as_their_fields_say(cast: Cast):
    """What the search found is written by hand, for speed; the fields are what clients are told."""
    calendar = Calendar(cast, 3)
    wish = Wish(appointment_type=calendar.kinds[0], from_on=calendar.day, to_on=calendar.day)
    found = list(find(wish, now=NOW, explain=True))
    assert {type(one) for one in found} == {Slot, Rejected}
    for one in found:
        shape = SlotSerializer() if isinstance(one, Slot) else RejectedSerializer()
        assert shape.to_representation(one) == dict(Serializer.to_representation(shape, one))


@pytest.mark.chaos
def test_what_is_offered_is_what_can_be_booked_on_1000_random_calendars(cast: Cast):
    count = 15 * ROUNDS or 1000
    assert sum(compare(cast, seed) for seed in range(1000, 1000 + count)) > 5 * count


@pytest.mark.chaos
def test_of_10000_times_that_were_found_and_then_asked_for_none_is_refused(cast: Cast):
    """Over the API, while the book fills up and visits are cancelled again."""
    pairs, chance = 100 * ROUNDS or 10_000, random.Random(5)
    Calendar(cast, 3)  # rooms, hours, breaks, time off
    kinds = [make_type("One", segments=SHAPES[0]), make_type("Two", segments=SHAPES[3], buffer_after_minutes=10)]
    patients = [make_patient().pk for _ in range(40)]
    client, booked = api(cast.desk), []
    begins = date.today() + timedelta(days=1)
    for _ in range(pairs):
        asked = {"appointment_type": chance.choice(kinds).pk, "patient": chance.choice(patients)}
        span = {"from": begins.isoformat(), "to": (begins + timedelta(days=91)).isoformat()}
        slots = client.get("/api/v1/availability/", asked | span).json()["slots"]
        if len(booked) > 150 or not slots:
            visit = booked.pop(chance.randrange(len(booked)))
            assert client.post(f"/api/v1/appointments/{visit}/cancel/", {"reason": "clinic"}).status_code == 200
            continue
        slot = chance.choice(slots)
        answer = client.post(
            "/api/v1/appointments/", asked | {name: slot[name] for name in ("starts_at", "practitioner", "room")}
        )
        assert answer.status_code == 201, answer.json()
        booked.append(answer.json()["id"])
