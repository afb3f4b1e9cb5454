"""The course of a measure as a chart: scores as dots on a line, sessions as ticks below. Pure.

`primitives` says what there is to draw, in units whose origin is the upper left corner; `draw` makes an SVG of it, and
a paper draws the same lines. Colours are attributes that a page's own CSS can overrule by class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from itertools import pairwise

from treatments.outcomes.measures import Measure

WIDTH, HEIGHT = 480, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 16, 56
DOT = 4
# Of what each kind of line and letter is made, on paper and on a page without CSS of its own.
GREY, INK, GREEN, BLUE = "#d8d3c6", "#5c6863", "#2f6f5e", "#3a6ea5"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Point:
    """A score of that day. `comparable` is false where what was asked differs from the latest score's."""

    on: date
    score: Decimal
    comparable: bool = True


@dataclass(frozen=True, slots=True)
class Stroke:
    kind: str
    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    width: float = 1


@dataclass(frozen=True, slots=True)
class Dot:
    kind: str
    x: float
    y: float
    radius: float
    colour: str
    filled: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """`anchor`: start, middle or end of the text stands at `x`; `y` is its baseline."""

    kind: str
    x: float
    y: float
    text: str
    anchor: str = "start"
    size: float = 11
    colour: str = INK


Primitive = Stroke | Dot | Label


def primitives(
    points: Sequence[Point], treatments: Sequence[date], measure: Measure, *, width: int = WIDTH, height: int = HEIGHT
) -> list[Primitive]:
    """What the chart consists of, in the order of drawing. `points` oldest first."""
    drawn = _frame(measure, width, height)
    if not points:
        return [*drawn, Label("empty", width / 2, height / 2, "No scores yet", "middle")]
    days = [point.on for point in points] + list(treatments)
    first, last = min(days), max(days)

    def across(day: date) -> float:
        inner = width - LEFT - RIGHT
        span = (last - first).days
        return LEFT + (inner * (day - first).days / span if span else inner / 2)

    places = [(across(point.on), _height_of(point.score, measure, height)) for point in points]
    drawn += [_tick(across(day), height) for day in sorted(set(treatments))]
    if treatments:
        drawn += [
            Stroke("legend", LEFT, height - 14, LEFT, height - 6, BLUE, 2),
            Label("legend", LEFT + 8, height - 6, _sessions(treatments)),
        ]
    drawn += [
        Stroke("course", *before, *after, GREEN, 2)
        for (one, before), (other, after) in pairwise(zip(points, places, strict=True))
        if one.comparable == other.comparable
    ]
    drawn += [Dot("score", x, y, DOT, GREEN, point.comparable) for point, (x, y) in zip(points, places, strict=True)]
    drawn += _values(points, places)
    return drawn + _dates(first, last, across, height)


def draw(points: Sequence[Point], treatments: Sequence[date], measure: Measure) -> str:
    """An SVG of its own, with a title and a description that say in words what the eye sees. Its names are those of
    its measure: several stand on one page."""
    key = f"trend-{measure.code}"
    shapes = "\n".join(map(_svg, primitives(points, treatments, measure)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" class="trend"'
        f' aria-labelledby="{key}-title {key}-desc" font-family="system-ui, sans-serif">\n'
        f'<title id="{key}-title">{escape(measure.name)}</title>\n'
        f'<desc id="{key}-desc">{escape(described(points, treatments, measure))}</desc>\n'
        f"{shapes}\n</svg>\n"
    )


def described(points: Sequence[Point], treatments: Sequence[date], measure: Measure) -> str:
    """The chart in a sentence or two."""
    least, most = measure.scale
    scale = f"Scale {least} to {most}, {measure.better} is better."
    if not points:
        return f"No scores yet. {scale}"
    spoken = ", ".join(f"{short(point.score)} on {_day(point.on, year=True)}" for point in points)
    return f"Scores: {spoken}. {_sessions(treatments)}. {scale}"


def _sessions(treatments: Sequence[date]) -> str:
    return f"{len(treatments)} {'session' if len(treatments) == 1 else 'sessions'}"


def short(value: Decimal) -> str:
    """Without a `.0` that says nothing."""
    return f"{value.normalize():f}"


def _frame(measure: Measure, width: int, height: int) -> list[Primitive]:
    """Three lines across with their values, and which way is better."""
    least, most = map(Decimal, measure.scale)
    lines: list[Primitive] = []
    for value in (least, (least + most) / 2, most):
        y = _height_of(value, measure, height)
        lines.append(Stroke("grid", LEFT, y, width - RIGHT, y, GREY))
        lines.append(Label("scale", LEFT - 8, y + 4, short(value), "end"))
    hint = f"{measure.better.capitalize()} is better"
    return [*lines, Label("hint", width - RIGHT, height - 6, hint, "end")]


def _height_of(score: Decimal, measure: Measure, height: int) -> float:
    least, most = map(Decimal, measure.scale)
    inner = height - TOP - BOTTOM
    return float(TOP + inner * (most - score) / (most - least))


def _tick(x: float, height: int) -> Stroke:
    base = height - BOTTOM
    return Stroke("session", x, base + 8, x, base + 16, BLUE, 2)


def _values(points: Sequence[Point], places: Sequence[tuple[float, float]]) -> list[Label]:
    """The first and the last score in figures, and every other one that has the room."""
    labels, used = [], float("-inf")
    last = len(points) - 1
    for index, (point, (x, y)) in enumerate(zip(points, places, strict=True)):
        room_after = index == last or places[last][0] - x >= 28
        if index == last or (x - used >= 28 and room_after):
            used = x
            labels.append(Label("value", x, y - 8 if y > TOP + 12 else y + 18, short(point.score), "middle"))
    return labels


def _dates(first: date, last: date, across, height: int) -> list[Label]:
    y = height - BOTTOM + 32
    if first == last:
        return [Label("day", across(first), y, _day(first, year=True), "middle")]
    with_year = first.year != last.year
    return [
        Label("day", across(first), y, _day(first, year=with_year), "start"),
        Label("day", across(last), y, _day(last, year=True), "end"),
    ]


def _day(day: date, *, year: bool = False) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


def _svg(shape: Primitive) -> str:
    name = f'class="trend-{shape.kind}"'
    if isinstance(shape, Stroke):
        ends = f'x1="{shape.x1:.1f}" y1="{shape.y1:.1f}" x2="{shape.x2:.1f}" y2="{shape.y2:.1f}"'
        return f'<line {name} {ends} stroke="{shape.colour}" stroke-width="{shape.width}"/>'
    if isinstance(shape, Dot):
        fill = f'fill="{shape.colour}"' if shape.filled else 'fill="none"'
        return (
            f'<circle {name} cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.radius}" {fill}'
            f' stroke="{shape.colour}" stroke-width="2"/>'
        )
    return (
        f'<text {name} x="{shape.x:.1f}" y="{shape.y:.1f}" text-anchor="{shape.anchor}" font-size="{shape.size}"'
        f' fill="{shape.colour}">{escape(shape.text)}</text>'
    )
