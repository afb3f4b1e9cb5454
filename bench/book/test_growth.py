"""The day's list, free times and a booking's look for conflicts, in books of ten thousand to a million visits.

The books are asked in turn, round by round. What is exact is compared exactly: queries, and the blocks that PostgreSQL
reads for the two statements that touch what grows.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.models import Occupancy
from appointments.searching.finding import Wish, find
from bench.book.conftest import connected
from bench.book.volume import ZONE, Book
from tests.cast import api

# The mark has the tests' database made; what is measured are the books beside it.
pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]
# Enough that what takes a millisecond is not lost in what else the machine does.
ROUNDS, REPEATS = 9, 40
GROWING = re.compile(r"\bappointments_(occupancy|appointment)\b")
# A tree that is a level deeper is read a block deeper for each resource that is looked up.
BLOCKS_GOAL = 2.0


def days_list(book: Book) -> Callable[[], object]:
    begins = datetime.combine(book.day, time(), tzinfo=ZoneInfo(ZONE))
    asked = {"location": book.location.pk, "page_size": 200, "starts_at__gte": begins.isoformat()}
    asked["starts_at__lt"] = (begins + timedelta(days=1)).isoformat()
    client = api(book.desk)
    return lambda: client.get("/api/v1/appointments/", asked).json()["count"]


def free_times(book: Book) -> Callable[[], object]:
    first = book.days[-10]
    wish = Wish(
        appointment_type=book.appointment_type, from_on=first, to_on=first + timedelta(days=13), location=book.location
    )
    return lambda: len(list(find(wish, now=timezone.now())))


def conflicts(book: Book) -> Callable[[], object]:
    begins = datetime.combine(book.day, time(12), tzinfo=ZoneInfo(ZONE))
    during = DateTimeTZRange(begins, begins + timedelta(minutes=50))
    asked = [("practitioner", practitioner.pk, during) for practitioner in book.practitioners]
    return lambda: len(Occupancy.objects.taken(asked))


def seconds(act: Callable[[], object]) -> float:
    began = perf_counter()
    for _ in range(REPEATS):
        act()
    return (perf_counter() - began) / REPEATS


def blocks_of(act: Callable[[], object]) -> int:
    """The blocks that the statements of an act read, of those that touch the book."""
    act()
    with CaptureQueriesContext(connection) as captured:
        act()
    blocks = 0
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            if GROWING.search(query["sql"]):
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query['sql']}")
                plan = cursor.fetchone()[0]
                plan = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
                blocks += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return blocks


# What people wait for hardly grows. A single look for conflicts is a millisecond, and a tree of a hundred times the
# visits is a level deeper: that shows in it, and in nothing that is made of it.
@pytest.mark.parametrize(("what", "goal"), [(days_list, 1.15), (free_times, 1.15), (conflicts, 1.5)])
def test_a_hundred_times_the_visits_cost_the_same(books: list[Book], what: Callable, goal: float, monkeypatch):
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["*"])
    found, queries, blocks, times = [], [], [], [[] for _ in books]
    for book in books:
        with connected(book.database):
            act = what(book)
            found.append(act())
            with CaptureQueriesContext(connection) as captured:
                act()
            queries.append(len(captured))
            blocks.append(blocks_of(act))
    for _ in range(ROUNDS):
        for book, took in zip(books, times, strict=True):
            with connected(book.database):
                act = what(book)
                act()
                took.append(seconds(act))
    ratio = median(last / first for first, last in zip(times[0], times[-1], strict=True))
    print(f"\n{what.__name__}")
    for book, took, read, asked in zip(books, times, blocks, queries, strict=True):
        print(f"{book.appointments:9,} visits: {median(took) * 1000:6.2f} ms, {read} blocks, {asked} queries")
    print(f"{ratio:.2f} x as long in the largest (goal <= {goal} x)")
    assert len(set(found)) == 1, found
    assert len(set(queries)) == 1, queries
    assert blocks[-1] <= BLOCKS_GOAL * blocks[0], blocks
    assert ratio <= goal
