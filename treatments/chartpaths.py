"""What a body chart is made of: lines, circles and words, and how they are written as SVG.

Pure. A paper draws the same pieces with its own commands. No style attribute and no colour of our own: the page's
text colour is used, so that one drawing serves light, dark and print under a strict Content-Security-Policy.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise

Pair = tuple[float, float]


@dataclass(frozen=True)
class LineStyle:
    """How a kind of line is drawn: `width` and `dash` in units of the view, `strength` from 0 to 1."""

    width: float
    strength: float
    dash: tuple[float, ...] = ()


LINE_STYLES = {
    "skin": LineStyle(1.6, 0.75),
    "feature": LineStyle(1.1, 0.55),
    "fold": LineStyle(1.0, 0.5),
    "hair": LineStyle(0.9, 0.45, (1.5, 3.0)),
    "bone": LineStyle(0.9, 0.4, (5.0, 3.0)),
    "muscle": LineStyle(0.9, 0.35),
    "deep": LineStyle(0.9, 0.35, (2.0, 3.0)),
    "mark": LineStyle(1.5, 1.0),
    "leader": LineStyle(0.7, 0.7),
}
NAME_STRENGTH = 0.7


@dataclass(frozen=True)
class Stroke:
    """A line from `start` through `steps`: two numbers are a straight line's end, six a Bézier curve's."""

    kind: str
    start: Pair
    steps: tuple[tuple[float, ...], ...]
    closed: bool = False
    filled: bool = False


@dataclass(frozen=True)
class Circle:
    kind: str
    x: float
    y: float
    radius: float
    filled: bool = False


@dataclass(frozen=True)
class Words:
    """Text whose baseline begins (`start`), is centred (`middle`) or ends (`end`) at x, y. Not escaped."""

    kind: str
    x: float
    y: float
    size: float
    anchor: str
    text: str


Primitive = Stroke | Circle | Words


def curve(kind: str, points: list[Pair], *, closed: bool = False) -> Stroke:
    """A smooth line through the points (Catmull-Rom, as Bézier curves); a point given twice in a row is a corner."""
    corner = next((i for i, (a, b) in enumerate(pairwise(points)) if a == b), None)
    if closed and corner is not None:
        # Begun at a corner, a ring needs no seam elsewhere.
        points = [*points[corner + 1 :], *points[: corner + 1]]
    ring = [*points, points[0]] if closed and corner is None else points
    runs: list[list[Pair]] = [[ring[0]]]
    for point in ring[1:]:
        if point == runs[-1][-1]:
            runs.append([point])
        else:
            runs[-1].append(point)
    steps = tuple(step for run in runs for step in _steps(run, seamless=closed and corner is None))
    return Stroke(kind, ring[0], steps, closed=closed)


def _steps(run: list[Pair], *, seamless: bool) -> Iterator[tuple[float, ...]]:
    before, after = (run[-2], run[1]) if seamless else (run[0], run[-1])
    padded = [before, *run, after]
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        leaving = (b[0] + (c[0] - a[0]) / 6, b[1] + (c[1] - a[1]) / 6)
        arriving = (c[0] - (d[0] - b[0]) / 6, c[1] - (d[1] - b[1]) / 6)
        yield tuple(round(number, 2) for number in (*leaving, *arriving, *c))


def svg(primitive: Primitive) -> str:
    if isinstance(primitive, Words):
        return _svg_text(primitive)
    style = LINE_STYLES[primitive.kind]
    look = f'class="chart-{primitive.kind}" stroke="currentColor" stroke-width="{short(style.width)}"'
    if style.strength < 1:
        look += f' stroke-opacity="{short(style.strength)}"'
    if style.dash:
        look += f' stroke-dasharray="{_numbers(style.dash)}"'
    if primitive.filled:
        look += ' fill="currentColor"'
    if isinstance(primitive, Circle):
        return f'<circle {look} cx="{short(primitive.x)}" cy="{short(primitive.y)}" r="{short(primitive.radius)}"/>'
    path = "M" + _numbers(primitive.start)
    path += "".join(("C" if len(step) == 6 else "L") + _numbers(step) for step in primitive.steps)
    return f'<path {look} d="{path}{"Z" if primitive.closed else ""}"/>'


def _svg_text(words: Words) -> str:
    faint = f' fill-opacity="{short(NAME_STRENGTH)}"' if words.kind == "name" else ""
    return (
        f'<text class="chart-{words.kind}" x="{short(words.x)}" y="{short(words.y)}" font-size="{short(words.size)}"'
        f' text-anchor="{words.anchor}" fill="currentColor"{faint}>{escape(words.text)}</text>'
    )


def _numbers(values: Iterable[float]) -> str:
    return " ".join(short(value) for value in values)


def short(value: float) -> str:
    """The number with at most two decimals and nothing superfluous: 4.50 is 4.5, -0.00 is 0."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
