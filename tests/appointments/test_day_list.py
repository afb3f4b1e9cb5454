"""The list of visits is read as plain values. What it shows is what the serializer of one visit shows."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework import serializers

from appointments.models import Appointment
from appointments.serializers import AppointmentSerializer
from clinic.api.values import Shape
from clinic.models import Location
from tests.cast import Cast, api, make_case, make_patient
from tests.visits import make_visit, nz

pytestmark = pytest.mark.django_db
URL = "/api/v1/appointments/"


@pytest.fixture
def day(cast: Cast) -> list[Appointment]:
    """Visits with and without everything that may be missing, the last one in another time zone."""
    when = nz("2026-11-24 09:00")
    elsewhere = Location.objects.create(name="Chatham", timezone="Pacific/Chatham")
    return [
        make_visit(cast, when),
        make_visit(cast, when + timedelta(hours=1), case=make_case(cast.aroha), device=cast.electro, note="Late"),
        make_visit(
            cast, when + timedelta(hours=2), status="cancelled", cancel_reason="patient", cancel_note="<b>Ill</b>",
            cancel_asked_at=when - timedelta(days=1),
        ),
        make_visit(cast, when + timedelta(hours=3), location=elsewhere, patient=make_patient(first_name="Hēmi")),
    ]  # fmt: skip


def test_a_list_shows_of_each_visit_what_opening_it_shows(cast: Cast, day: list[Appointment]):
    listed = api(cast.desk).get(URL).json()["results"]
    with timezone.override("Pacific/Auckland"):
        opened = AppointmentSerializer(Appointment.objects.order_by("starts_at"), many=True).data
    assert listed == [dict(visit) for visit in opened]
    assert [visit["starts_at"][-6:] for visit in listed] == ["+13:00", "+13:00", "+13:00", "+13:45"]
    assert listed[1]["case_title"] == "Right hip"


def test_a_field_that_is_worked_out_is_no_plain_value():
    class Minutes(serializers.ModelSerializer):
        minutes = serializers.SerializerMethodField()

        class Meta:
            model = Appointment
            fields = ["id", "minutes"]

    with pytest.raises(TypeError, match="minutes"):
        Shape.of(Minutes(), {})


@pytest.mark.parametrize(
    ("asked", "shown", "queries"),
    [
        ({"page_size": 5}, 4, 1),  # not full: what was read is all there is
        ({"page_size": 4}, 4, 2),  # full: there may be more
        ({"page_size": 3}, 3, 2),
        ({"page_size": 3, "page": 2}, 1, 2),
        ({"starts_at__gte": "2027-01-01T00:00:00Z"}, 0, 1),
    ],
)
def test_rows_are_counted_by_a_query_of_its_own_where_the_first_page_does_not_tell(
    cast: Cast, day, django_assert_max_num_queries, asked: dict, shown: int, queries: int
):
    client = api(cast.desk)
    client.get(URL)
    with django_assert_max_num_queries(10) as captured:
        answer = client.get(URL, asked).json()
    read = [query for query in captured.captured_queries if 'FROM "appointments_appointment"' in query["sql"]]
    assert (len(answer["results"]), len(read)) == (shown, queries)
    assert answer["count"] == (4 if shown else 0)


def test_a_page_beyond_the_last_is_404(cast: Cast, day):
    assert api(cast.desk).get(URL, {"page": 2}).status_code == 404
    assert api(cast.desk).get(URL, {"page": "last", "page_size": 3}).json()["results"][0]["id"] == day[-1].pk
