"""Which numbers a text can go to, and how many parts it takes."""

import pytest

from messaging.numbers import international
from messaging.parts import length, plain

ROOM = "x" * 160


@pytest.mark.parametrize(
    "written",
    [
        "021 555 0184",
        "+64 21 555 0184",
        "0064 21 555 0184",
        "64 21 555 0184",
        "(021) 555-0184",
        "+64 (0)21 555 0184",
        "021\u00a0555\u20110184",
        "0215550184",
    ],
)
def test_a_mobile_has_one_spelling_however_it_is_written(written):
    assert international(written) == "+64215550184"


@pytest.mark.parametrize(
    ("written", "spelt"),
    [("+61 412 345 678", "+61412345678"), ("020 4555 1234", "+642045551234"), ("+1 212 555 0100", "+12125550100")],
)
def test_a_mobile_of_any_length_or_country_is_one(written, spelt):
    assert international(written) == spelt


@pytest.mark.parametrize(
    "written",
    [
        "09 555 0100",
        "+64 4 555 0100",
        "0800 555 010",
        "0900 12345",
        "021 555",
        "021 555 0184 555 0199",
        "021 555 0184 / 021 555 0199",
        "021 555 0184 mum",
        "0412 345 678",
        "111",
        "",
        "none",
    ],
)
def test_what_is_not_certainly_a_mobile_is_none(written):
    assert international(written) == ""


@pytest.mark.parametrize(
    ("text", "parts", "signs", "fit"),
    [
        ("", 1, 0, 160),
        (ROOM, 1, 160, 160),
        (ROOM + "x", 2, 161, 160),
        ("x" * 306, 2, 306, 160),
        ("x" * 307, 3, 307, 160),
        ("€" * 80, 1, 160, 160),
        ("€" * 81, 2, 162, 160),
        # A sign of two is not parted: 152 and then 2, where 153 would have room for one half.
        ("x" * 152 + "€" + "x" * 152, 3, 306, 160),
        ("ā" * 70, 1, 70, 70),
        ("ā" * 71, 2, 71, 70),
        ("ā" * 134, 2, 134, 70),
        ("ā" * 135, 3, 135, 70),
        ("🙂" * 35, 1, 70, 70),
        ("🙂" * 36, 2, 72, 70),
        # 67 is odd: each part holds 33 of two units.
        ("🙂" * 67, 3, 134, 70),
        ("é à ñ Ä @ £ \n", 1, 13, 160),
    ],
)
def test_parts_are_counted_as_the_networks_do(text, parts, signs, fit):
    counted = length(text)
    assert (counted.parts, counted.signs, counted.fit) == (parts, signs, fit)


def test_what_makes_parts_short_is_named_once_each():
    assert length("Tāmati, Māori, 伟 and ē").outside == "ā伟ē"


def test_typographic_marks_are_typed_plainly_and_letters_stay_as_a_name_is_spelt():
    assert plain("“Kia ora” – it’s\u00a0Tāmati…") == '"Kia ora" - it\'s Tāmati...'
    assert length(plain("it’s 9:15\u202fam – see you…")).fit == 160
