from datetime import timedelta

import pytest

from appointments import attending, booking, links, reminding
from appointments.models import Appointment
from clinic.models import Practice
from messaging.delivering import deliver, hand_over, put_back
from messaging.models import Message, MessageTemplate, ReminderRule
from messaging.sweeping import ANSWER_LIFE, CLAIM_LIFE, sweep
from tests.cast import make_patient, make_type, open_hours
from tests.messaging import gateways
from tests.visits import make_visit, nz

BOOKED = nz("2026-11-20 12:00")
START = nz("2026-11-24 09:15")
DUE = nz("2026-11-23 09:00")


@pytest.fixture
def visit(cast, texts):
    visit = make_visit(cast, START)
    reminding.plan_for(visit, now=BOOKED)
    return visit


def run(now) -> None:
    """A sweep and the workers that follow it."""
    for ids in sweep(now=now):
        deliver(message_ids=ids, clock=lambda: now)


def fate() -> tuple[str, str]:
    return Message.objects.values_list("state", "reason").get()


def test_a_reminder_is_sent_once_at_its_time(visit, post_office):
    run(DUE - timedelta(seconds=1))
    assert post_office.letters == []
    run(DUE)
    run(DUE + timedelta(minutes=1))
    run(START - timedelta(minutes=1))
    assert post_office.recipients == ["aroha@example.nz"]
    message = Message.objects.get()
    assert (message.state, message.handed_over_at, message.sent_at) == ("sent", DUE, DUE)
    assert (message.recipient, message.subject_line) == (
        "aroha@example.nz",
        "Your appointment on Tue 24 Nov, 9:15 am",
    )


def test_the_letter_says_who_when_where_and_how_to_answer_and_nothing_clinical(visit, post_office, cast):
    run(DUE)
    letter = post_office.letters[0]
    text = letter.get_body(("plain",)).get_content()
    for said in ("Kia ora Aroha,", "Mere Ngata", "Tue 24 Nov, 9:15 am", "Te Aro, 12 Example Street", "04 555 0100"):
        assert said in text, said
    assert f"\r\nhttp://127.0.0.1:8000/r/{links.token_for(visit)}/\r\n" in text
    everything = letter.as_string() + letter.get_body(("html",)).get_content()
    for unsaid in ("Tāmati", "Follow-up", "acupuncture needles", cast.aroha.nhi):
        assert unsaid not in everything, unsaid


def test_the_html_is_one_column_with_one_button_and_nothing_from_outside(visit, post_office):
    run(DUE)
    html = post_office.letters[0].get_body(("html",)).get_content()
    assert html.count("<a href=") == 1
    assert ">Confirm or ask to cancel</a>" in html
    assert "max-width:560px" in html
    assert "http://" not in html.replace("http://127.0.0.1:8000/r/", "")


def test_hostile_names_stay_text(cast, texts, post_office):
    patient = make_patient(first_name="<script>alert(1)</script>{link}", email="x@example.nz")
    reminding.plan_for(make_visit(cast, START, patient=patient), now=BOOKED)
    run(DUE)
    letter = post_office.letters[0]
    html = letter.get_body(("html",)).get_content()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{link}" in html
    assert "<script>" not in html
    assert "Kia ora <script>alert(1)</script>{link}," in letter.get_body(("plain",)).get_content()


def test_a_name_with_a_line_break_adds_no_header(cast, texts, post_office):
    MessageTemplate.objects.filter(channel="email").update(subject="For {first_name}")
    patient = make_patient(first_name="Aroha\r\nBcc: everybody@example.nz", email="x@example.nz")
    reminding.plan_for(make_visit(cast, START, patient=patient), now=BOOKED)
    run(DUE)
    letter = post_office.letters[0]
    assert (letter["Subject"], letter["Bcc"]) == ("For Aroha Bcc: everybody@example.nz", None)


def test_a_late_booking_is_reminded_of_at_once(cast, texts, post_office):
    now = nz("2026-11-24 08:00")
    reminding.plan_for(make_visit(cast, START), now=now)
    run(now)
    assert post_office.recipients == ["aroha@example.nz"]


def test_two_rules_due_together_make_one_letter(cast, texts, post_office):
    """A late booking, or the first sweep after a long silence."""
    ReminderRule.objects.create(name="Two hours before", hours_before=2)
    reminding.plan_for(make_visit(cast, START), now=BOOKED)
    run(nz("2026-11-24 08:00"))
    assert len(post_office.letters) == 1
    assert sorted(Message.objects.values_list("rule__name", "state", "reason")) == [
        ("The day before at 09:00", "skipped", "superseded"),
        ("Two hours before", "sent", ""),
    ]
    reminding.top_up(now=nz("2026-11-24 08:01"))
    run(nz("2026-11-24 08:01"))
    assert len(post_office.letters) == 1


def test_two_rules_at_their_own_times_make_two_letters(cast, texts, post_office):
    ReminderRule.objects.create(name="Two hours before", hours_before=2)
    reminding.plan_for(make_visit(cast, START), now=BOOKED)
    run(DUE)
    run(nz("2026-11-24 07:15"))
    assert len(post_office.letters) == 2


def test_nothing_is_sent_once_the_appointment_has_begun(visit, post_office):
    run(START)
    assert (post_office.letters, fate()) == ([], ("skipped", "too_late"))


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("cancelled", "cancelled"),
        ("missed", "missed"),
        ("arrived", "arrived"),
        ("in_treatment", "gone"),
        ("completed", "gone"),
    ],
)
@pytest.mark.parametrize("between", ["before the claim", "between claim and hand-over"])
def test_a_fallen_appointment_is_never_reminded(visit, post_office, status, reason, between):
    fell = {"status": status, "cancel_reason": "patient" if status == "cancelled" else ""}
    if between == "before the claim":
        Appointment.objects.update(**fell)
        run(DUE)
    else:
        [ids] = sweep(now=DUE)
        Appointment.objects.update(**fell)
        deliver(message_ids=ids, clock=lambda: DUE)
    assert (post_office.letters, fate()) == ([], ("skipped", reason))


def test_without_the_guard_a_fallen_appointment_would_be_reminded(visit, post_office, settings):
    """The twin of the test above: it shows that there is something to guard against."""
    settings.MESSAGE_GUARDS = {"appointment": "tests.messaging.gateways.no_guard"}
    Appointment.objects.update(status="cancelled", cancel_reason="patient")
    run(DUE)
    assert len(post_office.letters) == 1


def test_moved_between_claim_and_hand_over_only_the_new_time_is_reminded(cast, texts, post_office):
    open_hours(cast.mere, cast.location)
    visit = booking.book(
        patient=cast.aroha,
        practitioner=cast.mere,
        appointment_type=make_type(),
        starts_at=START,
        by=cast.desk,
        now=BOOKED,
    )
    [ids] = sweep(now=DUE)
    booking.move(appointment=visit, starts_at=nz("2026-11-26 14:00"), by=cast.desk, now=DUE)
    deliver(message_ids=ids, clock=lambda: DUE)
    assert post_office.letters == []
    run(nz("2026-11-25 09:00"))
    assert [letter["Subject"] for letter in post_office.letters] == ["Your appointment on Thu 26 Nov, 2:00 pm"]


def test_moved_there_and_back_is_reminded_once(cast, texts, post_office):
    open_hours(cast.mere, cast.location)
    visit = booking.book(
        patient=cast.aroha,
        practitioner=cast.mere,
        appointment_type=make_type(),
        starts_at=START,
        by=cast.desk,
        now=BOOKED,
    )
    for elsewhere in ("2026-11-26 14:00", "2026-11-24 09:15"):
        visit = booking.move(appointment=visit, starts_at=nz(elsewhere), by=cast.desk, now=BOOKED)
    run(DUE)
    run(nz("2026-11-25 09:00"))
    assert [letter["Subject"] for letter in post_office.letters] == ["Your appointment on Tue 24 Nov, 9:15 am"]


def test_a_cancellation_taken_back_is_reminded_again(visit, cast, post_office):
    attending.cancel(appointment=visit, reason="mistake", by=cast.desk, now=BOOKED)
    assert fate() == ("skipped", "cancelled")
    attending.undo(appointment=visit, by=cast.desk, now=BOOKED)
    run(DUE)
    assert len(post_office.letters) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reminder_channel": "none"}, "not_wanted"),
        ({"archived_at": BOOKED}, "archived"),
        ({"email": ""}, "no_address"),
    ],
)
def test_who_changed_their_mind_after_the_claim_gets_nothing(visit, cast, post_office, change, reason):
    [ids] = sweep(now=DUE)
    type(cast.aroha).objects.update(**change)
    deliver(message_ids=ids, clock=lambda: DUE)
    assert (post_office.letters, fate()) == ([], ("skipped", reason))


def test_a_rule_switched_off_sends_nothing(visit, texts, post_office):
    ReminderRule.objects.update(active=False)
    run(DUE)
    assert (post_office.letters, fate()) == ([], ("skipped", "rule_off"))


def test_without_a_text_nothing_is_sent(visit, post_office):
    MessageTemplate.objects.all().delete()
    run(DUE)
    assert (post_office.letters, fate()) == ([], ("skipped", "no_text"))


def test_the_newest_address_name_and_text_count(visit, cast, post_office):
    [ids] = sweep(now=DUE)
    type(cast.aroha).objects.update(email="new@example.nz", preferred_name="Ro")
    MessageTemplate.objects.update(body="Tēnā koe {first_name}, {practice}")
    Practice.objects.update(name="Rātā Clinic")
    deliver(message_ids=ids, clock=lambda: DUE)
    letter = post_office.letters[0]
    text = letter.get_body(("plain",)).get_content().strip()
    assert (letter["To"], text) == ("new@example.nz", "Tēnā koe Ro, Rātā Clinic")


def test_a_refused_address_fails_with_its_reason_and_is_not_tried_again(visit, post_office):
    post_office.to_address["aroha@example.nz"] = "550 no such person"
    run(DUE)
    assert fate() == ("failed", "refused")
    assert Message.objects.get().sent_at is None
    post_office.to_address.clear()
    run(DUE + timedelta(hours=1))
    assert post_office.letters == []


def test_one_refused_address_leaves_the_others_alone(cast, texts, post_office):
    for number in range(5):
        patient = make_patient(email=f"p{number}@example.nz")
        reminding.plan_for(make_visit(cast, START, patient=patient), now=BOOKED)
    post_office.to_address = {"p1@example.nz": "550 no such person", "p3@example.nz": "451 later"}
    run(DUE)
    assert post_office.recipients == ["p0@example.nz", "p2@example.nz", "p4@example.nz"]
    post_office.to_address.clear()
    run(DUE + timedelta(minutes=1))
    assert post_office.recipients == ["p0@example.nz", "p2@example.nz", "p3@example.nz", "p4@example.nz"]


def test_while_the_post_is_away_it_is_tried_less_and_less_often_and_then_sent(visit, post_office):
    post_office.close()
    moments = []
    now = DUE
    while len(moments) < 7:
        run(now)
        message = Message.objects.get()
        assert (message.state, message.reason, message.handed_over_at) == ("planned", "away", None)
        moments.append((message.due_at - now).total_seconds() / 60)
        now = message.due_at
    assert moments == [1, 2, 4, 8, 16, 30, 30]
    post_office.open()
    run(now - timedelta(seconds=1))
    assert post_office.letters == []
    run(now)
    assert (len(post_office.letters), fate()) == (1, ("sent", ""))


def test_what_could_not_be_sent_is_given_up_before_the_appointment_begins(visit, post_office):
    post_office.close()
    now = DUE
    while Message.objects.get().state == "planned":
        run(now)
        now = max(now, Message.objects.get().due_at)
    assert fate() == ("skipped", "too_late")
    assert START - timedelta(minutes=1) <= now < START
    post_office.open()
    run(START)
    assert post_office.letters == []


def test_a_lost_answer_is_unknown_and_is_not_sent_again(visit, post_office):
    post_office.to_content = "drop"
    run(DUE)
    assert fate() == ("unknown", "answer_lost")
    post_office.to_content = ""
    for hours in range(1, 20):
        run(DUE + timedelta(hours=hours))
        reminding.top_up(now=DUE + timedelta(hours=hours))
    assert (post_office.letters, post_office.tries) == ([], 1)


def test_when_an_answer_is_lost_the_rest_of_the_batch_waits_its_turn(cast, texts, post_office):
    for _ in range(4):
        reminding.plan_for(make_visit(cast, START, patient=make_patient()), now=BOOKED)
    post_office.to_content = "drop"
    run(DUE)
    assert sorted(Message.objects.values_list("state", flat=True)) == ["planned", "planned", "planned", "unknown"]
    post_office.to_content = ""
    run(DUE + timedelta(minutes=1))
    assert len(post_office.letters) == 3


def test_a_claim_whose_task_was_lost_is_taken_up_by_a_later_sweep(visit, post_office):
    [ids] = sweep(now=DUE)
    assert sweep(now=DUE + CLAIM_LIFE) == []
    late = DUE + CLAIM_LIFE + timedelta(seconds=1)
    assert sweep(now=late) == [ids]
    deliver(message_ids=ids, clock=lambda: late)
    deliver(message_ids=ids, clock=lambda: late)
    assert len(post_office.letters) == 1


def test_what_was_handed_over_and_never_answered_becomes_unknown(visit, post_office):
    [ids] = sweep(now=DUE)
    hand_over(ids, now=DUE)
    sweep(now=DUE + ANSWER_LIFE)
    assert fate() == ("handed_over", "")
    sweep(now=DUE + ANSWER_LIFE + timedelta(seconds=1))
    assert fate() == ("unknown", "answer_lost")


def test_a_gateway_that_knows_keys_is_asked_again_with_the_same_key(visit, settings):
    settings.MESSAGE_GATEWAYS = {"email": "tests.messaging.gateways.Keyed"}
    with gateways.fresh() as taken:
        [ids] = sweep(now=DUE)
        first = hand_over(ids, now=DUE)
        for letter in first.values():
            taken[letter.key] += 1
        later = DUE + ANSWER_LIFE + timedelta(seconds=1)
        run(later)
        assert fate() == ("sent", "")
        assert list(taken.items()) == [(f"message-{ids[0]}", 2)]


def test_outside_the_life_of_its_key_a_person_decides(visit, settings):
    settings.MESSAGE_GATEWAYS = {"email": "tests.messaging.gateways.Keyed"}
    with gateways.fresh() as taken:
        [ids] = sweep(now=DUE)
        hand_over(ids, now=DUE)
        run(DUE + gateways.Keyed.key_life + timedelta(seconds=1))
        assert (fate(), taken) == (("unknown", "answer_lost"), {})


def test_the_sweep_costs_the_same_queries_for_one_ten_and_a_hundred(
    cast, texts, post_office, django_assert_num_queries
):
    now = DUE
    for count in (1, 10, 100):
        for _ in range(count):
            reminding.plan_for(make_visit(cast, START, patient=make_patient()), now=BOOKED)
        now += timedelta(minutes=1)
        with django_assert_num_queries(10):
            batches = sweep(now=now)
        assert [len(batch) for batch in batches] == {1: [1], 10: [10], 100: [50, 50]}[count]


def test_a_message_about_no_time_is_given_up_after_a_day(cast, texts):
    row = Message.objects.create(
        patient=cast.aroha,
        occasion="appointment_reminder",
        channel="email",
        subject_kind="appointment",
        subject_id=7,
        due_at=DUE,
        state="claimed",
        attempts=48,
    )
    put_back([row.pk], code="away", now=DUE)
    assert fate() == ("planned", "away")
    Message.objects.update(state="claimed")
    put_back([row.pk], code="away", now=DUE)
    assert fate() == ("failed", "gave_up")
