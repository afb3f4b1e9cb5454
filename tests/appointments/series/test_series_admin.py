"""On the page of a visit that belongs to others: which of them it is, and what is done with them together."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments.models import Appointment
from appointments.series.repeating import repeat
from tests.cast import Cast, make_type, open_hours
from tests.pages import browser, told
from tests.visits import AUCKLAND
from tests.world import at, workday

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits(cast: Cast) -> list[Appointment]:
    open_hours(cast.mere, cast.location)
    now = timezone.now()
    return repeat(
        patient=cast.aroha, practitioner=cast.mere, appointment_type=make_type(), starts_at=at(workday(8, now), 9),
        rule="FREQ=WEEKLY;COUNT=3", by=cast.desk, now=now,
    ).booked  # fmt: skip


def place(visit: Appointment, act: str = "") -> str:
    if act:
        return reverse("admin:appointments_appointment_act", args=[visit.pk, act])
    return reverse("admin:appointments_appointment_change", args=[visit.pk])


def wall(visit: Appointment) -> datetime:
    visit.refresh_from_db()
    return visit.starts_at.astimezone(AUCKLAND)


def test_the_page_says_which_visit_of_the_series_it_is(cast: Cast, visits):
    page = browser(cast.desk).get(place(visits[1]))
    assert "Visit 2 of 3 in a series. Every week, 3 times." in page.content.decode()
    labels = [act["label"] for act in page.context["acts"]]
    assert [label for label in labels if "later" in label] == [
        "Move with the later ones",
        "Cancel with the later ones",
    ]


def test_this_and_the_later_visits_move_together(cast: Cast, visits):
    asked = wall(visits[1]) + timedelta(hours=2)
    answer = browser(cast.desk).post(
        place(visits[1], "move-series"),
        {"scope": "this_and_later", "starts_at_0": f"{asked:%Y-%m-%d}", "starts_at_1": f"{asked:%H:%M}"},
        follow=True,
    )
    assert told(answer) == ["2 visits are moved."]
    assert [wall(visit).hour for visit in visits] == [9, 11, 11]


def test_all_that_are_still_to_come_are_cancelled_together(cast: Cast, visits):
    answer = browser(cast.desk).post(
        place(visits[1], "cancel-series"), {"scope": "all", "reason": "patient", "note": ""}, follow=True
    )
    assert told(answer) == ["3 visits are cancelled; their times are free again."]
    assert Appointment.objects.live().count() == 0
