"""The vectors of HISO 10046 and of the libraries that implement it."""

import pytest

from patients import nhi

OLD = [
    "ZZZ0016",
    "ZAC5361",
    "ZZZ0024",
    "ZAA0067",
    "ZAA0075",
    "ZAA0083",
    "ZAA0130",  # a check digit of ten, written 0
    "JBX3656",
    "AAA1116",
    "BBB2221",
    "ABC1235",
]
NEW = [
    "ZZZ00AC",
    "ABC12DS",
    "ACA31FM",
    "ASE37QK",
    "ARE62RS",
    "BGJ06AS",
    "BGA44DT",
    "BWT41BY",
    "ZBN77VL",
    "ZSC21TN",
    "ZVB97XQ",
]
MISTYPED = ["ZZZ0017", "DAB8233", "ABC1234"]
# Right under the modulus 24 of the years before 2023, wrong now.
OF_THE_OLD_RULE = ["ZZZ00AX", "ZVU27KZ", "ALU18KZ", "ZHW58CN", "ZLV86AX"]


@pytest.mark.parametrize("number", OLD + NEW)
def test_a_right_number_is_valid(number):
    assert nhi.is_valid(number, allow_test_values=True)


@pytest.mark.parametrize("number", MISTYPED + OF_THE_OLD_RULE)
def test_a_wrong_check_character_is_not(number):
    assert not nhi.is_valid(number, allow_test_values=True)


@pytest.mark.parametrize("check", range(10))
def test_a_sum_that_eleven_divides_has_no_check_digit_at_all(check):
    assert not nhi.is_valid(f"ZZZ004{check}", allow_test_values=True)


@pytest.mark.parametrize(
    "number", ["", "ZZZ001", "ZZZ00161", "ZIZ0016", "ZOZ0016", "zzz0016", "ZZZ00A3", "ZZ10016", "ZZZ٠٠١٦", "ZZZ0016\n"]
)
def test_another_form_is_not_a_number(number):
    assert not nhi.is_valid(number, allow_test_values=True)


@pytest.mark.parametrize("number", [n for n in OLD + NEW if n.startswith("Z")])
def test_the_test_range_is_refused_where_patients_are_real(number):
    assert not nhi.is_valid(number, allow_test_values=False)


@pytest.mark.parametrize("number", [n for n in OLD + NEW if not n.startswith("Z")])
def test_other_ranges_are_valid_everywhere(number):
    assert nhi.is_valid(number, allow_test_values=False)


@pytest.mark.parametrize("typed", ["zzz 0016", " ZZZ-0016 ", "zZz\t00 16", "ZZZ0016"])
def test_it_is_read_as_people_write_it(typed):
    assert nhi.normalised(typed) == "ZZZ0016"
