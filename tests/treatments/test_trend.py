import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from clinic import pdf
from clinic.blocks import Text
from tests.cast import api
from treatments.outcomes import scoring, trend
from treatments.outcomes.measures import MEASURES
from treatments.outcomes.trend import Dot, Label, Point, Stroke, described, draw, primitives
from treatments.pdf.trend_chart import TrendChart

NPRS, PSFS = MEASURES["nprs"], MEASURES["psfs"]
COURSE = [
    Point(date(2026, 11, 2), Decimal(8)),
    Point(date(2026, 11, 9), Decimal(6)),
    Point(date(2026, 11, 30), Decimal(3)),
]
SESSIONS = [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)]
SVG = "{http://www.w3.org/2000/svg}"


def of_kind(shapes, kind):
    return [shape for shape in shapes if shape.kind == kind]


def test_scores_stand_where_their_day_and_value_are():
    dots = of_kind(primitives(COURSE, SESSIONS, NPRS), "score")
    wide, high = trend.WIDTH - trend.LEFT - trend.RIGHT, trend.HEIGHT - trend.TOP - trend.BOTTOM
    assert [(dot.x, dot.y) for dot in dots] == [
        (trend.LEFT, pytest.approx(trend.TOP + high * 0.2)),
        (trend.LEFT + wide * 7 / 28, pytest.approx(trend.TOP + high * 0.4)),
        (trend.LEFT + wide, pytest.approx(trend.TOP + high * 0.7)),
    ]


def test_each_session_has_one_tick_below_also_two_on_one_day():
    ticks = of_kind(primitives(COURSE, [*SESSIONS, SESSIONS[0]], NPRS), "session")
    assert len(ticks) == 3
    assert all(tick.y1 > trend.HEIGHT - trend.BOTTOM for tick in ticks)
    assert of_kind(primitives(COURSE, SESSIONS, NPRS), "legend")[1].text == "3 sessions"


def test_the_ends_of_the_scale_are_the_measures_own():
    labels = [shape.text for shape in of_kind(primitives(COURSE, [], MEASURES["lefs"]), "scale")]
    assert labels == ["0", "40", "80"]
    assert [shape.text for shape in of_kind(primitives([], [], NPRS), "scale")] == ["0", "5", "10"]


@pytest.mark.parametrize(("measure", "hint"), [(NPRS, "Lower is better"), (PSFS, "Higher is better")])
def test_the_chart_says_which_way_is_better(measure, hint):
    assert [shape.text for shape in of_kind(primitives(COURSE, [], measure), "hint")] == [hint]


def test_what_cannot_be_compared_is_hollow_and_not_joined():
    points = [Point(date(2026, 11, 2), Decimal(3), comparable=False), *COURSE[1:]]
    shapes = primitives(points, [], PSFS)
    assert [dot.filled for dot in of_kind(shapes, "score")] == [False, True, True]
    assert len(of_kind(shapes, "course")) == 1


def test_nothing_leaves_the_frame_whatever_the_scores():
    for measure in MEASURES.values():
        low, high = (Decimal(bound) for bound in measure.scale)
        points = [Point(date(2026, 1, 1 + index), score) for index, score in enumerate([low, high] * 10)]
        for shape in primitives(points, [date(2025, 12, 1), date(2026, 6, 1)], measure):
            xs = [shape.x1, shape.x2] if isinstance(shape, Stroke) else [shape.x]
            ys = [shape.y1, shape.y2] if isinstance(shape, Stroke) else [shape.y]
            assert all(0 <= x <= trend.WIDTH for x in xs), shape
            assert all(0 <= y <= trend.HEIGHT for y in ys), shape


def test_figures_that_would_overlap_are_left_out_but_never_the_last():
    points = [Point(date(2026, 1, 1 + day), Decimal(day % 11)) for day in range(31)]
    values = of_kind(primitives(points, [], NPRS), "value")
    assert values[-1].text == trend.short(points[-1].score)
    gaps = [after.x - before.x for before, after in pairwise(values)]
    assert min(gaps) >= 28


@pytest.mark.parametrize(
    ("points", "days"),
    [
        ([], []),
        (COURSE[:1], ["2 Nov 2026"]),
        (COURSE, ["2 Nov", "30 Nov 2026"]),
        ([Point(date(2026, 12, 30), Decimal(1)), Point(date(2027, 1, 4), Decimal(2))], ["30 Dec 2026", "4 Jan 2027"]),
    ],
)
def test_the_first_and_the_last_day_are_named(points, days):
    assert [shape.text for shape in of_kind(primitives(points, [], NPRS), "day")] == days


def test_the_chart_is_said_in_words_too():
    assert described(COURSE, SESSIONS, NPRS) == (
        "Scores: 8 on 2 Nov 2026, 6 on 9 Nov 2026, 3 on 30 Nov 2026. 3 sessions. Scale 0 to 10, lower is better."
    )
    assert described([], [], PSFS) == "No scores yet. Scale 0 to 10, higher is better."
    assert "1 session." in described(COURSE[:1], SESSIONS[:1], NPRS)


def test_the_svg_is_well_formed_accessible_and_without_style_or_script():
    text = draw(COURSE, SESSIONS, NPRS)
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    named = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert root.get("aria-labelledby").split() == list(named)
    assert list(named.values()) == [NPRS.name, described(COURSE, SESSIONS, NPRS)]
    assert re.search(r"style|script|on\w+=|url\(", text) is None
    assert len(root.findall(f"{SVG}circle")) == 3


def test_every_primitive_becomes_one_shape_of_the_svg():
    shapes = primitives(COURSE, SESSIONS, NPRS)
    root = ElementTree.fromstring(draw(COURSE, SESSIONS, NPRS))
    names = {Stroke: "line", Dot: "circle", Label: "text"}
    drawn = [element.tag.removeprefix(SVG) for element in root][2:]
    assert drawn == [names[type(shape)] for shape in shapes]


def test_a_paper_draws_the_same_chart_to_the_byte():
    def paper() -> bytes:
        return pdf.render(
            [Text("Pain"), TrendChart(COURSE, SESSIONS, NPRS)],
            letterhead=pdf.Letterhead(practice="Harakeke Acupuncture"),
            title="Report",
        )

    first = paper()
    words = PdfReader(BytesIO(first)).pages[0].extract_text()
    for shape in primitives(COURSE, SESSIONS, NPRS):
        if isinstance(shape, Label):
            assert shape.text in words
    assert paper() == first


def test_the_chart_over_http_is_a_picture(cast):
    scoring.enter(
        patient=cast.aroha,
        measure="psfs",
        answers=[1, 2, 3],
        labels=["<script>", "b", "c"],
        taken_on=date(2026, 1, 5),
        by=cast.practitioner,
        now=cast.aroha.created_at,
    )
    where = f"/api/v1/outcome-scores/trend/chart/?patient={cast.aroha.pk}&measure=psfs"
    answer = api(cast.practitioner).get(where, headers={"Accept": "image/svg+xml,*/*"})
    assert (answer.status_code, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        200, "image/svg+xml", "nosniff",
    )  # fmt: skip
    assert ElementTree.fromstring(answer.content).find(f"{SVG}title").text == PSFS.name
    assert "Tāmati" not in answer.content.decode()
