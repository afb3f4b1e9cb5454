"""Many papers at once: asked for in one go, drawn by as many workers as there are, and how far they are is seen.

A batch is rows: for each paper an item, which names its document once that is kept. A worker gets the ids of a few
items. If it dies, a sweep finds the items without a document, and that of `clinic.documents` the documents that are
not drawn; that none is there twice is promised by the unique constraint on documents.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from clinic import documents
from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import DocumentBatch, DocumentBatchItem, User

logger = logging.getLogger(__name__)

MOST = 1000
# One message to a worker: a second or two of work, so that two workers end together.
AT_ONCE = 20
# Whoever had the items of a batch that is older than this is dead, or never got them.
PATIENCE = timedelta(seconds=60)


def ask(*, kind: str, subjects: Sequence[int], by: User, now: datetime) -> DocumentBatch:
    """What cannot be printed is told by its item. Raises 422 `paper_unknown`, `no_subjects`, `too_many_subjects`,
    403."""
    documents.refuse_unknown(kind, by=by)
    wanted = list(dict.fromkeys(subjects))
    if not wanted:
        raise Refusal("no_subjects", "Choose at least one.", field="subjects")
    if len(wanted) > MOST:
        raise Refusal("too_many_subjects", f"Ask for {MOST} papers at most at a time.", field="subjects")
    with acting(by):
        batch = DocumentBatch.objects.create(kind=kind, asked_by=by)
        DocumentBatchItem.objects.bulk_create(DocumentBatchItem(batch=batch, subject=subject) for subject in wanted)
    return batch


def draw(*, item_ids: Iterable[int], clock: Callable[[], datetime]) -> None:
    """Draws the papers of these items, those that are not finished. One that cannot be drawn keeps none of the others
    back."""
    items = DocumentBatchItem.objects.unfinished().filter(pk__in=list(item_ids))
    for item in items.select_related("batch__asked_by").order_by("pk"):
        _draw(item, clock)


def _draw(item: DocumentBatchItem, clock: Callable[[], datetime]) -> None:
    batch, mine = item.batch, DocumentBatchItem.objects.filter(pk=item.pk)
    try:
        paper = documents.paper_for(batch.kind, item.subject)
    except Refusal as refusal:
        mine.update(problem_code=refusal.code, problem=refusal.detail[:300])
        return
    document = documents.kept(paper, kind=batch.kind, subject=item.subject, by=batch.asked_by)
    mine.update(document=document)
    try:
        documents.draw_kept(document, paper, now=clock())
    except Exception as error:  # the sweep of documents tries it again, and gives it up after a few times
        logger.error("Document %d could not be drawn (%s)", document.pk, type(error).__name__)
        documents.note_failure(document_id=document.pk, now=clock())


def in_handfuls(ids: Sequence[int]) -> list[list[int]]:
    return [list(ids[first : first + AT_ONCE]) for first in range(0, len(ids), AT_ONCE)]


def ids_of(batch: DocumentBatch) -> list[int]:
    return list(batch.items.unfinished().order_by("pk").values_list("pk", flat=True))


def waiting_ids(*, now: datetime) -> list[int]:
    """Unfinished items of batches that somebody should have finished by now."""
    late = DocumentBatchItem.objects.unfinished().filter(batch__created_at__lt=now - PATIENCE)
    return list(late.order_by("pk").values_list("pk", flat=True)[:200])
