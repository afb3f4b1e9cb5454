"""What papers are built of: flowables on a six-column grid, each of them rows of cells of lines.

All of them wrap text and none cuts it; a row taller than a page is divided between two lines.
An empty value prints a dash.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from reportlab.platypus.flowables import Flowable

from clinic.typesetting import (
    BODY,
    FOOT,
    HEADING,
    LABEL,
    MM,
    SMALL,
    STRONG,
    UNIT,
    Pen,
    Style,
    broken,
    one_line,
)

DASH = "—"
COLUMNS = 6
GUTTER = UNIT
CELL_GAP = 2.5 * MM
HAIRLINE = 0.35
HAIRLINE_GREY, RULE_GREY = 0.72, 0.25

Value = str | Sequence[str] | None
"""A cell: one text, or a first line with smaller ones stacked under it. Only `()` is left blank."""


def span(width: float, columns: int) -> float:
    """The width of `columns` of the six, with the gutters between them."""
    column = (width - (COLUMNS - 1) * GUTTER) / COLUMNS
    return columns * column + (columns - 1) * GUTTER


class Cell(NamedTuple):
    x: float
    width: float
    align: str
    lines: list[tuple[Style, str]]

    @property
    def height(self) -> float:
        return sum(style.leading for style, _ in self.lines)


@dataclass(slots=True)
class Row:
    cells: list[Cell]
    pad: float = 0.0
    """Space below the lines, before the hairline."""
    lead: float = 0.0
    """Space above them."""

    @property
    def height(self) -> float:
        return self.lead + max((cell.height for cell in self.cells), default=0.0) + self.pad

    @property
    def depth(self) -> int:
        return max((len(cell.lines) for cell in self.cells), default=0)

    def divided(self, height: float) -> tuple["Row", "Row"]:
        """What fits in `height`, and the rest; either may be without lines."""
        above, below = [], []
        for cell in self.cells:
            fits, left = 0, height - self.lead
            for style, _ in cell.lines:
                left -= style.leading
                if left < -0.01:
                    break
                fits += 1
            above.append(cell._replace(lines=cell.lines[:fits]))
            below.append(cell._replace(lines=cell.lines[fits:]))
        return Row(above, 0.0, self.lead), Row(below, self.pad)

    def draw(self, pen: Pen, top: float) -> None:
        for cell in self.cells:
            y = top - self.lead
            for style, text in cell.lines:
                baseline = y - (style.leading + 0.66 * style.size) / 2
                y -= style.leading
                if cell.align == "left":
                    pen.left(cell.x, baseline, text, style)
                elif cell.align == "money":
                    pen.money(cell.x + cell.width, baseline, text, style)
                else:
                    pen.right(cell.x + cell.width, baseline, text, style)


class Block(Flowable):
    """Rows, drawn one under another. A subclass says in `build` what they are for a width."""

    keepWithNext = 0
    ruled = False
    whole_up_to = 12
    """A row of at most so many lines is never divided."""

    def __init__(self, *, gap: float = 0.0):
        """`gap`: space above, in baselines; none is left at the top of a page."""
        super().__init__()
        self.spaceBefore = gap * UNIT
        self.head: list[Row] = []
        self.rows: list[Row] | None = None

    def build(self, width: float) -> list[Row]:
        raise NotImplementedError

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        if self.rows is None:
            self.width = available_width
            self.rows = self.build(available_width)
        self.height = sum(row.height for row in self.head) + sum(row.height for row in self.rows)
        return available_width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        left = available_height - sum(row.height for row in self.head)
        above: list[Row] = []
        for index, row in enumerate(self.rows):
            if row.height <= left + 0.01:
                above.append(row)
                left -= row.height
                continue
            below = self.rows[index:]
            if row.depth > self.whole_up_to:
                first, rest = row.divided(left)
                if first.depth > 1 and rest.depth > 1:
                    above.append(first)
                    below = [rest, *self.rows[index + 1 :]]
            return [self._part(above), self._part(below)] if above else []
        return []

    def _part(self, rows: list[Row]) -> "Block":
        part = _Part()
        part.head, part.rows, part.width = self.head, rows, self.width
        part.ruled, part.whole_up_to = self.ruled, self.whole_up_to
        part.spaceBefore = self.spaceBefore
        return part

    def draw(self) -> None:
        pen, rules, top = Pen(self.canv), [], self.height
        for row in self.head:
            row.draw(pen, top)
            top -= row.height
        head_ends = top
        for row in self.rows:
            row.draw(pen, top)
            top -= row.height
            rules.append((0, top, self.width, top))
        pen.done()
        if self.ruled:
            self.canv.setLineWidth(HAIRLINE)
            self.canv.setStrokeGray(HAIRLINE_GREY)
            self.canv.lines(rules)
            self.canv.setStrokeGray(RULE_GREY)
            self.canv.line(0, head_ends, self.width, head_ends)


class _Part(Block):
    """What a page break makes of a block."""

    def build(self, width: float) -> list[Row]:
        return self.rows


class Text(Block):
    """Paragraphs in one style. Line breaks stay; two lines at least stay together at a page break."""

    whole_up_to = 3

    def __init__(self, text: str | None, style: Style = BODY, *, gap: float = 0.0, columns: int = COLUMNS):
        super().__init__(gap=gap)
        self._text, self._style, self._columns = text, style, columns

    def build(self, width: float) -> list[Row]:
        width = span(width, self._columns)
        return [Row([Cell(0, width, "left", _lines(self._text, self._style, width))])]


class Heading(Text):
    """Never the last thing on a page."""

    keepWithNext = 1

    def __init__(self, text: str, *, gap: float = 1.0):
        super().__init__(text, HEADING, gap=gap)


class Passage(Block):
    """Running text beside its name: the name in the first column of the grid, the text in the other five."""

    whole_up_to = 3

    def __init__(self, name: str, text: str | None, *, gap: float = 0.5):
        super().__init__(gap=gap)
        self._name, self._text = name, text

    def build(self, width: float) -> list[Row]:
        side, wide = span(width, 1), span(width, 5)
        return [
            Row(
                [
                    Cell(0, side, "left", _lines(self._name, STRONG, side)),
                    Cell(side + GUTTER, wide, "left", _lines(self._text, BODY, wide)),
                ]
            )
        ]


class Fields(Block):
    """Labelled values on the grid, filled row by row: `(label, value, columns)`."""

    def __init__(self, fields: Iterable[tuple[str, Value, int]], *, gap: float = 0.0):
        super().__init__(gap=gap)
        self._fields = list(fields)

    def build(self, width: float) -> list[Row]:
        rows: list[Row] = []
        taken = COLUMNS
        for label, value, columns in self._fields:
            if taken + columns > COLUMNS:
                rows.append(Row([], pad=UNIT / 2))
                taken = 0
            x = span(width, taken) + GUTTER if taken else 0.0
            cell_width = span(width, columns)
            lines = [(LABEL, line) for line in broken(label, LABEL, cell_width)]
            rows[-1].cells.append(Cell(x, cell_width, "left", lines + _stack(value, cell_width, BODY, BODY)))
            taken += columns
        return rows


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in millimetres; columns without one share what is left. `align`: left, right or money."""

    title: Value
    width: float | None = None
    align: str = "left"


class Table(Block):
    """Hairlines between the rows, the header again on each page, no box."""

    ruled = True

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Value]],
        *,
        empty: str = "Nothing to list.",
        dense: bool = False,
        gap: float = 1.0,
    ):
        super().__init__(gap=gap)
        self._columns, self._values, self._empty = columns, list(rows), empty
        self._style = Style(8.5, 0.85 * UNIT) if dense else BODY
        self._small = Style(7.5, 0.7 * UNIT, grey=SMALL.grey) if dense else SMALL

    def build(self, width: float) -> list[Row]:
        places = self._places(width)
        titles = [[(LABEL, line) for line in _broken_stack(c.title, LABEL, w)] for c, _, w in places]
        deepest = max(len(lines) for lines in titles)
        self.head = [
            Row(
                [
                    Cell(x, w, "right" if c.align == "money" else c.align, [(LABEL, "")] * (deepest - len(t)) + t)
                    for (c, x, w), t in zip(places, titles, strict=True)
                ],
                pad=UNIT / 5,
            )
        ]
        if not self._values:
            return [_snapped(Row([Cell(0, width, "left", _lines(self._empty, SMALL, width))]))]
        return [self._row(values, places) for values in self._values]

    def _row(self, values: Sequence[Value], places: list[tuple[Column, float, float]]) -> Row:
        cells = [
            Cell(x, w, column.align, _stack(value, w, self._style, self._small))
            for value, (column, x, w) in zip(values, places, strict=True)
        ]
        return _snapped(Row(cells))

    def _places(self, width: float) -> list[tuple[Column, float, float]]:
        """`(column, x, width)` in points."""
        fixed = sum(column.width * MM for column in self._columns if column.width)
        shares = sum(1 for column in self._columns if not column.width)
        spare = (width - fixed - CELL_GAP * (len(self._columns) - 1)) / max(shares, 1)
        places, x = [], 0.0
        for column in self._columns:
            cell_width = column.width * MM if column.width else spare
            places.append((column, x, cell_width))
            x += cell_width + CELL_GAP
        return places


class Totals(Block):
    """Labelled amounts at the right edge; a strong one stands out by weight and by space above it."""

    def __init__(self, amounts: Iterable[tuple[str, str, bool]], *, gap: float = 0.5):
        """`amounts`: `(label, amount as text, strong)`."""
        super().__init__(gap=gap)
        self._amounts = list(amounts)

    def build(self, width: float) -> list[Row]:
        rows = []
        amount_width = 30 * MM
        for label, amount, strong in self._amounts:
            style = STRONG if strong else BODY
            label_width = span(width, 4) - amount_width
            x = width - amount_width - label_width
            labels = [(style, line) for line in broken(label, style, label_width)]
            if strong and rows:
                rows.append(Row([Cell(0, 0, "left", [(Style(1, UNIT / 4), "")])]))
            rows.append(
                Row([Cell(x, label_width, "right", labels), Cell(width, 0, "money", [(style, one_line(amount))])])
            )
        return rows


class Signature(Flowable):
    """Lines to sign on, with what belongs on each below it: `(label, filled-in text, columns)`."""

    keepWithNext = 0
    _room, _below = 2.5 * UNIT, 1.0 * UNIT

    def __init__(self, fields: Sequence[tuple[str, str, int]], *, gap: float = 0.0):
        super().__init__()
        self.spaceBefore = gap * UNIT
        self._fields = fields

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.width, self.height = available_width, self._room + self._below + self._overflow(available_width)
        return available_width, self.height

    def _overflow(self, width: float) -> float:
        deepest = max(len(broken(text, BODY, span(width, columns))) for _, text, columns in self._fields)
        return max(0, deepest - 2) * BODY.leading

    def draw(self) -> None:
        pen, x = Pen(self.canv), 0.0
        self.canv.setLineWidth(HAIRLINE)
        self.canv.setStrokeGray(RULE_GREY)
        for label, text, columns in self._fields:
            width = span(self.width, columns)
            self.canv.line(x, self._below, x + width, self._below)
            pen.left(x, self._below - LABEL.leading, one_line(label), FOOT)
            lines = broken(text, BODY, width)
            for index, line in enumerate(reversed(lines)):
                pen.left(x, self._below + UNIT / 4 + index * BODY.leading, line, BODY)
            x += width + GUTTER
        pen.done()


class Together:
    """Blocks that a page break may not part, as long as one page can hold them."""

    def __init__(self, *blocks: Flowable):
        self.blocks = blocks


def _snapped(row: Row) -> Row:
    """Padded by at least a little, to a whole number of half baselines."""
    content = row.height
    spare = ceil((content + UNIT / 6) / (UNIT / 2) - 0.001) * UNIT / 2 - content
    row.pad, row.lead = spare / 2, spare / 2
    return row


def _lines(text: str | None, style: Style, width: float) -> list[tuple[Style, str]]:
    return [(style, line) for line in broken(text or "", style, width) or [DASH]]


def _broken_stack(value: Value, style: Style, width: float) -> list[str]:
    parts = [value] if isinstance(value, str) else value or []
    return [line for part in parts for line in broken(part, style, width)]


def _stack(value: Value, width: float, first: Style, rest: Style) -> list[tuple[Style, str]]:
    if value is None or isinstance(value, str):
        return _lines(value, first, width)
    if not value:
        return []
    top, *under = value
    lines = _lines(top, first, width)
    for text in under:
        lines += [(rest, line) for line in broken(text or "", rest, width)]
    return lines
