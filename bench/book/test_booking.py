"""Booking over HTTP against a plain create that looks at nothing, in one process, with the same sign-in and history:
what it costs that nobody is booked twice, that reminders are planned and that every refusal has its reason."""

import json
import urllib.request
from datetime import datetime, timedelta
from statistics import median

import pytest
from django.utils import timezone
from knox.models import get_token_model

from appointments.models import Appointment
from tests.cast import Cast, make_type, open_hours
from tests.serving import Served, serving
from tests.world import at, workday

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]
ROUNDS, EACH, LENGTH = 9, 24, 20
GOAL = 2.5


def post(url: str, token: str, body: dict) -> dict:
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    asked = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.status == 201
        return json.load(answer)


def cpu_of(served: Served, token: str, path: str, bodies: list[dict]) -> float:
    """Seconds of a processor that the server takes for each."""
    before = served.cpu_seconds()
    for body in bodies:
        post(f"{served.url}{path}", token, body)
    return (served.cpu_seconds() - before) / len(bodies)


def test_a_booking_against_a_create_that_looks_at_nothing(transactional_db, cast: Cast):
    kind = make_type(segments=(("hands_on", LENGTH),))
    open_hours(cast.mere, cast.location)
    day = workday(3, timezone.now())
    token = get_token_model().objects.create(user=cast.desk)[1]

    def visits(number: int) -> list[dict]:
        """A day of them, on a day of its own."""
        begins = at(day + timedelta(weeks=number), 9)
        return [
            {
                "patient": cast.aroha.pk,
                "practitioner": cast.mere.pk,
                "appointment_type": kind.pk,
                "room": cast.rooms[0].pk,
                "starts_at": (begins + timedelta(minutes=LENGTH * one)).isoformat(),
            }
            for one in range(EACH)
        ]

    def whole(body: dict) -> dict:
        """A plain create has to be told what ours finds out."""
        ends_at = datetime.fromisoformat(body["starts_at"]) + timedelta(minutes=LENGTH)
        return body | {"location": cast.location.pk, "ends_at": ends_at.isoformat(), "status": "booked"}

    with serving(workers=1, DJANGO_SETTINGS_MODULE="bench.book.rivals.settings") as served:
        pairs = [
            (
                cpu_of(served, token, "/api/v1/appointments/", visits(number)),
                cpu_of(served, token, "/plain/appointments/", [whole(body) for body in visits(number)]),
            )
            for number in range(ROUNDS + 1)
        ][1:]  # the first is for what is loaded once
    assert Appointment.objects.count() == 2 * EACH * (ROUNDS + 1)
    ours, plain = (median(side) * 1000 for side in zip(*pairs, strict=True))
    ratio = median(mine / theirs for mine, theirs in pairs)
    print(f"\na booking {ours:.1f} ms of a processor, a plain create {plain:.1f} ms: {ratio:.2f} x (goal <= {GOAL} x)")
    assert ratio <= GOAL
