"""Drawings on a paper: lines, discs and words in units of their own, scaled to the paper's grid.

Like every block it knows no model and runs no query, and draws the same bytes from the same shapes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus.flowables import Flowable

from clinic.rows import COLUMNS, GUTTER, span
from clinic.typesetting import INK, LABEL, SMALL, UNIT, Pen, Style, broken, one_line, width_of

# Thinner lines drop out of a photocopy.
THINNEST = 0.25


def grey(strength: float) -> str:
    """The colour of ink on white paper: 1 is as dark as the text, 0 is not to be seen."""
    level = round(255 * (1 - strength * (1 - INK)))
    return f"#{level:02x}{level:02x}{level:02x}"


@dataclass(frozen=True, slots=True)
class Line:
    """From `start` through `steps`: two numbers are a straight line's end, six a Bézier curve's."""

    start: tuple[float, float]
    steps: tuple[tuple[float, ...], ...]
    width: float = 1
    colour: str = grey(1)
    dash: tuple[float, ...] = ()
    closed: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Disc:
    """A ring unless it is filled."""

    x: float
    y: float
    radius: float
    width: float = 1
    colour: str = grey(1)
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Text whose baseline begins (`start`), is centred (`middle`) or ends (`end`) at x, y.

    On a `plate` of white it covers the lines that it would cross.
    """

    x: float
    y: float
    size: float
    text: str
    anchor: str = "start"
    strength: float = 1
    plate: bool = False


Shape = Line | Disc | Words


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes in units whose origin is the upper left corner, x to the right, y down."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str = ""


class Drawing(Flowable):
    """Pictures side by side in one scale, each under its title; never parted by a page break.

    They fill the column, or are as tall as `tallest` (points) where that is less. One that is `only_with_room` is left
    out where the page has no room for it any more, so that it never begins another.
    """

    keepWithNext = 0

    def __init__(
        self,
        pictures: Sequence[Picture],
        *,
        tallest: float = inf,
        columns: int = COLUMNS,
        gap: float = 0.5,
        note: str = "",
        only_with_room: bool = False,
    ):
        super().__init__()
        # Of one that may be left out, the space above goes with it.
        self.spaceBefore = 0.0 if only_with_room else gap * UNIT
        self._above = gap * UNIT if only_with_room else 0.0
        self._only_with_room = only_with_room
        self._pictures, self._tallest, self._columns, self._note = tuple(pictures), tallest, columns, note

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        width = span(available_width, self._columns)
        units = sum(picture.width for picture in self._pictures)
        room = width - GUTTER * (len(self._pictures) - 1)
        self._scale = min(room / units, self._tallest / max(picture.height for picture in self._pictures))
        self._titles = [broken(one.title, LABEL, one.width * self._scale) for one in self._pictures]
        self._notes = broken(self._note, SMALL, width)
        self._head = max(map(len, self._titles)) * LABEL.leading
        self._foot = len(self._notes) * SMALL.leading
        tall = max(picture.height for picture in self._pictures) * self._scale
        self.width, self.height = available_width, self._above + self._head + tall + self._foot
        if self._only_with_room and self.height > available_height:
            self.height = 0.0
        return self.width, self.height

    def draw(self) -> None:
        if not self.height:
            return
        pen, x, ceiling = Pen(self.canv), 0.0, self.height - self._above
        top = ceiling - self._head
        for picture, lines in zip(self._pictures, self._titles, strict=True):
            for number, line in enumerate(lines):
                pen.left(x, ceiling - number * LABEL.leading - 0.7 * LABEL.leading, line, LABEL)
            draw_picture(self.canv, pen, picture, (x, top), self._scale)
            x += picture.width * self._scale + GUTTER
        for number, line in enumerate(reversed(self._notes)):
            pen.left(0, number * SMALL.leading + 0.3 * SMALL.leading, line, SMALL)
        pen.done()


def draw_picture(canvas: Canvas, pen: Pen, picture: Picture, at: tuple[float, float], scale: float) -> None:
    """`at` is where the picture's upper left corner lies, from the canvas's lower left."""
    canvas.saveState()
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    for shape in picture.shapes:
        if isinstance(shape, Words):
            _write(canvas, pen, shape, at, scale)
        else:
            _trace(canvas, shape, at, scale)
    canvas.restoreState()


def _trace(canvas: Canvas, shape: Line | Disc, at: tuple[float, float], scale: float) -> None:
    canvas.setStrokeColor(HexColor(shape.colour))
    canvas.setFillColor(HexColor(shape.colour))
    canvas.setLineWidth(max(shape.width * scale, THINNEST))
    fill = 1 if shape.filled else 0
    if isinstance(shape, Disc):
        canvas.setDash()
        canvas.circle(*_placed((shape.x, shape.y), at, scale), shape.radius * scale, stroke=1, fill=fill)
        return
    canvas.setDash([length * scale for length in shape.dash])
    path = canvas.beginPath()
    path.moveTo(*_placed(shape.start, at, scale))
    for step in shape.steps:
        if len(step) == 6:
            path.curveTo(*_placed(step, at, scale))
        else:
            path.lineTo(*_placed(step, at, scale))
    if shape.closed:
        path.close()
    canvas.drawPath(path, stroke=1, fill=fill)


def _write(canvas: Canvas, pen: Pen, words: Words, at: tuple[float, float], scale: float) -> None:
    style = Style(round(words.size * scale, 2), grey=round(1 - words.strength * (1 - INK), 2))
    text = one_line(words.text)
    width = width_of(text, style)
    x, y = _placed((words.x, words.y), at, scale)
    x -= {"start": 0.0, "middle": 0.5, "end": 1.0}[words.anchor] * width
    if words.plate:
        canvas.setFillGray(1)
        canvas.rect(x - 0.4, y - 0.12 * style.size, width + 0.8, 0.85 * style.size, stroke=0, fill=1)
    pen.left(x, y, text, style)


def _placed(numbers: tuple[float, ...], at: tuple[float, float], scale: float) -> list[float]:
    """Pairs of x and y, from the picture's units to the paper's."""
    return [at[1] - number * scale if odd % 2 else at[0] + number * scale for odd, number in enumerate(numbers)]
