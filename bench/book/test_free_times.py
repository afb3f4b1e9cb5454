"""Free times of five practitioners over a fortnight, against fetching the rows that say when they are taken."""

from collections.abc import Callable
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
from django.utils import timezone

from appointments.models import AppointmentType, Occupancy
from appointments.searching import Wish, find
from bench.book.conftest import connected
from bench.book.volume import Book
from clinic.models import Room

# The mark has the tests' database made; what is measured are the books beside it.
pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]
ROUNDS, REPEATS = 15, 5
GOAL = 1.5


def seconds(act: Callable[[], object]) -> float:
    began = perf_counter()
    for _ in range(REPEATS):
        act()
    return (perf_counter() - began) / REPEATS


def test_finding_free_times_takes_hardly_longer_than_fetching_what_is_taken(books: list[Book]):
    book = books[-1]
    with connected(book.database):
        kind = AppointmentType.objects.prefetch_related("segments").get()
        first = book.days[-10]
        wish = Wish(appointment_type=kind, from_on=first, to_on=first + timedelta(days=13), location=book.location)
        people = [practitioner.pk for practitioner in book.practitioners]
        rooms = list(Room.objects.filter(location=book.location).values_list("pk", flat=True))
        times = (timezone.now(), timezone.now() + timedelta(days=16))
        firm = Occupancy.objects.filter(squeezed=False).during(*times)
        taken = [
            firm.filter(resource_kind=name, resource_id__in=numbers).values_list(
                "resource_id", "during", "appointment_id"
            )
            for name, numbers in (("practitioner", people), ("room", rooms))
        ]

        def fetching() -> int:
            return sum(len(list(rows.all())) for rows in taken)

        def finding() -> int:
            return len(list(find(wish, now=timezone.now())))

        assert (fetching(), finding() > 100) == (10 * 12 * 5 * 3, True)
        pairs = [(seconds(finding), seconds(fetching)) for _ in range(ROUNDS)]
    ours, rows = (median(side) * 1000 for side in zip(*pairs, strict=True))
    ratio = median(found / fetched for found, fetched in pairs)
    print(f"\nfree times {ours:.2f} ms, the taken rows alone {rows:.2f} ms: {ratio:.2f} x (goal <= {GOAL} x)")
    assert ratio <= GOAL
