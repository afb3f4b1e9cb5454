"""Claims that a person carries: printed on a schedule and posted, or as a file that is uploaded to the payer's pages.

Nothing leaves the house here, so a repeat does no harm: the same claim makes the same paper and the same file.
"""

import csv
import io
from typing import Any

from django.conf import settings

from billing.claiming.channels import Answer, Batch, Receipt


class Paper:
    """A person posts it. No schedule of a whole claim is drawn yet: each invoice on it has its own."""

    honours_keys = True
    asks_every = None

    def submit(self, batch: Batch) -> Receipt:
        return Receipt()

    def status(self, batch: Batch) -> Answer | None:
        return None


class CsvFile(Paper):
    """`csv_of` writes it, with the columns of `settings.CLAIM_CSV_COLUMNS`; no door hands it out yet."""


def csv_of(content: dict[str, Any]) -> str:
    """The claim as a CSV file, one row a line. A column is a heading and the dotted path of its value: in the line
    first, and in the claim where the line has no such value."""
    columns = settings.CLAIM_CSV_COLUMNS
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([heading for heading, _ in columns])
    for line in content["lines"]:
        writer.writerow([_inert(_found(path, line, content)) for _, path in columns])
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


def _inert(text: str) -> str:
    """What a spreadsheet would take for a formula is text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
