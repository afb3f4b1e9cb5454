"""The book behind a real web server: rivals over HTTP, workers killed in the middle of a move, replies that get lost.

`make chaos` runs these at full size, `CHAOS_ROUNDS=2` in a short form.
"""

import os
import random
import signal
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.utils import timezone
from knox.models import get_token_model

from appointments import booking
from appointments.models import Appointment, Occupancy
from appointments.occupying import occupancy_of
from clinic.models import AnsweredRequest
from tests.appointments.test_races import clinic, kind, overlaps, strangers, without_the_constraint
from tests.cast import Cast
from tests.knocking import HOST, Answer, all_at_once, post
from tests.serving import Served, serving
from tests.world import at, workday

__all__ = ["clinic", "kind", "without_the_constraint"]
pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "0"))
BOOK = "/api/v1/appointments/"
TAKEN = (409, "slot_taken")


def size(whole: int, a_round: int) -> int:
    return a_round * ROUNDS if ROUNDS else whole


@pytest.fixture
def token(clinic: Cast) -> str:
    return get_token_model().objects.create(user=clinic.desk)[1]


@pytest.fixture
def served(clinic: Cast) -> Iterator[Served]:
    with serving() as served:
        yield served


def wish(clinic: Cast, kind, **fields) -> dict:
    return {
        "patient": clinic.aroha.pk,
        "practitioner": clinic.mere.pk,
        "appointment_type": kind.pk,
        "starts_at": at(workday(3, timezone.now()), 10).isoformat(),
    } | fields


def for_one_slot(clinic: Cast, count: int) -> list[dict]:
    people = strangers(40)
    return [{"patient": people[n % 40]} for n in range(count)]


def for_one_room(clinic: Cast, count: int) -> list[dict]:
    people, whom = strangers(40), [clinic.mere.pk, clinic.wei.pk]
    return [{"patient": people[n % 40], "practitioner": whom[n % 2], "room": clinic.rooms[0].pk} for n in range(count)]


def for_one_patient(clinic: Cast, count: int) -> list[dict]:
    places = [(clinic.mere.pk, clinic.rooms[0].pk), (clinic.wei.pk, clinic.rooms[1].pk)]
    return [dict(zip(("practitioner", "room"), places[n % 2], strict=True)) for n in range(count)]


@pytest.mark.parametrize("rivalry", [for_one_slot, for_one_room, for_one_patient])
def test_of_2000_who_ask_at_once_one_is_booked(served: Served, clinic: Cast, kind, token: str, rivalry):
    rivals = [post(BOOK, wish(clinic, kind, **fields), token) for fields in rivalry(clinic, size(2000, 150))]
    outcomes = Counter(answer.outcome for answer in all_at_once(served.port, rivals))
    assert outcomes == {(201, ""): 1, TAKEN: len(rivals) - 1}
    assert Appointment.objects.count() == 1
    assert overlaps() == 0


def test_twin_without_the_constraint_several_are_booked(clinic: Cast, kind, token: str, without_the_constraint):
    with serving() as served:
        for _ in range(10):
            rivals = [post(BOOK, wish(clinic, kind, **fields), token) for fields in for_one_slot(clinic, 40)]
            won = [answer for answer in all_at_once(served.port, rivals) if answer.status == 201]
            if len(won) > 1:
                break
            Occupancy.objects.all().delete()
    assert len(won) > 1
    assert overlaps() > 0


# A worker that is killed


def places_of(visit: Appointment) -> set[tuple]:
    return {
        (row.resource_kind, row.resource_id, row.during.lower, row.during.upper) for row in visit.occupancies.all()
    }


def is_whole(pk: int) -> bool:
    """Whether the visit owns exactly the time that it says it has."""
    visit = Appointment.objects.select_related("appointment_type", "practitioner").get(pk=pk)
    owed = {(row.resource_kind, row.resource_id, row.during.lower, row.during.upper) for row in occupancy_of(visit)}
    return places_of(visit) == owed


def kill_in_the_middle(served: Served, request: bytes, after: float) -> Answer | None:
    """Sends the request, kills every worker that long after with -9, and waits until others are there."""
    workers = served.answering()
    answered: list[Answer] = []

    def ask() -> None:
        with suppress(OSError, ValueError, IndexError):  # hung up before it had answered
            answered.extend(all_at_once(served.port, [request]))

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(after)
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    asking.join()
    deadline = time.monotonic() + 20
    while not (alive := served.process_children()) or set(alive) & {worker.pid for worker in workers}:
        assert time.monotonic() < deadline, "no worker took the place of the killed one"
        time.sleep(0.01)
    return answered[0] if answered else None


def move_and_kill(
    served: Served, clinic: Cast, kind, token: str, kills: int, *, to_the_end: bool = True
) -> tuple[Counter, list[str]]:
    """What became of so many moves between two times, rooms and practitioners, and what was found torn."""
    day, chance = workday(3, timezone.now()), random.Random(20261121)
    here = {"starts_at": at(day, 10).isoformat(), "practitioner": clinic.mere.pk, "room": clinic.rooms[0].pk}
    there = {"starts_at": at(day, 14).isoformat(), "practitioner": clinic.wei.pk, "room": clinic.rooms[1].pk}
    visit = booking.book(
        patient=clinic.aroha, practitioner=clinic.mere, appointment_type=kind, starts_at=at(day, 10),
        room=clinic.rooms[0], by=clinic.desk, now=timezone.now(),
    )  # fmt: skip
    path = f"{BOOK}{visit.pk}/move/"
    began = time.perf_counter()
    for target in (there, here, there, here):  # warm, and how long one takes
        assert all_at_once(served.port, [post(path, target, token)])[0].status == 200
    within = 1.2 * (time.perf_counter() - began) / 4
    became, torn = Counter(), []
    for n in range(kills):
        target = there if Appointment.objects.get(pk=visit.pk).practitioner_id == clinic.mere.pk else here
        # A worker that is new takes long for its first answer, and would be killed before it has begun.
        assert all_at_once(served.port, [post(path, {}, token)])[0].status == 400
        answer = kill_in_the_middle(served, post(path, target, token), chance.uniform(0, within))
        moved = Appointment.objects.get(pk=visit.pk).practitioner_id == target["practitioner"]
        became["moved" if moved else "stayed"] += 1
        within *= 0.9 if moved else 1.1  # as many after the commit as before it, however quick the machine is today
        if answer is not None and not moved:
            torn.append(f"{n}: answered {answer.status} and did not move")
        if not is_whole(visit.pk):
            torn.append(f"{n}: {sorted(places_of(visit))}")
        if torn and not to_the_end:
            break
    return became, torn


def test_a_move_whose_worker_is_killed_at_a_random_point_happened_or_did_not(clinic: Cast, kind, token: str):
    kills = size(200, 10)
    with serving(workers=1) as served:
        became, torn = move_and_kill(served, clinic, kind, token, kills)
    assert torn == []
    assert sum(became.values()) == kills
    assert min(became["moved"], became["stayed"]) >= kills // 20, became  # some were killed before, some after


def test_twin_without_transactions_a_killed_move_leaves_neither_time_or_half_of_one(clinic: Cast, kind, token: str):
    with serving("tests.appointments.careless", workers=1) as served:
        became, torn = move_and_kill(served, clinic, kind, token, 60, to_the_end=False)
    assert torn, became


# A reply that is lost


def ask_and_hang_up(port: int, request: bytes) -> None:
    with socket.create_connection((HOST, port)) as connection:
        connection.sendall(request)


def wait_until_answered(key: str) -> None:
    deadline = time.monotonic() + 20
    while not AnsweredRequest.objects.filter(key=key).exists():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_reply_that_is_lost_after_the_commit_is_had_by_asking_again(served: Served, clinic: Cast, kind, token: str):
    times = size(1000, 15)
    for n in range(times):
        starts_at = at(workday(3, timezone.now()), 9 + n % 7).isoformat()
        key = str(uuid.uuid4())
        request = post(BOOK, wish(clinic, kind, starts_at=starts_at), token, idempotency_key=key)
        ask_and_hang_up(served.port, request)
        wait_until_answered(key)
        (again,) = all_at_once(served.port, [request])
        assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
        assert Appointment.objects.get().pk == again.body["id"]
        Appointment.objects.all().delete()


def test_twin_without_a_key_who_asks_again_is_told_that_somebody_has_it(
    served: Served, clinic: Cast, kind, token: str
):
    request = post(BOOK, wish(clinic, kind), token)
    ask_and_hang_up(served.port, request)
    deadline = time.monotonic() + 20
    while not Appointment.objects.exists():
        assert time.monotonic() < deadline
        time.sleep(0.002)
    (again,) = all_at_once(served.port, [request])
    assert again.outcome == TAKEN


def test_one_key_100_times_at_once_makes_one_booking_and_one_body(served: Served, clinic: Cast, kind, token: str):
    request = post(BOOK, wish(clinic, kind), token, idempotency_key="the same for all")
    waiting, bodies = 100, []
    while waiting:
        answers = all_at_once(served.port, [request] * waiting)
        assert {answer.outcome for answer in answers} <= {(201, ""), (409, "request_in_progress")}
        bodies += [answer.body for answer in answers if answer.status == 201]
        waiting = 100 - len(bodies)
    assert [body for body in bodies if body != bodies[0]] == []
    assert Appointment.objects.get().pk == bodies[0]["id"]
