"""Public holidays: those of the region, once, and without moving anybody who is booked."""

from datetime import date
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments.hours import closing
from appointments.models import Appointment, ClosedDay
from clinic.errors import Refusal
from tests.cast import Cast, api
from tests.pages import browser, told
from tests.rivals import at_once
from tests.visits import make_visit, nz

URL = "/api/v1/closed-days/public-holidays/"


def test_the_holidays_are_those_of_the_region_by_law(cast: Cast):
    """Holidays Act 2003, sections 44 and 45A; Te Kāhui o Matariki Public Holiday Act 2022, schedule of dates."""
    days = closing.public_holidays(cast.location, 2027)
    assert [f"{day:%m-%d}" for day in days] == [
        "01-01", "01-02", "01-04", "01-25", "02-06", "02-08", "03-26", "03-29", "04-25", "04-26", "06-07", "06-25",
        "10-25", "12-25", "12-26", "12-27", "12-28",
    ]  # fmt: skip
    cast.location.holiday_region = "AUK"
    auckland = closing.public_holidays(cast.location, 2027)
    assert (date(2027, 2, 1) in auckland, date(2027, 1, 25) in auckland) == (True, False)
    cast.location.holiday_region = "US-OR"
    assert date(2027, 7, 5) in closing.public_holidays(cast.location, 2027)


@pytest.mark.parametrize(
    ("region", "year", "code"),
    [
        ("", 2027, "holiday_region_missing"),
        ("XYZ", 2027, "holiday_region_unknown"),
        ("QQ-WGN", 2027, "holiday_region_unknown"),
        ("WGN", 1999, "year_out_of_reach"),
        ("WGN", 2101, "year_out_of_reach"),
    ],
)
def test_a_region_that_is_not_known_and_a_year_out_of_reach_are_refused(cast: Cast, region, year, code):
    cast.location.holiday_region = region
    with pytest.raises(Refusal) as refused:
        closing.public_holidays(cast.location, year)
    assert refused.value.code == code


def test_a_year_is_closed_once_and_what_stood_there_keeps_its_name(cast: Cast):
    ClosedDay.objects.create(location=cast.location, day=date(2027, 12, 25), name="Meri Kirihimete")
    body = {"location": cast.location.pk, "year": 2027}
    first = api(cast.owner).post(URL, body, format="json")
    assert (first.status_code, len(first.json()), first.json()[0]["day"]) == (201, 16, "2027-01-01")
    assert api(cast.owner).post(URL, body, format="json").json() == []
    assert ClosedDay.objects.get(day=date(2027, 12, 25)).name == "Meri Kirihimete"
    assert ClosedDay.objects.count() == 17


@pytest.mark.django_db(transaction=True)
def test_two_who_close_the_same_year_at_once_do_not_refuse_each_other(cast: Cast):
    close = partial(closing.close_on_public_holidays, location=cast.location, year=2027, by=cast.owner)
    answers = at_once([close] * 4)
    assert sorted(len(days) for days in answers) == [0, 0, 0, 17]


def test_the_page_of_a_location_closes_and_says_who_is_booked_then(cast: Cast):
    make_visit(cast, nz("2027-06-25 09:00"))
    cancelled = make_visit(cast, nz("2027-06-25 11:00"))
    Appointment.objects.filter(pk=cancelled.pk).update(status="cancelled", cancel_reason="patient")
    client = browser(cast.owner)
    place = reverse("admin:clinic_location_act", args=[cast.location.pk, "public-holidays"])
    assert f'value="{timezone.localdate().year}"' in client.get(place).content.decode()
    done = client.post(place, {"year": "2027"}, follow=True)
    assert told(done) == [
        "Closed on 17 public holidays of 2027. 1 visit is booked on them: speak with who comes.",
    ]
    assert "Matariki" in done.content.decode()
    assert told(client.post(place, {"year": "2027"}, follow=True)) == ["All those of 2027 stand there."]
    assert browser(cast.desk).post(place, {"year": "2027"}).status_code == 403
