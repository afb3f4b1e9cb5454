"""Papers that go along with a message: drawn before it leaves, and read from the storage as it leaves.

The ledger carries the paper's id only. A paper that another worker is drawing is waited for.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from clinic import documents
from clinic.models import Document
from messaging.gateways import Enclosure
from messaging.models import Message

logger = logging.getLogger(__name__)


def prepare(ids: Sequence[int], *, clock: Callable[[], datetime]) -> tuple[list[int], list[int]]:
    """Draws the papers of these messages that are missing. Answers those messages whose paper is still to come, and
    those whose paper cannot be drawn."""
    missing = Document.objects.filter(messages__in=ids).exclude(state=Document.State.READY).distinct()
    for document in missing.exclude(state=Document.State.FAILED):
        try:
            documents.draw(document_id=document.pk, now=clock())
        except Exception as error:  # whatever a paper raises is its own affair; the other messages go on
            logger.error("Paper %d was not drawn (%s)", document.pk, type(error).__name__)
            documents.note_failure(document_id=document.pk, now=clock())
    left = Message.objects.filter(pk__in=ids, paper__isnull=False).exclude(paper__state=Document.State.READY)
    states = dict(left.values_list("pk", "paper__state"))
    failed = [pk for pk, state in states.items() if state == Document.State.FAILED]
    return [pk for pk in states if pk not in failed], failed


def enclosures_of(message: Message) -> tuple[Enclosure, ...] | None:
    """What goes along; None where its file is not there."""
    if message.paper is None:
        return ()
    try:
        with message.paper.file.open() as file:
            return (Enclosure(name=f"{message.paper.title}.pdf", content=file.read()),)
    except OSError:
        return None
