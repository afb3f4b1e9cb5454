"""Booking by hand, and what can be done with a visit on its page."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments import booking
from appointments.models import Appointment, TimeOff
from tests import cast as people
from tests.pages import browser, save, told

ADD = reverse("admin:appointments_appointment_add")


@pytest.fixture
def monday(cast) -> datetime:
    """Ten in the morning on the Monday after next, with everybody at work from nine to five."""
    for practitioner in (cast.mere, cast.wei):
        people.open_hours(practitioner, cast.location)
    today = timezone.localdate(timezone=cast.location.zone)
    day = today + timedelta(days=14 - today.weekday())
    return datetime(day.year, day.month, day.day, 10, tzinfo=cast.location.zone)


@pytest.fixture
def kind():
    return people.make_type()


@pytest.fixture
def visit(cast, monday, kind) -> Appointment:
    return booking.book(
        patient=cast.aroha,
        practitioner=cast.mere,
        appointment_type=kind,
        starts_at=monday,
        by=cast.desk,
        now=timezone.now(),
    )


def book(cast, kind, at: datetime, **typed):
    return save(
        browser(cast.desk),
        ADD,
        "appointment_form",
        **{
            "patient": cast.aroha.pk,
            "practitioner": cast.mere.pk,
            "appointment_type": kind.pk,
            "starts_at_0": f"{at:%Y-%m-%d}",
            "starts_at_1": f"{at:%H:%M}",
        }
        | typed,
    )


def act(visit: Appointment, name: str) -> str:
    return reverse("admin:appointments_appointment_act", args=[visit.pk, name])


def page_of(visit: Appointment) -> str:
    return reverse("admin:appointments_appointment_change", args=[visit.pk])


def said(moment: datetime) -> str:
    return f"{moment:%a %-d %b}, {moment:%-I:%M} {'am' if moment.hour < 12 else 'pm'}"


def offered(page) -> list[str]:
    return [act["label"] for act in page.context["acts"]]


def test_the_front_desk_books_and_is_led_to_the_visit(cast, monday, kind):
    answer = book(cast, kind, monday, note="Brings a letter")
    booked = Appointment.objects.get()
    assert answer.url == page_of(booked)
    assert (booked.starts_at, booked.room, booked.note) == (monday, cast.rooms[0], "Brings a letter")
    assert told(browser(cast.desk).get(answer.url)) == []


def test_a_taken_time_is_refused_with_who_is_busy_and_when_they_are_free(cast, visit, monday, kind):
    other = people.make_patient()
    page = book(cast, kind, monday, patient=other.pk, note="Brings a letter")
    # Mere is hands on for 15 minutes, away from the needles for 25: a second visit fits from 10:15 on.
    assert page.context["adminform"].form.non_field_errors() == [
        "That time has just been taken: the practitioner is with somebody else. "
        f"Next free with Mere Ngata: {said(monday + timedelta(minutes=15))}."
    ]
    assert page.context["adminform"].form["note"].value() == "Brings a letter"
    assert Appointment.objects.count() == 1


def test_a_time_outside_the_hours_is_refused_beside_its_field_with_the_next_one(cast, monday, kind):
    page = book(cast, kind, monday - timedelta(hours=3))
    assert page.context["adminform"].form.errors == {
        "starts_at": [
            "Mere Ngata begins at 9:00 am on that day. "
            f"Next free with Mere Ngata: {said(monday - timedelta(hours=1))}."
        ]
    }


def test_a_booking_without_a_time_asks_for_it(cast, monday, kind):
    page = book(cast, kind, monday, starts_at_0="", starts_at_1="")
    assert list(page.context["adminform"].form.errors) == ["starts_at"]


def test_a_patients_page_leads_to_a_booking_for_them(cast):
    page = browser(cast.desk).get(f"{ADD}?patient={cast.aroha.pk}")
    assert page.context["adminform"].form["patient"].value() == str(cast.aroha.pk)


def test_only_what_is_possible_now_is_offered(cast, visit):
    client = browser(cast.desk)
    assert offered(client.get(page_of(visit))) == [
        "Arrived",
        "Start treatment",
        "Confirmed",
        "Move",
        "Did not come",
        "Take a deposit",
        "Cancel visit",
    ]
    client.post(act(visit, "arrive"))
    assert offered(client.get(page_of(visit))) == ["Start treatment", "Completed", "Undo last step", "Cancel visit"]


def test_a_visit_is_taken_through_its_day(cast, visit):
    client = browser(cast.desk)
    found = []
    for name in ["confirm", "arrive", "start", "complete", "undo"]:
        assert client.post(act(visit, name)).url == page_of(visit)
        visit.refresh_from_db()
        found.append(visit.status)
    assert found == ["confirmed", "arrived", "in_treatment", "completed", "in_treatment"]


def test_a_step_that_is_not_possible_is_told_as_a_sentence(cast, visit):
    client = browser(cast.desk)
    client.post(act(visit, "miss"))
    answer = client.post(act(visit, "arrive"), follow=True)
    assert told(answer)[-1] == "This visit is missed, so it cannot be marked arrived."


def test_a_visit_is_cancelled_with_its_reason(cast, visit, monday):
    answer = browser(cast.desk).post(act(visit, "cancel"), {"reason": "late", "note": "Car trouble"}, follow=True)
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_reason, visit.cancel_note) == ("cancelled", "late", "Car trouble")
    assert told(answer) == [f"Cancelled late. {said(monday)} is free again."]


def test_a_cancellation_without_a_reason_is_asked_for_it(cast, visit):
    page = browser(cast.desk).post(act(visit, "cancel"), {"reason": "", "note": "Car trouble"})
    assert page.context["form"].errors == {"reason": ["This field is required."]}
    assert page.context["form"]["note"].value() == "Car trouble"


def move(cast, visit, to: datetime):
    typed = {"starts_at_0": f"{to:%Y-%m-%d}", "starts_at_1": f"{to:%H:%M}", "practitioner": cast.mere.pk}
    return browser(cast.desk).post(act(visit, "move"), typed, follow=True)


def test_a_visit_is_moved(cast, visit, monday):
    later = monday + timedelta(hours=2)
    assert told(move(cast, visit, later)) == [f"Moved to {said(later)}, Kōwhai."]
    visit.refresh_from_db()
    assert visit.starts_at == later


def test_a_move_to_a_taken_time_keeps_the_visit_where_it_is(cast, visit, monday, kind):
    noon = monday + timedelta(hours=2)
    book(cast, kind, noon, patient=people.make_patient().pk)
    page = move(cast, visit, noon)
    [sentence] = page.context["form"].non_field_errors()
    assert sentence.startswith("That time has just been taken: the practitioner is with somebody else. Next free")
    visit.refresh_from_db()
    assert visit.starts_at == monday


@pytest.mark.parametrize("name", ["arrive", "cancel", "move", "undo"])
def test_billing_cannot_act_on_a_visit(cast, visit, name):
    assert browser(cast.billing).post(act(visit, name)).status_code == 403


def test_an_act_that_does_not_exist_is_not_found(cast, visit):
    assert browser(cast.desk).post(act(visit, "vanish")).status_code == 404


def test_the_note_of_the_front_desk_is_all_that_a_visits_page_changes(cast, visit, monday):
    page = page_of(visit)
    save(browser(cast.desk), page, "appointment_form", note="Ramp", status="completed", starts_at_0="2030-01-01")
    visit.refresh_from_db()
    assert (visit.note, visit.status, visit.starts_at) == ("Ramp", "booked", monday)


def test_the_history_of_a_visit_says_who_did_what(cast, visit):
    browser(cast.desk).post(act(visit, "confirm"))
    page = browser(cast.desk).get(reverse("admin:appointments_appointment_history", args=[visit.pk]))
    newest, first = page.context["entries"]
    assert (newest.by, newest.reason, [(row.before, row.after) for row in newest.changes]) == (
        "Dana Reid",
        "confirm",
        [("Booked", "Confirmed")],
    )
    assert first.is_first


def test_the_list_begins_today_and_finds_the_past_when_asked(cast, visit):
    yesterday = timezone.now() - timedelta(days=1)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=yesterday, ends_at=yesterday + timedelta(minutes=50))
    client, here = browser(cast.desk), reverse("admin:appointments_appointment_changelist")
    counts = [
        client.get(f"{here}{query}").context["cl"].result_count
        for query in ["", "?days=past", "?q=tamati", f"?patient__id__exact={cast.aroha.pk}"]
    ]
    assert counts == [0, 1, 1, 1]


def test_time_off_is_taken_and_given_back(cast, monday):
    client = browser(cast.desk)
    ends = monday + timedelta(hours=4)
    save(
        client,
        reverse("admin:appointments_timeoff_add"),
        "timeoff_form",
        practitioner=cast.mere.pk,
        starts_at_0=f"{monday:%Y-%m-%d}",
        starts_at_1=f"{monday:%H:%M}",
        ends_at_0=f"{ends:%Y-%m-%d}",
        ends_at_1=f"{ends:%H:%M}",
        reason="Course",
    )
    off = TimeOff.objects.get()
    assert (off.starts_at, off.ends_at, off.occupancies.count()) == (monday, ends, 1)
    client.post(reverse("admin:appointments_timeoff_act", args=[off.pk, "give-back"]))
    assert off.occupancies.count() == 0


def test_time_off_over_a_visit_is_refused_in_words(cast, visit, monday):
    page = save(
        browser(cast.desk),
        reverse("admin:appointments_timeoff_add"),
        "timeoff_form",
        practitioner=cast.mere.pk,
        starts_at_0=f"{monday:%Y-%m-%d}",
        starts_at_1="09:00",
        ends_at_0=f"{monday:%Y-%m-%d}",
        ends_at_1="12:00",
    )
    assert page.context["adminform"].form.non_field_errors() == [
        f"Booked then: {cast.aroha}, {said(monday)}. Move or cancel these visits first."
    ]


def test_hours_that_overlap_are_refused_by_the_database_in_words(cast, monday):
    page = save(
        browser(cast.owner),
        reverse("admin:appointments_workinghours_add"),
        "workinghours_form",
        practitioner=cast.mere.pk,
        location=cast.location.pk,
        weekday="0",
        opens="12:00",
        closes="13:00",
        valid_from="2026-01-01",
    )
    assert page.context["adminform"].form.non_field_errors() == [
        "These hours overlap others of the same practitioner."
    ]
