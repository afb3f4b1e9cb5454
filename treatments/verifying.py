"""Reading the chain of signed notes again."""

from typing import Any

from clinic import chain
from clinic.errors import Conflict
from treatments import adding
from treatments.models import Treatment
from treatments.note_content import content_of


def verify(treatment: Treatment) -> dict[str, Any]:
    """Whether the note, its place in the chain, and what was added to it are as they were signed.

    Raises 409 `note_not_signed`."""
    row = Treatment.objects.under_signature().get(pk=treatment.pk)
    if not row.is_signed:
        raise Conflict("note_not_signed", "This note is still a draft: there is nothing to verify.")
    before = Treatment.objects.filter(sequence=row.sequence - 1).values_list("content_hash", flat=True).first()
    content = content_of(row, last_addition=adding.chain_hash_of(row.additions_before))
    lines = list(row.additions.order_by("sequence"))
    checks = {
        "content": row.content_hash == chain.link(content, previous=row.previous_hash),
        "chain": row.previous_hash == (chain.BEGINNING if row.sequence == 1 else before),
        "amendments": adding.amendments_hold(row, lines),
        "cosignature": adding.cosignature_holds(row, lines),
        "register": adding.register_holds(lines),
    }
    return {"verified": all(checks.values()), "checks": checks, "content_hash": row.content_hash}
