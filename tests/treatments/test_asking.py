"""Asking a patient by link: what is planned, what leaves, and what does not."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from appointments.models import Appointment
from clinic.errors import Conflict, Refusal, refusal_for
from messaging import forecasting
from messaging.delivering import deliver
from messaging.models import Message
from messaging.sweeping import sweep
from tests.cast import api, make_case, make_patient
from tests.messaging.conftest import post_office, texts
from tests.treatments.course import ask
from tests.visits import AUCKLAND, make_visit, nz
from treatments.models import OutcomeRequest
from treatments.outcomes import answering, asking, links, scoring
from treatments.outcomes.answering import Answer

__all__ = ["post_office", "texts"]

NOW = nz("2026-11-20 12:00")
START = nz("2026-11-24 09:15")
DOOR = "/api/v1/outcome-requests/"
STAIRS = ["Stairs", "Sitting", "Running"]
PAIN = {"nprs": Answer(answers=[4])}


@pytest.fixture
def visit(cast, texts) -> Appointment:
    return make_visit(cast, START, note="note for the desk")


def planned() -> list[tuple]:
    return list(Message.objects.order_by("pk").values_list("state", "reason", "due_at"))


@pytest.mark.parametrize(
    ("timing", "due", "expires"),
    [("before", "2026-11-23 09:15", "2026-11-24 09:15"), ("after", "2026-11-25 10:05", "2026-12-02 10:05")],
)
def test_a_question_is_due_around_its_visit_and_ends(cast, visit, timing, due, expires):
    request = ask(cast, timing=timing, appointment=visit)
    assert (request.due_at, request.expires_at) == (nz(due), nz(expires))
    assert planned() == [("planned", "", nz(due))]


def test_a_question_at_once_is_due_at_once_and_open_for_a_week(cast, texts):
    request = ask(cast)
    assert (request.due_at, request.expires_at) == (NOW, NOW + timedelta(days=7))
    assert planned() == [("planned", "", NOW)]


def test_a_question_shortly_before_a_visit_is_due_at_once(cast, texts):
    request = ask(cast, timing="before", appointment=make_visit(cast, NOW + timedelta(hours=2)))
    assert (request.due_at, request.expires_at) == (NOW, NOW + timedelta(hours=2))


def test_the_wishes_of_the_patient_decide_the_channels(cast, texts):
    for channel, states in (
        ("none", [("skipped", "not_wanted")]),
        ("both", [("planned", ""), ("skipped", "no_gateway")]),
    ):
        patient = make_patient(reminder_channel=channel)
        ask(cast, patient=patient)
        found = Message.objects.filter(patient=patient).order_by("pk").values_list("state", "reason")
        assert list(found) == states


def test_the_case_of_the_visit_is_the_case_of_the_question(cast, texts):
    case = make_case(cast.aroha)
    request = ask(cast, timing="before", appointment=make_visit(cast, START, case=case))
    assert request.case == case


@pytest.mark.parametrize("measure", ["lefs", "odi", "mymop2", "visa_g", "quickdash", "vas"])
def test_what_is_not_free_to_show_is_not_asked_by_link(cast, measure):
    with pytest.raises(Refusal) as refusal:
        ask(cast, measures=[measure])
    assert refusal.value.code == "measure_not_askable"
    body = {"patient": cast.aroha.pk, "measures": [measure]}
    assert api(cast.practitioner).post(DOOR, body).status_code == 400


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"timing": "before"}, "timing_does_not_fit"),
        ({"timing": "after"}, "timing_does_not_fit"),
        ({"activities": STAIRS}, "activities_do_not_fit"),
        ({"measures": ["psfs"], "activities": ["Stairs", "stairs ", ""]}, "activities_do_not_fit"),
        ({"measures": ["psfs"], "activities": list("abcdef")}, "activities_do_not_fit"),
    ],
)
def test_a_question_that_does_not_fit_is_refused(cast, fields, code):
    with pytest.raises(Refusal) as refusal:
        ask(cast, **fields)
    assert (refusal.value.code, OutcomeRequest.objects.count()) == (code, 0)


def test_a_question_about_a_visit_that_is_none_any_more_or_another_persons_is_refused(cast, texts):
    past, long_ago = make_visit(cast, NOW - timedelta(hours=1)), make_visit(cast, NOW - timedelta(days=10))
    cancelled = make_visit(cast, START, status="cancelled", cancel_reason="patient")
    for fields, code in (
        ({"timing": "before", "appointment": past}, "visit_has_begun"),
        ({"timing": "before", "appointment": cancelled}, "visit_has_begun"),
        ({"timing": "after", "appointment": long_ago}, "question_too_late"),
        ({"timing": "now", "appointment": past}, "timing_does_not_fit"),
        ({"timing": "before", "appointment": make_visit(cast, START, patient=make_patient())},
         "appointment_of_another_patient"),
        ({"case": make_case(make_patient())}, "case_of_another_patient"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refusal:
            ask(cast, **fields)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"timing": "before"}, "timing_does_not_fit"),
        ({"measures": []}, "measure_not_askable"),
        ({"measures": ["odi"]}, "measure_not_askable"),
        ({"expires_at": NOW}, "expires_before_due"),
        ({"answered_at": NOW, "withdrawn_at": NOW}, "question_answered"),
    ],
)
def test_the_database_refuses_a_question_that_cannot_be(cast, changes, code):
    whole = {
        "patient": cast.aroha, "measures": ["nprs"], "timing": "now", "due_at": NOW, "asked_by": cast.practitioner,
        "expires_at": NOW + timedelta(days=1),
    }  # fmt: skip
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        OutcomeRequest.objects.create(**whole | changes)
    assert refusal_for(error.value).code == code


def test_the_activities_of_the_last_time_are_asked_about_again(cast, texts):
    assert ask(cast, measures=["psfs"]).activities == []
    scoring.enter(
        patient=cast.aroha, measure="psfs", answers=[1, 2, 3], labels=STAIRS, taken_on=NOW.date(),
        by=cast.practitioner, now=NOW,
    )  # fmt: skip
    assert ask(cast, measures=["psfs"]).activities == STAIRS
    assert ask(cast, measures=["psfs"], patient=make_patient()).activities == []


def test_the_sweep_sends_the_question_once_and_its_link_is_answered(cast, visit, post_office):
    request = ask(cast, timing="before", appointment=visit)
    due = request.due_at
    assert sweep(now=due - timedelta(minutes=1)) == []
    for _ in range(2):
        for ids in sweep(now=due):
            deliver(message_ids=ids, clock=lambda: due)
    assert len(post_office.letters) == 1
    letter = post_office.letters[0]
    text = letter.get_body(("plain",)).get_content()
    assert letter["Subject"] == "A short question from Harakeke Acupuncture"
    assert "Kia ora Aroha" in text
    for word in ("Tāmati", "pain", "score", "nprs", "note for the desk", cast.aroha.nhi):
        assert word not in text, word
    [address] = [line.strip() for line in text.splitlines() if line.startswith("http")]
    assert address == links.address_for(request)


@pytest.mark.parametrize(
    ("timing", "changes", "reason"),
    [
        ("before", {"status": "cancelled", "cancel_reason": "patient"}, "cancelled"),
        ("before", {"status": "arrived"}, "arrived"),
        ("before", {"starts_at": START + timedelta(hours=1), "ends_at": START + timedelta(hours=2)}, "moved"),
        ("after", {"status": "cancelled", "cancel_reason": "patient"}, "cancelled"),
        ("after", {"status": "missed"}, "missed"),
        ("after", {}, "not_seen"),
    ],
)
def test_a_question_about_a_visit_that_changed_does_not_leave(cast, visit, timing, changes, reason):
    request = ask(cast, timing=timing, appointment=visit)
    Appointment.objects.filter(pk=visit.pk).update(**changes)
    assert sweep(now=request.due_at) == []
    assert [(state, why) for state, why, _ in planned()] == [("skipped", reason)]


@pytest.mark.parametrize("status", ["arrived", "in_treatment", "completed"])
def test_who_has_come_is_asked_afterwards(cast, visit, status):
    request = ask(cast, timing="after", appointment=visit)
    Appointment.objects.filter(pk=visit.pk).update(status=status)
    assert sweep(now=request.due_at) == [[Message.objects.get().pk]]


def test_a_question_after_a_visit_still_to_come_is_forecast(cast, visit):
    """Nobody can have noted yet that the patient came."""
    request = ask(cast, timing="after", appointment=visit)
    day = forecasting.forecast(on=request.due_at.astimezone(AUCKLAND).date(), zone=AUCKLAND, now=NOW)
    assert ([entry.message.subject_id for entry in day.will], day.will_not) == ([request.pk], [])


@pytest.mark.parametrize(
    ("table", "changes", "reason"),
    [
        ("patient", {"archived_at": NOW}, "archived"),
        ("patient", {"reminder_channel": "none"}, "not_wanted"),
        ("request", {"answered_at": NOW}, "answered"),
        ("request", {"withdrawn_at": NOW}, "withdrawn"),
        ("request", {"due_at": NOW - timedelta(days=9), "expires_at": NOW}, "expired"),
        ("patient", {"email": ""}, "no_address"),
    ],
)
def test_what_speaks_against_a_question_is_seen_when_it_is_due(cast, texts, table, changes, reason):
    request = ask(cast)
    row = {"patient": type(cast.aroha), "request": OutcomeRequest}[table]
    row.objects.filter(pk={"patient": cast.aroha.pk, "request": request.pk}[table]).update(**changes)
    assert sweep(now=NOW) == []
    assert [(state, why) for state, why, _ in planned()] == [("skipped", reason)]


def test_a_question_moves_with_its_visit(cast, visit):
    request = ask(cast, timing="before", appointment=visit)
    new = START + timedelta(days=1)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=new, ends_at=new + timedelta(minutes=50))
    assert asking.follow_visits(now=NOW) == 1
    request.refresh_from_db()
    assert (request.due_at, request.expires_at, request.visit_starts_at) == (new - timedelta(days=1), new, new)
    assert planned() == [("planned", "", new - timedelta(days=1))]
    assert asking.follow_visits(now=NOW) == 0


def test_a_question_skipped_for_its_move_is_sent_after_all(cast, visit):
    request = ask(cast, timing="before", appointment=visit)
    new = START + timedelta(days=1)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=new, ends_at=new + timedelta(minutes=50))
    sweep(now=request.due_at)
    assert planned()[0][:2] == ("skipped", "moved")
    asking.follow_visits(now=request.due_at)
    assert sweep(now=new - timedelta(days=1)) == [[Message.objects.get().pk]]


def test_who_is_noted_late_as_having_come_is_asked_after_all(cast, visit):
    request = ask(cast, timing="after", appointment=visit)
    sweep(now=request.due_at)
    assert planned()[0][:2] == ("skipped", "not_seen")
    Appointment.objects.filter(pk=visit.pk).update(status="completed")
    later = request.due_at + timedelta(hours=1)
    asking.follow_visits(now=later)
    assert sweep(now=later) == [[Message.objects.get().pk]]


def test_following_a_cancelled_visit_leaves_its_question_skipped(cast, visit):
    request = ask(cast, timing="before", appointment=visit)
    Appointment.objects.filter(pk=visit.pk).update(
        status="cancelled", cancel_reason="patient", starts_at=START + timedelta(minutes=15)
    )
    sweep(now=request.due_at)
    events = Message.objects.get().events.count()
    asking.follow_visits(now=request.due_at)
    assert planned()[0][:2] == ("skipped", "cancelled")
    assert Message.objects.get().events.count() == events


def test_a_question_taken_back_does_not_leave_and_its_link_says_so(cast, texts):
    request = asking.withdraw(request=ask(cast), by=cast.practitioner, now=NOW)
    assert planned() == [("skipped", "withdrawn", NOW)]
    for act, code in (
        (lambda: asking.withdraw(request=request, by=cast.practitioner, now=NOW), "question_withdrawn"),
        (lambda: answering.answer(token=links.token_for(request), given=PAIN, now=NOW), "question_withdrawn"),
    ):
        with pytest.raises(Conflict) as refusal:
            act()
        assert refusal.value.code == code


def test_the_guard_and_the_words_cost_the_same_for_any_number(cast, visit, django_assert_num_queries):
    for _ in range(3):
        patient = make_patient()
        ask(cast, patient=patient, timing="before", appointment=make_visit(cast, START, patient=patient))
    messages = list(Message.objects.select_related("patient", "rule"))
    with django_assert_num_queries(2):
        assert asking.guard(messages, NOW, lock=True) == {}
    with django_assert_num_queries(2):
        assert len(asking.words(messages)) == 3
