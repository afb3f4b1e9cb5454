"""Names, addresses, texts and tokens: in letters and in the database, never in a log or in Redis."""

import base64
import logging
import re
import time
from datetime import timedelta

import pytest
import redis
from celery.contrib.testing.worker import start_worker
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone

from appointments import links, reminding
from clinic.logs import WithoutTokens
from config.celery import app
from messaging.models import Message
from messaging.tasks import sweep
from tests.cast import make_patient
from tests.visits import make_visit

CANARY = "kereru"


def everything_in_redis() -> str:
    """Every key and value, whatever its type, and the bodies of tasks as they are meant: Celery wraps them in base64,
    in which no name would be recognised."""
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    read = {
        b"string": lambda key: [client.get(key)],
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"hash": lambda key: [part for pair in client.hgetall(key).items() for part in pair],
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    raw = [piece for key in client.scan_iter() for piece in (key, *read[client.type(key)](key))]
    text = "\n".join(piece.decode(errors="replace") for piece in raw)
    bodies = [base64.b64decode(body).decode() for body in re.findall(r'"body": "([^"]*)"', text)]
    return "\n".join([text, *bodies])


@pytest.fixture
def due(cast, texts, db):
    start = timezone.now() + timedelta(hours=2)
    patient = make_patient(
        first_name=f"{CANARY}-first", last_name=f"{CANARY}-last", email=f"{CANARY}@example.nz", phone="021 555 9999"
    )
    visit = make_visit(cast, start, patient=patient)
    with transaction.atomic():
        reminding.plan_for(visit, now=timezone.now())
    return visit


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer", ["250 OK", "550 kereru@example.nz is unknown here", "drop"])
def test_no_canary_in_the_log_or_in_redis_whatever_the_post_answers(due, post_office, caplog, answer):
    """The task is queued for real, read out of Redis while it waits, then done."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the receiving server's own, not ours
    if answer == "drop":
        post_office.to_content = answer
    elif not answer.startswith("250"):
        post_office.to_address[f"{CANARY}@example.nz"] = answer
    sweep()
    waiting = everything_in_redis()
    assert f"[[[{Message.objects.get().pk}]], " in waiting
    with start_worker(app, perform_ping_check=False, loglevel="DEBUG"):
        deadline = time.monotonic() + 10
        while Message.objects.get().state in {"claimed", "handed_over"} and time.monotonic() < deadline:
            time.sleep(0.05)
    assert Message.objects.get().state in {"sent", "failed", "unknown"}
    seen = waiting + everything_in_redis() + caplog.text
    for secret in (CANARY, "021 555 9999", links.token_for(due)):
        assert secret not in seen, secret


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("%s: %s", ("Conflict", "/api/v1/public/reminders/WzEsMl0.abc-_/")),
        ("%s: %s", ("Not Found", "/r/WzEsMl0.abc-_/")),
        ("Forbidden (CSRF cookie not set.): /r/WzEsMl0.abc-_/", ()),
        ('"GET /feeds/WzEsMl0.abc-_.ics HTTP/1.1" 404', None),
    ],
)
def test_a_token_in_an_address_is_not_logged(message, args):
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, message, args, None)
    assert WithoutTokens().filter(record) is True
    assert "WzEsMl0" not in record.getMessage()
    assert "/..." in record.getMessage()


def test_every_handler_of_the_log_leaves_tokens_out():
    handlers = django_settings.LOGGING["handlers"].values()
    assert [handler["filters"] for handler in handlers] == [["without_tokens"]] * len(handlers)
