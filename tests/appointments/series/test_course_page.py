"""A course is booked from the patient's page: its times are shown first, and booked when they have been seen."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments.models import Appointment, ClosedDay, Series
from tests.cast import Cast, make_case, make_type, open_hours
from tests.pages import browser, told
from tests.world import workday

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(cast: Cast) -> dict:
    """Mondays and Thursdays at ten, for three weeks; the clinic is closed on the second Monday."""
    open_hours(cast.mere, cast.location)
    today = workday(1, timezone.now())
    monday = today + timedelta(days=7 - today.weekday())
    ClosedDay.objects.create(location=cast.location, day=monday + timedelta(days=7), name="Staff day")
    return {
        "appointment_type": make_type().pk,
        "case": make_case(cast.aroha).pk,
        "per_week": 2,
        "weeks": 3,
        "from_on": f"{monday:%Y-%m-%d}",
        "weekdays": [0, 3],
        "at": "10:00",
    }


def place(cast: Cast) -> str:
    return reverse("admin:patients_patient_act", args=[cast.aroha.pk, "book-course"])


def test_the_times_are_shown_and_nothing_is_booked_yet(cast: Cast, asked: dict):
    page = browser(cast.desk).post(place(cast), asked)
    lines = page.context["foretold"]
    assert len(lines) == 6
    assert "Book a course</button>" in page.content.decode()
    assert "See the times</button>" in browser(cast.desk).get(place(cast)).content.decode()
    assert [line for line in lines if "instead of" in line] == [lines[2]]
    assert all("with Mere Ngata" in line for line in lines)
    assert (Appointment.objects.count(), Series.objects.count()) == (0, 0)


def test_what_was_seen_is_booked(cast: Cast, asked: dict):
    client = browser(cast.desk)
    seen = client.post(place(cast), asked).context["seen"]
    answer = client.post(place(cast), asked | {"seen": seen}, follow=True)
    assert told(answer) == ["6 of 6 visits are booked, 1 of them beside what was wished for."]
    assert Series.objects.get().appointments.count() == 6
    assert set(Appointment.objects.values_list("case", flat=True)) == {asked["case"]}


def test_what_was_changed_after_it_was_seen_is_shown_again(cast: Cast, asked: dict):
    client = browser(cast.desk)
    seen = client.post(place(cast), asked).context["seen"]
    page = client.post(place(cast), asked | {"at": "14:00", "seen": seen})
    assert ["2:00 pm" in line for line in page.context["foretold"]][:2] == [True, True]
    assert Appointment.objects.count() == 0


def test_a_course_that_cannot_be_is_refused_at_the_form(cast: Cast, asked: dict):
    page = browser(cast.desk).post(place(cast), asked | {"weekdays": [0, 1, 3]})
    assert page.context["form"].errors.as_data()["__all__"][0].message == "3 weekdays are named for 2 a week."
    assert page.context["foretold"] == []


def test_who_may_not_book_sees_no_such_page(cast: Cast, asked: dict):
    assert browser(cast.billing).post(place(cast), asked).status_code == 403
