"""Free times: of five practitioners over a fortnight, against fetching the rows that say when they are taken; and of
one for a day over HTTP, against django-appointment."""

import http.client
import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from statistics import median
from time import perf_counter
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from knox.models import get_token_model

from appointments.models import Appointment, AppointmentType, Occupancy
from appointments.occupying import occupancy_of
from appointments.searching.finding import Wish, find
from bench.book.asking import ask
from bench.book.conftest import connected, empty_database
from bench.book.volume import EACH, ZONE, Book
from clinic.models import Location, Practitioner, Room
from config.private_servers import free_port
from patients.models import Patient
from tests.cast import make_type, open_hours
from tests.serving import ROOT, running, serving

# The mark has the tests' database made; what is measured are the books beside it.
pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]
ROUNDS, REPEATS = 15, 5
GOAL = 1.5
OF_THE_SCHEDULER = 5
# One who works alone, and the visits of their day: as many as everybody has in these books.
OPENS, CLOSES, MINUTES = time(9), time(17, 30), 30
STARTS = [time(hour, minute) for hour in (9, 10, 11, 13, 14, 15) for minute in (0, 30)]


def seconds(act: Callable[[], object]) -> float:
    began = perf_counter()
    for _ in range(REPEATS):
        act()
    return (perf_counter() - began) / REPEATS


def test_finding_free_times_takes_hardly_longer_than_fetching_what_is_taken(books: list[Book]):
    book = books[-1]
    with connected(book.database):
        first = book.days[-10]
        wish = Wish(
            appointment_type=book.appointment_type,
            from_on=first,
            to_on=first + timedelta(days=13),
            location=book.location,
        )
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


def work_alone(book: Book) -> tuple[Practitioner, AppointmentType]:
    """Somebody in a place of their own, with the visits on the book's day."""
    assert len(STARTS) == EACH
    place = Location.objects.create(name="Alone", timezone=ZONE)
    room = Room.objects.create(location=place, name="The room")
    person, kind = (
        Practitioner.objects.create(display_name="Alone"),
        make_type("Plain", segments=(("hands_on", MINUTES),)),
    )
    open_hours(person, place, opens=OPENS, closes=CLOSES)
    moments = [datetime.combine(book.day, start, ZoneInfo(ZONE)) for start in STARTS]
    visits = Appointment.objects.bulk_create(
        Appointment(
            patient=patient, practitioner=person, appointment_type=kind, location=place, room=room, starts_at=at,
            ends_at=at + timedelta(minutes=MINUTES),
        )
        for at, patient in zip(moments, Patient.objects.all()[: len(STARTS)], strict=True)
    )  # fmt: skip
    Occupancy.objects.bulk_create(taken for visit in visits for taken in occupancy_of(visit))
    return person, kind


def fill_the_scheduler(book: Book, address: str) -> dict[str, int]:
    day = {"day": book.day.isoformat(), "opens": str(OPENS), "closes": str(CLOSES), "minutes": MINUTES}
    day |= {"starts": [str(start) for start in STARTS], "others": 10_000}
    done = subprocess.run(
        ["var/scheduler/bin/python", "-m", "bench.book.rivals.scheduler"],
        cwd=ROOT, env={"DATABASE_URL": address}, input=json.dumps(day), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # it warns there of what it could do besides


def answered(port: int, path: str, headers: dict[str, str]) -> dict:
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    web.request("GET", path, headers=headers)
    return json.load(web.getresponse())


def test_a_day_of_one_practitioner_against_django_appointment(books: list[Book]):
    """Ours in the largest book, with sign-in; theirs among ten thousand visits, for whoever asks."""
    book = books[-1]
    with ExitStack() as servers:
        address = servers.enter_context(empty_database())
        made = fill_the_scheduler(book, address)
        servers.enter_context(connected(book.database))
        person, kind = work_alone(book)
        day = {"appointment_type": kind.pk, "practitioner": person.pk, "from": book.day, "to": book.day}
        ours = f"/api/v1/availability/?{urlencode(day)}"
        known = {"Authorization": f"Token {get_token_model().objects.create(user=book.desk)[1]}"}
        asked = {"selected_date": book.day, "staff_member": made["staff"], "service_id": made["service"]}
        theirs, by_script = (
            f"/appointment/ajax/available_slots/?{urlencode(asked)}",
            {"X-Requested-With": "XMLHttpRequest"},
        )
        clinic = servers.enter_context(serving(workers=1)).port
        port = free_port()
        gunicorn = ["var/scheduler/bin/gunicorn", "bench.book.rivals.scheduler", "--bind", f"127.0.0.1:{port}"]
        gunicorn += ["--worker-class", "gthread", "--workers", "1", "--threads", "4", "--preload"]
        gunicorn += ["--log-level", "critical", "--no-control-socket"]
        servers.enter_context(running(gunicorn, port, DATABASE_URL=address))
        starts = [datetime.fromisoformat(slot["starts_at"]).time() for slot in answered(clinic, ours, known)["slots"]]
        slots = answered(port, theirs, by_script)["available_slots"]
        assert starts == [datetime.fromisoformat(start).time() for start, _ in slots]
        assert len(starts) == 8
        pairs = [
            (ask(clinic, ours, known, seconds=1.5).rate, ask(port, theirs, by_script, seconds=1.5).rate)
            for _ in range(7)
        ]
    ratio = median(mine / other for mine, other in pairs)
    mine, other = (median(side) for side in zip(*pairs, strict=True))
    print(
        f"\na day of one: {mine:.0f}/s, django-appointment {other:.0f}/s: {ratio:.1f} x (goal >= {OF_THE_SCHEDULER})"
    )
    assert ratio >= OF_THE_SCHEDULER
