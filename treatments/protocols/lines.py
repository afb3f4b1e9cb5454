"""Needlings of a protocol as lines of text, one a line: `GB30, both, 25 min`."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError

from clinic.widgets import Lines
from treatments.models import Needling, Side
from treatments.pointcodes import AmbiguousPointCode, UnknownPointCode, parse

SIDES = {"b": Side.BOTH, "l": Side.LEFT, "r": Side.RIGHT, "m": Side.MIDLINE} | {side.value: side for side in Side}
TECHNIQUES = {label.casefold(): value for value, label in Needling.Technique.choices}
MINUTES = re.compile(r"(\d{1,3})\s*(?:min|minutes?)?")
# Letters and a number, and nothing else: meant as a code, never as a place in words.
CODE = re.compile(r"[A-Za-z]{1,3}(?:[- ][A-Za-z]{1,2})?[- ]?\d{1,2}")


class NeedlingLines(Lines):
    """The point or a place in words, then in any order what is known of side, minutes and technique.

    A line that is left as it stood keeps what it does not show, such as depth and gauge: `keep` says what stood."""

    def __init__(self, **kwargs: Any) -> None:
        self.stood: dict[str, dict[str, Any]] = {}
        super().__init__(**kwargs)
        self.widget.attrs["rows"] = 8

    def keep(self, rows: Iterable[dict[str, Any]]) -> None:
        self.stood = {self.write(row): row for row in rows}

    def write(self, row: dict[str, Any]) -> str:
        technique = row.get("technique") or Needling.Technique.EVEN
        return ", ".join(
            filter(
                None,
                [
                    ", ".join(filter(None, [row.get("point"), row.get("free_location")])),
                    Side(row["side"]).value,
                    f"{row['retention_minutes']} min" if row.get("retention_minutes") else "",
                    "" if technique == Needling.Technique.EVEN else Needling.Technique(technique).label.lower(),
                ],
            )
        )

    def read(self, line: str) -> dict[str, Any]:
        if line in self.stood:
            return self.stood[line]
        words = [word.strip() for word in line.split(",")]
        row: dict[str, Any] = {}
        while len(words) > 1 and (said := _said(words[-1])) and not said.keys() & row.keys():
            row |= said
            words.pop()
        return {**_place(", ".join(words)), "side": Side.BOTH.value, **row}


def _said(word: str) -> dict[str, Any]:
    """What a word at the end of a line says, or nothing where it belongs to the place."""
    word = word.casefold()
    if word in SIDES:
        return {"side": SIDES[word].value}
    if word in TECHNIQUES:
        return {"technique": TECHNIQUES[word]}
    minutes = MINUTES.fullmatch(word)
    return {"retention_minutes": int(minutes[1])} if minutes else {}


def _place(words: str) -> dict[str, str]:
    try:
        return {"point": str(parse(words))}
    except AmbiguousPointCode as ambiguous:
        candidates = " or ".join(map(str, ambiguous.candidates))
        raise ValidationError(f"{words} can mean {candidates}. Write which.", code="ambiguous") from ambiguous
    except UnknownPointCode as unknown:
        if CODE.fullmatch(words):
            raise ValidationError(f"There is no point {words}.", code="point_unknown") from unknown
        return {"free_location": words}
