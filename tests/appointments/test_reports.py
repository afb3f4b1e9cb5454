"""Reports of the book, by local days: a visit late in the evening counts on the evening's day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments import booking
from appointments.hours import resting
from appointments.models import ClosedDay
from appointments.reports import utilisation, visits
from clinic.report import Days
from tests.cast import Cast, make_patient, make_type, open_hours
from tests.visits import AUCKLAND, make_visit, nz

pytestmark = pytest.mark.django_db
NOVEMBER = Days(date(2026, 11, 1), date(2026, 11, 30))
WEEK = Days(date(2026, 11, 2), date(2026, 11, 8))
NOW = nz("2026-10-30 12:00")


def rows_of(report) -> dict[str, tuple]:
    return {row[0]: row[1:] for row in report.rows}


def test_visits_are_counted_by_practitioner_and_by_what_became_of_them(cast: Cast):
    make_visit(cast, nz("2026-11-01 00:00"), status="completed")
    make_visit(cast, nz("2026-11-30 23:59"), status="missed")
    make_visit(cast, nz("2026-11-10 10:00"), status="confirmed", practitioner=cast.wei)
    make_visit(cast, nz("2026-11-10 11:00"), status="arrived", practitioner=cast.wei)
    make_visit(cast, nz("2026-11-10 12:00"), status="cancelled", cancel_reason="late", practitioner=cast.wei)
    make_visit(cast, nz("2026-10-31 23:59"), status="completed")
    make_visit(cast, nz("2026-12-01 00:00"), status="completed")
    report = visits.appointments(NOVEMBER, zone=AUCKLAND)
    assert rows_of(report) == {"Mere Ngata": (0, 0, 1, 1, 0, 2), "Wei Chen": (1, 1, 0, 0, 1, 3)}
    assert report.totals == (None, 1, 1, 1, 1, 1, 5)
    bars = dict(zip(report.chart.labels, report.chart.series[0].values, strict=True))
    assert {label: many for label, many in bars.items() if many} == {"1 Nov": 1, "10 Nov": 2, "30 Nov": 1}


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (visits.missed_by_practitioner, "Mere Ngata"),
        (visits.missed_by_type, "Follow-up"),
        (visits.missed_by_month, "Nov 2026"),
    ],
)
def test_missed_visits_are_a_part_of_those_that_were_due(cast: Cast, make, name):
    for day, fields in (
        (2, {"status": "completed"}),
        (3, {"status": "completed"}),
        (4, {"status": "completed"}),
        (5, {"status": "missed"}),
        (6, {"status": "cancelled", "cancel_reason": "late"}),
        (7, {"status": "cancelled", "cancel_reason": "clinic"}),
        (27, {"status": "booked"}),
    ):
        make_visit(cast, nz(f"2026-11-{day:02} 10:00"), **fields)
    report = make(NOVEMBER, zone=AUCKLAND)
    assert report.rows == ((name, 4, 1, Decimal("0.2500"), 1),)
    assert report.totals == (None, 4, 1, Decimal("0.2500"), 1)


def test_utilisation_is_hands_on_time_against_open_hours_without_closed_days_and_time_off(cast: Cast):
    kind = make_type()
    open_hours(cast.mere, cast.location)
    open_hours(cast.wei, cast.location, weekdays=[0])
    ClosedDay.objects.create(location=cast.location, day=date(2026, 11, 6), name="Show day")
    resting.take(
        practitioner=cast.mere, starts_at=nz("2026-11-03 15:00"), ends_at=nz("2026-11-04 10:00"), reason="Hui",
        by=cast.desk, now=NOW,
    )  # fmt: skip
    for at, patient in (("2026-11-02 09:00", cast.aroha), ("2026-11-02 10:00", make_patient())):
        booking.book(
            patient=patient, practitioner=cast.mere, appointment_type=kind, starts_at=nz(at), by=cast.desk, now=NOW
        )
    report = utilisation.by_practitioner(WEEK, zone=AUCKLAND)
    # Four days of eight hours, less two hours on Tuesday and one on Wednesday; twice 15 and 10 minutes of hands on.
    assert rows_of(report) == {
        "Mere Ngata": (4 * 480 - 180, 50, Decimal("0.0287")),
        "Wei Chen": (480, 0, Decimal("0.0000")),
    }
    assert report.totals == (None, 2220, 50, Decimal("0.0225"))


def test_the_day_on_which_clocks_change_is_an_hour_shorter(cast: Cast):
    open_hours(cast.mere, cast.location, weekdays=[6])
    short = Days(date(2026, 9, 27), date(2026, 9, 27))
    begins, ends = visits.moments_of(short, AUCKLAND)
    assert ends - begins == timedelta(hours=23)
    assert rows_of(utilisation.by_practitioner(short, zone=AUCKLAND))["Mere Ngata"][0] == 480


def test_each_report_of_the_book_takes_the_same_queries_for_every_number_of_visits(cast: Cast):
    open_hours(cast.mere, cast.location)

    def queries() -> list[int]:
        counts = []
        for make in (visits.appointments, visits.missed_by_type, utilisation.by_practitioner):
            with CaptureQueriesContext(connection) as captured:
                make(NOVEMBER, zone=AUCKLAND)
            counts.append(len(captured))
        return counts

    make_visit(cast, nz("2026-11-02 10:00"))
    before = queries()
    for day in range(3, 20):
        make_visit(cast, nz(f"2026-11-{day:02} 10:00"))
    assert queries() == before
