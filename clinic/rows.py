"""The ground under every block of a paper: the six-column grid, and rows of cells of lines, divided at page breaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from reportlab.platypus.flowables import Flowable

from clinic.typesetting import MM, UNIT, Pen, Style, broken

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
                if rest.depth == 1:
                    # One line more goes over, so that it is not alone there.
                    first, rest = row.divided(left - UNIT)
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


def snapped(row: Row) -> Row:
    """Padded by at least a little, to a whole number of half baselines."""
    content = row.height
    spare = ceil((content + UNIT / 6) / (UNIT / 2) - 0.001) * UNIT / 2 - content
    row.pad, row.lead = spare / 2, spare / 2
    return row


def lines_of(text: str | None, style: Style, width: float) -> list[tuple[Style, str]]:
    return [(style, line) for line in broken(text or "", style, width) or [DASH]]


def broken_stack(value: Value, style: Style, width: float) -> list[str]:
    parts = [value] if isinstance(value, str) else value or []
    return [line for part in parts for line in broken(part, style, width)]


def stack_of(value: Value, width: float, first: Style, rest: Style) -> list[tuple[Style, str]]:
    if value is None or isinstance(value, str):
        return lines_of(value, first, width)
    if not value:
        return []
    top, *under = value
    lines = lines_of(top, first, width)
    for text in under:
        lines += [(rest, line) for line in broken(text or "", rest, width)]
    return lines
