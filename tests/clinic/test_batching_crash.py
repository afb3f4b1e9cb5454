"""Two workers draw the papers of many claims, and one of them is killed with -9 in the middle."""

import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clinic import batching, documents
from clinic.models import Document, DocumentBatch, DocumentBatchItem
from clinic.tasks import draw_items
from tests.cast import Cast
from tests.clinic.test_batching import many_claims
from tests.workers import working

ONE_KILLED, ALL = 80, 1000


def ask(cast: Cast, count: int) -> DocumentBatch:
    subjects = [claim.pk for claim in many_claims(cast, count)]
    return batching.ask(kind="claim_schedule", subjects=subjects, by=cast.billing, now=timezone.now())


def hand_over(batch: DocumentBatch) -> None:
    for handful in batching.in_handfuls(batching.ids_of(batch)):
        draw_items.delay(handful)


def seen(batch: DocumentBatch) -> DocumentBatch:
    return DocumentBatch.objects.with_progress().get(pk=batch.pk)


def wait_until(done, seconds: float, step: float = 0.1) -> list[int]:
    """The figures that `done` saw until it was content: it answers a figure, and whether that is enough."""
    deadline, figures = time.monotonic() + seconds, []
    while True:
        figure, is_enough = done()
        figures.append(figure)
        if is_enough:
            return figures
        assert time.monotonic() < deadline, f"It did not happen in time: {figures[-5:]}"
        time.sleep(step)


def files_of(batch: DocumentBatch) -> Counter:
    """How many files lie in the storage for each claim of the batch."""
    subjects = set(batch.items.values_list("subject", flat=True))
    found = (path.name.split("-")[1] for path in Path(settings.MEDIA_ROOT).rglob("claim_schedule-*.pdf"))
    return Counter(int(subject) for subject in found if int(subject) in subjects)


def clear() -> None:
    """Numbers begin anew in every test, and names of files with them."""
    for path in Path(settings.MEDIA_ROOT).rglob("claim_schedule-*.pdf"):
        path.unlink()


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_is_killed_and_no_paper_is_lost_or_there_twice(cast: Cast):
    clear()
    batch = ask(cast, ONE_KILLED)
    tenth = batch.items.order_by("pk")[9].pk
    with working("doomed") as [doomed], transaction.atomic():
        # While this row is locked here, whoever draws the first handful stands still in the middle of it.
        DocumentBatchItem.objects.select_for_update().get(pk=tenth)
        hand_over(batch)
        wait_until(lambda: (n := seen(batch).ready, n == 9), 60)
        with working("other"):
            wait_until(lambda: (n := seen(batch).ready, n == ONE_KILLED - batching.AT_ONCE + 9), 60)
        doomed.send_signal(signal.SIGKILL)
        assert doomed.wait(10) == -signal.SIGKILL
    time.sleep(1)
    # Nobody draws these, until a minute later the sweeps find them.
    assert (seen(batch).waiting, seen(batch).failed) == (batching.AT_ONCE - 9, 0)
    later = timezone.now() + timedelta(seconds=121)
    with working("third"):
        for handful in batching.in_handfuls(batching.waiting_ids(now=later)):
            draw_items.delay(handful)
        wait_until(lambda: (n := len(batching.ids_of(batch)), n == 0), 60)
    for document_id in documents.waiting_ids(now=later + documents.LEASE):
        documents.draw(document_id=document_id, now=later + documents.LEASE)
    done = seen(batch)
    assert (done.total, done.ready, done.failed, done.waiting) == (ONE_KILLED, ONE_KILLED, 0, 0)
    assert Document.objects.count() == ONE_KILLED
    assert files_of(batch) == dict.fromkeys(batch.items.values_list("subject", flat=True), 1)


@pytest.mark.bench
@pytest.mark.django_db(transaction=True)
def test_1000_claims_are_drawn_by_two_workers_and_the_progress_only_rises(cast: Cast):
    clear()
    batch = ask(cast, ALL)
    with working("one", "two"):
        hand_over(batch)
        figures = wait_until(lambda: (n := seen(batch).ready, n > 0), 60)
        began, first = time.monotonic(), figures[-1]
        figures = wait_until(lambda: (n := seen(batch).ready, n == ALL), 300)
        took = time.monotonic() - began
    assert figures == sorted(figures)
    assert len(set(figures)) > 10
    assert files_of(batch) == dict.fromkeys(batch.items.values_list("subject", flat=True), 1)
    print(f"\n{ALL - first} schedules in {took:.1f} s by two workers: {(ALL - first) / took:.0f} a second")
