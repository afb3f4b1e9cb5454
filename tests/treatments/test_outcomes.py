from decimal import Decimal

import pytest

from treatments.outcomes.measures import MEASURES, CannotScore, change, score


@pytest.mark.parametrize(
    ("code", "answers", "expected"),
    [
        ("nprs", [7], "7"),
        ("psfs", [3, 4, 6], "4.3"),
        ("psfs", [3, 4, 6, None, 9], "5.5"),
        ("lefs", [4] * 20, "80"),
        ("lefs", [0, 1, 2, 3, 4] * 4, "40"),
        ("odi", [2, 2, 2, 2, 2, 2, 1, 1, 1, 1], "32.0"),  # idcafe.net: 16 of 50 is 32 %
        ("odi", [2, 2, 2, 2, 2, 2, 2, 1, 1, None], "35.6"),  # 16 of 45
        ("visa_g", [64], "64"),
        ("mymop2", [4, None, 5, 3], "4.0"),
        ("mymop2", [4, 3, 5, 3], "3.8"),
        ("quickdash", [1] * 11, "0.0"),
        ("quickdash", [5] * 11, "100.0"),
        ("quickdash", [3] * 10 + [None], "50.0"),
    ],
)
def test_scores(code, answers, expected):
    assert score(code, answers) == Decimal(expected)


@pytest.mark.parametrize(
    ("code", "answers"),
    [
        ("nprs", [11]),
        ("nprs", [None]),
        ("psfs", [3, 4]),
        ("psfs", [3, 4, None]),
        ("lefs", [4] * 19),
        ("lefs", [4] * 19 + [None]),
        ("odi", [2] * 8 + [None, None]),
        ("odi", [6] * 10),
        ("mymop2", [None, 2, 3, 4]),
        ("mymop2", [2, 2, 3, None]),
        ("quickdash", [0] * 11),
        ("quickdash", [3] * 9 + [None, None]),
    ],
)
def test_answers_that_make_no_score_are_refused(code, answers):
    with pytest.raises(CannotScore):
        score(code, answers)


@pytest.mark.parametrize(
    ("code", "first", "last", "verdict"),
    [
        ("nprs", 7, 5, "improved"),
        ("nprs", 7, 6, "no change that matters"),
        ("nprs", 4, 6, "worse"),
        ("psfs", "3.0", "4.3", "improved"),
        ("psfs", "3.0", "4.2", "no change that matters"),
        ("lefs", 40, 49, "improved"),
        ("lefs", 40, 48, "no change that matters"),
        ("odi", 32, 22, "improved"),
        ("odi", 22, 32, "worse"),
        ("visa_g", 50, 80, "unrated"),
    ],
)
def test_change_is_judged_by_the_least_change_that_matters(code, first, last, verdict):
    assert change(code, Decimal(first), Decimal(last)) == verdict


def test_each_measure_names_its_source_and_its_range_is_reached():
    for measure in MEASURES.values():
        assert measure.source
        most = measure.items[1]
        scores = {score(measure.code, [answer] * most) for answer in (measure.low, measure.high)}
        assert scores == {Decimal(bound) for bound in measure.scale}
