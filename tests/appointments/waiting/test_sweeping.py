"""Sweeps at once, a sweep that is killed: nothing is offered twice and nothing that was offered is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.db import IntegrityError, connection

from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from appointments.waiting import entering, links, offering
from appointments.waiting.answering import decline, take
from clinic.errors import Conflict
from messaging.models import Message
from tests.appointments.waiting.conftest import NOW, held, open_offers, wait
from tests.cast import Cast
from tests.messaging.test_crashes import ROOT, database_url
from tests.rivals import at_once
from tests.visits import nz

pytestmark = pytest.mark.django_db(transaction=True)


def sweeps(count: int) -> list:
    return at_once([lambda: offering.sweep(now=NOW)] * count)


@pytest.fixture
def without_the_constraint(transactional_db) -> Iterator[None]:
    constraint = next(c for c in WaitlistOffer._meta.constraints if c.name == "waitlist_one_open_offer")
    with connection.schema_editor() as editor:
        editor.remove_constraint(WaitlistOffer, constraint)
    yield
    WaitlistOffer.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(WaitlistOffer, constraint)


def test_of_four_sweeps_at_once_one_offers_the_time_to_the_first_in_order(clinic: Cast, kind):
    first, *_ = [wait(clinic, kind) for _ in range(3)]
    assert sorted(sweeps(4)) == [0, 0, 0, 1]
    assert [offer.entry for offer in WaitlistOffer.objects.open()] == [first]
    assert (len(held()), Message.objects.filter(subject_kind="waitlist_offer").count()) == (1, 1)


def test_of_four_sweeps_at_once_one_offers_to_somebody_who_has_a_choice_of_times(clinic: Cast, kind):
    wait(clinic, kind, until_on=nz("2026-12-01 09:00").date())
    assert sorted(sweeps(4)) == [0, 0, 0, 1]
    assert open_offers() == 1


def test_a_sweep_that_neither_waits_nor_has_the_constraint_offers_twice(
    clinic: Cast, kind, without_the_constraint, monkeypatch
):
    """The twin: it shows that the two tests above have teeth."""
    wait(clinic, kind, until_on=nz("2026-12-01 09:00").date())
    monkeypatch.setattr(offering, "_still_waiting", lambda entry: WaitlistEntry.objects.get(pk=entry.pk))
    sweeps(4)
    assert open_offers() > 1


def test_taking_and_passing_on_at_once_is_one_of_them(clinic: Cast, kind):
    entry = wait(clinic, kind)
    offering.sweep(now=NOW)
    token = links.token_for(WaitlistOffer.objects.get())
    answers = at_once([lambda: take(token=token, now=NOW), lambda: decline(token=token, now=NOW)] * 2)
    assert sum(isinstance(answer, WaitlistOffer) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, Conflict)} <= {
        "offer_taken", "offer_declined", "not_waiting",
    }  # fmt: skip
    entry.refresh_from_db()
    assert (entry.state == "fulfilled") == (Appointment.objects.get().status == "booked")


def test_who_is_taken_off_while_a_sweep_looks_is_offered_nothing(clinic: Cast, kind):
    entry = wait(clinic, kind)
    with suppress(IntegrityError):
        at_once([
            lambda: offering.sweep(now=NOW), lambda: entering.withdraw(entry=entry, by=clinic.desk, now=NOW),
        ])  # fmt: skip
    assert (open_offers(), held()) == (0, [])


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_sweep_killed_between_hold_and_message_leaves_nothing_and_the_next_one_offers(clinic: Cast, kind, place):
    """Killed with SIGKILL inside its transaction, before the message was written or after it."""
    wait(clinic, kind)
    sweeper = subprocess.Popen(
        [sys.executable, "-m", "tests.appointments.waiting.sweeper", NOW.isoformat(), place],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    said = sweeper.stdout.readline().strip()
    sweeper.send_signal(signal.SIGKILL)
    assert (sweeper.wait(10), said) == (-signal.SIGKILL, place)
    sweeper.stdout.close()
    assert (open_offers(), held()) == (0, [])
    assert (offering.sweep(now=NOW), offering.sweep(now=NOW)) == (1, 0)
    assert (open_offers(), len(held())) == (1, 1)
    assert Message.objects.filter(subject_kind="waitlist_offer", state="planned").count() == 1
