"""Segments of ASC X12 version 5010: elements, composites, amounts, and text that holds no delimiter."""

from datetime import date
from decimal import Decimal

from billing.us.text import plain

ELEMENT, COMPONENT, REPEAT, END = "*", ":", "^", "~"
_DELIMITERS = str.maketrans(dict.fromkeys(ELEMENT + COMPONENT + REPEAT + END, " "))

Value = str | tuple[str, ...]
"""An element, or the components of a composite one."""


class Unfit(ValueError):
    """What a file must hold is missing or has no room: a stable `code`, and `detail` for a person."""

    def __init__(self, code: str, detail: str):
        super().__init__(detail)
        self.code, self.detail = code, detail


def segment(name: str, *elements: Value) -> str:
    """`name*a*b:c~`, without the empty elements and components at its ends."""
    written = [_trimmed(element, COMPONENT) if isinstance(element, tuple) else element for element in elements]
    return _trimmed((name, *written), ELEMENT) + END


def _trimmed(parts: tuple[str, ...], delimiter: str) -> str:
    return delimiter.join(parts).rstrip(delimiter)


def words(text: str, *, what: str, most: int) -> str:
    """Free text as X12 may hold it; delimiters become spaces. Raises `Unfit` and `billing.us.text.Unwritable`."""
    written = " ".join(plain(text).translate(_DELIMITERS).split())
    if len(written) > most:
        raise Unfit("x12_too_long", f"{what} has {len(written)} characters; the file takes {most}. Shorten it.")
    return written


def needed(text: str, *, what: str, most: int) -> str:
    """As `words`, and refused where nothing is left."""
    written = words(text, what=what, most=most)
    if not written:
        raise Unfit("x12_missing", f"{what} is missing. The insurer's file cannot do without it.")
    return written


def amount(value: Decimal) -> str:
    """`68`, `75.5`: without zeros that say nothing, as the guides ask."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def day(value: date) -> str:
    return f"{value:%Y%m%d}"
