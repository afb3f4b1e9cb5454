"""Booking, moving, stepping and taking time off: every refusal, and what stands in the book afterwards."""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from appointments import attending, booking, limits
from appointments.hours import resting
from appointments.models import Appointment, ClosedDay, Occupancy, WorkingHours
from appointments.searching.finding import Rejected, Slot, Wish, find
from appointments.statuses import STEPS, Status, standing
from clinic.errors import Conflict, Refusal
from clinic.models import Device, Location, Room
from tests.cast import Cast, api, make_case, make_patient, make_practitioner, make_type, open_hours
from tests.counting import queries_while_growing
from tests.visits import AUCKLAND, nz
from tests.world import at, workday

pytestmark = pytest.mark.django_db

NOW = nz("2026-11-02 08:00")  # a Monday
TUESDAY = "2026-11-03"


@pytest.fixture
def clinic(cast: Cast) -> Cast:
    open_hours(cast.mere, cast.location)
    open_hours(cast.wei, cast.location)
    return cast


@pytest.fixture
def kind(db):
    return make_type()


def book(cast: Cast, kind, when: str, **fields) -> Appointment:
    defaults = {"patient": cast.aroha, "practitioner": cast.mere, "by": cast.desk, "now": NOW}
    return booking.book(**(defaults | {"appointment_type": kind, "starts_at": nz(when)} | fields))


def taken_by(appointment: Appointment) -> list[tuple]:
    rows = Occupancy.objects.filter(appointment=appointment).order_by("resource_kind", "during")
    return [
        (row.resource_kind, row.resource_id, f"{row.during.lower.astimezone(AUCKLAND):%H:%M}",
         f"{row.during.upper.astimezone(AUCKLAND):%H:%M}")
        for row in rows
    ]  # fmt: skip


def test_a_visit_takes_the_practitioner_while_hands_are_on_and_the_rest_throughout(clinic: Cast, kind):
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    assert (visit.status, visit.location, visit.room) == ("booked", clinic.location, clinic.rooms[0])
    assert visit.ends_at == nz(f"{TUESDAY} 09:50")
    assert taken_by(visit) == [
        ("patient", clinic.aroha.pk, "09:00", "09:50"),
        ("practitioner", clinic.mere.pk, "09:00", "09:15"),
        ("practitioner", clinic.mere.pk, "09:40", "09:50"),
        ("room", clinic.rooms[0].pk, "09:00", "09:50"),
    ]


def test_a_practitioner_interleaves_three_patients_over_three_rooms(clinic: Cast):
    """All three rest at once, each in a room of their own; a fourth finds neither hands nor room."""
    kind = make_type("Short hands", segments=(("hands_on", 10), ("rest", 40), ("hands_on", 5)))
    visits = [book(clinic, kind, f"{TUESDAY} {when}", patient=make_patient()) for when in ("09:00", "09:10", "09:20")]
    assert [visit.room for visit in visits] == clinic.rooms
    assert max(visit.starts_at for visit in visits) < min(visit.ends_at for visit in visits)
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, f"{TUESDAY} 09:05", patient=make_patient())
    assert {conflict["resource_kind"] for conflict in refused.value.extra["conflicts"]} == {"practitioner", "room"}
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, f"{TUESDAY} 09:30", patient=make_patient())
    assert {conflict["resource_kind"] for conflict in refused.value.extra["conflicts"]} == {"room"}
    assert refused.value.detail == "That time has just been taken: the room is in use."


def test_neighbouring_hands_on_segments_are_one_stretch(clinic: Cast):
    visit = book(clinic, make_type("Long", segments=(("hands_on", 30), ("hands_on", 15))), f"{TUESDAY} 09:00")
    assert [row[2:] for row in taken_by(visit) if row[0] == "practitioner"] == [("09:00", "09:45")]


REFUSALS = {
    "patient_archived": lambda cast, kind: cast.aroha.__class__.objects.update(archived_at=NOW),
    "practitioner_archived": lambda cast, kind: cast.mere.__class__.objects.update(archived_at=NOW),
    "type_archived": lambda cast, kind: kind.__class__.objects.update(archived_at=NOW),
    "type_without_segments": lambda cast, kind: kind.segments.all().delete(),
    "certificate_expired": lambda cast, kind: cast.mere.__class__.objects.update(
        practising_certificate_expires_on=date(2026, 11, 2)
    ),
    "closed": lambda cast, kind: ClosedDay.objects.create(location=cast.location, day=date(2026, 11, 3), name="Away"),
    "outside_hours": lambda cast, kind: WorkingHours.objects.all().delete(),
    "no_room": lambda cast, kind: Room.objects.update(archived_at=NOW),
    "no_device": lambda cast, kind: [
        Device.objects.update(archived_at=NOW), kind.__class__.objects.update(needs_device="electro"),
    ],
    "room_archived": lambda cast, kind: Room.objects.update(archived_at=NOW),
    "on_break": lambda cast, kind: WorkingHours.objects.update(break_from=time(10, 30), break_until=time(11)),
    "before_opening": None,
    "across_midnight": None,
    "nonexistent_local_time": None,
    "room_elsewhere": None,
    "type_too_long": lambda cast, kind: kind.segments.create(position=9, kind="rest", minutes=240)
    and kind.segments.create(position=10, kind="rest", minutes=240),
    "type_not_offered": lambda cast, kind: kind.practitioners.set([cast.wei]),
    "room_not_suitable": lambda cast, kind: kind.rooms.set([cast.rooms[1]]),
    "patient_too_young": lambda cast, kind: kind.__class__.objects.update(min_age=43),
    "patient_too_old": lambda cast, kind: kind.__class__.objects.update(max_age=41),
    "known_patients_only": lambda cast, kind: kind.__class__.objects.update(open_to="known"),
    "in_the_past": None,
    "off_the_grid": None,
    "case_of_another_patient": None,
    "case_closed": None,
}  # fmt: skip


@pytest.mark.parametrize("code", REFUSALS)
def test_what_cannot_be_booked_is_refused_by_its_code_and_leaves_nothing(clinic: Cast, kind, code: str):
    fields, when = {}, f"{TUESDAY} 10:00"
    if REFUSALS[code]:
        REFUSALS[code](clinic, kind)
    if code == "room_archived":
        fields["room"] = Room.objects.first()
    elif code == "in_the_past":
        when = "2026-11-02 07:55"
    elif code == "off_the_grid":
        when = f"{TUESDAY} 10:02"
    elif code == "before_opening":
        when = f"{TUESDAY} 08:55"
    elif code == "across_midnight":
        when = f"{TUESDAY} 23:30"
    elif code == "room_elsewhere":
        fields["room"] = Room.objects.create(location=Location.objects.create(name="Newtown"), name="Rimu")
    elif code == "room_not_suitable":
        fields["room"] = clinic.rooms[0]
    elif code == "case_of_another_patient":
        fields["case"] = make_case(make_patient())
    elif code == "case_closed":
        fields["case"] = make_case(clinic.aroha, closed_on=date(2026, 11, 1))
    for row in (clinic.aroha, clinic.mere, kind):
        row.refresh_from_db()
    starts_at = nz(when)
    if code == "nonexistent_local_time":
        starts_at = datetime.fromisoformat("2027-09-26T02:30:00+12:00")
    with pytest.raises(Refusal) as refused:
        book(clinic, kind, when, starts_at=starts_at, **fields)
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert (Appointment.objects.count(), Occupancy.objects.count()) == (0, 0)


def test_each_refusal_of_booking_is_tested():
    rooms = ("booking.py", "placing.py", "hours/working.py")
    source = "".join((Path(settings.BASE_DIR) / "appointments" / name).read_text() for name in rooms)
    codes = set(re.findall(r'(?:Refusal|Conflict)[,(]\s*"(\w+)"', source)) | set(limits.SENTENCES)
    assert codes - limits.OF_THE_HOUR == {*REFUSALS, "new_patients_only", "not_movable"}


def test_a_closed_location_does_not_hide_an_open_one(clinic: Cast, kind):
    newtown = Location.objects.create(name="Newtown")
    there = Room.objects.create(location=newtown, name="Rimu")
    WorkingHours.objects.filter(practitioner=clinic.mere, weekday=1).update(closes=time(12))
    open_hours(clinic.mere, newtown, weekdays=[1], opens=time(13))
    assert book(clinic, kind, f"{TUESDAY} 14:00").room == there
    assert book(clinic, kind, f"{TUESDAY} 09:00").room == clinic.rooms[0]
    newtown.archived_at = NOW
    newtown.save()
    with pytest.raises(Refusal) as refused:
        book(clinic, kind, f"{TUESDAY} 15:00")
    assert refused.value.code == "outside_hours"


def test_hours_that_adjoin_are_one_stretch_and_what_is_offered_can_be_booked(clinic: Cast, kind):
    WorkingHours.objects.filter(practitioner=clinic.mere, weekday=1).update(closes=time(12))
    open_hours(clinic.mere, clinic.location, weekdays=[1], opens=time(12))
    wish = Wish(appointment_type=kind, from_on=date(2026, 11, 3), to_on=date(2026, 11, 3), practitioner=clinic.mere)
    assert nz(f"{TUESDAY} 11:45") in [slot.starts_at for slot in find(wish, now=NOW)]
    assert book(clinic, kind, f"{TUESDAY} 11:45").pk


@pytest.mark.parametrize(
    ("fields", "resource"),
    [
        ({"patient": None}, "practitioner"),
        ({"practitioner": "wei", "patient": None, "room": 0}, "room"),
        ({"practitioner": "wei", "room": 1}, "patient"),
    ],
)
def test_a_conflict_names_what_is_taken_by_which_visit_and_when(clinic: Cast, kind, fields, resource):
    first = book(clinic, kind, f"{TUESDAY} 09:00")
    asked = dict(fields)
    if asked.get("patient", ...) is None:
        asked["patient"] = make_patient()
    if "practitioner" in asked:
        asked["practitioner"] = clinic.wei
    if "room" in asked:
        asked["room"] = clinic.rooms[asked["room"]]
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, f"{TUESDAY} 09:00", **asked)
    conflicts = refused.value.extra["conflicts"]
    assert {conflict["resource_kind"] for conflict in conflicts} == {resource}
    assert {conflict["appointment"] for conflict in conflicts} == {first.pk}
    assert conflicts[0]["starts_at"] == "2026-11-03T09:00:00+13:00"
    assert Appointment.objects.count() == 1


def test_an_electro_visit_takes_a_device_and_the_third_finds_none(clinic: Cast):
    second = Device.objects.create(location=clinic.location, name="Electro 2", kind="electro")
    kind = make_type("Electro", segments=(("rest", 30),), needs_device="electro")
    visits = [book(clinic, kind, f"{TUESDAY} 09:00", patient=make_patient()) for _ in range(2)]
    assert [visit.device for visit in visits] == [clinic.electro, second]
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, f"{TUESDAY} 09:15", patient=make_patient())
    assert {conflict["resource_kind"] for conflict in refused.value.extra["conflicts"]} == {"device"}


def test_moving_keeps_the_id_and_prefers_the_room_and_frees_the_earlier_time(clinic: Cast, kind):
    book(clinic, kind, f"{TUESDAY} 11:00", patient=make_patient(), practitioner=clinic.wei)
    visit = book(clinic, kind, f"{TUESDAY} 09:00", room=clinic.rooms[2])
    moved = booking.move(appointment=visit, starts_at=nz(f"{TUESDAY} 11:00"), by=clinic.desk, now=NOW)
    assert (moved.pk, moved.room, moved.ends_at) == (visit.pk, clinic.rooms[2], nz(f"{TUESDAY} 11:50"))
    assert {row[2] for row in taken_by(moved)} == {"11:00", "11:40"}
    assert book(clinic, kind, f"{TUESDAY} 09:00").pk != visit.pk
    assert Appointment.objects.count() == 3


def test_moving_by_less_than_its_own_length_is_no_conflict_with_itself(clinic: Cast, kind):
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    moved = booking.move(appointment=visit, starts_at=nz(f"{TUESDAY} 09:05"), by=clinic.desk, now=NOW)
    assert moved.starts_at == nz(f"{TUESDAY} 09:05")


def test_moving_to_another_practitioner_and_a_room_in_use_takes_the_next_free_one(clinic: Cast, kind):
    book(clinic, kind, f"{TUESDAY} 13:00", patient=make_patient(), practitioner=clinic.mere)
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    moved = booking.move(
        appointment=visit, starts_at=nz(f"{TUESDAY} 13:00"), practitioner=clinic.wei, by=clinic.desk, now=NOW
    )
    assert (moved.practitioner, moved.room) == (clinic.wei, clinic.rooms[1])


def test_a_move_that_is_refused_leaves_the_visit_where_it_was(clinic: Cast, kind):
    book(clinic, kind, f"{TUESDAY} 11:00", patient=make_patient())
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    before = taken_by(visit)
    for when, code in ((f"{TUESDAY} 11:00", "slot_taken"), (f"{TUESDAY} 20:00", "outside_hours")):
        with pytest.raises(Refusal) as refused:
            booking.move(appointment=visit, starts_at=nz(when), by=clinic.desk, now=NOW)
        assert refused.value.code == code
        visit.refresh_from_db()
        assert visit.starts_at == nz(f"{TUESDAY} 09:00")
        assert taken_by(visit) == before


@pytest.mark.parametrize("status", sorted(set(Status) - {"pending", "booked", "confirmed"}))
def test_only_a_visit_to_come_is_moved(clinic: Cast, kind, status: str):
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    Appointment.objects.filter(pk=visit.pk).update(status=status, cancel_reason="patient")
    with pytest.raises(Conflict) as refused:
        booking.move(appointment=visit, starts_at=nz(f"{TUESDAY} 11:00"), by=clinic.desk, now=NOW)
    assert refused.value.code == "not_movable"


def test_each_step_is_taken_from_its_states_only(clinic: Cast, kind):
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    for name, (origins, target) in STEPS.items():
        for status in Status:
            Appointment.objects.filter(pk=visit.pk).update(
                status=status, cancel_reason="patient", held_until=visit.starts_at if status == "pending" else None
            )
            if status in origins:
                stepped = attending.step(name, appointment=visit, by=clinic.desk, now=NOW)
                assert stepped.status == target
                continue
            with pytest.raises(Conflict) as refused:
                attending.step(name, appointment=visit, by=clinic.desk, now=NOW)
            assert (refused.value.code, refused.value.extra["appointment_status"]) == ("step_not_possible", status)


def test_cancelled_and_missed_visits_own_no_time(clinic: Cast, kind):
    for act in (
        lambda visit: attending.cancel(appointment=visit, reason="patient", by=clinic.desk, now=NOW),
        lambda visit: attending.step("miss", appointment=visit, by=clinic.desk, now=NOW),
    ):
        visit = book(clinic, kind, f"{TUESDAY} 09:00")
        act(visit)
        assert taken_by(visit) == []


def test_undo_walks_back_step_by_step_and_then_stops(clinic: Cast, kind):
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    for name in ("confirm", "arrive", "start"):
        attending.step(name, appointment=visit, by=clinic.desk, now=NOW)
    seen = []
    for _ in range(3):
        seen.append(attending.undo(appointment=visit, by=clinic.desk, now=NOW).status)
    assert seen == ["arrived", "confirmed", "booked"]
    with pytest.raises(Conflict) as refused:
        attending.undo(appointment=visit, by=clinic.desk, now=NOW)
    assert refused.value.code == "nothing_to_undo"
    attending.step("arrive", appointment=visit, by=clinic.desk, now=NOW)
    assert attending.undo(appointment=visit, by=clinic.desk, now=NOW).status == "booked"


def test_undoing_a_cancellation_takes_the_time_again_or_says_who_has_it(clinic: Cast, kind):
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    before = taken_by(visit)
    attending.cancel(appointment=visit, reason="late", note="Rang at nine", by=clinic.desk, now=NOW)
    back = attending.undo(appointment=visit, by=clinic.desk, now=NOW)
    assert (back.status, back.cancel_reason, back.cancel_note, taken_by(visit)) == ("booked", "", "", before)
    attending.cancel(appointment=visit, reason="late", by=clinic.desk, now=NOW)
    rival = book(clinic, kind, f"{TUESDAY} 09:00", patient=make_patient())
    with pytest.raises(Conflict) as refused:
        attending.undo(appointment=visit, by=clinic.desk, now=NOW)
    assert {conflict["appointment"] for conflict in refused.value.extra["conflicts"]} == {rival.pk}
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_what_stands_of_a_trail():
    assert standing(["booked"]) == ["booked"]
    assert standing(["booked", "booked", "confirmed"]) == ["booked", "confirmed"]
    assert standing(["booked", "confirmed", "booked"]) == ["booked"]
    assert standing(["booked", "confirmed", "booked", "arrived", "in_treatment", "arrived"]) == ["booked", "arrived"]


def test_a_type_whose_segments_changed_keeps_the_time_of_visits_in_the_book(clinic: Cast, kind):
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    client = api(clinic.owner)
    client.patch(f"/api/v1/appointment-types/{kind.pk}/", {"segments": [{"kind": "hands_on", "minutes": 20}]})
    attending.cancel(appointment=visit, reason="patient", by=clinic.desk, now=NOW)
    attending.undo(appointment=visit, by=clinic.desk, now=NOW)
    assert [row for row in taken_by(visit) if row[0] == "practitioner"] == [
        ("practitioner", clinic.mere.pk, "09:00", "09:50")
    ]


def test_time_off_is_taken_given_back_and_refuses_what_is_booked(clinic: Cast, kind):
    visit = book(clinic, kind, f"{TUESDAY} 09:00")
    with pytest.raises(Conflict) as refused:
        resting.take(
            practitioner=clinic.mere, starts_at=nz(f"{TUESDAY} 08:00"), ends_at=nz(f"{TUESDAY} 12:00"),
            by=clinic.desk, now=NOW,
        )  # fmt: skip
    assert {conflict["appointment"] for conflict in refused.value.extra["conflicts"]} == {visit.pk}
    off = resting.take(
        practitioner=clinic.mere, starts_at=nz(f"{TUESDAY} 12:00"), ends_at=nz(f"{TUESDAY} 17:00"), reason="Hui",
        by=clinic.desk, now=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, f"{TUESDAY} 13:00", patient=make_patient())
    assert [conflict["appointment"] for conflict in refused.value.extra["conflicts"]] == [None]
    resting.give_back(time_off=off, by=clinic.desk, now=NOW)
    assert book(clinic, kind, f"{TUESDAY} 13:00", patient=make_patient()).pk
    with pytest.raises(Conflict) as refused:
        resting.give_back(time_off=off, by=clinic.desk, now=NOW)
    assert refused.value.code == "already_given_back"


# Searching


def test_every_slot_that_is_offered_can_be_booked_as_it_is(clinic: Cast, kind):
    """Slots are offered one after the other, each booked before the next search, until the week is full."""
    open_kinds = [kind, make_type("First", segments=(("hands_on", 45),))]
    week = {"from_on": date(2026, 11, 3), "to_on": date(2026, 11, 4)}
    booked = 0
    while True:
        of = open_kinds[booked % 2]
        slots = list(find(Wish(appointment_type=of, **week), now=NOW))
        if not slots:
            break
        slot = slots[(booked * 7) % len(slots)]
        visit = booking.book(
            patient=make_patient(), practitioner=slot.practitioner, appointment_type=of, starts_at=slot.starts_at,
            room=Room.objects.get(pk=slot.room), by=clinic.desk, now=NOW,
        )  # fmt: skip
        assert (visit.ends_at, visit.location) == (slot.ends_at, slot.location)
        booked += 1
    assert booked > 20
    assert [slot for slot in find(Wish(appointment_type=open_kinds[1], **week), now=NOW) if booked % 2] == []


@pytest.mark.parametrize("day", ["2026-09-27", "2027-04-04", "2027-09-26", "2028-04-02"])
def test_on_the_day_the_clocks_change_slots_are_at_the_hours_on_the_wall(cast: Cast, kind, day: str):
    open_hours(cast.mere, cast.location, weekdays=[6], opens=time(1), closes=time(5))
    on = date.fromisoformat(day)
    now = nz(f"{day} 00:00") - timedelta(days=3)
    slots = list(find(Wish(appointment_type=kind, from_on=on, to_on=on), now=now))
    walls = [f"{slot.starts_at.astimezone(AUCKLAND):%H:%M}" for slot in slots]
    forward = on.month == 9
    assert walls[0] == "01:00"
    assert walls[-1] == "04:00"
    assert ("02:00" in walls) != forward
    assert walls.count("02:15") == (0 if forward else 2)
    for slot in slots[::3]:
        booking.book(
            patient=make_patient(), practitioner=cast.mere, starts_at=slot.starts_at, by=cast.desk, now=now,
            appointment_type=make_type(f"Rest {slot.starts_at}", segments=(("rest", 5),)),
        )  # fmt: skip


def test_notice_and_horizon_hold_and_explain_says_why(clinic: Cast, kind):
    kind.min_notice_minutes, kind.horizon_days = 24 * 60, 3
    kind.save()
    wish = Wish(appointment_type=kind, from_on=date(2026, 11, 3), to_on=date(2026, 11, 9), practitioner=clinic.mere)
    found = list(find(wish, now=nz("2026-11-02 10:00"), explain=True))
    starts = [entry.starts_at for entry in found if isinstance(entry, Slot)]
    assert min(starts) == nz("2026-11-03 10:00")
    assert max(starts) < nz("2026-11-05 10:00")
    refused = {entry.starts_at: entry.reasons for entry in found if isinstance(entry, Rejected)}
    assert refused[nz("2026-11-03 09:00")] == ["notice_too_short"]
    assert refused[nz("2026-11-03 16:15")] == ["closed"]


def test_a_closed_day_an_expired_certificate_and_an_archived_room_are_not_offered(clinic: Cast, kind):
    ClosedDay.objects.create(location=clinic.location, day=date(2026, 11, 4), name="Away")
    clinic.wei.practising_certificate_expires_on = date(2026, 11, 3)
    clinic.wei.save()
    wish = Wish(appointment_type=kind, from_on=date(2026, 11, 3), to_on=date(2026, 11, 5))
    offered = {(slot.starts_at.astimezone(AUCKLAND).day, slot.practitioner) for slot in find(wish, now=NOW)}
    assert offered == {(3, clinic.mere), (3, clinic.wei), (5, clinic.mere)}
    Room.objects.update(archived_at=NOW)
    assert list(find(wish, now=NOW)) == []


def test_explain_names_the_closed_day_the_certificate_and_the_time_off(clinic: Cast, kind):
    ClosedDay.objects.create(location=clinic.location, day=date(2026, 11, 4), name="Away")
    clinic.wei.practising_certificate_expires_on = date(2026, 11, 3)
    clinic.wei.save()
    resting.take(
        practitioner=clinic.mere, starts_at=nz("2026-11-03 09:00"), ends_at=nz("2026-11-03 10:00"), by=clinic.desk,
        now=NOW,
    )  # fmt: skip
    wish = Wish(appointment_type=kind, from_on=date(2026, 11, 3), to_on=date(2026, 11, 5))
    found = find(wish, now=NOW, explain=True)
    why = {(row.practitioner, row.starts_at): row.reasons for row in found if isinstance(row, Rejected)}
    assert why[clinic.mere, nz("2026-11-03 09:00")] == ["practitioner_away"]
    assert why[clinic.mere, nz("2026-11-04 11:00")] == ["closed"]
    assert why[clinic.wei, nz("2026-11-05 11:00")] == ["certificate_expired"]
    assert (clinic.mere, nz("2026-11-05 11:00")) not in why


def test_a_visit_that_looks_for_another_time_is_not_in_its_own_way(clinic: Cast, kind):
    visit = book(clinic, kind, "2026-11-03 10:00")
    wish = {"appointment_type": kind, "from_on": date(2026, 11, 3), "to_on": date(2026, 11, 3)}
    wish |= {"practitioner": clinic.mere, "patient_id": visit.patient_id}
    offered = {slot.starts_at for slot in find(Wish(**wish), now=NOW)}
    moving = {slot.starts_at for slot in find(Wish(**wish, moving_id=visit.pk), now=NOW)}
    assert nz("2026-11-03 10:00") in moving - offered
    assert booking.move(appointment=visit, starts_at=nz("2026-11-03 10:15"), by=clinic.desk, now=NOW).pk == visit.pk


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (("2026-11-05", "2026-11-03"), "ends_before_it_begins"),
        (("2026-11-01", "2027-02-01"), "too_many_days"),
        (("0001-01-01", "0001-01-02"), "out_of_calendar"),
        (("9999-12-31", "9999-12-31"), "out_of_calendar"),
    ],
)
def test_days_that_cannot_be_searched_are_refused(clinic: Cast, kind, days, code):
    response = api(clinic.desk).get(
        "/api/v1/availability/", {"appointment_type": kind.pk, "from": days[0], "to": days[1]}
    )
    assert (response.status_code, response.json()["code"]) == (422, code)


def test_a_mistyped_parameter_of_the_search_is_refused(clinic: Cast, kind):
    asked = {"appointment_type": kind.pk, "from": TUESDAY, "practicioner": clinic.mere.pk}
    response = api(clinic.desk).get("/api/v1/availability/", asked)
    assert (response.status_code, response.json()["code"]) == (400, "unknown_filter")
    assert response.json()["errors"][0]["field"] == "practicioner"


@pytest.mark.parametrize("name", ["appointment_type", "practitioner", "location", "room"])
def test_a_search_for_what_does_not_exist_is_refused(clinic: Cast, kind, name):
    client, room = api(clinic.desk), clinic.rooms[0]
    asked = {"appointment_type": kind.pk, "from": TUESDAY, "practitioner": clinic.mere.pk, "room": room.pk}
    asked["location"] = clinic.location.pk
    assert client.get("/api/v1/availability/", asked).status_code == 200

    def refusal(number: object) -> tuple[int, list[tuple[str, str]]]:
        answer = client.get("/api/v1/availability/", asked | {name: number})
        return answer.status_code, [(error["field"], error["code"]) for error in answer.json()["errors"]]

    assert refusal(987654321) == refusal("9" * 40) == (400, [(name, "does_not_exist")])
    assert refusal("1.5") == refusal("all") == (400, [(name, "incorrect_type")])
    row = {"appointment_type": kind, "practitioner": clinic.mere, "location": clinic.location, "room": room}[name]
    type(row).objects.filter(pk=row.pk).update(archived_at=timezone.now())
    assert refusal(row.pk) == (400, [(name, "does_not_exist")])


def test_search_and_booking_over_http(clinic: Cast, kind):
    client, day = api(clinic.desk), workday(3, timezone.now())
    asked = {"appointment_type": kind.pk, "from": day.isoformat(), "practitioner": clinic.mere.pk}
    slots = client.get("/api/v1/availability/", asked).json()["slots"]
    assert slots[0]["starts_at"] == at(day, 9).isoformat()
    assert client.get("/api/v1/availability/next/", asked).json()["slots"] == slots[:1]
    body = {
        "patient": clinic.aroha.pk,
        "practitioner": slots[0]["practitioner"],
        "room": slots[0]["room"],
        "appointment_type": kind.pk,
        "starts_at": slots[0]["starts_at"],
    }
    booked = client.post("/api/v1/appointments/", body)
    assert booked.status_code == 201
    assert (booked.json()["starts_at"], booked.json()["ends_at"]) == (slots[0]["starts_at"], slots[0]["ends_at"])
    again = client.post("/api/v1/appointments/", body)
    assert (again.status_code, again.json()["code"]) == (409, "slot_taken")
    assert {conflict["resource_kind"] for conflict in again.json()["conflicts"]} == {"patient", "practitioner", "room"}
    assert {conflict["appointment"] for conflict in again.json()["conflicts"]} == {booked.json()["id"]}
    history = client.get(f"/api/v1/appointments/{booked.json()['id']}/history/").json()
    assert [(entry["status"], entry["by"]) for entry in history] == [("booked", "Dana Reid")]


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        ("2026-11-03T09:00:00", "naive_datetime"),
        ("2026-11-03", "naive_datetime"),
        ("0000-01-01T00:00:00Z", "invalid"),
        ("9999-12-31T23:59:59-12:00", "invalid"),
        ("2026-02-30T09:00:00Z", "invalid"),
        (1793614800, "invalid"),
        (None, "null"),
        ("\x00", "invalid"),
    ],
)
def test_a_time_that_is_none_is_400(clinic: Cast, kind, starts_at, code):
    body = {"patient": clinic.aroha.pk, "practitioner": clinic.mere.pk, "appointment_type": kind.pk}
    response = api(clinic.desk).post("/api/v1/appointments/", body | {"starts_at": starts_at})
    assert response.status_code == 400
    assert [(entry["field"], entry["code"]) for entry in response.json()["errors"]] == [("starts_at", code)]


# What it costs


def test_the_list_of_visits_costs_the_same_for_1_10_and_100(clinic: Cast, kind):
    client = api(clinic.desk)

    def make(n: int) -> None:
        Appointment.objects.create(
            patient=make_patient(), practitioner=clinic.mere, appointment_type=kind, location=clinic.location,
            room=clinic.rooms[0], starts_at=NOW + timedelta(hours=n), ends_at=NOW + timedelta(hours=n, minutes=50),
        )  # fmt: skip

    counts = queries_while_growing(client, "/api/v1/appointments/?page_size=200", make)
    assert len(set(counts)) == 1, counts


def test_the_list_of_types_costs_the_same_for_1_10_and_100(clinic: Cast):
    client = api(clinic.desk)
    counts = queries_while_growing(
        client, "/api/v1/appointment-types/?page_size=200", lambda n: make_type(f"Kind {n}")
    )
    assert len(set(counts)) == 1, counts


@pytest.mark.parametrize("explain", ["0", "1"])
def test_searching_costs_the_same_whatever_is_booked_and_whoever_works(
    clinic: Cast, kind, django_assert_max_num_queries, explain: str
):
    client = api(clinic.desk)
    day = workday(3, timezone.now())
    asked = f"/api/v1/availability/?appointment_type={kind.pk}&from={day}&explain={explain}"
    client.get(asked)
    costs = []
    for _ in range(3):
        with django_assert_max_num_queries(30) as captured:
            assert client.get(asked).status_code == 200
        costs.append(len(captured))
        for number in range(3):
            someone = make_practitioner(f"P{len(costs)}{number}")
            open_hours(someone, clinic.location)
            booking.book(
                patient=make_patient(), practitioner=someone, by=clinic.desk, now=timezone.now(),
                appointment_type=make_type(f"K{len(costs)}{number}", segments=(("rest", 5),)),
                starts_at=at(day, 9 + len(costs) * 2, number * 5),
            )  # fmt: skip
    # The zone, who asks, what the search goes by, what is taken.
    assert costs == [4, 4, 4]


def test_booking_costs_a_fixed_number_of_queries_however_full_the_book_is(
    clinic: Cast, kind, django_assert_max_num_queries
):
    costs = []
    for day in (3, 4, 5, 6):
        with django_assert_max_num_queries(60) as captured:
            book(clinic, kind, f"2026-11-0{day} 09:00", patient=make_patient())
        costs.append(len(captured))
    assert len(set(costs)) == 1, costs
