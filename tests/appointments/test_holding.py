"""Holds: they take their time, run out, and are in nobody's way once they have."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from appointments import attending, booking, holding, reminding
from appointments.hours import resting
from appointments.models import Appointment, Occupancy
from appointments.occupying import SlotTaken
from clinic.errors import Conflict, Refusal, refusal_for
from messaging.models import Message, ReminderRule
from tests.appointments.test_booking import clinic, kind
from tests.appointments.test_races import overlaps, post, strangers
from tests.cast import Cast, api, make_patient
from tests.pages import browser
from tests.rivals import at_once
from tests.visits import make_visit, nz
from tests.world import at, workday

__all__ = ["clinic", "kind"]
pytestmark = pytest.mark.django_db
raced = pytest.mark.django_db(transaction=True)

NOW = nz("2026-11-02 08:00")  # a Monday
TEN = nz("2026-11-03 10:00")
LATER = NOW + timedelta(minutes=16)


def hold(cast: Cast, kind, starts_at=TEN, **fields) -> Appointment:
    asked = {"patient": cast.aroha, "practitioner": cast.mere, "until": NOW + timedelta(minutes=15)} | fields
    return holding.hold(appointment_type=kind, starts_at=starts_at, by=cast.desk, **({"now": NOW} | asked))


def book(cast: Cast, kind, starts_at=TEN, now=NOW, **fields) -> Appointment:
    asked = {"patient": make_patient(), "practitioner": cast.mere} | fields
    return booking.book(appointment_type=kind, starts_at=starts_at, by=cast.desk, now=now, **asked)


def stands(visit: Appointment) -> tuple:
    visit.refresh_from_db()
    return visit.status, visit.cancel_reason, visit.held_until


def refusal(act, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **kwargs)
    return refused.value.code


def test_a_hold_takes_its_time_and_nobody_is_reminded_of_it(clinic: Cast, kind):
    ReminderRule.objects.create(name="Day before", days_before=1, at="09:00")
    held = hold(clinic, kind)
    assert stands(held) == ("pending", "", NOW + timedelta(minutes=15))
    assert held.occupancies.count() == 4
    with pytest.raises(SlotTaken):
        book(clinic, kind)
    reminding.top_up(now=NOW)
    assert Message.objects.count() == 0


def test_what_is_kept_is_booked_and_reminded_of(clinic: Cast, kind):
    ReminderRule.objects.create(name="Day before", days_before=1, at="09:00")
    held = hold(clinic, kind)
    holding.keep(appointment=held, by=clinic.desk, now=NOW + timedelta(minutes=14))
    assert stands(held) == ("booked", "", None)
    assert list(Message.objects.values_list("state", "subject_id")) == [("planned", held.pk)]
    assert refusal(holding.keep, appointment=held, by=None, now=NOW) == "step_not_possible"
    assert refusal(holding.let_go, appointment=held, by=None, now=NOW) == "step_not_possible"


def test_a_hold_that_has_run_out_is_neither_kept_nor_confirmed_nor_moved(clinic: Cast, kind):
    held = hold(clinic, kind)
    until = held.held_until
    assert refusal(holding.keep, appointment=held, by=clinic.desk, now=until) == "hold_expired"
    for step in ("confirm", "arrive", "start", "miss"):
        assert refusal(attending.step, step, appointment=held, by=clinic.desk, now=until) == "hold_expired"
    elsewhere = {"starts_at": TEN + timedelta(hours=1), "by": clinic.desk}
    assert refusal(booking.move, appointment=held, now=until, **elsewhere) == "hold_expired"
    assert stands(held) == ("pending", "", until)


def test_a_hold_that_is_let_go_gives_its_time_back_at_once(clinic: Cast, kind):
    held = hold(clinic, kind)
    holding.let_go(appointment=held, by=None, now=NOW)
    assert stands(held) == ("cancelled", "let_go", None)
    assert book(clinic, kind).occupancies.count() == 4


def test_no_hold_goes_on_beyond_the_start_of_its_visit_or_is_over_before_it_begins(clinic: Cast, kind):
    held = hold(clinic, kind, until=TEN + timedelta(days=1))
    assert held.held_until == TEN
    moved = booking.move(appointment=held, starts_at=nz("2026-11-03 09:00"), by=clinic.desk, now=NOW)
    assert (moved.status, moved.held_until) == ("pending", nz("2026-11-03 09:00"))
    assert refusal(hold, clinic, kind, until=NOW) == "hold_over_before_it_begins"


def test_the_sweep_ends_what_has_run_out_and_keeps_the_history(clinic: Cast, kind):
    over, still = hold(clinic, kind), hold(clinic, kind, TEN + timedelta(hours=1), until=NOW + timedelta(minutes=20))
    assert holding.expire(now=LATER) == 1
    assert (stands(over), still.occupancies.count()) == (("cancelled", "expired", None), 4)
    assert stands(still)[0] == "pending"
    assert set(Occupancy.objects.values_list("appointment", flat=True)) == {still.pk}
    last = over.events.select_related("pgh_context").latest("pgh_id")
    assert (last.status, last.pgh_context.metadata) == ("cancelled", {"user": None, "reason": "expire"})
    assert refusal(attending.undo, appointment=over, by=clinic.desk, now=LATER) == "nothing_to_undo"
    assert holding.expire(now=LATER) == 0


def test_what_was_kept_is_never_held_again(clinic: Cast, kind):
    held = hold(clinic, kind)
    holding.keep(appointment=held, by=clinic.desk, now=NOW)
    assert refusal(attending.undo, appointment=held, by=clinic.desk, now=NOW) == "nothing_to_undo"
    attending.cancel(appointment=held, reason="patient", by=clinic.desk, now=NOW)
    assert attending.undo(appointment=held, by=clinic.desk, now=NOW).status == "booked"


@pytest.mark.parametrize("fields", [{"status": "pending", "held_until": None}, {"held_until": TEN}])
def test_only_a_pending_visit_is_held_until_some_time(clinic: Cast, kind, fields: dict):
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        make_visit(clinic, TEN, **fields)
    assert refusal_for(raised.value).code == "held_until_mismatch"


def test_a_hold_that_the_sweep_has_not_reached_yet_blocks_no_booking_no_move_no_time_off_and_no_undoing(
    clinic: Cast, kind
):
    cancelled = book(clinic, kind)
    attending.cancel(appointment=cancelled, reason="patient", by=clinic.desk, now=NOW)
    visit = book(clinic, kind, TEN + timedelta(hours=3))
    acts = [
        lambda: book(clinic, kind, now=LATER),
        lambda: booking.move(appointment=visit, starts_at=TEN, by=clinic.desk, now=LATER),
        lambda: attending.undo(appointment=cancelled, by=clinic.desk, now=LATER),
        lambda: resting.take(
            practitioner=clinic.mere, starts_at=TEN, ends_at=TEN + timedelta(hours=2), by=clinic.desk, now=LATER
        ),
    ]
    for act in acts:
        held = hold(clinic, kind)
        with pytest.raises(SlotTaken), transaction.atomic():
            booking.book(
                patient=make_patient(), practitioner=clinic.mere, appointment_type=kind, starts_at=TEN,
                by=clinic.desk, now=held.held_until - timedelta(seconds=1),
            )  # fmt: skip
        taken = act()
        assert stands(held) == ("cancelled", "expired", None)
        assert not held.occupancies.exists()
        if isinstance(taken, Appointment):
            attending.cancel(appointment=taken, reason="mistake", by=clinic.desk, now=LATER)


def test_the_last_room_is_taken_from_a_hold_that_has_run_out(clinic: Cast, kind):
    """The first room is in use in earnest, so that choosing any room would not do."""
    for room in clinic.rooms[:2]:
        Occupancy.objects.create(
            resource_kind="room", resource_id=room.pk, during=(TEN, TEN + timedelta(hours=1)),
            appointment=book(clinic, kind, TEN + timedelta(hours=4 + room.pk % 2), room=room),
        )  # fmt: skip
    hold(clinic, kind)
    assert book(clinic, kind, now=LATER, practitioner=clinic.wei).room == clinic.rooms[2]


@raced
def test_of_rivals_for_a_hold_that_has_run_out_one_gets_its_time(clinic: Cast, kind):
    starts_at = at(workday(3, timezone.now()), 10)
    past = timezone.now() - timedelta(minutes=30)
    held = hold(clinic, kind, starts_at, until=past + timedelta(minutes=15), now=past)
    bodies = [
        {"patient": patient, "practitioner": clinic.mere.pk, "appointment_type": kind.pk,
         "starts_at": starts_at.isoformat()}
        for patient in strangers(16)
    ]  # fmt: skip
    outcomes = Counter(at_once([post(clinic, body) for body in bodies]))
    assert outcomes == {(201, ""): 1, (409, "slot_taken"): 15}
    assert stands(held) == ("cancelled", "expired", None)
    assert (Appointment.objects.live().count(), overlaps()) == (1, 0)


def kept_while_another_books(clinic: Cast, kind) -> tuple:
    """One keeps in the last moment and has not committed; the other, a moment later, finds that it has run out."""
    held = hold(clinic, kind)
    kept, looked = threading.Event(), threading.Event()

    def keep():
        with transaction.atomic():
            holding.keep(appointment=held, by=clinic.desk, now=held.held_until - timedelta(seconds=1))
            kept.set()
            looked.wait(timeout=0.5)
        return held

    def take():
        kept.wait(timeout=10)
        try:
            return book(clinic, kind, now=LATER)
        finally:
            looked.set()

    _, booked = at_once([keep, take])
    return stands(held)[0], booked


@raced
def test_a_hold_that_is_kept_in_its_last_moment_is_not_taken_by_who_finds_it_run_out(clinic: Cast, kind):
    status, refused = kept_while_another_books(clinic, kind)
    assert (status, type(refused)) == ("booked", SlotTaken)


@raced
def test_twin_without_the_lock_a_kept_visit_is_taken_from_its_patient(clinic: Cast, kind, monkeypatch):
    lapsed = type(Appointment.objects.all()).lapsed

    class Unlocked(type(Appointment.objects.all())):
        def select_for_update(self, **kwargs):
            return self

    monkeypatch.setattr(
        type(Appointment.objects.all()),
        "lapsed",
        lambda rows, now: Unlocked(rows.model).filter(pk__in=lapsed(rows, now)),
    )
    status, booked = kept_while_another_books(clinic, kind)
    assert (status, type(booked)) == ("cancelled", Appointment)


def test_the_api_holds_for_some_minutes_and_keeps(clinic: Cast, kind):
    client, now = api(clinic.desk), timezone.now()
    body = {
        "patient": clinic.aroha.pk, "practitioner": clinic.mere.pk, "appointment_type": kind.pk,
        "starts_at": at(workday(3, now), 10).isoformat(),
    }  # fmt: skip
    held = client.post("/api/v1/appointments/", body | {"hold_minutes": 30})
    assert (held.status_code, held.json()["status"]) == (201, "pending")
    row = Appointment.objects.get(pk=held.json()["id"])
    assert timedelta(minutes=29) < row.held_until - now < timedelta(minutes=31)
    assert held.json()["held_until"].endswith(("+13:00", "+12:00"))
    assert client.post("/api/v1/appointments/", body).json()["code"] == "slot_taken"
    kept = client.post(f"/api/v1/appointments/{row.pk}/keep/")
    assert (kept.status_code, kept.json()["status"], kept.json()["held_until"]) == (200, "booked", None)
    for minutes in (0, holding.MOST_MINUTES + 1):
        assert client.post("/api/v1/appointments/", body | {"hold_minutes": minutes}).status_code == 400
    for reason in ("expired", "let_go"):
        assert client.post(f"/api/v1/appointments/{row.pk}/cancel/", {"reason": reason}).status_code == 400


def test_pages_and_lists_say_until_when_and_nobody_counts_a_hold_that_ran_out(clinic: Cast, kind):
    now = timezone.now()
    starts_at = at(workday(3, now), 10)
    held = hold(clinic, kind, starts_at, until=starts_at - timedelta(minutes=15), now=now)
    day, place = f"{starts_at.astimezone(clinic.location.zone):%Y-%m-%d}", "/admin/appointments/appointment/"
    client = browser(clinic.desk)
    pages = [place, f"{place}{held.pk}/change/", f"/admin/diary/?day={day}", f"/admin/diary/visits/{held.pk}/"]
    for page in pages:
        words = client.get(page).content.decode()
        assert "Held until" in words, page
        assert "9:45" in words, page
    holding.expire(now=starts_at)
    assert "Cancelled:" not in client.get(f"/admin/diary/?day={day}").content.decode()
    with pytest.raises(Conflict):
        holding.let_go(appointment=held, by=None, now=now)
