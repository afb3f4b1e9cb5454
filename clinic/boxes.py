"""A form's boxes: labelled values on the six-column grid, each in a frame, rows without a gap between them."""

from collections.abc import Iterable, Sequence

from reportlab.platypus.flowables import Flowable

from clinic.rows import COLUMNS, HAIRLINE, HAIRLINE_GREY, Value, stack_of
from clinic.typesetting import LABEL, UNIT, Pen, Style, broken

INSET = 0.2 * UNIT
FILLED = Style(8.5, 0.8 * UNIT)
Box = tuple[str, Value, float]


class Boxes(Flowable):
    """`(label, value, columns)`, filled row by row; a box is as high as the fullest of its row. Never divided."""

    keepWithNext = 0

    def __init__(self, boxes: Iterable[Box], *, gap: float = 0.0):
        super().__init__()
        self.spaceBefore = gap * UNIT
        self._boxes = list(boxes)

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self._rows = [_row(boxes, available_width / COLUMNS) for boxes in _in_rows(self._boxes)]
        self.width, self.height = available_width, sum(height for height, _ in self._rows)
        return self.width, self.height

    def draw(self) -> None:
        pen, top = Pen(self.canv), self.height
        self.canv.setLineWidth(HAIRLINE)
        self.canv.setStrokeGray(HAIRLINE_GREY)
        for height, boxes in self._rows:
            for x, width, lines in boxes:
                self.canv.rect(x, top - height, width, height, stroke=1, fill=0)
                y = top - INSET / 2
                for style, text in lines:
                    pen.left(x + INSET, y - (style.leading + 0.66 * style.size) / 2, text, style)
                    y -= style.leading
            top -= height
        pen.done()


def _in_rows(boxes: Sequence[Box]) -> list[list[Box]]:
    rows: list[list[Box]] = []
    taken = float(COLUMNS)
    for box in boxes:
        if taken + box[2] > COLUMNS + 0.01:
            rows.append([])
            taken = 0.0
        rows[-1].append(box)
        taken += box[2]
    return rows


def _row(boxes: Sequence[Box], column: float) -> tuple[float, list[tuple[float, float, list[tuple[Style, str]]]]]:
    """The row's height, and each box's left edge, width and lines."""
    placed, x = [], 0.0
    for label, value, columns in boxes:
        width = columns * column
        lines = [(LABEL, line) for line in broken(label, LABEL, width - 2 * INSET)]
        placed.append((x, width, lines + stack_of(value, width - 2 * INSET, FILLED, FILLED)))
        x += width
    return max(sum(style.leading for style, _ in lines) for _, _, lines in placed) + INSET, placed
