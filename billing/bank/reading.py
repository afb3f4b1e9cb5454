"""A bank's CSV file as plain values, whoever wrote it: three encodings, three separators, lines above the header.

What cannot be read for certain is refused with the line it stands in; nothing is guessed. Texts are hostile: they are
kept as they are, without control characters, and only ever shown.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clinic.errors import Refusal

MOST_LINES = 20_000
# Banks write an address or the account's name above the header.
HEADER_WITHIN = 20
SEPARATORS = ",;\t"
_AMOUNT = re.compile(r"(-?)(\(?)\$?(-?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d{1,2})?(\)?)")
_DATE = re.compile(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})|(\d{4})(\d{2})(\d{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, kw_only=True)
class Columns:
    date: str
    amount: str
    references: Sequence[str]
    party: str = ""
    date_order: str = ""

    @property
    def needed(self) -> list[str]:
        return [self.date, self.amount, *self.references, *([self.party] if self.party else [])]


@dataclass(frozen=True, kw_only=True)
class Row:
    """`amount` is negative where money went out."""

    booked_on: date
    amount: Decimal
    text: str
    party: str


def read(content: bytes | str, columns: Columns) -> list[Row]:
    """Raises 422 `file_unreadable`, `file_too_long`, `columns_missing`, `date_unreadable`, `date_order_unclear`,
    `amount_unreadable`."""
    lines = list(_below_header(_decoded(content), columns))
    order = columns.date_order or _order_of([cells[0] for _, cells in lines])
    rows = []
    for number, (day, amount, *texts) in lines:
        *references, party = texts
        rows.append(
            Row(
                booked_on=_day(day, order, number),
                amount=_amount(amount, number),
                text=_clean(" ".join(filter(None, references)))[:300],
                party=_clean(party)[:120],
            )
        )
    return rows


def _decoded(content: bytes | str) -> str:
    if isinstance(content, str):
        return content
    has_utf16_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if has_utf16_mark else ["utf-8-sig", "cp1252"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable()


def _unreadable() -> Refusal:
    return Refusal("file_unreadable", "This is not a CSV file of a bank. Export it once more as CSV.", field="content")


def _below_header(text: str, columns: Columns) -> Iterator[tuple[int, list[str]]]:
    """The number of each line that is not empty, with its date, amount, references and party."""
    if "\0" in text:
        raise _unreadable()
    for separator in SEPARATORS:
        table = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
        try:
            places = _places(table, columns)
            if places is not None:
                yield from _cells(table, places, columns)
                return
        except csv.Error:
            raise _unreadable() from None
    raise Refusal(
        "columns_missing",
        f"The file has no line that names the columns {', '.join(columns.needed)}. Look at the format.",
        field="content",
    )


def _places(table: Iterator[list[str]], columns: Columns) -> list[int] | None:
    wanted = [name.strip().casefold() for name in columns.needed]
    for _, cells in zip(range(HEADER_WITHIN), table, strict=False):
        names = [cell.strip().casefold() for cell in cells]
        if all(name in names for name in wanted):
            return [names.index(name) for name in wanted]
    return None


def _cells(table: Iterator[list[str]], places: list[int], columns: Columns) -> Iterator[tuple[int, list[str]]]:
    for count, cells in enumerate(table):
        if count >= MOST_LINES:
            raise Refusal(
                "file_too_long", f"A file has {MOST_LINES:,} lines at most. Export fewer days.", field="content"
            )
        found = [cells[place].strip() if place < len(cells) else "" for place in places]
        if any(found):
            yield table.line_num, found if columns.party else [*found, ""]


def _order_of(days: Sequence[str]) -> str:
    """The one order in which all dates make sense. Raises 422 `date_order_unclear` where two do."""
    parts = [match.groups() for day in days if (match := _DATE.fullmatch(day))]
    triples = [(int(a), int(b)) for a, b, *_ in parts if a is not None]
    if not triples or all(first > 31 for first, _ in triples):
        return "ymd"
    if any(first > 12 for first, _ in triples):
        return "dmy"
    if any(second > 12 for _, second in triples):
        return "mdy"
    raise Refusal(
        "date_order_unclear", "The dates could be read in two ways. Say in the format which part is the day."
    )


def _day(text: str, order: str, number: int) -> date:
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        groups = [group for group in match.groups() if group is not None]
        # A date in one piece is always year, month, day.
        parts = dict(zip(order if match.group(1) else "ymd", groups, strict=True))
        year = f"20{parts['y']}" if len(parts["y"]) == 2 else parts["y"]
        day = date(int(year), int(parts["m"]), int(parts["d"]))
        if not 1990 <= day.year < 2200:
            raise ValueError(text)
    except ValueError:
        raise Refusal("date_unreadable", f"Line {number}: there is no date in the column of dates.") from None
    return day


def _amount(text: str, number: int) -> Decimal:
    match = _AMOUNT.fullmatch(text.replace(" ", ""))
    whole, part = (match.group(4) or "", match.group(5) or "") if match else ("", "")
    if not (whole or part) or len(whole) > 10 or bool(match.group(2)) != bool(match.group(6)):
        raise Refusal("amount_unreadable", f"Line {number}: there is no amount in the column of amounts.")
    amount = Decimal(f"{whole.replace(',', '') or 0}{part}")
    return -amount if match.group(1) or match.group(2) or match.group(3) else amount


def _clean(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())
