"""A course booked at once around holidays, time off and full days: what is had as wished, what shifts, what is not."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from appointments import booking
from appointments.hours import resting
from appointments.models import Appointment, ClosedDay, Occupancy, Series
from appointments.series import changing, courses
from appointments.series.courses import Course, Found, book_course
from appointments.series.spacing import Free, Wished, in_the_week, on_the_day, spread, wished
from clinic.errors import Conflict, Refusal
from messaging.models import Message, ReminderRule
from patients.models import Patient
from tests.cast import Cast, api, make_case, make_patient, make_type, open_hours
from tests.visits import AUCKLAND, nz

NOW = nz("2026-11-02 08:00")  # a Monday
TUESDAY, FRIDAY = 1, 4
NINE = time(9)


@pytest.fixture
def clinic(cast: Cast) -> Cast:
    open_hours(cast.mere, cast.location)
    return cast


@pytest.fixture
def kind(db):
    return make_type()


def course(cast: Cast, kind, **fields) -> Course:
    defaults = {
        "patient": cast.aroha, "practitioner": cast.mere, "appointment_type": kind, "from_on": date(2026, 11, 3),
        "weeks": 3, "per_week": 2, "times": [(TUESDAY, NINE), (FRIDAY, time(14))], "by": cast.desk, "now": NOW,
    }  # fmt: skip
    return book_course(**(defaults | fields))


def told(course: Course) -> list[tuple]:
    return [
        (
            f"{placed.wished_at.astimezone(AUCKLAND):%a %d %H:%M}",
            placed.found,
            _wall(placed.appointment),
            placed.reasons,
        )
        for placed in course.placed
    ]


def _wall(visit: Appointment | None) -> str:
    return f"{visit.starts_at.astimezone(AUCKLAND):%a %d %H:%M}" if visit else ""


def take(cast: Cast, kind, when: str, patient: Patient | None = None) -> Appointment:
    return booking.book(
        patient=patient or make_patient(), practitioner=cast.mere, appointment_type=kind, starts_at=nz(when),
        by=cast.desk, now=NOW,
    )  # fmt: skip


@pytest.mark.django_db
def test_twice_a_week_for_six_weeks_is_booked_in_one_act(clinic: Cast, kind):
    ReminderRule.objects.create(name="The day before", hours_before=24)
    booked = course(clinic, kind, weeks=6, case=make_case(clinic.aroha))
    assert (len(booked.found(Found.AS_WISHED)), Appointment.objects.count()) == (12, 12)
    assert (booked.series.rule, booked.series.is_course) == ("FREQ=WEEKLY;BYDAY=TU,FR;COUNT=12", True)
    assert [_wall(placed.appointment) for placed in booked.placed[:3]] == [
        "Tue 03 09:00",
        "Fri 06 14:00",
        "Tue 10 09:00",
    ]
    assert Message.objects.count() == 12


@pytest.mark.django_db
def test_a_course_goes_around_holidays_time_off_and_full_times(clinic: Cast, kind):
    ClosedDay.objects.create(location=clinic.location, day=date(2026, 11, 3), name="Show Day")
    resting.take(
        practitioner=clinic.mere, starts_at=nz("2026-11-06 13:00"), ends_at=nz("2026-11-06 15:30"), by=clinic.desk,
        now=NOW,
    )  # fmt: skip
    take(clinic, kind, "2026-11-10 09:00")
    resting.take(
        practitioner=clinic.mere, starts_at=nz("2026-11-13 00:00"), ends_at=nz("2026-11-17 00:00"), by=clinic.desk,
        now=NOW,
    )  # fmt: skip
    assert told(course(clinic, kind)) == [
        # Wednesday, which keeps a day before Friday; Thursday would not.
        ("Tue 03 09:00", "shifted", "Wed 04 09:00", ["closed"]),
        # Half past three is as near as the half past twelve that ends in time: the nearest first, of two the earlier.
        ("Fri 06 14:00", "shifted", "Fri 06 15:30", ["practitioner_away"]),
        ("Tue 10 09:00", "shifted", "Tue 10 09:15", ["practitioner_busy"]),
        # Nobody works from Friday to Monday: what is left of that week is Thursday, with a day between.
        ("Fri 13 14:00", "shifted", "Thu 12 14:00", ["practitioner_away"]),
        ("Tue 17 09:00", "as_wished", "Tue 17 09:00", []),
        ("Fri 20 14:00", "as_wished", "Fri 20 14:00", []),
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_visit_that_finds_no_time_in_its_week_is_told(clinic: Cast, kind):
    resting.take(
        practitioner=clinic.mere, starts_at=nz("2026-11-10 00:00"), ends_at=nz("2026-11-17 00:00"), by=clinic.desk,
        now=NOW,
    )  # fmt: skip
    booked = course(clinic, kind)
    assert [(line[0], line[1]) for line in told(booked) if line[1] != "as_wished"] == [
        ("Tue 10 09:00", "not_found"), ("Fri 13 14:00", "not_found"),
    ]  # fmt: skip
    assert Appointment.objects.count() == 4


@pytest.mark.django_db
def test_a_preview_tells_the_same_and_books_nothing(clinic: Cast, kind):
    ClosedDay.objects.create(location=clinic.location, day=date(2026, 11, 3), name="Show Day")
    preview = told(course(clinic, kind, dry_run=True))
    assert (Series.objects.count(), Appointment.objects.count(), Occupancy.objects.count()) == (0, 0, 0)
    assert told(course(clinic, kind)) == preview


@pytest.mark.django_db
def test_without_a_practitioner_it_is_one_throughout_where_it_can_be(clinic: Cast, kind):
    open_hours(clinic.wei, clinic.location)
    take(clinic, kind, "2026-11-10 09:00")
    booked = course(clinic, kind, practitioner=None)
    assert booked.series.practitioner is None
    assert [placed.appointment.practitioner.display_name for placed in booked.placed] == [
        "Mere Ngata", "Mere Ngata", "Wei Chen", "Mere Ngata", "Mere Ngata", "Mere Ngata",
    ]  # fmt: skip
    assert len(booked.found(Found.AS_WISHED)) == 6


@pytest.mark.django_db
def test_days_that_are_not_named_are_spread_over_those_on_which_somebody_works(clinic: Cast, kind):
    clinic.mere.working_hours.filter(weekday=FRIDAY).delete()
    booked = course(clinic, kind, weeks=1, times=[(TUESDAY, NINE)])
    assert [line[2] for line in told(booked)] == ["Tue 03 09:00", "Thu 05 09:00"]


@pytest.mark.django_db
def test_a_course_shifts_as_a_whole_from_where_its_visits_are(clinic: Cast, kind):
    """What was booked beside its wish is no exception: it follows the others."""
    take(clinic, kind, "2026-11-10 09:00")
    visits = [placed.appointment for placed in course(clinic, kind, times=[(TUESDAY, NINE)], per_week=1).placed]
    outcome = changing.change(
        series=visits[1].series, appointment=visits[1], scope="this_and_later", starts_at=nz("2026-11-11 10:15"),
        by=clinic.desk, now=NOW,
    )  # fmt: skip
    assert [_wall(visit) for visit in outcome.booked] == ["Wed 11 10:15", "Wed 18 10:00"]
    assert (outcome.series.rule, outcome.series.at) == ("FREQ=WEEKLY;BYDAY=WE;COUNT=2", time(10, 15))


@pytest.mark.django_db
def test_a_time_taken_since_the_search_is_passed_over(clinic: Cast, kind, monkeypatch):
    searched = courses.find

    def rival_is_quicker(*args, **kwargs):
        found = list(searched(*args, **kwargs))
        take(clinic, kind, "2026-11-03 09:00")
        return found

    monkeypatch.setattr(courses, "find", rival_is_quicker)
    booked = course(clinic, kind, weeks=1)
    assert told(booked)[0][:3] == ("Tue 03 09:00", "shifted", "Tue 03 09:15")


REFUSED = {
    "no_weekday": {"times": []},
    "weekday_twice": {"times": [(TUESDAY, NINE), (TUESDAY, time(14))]},
    "too_many_weekdays": {"per_week": 1},
    "course_too_long": {"weeks": 104, "times": [(TUESDAY, NINE)]},
    "in_the_past": {"from_on": date(2026, 11, 1)},
    "course_nothing_free": {"from_on": date(2030, 11, 1)},
}


@pytest.mark.django_db
@pytest.mark.parametrize("code", REFUSED)
def test_a_course_that_cannot_be_is_refused_by_its_code(clinic: Cast, kind, code: str):
    with pytest.raises(Refusal) as refused:
        course(clinic, kind, **REFUSED[code])
    assert (refused.value.code, Series.objects.count()) == (code, 0)
    assert isinstance(refused.value, Conflict) == (code == "course_nothing_free")


@pytest.mark.django_db
def test_the_search_costs_the_same_however_long_the_course(clinic: Cast, kind):
    """What grows is the booking itself; the free times are looked for once in 92 days."""

    def searches(weeks: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            course(clinic, kind, weeks=weeks, dry_run=True)
        return sum("FROM appointments_closedday WHERE day BETWEEN" in query["sql"] for query in asked)

    assert [searches(weeks) for weeks in (1, 6, 13)] == [1, 1, 1]


@pytest.mark.django_db
def test_a_course_over_the_api(clinic: Cast, kind):
    body = {
        "patient": clinic.aroha.pk, "practitioner": clinic.mere.pk, "appointment_type": kind.pk,
        "from_on": "2027-02-01", "weeks": 2, "per_week": 2, "times": [{"weekday": 0, "at": "09:00"}], "dry_run": True,
    }  # fmt: skip
    clinic.mere.working_hours.filter(weekday=4).delete()
    kind.horizon_days = 365
    kind.save()
    desk = api(clinic.desk)
    ClosedDay.objects.create(location=clinic.location, day=date(2027, 2, 8), name="Waitangi Day, moved")
    preview = desk.post("/api/v1/series/courses/", body, format="json")
    assert (preview.status_code, preview.json()["series"]) == (200, None)
    answer = desk.post("/api/v1/series/courses/", body | {"dry_run": False}, format="json")
    made = answer.json()
    assert (answer.status_code, made["as_wished"], made["shifted"], made["not_found"]) == (201, 3, 1, 0)
    [shifted] = [visit for visit in made["visits"] if visit["found"] == "shifted"]
    assert (shifted["wished_at"], shifted["visit"]["starts_at"], shifted["reasons"]) == (
        "2027-02-08T09:00:00+13:00", "2027-02-09T09:00:00+13:00", ["closed"],
    )  # fmt: skip
    assert made["series"]["visits_to_come"] == 4
    assert desk.get("/api/v1/series/", {"is_course": True}).json()["count"] == 1


# The arithmetic


@given(
    from_on=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    weeks=st.integers(1, 10),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
)
def test_each_week_has_each_of_the_wished_days_once(from_on, weeks, weekdays):
    wishes = wished(from_on=from_on, weeks=weeks, times=[(day, NINE) for day in weekdays])
    assert len({wish.day for wish in wishes}) == len(wishes) == weeks * len(weekdays)
    assert min(wish.day for wish in wishes) >= from_on
    assert max(wish.day for wish in wishes) < from_on + timedelta(weeks=weeks)
    assert all(wish.is_week_of(wish.day) and wish.day.weekday() in weekdays for wish in wishes)


@pytest.mark.parametrize(
    ("named", "per_week", "possible", "days"),
    [
        ([1], 2, {0, 1, 2, 3, 4}, [1, 4]),
        ([0], 3, {0, 1, 2, 3, 4}, [0, 2, 4]),
        ([0], 2, {0, 1}, [0, 1]),
        ([0], 3, {0, 1}, [0, 1, 4]),
        ([2, 4], 2, {0, 1, 2, 3, 4}, [2, 4]),
    ],
)
def test_further_days_lie_evenly_between_those_that_are_named(named, per_week, possible, days):
    assert spread(named, per_week=per_week, possible=possible) == days


def test_another_day_keeps_a_day_between_before_it_is_near():
    wish = Wished(date(2026, 11, 3), NINE, date(2026, 11, 2))
    free = [Free(date(2026, 11, day), NINE, 1) for day in (2, 4, 7, 9)]
    order = in_the_week(wish, free, others={date(2026, 11, 5)}, usual=None)
    assert [found.day.day for found in order] == [2, 7, 4]


def test_no_second_visit_comes_on_a_day_of_the_course():
    wish = Wished(date(2026, 11, 3), NINE, date(2026, 11, 2))
    free = [Free(date(2026, 11, 5), NINE, 1)]
    assert in_the_week(wish, free, others={date(2026, 11, 5)}, usual=None) == []


def test_of_two_times_as_near_the_usual_practitioner_is_first():
    wish = Wished(date(2026, 11, 3), NINE, date(2026, 11, 2))
    free = [Free(wish.day, time(8, 45), 1), Free(wish.day, time(9, 15), 2), Free(wish.day, NINE, 1)]
    assert [(found.at, found.practitioner) for found in on_the_day(wish, free, usual=2)] == [
        (NINE, 1), (time(9, 15), 2), (time(8, 45), 1),
    ]  # fmt: skip
