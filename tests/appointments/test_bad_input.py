"""What cannot be booked, as a program sends it: each its own code and sentence, and nothing is written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments.models import Appointment, AppointmentType, ClosedDay, Occupancy, WorkingHours
from clinic import showing
from clinic.models import Device, Location, Practitioner, Room
from messaging.models import Message
from tests.cast import Cast, api, make_case, make_patient, make_type, open_hours
from tests.pages import browser, save, told
from tests.visits import nz
from tests.world import at, workday

pytestmark = pytest.mark.django_db

NO_230 = "There is no 2:30 am on that day: the clocks go forward over it."


@dataclass(frozen=True)
class Bad:
    """`body` is what is sent instead, `before` what is done to the clinic first; both are given the world of the test.
    `wall` is the time of day that is asked for, where it is not the body that says it."""

    code: str
    sentence: str
    status: int = 422
    field: str | None = "starts_at"
    body: Callable[[Any], dict] = lambda world: {}
    before: Callable[[Any], Any] = lambda world: None
    wall: tuple[int, int] = (10, 0)


def archive(row) -> None:
    type(row).objects.filter(pk=row.pk).update(archived_at=timezone.now())


def starting(text: str) -> Callable[[Any], dict]:
    return lambda world: {"starts_at": text}


def in_newtown(world) -> dict:
    return {"room": Room.objects.create(location=Location.objects.create(name="Newtown"), name="Rimu").pk}


INVALID = "Write the time as 2026-09-27T09:00:00+13:00."
NAIVE = "The time needs its offset, such as +13:00: without it, it could be one of two moments."
TABLE = {
    "a time that the clocks leave out, with the offset before": Bad(
        "nonexistent_local_time", NO_230, body=starting("2026-09-27T02:30:00+12:00")
    ),
    "a time that the clocks leave out, with the offset after": Bad(
        "nonexistent_local_time", NO_230, body=starting("2026-09-27T02:30:00+13:00")
    ),
    "no offset": Bad("naive_datetime", NAIVE, 400, body=starting("2026-11-30T10:00:00")),
    "a day instead of a time": Bad("naive_datetime", NAIVE, 400, body=starting("2026-11-30")),
    "no time at all": Bad("invalid", INVALID, 400, body=starting("tomorrow at ten")),
    "a day that does not exist": Bad("invalid", INVALID, 400, body=starting("2027-02-30T10:00:00+13:00")),
    "a number": Bad("invalid", INVALID, 400, body=lambda world: {"starts_at": 1793614800}),
    "the past": Bad("in_the_past", "That time has passed.", body=starting("2026-01-05T10:00:00+13:00")),
    "off the five minutes": Bad("off_the_grid", "Appointments start on five-minute lines.", wall=(10, 2)),
    "before opening": Bad("before_opening", "Mere Ngata begins at 9:00 am on that day.", wall=(8, 30)),
    "beyond closing": Bad("outside_hours", "The practitioner does not work then.", wall=(16, 30)),
    "across midnight": Bad("across_midnight", "The visit would go on past midnight.", wall=(23, 30)),
    "into a break": Bad(
        "on_break",
        "Mere Ngata is on a break then.",
        before=lambda world: WorkingHours.objects.update(break_from=time(10), break_until=time(11)),
    ),
    "on a closed day": Bad(
        "closed",
        "The clinic is closed on that day.",
        before=lambda world: ClosedDay.objects.create(location=world.cast.location, day=world.day, name="Staff day"),
    ),
    "a kind without a length": Bad(
        "type_without_segments",
        "This kind of appointment has no length yet.",
        field="appointment_type",
        before=lambda world: world.kind.segments.all().delete(),
    ),
    "a kind that lasts nine hours": Bad(
        "type_too_long",
        "A visit lasts at most eight hours.",
        field="appointment_type",
        before=lambda world: [world.kind.segments.create(position=n, kind="rest", minutes=240) for n in (7, 8)],
    ),
    "a room elsewhere": Bad(
        "room_elsewhere",
        "Rimu is in Newtown, but Mere Ngata works in Te Aro then.",
        field="room",
        body=in_newtown,
    ),
    "a room that does not suit": Bad(
        "room_not_suitable",
        "Kōwhai does not suit this kind of appointment.",
        field="room",
        before=lambda world: world.kind.rooms.set([world.cast.rooms[1]]),
        body=lambda world: {"room": world.cast.rooms[0].pk},
    ),
    "a room that nobody has": Bad(
        "does_not_exist", 'Invalid pk "999999" - object does not exist.', 400, "room", lambda world: {"room": 999999}
    ),
    "no room left": Bad(
        "no_room",
        "This location has no room for it.",
        field="room",
        before=lambda world: Room.objects.update(archived_at=timezone.now()),
    ),
    "no device": Bad(
        "no_device",
        "This location has no device of the kind that is needed.",
        field=None,
        before=lambda world: [
            Device.objects.update(archived_at=timezone.now()),
            AppointmentType.objects.update(needs_device="electro"),
        ],
    ),
    "an archived patient": Bad(
        "patient_archived",
        "This patient is archived. Restore them before booking.",
        field="patient",
        before=lambda world: archive(world.cast.aroha),
    ),
    "an archived practitioner": Bad(
        "practitioner_archived",
        "This practitioner no longer works here.",
        field="practitioner",
        before=lambda world: archive(world.cast.mere),
    ),
    "an archived kind": Bad(
        "type_archived",
        "This kind of appointment is no longer offered.",
        field="appointment_type",
        before=lambda world: archive(world.kind),
    ),
    "an archived room": Bad(
        "room_archived",
        "This room is no longer used.",
        field="room",
        before=lambda world: archive(world.cast.rooms[0]),
        body=lambda world: {"room": world.cast.rooms[0].pk},
    ),
    "a certificate that has run out": Bad(
        "certificate_expired",
        "Mere Ngata's practising certificate runs out on 1 November 2026, before that day.",
        field="practitioner",
        before=lambda world: Practitioner.objects.update(practising_certificate_expires_on=date(2026, 11, 1)),
    ),
    "somebody who does not offer it": Bad(
        "type_not_offered",
        "Mere Ngata does not offer this kind of appointment.",
        field="practitioner",
        before=lambda world: world.kind.practitioners.set([world.cast.wei]),
    ),
    "a case of somebody else": Bad(
        "case_of_another_patient",
        "That case belongs to another patient.",
        field="case",
        body=lambda world: {"case": make_case(make_patient()).pk},
    ),
    "squeezed in without leave": Bad(
        "overlap_not_allowed",
        "Your role does not include squeezing a visit in over another.",
        403,
        None,
        lambda world: {"allow_overlap": True, "overlap_reason": "In pain"},
    ),
}  # fmt: skip


@dataclass
class Clinic:
    cast: Cast
    kind: AppointmentType
    day: date
    body: dict = field(default_factory=dict)


@pytest.fixture
def clinic(cast: Cast) -> Clinic:
    open_hours(cast.mere, cast.location)
    return Clinic(cast, make_type(), workday(5, timezone.now()))


@pytest.mark.parametrize("case", TABLE)
def test_what_cannot_be_booked_says_why_and_writes_nothing(clinic: Clinic, case: str):
    bad, cast = TABLE[case], clinic.cast
    body = {
        "patient": cast.aroha.pk, "practitioner": cast.mere.pk, "appointment_type": clinic.kind.pk,
        "starts_at": at(clinic.day, *bad.wall).isoformat(),
    }  # fmt: skip
    bad.before(clinic)
    body |= bad.body(clinic)
    answer = api(cast.desk).post("/api/v1/appointments/", body)
    said = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (bad.status, "application/problem+json")
    if bad.status == 400:
        assert (said["code"], [entry["code"] for entry in said["errors"]]) == ("invalid", [bad.code])
        assert said["errors"][0]["detail"] == bad.sentence
    else:
        assert (said["code"], said["detail"]) == (bad.code, bad.sentence)
    assert [entry["field"] for entry in said["errors"]] == ([bad.field] if bad.field else [])
    assert [model.objects.count() for model in (Appointment, Occupancy, Message)] == [0, 0, 0]


def test_each_case_of_the_table_has_a_sentence_of_its_own():
    sentences = {(bad.code, bad.sentence) for bad in TABLE.values()}
    assert len({code for code, _ in sentences}) == len(sentences)


@pytest.mark.parametrize(
    ("segments", "status", "code"),
    [
        ([], 400, "empty"),
        ([{"kind": "hands_on", "minutes": 0}], 422, "segment_minutes"),
        ([{"kind": "hands_on", "minutes": 7}], 422, "segment_minutes"),
        ([{"kind": "hands_on", "minutes": 245}], 422, "segment_minutes"),
        ([{"kind": "hands_on", "minutes": -5}], 400, "min_value"),
        ([{"kind": "hands_on", "minutes": 100000}], 400, "max_value"),
        ([{"kind": "hands_on", "minutes": 240}] * 3, 400, "type_too_long"),
    ],
)
def test_a_kind_of_no_length_or_of_a_huge_one_is_not_kept(cast: Cast, segments, status, code):
    answer = api(cast.owner).post("/api/v1/appointment-types/", {"name": "Odd", "segments": segments}, format="json")
    said = answer.json()
    codes = {said["code"], *(entry["code"] for entry in said["errors"])}
    assert (answer.status_code, code in codes, AppointmentType.objects.count()) == (status, True, 0)


@pytest.mark.parametrize("hours", [0, 10, 13])
def test_an_honest_offset_of_anywhere_is_the_time_it_says(clinic: Clinic, hours: int):
    moment = at(clinic.day, 10)
    sent = moment.astimezone(UTC) + timedelta(hours=hours)
    written = f"{sent:%Y-%m-%dT%H:%M:%S}{f'+{hours:02}:00' if hours else 'Z'}"
    body = {"patient": clinic.cast.aroha.pk, "practitioner": clinic.cast.mere.pk, "appointment_type": clinic.kind.pk}
    answer = api(clinic.cast.desk).post("/api/v1/appointments/", body | {"starts_at": written})
    assert (answer.status_code, answer.json()["starts_at"]) == (201, moment.isoformat())


@pytest.mark.parametrize("offset", ["+13:00", "+12:00"])
def test_of_a_time_that_comes_twice_the_offset_says_which(clinic: Clinic, offset: str):
    """Clocks go back from 3:00 am to 2:00 am on 2 April 2028 in Auckland."""
    open_hours(clinic.cast.mere, clinic.cast.location, weekdays=[6], opens=time(0), closes=time(8))
    body = {"patient": clinic.cast.aroha.pk, "practitioner": clinic.cast.mere.pk, "appointment_type": clinic.kind.pk}
    written = f"2028-04-02T02:30:00{offset}"
    answer = api(clinic.cast.desk).post("/api/v1/appointments/", body | {"starts_at": written})
    assert (answer.status_code, answer.json()["starts_at"]) == (201, written)


def on_the_page(clinic: Clinic, day: str, clock: str):
    return save(
        browser(clinic.cast.desk), reverse("admin:appointments_appointment_add"), "appointment_form",
        patient=clinic.cast.aroha.pk, appointment_type=clinic.kind.pk, practitioner=clinic.cast.mere.pk,
        starts_at_0=day, starts_at_1=clock,
    )  # fmt: skip


def test_on_the_page_a_time_that_comes_twice_is_the_first_and_says_so(clinic: Clinic):
    open_hours(clinic.cast.mere, clinic.cast.location, weekdays=[6], opens=time(0), closes=time(8))
    answer = on_the_page(clinic, "2028-04-02", "02:30")
    visit = Appointment.objects.get()
    assert visit.starts_at == nz("2028-04-02 02:30").astimezone(UTC)
    assert "2:30 am (first)" in showing.when(visit.starts_at, visit.location.zone)
    assert "2:30 am (second)" in showing.when(visit.starts_at + timedelta(hours=1), visit.location.zone)
    assert told(browser(clinic.cast.desk).get(answer.url)) == []


def test_on_the_page_a_time_that_the_clocks_leave_out_is_refused_beside_its_field(clinic: Clinic):
    page = on_the_page(clinic, "2027-09-26", "02:30")
    assert page.context["adminform"].form.errors == {"starts_at": [NO_230]}
    assert Appointment.objects.count() == 0


def test_on_the_page_nobody_named_is_anybody_who_is_free(clinic: Clinic):
    day = clinic.day
    client = browser(clinic.cast.desk)
    save(
        client, reverse("admin:appointments_appointment_add"), "appointment_form", patient=clinic.cast.aroha.pk,
        appointment_type=clinic.kind.pk, practitioner="", starts_at_0=f"{day}", starts_at_1="10:00",
    )  # fmt: skip
    assert Appointment.objects.get().practitioner == clinic.cast.mere
