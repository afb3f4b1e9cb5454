"""What goes along with a message: papers, drawn before it leaves and read from the storage as it leaves, and small
files that the floor of its subject makes on the spot.

The ledger carries the paper's id only. A paper that another worker is drawing is waited for.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

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


def enclosed_by(messages: Sequence[Message]) -> dict[int, tuple[Enclosure, ...] | None]:
    """What goes along with each; None where the file of its paper is not there."""
    made: dict[int, Sequence[Enclosure]] = {}
    for kind, path in settings.MESSAGE_ENCLOSURES.items():
        rows = [message for message in messages if message.subject_kind == kind]
        made |= import_string(path)(rows) if rows else {}
    papers = {message.pk: _paper_of(message) for message in messages}
    return {pk: None if paper is None else (*paper, *made.get(pk, ())) for pk, paper in papers.items()}


def _paper_of(message: Message) -> tuple[Enclosure, ...] | None:
    if message.paper is None:
        return ()
    try:
        with message.paper.file.open() as file:
            return (Enclosure(name=f"{message.paper.title}.pdf", content=file.read()),)
    except OSError:
        return None
