"""Buffers, ages, new and known patients, rooms that suit, who offers it, and anybody who is free."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from appointments import attending, booking
from appointments.limits import refuse_untimely
from appointments.models import Appointment, AppointmentType, Occupancy, WorkingHours
from appointments.searching.finding import Rejected, Slot, Wish, find
from clinic.errors import Conflict, Refusal
from patients.ages import age_on, birthday
from tests.cast import Cast, api, make_patient, make_type, open_hours
from tests.visits import AUCKLAND, nz

pytestmark = pytest.mark.django_db

NOW = nz("2026-11-02 08:00")  # a Monday
TUESDAY = date(2026, 11, 3)


@pytest.fixture
def clinic(cast: Cast) -> Cast:
    open_hours(cast.mere, cast.location)
    open_hours(cast.wei, cast.location)
    return cast


def book(cast: Cast, kind, when: str, **fields) -> Appointment:
    defaults = {"patient": cast.aroha, "practitioner": cast.mere, "by": cast.desk, "now": NOW}
    return booking.book(**(defaults | {"appointment_type": kind, "starts_at": nz(f"{TUESDAY} {when}")} | fields))


def found(kind, **wish) -> tuple[list[str], dict[str, list[str]]]:
    """Of Tuesday, the starts on the wall that are offered, and why the others are not."""
    rows = list(find(Wish(appointment_type=kind, from_on=TUESDAY, to_on=TUESDAY, **wish), now=NOW, explain=True))
    offered = sorted(f"{row.starts_at.astimezone(AUCKLAND):%H:%M}" for row in rows if isinstance(row, Slot))
    refused = {f"{row.starts_at.astimezone(AUCKLAND):%H:%M}": row.reasons for row in rows if isinstance(row, Rejected)}
    return offered, refused


def taken(visit: Appointment) -> list[tuple[str, str, str]]:
    rows = Occupancy.objects.filter(appointment=visit).order_by("resource_kind", "during")
    return [
        (
            row.resource_kind,
            *(f"{moment.astimezone(AUCKLAND):%H:%M}" for moment in (row.during.lower, row.during.upper)),
        )
        for row in rows
    ]


# Buffers


def test_in_the_buffers_room_and_practitioner_are_taken_and_the_patient_and_the_device_are_not(clinic: Cast):
    kind = make_type("Moxa", needs_device="electro", buffer_before_minutes=5, buffer_after_minutes=15)
    assert taken(book(clinic, kind, "10:00")) == [
        ("device", "10:00", "10:50"),
        ("patient", "10:00", "10:50"),
        ("practitioner", "09:55", "10:15"),
        ("practitioner", "10:40", "11:05"),
        ("room", "09:55", "11:05"),
    ]


def test_a_buffer_beside_rest_is_a_stretch_of_its_own(clinic: Cast):
    kind = make_type("Rest", segments=(("rest", 30),), buffer_before_minutes=5, buffer_after_minutes=10)
    visit = book(clinic, kind, "10:00")
    assert [row[1:] for row in taken(visit) if row[0] == "practitioner"] == [("09:55", "10:00"), ("10:30", "10:40")]


def test_a_visit_lies_within_the_hours_and_its_buffers_may_reach_beyond_them(clinic: Cast):
    kind = make_type("Wide", segments=(("hands_on", 60),), buffer_before_minutes=30, buffer_after_minutes=30)
    offered, _ = found(kind, practitioner=clinic.mere)
    assert (offered[0], offered[-1]) == ("09:00", "16:00")
    first, last = book(clinic, kind, "09:00"), book(clinic, kind, "16:00", patient=make_patient())
    assert (taken(first)[-1], taken(last)[-1]) == (("room", "08:30", "10:30"), ("room", "15:30", "17:30"))
    assert found(kind, practitioner=clinic.mere)[0] == ["11:00", "11:15", "11:30", "11:45", *[
        f"{hour}:{minute}" for hour in (12, 13) for minute in ("00", "15", "30", "45")
    ], "14:00"]  # fmt: skip


def test_a_buffer_of_another_visit_is_in_the_way_and_is_named(clinic: Cast):
    first = book(clinic, make_type("Wide", segments=(("hands_on", 60),), buffer_after_minutes=30), "09:00")
    with pytest.raises(Conflict) as refused:
        book(clinic, make_type("Short", segments=(("hands_on", 30),)), "10:15", patient=make_patient())
    assert refused.value.code == "slot_taken"
    assert {conflict["appointment"] for conflict in refused.value.extra["conflicts"]} == {first.pk}


# Who may have it


def test_the_age_is_that_of_the_local_day_of_the_visit(clinic: Cast):
    """Midnight in Wellington is noon in Greenwich: a date taken from UTC would be the day before."""
    child = make_patient(date_of_birth=date(2010, 11, 3))
    kind = make_type("Adults", min_age=16)
    assert book(clinic, kind, "09:00", patient=child).pk
    late = make_patient(date_of_birth=date(2010, 11, 4))
    with pytest.raises(Refusal) as refused:
        book(clinic, kind, "11:00", patient=late)
    assert refused.value.code == "patient_too_young"
    assert refused.value.detail == "This kind of appointment is for patients of 16 years and older."
    children = make_type("Children", max_age=15)
    assert book(clinic, children, "13:00", patient=late).pk
    with pytest.raises(Refusal) as refused:
        book(clinic, children, "15:00", patient=child)
    assert refused.value.code == "patient_too_old"


def test_the_search_leaves_out_the_days_before_a_birthday_and_after_one(clinic: Cast):
    patient = make_patient(date_of_birth=date(2010, 11, 4))
    days = {"from_on": date(2026, 11, 3), "to_on": date(2026, 11, 5), "practitioner": clinic.mere}
    for kind, days_offered, code in (
        (make_type("Adults", min_age=16), {4, 5}, "patient_too_young"),
        (make_type("Children", max_age=15), {3}, "patient_too_old"),
    ):
        rows = list(find(Wish(appointment_type=kind, patient_id=patient.pk, **days), now=NOW, explain=True))
        offered = {row.starts_at.astimezone(AUCKLAND).day for row in rows if isinstance(row, Slot)}
        assert offered == days_offered
        refused = {row.starts_at.astimezone(AUCKLAND).day for row in rows if getattr(row, "reasons", []) == [code]}
        assert refused == {3, 4, 5} - days_offered


@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2000, 2, 29), date(2028, 2, 29), 28),
        (date(2010, 11, 3), date(2026, 11, 2), 15),
        (date(2010, 11, 3), date(2026, 11, 3), 16),
    ],
)
def test_a_birthday_is_the_first_day_of_an_age(born_on: date, day: date, age: int):
    assert age_on(day, born_on) == age
    assert birthday(born_on, age) <= day < birthday(born_on, age + 1)


def test_a_first_visit_is_for_who_has_none_and_a_known_patient_may_move_theirs(clinic: Cast):
    first, later = make_type("First", open_to="new"), make_type("Later", open_to="known")
    assert found(later, patient_id=clinic.aroha.pk)[1]["09:00"] == ["known_patients_only"]
    visit = book(clinic, first, "09:00")
    assert book(clinic, later, "11:00").pk
    assert found(first, patient_id=clinic.aroha.pk)[1]["14:00"] == ["new_patients_only"]
    with pytest.raises(Refusal) as refused:
        book(clinic, first, "14:00")
    assert refused.value.code == "new_patients_only"
    assert nz(f"{TUESDAY} 14:00") in {
        slot.starts_at
        for slot in find(
            Wish(
                appointment_type=first, from_on=TUESDAY, to_on=TUESDAY, patient_id=clinic.aroha.pk, moving_id=visit.pk
            ),
            now=NOW,
        )
    }
    assert booking.move(appointment=visit, starts_at=nz(f"{TUESDAY} 14:00"), by=clinic.desk, now=NOW).pk == visit.pk


def test_who_cancelled_or_stayed_away_is_still_new(clinic: Cast):
    first = make_type("First", open_to="new")
    attending.cancel(appointment=book(clinic, first, "09:00"), reason="patient", by=clinic.desk, now=NOW)
    attending.step("miss", appointment=book(clinic, first, "09:00"), by=clinic.desk, now=NOW)
    assert book(clinic, first, "09:00").pk


def test_only_who_offers_it_is_searched_booked_and_moved_to(clinic: Cast):
    kind = make_type("Cupping")
    kind.practitioners.set([clinic.mere])
    assert found(kind, practitioner=clinic.wei)[1]["09:00"] == ["type_not_offered"]
    assert {
        row.practitioner for row in find(Wish(appointment_type=kind, from_on=TUESDAY, to_on=TUESDAY), now=NOW)
    } == {clinic.mere}
    visit = book(clinic, kind, "09:00")
    with pytest.raises(Refusal) as refused:
        booking.move(
            appointment=visit, starts_at=visit.starts_at, practitioner=clinic.wei, by=clinic.desk, now=NOW
        )  # fmt: skip
    assert refused.value.code == "type_not_offered"
    assert refused.value.detail == "Wei Chen does not offer this kind of appointment."


def test_only_rooms_that_suit_are_chosen_and_when_they_are_taken_there_is_none(clinic: Cast):
    kind = make_type("Moxa")
    kind.rooms.set([clinic.rooms[1]])
    assert book(clinic, kind, "09:00").room == clinic.rooms[1]
    assert "no_room" in found(kind)[1]["09:00"]
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, "09:00", patient=make_patient(), practitioner=clinic.wei)
    assert refused.value.detail == "That time has just been taken: the room is in use."
    clinic.rooms[1].archived_at = NOW
    clinic.rooms[1].save()
    with pytest.raises(Refusal) as refused:
        book(clinic, kind, "14:00")
    assert refused.value.code == "no_room"


def test_the_desk_books_within_the_notice_and_who_books_online_does_not(clinic: Cast):
    kind = make_type("Planned", min_notice_minutes=2880, horizon_days=30)
    assert book(clinic, kind, "09:00").pk
    for starts_at, code, sentence in (
        (NOW + timedelta(hours=47), "notice_too_short", "at least 2 days before it begins."),
        (NOW + timedelta(days=31), "past_horizon", "up to 30 days before."),
    ):
        with pytest.raises(Refusal) as refused:
            refuse_untimely(kind, starts_at, now=NOW)
        assert (refused.value.code, refused.value.detail.endswith(sentence)) == (code, True)
    assert refuse_untimely(kind, NOW + timedelta(days=30), now=NOW) is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"buffer_before_minutes": 3}, "buffer_minutes"),
        ({"buffer_after_minutes": 65}, "buffer_minutes"),
        ({"min_age": 40, "max_age": 39}, "ages_reversed"),
        ({"max_age": 131}, "age_implausible"),
    ],
)
def test_limits_that_make_no_sense_are_refused(clinic: Cast, fields, code):
    body = {"name": "Odd", "segments": [{"kind": "hands_on", "minutes": 30}], **fields}
    answer = api(clinic.owner).post("/api/v1/appointment-types/", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert AppointmentType.objects.count() == 0


def test_a_kind_for_patients_who_are_neither_new_nor_known_is_refused(db):
    with pytest.raises(ValidationError) as refused:
        AppointmentType(name="Odd", open_to="few").validate_constraints()
    assert [error.code for error in refused.value.error_dict["__all__"]] == ["open_to_unknown"]


def test_the_api_keeps_who_offers_it_and_where(clinic: Cast):
    body = {
        "name": "Moxa", "segments": [{"kind": "hands_on", "minutes": 30}], "practitioners": [clinic.wei.pk],
        "rooms": [clinic.rooms[1].pk], "buffer_after_minutes": 10, "min_age": 18, "open_to": "known",
    }  # fmt: skip
    made = api(clinic.owner).post("/api/v1/appointment-types/", body, format="json")
    assert made.status_code == 201, made.json()
    assert {name: made.json()[name] for name in body if name != "segments"} == {
        name: value for name, value in body.items() if name != "segments"
    }


# Breaks


def test_nobody_is_booked_into_a_break_and_the_search_says_so(clinic: Cast):
    WorkingHours.objects.filter(practitioner=clinic.mere).update(break_from=time(12, 30), break_until=time(13))
    kind = make_type("Hour", segments=(("hands_on", 60),), buffer_after_minutes=15)
    offered, refused = found(kind, practitioner=clinic.mere)
    assert [start for start in offered if "11" <= start < "14"] == ["11:00", "11:15", "11:30", *[
        f"13:{minute}" for minute in ("00", "15", "30", "45")
    ]]  # fmt: skip
    assert (refused["11:45"], refused["12:45"]) == (["on_break"], ["on_break"])
    assert book(clinic, kind, "11:30").pk  # what follows it reaches into the break
    with pytest.raises(Refusal) as refusal:
        book(clinic, kind, "12:45", patient=make_patient())
    assert (refusal.value.code, refusal.value.detail) == ("on_break", "Mere Ngata is on a break then.")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"break_from": "12:00"}, "break_incomplete"),
        ({"break_until": "12:00"}, "break_incomplete"),
        ({"break_from": "13:00", "break_until": "12:00"}, "break_outside_hours"),
        ({"break_from": "08:00", "break_until": "09:30"}, "break_outside_hours"),
        ({"break_from": "16:30", "break_until": "17:30"}, "break_outside_hours"),
    ],
)
def test_a_break_without_an_end_or_outside_the_hours_is_refused(cast: Cast, fields, code):
    body = {
        "practitioner": cast.mere.pk, "location": cast.location.pk, "weekday": 0, "opens": "09:00", "closes": "17:00",
        "valid_from": "2026-01-01", **fields,
    }  # fmt: skip
    answer = api(cast.owner).post("/api/v1/working-hours/", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert WorkingHours.objects.count() == 0


# Anybody


def test_anybody_is_the_first_who_offers_it_works_then_and_is_free(clinic: Cast):
    kind, anybody = make_type(), {"practitioner": None}
    first = book(clinic, kind, "09:00", patient=make_patient(), **anybody)
    second = book(clinic, kind, "09:00", patient=make_patient(), **anybody)
    assert [first.practitioner, second.practitioner] == [clinic.mere, clinic.wei]
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, "09:00", patient=make_patient(), **anybody)
    assert refused.value.detail == "That time has just been taken: nobody who works then is free."
    assert {conflict["appointment"] for conflict in refused.value.extra["conflicts"]} == {first.pk, second.pk}
    kind.practitioners.set([clinic.wei])
    assert book(clinic, kind, "11:00", patient=make_patient(), **anybody).practitioner == clinic.wei


def test_anybody_is_nobody_when_the_patient_has_another_visit_then(clinic: Cast):
    kind = make_type()
    book(clinic, kind, "09:00")
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, "09:00", practitioner=None)
    assert {conflict["resource_kind"] for conflict in refused.value.extra["conflicts"]} >= {"patient"}


def test_anybody_is_refused_with_the_reason_when_nobody_can(clinic: Cast):
    kind = make_type()
    for when, code in (("08:00", "before_opening"), ("18:00", "outside_hours")):
        with pytest.raises(Refusal) as refused:
            book(clinic, kind, when, practitioner=None)
        assert refused.value.code == code
    for who in (clinic.mere, clinic.wei):
        who.archived_at = NOW
        who.save()
    with pytest.raises(Refusal) as refused:
        book(clinic, kind, "10:00", practitioner=None)
    assert refused.value.code == "type_not_offered"
    assert Appointment.objects.count() == 0


def test_anybody_over_http(clinic: Cast):
    day = datetime.now(AUCKLAND).date() + timedelta(days=7)
    day += timedelta(days=(0 - day.weekday()) % 7)
    body = {
        "patient": clinic.aroha.pk,
        "appointment_type": make_type().pk,
        "starts_at": nz(f"{day} 10:00").isoformat(),
    }
    answer = api(clinic.desk).post("/api/v1/appointments/", body)
    assert (answer.status_code, answer.json()["practitioner"]) == (201, clinic.mere.pk)
