"""The chart of a measure on a paper: the same lines as on a page, on the paper's own grid."""

from collections.abc import Sequence
from datetime import date

from reportlab.lib.colors import HexColor
from reportlab.platypus.flowables import Flowable

from clinic.typesetting import INK, UNIT, Pen, Style, clean, width_of
from treatments import trend
from treatments.outcomes import Measure


class TrendChart(Flowable):
    """As wide as its column, in the proportions of the page's chart; never parted by a page break."""

    keepWithNext = 0

    def __init__(
        self, points: Sequence[trend.Point], treatments: Sequence[date], measure: Measure, *, gap: float = 1.0
    ):
        super().__init__()
        self.spaceBefore = gap * UNIT
        self._shapes = trend.primitives(points, treatments, measure)

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self._scale = available_width / trend.WIDTH
        self.width, self.height = available_width, trend.HEIGHT * self._scale
        return self.width, self.height

    def draw(self) -> None:
        pen = Pen(self.canv)
        for shape in self._shapes:
            if isinstance(shape, trend.Label):
                self._write(pen, shape)
            else:
                self._trace(shape)
        pen.done()

    def _trace(self, shape: trend.Stroke | trend.Dot) -> None:
        canvas, scale = self.canv, self._scale
        canvas.setStrokeColor(HexColor(shape.colour))
        if isinstance(shape, trend.Stroke):
            canvas.setLineWidth(shape.width * scale)
            canvas.line(shape.x1 * scale, self._up(shape.y1), shape.x2 * scale, self._up(shape.y2))
            return
        canvas.setLineWidth(2 * scale)
        canvas.setFillColor(HexColor(shape.colour))
        canvas.circle(
            shape.x * scale, self._up(shape.y), shape.radius * scale, stroke=1, fill=1 if shape.filled else 0
        )

    def _write(self, pen: Pen, label: trend.Label) -> None:
        style = Style(min(label.size * self._scale, 9), grey=INK)
        text = clean(label.text)
        before = {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor]
        pen.left(label.x * self._scale - before * width_of(text, style), self._up(label.y), text, style)

    def _up(self, y: float) -> float:
        """From the distance below the upper edge to the paper's own, from the lower."""
        return self.height - y * self._scale
