"""Text messages over real HTTP: what the provider says decides what becomes of each, and the ledger tells it."""

import logging
from datetime import timedelta

import pytest

from appointments import reminding
from messaging import fitting
from messaging.delivering import deliver
from messaging.models import Message, MessageTemplate
from messaging.reference import TEXTS
from messaging.sweeping import sweep
from tests import textserver
from tests.cast import make_patient
from tests.textserver import SENDER, TOKEN, Provider
from tests.visits import make_visit, nz

BOOKED, DUE, START = nz("2026-11-20 12:00"), nz("2026-11-23 09:00"), nz("2026-11-24 09:15")


@pytest.fixture
def provider(settings):
    with textserver.opened() as provider:
        settings.SMS_SENDER, settings.SMS_TOKEN, settings.SMS_URL = SENDER, TOKEN, provider.url
        settings.SMS_TIMEOUT = 0.4
        settings.MESSAGE_GATEWAYS = {"sms": "messaging.sms.TnzGateway"}
        yield provider


def remind(cast, *, phone: str = "021 555 0184", **who) -> Message:
    """A message that is planned, of a visit of somebody who wants texts."""
    patient = make_patient(reminder_channel="sms", phone=phone, **who)
    visit = make_visit(cast, START + timedelta(hours=Message.objects.count()), patient=patient)
    reminding.plan_for(visit, now=BOOKED)
    return Message.objects.get(subject_id=visit.pk)


def run(now=DUE) -> None:
    for ids in sweep(now=now):
        deliver(message_ids=ids, clock=lambda: now)


def fate(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


@pytest.fixture
def message(cast, texts, provider) -> Message:
    return remind(cast)


def test_a_text_is_taken_once_with_one_spelling_of_the_number(message, provider: Provider):
    run()
    run(DUE + timedelta(minutes=5))
    assert fate(message) == ("sent", "")
    assert provider.tries == 1
    assert set(provider.texts[0]) == {"Sender", "Token", "Number", "Message"}
    assert provider.texts[0]["Number"] == "+64215550184"
    assert provider.texts[0]["Message"].startswith("Harakeke")
    assert "Tue 24 Nov, 9:15 am" in provider.texts[0]["Message"]
    assert (message.sent_at, message.recipient) == (DUE, "021 555 0184")


def test_macrons_and_hanzi_arrive(cast, texts, provider: Provider):
    MessageTemplate.objects.filter(channel="sms").update(body="{first_name}, it’s {when}")
    remind(cast, first_name="Tāmati 陈伟")
    run()
    assert provider.texts[0]["Message"] == "Tāmati 陈伟, it's Tue 24 Nov, 9:15 am"


def test_a_number_that_is_refused_fails_and_the_next_goes(cast, message, provider: Provider):
    provider.refused["+64215550184"] = "Error - Could not find any valid destination(s)."
    other = remind(cast, phone="021 555 0199")
    run()
    assert (fate(message), fate(other)) == (("failed", "refused"), ("sent", ""))


@pytest.mark.parametrize("phone", ["09 555 0100", "04 555 0100 (home)", "021 555 0184 or 021 555 0199"])
def test_a_landline_is_never_tried_and_the_ledger_says_why(cast, texts, provider: Provider, phone):
    assert fate(remind(cast, phone=phone)) == ("skipped", "no_mobile")
    run()
    assert provider.tries == 0


def test_a_number_that_became_a_landline_since_is_not_tried(message, provider: Provider):
    message.patient.phone = "09 555 0100"
    message.patient.save()
    run()
    assert (fate(message), provider.tries) == (("skipped", "no_mobile"), 0)


def test_a_wrong_account_keeps_every_text_for_later(cast, message, provider: Provider, settings):
    settings.SMS_TOKEN = "another"
    other = remind(cast, phone="021 555 0199")
    run()
    assert (fate(message), fate(other), provider.tries) == (("planned", "away"), ("planned", "away"), 1)
    settings.SMS_TOKEN = TOKEN
    run(DUE + timedelta(minutes=2))
    assert (fate(message), fate(other)) == (("sent", ""), ("sent", ""))


@pytest.mark.parametrize(
    ("status", "said", "becomes"),
    [
        (400, {"Result": "Failed", "ErrorMessage": "Missing or empty message"}, ("failed", "refused")),
        (400, {"Result": "Failed", "ErrorMessage": "Invalid sender format"}, ("planned", "away")),
        (400, {"Result": "Failed", "ErrorMessage": "Error occurred while creating job"}, ("unknown", "answer_lost")),
        (200, {"Result": "Failed", "ErrorMessage": "Missing or empty destinations"}, ("failed", "refused")),
        (200, {"Result": "Failed", "ErrorMessage": "Unauthorized"}, ("planned", "away")),
        (200, {}, ("unknown", "answer_lost")),
        (403, {}, ("planned", "away")),
        (404, {}, ("planned", "away")),
        (301, {}, ("planned", "away")),
        (429, {}, ("planned", "busy")),
        (503, {}, ("planned", "busy")),
        (500, {}, ("unknown", "answer_lost")),
        (502, {}, ("unknown", "answer_lost")),
    ],
)
def test_every_answer_has_its_meaning(message, provider: Provider, status, said, becomes):
    provider.mood, provider.said = status, said
    run()
    assert (fate(message), provider.tries) == (becomes, 1)


def test_who_is_told_to_wait_waits_that_long(cast, message, provider: Provider):
    provider.mood, provider.headers = 429, {"Retry-After": "900"}
    other = remind(cast, phone="021 555 0199")
    run()
    assert (fate(message), fate(other), provider.tries) == (("planned", "busy"), ("planned", "busy"), 1)
    assert {row.due_at for row in Message.objects.all()} == {DUE + timedelta(minutes=15)}
    provider.mood = ""
    run(DUE + timedelta(minutes=14))
    assert provider.tries == 1
    run(DUE + timedelta(minutes=15))
    assert (fate(message), fate(other)) == (("sent", ""), ("sent", ""))


@pytest.mark.parametrize("wait", ["Wed, 25 Nov 2026 10:00:00 GMT", "-5", "9999999", "soon", ""])
def test_a_wait_that_is_no_number_of_seconds_counts_as_not_said(message, provider: Provider, wait):
    provider.mood, provider.headers = 503, {"Retry-After": wait}
    run()
    assert (fate(message), message.due_at) == (("planned", "busy"), DUE + timedelta(minutes=1))


@pytest.mark.parametrize("mood", ["silent", "cut", "hang_up"])
def test_an_answer_that_is_lost_leaves_it_unknown_and_nothing_is_sent_again(cast, message, provider: Provider, mood):
    provider.mood = mood
    other = remind(cast, phone="021 555 0199")
    run()
    assert (fate(message), fate(other)) == (("unknown", "answer_lost"), ("planned", "away"))
    provider.mood = ""
    run(DUE + timedelta(minutes=20))
    assert fate(message) == ("unknown", "answer_lost")
    assert [text["Number"] for text in provider.texts] == ["+64215550199"]


def test_nobody_at_home_has_taken_nothing(message, provider: Provider):
    provider.close()
    run()
    assert fate(message) == ("planned", "away")


def test_neither_a_number_nor_a_text_nor_the_token_is_logged(cast, message, provider: Provider, caplog):
    caplog.set_level(logging.DEBUG)
    for turn, mood in enumerate(["silent", "cut", 401, 429, 500, ""]):
        provider.mood, provider.headers = mood, {}
        remind(cast, phone=f"021 555 010{turn}", first_name="Hinewai")
        run(DUE + timedelta(minutes=5 * turn))
    for unsaid in ("555", "Hinewai", "Harakeke", TOKEN, "/r/"):
        assert unsaid not in caplog.text, unsaid
    assert "No answer to message" in caplog.text


def test_without_an_account_there_are_no_text_messages(cast, texts):
    assert fate(remind(cast)) == ("skipped", "no_gateway")


def test_the_texts_that_are_shipped_are_plain_and_say_their_length(cast, texts):
    for occasion, channel, _, _ in TEXTS:
        said = fitting.said_of(MessageTemplate.objects.get(occasion=occasion, channel=channel))
        assert bool(said) == (channel == "sms"), occasion
        assert "outside" not in said
    code = MessageTemplate.objects.get(occasion="booking_code", channel="sms")
    assert fitting.said_of(code).startswith("One part: ")


def test_a_macron_in_a_text_says_what_it_costs(cast, texts):
    text = MessageTemplate(occasion="booking_code", channel="sms", body="Tēnā koe! " + "{code} is the code. " * 5)
    said = "2 parts are paid for: 109 signs, where one part holds 70. Signs outside the alphabet of 160: ē ā."
    assert fitting.said_of(text) == said
