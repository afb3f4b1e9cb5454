"""The chart of a measure on a paper: the same lines as on a page."""

from collections.abc import Sequence
from datetime import date

from clinic.drawing import Disc, Drawing, Line, Picture, Shape, Words
from clinic.typesetting import MM
from treatments.outcomes import trend
from treatments.outcomes.measures import Measure

# In units: half a column holds a chart in letters as large as those around it.
HALF_WIDTH, HALF_HEIGHT = 330, 200
HALF_TALLEST = 50 * MM

Course = tuple[Measure, Sequence[trend.Point], Sequence[date]]
"""A measure, its scores oldest first, and the days of the sessions between."""


class TrendChart(Drawing):
    """As wide as its column, in the proportions of the page's chart."""

    def __init__(
        self, points: Sequence[trend.Point], treatments: Sequence[date], measure: Measure, *, gap: float = 1.0
    ):
        super().__init__([_picture((measure, points, treatments), trend.WIDTH, trend.HEIGHT)], gap=gap)


def in_pairs(courses: Sequence[Course]) -> list[Drawing]:
    """Two charts a row, each under the name of its measure."""
    pictures = [_picture(course, HALF_WIDTH, HALF_HEIGHT, title=course[0].name) for course in courses]
    rows = [pictures[start : start + 2] for start in range(0, len(pictures), 2)]
    return [Drawing(row, tallest=HALF_TALLEST) for row in rows]


def _picture(course: Course, width: int, height: int, *, title: str = "") -> Picture:
    measure, points, treatments = course
    shapes = trend.primitives(points, treatments, measure, width=width, height=height)
    return Picture(width, height, tuple(map(_shape, shapes)), title)


def _shape(one: trend.Primitive) -> Shape:
    if isinstance(one, trend.Label):
        return Words(one.x, one.y, one.size, one.text, one.anchor)
    if isinstance(one, trend.Dot):
        return Disc(one.x, one.y, one.radius, 2, one.colour, one.filled)
    return Line((one.x1, one.y1), ((one.x2, one.y2),), one.width, one.colour)
