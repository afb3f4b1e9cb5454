"""The rows of a remittance, read from JSON or CSV into one shape. Pure.

How ACC names the items and states of its answers is not published (its Invoice API specification, v09 of 2017, lists
them without their JSON names), and every insurer's file is another. The words known here are ours; other ones are
added in `HEADINGS` and `WORDS`, and nowhere else.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from clinic.errors import Refusal
from clinic.money import cents

MOST_ROWS = 5000
LARGEST = Decimal("99999999.99")

HEADINGS = {
    "schedule": "schedule_number",
    "schedule_id": "schedule_number",
    "invoice_number": "schedule_number",
    "line": "line_number",
    "line_id": "line_number",
    "medical_fees_number": "claim_number",
    "service_date": "service_on",
    "amount_claimed": "claimed",
    "amount_awarded": "awarded",
    "amount_paid": "awarded",
    "payment_status": "status",
    "reason_text": "reason",
    "payment_date": "paid_on",
}
WORDS = {
    "accepted": "accepted",
    "approved": "accepted",
    "receipted": "accepted",
    "held": "held",
    "pending": "held",
    "partial": "partial",
    "part paid": "partial",
    "partially paid": "partial",
    "paid": "paid",
    "declined": "declined",
    "rejected": "declined",
    "reversed": "reversed",
    "recovered": "reversed",
}
WITH_MONEY = frozenset({"paid", "partial"})
_TEXTS = {
    "schedule_number": 30,
    "claim_number": 20,
    "service_code": 20,
    "reason_code": 40,
    "reason": 300,
    "payment_reference": 60,
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """`status` is a state of a claim line; amounts are with GST and never negative."""

    status: str
    schedule_number: str = ""
    line_number: int | None = None
    claim_number: str = ""
    service_on: date | None = None
    service_code: str = ""
    claimed: Decimal | None = None
    awarded: Decimal | None = None
    reason_code: str = ""
    reason: str = ""
    payment_reference: str = ""
    paid_on: date | None = None


def from_file(content: bytes) -> list[Row]:
    """A CSV file as it comes, in UTF-8 or as older spreadsheets write it. Raises 422 `remittance_malformed`."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return from_csv(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise Refusal("remittance_malformed", "This is not a CSV file. Export it once more as CSV.", field="file")


def from_csv(text: str) -> list[Row]:
    """The first row holds the headings; those that mean nothing here are left alone. Raises 422
    `remittance_malformed`."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return from_mappings(row for row in reader if any(value for value in row.values() if isinstance(value, str)))


def from_mappings(given: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Raises 422 `remittance_malformed`, naming the row."""
    rows = []
    for number, values in enumerate(given, 1):
        if number > MOST_ROWS:
            raise _malformed(number, f"a remittance has at most {MOST_ROWS} rows")
        rows.append(_row(number, {_heading(name): value for name, value in values.items() if name is not None}))
    if not rows:
        raise Refusal("remittance_malformed", "There is no row in this remittance.", field="rows")
    return rows


def _heading(name: str) -> str:
    known = "_".join(str(name).strip().lower().replace("-", " ").split())
    return HEADINGS.get(known, known)


def _row(number: int, values: Mapping[str, Any]) -> Row:
    status = WORDS.get(" ".join(_text(values.get("status")).lower().replace("_", " ").split()))
    if status is None:
        raise _malformed(number, f"the status “{_text(values.get('status'))[:40]}” is not known")
    texts = {name: _text(values.get(name)) for name in _TEXTS}
    too_long = next((name for name, text in texts.items() if len(text) > _TEXTS[name]), None)
    if too_long:
        raise _malformed(number, f"{too_long} is too long")
    row = Row(
        status=status,
        line_number=_number(number, values.get("line_number")),
        service_on=_day(number, values.get("service_on")),
        claimed=_amount(number, values.get("claimed")),
        awarded=_amount(number, values.get("awarded")),
        paid_on=_day(number, values.get("paid_on")),
        **texts,
    )
    if row.status in WITH_MONEY and not row.awarded:
        raise _malformed(number, "it is paid, and no amount is given")
    if row.status in WITH_MONEY and not row.payment_reference:
        raise _malformed(number, "it is paid, and no payment reference is given")
    return row


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\0", "").strip()


def _number(row: int, value: Any) -> int | None:
    text = _text(value)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise _malformed(row, f"“{text[:20]}” is no line number")
    return int(text)


def _day(row: int, value: Any) -> date | None:
    if isinstance(value, date) or value is None:
        return value
    text = _text(value)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _malformed(row, f"“{text[:20]}” is no day: write 2026-11-24") from None


def _amount(row: int, value: Any) -> Decimal | None:
    """Files write what is taken back with a minus sign; here its status says so."""
    text = _text(value).replace("$", "").replace(",", "")
    if not text:
        return None
    try:
        amount = cents(Decimal(text).copy_abs())
    except (InvalidOperation, ValueError):
        raise _malformed(row, f"“{text[:20]}” is no amount") from None
    if amount > LARGEST:
        raise _malformed(row, f"“{text[:20]}” is no amount")
    return amount


def _malformed(row: int, why: str) -> Refusal:
    return Refusal("remittance_malformed", f"Row {row} cannot be read: {why}. Nothing was taken in.", field="rows")
