"""A day of 60 visits in the diary against an empty one. `python -m pytest -m bench bench/test_diary.py`

The empty day is the bare page: the same frame, navigation and sign-in, with nothing in it. Both are opened in turn, so
that whatever else the machine does slows both; what the visits add is the difference.
"""

from datetime import time, timedelta
from statistics import median
from time import perf_counter

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments import booking
from clinic.models import Room
from tests.cast import Cast, make_patient, make_practitioner, make_type, open_hours
from tests.pages import browser
from tests.world import at, workday

VISITS, ROUNDS = 60, 15
# Of the page with 60 visits, in milliseconds of the server; and so many times the bare page at most.
GOAL_MS, GOAL = 300, 8


@pytest.mark.bench
def test_a_day_with_sixty_visits_answers_in_time(cast: Cast):
    day, bare = workday(3, timezone.now()), workday(30, timezone.now())
    people = [cast.mere, cast.wei, *(make_practitioner(f"Practitioner {number}") for number in range(2))]
    for number, who in enumerate(people):
        open_hours(who, cast.location, opens=time(8), closes=time(18))
        Room.objects.create(location=cast.location, name=f"Room {2 * number}")
        Room.objects.create(location=cast.location, name=f"Room {2 * number + 1}")
    kind = make_type()
    for number in range(VISITS):
        block, rest = divmod(number, 2 * len(people))
        starts_at = at(day, 8) + timedelta(minutes=75 * block + 15 * (rest // len(people)))
        booking.book(
            patient=make_patient(), practitioner=people[rest % len(people)], appointment_type=kind,
            starts_at=starts_at, by=cast.desk, now=timezone.now(),
        )  # fmt: skip
    client = browser(cast.desk)
    took: dict[str, list[float]] = {"full": [], "bare": []}
    for _ in range(ROUNDS):
        for name, on in (("full", day), ("bare", bare)):
            began = perf_counter()
            page = client.get(reverse("admin:diary"), {"day": on}).content.decode()
            took[name].append((perf_counter() - began) * 1000)
            assert page.count('class="nd-block') == (VISITS if name == "full" else 0)
    full, empty = median(took["full"]), median(took["bare"])
    print(f"\na day with {VISITS} visits: {full:.0f} ms (goal < {GOAL_MS}), {full / empty:.2f} x an empty one")
    assert full < GOAL_MS
    assert full / empty < GOAL
