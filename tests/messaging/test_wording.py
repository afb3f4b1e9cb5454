import pytest

from messaging.wording import filled, filled_line, spoken, unknown_places
from tests.visits import nz


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Kia ora {first_name}, {when} with {practitioner} at {place}: {link} {practice} {phone}", []),
        ("{last_name} {first_name}", ["last_name"]),
        ("{first_name.__class__.__mro__}", ["first_name.__class__.__mro__"]),
        (
            "{first_name[0]} {0} {} {first_name!r} {first_name:>900}",
            ["first_name[0]", "0", "", "first_name!r", "first_name:>900"],
        ),
        ("{ first_name }", [" first_name "]),
        ("{{first_name}}", ["{", "}"]),
        ("only {half", ["{"]),
        ("{settings.SECRET_KEY}", ["settings.SECRET_KEY"]),
        ("%(first_name)s $first_name", []),
    ],
)
def test_only_named_places_are_known(text, unknown):
    assert unknown_places(text) == unknown


def test_what_is_filled_in_is_not_read_again():
    assert filled("Kia ora {first_name}, {link}", {"first_name": "{link}{phone}", "link": "L"}) == (
        "Kia ora {link}{phone}, L"
    )


def test_an_unknown_place_stays_as_it_is_written():
    assert filled("{first_name.__class__} {nobody}", {"first_name": "Aroha"}) == "{first_name.__class__} {nobody}"


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x00", "\x85", "\u2028", "\u2029"])
def test_a_subject_is_one_line_whatever_is_filled_in(breaks):
    values = {"first_name": f"Aroha{breaks}Bcc: everybody@example.nz"}
    assert filled_line("For {first_name}", values) == "For Aroha Bcc: everybody@example.nz"


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        ("2026-11-24 09:15", "Tue 24 Nov, 9:15 am"),
        ("2026-11-24 12:00", "Tue 24 Nov, 12:00 pm"),
        ("2026-11-24 00:05", "Tue 24 Nov, 12:05 am"),
        ("2026-12-06 17:30", "Sun 6 Dec, 5:30 pm"),
    ],
)
def test_times_are_spoken_as_in_the_clinic(wall, words):
    assert spoken(nz(wall)) == words
