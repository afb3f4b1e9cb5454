"""Real processes, real connections: what a kill, a rival or a slow neighbour can do to a reminder."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from appointments import attending, reminding
from appointments.models import Appointment
from messaging.delivering import deliver
from messaging.models import Message
from messaging.sweeping import ANSWER_LIFE, CLAIM_LIFE, sweep
from tests.cast import make_patient
from tests.visits import make_visit

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def visits(cast, texts, now):
    """Twenty appointments in two hours, whose reminders are due at once."""
    visits = [make_visit(cast, now + timedelta(hours=2), patient=make_patient()) for _ in range(20)]
    with transaction.atomic():
        for visit in visits:
            reminding.plan_for(visit, now=now)
    return visits


def database_url() -> str:
    """The address of this test's own database."""
    database = connection.settings_dict
    user, password = quote(database["USER"], safe=""), quote(database["PASSWORD"], safe="")
    return f"postgresql://{user}:{password}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


def killed_worker(gateway: str, ids: list[int]) -> str:
    """Starts a worker, waits until it is stuck, kills it with SIGKILL. Answers what it said."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.messaging.worker", f"tests.messaging.gateways.{gateway}", *map(str, ids)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    said = worker.stdout.readline().strip()
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(10) == -signal.SIGKILL
    worker.stdout.close()
    return said


def run(now) -> None:
    for ids in sweep(now=now):
        deliver(message_ids=ids, clock=lambda: now)


def counted(**filters) -> int:
    return Message.objects.filter(**filters).count()


def in_threads(act, count: int) -> None:
    """Runs `act` in threads at once, each with a connection of its own. Raises what one of them raised."""
    errors = []
    barrier = threading.Barrier(count)

    def alone() -> None:
        try:
            barrier.wait()
            act()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=alone) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]


def test_a_worker_killed_before_the_hand_over_loses_nothing_and_sends_nothing_twice(visits, post_office, now):
    [ids] = sweep(now=now)
    assert killed_worker("StuckBefore", ids) == "before"
    assert counted(state="claimed") == 20
    run(now + timedelta(minutes=1))
    assert post_office.letters == []
    run(now + CLAIM_LIFE + timedelta(seconds=1))
    run(now + CLAIM_LIFE + timedelta(minutes=1))
    assert len(post_office.letters) == len(set(post_office.recipients)) == 20


def test_a_worker_killed_after_the_hand_over_leaves_one_unknown_and_the_rest_sent_once(visits, post_office, now):
    [ids] = sweep(now=now)
    assert killed_worker("StuckAfter", ids) == "after"
    assert (counted(state="handed_over"), counted(state="claimed")) == (1, 19)
    for minutes in range(1, 30):
        run(now + timedelta(minutes=minutes))
    assert len(post_office.letters) == len(set(post_office.recipients)) == 19
    unknown = Message.objects.get(state="unknown")
    assert unknown.recipient not in post_office.recipients
    assert unknown.claimed_at + ANSWER_LIFE < now + timedelta(minutes=30)


def test_two_sweeps_and_their_workers_at_once_send_nothing_twice(visits, post_office, now):
    in_threads(lambda: run(now), 4)
    assert len(post_office.letters) == len(set(post_office.recipients)) == 20
    assert counted(state="sent") == 20


def test_the_same_task_delivered_by_four_workers_sends_nothing_twice(visits, post_office, now):
    """A task that the queue believes lost is given to another worker while the first still has it."""
    [ids] = sweep(now=now)
    in_threads(lambda: deliver(message_ids=ids, clock=lambda: now), 4)
    assert len(post_office.letters) == len(set(post_office.recipients)) == 20


def test_without_the_state_asked_at_the_hand_over_four_workers_would_send_many_twice(
    visits, post_office, now, monkeypatch
):
    """The twin of the test above: workers that only look whether a message was claimed, and do not mark it."""
    [ids] = sweep(now=now)
    monkeypatch.setattr(Message.objects.__class__, "bulk_update", lambda *args, **kwargs: 0, raising=False)
    in_threads(lambda: deliver(message_ids=ids, clock=lambda: now), 4)
    assert len(post_office.letters) > 20


def test_a_cancellation_under_way_is_waited_for_and_then_counts(visits, cast, post_office, now):
    """The front desk holds the appointment when the worker comes to hand over."""
    [ids] = sweep(now=now)
    visit = visits[0]
    worker = threading.Thread(target=lambda: (deliver(message_ids=ids, clock=lambda: now), connections.close_all()))
    with transaction.atomic():
        Appointment.objects.select_for_update().get(pk=visit.pk)
        worker.start()
        deadline = time.monotonic() + 10
        while not _somebody_waits() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert _somebody_waits()
        attending.cancel(appointment=visit, reason="patient", by=cast.desk, now=now)
    worker.join(20)
    assert not worker.is_alive()
    assert visit.patient.email not in post_office.recipients
    assert len(post_office.letters) == 19
    assert Message.objects.get(subject_id=visit.pk).reason == "cancelled"


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def test_cancellations_among_deliveries_are_either_before_or_after_and_never_deadlock(visits, cast, post_office, now):
    [ids] = sweep(now=now)
    waiting = list(visits)

    def cancel_some() -> None:
        while waiting:
            try:
                visit = waiting.pop()
            except IndexError:
                return
            attending.cancel(appointment=visit, reason="patient", by=cast.desk, now=now)

    turns = [lambda: deliver(message_ids=ids, clock=lambda: now), cancel_some, cancel_some]
    in_threads(lambda: turns.pop()(), 3)
    sent = set(Message.objects.filter(state="sent").values_list("recipient", flat=True))
    assert sorted(sent) == post_office.recipients
    assert counted(state="sent") + counted(state="skipped", reason="cancelled") == 20
