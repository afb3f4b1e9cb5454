"""Squeezing in: who may, what can be shared, and that a shared time is never without a guard."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from appointments import attending, booking, sharing
from appointments.hours import resting
from appointments.models import Appointment, Occupancy
from appointments.searching.finding import Rejected, Wish, find
from clinic.errors import Conflict, NotAllowed, Refusal
from clinic.models import Role
from clinic.permissions import Permission
from tests.cast import Cast, api, make_patient, make_type, open_hours
from tests.pages import browser
from tests.rivals import at_once
from tests.visits import AUCKLAND, nz
from tests.world import at, workday

pytestmark = pytest.mark.django_db

NOW = nz("2026-11-02 08:00")  # a Monday
TUESDAY = "2026-11-03"
UNGUARDED = """
    SELECT count(*) FROM appointments_occupancy shared WHERE shared.squeezed AND NOT tstzmultirange(shared.during) <@
    coalesce((SELECT range_agg(firm.during) FROM appointments_occupancy firm
        WHERE NOT firm.squeezed AND firm.appointment_id <> shared.appointment_id
        AND firm.resource_kind = shared.resource_kind AND firm.resource_id = shared.resource_id), '{}')
"""


def unguarded() -> int:
    """The shared stretches into which somebody could be booked as if nobody were there."""
    with connection.cursor() as cursor:
        cursor.execute(UNGUARDED)
        return cursor.fetchone()[0]


@pytest.fixture
def clinic(transactional_db_if_needed, cast: Cast) -> Cast:
    open_hours(cast.mere, cast.location)
    open_hours(cast.wei, cast.location)
    return cast


@pytest.fixture
def transactional_db_if_needed(request):
    if request.node.get_closest_marker("django_db").kwargs.get("transaction"):
        request.getfixturevalue("transactional_db")


@pytest.fixture
def kind(clinic: Cast):
    return make_type("Half hour", segments=(("hands_on", 30),))


def book(cast: Cast, kind, when: str, **fields) -> Appointment:
    defaults = {"patient": make_patient(), "practitioner": cast.mere, "by": cast.desk, "now": NOW}
    return booking.book(**(defaults | {"appointment_type": kind, "starts_at": nz(f"{TUESDAY} {when}")} | fields))


def squeeze(cast: Cast, kind, when: str, **fields) -> Appointment:
    return book(cast, kind, when, **({"by": cast.owner, "allow_overlap": True, "overlap_reason": "In pain"} | fields))


def cancel(cast: Cast, visit: Appointment) -> None:
    attending.cancel(appointment=visit, reason="patient", by=cast.desk, now=NOW)


def taken(visit: Appointment, resource: str = "practitioner") -> list[tuple[str, str, bool]]:
    rows = Occupancy.objects.filter(appointment=visit, resource_kind=resource).order_by("during")
    return [
        (*(f"{moment.astimezone(AUCKLAND):%H:%M}" for moment in (row.during.lower, row.during.upper)), row.squeezed)
        for row in rows
    ]


def test_only_the_stretch_that_overlaps_is_shared_and_the_rest_is_held_firmly(clinic: Cast, kind):
    first = book(clinic, kind, "10:00")
    second = squeeze(clinic, kind, "10:15")
    assert (second.overlap_reason, second.room) == ("In pain", clinic.rooms[1])
    assert taken(first) == [("10:00", "10:30", False)]
    assert taken(second) == [("10:15", "10:30", True), ("10:30", "10:45", False)]
    assert taken(second, "room") == [("10:15", "10:45", False)]
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, "10:40", room=clinic.rooms[2])
    assert {conflict["appointment"] for conflict in refused.value.extra["conflicts"]} == {second.pk}


def test_a_room_that_is_named_is_shared_as_well(clinic: Cast, kind):
    book(clinic, kind, "10:00", room=clinic.rooms[0], practitioner=clinic.wei)
    second = squeeze(clinic, kind, "10:15", room=clinic.rooms[0])
    assert (taken(second), taken(second, "room")) == (
        [("10:15", "10:45", False)],
        [("10:15", "10:30", True), ("10:30", "10:45", False)],
    )


def test_where_there_is_another_way_nothing_is_shared_and_no_reason_is_kept(clinic: Cast, kind):
    visit = squeeze(clinic, kind, "10:00")
    assert (visit.overlap_reason, taken(visit)) == ("", [("10:00", "10:30", False)])
    other = squeeze(clinic, kind, "10:00", practitioner=None)
    assert (other.practitioner, other.overlap_reason) == (clinic.wei, "")
    third = squeeze(clinic, kind, "10:00", practitioner=None)
    assert (third.practitioner, third.overlap_reason) == (clinic.mere, "In pain")


def test_a_patient_a_device_and_time_off_are_never_shared(clinic: Cast, kind):
    electro = make_type("Electro", segments=(("hands_on", 30),), needs_device="electro")
    first = book(clinic, electro, "10:00")
    with pytest.raises(Conflict) as refused:
        squeeze(clinic, kind, "10:15", patient=first.patient)
    assert {conflict["resource_kind"] for conflict in refused.value.extra["conflicts"]} == {"patient"}
    with pytest.raises(Conflict) as refused:
        squeeze(clinic, electro, "10:15")
    assert {conflict["resource_kind"] for conflict in refused.value.extra["conflicts"]} == {"device"}
    resting.take(
        practitioner=clinic.mere, starts_at=nz(f"{TUESDAY} 13:00"), ends_at=nz(f"{TUESDAY} 15:00"), by=clinic.desk,
        now=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        squeeze(clinic, kind, "14:00")
    assert [conflict["appointment"] for conflict in refused.value.extra["conflicts"]] == [None]
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("resource", ["patient", "device"])
def test_the_database_lets_no_patient_and_no_device_be_shared(clinic: Cast, kind, resource: str):
    visit = book(clinic, kind, "10:00")
    with pytest.raises(IntegrityError, match="occupancy_shared_by_visits"), transaction.atomic():
        Occupancy.objects.create(
            resource_kind=resource, resource_id=1, appointment=visit, squeezed=True,
            during=visit.occupancies.first().during,
        )  # fmt: skip


def test_squeezing_in_needs_the_permission_and_a_reason(clinic: Cast, kind):
    book(clinic, kind, "10:00")
    with pytest.raises(NotAllowed) as refused:
        squeeze(clinic, kind, "10:00", by=clinic.desk)
    assert (refused.value.code, refused.value.status) == ("overlap_not_allowed", 403)
    with pytest.raises(Refusal) as refused:
        squeeze(clinic, kind, "10:00", overlap_reason=" ")
    assert (refused.value.code, refused.value.status) == ("overlap_reason_missing", 422)
    assert Appointment.objects.count() == 1


def test_the_first_roles_that_may_are_the_owner_and_the_practitioner(clinic: Cast):
    for user in (clinic.owner, clinic.practitioner, clinic.desk, clinic.billing):
        assert user.may(Permission.SQUEEZE_IN) == (user in {clinic.owner, clinic.practitioner})
    assert Role.objects.filter(permissions__contains=["squeeze_in"]).count() == 2


def test_when_the_visit_beneath_goes_the_one_above_holds_its_time_alone(clinic: Cast, kind):
    first = book(clinic, kind, "10:00")
    second = squeeze(clinic, kind, "10:15")
    cancel(clinic, first)
    assert taken(second) == [("10:15", "10:30", False), ("10:30", "10:45", False)]
    with pytest.raises(Conflict):
        book(clinic, kind, "10:00")
    assert book(clinic, kind, "09:45").pk


def test_of_two_that_were_squeezed_in_the_earlier_guards_the_later(clinic: Cast, kind):
    first = book(clinic, kind, "10:00")
    second, third = squeeze(clinic, kind, "10:15"), squeeze(clinic, kind, "10:20")
    assert taken(third) == [("10:20", "10:45", True), ("10:45", "10:50", False)]
    booking.move(appointment=first, starts_at=nz(f"{TUESDAY} 14:00"), by=clinic.desk, now=NOW)
    assert taken(second) == [("10:15", "10:30", False), ("10:30", "10:45", False)]
    assert (taken(third)[-1], unguarded()) == (("10:45", "10:50", False), 0)
    assert all(squeezed for _, _, squeezed in taken(third)[:-1])
    cancel(clinic, second)
    assert [squeezed for _, _, squeezed in taken(third)] == [False] * len(taken(third))


def test_a_visit_that_is_moved_to_where_it_is_alone_is_no_longer_squeezed_in(clinic: Cast, kind):
    book(clinic, kind, "10:00")
    visit = squeeze(clinic, kind, "10:15")
    moved = booking.move(appointment=visit, starts_at=nz(f"{TUESDAY} 11:00"), by=clinic.desk, now=NOW)
    assert (moved.overlap_reason, taken(moved)) == ("", [("11:00", "11:30", False)])
    with pytest.raises(Conflict):
        booking.move(appointment=visit, starts_at=nz(f"{TUESDAY} 10:15"), by=clinic.desk, now=NOW)
    again = booking.move(
        appointment=visit, starts_at=nz(f"{TUESDAY} 10:10"), allow_overlap=True, overlap_reason="Late bus",
        by=clinic.practitioner, now=NOW,
    )  # fmt: skip
    assert (again.overlap_reason, taken(again)) == ("Late bus", [("10:10", "10:30", True), ("10:30", "10:40", False)])


def test_undoing_a_cancellation_shares_the_time_again_for_who_may(clinic: Cast, kind):
    first, visit = book(clinic, kind, "10:00"), squeeze(clinic, kind, "10:15")
    cancel(clinic, visit)
    visit.refresh_from_db()
    with pytest.raises(Conflict):
        attending.undo(appointment=visit, by=clinic.desk, now=NOW)
    attending.undo(appointment=visit, by=clinic.owner, now=NOW)
    assert taken(visit) == [("10:15", "10:30", True), ("10:30", "10:45", False)]
    cancel(clinic, visit)
    cancel(clinic, first)
    assert attending.undo(appointment=visit, by=clinic.desk, now=NOW).overlap_reason == ""
    assert taken(visit) == [("10:15", "10:45", False)]


def test_the_search_takes_a_shared_time_as_taken_and_time_off_is_refused_over_it(clinic: Cast, kind):
    first, second = book(clinic, kind, "10:00"), squeeze(clinic, kind, "10:00")
    wish = Wish(
        appointment_type=kind, from_on=first.starts_at.astimezone(AUCKLAND).date(),
        to_on=first.starts_at.astimezone(AUCKLAND).date(), practitioner=clinic.mere, moving_id=first.pk,
    )  # fmt: skip
    why = {row.starts_at: row.reasons for row in find(wish, now=NOW, explain=True) if isinstance(row, Rejected)}
    assert why[nz(f"{TUESDAY} 10:00")] == ["practitioner_busy"]
    with pytest.raises(Conflict) as refused:
        resting.take(
            practitioner=clinic.mere, starts_at=nz(f"{TUESDAY} 09:00"), ends_at=nz(f"{TUESDAY} 11:00"),
            by=clinic.desk, now=NOW,
        )  # fmt: skip
    assert {conflict["appointment"] for conflict in refused.value.extra["conflicts"]} == {first.pk, second.pk}


def test_squeezing_in_over_http_is_on_record_with_who_and_why(clinic: Cast, kind):
    day = workday(3, timezone.now())
    body = {
        "practitioner": clinic.mere.pk, "appointment_type": kind.pk, "starts_at": at(day, 10).isoformat(),
    }  # fmt: skip
    assert api(clinic.desk).post("/api/v1/appointments/", body | {"patient": make_patient().pk}).status_code == 201
    body |= {"patient": clinic.aroha.pk, "allow_overlap": True, "overlap_reason": "In pain"}
    refused = api(clinic.desk).post("/api/v1/appointments/", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "overlap_not_allowed")
    client = api(clinic.practitioner)
    silent = client.post("/api/v1/appointments/", body | {"overlap_reason": ""})
    assert (silent.status_code, silent.json()["code"]) == (422, "overlap_reason_missing")
    done = client.post("/api/v1/appointments/", body)
    assert (done.status_code, done.json()["overlap_reason"]) == (201, "In pain")
    place = f"/api/v1/appointments/{done.json()['id']}/"
    [entry] = client.get(f"{place}history/").json()
    assert (entry["overlap_reason"], entry["by"]) == ("In pain", str(clinic.practitioner))
    over = {"starts_at": at(day, 10, 5).isoformat(), "allow_overlap": True, "overlap_reason": "Late bus"}
    assert api(clinic.desk).post(f"{place}move/", over).json()["code"] == "overlap_not_allowed"
    assert client.post(f"{place}move/", over).json()["overlap_reason"] == "Late bus"


def test_a_visit_is_squeezed_in_from_its_page_which_then_says_why(clinic: Cast, kind):
    day = workday(3, timezone.now())
    now = timezone.now()
    for hour in (10, 14):
        visit = book(clinic, kind, "10:00", starts_at=at(day, hour), now=now)
    place = reverse("admin:appointments_appointment_change", args=[visit.pk])
    assert "Squeeze in" not in [act["label"] for act in browser(clinic.desk).get(place).context["acts"]]
    body = {"starts_at_0": f"{day}", "starts_at_1": "10:15", "practitioner": clinic.mere.pk}
    client = browser(clinic.owner)
    client.post(
        reverse("admin:appointments_appointment_act", args=[visit.pk, "squeeze-in"]),
        body | {"overlap_reason": "In pain"},
    )
    page = client.get(place).content.decode()
    assert ("Squeezed in because" in page, "In pain" in page) == (True, True)


def firm_overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM appointments_occupancy one JOIN appointments_occupancy other ON one.id < other.id "
            "AND one.resource_kind = other.resource_kind AND one.resource_id = other.resource_id "
            "AND one.during && other.during AND NOT one.squeezed AND NOT other.squeezed"
        )
        return cursor.fetchone()[0]


def spans_held() -> set[tuple]:
    """Each owner's time by resource, its neighbouring rows joined."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT appointment_id, resource_kind, resource_id, unnest(range_agg(during)) FROM appointments_occupancy "
            "GROUP BY 1, 2, 3"
        )
        return {(*row[:3], row[3].lower, row[3].upper) for row in cursor.fetchall()}


@pytest.mark.parametrize("seed", [5, 26, 2026])
def test_after_any_sequence_of_acts_nothing_overlaps_but_what_was_squeezed_in_and_that_is_guarded(
    clinic: Cast, kind, seed: int
):
    chance = random.Random(seed)
    kinds = [kind, make_type(), make_type("Wide", segments=(("hands_on", 20),), buffer_after_minutes=10)]
    patients = [make_patient() for _ in range(5)]
    shared = 0
    for _ in range(60):
        visits, allow = list(Appointment.objects.all()), chance.random() < 0.6
        over = {"allow_overlap": allow, "overlap_reason": "Why not" if allow else "", "by": clinic.owner, "now": NOW}
        starts_at = nz(f"{TUESDAY} 10:00") + timedelta(minutes=5 * chance.randrange(24))
        act = chance.choice(["book", "book", "move", "cancel", "undo"]) if visits else "book"
        try:
            if act == "book":
                booking.book(
                    patient=chance.choice(patients), practitioner=chance.choice([clinic.mere, clinic.wei]),
                    appointment_type=chance.choice(kinds), room=chance.choice([None, clinic.rooms[0]]),
                    starts_at=starts_at, **over,
                )  # fmt: skip
            elif act == "move":
                booking.move(appointment=chance.choice(visits), starts_at=starts_at, **over)
            elif act == "cancel":
                cancel(clinic, chance.choice(visits))
            else:
                attending.undo(appointment=chance.choice(visits), by=clinic.owner, now=NOW)
        except Refusal:
            pass
        assert (firm_overlaps(), unguarded()) == (0, 0)
        shared = max(shared, Occupancy.objects.filter(squeezed=True).count())
    held = spans_held()
    for visit in Appointment.objects.live():
        assert (visit.pk, "patient", visit.patient_id, visit.starts_at, visit.ends_at) in held
    live = set(Appointment.objects.live().values_list("pk", flat=True))
    assert {row[0] for row in held} == live
    assert shared > 2


def slips_in(clinic: Cast, kind) -> tuple[list[object], Appointment]:
    """One squeezes in and has not committed; the visit beneath is cancelled meanwhile, and a third books."""
    squeezed, booked = threading.Event(), threading.Event()
    now, starts_at = timezone.now(), at(workday(3, timezone.now()), 10)
    beneath = booking.book(
        patient=make_patient(), practitioner=clinic.mere, appointment_type=kind, starts_at=starts_at,
        room=clinic.rooms[0], by=clinic.desk, now=now,
    )  # fmt: skip
    patients = [make_patient(), make_patient()]

    def above():
        with transaction.atomic():
            visit = booking.book(
                patient=patients[0], practitioner=clinic.mere, appointment_type=kind, starts_at=starts_at,
                room=clinic.rooms[0], allow_overlap=True, overlap_reason="In pain", by=clinic.owner, now=now,
            )  # fmt: skip
            squeezed.set()
            booked.wait(timeout=1.5)
        return visit

    def third():
        squeezed.wait(timeout=10)
        canceller = threading.Thread(target=lambda: at_once([cancelled]))
        canceller.start()
        canceller.join(timeout=0.7)
        try:
            return booking.book(
                patient=patients[1], practitioner=clinic.mere, appointment_type=kind, starts_at=starts_at,
                room=clinic.rooms[0], by=clinic.desk, now=now,
            )  # fmt: skip
        finally:
            booked.set()
            canceller.join(timeout=10)

    def cancelled():
        attending.cancel(appointment=beneath, reason="patient", by=clinic.desk, now=now)

    return at_once([above, third]), beneath


@pytest.mark.django_db(transaction=True)
def test_while_one_squeezes_in_the_visit_beneath_stays_until_both_are_safe(clinic: Cast, kind):
    (above, third), beneath = slips_in(clinic, kind)
    assert (above.overlap_reason, third.code) == ("In pain", "slot_taken")
    beneath.refresh_from_db()
    assert (beneath.status, unguarded(), firm_overlaps()) == ("cancelled", 0, 0)
    assert not Occupancy.objects.filter(squeezed=True).exists()


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_somebody_slips_in_under_the_squeezed_one(clinic: Cast, kind, monkeypatch):
    monkeypatch.setattr(sharing, "_lock", lambda function, name: None)
    (above, third), _ = slips_in(clinic, kind)
    assert (above.overlap_reason, third.overlap_reason) == ("In pain", "")
    assert Occupancy.objects.filter(appointment=above, squeezed=True).count() == 2
