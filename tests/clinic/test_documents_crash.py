"""A worker killed with -9 after it has drawn a paper and before it has stored it."""

import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from clinic import documents
from clinic.models import Document
from clinic.tasks import draw_document
from tests.cast import Cast
from tests.workers import working
from treatments import charting, signing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def document(cast: Cast) -> Document:
    """A signed note that somebody wants on paper."""
    now = timezone.now()
    treatment = charting.begin(
        patient=cast.aroha,
        practitioner=cast.mere,
        started_at=now - timedelta(hours=1),
        complaint="Stiff neck.",
        by=cast.practitioner,
        now=now,
    )
    signing.sign(treatment=treatment, by=cast.practitioner, now=now)
    return documents.ask(kind="signed_note", subject=treatment.pk, by=cast.practitioner, now=now)


@pytest.fixture
def worker():
    with working("doomed") as [process]:
        yield process


def wait_for(look: Callable, seconds: float = 30):
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.001)
    return found


def someone_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%%clinic_document%%'"
        )
        return cursor.fetchone()[0] == 1


def stored_files(document: Document) -> list[Path]:
    return list(Path(settings.MEDIA_ROOT).rglob(f"signed_note-{document.subject}-*"))


def test_a_paper_whose_worker_was_killed_before_storing_it_is_there_after_the_next_sweep(document, worker):
    draw_document.apply_async([document.pk])
    being_drawn = Document.objects.filter(pk=document.pk, state=Document.State.RENDERING)
    with transaction.atomic():
        # While the worker draws, its row is locked here: it then stands drawn, before the first byte is stored.
        wait_for(lambda: being_drawn.select_for_update().first())
        wait_for(someone_waits_for_a_lock)
        worker.send_signal(signal.SIGKILL)
        assert worker.wait(10) == -signal.SIGKILL
    assert stored_files(document) == []
    document.refresh_from_db()
    assert (document.state, document.sha256, document.failures) == ("rendering", "", 0)

    now = timezone.now()
    assert documents.waiting_ids(now=now) == []  # the worker may still be alive
    later = now + documents.LEASE + timedelta(seconds=1)
    assert documents.waiting_ids(now=later) == [document.pk]
    documents.draw(document_id=document.pk, now=later)
    document.refresh_from_db()
    assert document.state == "ready"
    assert [path.name for path in stored_files(document)] == [
        f"signed_note-{document.subject}-{document.sha256[:16]}.pdf"
    ]
    assert stored_files(document)[0].read_bytes().startswith(b"%PDF-")
    assert documents.waiting_ids(now=later + documents.LEASE * 2) == []
