from datetime import time, timedelta

import pytest

from appointments import attending, booking, reminding
from appointments.models import Appointment
from messaging.models import Message, ReminderRule
from tests.cast import make_patient, make_type, open_hours
from tests.visits import make_visit, nz

NOW = nz("2026-11-20 12:00")
START = nz("2026-11-24 09:15")


def planned() -> list[tuple]:
    return list(Message.objects.order_by("pk").values_list("state", "reason", "subject_starts_at", "due_at"))


@pytest.fixture
def visit(cast, texts):
    open_hours(cast.mere, cast.location)
    return booking.book(
        patient=cast.aroha,
        practitioner=cast.mere,
        appointment_type=make_type(),
        starts_at=START,
        by=cast.desk,
        now=NOW,
    )


def test_a_booking_plans_its_reminder_in_its_own_transaction(visit):
    assert planned() == [("planned", "", START, nz("2026-11-23 09:00"))]
    message = Message.objects.get()
    assert (message.subject_kind, message.subject_id, message.recipient, message.body) == (
        "appointment",
        visit.pk,
        "",
        "",
    )


def test_a_booking_that_is_refused_plans_nothing(visit, cast):
    with pytest.raises(Exception, match="just been taken"):
        booking.book(
            patient=make_patient(),
            practitioner=cast.mere,
            appointment_type=visit.appointment_type,
            starts_at=START,
            by=cast.desk,
            now=NOW,
        )
    assert Message.objects.count() == 1


def test_a_move_withdraws_the_old_reminder_and_plans_the_new(visit, cast):
    new = nz("2026-11-26 14:00")
    booking.move(appointment=visit, starts_at=new, by=cast.desk, now=NOW)
    assert planned() == [
        ("skipped", "moved", START, nz("2026-11-23 09:00")),
        ("planned", "", new, nz("2026-11-25 09:00")),
    ]


def test_a_move_to_another_room_at_the_same_time_keeps_the_reminder(visit, cast):
    booking.move(appointment=visit, starts_at=START, room=cast.rooms[2], by=cast.desk, now=NOW)
    assert planned() == [("planned", "", START, nz("2026-11-23 09:00"))]


@pytest.mark.parametrize("step", ["arrive", "start", "miss"])
def test_whoever_is_no_longer_expected_is_not_reminded(visit, cast, step):
    attending.step(step, appointment=visit, by=cast.desk, now=NOW)
    assert [state for state, *_ in planned()] == ["skipped"]


def test_whoever_confirmed_is_still_reminded(visit, cast):
    attending.step("confirm", appointment=visit, by=cast.desk, now=NOW)
    assert [state for state, *_ in planned()] == ["planned"]


def test_a_late_booking_is_due_at_once(cast, texts):
    now = nz("2026-11-23 20:00")
    reminding.plan_for(make_visit(cast, START), now=now)
    assert planned() == [("planned", "", START, now)]


def test_an_appointment_that_has_begun_is_not_planned_for(cast, texts):
    reminding.plan_for(make_visit(cast, START), now=START)
    assert planned() == []


def test_a_rule_that_would_remind_after_the_start_does_not(cast, texts):
    ReminderRule.objects.update(days_before=0, at=time(12))
    reminding.plan_for(make_visit(cast, START), now=NOW)
    assert planned() == []


def test_a_rule_that_is_off_plans_nothing(cast, texts):
    ReminderRule.objects.update(active=False)
    reminding.plan_for(make_visit(cast, START), now=NOW)
    assert planned() == []


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-09-27 09:00", "2026-09-26 09:00"),
        ("2026-09-28 09:00", "2026-09-27 09:00"),
        ("2027-04-04 09:00", "2027-04-03 09:00"),
        ("2027-04-05 09:00", "2027-04-04 09:00"),
    ],
)
def test_the_day_before_at_nine_stays_nine_when_the_clocks_change(cast, texts, start, due):
    visit = make_visit(cast, nz(start))
    reminding.plan_for(visit, now=nz(start) - timedelta(days=20))
    message = Message.objects.get()
    assert message.due_at == nz(due)
    assert message.due_at.astimezone(cast.location.zone).time() == time(9)


def test_the_wall_is_the_locations_and_not_the_practices(cast, texts):
    cast.location.timezone = "Pacific/Chatham"
    cast.location.save()
    visit = make_visit(cast, START)
    reminding.plan_for(visit, now=NOW)
    assert Message.objects.get().due_at.astimezone(cast.location.zone).time() == time(9)
    assert Message.objects.get().due_at == nz("2026-11-23 08:15")


def test_the_guard_finds_nothing_against_an_appointment_that_stands(cast, texts):
    visit = make_visit(cast, START)
    reminding.plan_for(visit, now=NOW)
    assert reminding.guard([Message.objects.get()], NOW) == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "cancelled", "cancel_reason": "patient"}, "cancelled"),
        ({"status": "missed"}, "missed"),
        ({"status": "arrived"}, "arrived"),
        ({"status": "completed"}, "gone"),
        ({"starts_at": START - timedelta(hours=1)}, "moved"),
    ],
)
def test_the_guard_names_what_speaks_against_it(cast, texts, change, reason):
    reminding.plan_for(make_visit(cast, START), now=NOW)
    Appointment.objects.update(**change)
    message = Message.objects.get()
    assert reminding.guard([message], NOW) == {message.pk: reason}


def test_the_guard_costs_one_query_for_any_number_of_messages(cast, texts, django_assert_num_queries):
    for _ in range(3):
        reminding.plan_for(make_visit(cast, START, patient=make_patient()), now=NOW)
    messages = list(Message.objects.select_related("patient", "rule"))
    with django_assert_num_queries(1):
        assert reminding.guard(messages, NOW, lock=True) == {}
    with django_assert_num_queries(2):
        assert len(reminding.words(messages)) == 3


def test_planning_with_a_booking_costs_three_queries(cast, texts, django_assert_num_queries):
    visit = make_visit(cast, START)
    with django_assert_num_queries(3):
        reminding.plan_for(visit, now=NOW)


def test_the_preferred_name_is_used_and_the_last_name_is_not_known_to_the_text(cast, texts):
    visit = make_visit(cast, START, patient=make_patient(first_name="Wiremu", preferred_name="Wi", last_name="Parata"))
    reminding.plan_for(visit, now=NOW)
    words = reminding.words([Message.objects.get()])[Message.objects.get().pk]
    assert words["first_name"] == "Wi"
    assert "Parata" not in str(words)
