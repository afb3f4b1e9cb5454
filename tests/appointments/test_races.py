"""Rivals for the same time, in real transactions. What a race must not break is broken on purpose in its twin."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from appointments import attending, booking
from appointments.availability import joined
from appointments.models import Appointment, Occupancy
from appointments.occupying import SlotTaken
from clinic.models import Device
from tests.appointments.test_squeezing import unguarded
from tests.cast import Cast, api, make_patient, make_practitioner, make_type, open_hours
from tests.rivals import at_once
from tests.world import at, workday

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "0"))
OVERLAPS = """
    SELECT count(*) FROM appointments_occupancy one JOIN appointments_occupancy other
    ON one.id < other.id AND one.resource_kind = other.resource_kind AND one.resource_id = other.resource_id
    AND one.during && other.during AND NOT one.squeezed AND NOT other.squeezed
"""


@pytest.fixture
def clinic(transactional_db, cast: Cast) -> Cast:
    open_hours(cast.mere, cast.location)
    open_hours(cast.wei, cast.location)
    return cast


@pytest.fixture
def kind(transactional_db):
    return make_type()


@pytest.fixture
def without_the_constraint(transactional_db) -> Iterator[None]:
    """The book as it would be if it relied on looking first."""
    constraint = next(c for c in Occupancy._meta.constraints if c.name == "occupancy_no_two_places")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Occupancy, constraint)
    yield
    Occupancy.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Occupancy, constraint)


def overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return cursor.fetchone()[0]


def post(cast: Cast, body: dict, path: str = "/api/v1/appointments/"):
    """The act of one rival: a POST with a client of their own."""
    client = api(cast.desk)

    def act() -> tuple[int, str]:
        response = client.post(path, body)
        return response.status_code, response.json().get("code", "")

    return act


def body(cast: Cast, kind, **fields) -> dict:
    return {
        "patient": cast.aroha.pk,
        "practitioner": cast.mere.pk,
        "appointment_type": kind.pk,
        "starts_at": at(workday(3, timezone.now()), 10).isoformat(),
    } | fields


def race(cast: Cast, bodies: list[dict], winners: int = 1, together: int | None = None) -> None:
    """So many are booked, everybody else gets 409 `slot_taken`, and nothing overlaps."""
    outcomes = Counter(at_once([post(cast, body) for body in bodies], together=together))
    assert outcomes == {(201, ""): winners, (409, "slot_taken"): len(bodies) - winners}
    assert Appointment.objects.count() == winners
    assert Occupancy.objects.count() == 4 * winners
    assert overlaps() == 0


def strangers(count: int) -> list[int]:
    return [make_patient().pk for _ in range(count)]


def test_of_50_rivals_for_one_slot_one_gets_it(clinic: Cast, kind):
    race(clinic, [body(clinic, kind, patient=patient) for patient in strangers(50)])


def test_of_rivals_for_one_room_with_two_practitioners_one_gets_it(clinic: Cast, kind):
    whom = [clinic.mere.pk, clinic.wei.pk] * 12
    room = clinic.rooms[0].pk
    race(
        clinic,
        [
            body(clinic, kind, patient=patient, practitioner=practitioner, room=room)
            for patient, practitioner in zip(strangers(24), whom, strict=True)
        ],
    )


def test_one_patient_is_not_booked_with_two_practitioners_at_once(clinic: Cast, kind):
    whom = [(clinic.mere.pk, clinic.rooms[0].pk), (clinic.wei.pk, clinic.rooms[1].pk)] * 12
    race(clinic, [body(clinic, kind, practitioner=practitioner, room=room) for practitioner, room in whom])


def test_rivals_who_do_not_care_for_the_room_fill_all_rooms(clinic: Cast, kind):
    everybody = [make_practitioner(f"P{number}") for number in range(8)]
    for practitioner in everybody:
        open_hours(practitioner, clinic.location)
    bodies = [
        body(clinic, kind, patient=patient, practitioner=practitioner.pk)
        for patient, practitioner in zip(strangers(8), everybody, strict=True)
    ]
    race(clinic, bodies, winners=len(clinic.rooms))
    assert set(Appointment.objects.values_list("room", flat=True)) == {room.pk for room in clinic.rooms}


def test_rivals_for_anybody_get_everybody_one_each(clinic: Cast, kind):
    bodies = [body(clinic, kind, patient=patient, practitioner=None) for patient in strangers(8)]
    race(clinic, [{name: value for name, value in one.items() if value is not None} for one in bodies], winners=2)
    assert set(Appointment.objects.values_list("practitioner", flat=True)) == {clinic.mere.pk, clinic.wei.pk}


def test_rivals_for_a_kind_of_device_take_one_each(clinic: Cast):
    Device.objects.create(location=clinic.location, name="Electro 2", kind="electro")
    electro = make_type("Electro", segments=(("hands_on", 30),), needs_device="electro")
    bodies = [
        body(clinic, electro, patient=patient, practitioner=practitioner.pk)
        for patient, practitioner in zip(strangers(2), (clinic.mere, clinic.wei), strict=True)
    ]
    assert sorted(at_once([post(clinic, body) for body in bodies])) == [(201, ""), (201, "")]
    assert Appointment.objects.values("device").distinct().count() == 2


def in_one_anothers_transactions(clinic: Cast, kind) -> list[object]:
    """One books and does not commit yet; the other books the same time meanwhile."""
    written, answered = threading.Event(), threading.Event()
    starts_at, now = at(workday(3, timezone.now()), 10), timezone.now()
    patients = [make_patient(), make_patient()]

    def book(patient):
        return booking.book(
            patient=patient, practitioner=clinic.mere, appointment_type=kind, starts_at=starts_at, by=clinic.desk,
            now=now, room=clinic.rooms[0],
        )  # fmt: skip

    def first():
        with transaction.atomic():
            booked = book(patients[0])
            written.set()
            answered.wait(timeout=1.5)
        return booked

    def second():
        written.wait(timeout=10)
        try:
            return book(patients[1])
        finally:
            answered.set()

    return at_once([first, second])


def test_who_books_while_another_has_not_committed_waits_and_is_told(clinic: Cast, kind):
    booked, refused = in_one_anothers_transactions(clinic, kind)
    assert booked.pk
    assert isinstance(refused, SlotTaken)
    assert {conflict["appointment"] for conflict in refused.extra["conflicts"]} == {booked.pk}
    assert overlaps() == 0


def test_twin_without_the_constraint_the_same_time_is_given_to_two(clinic: Cast, kind, without_the_constraint):
    booked, also = in_one_anothers_transactions(clinic, kind)
    assert booked.pk != also.pk
    assert overlaps() == 3  # the practitioner in both hands-on stretches, and the room


def test_two_visits_that_swap_their_times_never_deadlock(clinic: Cast, kind):
    """Each move is refused while the other stands there; both times stay owned, whoever comes first."""
    day, now = workday(3, timezone.now()), timezone.now()
    times = [at(day, 9), at(day, 14)]
    visits = [
        booking.book(
            patient=make_patient(), practitioner=clinic.mere, appointment_type=kind, starts_at=starts_at,
            room=clinic.rooms[0], by=clinic.desk, now=now,
        )
        for starts_at in times
    ]  # fmt: skip
    acts = [
        post(clinic, {"starts_at": starts_at.isoformat()}, f"/api/v1/appointments/{visit.pk}/move/")
        for _ in range(10)
        for visit, starts_at in zip(visits, reversed(times), strict=True)
    ]
    outcomes = Counter(at_once(acts, together=8))
    assert set(outcomes) <= {(200, ""), (409, "slot_taken")}
    assert set(Appointment.objects.values_list("starts_at", flat=True)) <= set(times)
    assert overlaps() == 0


def test_a_visit_whose_room_changes_while_somebody_waits_for_it_is_still_found(clinic: Cast, kind):
    now, starts_at = timezone.now(), at(workday(3, timezone.now()), 10)
    visit = booking.book(
        patient=clinic.aroha, practitioner=clinic.mere, appointment_type=kind, starts_at=starts_at,
        room=clinic.rooms[0], by=clinic.desk, now=now,
    )  # fmt: skip
    moved = threading.Event()

    def move():
        with transaction.atomic():
            booking.move(appointment=visit, starts_at=starts_at, room=clinic.rooms[1], by=clinic.desk, now=now)
            moved.set()
            time.sleep(0.5)  # long enough for the other to stand at the lock

    def arrive():
        moved.wait(timeout=10)
        return attending.step("arrive", appointment=visit, by=clinic.desk, now=now)

    _, arrived = at_once([move, arrive])
    assert (arrived.status, arrived.room) == ("arrived", clinic.rooms[1])


def five_who_work(clinic: Cast) -> list[int]:
    others = [make_practitioner(f"P{number}") for number in range(3)]
    for practitioner in others:
        open_hours(practitioner, clinic.location)
    return [practitioner.pk for practitioner in (clinic.mere, clinic.wei, *others)]


def storm(clinic: Cast, kinds: list, clients: int, acts_each: int) -> Counter:
    """Random acts over a few hours, with squeezing in among them, so that everybody gets in everybody's way: five
    practitioners, three rooms, 32 patients."""
    day = workday(3, timezone.now())
    patients, whom = strangers(32), five_who_work(clinic)
    assert clinic.location.rooms.count() == 3
    choose = random.Random(20261102)

    def client(seed: int):
        chance, client, may_squeeze = random.Random(seed), api(clinic.desk), api(clinic.owner)

        def act() -> Counter:
            seen: Counter = Counter()
            for _ in range(acts_each):
                starts_at = (at(day, 9) + timedelta(minutes=5 * chance.randrange(36))).isoformat()
                known = list(Appointment.objects.values_list("pk", flat=True))
                acts = ["book", "squeeze", "move", "move", "cancel", "undo"] if known else ["book"]
                what = chance.choice(acts)
                if what in {"book", "squeeze"}:
                    over = {"allow_overlap": True, "overlap_reason": "In pain"} if what == "squeeze" else {}
                    response = (may_squeeze if over else client).post(
                        "/api/v1/appointments/",
                        body(
                            clinic,
                            chance.choice(kinds),
                            patient=chance.choice(patients),
                            practitioner=chance.choice(whom),
                            starts_at=starts_at,
                            **over,
                        ),
                    )
                else:
                    sent = {"move": {"starts_at": starts_at}, "cancel": {"reason": "patient"}}.get(what, {})
                    response = client.post(f"/api/v1/appointments/{chance.choice(known)}/{what}/", sent)
                seen[(response.status_code, response.json().get("code", ""))] += 1
            return seen

        return act

    outcomes: Counter = Counter()
    for outcome in at_once([client(choose.randrange(10**6)) for _ in range(clients)]):
        assert isinstance(outcome, Counter), outcome
        outcomes += outcome
    return outcomes


def check_the_book_after_a_storm(outcomes: Counter, acts: int) -> None:
    allowed = {
        (201, ""), (200, ""), (409, "slot_taken"), (409, "step_not_possible"), (409, "not_movable"),
        (409, "nothing_to_undo"),
    }  # fmt: skip
    assert set(outcomes) <= allowed, outcomes
    assert sum(outcomes.values()) == acts
    assert (overlaps(), unguarded()) == (0, 0)
    live = Appointment.objects.live()
    assert set(Occupancy.objects.values_list("appointment", flat=True)) == set(live.values_list("pk", flat=True))
    for visit in live:
        held = [(row.during.lower, row.during.upper) for row in visit.occupancies.filter(resource_kind="room")]
        assert joined(held) == [(visit.starts_at, visit.ends_at)]


def test_a_storm_of_acts_leaves_a_book_without_an_overlap_and_nobody_meets_a_deadlock(clinic: Cast, kind):
    kinds = [kind, make_type("Short", segments=(("hands_on", 20),))]
    check_the_book_after_a_storm(storm(clinic, kinds, clients=8, acts_each=15), 8 * 15)


@pytest.fixture
def slow_to_write(transactional_db) -> Iterator[None]:
    """A while between looking whether a time is free and taking it, as on a busy machine."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION wait_a_while() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END'"
        )
        cursor.execute(
            "CREATE TRIGGER wait_a_while BEFORE INSERT ON appointments_occupancy"
            " FOR EACH STATEMENT EXECUTE FUNCTION wait_a_while()"
        )
        yield
        cursor.execute("DROP FUNCTION wait_a_while() CASCADE")


def test_twin_without_the_constraint_a_storm_leaves_overlaps(
    clinic: Cast, kind, without_the_constraint, slow_to_write
):
    """Eight who book at once into an empty book all choose the first room. Looked at early: those who move and cancel
    later take overlaps away again."""
    storm(clinic, [kind], clients=8, acts_each=2)
    assert overlaps() > 0


def test_a_storm_of_slow_writers_leaves_none(clinic: Cast, kind, slow_to_write):
    check_the_book_after_a_storm(storm(clinic, [kind], clients=8, acts_each=15), 8 * 15)


@pytest.mark.chaos
def test_of_2000_rivals_for_one_slot_one_gets_it(clinic: Cast, kind):
    count = 2000 if not ROUNDS else 100 * ROUNDS
    patients = strangers(40)
    race(clinic, [body(clinic, kind, patient=patients[n % 40]) for n in range(count)], together=40)


@pytest.mark.chaos
def test_twenty_thousand_random_acts_by_32_clients(clinic: Cast, kind):
    acts_each = 625 if not ROUNDS else 20 * ROUNDS
    kinds = [kind, make_type("Short", segments=(("hands_on", 20),)), make_type("Long", segments=(("hands_on", 60),))]
    check_the_book_after_a_storm(storm(clinic, kinds, clients=32, acts_each=acts_each), 32 * acts_each)
