"""The body chart: our own outlines of the body, where each point of the catalogue lies on them, and their drawing.

Pure: the standard library and the catalogue only. The files in data/chart hold the left half of what they show; the
right is its mirror image, so that a place and its mirror lie at x and width - x. Coordinates are those of the view's
SVG viewBox: x to the viewer's right, y down. What each column holds is written in data/chart/README.md.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from pathlib import Path

from treatments.catalogue import read_auricular, read_points
from treatments.chartlabels import Box, placed_label
from treatments.chartpaths import Circle, Primitive, Stroke, Words, curve, short, svg
from treatments.pointcodes import UnknownPointCode

DATA = Path(__file__).parent / "data" / "chart"

STATES = ("needle", "moxa", "cup", "free")
WHOLE_BODY = ("front", "back", "left", "right")
SIDES = ("left", "right", "both", "midline")
MARK_RADIUS = 4.5
CUP_RADIUS = 9.0
LABEL_SIZE = 13.0
NAME_SIZE = 11.0
LABEL_LENGTH = 24


@dataclass(frozen=True)
class View:
    """One picture. `cun` is how many units a cun measures in it; `side` is empty where both sides are seen."""

    code: str
    title: str
    width: float
    height: float
    cun: float
    side: str


@dataclass(frozen=True)
class Mark:
    """Something done at a point of the catalogue (`code`), or at a place of its own (`x`, `y` in `view`).

    `text` is the label; without one a mark is labelled by its code. Raises ValueError where both or neither of the two
    is given, for a place outside the view, and for a state or side that is none.
    """

    code: str = ""
    side: str = "both"
    state: str = "needle"
    text: str = ""
    view: str = ""
    x: float | None = None
    y: float | None = None

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"{self.state!r} is none of {', '.join(STATES)}.")
        if self.side not in SIDES:
            raise ValueError(f"{self.side!r} is none of {', '.join(SIDES)}.")
        if bool(self.code) == bool(self.view):
            raise ValueError("A mark has either a code or a view with x and y.")
        if self.view and not self._is_inside():
            raise ValueError("The mark lies in none of the chart's views.")

    def _is_inside(self) -> bool:
        view = views().get(self.view)
        if view is None or self.x is None or self.y is None:
            return False
        return 0 <= self.x <= view.width and 0 <= self.y <= view.height

    @property
    def words(self) -> str:
        """What the mark is called, without characters that are not seen (they could turn the text around)."""
        return "".join(character for character in self.text or self.code if character.isprintable())

    @property
    def label(self) -> str:
        """Its words as they are written beside it."""
        return self.words if len(self.words) <= LABEL_LENGTH else self.words[: LABEL_LENGTH - 1].rstrip() + "…"


@cache
def views() -> dict[str, View]:
    """Every view by its code, the right-hand ones after their left."""
    found: dict[str, View] = {}
    for row in _rows("views.csv"):
        sided = row["sided"] == "yes"
        size = (float(row["width"]), float(row["height"]), float(row["cun"]))
        left = View(row["code"], row["title"], *size, side="left" if sided else "")
        found[left.code] = left
        if sided:
            title = left.title.replace("Left", "Right").replace("left", "right")
            right = replace(left, code=_opposite(left.code), title=title, side="right")
            found[right.code] = right
    return found


def places(code: str, side: str) -> list[tuple[str, float, float]]:
    """(view, x, y) for a point on a side (`left`, `right`, `both`, `midline`), the clearest view first.

    A point of the midline, or one that exists on one side only, is where it is whatever the side. A point of two sides
    has no place on the midline: the list is empty. Raises UnknownPointCode.
    """
    return [place for one in _sides(code, side) for place in _places_on(code, one)]


def best_views(marks: Sequence[Mark], *, whole_body: bool = False) -> list[str]:
    """The views that show every mark, in the order of `views()`: each mark where it is clearest.

    With `whole_body` the pictures of the whole body are preferred, and a close-up is named only for what they do not
    show: a sheet of paper has no room for all of them.
    """
    wanted = {mark.view for mark in marks if not mark.code}
    for mark in marks:
        for side in _sides(mark.code, mark.side) if mark.code else ():
            seen = list(dict.fromkeys(view for view, _, _ in _places_on(mark.code, side)))
            if whole_body:
                seen.sort(key=lambda view: WHOLE_BODY.index(view) if view in WHOLE_BODY else len(WHOLE_BODY))
            wanted.add(seen[0])
    return [view for view in views() if view in wanted]


def nearest(view: str, x: float, y: float, limit: int = 5) -> list[tuple[str, str, float]]:
    """The points closest to a place: (code, side, distance in units of the view), each once, the nearest first."""
    distances: dict[tuple[str, str], float] = {}
    for code, side, place_x, place_y in _seen_in(view):
        distance = math.dist((x, y), (place_x, place_y))
        distances[code, side] = min(distance, distances.get((code, side), distance))
    ranked = sorted(distances.items(), key=lambda item: item[1])
    return [(code, side, round(distance, 2)) for (code, side), distance in ranked[:limit]]


def primitives(view: str, marks: Iterable[Mark] = (), *, label_size: float = LABEL_SIZE) -> list[Primitive]:
    """The chart as plain drawing commands, in the order of drawing: for a paper, which knows no SVG.

    `label_size` is in units of the view: a small picture needs larger letters.
    """
    drawn = list(outline(view))
    for _, glyph in _glyphs(view, marks, label_size):
        drawn.extend(glyph)
    return drawn


def draw(view: str, marks: Iterable[Mark] = (), *, label_size: float = LABEL_SIZE) -> str:
    """The chart as an SVG element: colours come from the page (currentColor), no style attribute, nothing scripted."""
    shown = views()[view]
    glyphs = list(_glyphs(view, marks, label_size))
    lines = "".join(svg(primitive) for primitive in outline(view))
    marked = "".join(_svg_mark(placed, glyph) for placed, glyph in glyphs)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" data-view="{view}"'
        f' viewBox="0 0 {short(shown.width)} {short(shown.height)}"'
        f' fill="none" stroke="none" stroke-linecap="round" stroke-linejoin="round">'
        f"<title>{escape(shown.title)}</title><desc>{escape(_in_words(placed for placed, _ in glyphs))}</desc>"
        f'<g class="chart-outline">{lines}</g><g class="chart-marks">{marked}</g></svg>'
    )


@dataclass(frozen=True)
class _Placed:
    mark: Mark
    side: str
    x: float
    y: float


def _glyphs(
    view: str, marks: Iterable[Mark], label_size: float = LABEL_SIZE
) -> Iterator[tuple[_Placed, list[Primitive]]]:
    shown = views()[view]
    placed = [one for mark in marks for one in _placed(view, mark)]
    taken = [Box.around(one.x, one.y, _radius(one.mark)) for one in placed]
    taken += [Box.of_words(words) for words in outline(view) if isinstance(words, Words)]
    for one in placed:
        outward = -1 if one.x < shown.width / 2 else 1
        label = placed_label(
            one.mark.label,
            (one.x, one.y),
            radius=_radius(one.mark),
            size=label_size,
            outward=outward,
            within=(shown.width, shown.height),
            taken=taken,
        )
        glyph = _symbol(one)
        if label is not None:
            taken.append(label.box)
            if label.leader:
                glyph.append(Stroke("leader", (one.x, one.y), (label.leader,)))
            glyph.append(Words("label", label.x, label.y, label_size, label.anchor, one.mark.label))
        yield one, glyph


def _placed(view: str, mark: Mark) -> list[_Placed]:
    if not mark.code:
        return [_Placed(mark, "", float(mark.x or 0), float(mark.y or 0))] if mark.view == view else []
    return [
        _Placed(mark, side, x, y)
        for side in _sides(mark.code, mark.side)
        for seen, x, y in _places_on(mark.code, side)
        if seen == view
    ]


def _radius(mark: Mark) -> float:
    return CUP_RADIUS if mark.state == "cup" else MARK_RADIUS


def _symbol(one: _Placed) -> list[Primitive]:
    """Needle a disc, moxa a triangle, cup a ring, free a cross: told apart without colour."""
    x, y, r = one.x, one.y, _radius(one.mark)
    if one.mark.state == "needle":
        return [Circle("mark", x, y, r, filled=True)]
    if one.mark.state == "cup":
        return [Circle("mark", x, y, r)]
    if one.mark.state == "moxa":
        return [Stroke("mark", (x, y - r - 1), ((x + r + 1, y + r), (x - r - 1, y + r)), closed=True, filled=True)]
    return [
        Stroke("mark", (x - r, y - r), ((x + r, y + r),)),
        Stroke("mark", (x - r, y + r), ((x + r, y - r),)),
    ]


def _in_words(placed: Iterable[_Placed]) -> str:
    """For those who do not see the picture: "GB30, left and right, needle; CV4, needle"."""
    sides: dict[tuple[str, str], list[str]] = {}
    for one in placed:
        named = sides.setdefault((one.mark.words or "mark", one.mark.state), [])
        if one.side in ("left", "right") and one.side not in named:
            named.append(one.side)
    said = (
        ", ".join([words, *([" and ".join(named)] if named else []), state]) for (words, state), named in sides.items()
    )
    return "; ".join(said) or "No marks."


@cache
def outline(view: str) -> tuple[Stroke | Words, ...]:
    """The lines of a view without marks, and the names of landmarks written in it."""
    shown = views()[view]
    stored_as = _opposite(view) if shown.side == "right" else view
    drawn: list[Stroke | Words] = []
    for row in _rows("outlines.csv"):
        if row["view"] != stored_as:
            continue
        points, closed = _pairs(row["points"]), row["closed"] == "yes"
        mirrored = [(round(shown.width - x, 2), y) for x, y in points]
        if shown.side == "right":
            points, mirrored = mirrored, points
        if row["kind"] == "name":
            drawn.append(Words("name", *points[0], NAME_SIZE, "middle", row["text"]))
            continue
        if row["mirrored"] == "joined":
            # A ring has its last point on the axis too; an open line has it elsewhere.
            points = [*reversed(mirrored[1:-1] if closed else mirrored[1:]), *points]
        drawn.append(curve(row["kind"], points, closed=closed))
        if row["mirrored"] == "also":
            drawn.append(curve(row["kind"], mirrored, closed=closed))
    return tuple(drawn)


def _svg_mark(one: _Placed, glyph: list[Primitive]) -> str:
    inner = "".join(svg(primitive) for primitive in glyph)
    code, side = escape(one.mark.code), escape(one.side)
    return f'<g class="chart-{one.mark.state}" data-code="{code}" data-side="{side}">{inner}</g>'


def _sides(code: str, asked: str) -> tuple[str, ...]:
    """Which of `left`, `right` and `midline` are meant when a side is asked of a point."""
    laterality = _lateralities().get(code)
    if laterality is None:
        raise UnknownPointCode(code)
    if laterality != "bilateral":
        return (laterality,)
    return {"both": ("left", "right"), "left": ("left",), "right": ("right",)}.get(asked, ())


@cache
def _seen_in(view: str) -> tuple[tuple[str, str, float, float], ...]:
    return tuple(
        (code, side, x, y)
        for code in _lateralities()
        for side in _sides(code, "both")
        for seen, x, y in _places_on(code, side)
        if seen == view
    )


def _places_on(code: str, side: str) -> list[tuple[str, float, float]]:
    stored = _stored()[code]
    mirrored = [_mirrored(place) for place in stored]
    if side == "midline":
        return list(dict.fromkeys([*stored, *mirrored]))
    return stored if side == "left" else mirrored


def _mirrored(place: tuple[str, float, float]) -> tuple[str, float, float]:
    view, x, y = place
    shown = views()[view]
    return (_opposite(view) if shown.side else view, round(shown.width - x, 1), y)


def _opposite(view: str) -> str:
    return view.removesuffix("left") + "right" if view.endswith("left") else view.removesuffix("right") + "left"


@cache
def _stored() -> dict[str, list[tuple[str, float, float]]]:
    found: dict[str, list[tuple[str, float, float]]] = {}
    for row in _rows("places.csv"):
        found.setdefault(row["code"], []).append((row["view"], float(row["x"]), float(row["y"])))
    return found


@cache
def _lateralities() -> dict[str, str]:
    return {point.code: point.laterality for point in read_points()} | dict.fromkeys(
        (point.code for point in read_auricular()), "bilateral"
    )


def _pairs(text: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))
