import re

import pytest

from patients import acc_numbers

ACC45 = ["A123456", "AB12345", "AA12345", "1234ABC", "12345AB"]
EOS = ["12345678901", "A1234567890"]
UNUSUAL = ["1234567", "ABCDEFG", "ABC1234", "12345678", "A", "ABCDEFGHIJKL", "123456A", "AB1234567890"]


@pytest.mark.parametrize("number", ACC45)
def test_the_four_forms_of_an_acc45_number_are_known(number):
    assert (acc_numbers.is_acc45(number), acc_numbers.is_well_formed(number)) == (True, True)


@pytest.mark.parametrize("number", EOS)
def test_the_eleven_characters_of_older_claims_are_known(number):
    assert (acc_numbers.is_acc45(number), acc_numbers.is_well_formed(number)) == (False, True)


@pytest.mark.parametrize("number", UNUSUAL)
def test_another_number_may_be_right_but_is_not_known(number):
    assert not acc_numbers.is_well_formed(number)


@pytest.mark.parametrize("number", ["AB12345\n", "AB1234５", "ab12345", "AB 12345", ""])
def test_what_only_resembles_a_number_is_not_known(number):
    assert not acc_numbers.is_well_formed(number)


@pytest.mark.parametrize(
    "typed", ["ab12345", " AB 12345 ", "ab-123-45", "AB12345", "AB–12345", "AB\u00a012345", "\tab12345\n"]
)
def test_it_is_read_as_people_write_it(typed):
    assert acc_numbers.normalised(typed) == "AB12345"


@pytest.mark.parametrize("typed", ["ß12345", "ﬁ12345", "ı123456", "é123456"])
def test_letters_that_are_none_of_ours_are_not_turned_into_ours(typed):
    assert re.fullmatch(acc_numbers.ANY, acc_numbers.normalised(typed)) is None


@pytest.mark.parametrize(("number", "fits"), [("A" * 12, True), ("A" * 13, False), ("", False)])
def test_it_has_twelve_characters_at_the_most(number, fits):
    assert (re.fullmatch(acc_numbers.ANY, number) is not None) == fits
