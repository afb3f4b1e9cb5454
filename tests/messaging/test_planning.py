from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction

from appointments import reminding
from clinic.errors import refusal_for
from messaging import reference
from messaging.models import Message, MessageTemplate, ReminderRule
from messaging.planning import Intent, plan
from messaging.sweeping import sweep
from tests.cast import make_patient
from tests.visits import make_visit, nz

NOW = nz("2026-11-20 12:00")
START = nz("2026-11-24 09:15")


def states() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("pk").values_list("state", "reason"))


def intent(cast, rule, **changes) -> Intent:
    return Intent(
        **{
            "person": cast.aroha,
            "occasion": "appointment_reminder",
            "rule": rule,
            "channel": "email",
            "subject_kind": "appointment",
            "subject_id": 7,
            "subject_starts_at": START,
            "due_at": nz("2026-11-23 09:00"),
        }
        | changes
    )


def test_planning_twice_is_planning_once(cast, texts):
    plan([intent(cast, texts)], now=NOW)
    before = Message.objects.get()
    plan([intent(cast, texts)], now=NOW + timedelta(hours=1))
    after = Message.objects.get()
    assert (after.pk, after.updated_at) == (before.pk, before.updated_at)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"email": ""}, "no_address"),
        ({"reminder_channel": "none"}, "not_wanted"),
        ({"archived_at": NOW}, "archived"),
        ({"reminder_channel": "sms"}, "no_gateway"),
        ({"reminder_channel": "sms", "phone": ""}, "no_address"),
    ],
)
def test_who_cannot_or_will_not_be_reminded_is_seen_with_the_reason(cast, texts, change, reason):
    visit = make_visit(cast, START, patient=make_patient(**change))
    reminding.plan_for(visit, now=NOW)
    assert states() == [("skipped", reason)]


def test_text_and_email_are_two_messages(cast, texts, settings):
    settings.MESSAGE_GATEWAYS = dict.fromkeys(["email", "sms"], "messaging.smtp.EmailGateway")
    visit = make_visit(cast, START, patient=make_patient(reminder_channel="both"))
    reminding.plan_for(visit, now=NOW)
    assert sorted(Message.objects.values_list("channel", "state")) == [("email", "planned"), ("sms", "planned")]


def test_an_address_given_later_brings_the_reminder_back(cast, texts):
    patient = make_patient(email="")
    reminding.plan_for(make_visit(cast, START, patient=patient), now=NOW)
    patient.email = "now@example.nz"
    patient.save()
    reminding.top_up(now=NOW + timedelta(days=1))
    assert states() == [("planned", "")]


def test_a_channel_changed_later_changes_the_message(cast, texts, settings):
    """Silence after a changed setting is the worst answer of all."""
    settings.MESSAGE_GATEWAYS = dict.fromkeys(["email", "sms"], "messaging.smtp.EmailGateway")
    reminding.plan_for(make_visit(cast, START), now=NOW)
    cast.aroha.reminder_channel = "sms"
    cast.aroha.save()
    reminding.top_up(now=NOW + timedelta(days=1))
    assert sweep(now=nz("2026-11-23 09:00")) == [[Message.objects.get(channel="sms").pk]]
    assert sorted(Message.objects.values_list("channel", "state", "reason")) == [
        ("email", "skipped", "not_wanted"),
        ("sms", "claimed", ""),
    ]


def test_a_rule_made_after_the_booking_reaches_it(cast, texts):
    reminding.plan_for(make_visit(cast, START), now=NOW)
    ReminderRule.objects.create(name="Two hours before", hours_before=2)
    assert reminding.top_up(now=nz("2026-11-23 12:00")) == 1
    assert Message.objects.get(rule__name="Two hours before").due_at == nz("2026-11-24 07:15")


def test_a_rule_with_another_time_moves_what_is_planned_and_not_yet_due(cast, texts):
    reminding.plan_for(make_visit(cast, START), now=NOW)
    texts.at = time(17)
    texts.save()
    reminding.top_up(now=NOW + timedelta(days=1))
    assert Message.objects.get().due_at == nz("2026-11-23 17:00")


def test_what_is_due_or_was_tried_keeps_its_time(cast, texts):
    reminding.plan_for(make_visit(cast, START), now=NOW)
    reminding.top_up(now=nz("2026-11-23 09:00:30"))
    assert Message.objects.get().due_at == nz("2026-11-23 09:00")
    Message.objects.update(attempts=3, due_at=nz("2026-11-23 09:31"))
    reminding.top_up(now=nz("2026-11-23 09:15"))
    assert Message.objects.get().due_at == nz("2026-11-23 09:31")


def test_what_left_is_never_planned_again(cast, texts):
    visit = make_visit(cast, START)
    reminding.plan_for(visit, now=NOW)
    for state in ("claimed", "handed_over", "sent", "delivered", "unknown", "failed"):
        Message.objects.update(
            state=state, handed_over_at=NOW, sent_at=NOW, reason="refused" if state == "failed" else ""
        )
        reminding.plan_for(visit, now=NOW)
        assert [row for row, _ in states()] == [state]


def test_topping_up_costs_the_same_queries_for_one_visit_and_for_a_hundred(cast, texts, django_assert_num_queries):
    for count in (1, 9, 90):
        for _ in range(count):
            make_visit(cast, START, patient=make_patient())
        reminding.top_up(now=NOW + timedelta(days=1))
        with django_assert_num_queries(5):
            reminding.top_up(now=NOW + timedelta(days=2))


def test_reference_data_are_made_once_and_left_alone_afterwards(db):
    reference.ensure()
    reference.ensure()
    assert MessageTemplate.objects.count() == len(reference.TEXTS)
    MessageTemplate.objects.filter(channel="email").update(body="Ours")
    ReminderRule.objects.update(name="Ours", active=False)
    reference.ensure()
    assert set(MessageTemplate.objects.filter(channel="email").values_list("body", flat=True)) == {"Ours"}
    assert list(ReminderRule.objects.values_list("name", "active")) == [("Ours", False)]


def test_the_first_texts_use_known_places_only(texts):
    for template in MessageTemplate.objects.all():
        template.full_clean()


def refused(act) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        act()
    return refusal_for(error.value).code


def test_a_message_exists_once(cast, texts):
    intent(cast, texts).row().save()
    assert refused(intent(cast, texts).row().save) == "message_exists"


def test_a_message_without_rule_and_time_exists_once_too(cast):
    bare = intent(cast, None, subject_starts_at=None)
    bare.row().save()
    assert refused(bare.row().save) == "message_exists"


@pytest.mark.parametrize("state", ["skipped", "failed"])
def test_a_message_that_is_not_sent_says_why(cast, texts, state):
    row = intent(cast, texts).row()
    row.state = state
    assert refused(row.save) == "reason_missing"


@pytest.mark.parametrize("handed_over_at", [None, NOW + timedelta(seconds=1)])
def test_a_message_is_not_sent_before_it_was_handed_over(cast, texts, handed_over_at):
    row = intent(cast, texts).row()
    row.state, row.sent_at, row.handed_over_at = "sent", NOW, handed_over_at
    assert refused(row.save) == "sent_before_handed_over"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"hours_before": 2, "days_before": 1, "at": time(9)},
        {"days_before": 1},
        {"at": time(9)},
        {"hours_before": 2, "at": time(9)},
    ],
)
def test_a_rule_says_one_way_only(db, fields):
    assert refused(lambda: ReminderRule.objects.create(name="x", **fields)) == "rule_needs_one_way"


def test_a_text_exists_once_per_occasion_and_channel(texts):
    again = MessageTemplate(occasion="appointment_reminder", channel="email", subject="x", body="x")
    assert refused(again.save) == "template_exists"


@pytest.mark.parametrize(
    ("subject", "code"),
    [("", "subject_missing"), ("a\nBcc: b@c", "subject_has_breaks"), ("a\rb", "subject_has_breaks")],
)
def test_the_subject_of_an_email_is_there_and_one_line(db, subject, code):
    template = MessageTemplate(occasion="appointment_reminder", channel="email", subject=subject, body="x")
    assert refused(template.save) == code


@pytest.mark.parametrize("to", [{}, {"patient": "aroha", "user": "practitioner"}])
def test_a_message_to_nobody_or_to_two_people_is_refused(cast, to):
    people = {name: getattr(cast, who) for name, who in to.items()}
    about = {"occasion": "sessions_running_out", "channel": "email", "subject_kind": "case", "subject_id": 1}
    assert refused(Message(due_at=NOW, **about, **people).save) == "message_to_nobody"


@pytest.mark.parametrize(
    ("channel", "email", "expected"),
    [
        ("email", "mere@harakeke.example", ("planned", "")),
        ("email", "", ("skipped", "no_address")),
        ("sms", "mere@harakeke.example", ("skipped", "no_address")),
    ],
)
def test_staff_are_written_to_by_email_only(cast, channel, email, expected):
    cast.practitioner.email = email
    running_out = {"occasion": "sessions_running_out", "channel": channel, "subject_kind": "case"}
    plan([intent(cast, None, person=cast.practitioner, subject_starts_at=None, **running_out)], now=NOW)
    message = Message.objects.get()
    assert (message.patient, message.person) == (None, cast.practitioner)
    assert states() == [expected]
