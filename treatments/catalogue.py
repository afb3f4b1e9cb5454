"""The shipped catalogue of points, read from the CSV files beside this module into frozen rows.

Pure: the standard library only. What each column holds, and every fixed vocabulary, is written in data/README.md.
Each reader raises ValueError where a file does not hold to its columns.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from treatments.pointcodes import SIZES

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class PointRow:
    code: str
    channel: str
    number: int
    pinyin: str
    pinyin_toned: str
    hanzi: str
    hanzi_traditional: str
    english: str
    aliases: tuple[str, ...]
    laterality: str
    group_size: int
    region: str
    location: str
    alternative_location: str
    categories: tuple["CategoryRow", ...]


@dataclass(frozen=True)
class CategoryRow:
    """One special assignment of a point; `detail` is its phase, organ, tissue, vessel or area."""

    code: str
    category: str
    detail: str


@dataclass(frozen=True)
class CautionRow:
    """Advice attached to a point; `trimesters` and `techniques` are as in data/README.md."""

    code: str
    caution: str
    techniques: tuple[str, ...]
    trimesters: tuple[int, ...]
    detail: str
    strength: str
    source: str


@dataclass(frozen=True)
class AuricularRow:
    code: str
    english: str
    pinyin: str
    pinyin_toned: str
    hanzi: str
    hanzi_traditional: str
    area: str
    location: str
    caution: str


def read_points() -> list[PointRow]:
    """All points in the order of the channels and, within each, of the numbers."""
    categories: dict[str, list[CategoryRow]] = {}
    for row in read_categories():
        categories.setdefault(row.code, []).append(row)
    return [
        _point(channel, fields, tuple(categories.get(fields["code"], ())))
        for channel in SIZES
        for fields in _rows(DATA / "points" / f"{channel}.csv")
    ]


def _point(channel: str, fields: dict[str, str], categories: tuple[CategoryRow, ...]) -> PointRow:
    code = fields["code"]
    if not code.startswith(channel):
        raise ValueError(f"{code} stands in the file of {channel}.")
    return PointRow(
        code=code,
        channel=channel,
        number=int(code.removeprefix(channel)),
        pinyin=fields["pinyin"],
        pinyin_toned=fields["pinyin_toned"],
        hanzi=fields["hanzi"],
        hanzi_traditional=fields["hanzi_traditional"],
        english=fields["english"],
        aliases=_several(fields["aliases"]),
        laterality=fields["laterality"],
        group_size=int(fields["group_size"]),
        region=fields["region"],
        location=fields["location"],
        alternative_location=fields["alternative_location"],
        categories=categories,
    )


def read_categories() -> list[CategoryRow]:
    return [CategoryRow(**fields) for fields in _rows(DATA / "categories.csv")]


def read_cautions() -> list[CautionRow]:
    return [
        CautionRow(
            code=fields["code"],
            caution=fields["caution"],
            techniques=_several(fields["techniques"]),
            trimesters=tuple(int(trimester) for trimester in _several(fields["trimesters"])),
            detail=fields["detail"],
            strength=fields["strength"],
            source=fields["source"],
        )
        for fields in _rows(DATA / "cautions.csv")
    ]


def read_auricular() -> list[AuricularRow]:
    return [AuricularRow(**fields) for fields in _rows(DATA / "auricular.csv")]


def read_protocols() -> list[dict[str, Any]]:
    """Each with `shipped_as`, `name`, `indication` and lists of rows as the API takes them."""
    return json.loads((DATA / "protocols.json").read_text(encoding="utf-8"))


def _several(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for fields in reader:
            if None in fields or None in fields.values():
                raise ValueError(f"{path.name}, line {reader.line_num}: not the columns of the header.")
            yield fields
