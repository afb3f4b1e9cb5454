"""A finding in words, and how it went from the first time to the last. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from treatments.examination import conditions
from treatments.examination.conditions import FindingKind


@dataclass(frozen=True)
class Step:
    id: int
    examined_on: date
    value: Decimal | None
    answer: str
    sign_seen: bool | None


@dataclass(frozen=True)
class Line:
    """The steps of one side and muscle, oldest first. `change` is last less first, of those with a number;
    `direction` is better, worse or same, and empty where there is nothing to compare."""

    side: str
    muscle: str
    steps: tuple[Step, ...]
    change: Decimal | None
    direction: str


def lines(kind: FindingKind, examinations: Iterable[Any]) -> list[Line]:
    """`examinations` of one finding, oldest first."""
    by_place: dict[tuple[str, str], list[Step]] = {}
    for row in examinations:
        step = Step(row.pk, row.examined_on, row.value, row.answer, row.sign_seen)
        by_place.setdefault((row.side, row.muscle), []).append(step)
    return [_line(kind, side, muscle, steps) for (side, muscle), steps in sorted(by_place.items())]


def _line(kind: FindingKind, side: str, muscle: str, steps: list[Step]) -> Line:
    values = [step.value for step in steps if step.value is not None]
    change = values[-1] - values[0] if len(values) > 1 else None
    return Line(side, muscle, tuple(steps), change, _direction(kind, change, steps))


def _direction(kind: FindingKind, change: Decimal | None, steps: list[Step]) -> str:
    if kind.answers:
        healthy = [step.answer == kind.better for step in steps if step.answer]
        change = Decimal(healthy[-1] - healthy[0]) if len(healthy) > 1 else None
    elif kind.better == "lower" and change is not None:
        change = -change
    if change is None:
        return ""
    return "better" if change > 0 else "worse" if change < 0 else "same"


def called(name: str, where: Any) -> str:
    """`Tenderness, left, gluteus medius`: of anything with a `side` and a `muscle`."""
    muscle = conditions.muscles().get(where.muscle)
    return ", ".join(filter(None, [name, where.side, muscle.name.lower() if muscle else where.muscle]))


def seen(kind: FindingKind, found: Any) -> str:
    """`grade 4`, `7 points`, `antalgic`; what was seen besides after a semicolon. Of a step or an examination."""
    number = "" if found.value is None else f"{found.value.normalize():f}"
    measured = f"{kind.unit} {number}" if kind.unit == "grade" else f"{number} {kind.unit}".strip()
    sign = "" if found.sign_seen is None else f"{kind.sign.lower()}: {'yes' if found.sign_seen else 'no'}"
    return "; ".join(filter(None, [measured if number else "", found.answer, sign]))
