import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from clinic import bars
from clinic.report import Chart, Column, Days, Kind, Report, Series, as_csv, label_of, share, shown, slots, summed
from tests.papers import HOSTILE

COLUMNS = (Column("name", "Name"), Column("day", "Day", Kind.DAY), Column("amount", "Amount", Kind.MONEY))
SVG = "{http://www.w3.org/2000/svg}"


def a_report(*rows) -> Report:
    return Report(
        title="Takings", from_on=date(2026, 11, 1), to_on=date(2026, 11, 30), columns=COLUMNS, rows=rows,
        totals=summed(COLUMNS, rows),
    )  # fmt: skip


def read(report: Report) -> list[list[str]]:
    return list(csv.reader(StringIO(as_csv(report))))


def test_a_file_of_values_has_days_and_amounts_as_a_program_reads_them():
    day = date(2026, 11, 2)
    assert read(a_report(("Māia", day, Decimal("1234.50")), ("", None, Decimal("-3.00")))) == [
        ["Name", "Day", "Amount"],
        ["Māia", "2026-11-02", "1234.50"],
        ["", "", "-3.00"],
        ["Total", "", "1231.50"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\x00=1"])
def test_a_text_that_a_spreadsheet_would_calculate_is_only_text(text):
    (row,) = read(a_report((text, None, Decimal("0.00"))))[1:2]
    assert row[0].startswith("'")


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_in_its_cell(attack):
    rows = read(a_report((attack, None, Decimal("1.00"))))
    assert [len(row) for row in rows] == [3, 3, 3]
    assert not rows[1][0].startswith(("=", "+", "-", "@"))


def test_only_what_can_be_added_up_is():
    assert summed(COLUMNS, []) == (None, None, Decimal("0.00"))
    assert share(1, 8) == Decimal("0.1250")
    assert share(0, 0) is None


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (Decimal("1234.5"), Kind.MONEY, "$1,234.50"),
        (Decimal("0.1250"), Kind.SHARE, "12.5 %"),
        (125, Kind.MINUTES, "2 h 05"),
        (date(2026, 11, 2), Kind.DAY, "Mon\u00a02\u00a0Nov\u00a02026"),
        (None, Kind.MONEY, "–"),
        ("", Kind.TEXT, "–"),
        (0, Kind.COUNT, "0"),
    ],
)
def test_values_as_a_person_reads_them(value, kind, words):
    assert shown(value, kind) == words


@pytest.mark.parametrize(
    ("first", "last", "cut", "labels"),
    [
        (date(2026, 11, 1), date(2026, 11, 3), "day", ["1 Nov", "2 Nov", "3 Nov"]),
        (date(2026, 11, 4), date(2026, 12, 20), "week", ["2 Nov", "9 Nov"]),
        (date(2026, 1, 15), date(2026, 12, 31), "month", ["Jan 2026", "Feb 2026"]),
    ],
)
def test_a_chart_is_cut_into_days_weeks_or_months(first, last, cut, labels):
    found, bars_of = slots(Days(first, last))
    assert found == cut
    assert [label_of(bar, found) for bar in bars_of][: len(labels)] == labels


def a_chart(*values, labels=None, kind=Kind.MONEY) -> Chart:
    return Chart("Takings", kind, labels or tuple(f"day {n}" for n in range(len(values))), (Series("Taken", values),))


def test_every_value_that_is_something_is_a_bar_and_all_lie_within_the_picture():
    root = ElementTree.fromstring(bars.draw(a_chart(Decimal("10"), Decimal("0"), Decimal("-4.5"), Decimal("999.99"))))
    found = list(root.iter(f"{SVG}rect"))
    assert len(found) == 3
    for one in found:
        x, y, wide, tall = (float(one.get(name)) for name in ("x", "y", "width", "height"))
        assert 0 <= x < x + wide <= bars.WIDTH
        assert 0 <= y < y + tall <= bars.HEIGHT


def test_a_bar_below_nothing_hangs_from_the_line_of_nothing():
    root = ElementTree.fromstring(bars.draw(a_chart(10, -10, kind=Kind.COUNT)))
    up, down = root.iter(f"{SVG}rect")
    assert float(up.get("y")) + float(up.get("height")) == pytest.approx(float(down.get("y")), abs=0.11)


@pytest.mark.parametrize("most", [1, 3, 7, 12, 99, 100, 101, 12345, 10**9])
def test_the_highest_mark_is_no_lower_than_the_highest_bar(most):
    least, top, step = bars._scale(a_chart(most, kind=Kind.COUNT))
    assert least == 0
    assert top >= most
    assert 1 <= (top - least) / step <= 5


def test_a_chart_says_in_words_what_the_eye_sees():
    root = ElementTree.fromstring(bars.draw(a_chart(Decimal("5"), Decimal("7"))))
    assert root.find(f"{SVG}title").text == "Takings"
    assert root.find(f"{SVG}desc").text == "Taken: most for day 1, $7.00."
    assert "Nothing in these days" in bars.draw(a_chart(0, 0))


@pytest.mark.parametrize("attack", [HOSTILE["svg"], HOSTILE["markup"], HOSTILE["template"]])
def test_hostile_names_in_a_chart_are_only_text(attack):
    root = ElementTree.fromstring(bars.draw(a_chart(Decimal("5"), labels=(attack,))))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == {"svg", "title", "desc", "line", "rect", "text"}


def test_ninety_labels_leave_room_for_each_other():
    drawn = bars.draw(a_chart(*[1] * 90, labels=tuple(f"{n} Nov" for n in range(90)), kind=Kind.COUNT))
    words = [one for one in ElementTree.fromstring(drawn).iter(f"{SVG}text") if one.get("text-anchor") == "middle"]
    places = [float(one.get("x")) for one in words]
    assert all(other - one >= 40 for one, other in pairwise(places))
