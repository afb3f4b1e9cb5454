"""A worker killed with -9 after ACC has a schedule and before anybody has noted it: it is never sent again."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from billing.claiming import asking, delivering
from billing.claiming.acc.replay import Replay
from billing.models import Claim
from billing.tasks import deliver_claim
from patients.models import Payer
from tests.billing.claims import acupuncture, several, submitted
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
START = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--pool", "solo"]


@pytest.fixture
def acc():
    """The stand-in. It has the schedule, and whoever sent it waits for its answer until `answers` is set."""
    server = Replay()
    server.has_it, server.answers = threading.Event(), threading.Event()

    def hold() -> None:
        server.has_it.set()
        server.answers.wait(30)

    server.before_answer = hold
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield server
    server.answers.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def worker(acc: Replay):
    database = connection.settings_dict
    user, password = quote(database["USER"], safe=""), quote(database["PASSWORD"], safe="")
    address = f"postgresql://{user}:{password}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    process = subprocess.Popen(
        START,
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address, "ACC_API_URL": acc.url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait(10)
    deliver_claim.app.control.purge()


@pytest.fixture
def claim(cast: Cast, acc: Replay, settings) -> Claim:
    cache.clear()
    settings.ACC_API_URL = acc.url
    acupuncture(cast.acc)
    Payer.objects.filter(pk=cast.acc.pk).update(claim_channel="acc_api")
    cast.acc.refresh_from_db()
    return submitted(cast, *several(cast, 1), now=timezone.now())


def killed_with_the_answer_on_its_way(claim: Claim, acc: Replay, worker: subprocess.Popen) -> None:
    deliver_claim.apply_async([claim.pk])
    assert acc.has_it.wait(60), "The worker did not hand the claim over."
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(10) == -signal.SIGKILL
    acc.answers.set()


def wait_for(look: Callable, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)


def test_a_claim_whose_worker_died_after_the_hand_over_is_unknown_and_not_sent_again(claim, acc, worker):
    killed_with_the_answer_on_its_way(claim, acc, worker)
    claim.refresh_from_db()
    assert (claim.delivery, claim.attempts) == ("handed_over", 1)
    # The queue hands the task to another worker, and the sweep comes by: both find it handed over.
    deliver_claim(claim.pk)
    assert delivering.waiting_ids(now=timezone.now() + delivering.ANSWER_LIFE + timedelta(minutes=1)) == []
    claim.refresh_from_db()
    assert claim.delivery == "unknown"
    assert len(acc.received[claim.label]) == 1
    asking.ask(claim_id=claim.pk, now=timezone.now())
    claim.refresh_from_db()
    assert (claim.delivery, claim.status, len(acc.received[claim.label])) == ("sent", "acknowledged", 1)


def test_without_the_mark_before_the_hand_over_the_same_crash_claims_twice(claim, acc, worker):
    """The twin: as if the claim had still been waiting when its worker died."""
    killed_with_the_answer_on_its_way(claim, acc, worker)
    Claim.objects.filter(pk=claim.pk).update(delivery="waiting", next_try_at=timezone.now(), handed_over_at=None)
    deliver_claim(claim.pk)
    wait_for(lambda: len(acc.received[claim.label]) == 2)
