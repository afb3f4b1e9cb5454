"""The body chart on a paper: the same lines and marks as on a page."""

from collections.abc import Iterable, Iterator, Sequence

from clinic.drawing import Disc, Drawing, Line, Picture, Shape, Words, grey
from clinic.typesetting import MM
from treatments import bodychart, chartpaths
from treatments.bodychart import Mark
from treatments.pdf.values import NoteMark
from treatments.pointcodes import UnknownPointCode

# On paper, whatever the scale of the picture.
LABEL_POINTS = 6.5
MARK_POINTS = 1.5
# Of a close-up, beside those of the whole body.
CLOSE_UPS_A_ROW = 4
CLOSE_UP_SHARE = 0.7
STATES = {"needle": "disc: needle", "moxa": "triangle: moxa", "cup": "ring: cup", "free": "cross: other place"}


def body_chart(marks: Iterable[Mark], *, tallest: float, only_with_room: bool = False) -> list[Drawing]:
    """Every mark on as few pictures as show them, the whole body first; none without marks. `tallest` is in mm."""
    marks = [mark for mark in marks if mark.view or bodychart.places(mark.code, mark.side)]
    shown = bodychart.best_views(marks, whole_body=True)
    whole = [view for view in shown if view in bodychart.WHOLE_BODY]
    close = [view for view in shown if view not in whole]
    rows = [whole] if whole else []
    rows += [close[start : start + CLOSE_UPS_A_ROW] for start in range(0, len(close), CLOSE_UPS_A_ROW)]
    drawn = []
    for number, views in enumerate(rows, start=1):
        height = tallest * (1 if views == whole else CLOSE_UP_SHARE) * MM
        pictures = [_body_picture(view, marks, height) for view in views]
        note = _legend(marks) if number == len(rows) else ""
        drawn.append(Drawing(pictures, tallest=height, note=note, only_with_room=only_with_room))
    return drawn


def _legend(marks: Sequence[Mark]) -> str:
    """What the signs mean, where there is more than the needles' disc."""
    states = [words for state, words in STATES.items() if any(mark.state == state for mark in marks)]
    said = ", ".join(states) if [mark for mark in marks if mark.state != "needle"] else ""
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _body_picture(view: str, marks: Sequence[Mark], height: float) -> Picture:
    shown = bodychart.views()[view]
    scale = height / shown.height
    drawn = bodychart.primitives(view, marks, label_size=LABEL_POINTS / scale)
    # Names of landmarks are left out where they could not be read.
    readable = [one for one in drawn if not isinstance(one, chartpaths.Words) or one.size * scale >= 5]
    return Picture(
        shown.width, shown.height, tuple(_body_shape(one, MARK_POINTS / scale) for one in readable), shown.title
    )


def _body_shape(one: chartpaths.Primitive, least_radius: float) -> Shape:
    if isinstance(one, chartpaths.Words):
        name = one.kind == "name"
        strength = chartpaths.NAME_STRENGTH if name else 1
        return Words(one.x, one.y, one.size, one.text, one.anchor, strength, plate=not name)
    style = chartpaths.LINE_STYLES[one.kind]
    if isinstance(one, chartpaths.Circle):
        return Disc(one.x, one.y, max(one.radius, least_radius), style.width, grey(style.strength), one.filled)
    return Line(one.start, one.steps, style.width, grey(style.strength), style.dash, one.closed, one.filled)


def known_marks(points: Iterable[tuple[str, str]], *, state: str = "needle") -> Iterator[Mark]:
    """Marks for `(code, side)`; a code that the chart does not know, as of an older catalogue, is left out."""
    for code, side in points:
        try:
            bodychart.places(code, side)
        except UnknownPointCode:
            continue
        yield Mark(code=code, side=side, state=state)


def note_marks(marks: Iterable[NoteMark]) -> Iterator[Mark]:
    """Those of a note that the chart can show; its points are in the note's table in any case."""
    for one in marks:
        if one.code:
            yield from known_marks([(one.code, one.side)], state=one.state)
        elif one.view in bodychart.views():
            yield Mark(view=one.view, x=one.x, y=one.y, text=one.text, state=one.state)
