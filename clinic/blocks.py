"""What papers are built of: text, fields, tables, totals, signatures.

All of them wrap text and none cuts it; a row taller than a page is divided between two lines.
An empty value prints a dash.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reportlab.platypus.flowables import Flowable

from clinic.rows import (
    CELL_GAP,
    COLUMNS,
    GUTTER,
    HAIRLINE,
    RULE_GREY,
    Block,
    Cell,
    Row,
    Value,
    broken_stack,
    lines_of,
    snapped,
    span,
    stack_of,
)
from clinic.typesetting import BODY, FOOT, HEADING, LABEL, MM, SMALL, STRONG, UNIT, Pen, Style, broken, one_line


class Text(Block):
    """Paragraphs in one style. Line breaks stay; two lines at least stay together at a page break."""

    whole_up_to = 3

    def __init__(self, text: str | None, style: Style = BODY, *, gap: float = 0.0, columns: int = COLUMNS):
        super().__init__(gap=gap)
        self._text, self._style, self._columns = text, style, columns

    def build(self, width: float) -> list[Row]:
        width = span(width, self._columns)
        return [Row([Cell(0, width, "left", lines_of(self._text, self._style, width))])]


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
                    Cell(0, side, "left", lines_of(self._name, STRONG, side)),
                    Cell(side + GUTTER, wide, "left", lines_of(self._text, BODY, wide)),
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
            rows[-1].cells.append(Cell(x, cell_width, "left", lines + stack_of(value, cell_width, BODY, BODY)))
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
        titles = [[(LABEL, line) for line in broken_stack(c.title, LABEL, w)] for c, _, w in places]
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
            return [snapped(Row([Cell(0, width, "left", lines_of(self._empty, SMALL, width))]))]
        return [self._row(values, places) for values in self._values]

    def _row(self, values: Sequence[Value], places: list[tuple[Column, float, float]]) -> Row:
        cells = [
            Cell(x, w, column.align, stack_of(value, w, self._style, self._small))
            for value, (column, x, w) in zip(values, places, strict=True)
        ]
        return snapped(Row(cells))

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
