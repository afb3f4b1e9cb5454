"""What is added to a signed note, amendment or second signature, is entered in a register as well.

An amendment is chained to its note, which shows when one is changed, moved or taken out of the middle; the register
shows when the last one is taken away. Its own last line is under the signature of the note that is signed next.
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Max

from clinic import chain
from treatments.models import Addition, Amendment, CoSignature, Treatment
from treatments.note_content import moment

# Any number will do, as long as it is this chain's own.
CHAIN_LOCK = 0x6E6F7465


def lock_chain() -> None:
    """Whatever takes the next place among the signed notes or in the register waits here, to the transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def amendment_content(*, author: int, written_at: datetime, reason: str, text: str) -> dict[str, Any]:
    return {"author": author, "written_at": moment(written_at), "reason": reason, "text": text}


def cosignature_content(*, treatment: int, signed_by: int, signed_at: datetime) -> dict[str, Any]:
    return {"cosigns": treatment, "signed_by": signed_by, "signed_at": moment(signed_at)}


def last_line() -> Addition | None:
    return Addition.objects.order_by("-sequence").first()


def chain_hash_of(sequence: int) -> str:
    """Of that line of the register; empty before the first line, and where the line is gone."""
    found = Addition.objects.filter(sequence=sequence).values_list("chain_hash", flat=True).first()
    return found or ""


def enter(row: Amendment | CoSignature, kind: Addition.Kind) -> Addition:
    """The line of what was just added, in the transaction that adds it."""
    lock_chain()
    last = last_line()
    line = Addition(
        sequence=last.sequence + 1 if last else 1,
        treatment_id=row.treatment_id,
        kind=kind,
        added_hash=row.content_hash,
    )
    line.chain_hash = _link(line, previous=last.chain_hash if last else chain.BEGINNING)
    line.save(force_insert=True)
    return line


def _link(line: Addition, *, previous: str) -> str:
    content = {
        "sequence": line.sequence, "treatment": line.treatment_id, "kind": line.kind, "added": line.added_hash,
    }  # fmt: skip
    return chain.link(content, previous=previous)


def amendments_hold(note: Treatment, lines: list[Addition]) -> bool:
    """Whether each amendment follows its predecessor and the register names them all. `note` comes from `whole()`,
    `lines` are its lines in order."""
    previous, found = note.content_hash, []
    for row in sorted(note.amendments.all(), key=lambda amendment: amendment.pk):
        content = amendment_content(
            author=row.author_id, written_at=row.written_at, reason=row.reason, text=row.text
        )  # fmt: skip
        if row.content_hash != chain.link(content, previous=previous):
            return False
        previous = row.content_hash
        found.append(row.content_hash)
    return found == [line.added_hash for line in lines if line.kind == Addition.Kind.AMENDMENT]


def cosignature_holds(note: Treatment, lines: list[Addition]) -> bool:
    """True as well where there is none, and none was ever entered."""
    given = getattr(note, "cosignature", None)
    entered = [line.added_hash for line in lines if line.kind == Addition.Kind.COSIGNATURE]
    if given is None:
        return entered == []
    content = cosignature_content(treatment=note.pk, signed_by=given.signed_by_id, signed_at=given.signed_at)
    whole = given.content_hash == chain.link(content, previous=note.content_hash)
    return whole and entered == [given.content_hash]


def register_holds(lines: list[Addition]) -> bool:
    """Whether the register has no gap, and these lines of it follow their predecessors."""
    counted = Addition.objects.aggregate(lines=Count("pk"), last=Max("sequence"))
    if counted["lines"] != (counted["last"] or 0):
        return False
    before = {line.sequence - 1 for line in lines}
    hashes = dict(Addition.objects.filter(sequence__in=before).values_list("sequence", "chain_hash"))
    return all(
        line.chain_hash == _link(line, previous=hashes.get(line.sequence - 1, chain.BEGINNING)) for line in lines
    )
