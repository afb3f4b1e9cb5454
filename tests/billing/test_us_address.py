import pytest

from billing.us.address import UsAddress, parsed

PORTLAND = UsAddress(("1200 NW Example St",), "Portland", "OR", "97205")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("1200 NW Example St\nPortland OR 97205", PORTLAND),
        ("1200 NW Example St\nPortland, OR 97205", PORTLAND),
        ("1200 NW Example St\nPortland, or, 97205\nUSA", PORTLAND),
        ("  1200 NW Example St ,\n\n Portland,  OR   97205 \n", PORTLAND),
        ("1200 NW Example St, Portland OR 97205", PORTLAND),
        ("1200 NW Example St, Portland, OR 97205, United States", PORTLAND),
        ("Suite 4\n9 Elm Rd\nSalem, OR 97301-1234", UsAddress(("Suite 4", "9 Elm Rd"), "Salem", "OR", "973011234")),
        ("9 Elm Rd, Suite 4, San Juan PR 009011234", UsAddress(("9 Elm Rd, Suite 4",), "San Juan", "PR", "009011234")),
    ],
)  # fmt: skip
def test_a_us_address_is_taken_apart(text, address):
    assert parsed(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n ,\n",
        "USA",
        "Portland OR 97205",
        "1200 NW Example St",
        "1200 NW Example St\nPortland",
        "1200 NW Example St\nPortland XX 97205",
        "1200 NW Example St\nPortland OR 9720",
        "1200 NW Example St\nPortland OR 972056",
        "1200 NW Example St\nPortland OR ９７２０５",
        "1200 NW Example St\nOR 97205",
        "1200 NW Example St\nPortland OR 97205\nNew Zealand",
        "18 Kōwhai Lane\nTe Aro\nWellington 6011",
    ],
)
def test_an_address_whose_parts_are_not_clear_is_not_guessed(text):
    assert parsed(text) is None


def test_an_address_writes_itself_as_it_was():
    assert parsed("9 Elm Rd\nSalem OR 97301-0042").lines == ("9 Elm Rd", "Salem OR 97301-0042")
