"""Codes and units of a day, by minutes, re-insertions and current: a table of cases."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.us import cpt
from billing.us.cpt import Session, Units, units_of_day

DAY = date(2026, 11, 20)


def day(*sessions: tuple) -> list[dict[str, int]]:
    """`(minutes, reinsertions, electrical)` of each session, as the codes it adds."""
    given_ = [Session(minutes=m, reinsertions=r, electrical=e) for m, r, e in sessions]
    return [{each.code: each.units for each in units} for units in units_of_day(given_, on=DAY)]


HAND, CURRENT = False, True
CASES = [
    # minutes, re-insertions, current, codes
    (0, 0, HAND, {}),
    (7, 0, HAND, {}),
    (7, 3, CURRENT, {}),
    (8, 0, HAND, {"97810": 1}),
    (15, 0, HAND, {"97810": 1}),
    (22, 1, HAND, {"97810": 1}),
    (23, 0, HAND, {"97810": 1}),
    (23, 1, HAND, {"97810": 1, "97811": 1}),
    (30, 1, HAND, {"97810": 1, "97811": 1}),
    (37, 2, HAND, {"97810": 1, "97811": 1}),
    (38, 2, HAND, {"97810": 1, "97811": 2}),
    (38, 1, HAND, {"97810": 1, "97811": 1}),
    (38, 9, HAND, {"97810": 1, "97811": 2}),
    (60, 3, HAND, {"97810": 1, "97811": 3}),
    (60, 0, HAND, {"97810": 1}),
    (8, 0, CURRENT, {"97813": 1}),
    (22, 5, CURRENT, {"97813": 1}),
    (23, 1, CURRENT, {"97813": 1, "97814": 1}),
    (37, 2, CURRENT, {"97813": 1, "97814": 1}),
    (38, 2, CURRENT, {"97813": 1, "97814": 2}),
    (38, 0, CURRENT, {"97813": 1}),
]


@pytest.mark.parametrize(("minutes", "reinsertions", "electrical", "codes"), CASES)
def test_one_session(minutes, reinsertions, electrical, codes):
    assert day((minutes, reinsertions, electrical)) == [codes]


@pytest.mark.parametrize(
    ("sessions", "codes"),
    [
        ([(15, 0, HAND), (15, 0, HAND)], [{"97810": 1}, {"97811": 1}]),
        ([(15, 0, HAND), (15, 0, CURRENT)], [{"97810": 1}, {"97814": 1}]),
        ([(15, 0, CURRENT), (15, 0, HAND)], [{"97813": 1}, {"97811": 1}]),
        ([(30, 1, HAND), (30, 1, CURRENT)], [{"97810": 1, "97811": 1}, {"97814": 2}]),
        ([(30, 1, HAND), (30, 0, CURRENT)], [{"97810": 1, "97811": 1}, {"97814": 1}]),
        ([(5, 0, HAND), (30, 1, CURRENT)], [{}, {"97813": 1, "97814": 1}]),
        ([(7, 0, HAND), (7, 0, HAND)], [{}, {"97810": 1}]),
        ([(10, 0, HAND), (10, 0, HAND)], [{"97810": 1}, {}]),
        ([(10, 0, HAND), (13, 0, HAND)], [{"97810": 1}, {"97811": 1}]),
        ([(15, 0, HAND), (15, 0, HAND), (15, 0, HAND)], [{"97810": 1}, {"97811": 1}, {"97811": 1}]),
        ([], []),
    ],
)
def test_several_sessions_of_a_day_share_one_initial_code(sessions, codes):
    assert day(*sessions) == codes


sessions = st.lists(
    st.builds(Session, minutes=st.integers(0, 240), reinsertions=st.integers(0, 12), electrical=st.booleans()),
    max_size=6,
)


@given(sessions)
def test_a_day_never_has_two_initial_codes_nor_more_units_than_blocks_of_time(given_):
    units = [each for session in units_of_day(given_, on=DAY) for each in session]
    initial = sum(each.units for each in units if each.code in cpt.INITIAL.values())
    total = sum(session.minutes for session in given_)
    assert initial == (1 if total >= 8 else 0)
    assert sum(each.units for each in units) <= (total + 7) // 15
    assert all(each.units > 0 for each in units)


@given(sessions)
def test_a_day_without_re_insertion_has_at_most_one_unit_a_session(given_):
    once = [Session(minutes=each.minutes, electrical=each.electrical) for each in given_]
    assert all(sum(unit.units for unit in each) <= 1 for each in units_of_day(once, on=DAY))


def test_each_code_has_a_label_of_our_own_and_every_rule_its_source():
    assert set(cpt.LABELS) == set(cpt.CODES)
    assert all(rule.source and rule.confidence for rule in cpt.TIME_RULES)
    assert [rule.valid_from for rule in cpt.TIME_RULES] == sorted(rule.valid_from for rule in cpt.TIME_RULES)


def test_a_day_before_the_codes_existed_has_no_rule():
    with pytest.raises(ValueError, match="no acupuncture codes on 2004-12-31"):
        units_of_day([Session(minutes=30)], on=date(2004, 12, 31))
    assert units_of_day([Session(minutes=30)], on=date(2005, 1, 1)) == [[Units("97810", 1)]]
