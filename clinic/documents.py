"""Papers: asking for one, drawing it, and finding those that a dead worker left behind.

A paper is drawn by a worker from a `Paper`: plain values gathered by the function that `settings.PAPERS` names.
The file's name is its content's digest, so drawing twice writes the same bytes to the same place.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.module_loading import import_string
from pypdf import PdfReader

from clinic import pdf
from clinic.acting import acting
from clinic.errors import NotAllowed, Refusal
from clinic.models import Document, Practice, User
from clinic.pdf import Letterhead
from clinic.permissions import Permission

# A page takes milliseconds; a worker that is silent for this long is dead.
LEASE = timedelta(seconds=60)
MOST_FAILURES = 5


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What is needed to draw a paper: its title, whose it is, the digest of what it says, and how to draw it."""

    title: str
    patient_id: int | None
    content_digest: str
    draw: Callable[[], bytes]


def compose(
    module: Any,
    values: Any,
    *,
    practice: Practice,
    number: str = "",
    patient_id: int | None,
    sheet: pdf.Sheet = pdf.A4,
) -> Paper:
    """A paper of a module with `title(values)` and `story(values)`, on the practice's letterhead.

    The digest covers exactly what is printed: change one value, and it is another paper. GST is of New Zealand, so a
    sheet that writes the month first does not name its number.
    """
    letterhead = Letterhead(
        practice=practice.name,
        address=tuple(practice.address.splitlines()),
        gst_number=practice.gst_number if practice.gst_registered and not sheet.month_first else "",
        phone=practice.phone,
        email=practice.email,
    )
    said = [module.__name__, number, dataclasses.asdict(values), dataclasses.asdict(letterhead)]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
    return Paper(
        title=f"{module.title(values)} {number}".strip(),
        patient_id=patient_id,
        content_digest=digest,
        draw=lambda: pdf.render(
            module.story(values, paper=sheet),
            letterhead=letterhead,
            title=module.title(values),
            number=number,
            digest=digest,
            verify_url=f"{settings.PUBLIC_URL}/verify/{digest[: pdf.DIGEST_LENGTH]}/",
            paper=sheet,
        ),
    )


def paper_for(kind: str, subject: int) -> Paper:
    """Raises `Refusal` when the subject is not there or not in a state to be printed."""
    return import_string(settings.PAPERS[kind]["paper"])(subject)


def ask(*, kind: str, subject: int, by: User, now: datetime) -> Document:
    """The document of that content: the one that stands, or a new one to be drawn. Raises 403, 422."""
    refuse_unknown(kind, by=by)
    return kept(paper_for(kind, subject), kind=kind, subject=subject, by=by)


def make(*, kind: str, subject: int, by: User, now: datetime) -> Document:
    """Asks for a paper on somebody's behalf and draws it here and now. What is ready stays as it is; where another
    worker has it, it is answered as being drawn. Raises what `paper_for` raises."""
    paper = paper_for(kind, subject)
    document = kept(paper, kind=kind, subject=subject, by=by)
    draw_kept(document, paper, now=now)
    document.refresh_from_db()
    return document


def refuse_unknown(kind: str, *, by: User) -> None:
    """Raises 422 `paper_unknown`, 403."""
    if kind not in settings.PAPERS:
        raise Refusal("paper_unknown", "There is no paper of this kind.", field="kind")
    if not by.may(Permission(settings.PAPERS[kind]["permission"])):
        raise NotAllowed("permission_denied", "Your role does not include this paper.")


def draw_kept(document: Document, paper: Paper, *, now: datetime) -> None:
    """Draws what was composed already, unless it is drawn or another worker has it."""
    if take(document_id=document.pk, now=now) is not None:
        store(document=document, content=paper.draw(), now=now)


def kept(paper: Paper, *, kind: str, subject: int, by: User) -> Document:
    with acting(by):
        document, _ = Document.objects.get_or_create(
            kind=kind,
            subject=subject,
            content_digest=paper.content_digest,
            defaults={"title": paper.title, "patient_id": paper.patient_id, "asked_by": by},
        )
    return document


def take(*, document_id: int, now: datetime) -> Document | None:
    """Marks a waiting document as being drawn; None if it is drawn already or another worker has it."""
    taken = (
        Document.objects.waiting(before=now - LEASE)
        .filter(pk=document_id)
        .update(state=Document.State.RENDERING, taken_at=now, updated_at=now)
    )
    return Document.objects.get(pk=document_id) if taken else None


def draw(*, document_id: int, now: datetime) -> None:
    """Draws and stores a waiting document. A crash before the last line leaves it for the sweep."""
    document = take(document_id=document_id, now=now)
    if document is None:
        return
    paper = paper_for(document.kind, document.subject)
    content = paper.draw()
    store(document=document, content=content, now=now)


def store(*, document: Document, content: bytes, now: datetime) -> None:
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        row = Document.objects.select_for_update().get(pk=document.pk)
        if row.state == Document.State.READY:
            return
        row.file.save(f"{row.kind}-{row.subject}-{digest[:16]}.pdf", ContentFile(content), save=False)
        row.state, row.rendered_at = Document.State.READY, now
        row.sha256, row.size, row.pages = digest, len(content), len(PdfReader(BytesIO(content)).pages)
        row.save()


def note_failure(*, document_id: int, now: datetime) -> None:
    """Counts a failed attempt; after five the document is shown as failed instead of being tried for ever."""
    row = Document.objects.get(pk=document_id)
    row.failures += 1
    row.state = Document.State.FAILED if row.failures >= MOST_FAILURES else Document.State.ASKED
    row.save(update_fields=["failures", "state", "updated_at"])


def waiting_ids(*, now: datetime, limit: int = 200) -> Sequence[Any]:
    return list(Document.objects.waiting(before=now - LEASE).order_by("id").values_list("pk", flat=True)[:limit])
