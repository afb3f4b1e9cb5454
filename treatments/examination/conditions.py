"""Conditions of the buttock and the outer hip, the muscles behind them and what is found on examination, as data.

Pure: the standard library only. What each column holds is written in data/conditions/README.md.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent.parent / "data" / "conditions"


@dataclass(frozen=True)
class Muscle:
    code: str
    name: str
    origin: str
    insertion: str
    action: str
    nerve: str
    strength: str
    source: str


@dataclass(frozen=True)
class ConditionCode:
    """A usual diagnosis code; `side` is left, right, or empty where the code says none."""

    system: str
    code: str
    side: str
    description: str


@dataclass(frozen=True)
class Condition:
    code: str
    name: str
    also_called: str
    muscles: tuple[Muscle, ...]
    signs: tuple[str, ...]
    findings: tuple[str, ...]
    codes: tuple[ConditionCode, ...]
    source: str


@dataclass(frozen=True)
class FindingKind:
    """What can be found. A number within `lowest` and `highest` in `unit`, or one of `answers`; `sign` is what may be
    seen besides, or nothing. `sides`: `one` of left and right is named, or `any` may be. `better`: higher, lower or
    normal."""

    code: str
    name: str
    how: str
    sides: str
    by_muscle: str
    unit: str
    lowest: Decimal | None
    highest: Decimal | None
    answers: tuple[str, ...]
    sign: str
    better: str
    source: str


@cache
def muscles() -> dict[str, Muscle]:
    return {row["code"]: Muscle(**row) for row in _rows("muscles")}


@cache
def finding_kinds() -> dict[str, FindingKind]:
    return {row["code"]: _finding_kind(row) for row in _rows("findings")}


@cache
def conditions() -> dict[str, Condition]:
    """Raises KeyError where a condition names a muscle or a finding that is not there."""
    codes: dict[str, list[ConditionCode]] = {}
    for row in _rows("codes"):
        codes.setdefault(row.pop("condition"), []).append(ConditionCode(**row))
    return {row["code"]: _condition(row, tuple(codes[row["code"]])) for row in _rows("conditions")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _finding_kind(row: dict[str, str]) -> FindingKind:
    bounds = {name: Decimal(row[name]) if row[name] else None for name in ("lowest", "highest")}
    return FindingKind(**row | bounds | {"answers": _several(row["answers"])})


def _condition(row: dict[str, str], codes: tuple[ConditionCode, ...]) -> Condition:
    return Condition(
        code=row["code"],
        name=row["name"],
        also_called=row["also_called"],
        muscles=tuple(muscles()[code] for code in _several(row["muscles"])),
        signs=_several(row["signs"]),
        findings=tuple(finding_kinds()[code].code for code in _several(row["findings"])),
        codes=codes,
        source=row["source"],
    )
