"""Claims that a person carries: a schedule that is printed and posted, or a file that is uploaded somewhere.

Nothing leaves the house here, so a repeat does no harm: the same claim makes the same paper and the same file. It is
sent once that lies in the storage.
"""

import csv
import io
from typing import Any

from django.conf import settings
from django.utils import timezone

from billing.claiming import files
from billing.claiming.channels import Answer, Batch, NotTaken, Receipt
from billing.models import Claim
from clinic import documents
from clinic.cells import inert
from clinic.models import Document


class Carried:
    honours_keys = True
    asks_every = None

    def status(self, batch: Batch) -> Answer | None:
        return None


class Paper(Carried):
    """The schedule of the whole claim (`billing.claiming.papers`), among the clinic's papers for whoever posts it."""

    def submit(self, batch: Batch) -> Receipt:
        by = Claim.objects.select_related("submitted_by").get(pk=batch.claim).submitted_by
        paper = documents.make(kind="claim_schedule", subject=batch.claim, by=by, now=timezone.now())
        if paper.state != Document.State.READY:
            raise NotTaken("being_drawn", "The schedule of this claim is still being drawn.")
        return Receipt()


class CsvFile(Carried):
    """With the columns of `settings.CLAIM_CSV_COLUMNS`, as they are when it is made."""

    def submit(self, batch: Batch) -> Receipt:
        files.keep(key=batch.key, channel="csv", content=csv_of(batch.content).encode())
        return Receipt()


def csv_of(content: dict[str, Any]) -> str:
    """The claim as a CSV file, one row a line. A column is a heading and the dotted path of its value: in the line
    first, and in the claim where the line has no such value."""
    columns = settings.CLAIM_CSV_COLUMNS
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([heading for heading, _ in columns])
    for line in content["lines"]:
        writer.writerow([inert(_found(path, line, content)) for _, path in columns])
    return text.getvalue()


def _found(path: str, *holders: dict[str, Any]) -> str:
    for holder in holders:
        value: Any = holder
        for part in path.split("."):
            value = value[int(part)] if isinstance(value, list) and int(part) < len(value) else _of(value, part)
        if value is not None:
            return str(value)
    return ""


def _of(value: Any, part: str) -> Any:
    return value.get(part) if isinstance(value, dict) else None
