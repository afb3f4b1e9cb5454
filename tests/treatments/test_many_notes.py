"""A patient with many treatments opens in exactly as many queries as one with few; `bench/test_notes.py` times it."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.cast import Cast, api, make_case, make_patient
from tests.pages import browser
from tests.treatments.course import make_course, opening
from treatments.models import Treatment
from treatments.reports import papers as report_papers
from treatments.reports import summarising

pytestmark = pytest.mark.django_db
FEW, MANY = 5, 60


def queries_of(act: Callable[[], object]) -> int:
    """Of the second time: what a process looks up once is not counted."""
    act()
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


@pytest.fixture
def courses(cast: Cast):
    """(few, many): the last note of each, a draft."""
    return [make_course(cast, make_case(make_patient()), sessions) for sessions in (FEW, MANY)]


@pytest.mark.parametrize("what", sorted(opening()))
def test_a_patient_with_many_treatments_costs_the_queries_of_one_with_few(cast: Cast, courses, what):
    clients = {"page": browser(cast.practitioner), "api": api(cast.practitioner)}
    kind, place = opening()[what]
    counts = []
    for note in courses:
        answer = clients[kind].get(place(note))
        assert answer.status_code == 200
        counts.append(queries_of(lambda note=note: clients[kind].get(place(note))))
    assert counts == [counts[0]] * 2


def cost_of_report(cast: Cast, note: Treatment) -> list[int]:
    """Of a draft over the API and on its page, and of the paper of the signed one."""
    now, program, person = timezone.now(), api(cast.practitioner), browser(cast.practitioner)
    words = {"recipient": "Dr Ray", "purpose": "Progress", "summary": "Better", "include": ALL_PARTS}
    report = summarising.draft(
        case=note.case, practitioner=cast.mere, audience="gp", by=cast.practitioner, now=now, **words
    )
    page = reverse("admin:treatments_treatmentreport_change", args=[report.pk])
    drafted = [
        queries_of(lambda: program.get(f"/api/v1/treatment-reports/{report.pk}/content/")),
        queries_of(lambda: person.get(page)),
    ]
    summarising.sign(report=report, by=cast.practitioner, now=now)
    return [*drafted, queries_of(lambda: report_papers.treatment_report(report.pk).draw())]


def test_a_report_of_many_treatments_costs_the_queries_of_one_of_few(cast: Cast, courses):
    few, many = (cost_of_report(cast, note) for note in courses)
    assert few == many


ALL_PARTS = [
    "diagnoses", "course", "findings", "points", "body_chart", "techniques", "outcomes", "adverse_events", "plan",
]  # fmt: skip
