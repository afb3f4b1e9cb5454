"""On the page of a visit that belongs to others: which of them it is, and what is done with them together."""

import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments import attending, booking
from appointments.models import Appointment, Series
from appointments.series import changing
from appointments.series.repeating import repeat
from clinic import showing
from tests.cast import Cast, make_patient, make_type, open_hours
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
    assert ">Visit 2 of 3 in a series</a>. Every week, 3 times." in page.content.decode()
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


def page_of(series: Series) -> str:
    return reverse("admin:appointments_series_change", args=[series.pk])


def read(page) -> str:
    return " ".join(re.sub("<[^>]*>", " ", page.content.decode()).split())


def test_the_list_says_what_for_whom_how_often_until_when_and_how_many_are_still_to_come(cast: Cast, visits):
    client, place = browser(cast.desk), reverse("admin:appointments_series_changelist")
    first, last = (showing.day(wall(visit).date()) for visit in (visits[0], visits[2]))
    said = read(client.get(place))
    for words in (
        "Aroha Tāmati", "Series, Follow-up", "Mere Ngata", "Every week, 3 times, at 9:00 am", f"{first} to {last}",
        "3 of 3 to come",
    ):  # fmt: skip
        assert words in said, words
    assert "Aroha" in read(client.get(f"{place}?standing=on"))
    changing.cancel(
        series=visits[0].series, appointment=None, scope="all", reason="patient", by=cast.desk, now=timezone.now()
    )
    assert ("Ended" in read(client.get(place)), "Aroha" in read(client.get(f"{place}?standing=on"))) == (True, False)
    assert "Aroha" in read(client.get(f"{place}?standing=ended"))


def test_its_page_tells_each_visit_with_its_state_and_the_one_that_was_moved_by_itself(cast: Cast, visits):
    now = timezone.now()
    booking.move(appointment=visits[1], starts_at=visits[1].starts_at + timedelta(hours=3), by=cast.desk, now=now)
    attending.cancel(appointment=visits[2], reason="patient", by=cast.desk, now=now)
    said = read(browser(cast.desk).get(page_of(visits[0].series)))
    zone = {"zone": AUCKLAND}
    assert f"{showing.when(visits[0].starts_at, **zone)} Mere Ngata, Kōwhai Booked" in said
    moved = showing.when(visits[1].starts_at + timedelta(hours=3), **zone)
    assert f"{moved} Mere Ngata, Kōwhai Booked instead of {showing.when(visits[1].starts_at, **zone)}" in said
    assert f"{showing.when(visits[2].starts_at, **zone)} Mere Ngata, Kōwhai Cancelled" in said
    assert "2 of 2 to come" in said


def test_the_way_leads_from_the_patient_and_from_each_visit_to_the_series_and_back(cast: Cast, visits):
    client, series = browser(cast.desk), visits[0].series
    assert f'href="{page_of(series)}"' in client.get(place(visits[1])).content.decode()
    her = client.get(reverse("admin:patients_patient_change", args=[cast.aroha.pk]))
    [way] = [act["place"] for act in her.context["acts"] if act["label"] == "Series"]
    assert f'href="{page_of(series)}' in client.get(way).content.decode()
    other = client.get(reverse("admin:patients_patient_change", args=[make_patient().pk]))
    assert "Series" not in [act["label"] for act in other.context["acts"]]
    assert f'href="{place(visits[2])}?next={page_of(series)}"' in client.get(page_of(series)).content.decode()


def test_what_is_to_come_is_moved_and_cancelled_from_the_page_of_the_series(cast: Cast, visits):
    client, series = browser(cast.desk), visits[0].series
    ways = {act["label"]: act["place"] for act in client.get(page_of(series)).context["acts"]}
    asked = wall(visits[0]) + timedelta(hours=1)
    moved = client.post(
        ways["Move those to come"],
        {"scope": "all", "starts_at_0": f"{asked:%Y-%m-%d}", "starts_at_1": f"{asked:%H:%M}"},
        follow=True,
    )
    assert (told(moved), moved.redirect_chain[-1][0]) == (["3 visits are moved."], page_of(series))
    cancelled = client.post(ways["Cancel those to come"], {"reason": "patient", "note": ""}, follow=True)
    assert told(cancelled) == ["3 visits are cancelled; their times are free again."]
    assert client.get(page_of(series)).context["acts"] == []


def test_a_series_that_was_parted_in_two_leads_to_its_other_part(cast: Cast, visits):
    outcome = changing.change(
        series=visits[0].series, appointment=visits[1], scope="this_and_later", by=cast.desk, now=timezone.now(),
        starts_at=visits[1].starts_at + timedelta(hours=2),
    )  # fmt: skip
    client = browser(cast.desk)
    earlier, later = visits[0].series, outcome.series
    assert f'href="{page_of(later)}"' in client.get(page_of(earlier)).content.decode()
    assert f'href="{page_of(earlier)}"' in client.get(page_of(later)).content.decode()


def test_who_only_sees_the_book_is_offered_nothing_to_do_with_a_series(cast: Cast, visits):
    page = browser(cast.billing).get(page_of(visits[0].series))
    assert (page.status_code, page.context["acts"]) == (200, [])
