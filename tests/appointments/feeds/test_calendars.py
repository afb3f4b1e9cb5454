"""The file itself: what it says to programs that are not ours, whatever people are called."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from appointments.feeds.calendars import Entry, Standing, calendar_file, initials
from tests.appointments.feeds.reading import entries, lines_of, moment, read
from tests.visits import AUCKLAND, nz

HOSTILE = [
    "Ann\r\nSTATUS:CANCELLED\r\nX-EVIL:1",
    "Ann\nEND:VEVENT\nBEGIN:VEVENT",
    "Ann\rSUMMARY:Other",
    "Ann\u2028SUMMARY:Other\u2029\x85\x0b\x0c",
    "Smith, Ann; the \\second\\n",
    "\u202enna\u202c \u2066x\u2069",
    'Ann";VALUE=URI:"x',
    "Āōī" * 60,
    "陈" * 90,
    "👩‍⚕️" * 40,
    "",
]


def entry(**fields) -> Entry:
    starts_at = fields.pop("starts_at", nz("2026-11-24 10:00"))
    return Entry(
        **{
            "uid": "one",
            "sequence": 0,
            "changed_at": nz("2026-11-20 09:00"),
            "starts_at": starts_at,
            "ends_at": starts_at.astimezone(UTC) + timedelta(minutes=50),
            "zone": "Pacific/Auckland",
            "summary": "Appointment A. T.",
        }
        | fields
    )


def test_an_entry_says_when_where_and_how_it_stands():
    [event] = entries(calendar_file([entry(place="Kōwhai, Te Aro", sequence=3, url="https://x.example/a")]))
    assert event.values == {
        "UID": "one",
        "SEQUENCE": "3",
        "DTSTAMP": "20261119T200000Z",
        "LAST-MODIFIED": "20261119T200000Z",
        "DTSTART": "20261124T100000",
        "DTEND": "20261124T105000",
        "SUMMARY": "Appointment A. T.",
        "STATUS": "CONFIRMED",
        "TRANSP": "OPAQUE",
        "CLASS": "PRIVATE",
        "LOCATION": "Kōwhai\\, Te Aro",
        "URL": "https://x.example/a",
    }
    assert event.parameters["DTSTART"] == ";TZID=Pacific/Auckland"


def test_a_cancelled_entry_takes_no_time():
    [event] = entries(calendar_file([entry(standing=Standing.CANCELLED)]))
    assert (event["STATUS"], event["TRANSP"]) == ("CANCELLED", "TRANSPARENT")


def test_the_calendar_names_its_maker_and_how_often_to_look():
    calendar = read(calendar_file([entry()], name="Mere Ngata, Harakeke"))
    assert {name: calendar[name] for name in calendar.values} == {
        "PRODID": "-//Needlebook//Appointment book//EN",
        "VERSION": "2.0",
        "METHOD": "PUBLISH",
        "NAME": "Mere Ngata, Harakeke",
        "X-WR-CALNAME": "Mere Ngata, Harakeke",
        "REFRESH-INTERVAL": "PT15M",
        "X-PUBLISHED-TTL": "PT15M",
    }


def test_an_empty_calendar_is_one():
    assert read(calendar_file([], name="Nobody")).parts == []


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["summary", "place", "about", "name"])
def test_text_from_people_stays_inside_its_property(text, place):
    one, other = entry(), entry(uid="two", **({place: f"Appointment {text}"} if place != "name" else {}))
    content = calendar_file([one, other], name=text if place == "name" else "Mere")
    assert [event["UID"] for event in entries(content)] == ["one", "two"]
    assert [event["STATUS"] for event in entries(content)] == ["CONFIRMED"] * 2
    turned = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"}
    assert turned.isdisjoint(content.decode())
    if place != "name":
        theirs = Calendar.from_ical(content).events[1]
        assert str(theirs[{"place": "location", "about": "description"}.get(place, place)]).startswith("Appointment")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_at_all_is_one_folded_property(text):
    [event] = entries(calendar_file([entry(summary=f"A {text}")]))
    assert len(event.values) == 10
    assert event["SUMMARY"].startswith("A")


def test_a_long_name_is_folded_between_letters():
    content = calendar_file([entry(summary="ā" * 100)])
    assert [line for line in lines_of(content) if line.startswith("SUMMARY")] == ["SUMMARY:" + "ā" * 100]


@pytest.mark.parametrize(
    ("names", "letters"),
    [
        (("Aroha", "Tāmati"), "A. T."),
        (("āwhina", "o'Neil"), "Ā. O."),
        (("\u202eAroha", "(née) Smith"), "A. N."),
        (("A\u0304whina", ""), "Ā."),
        (("", "123"), ""),
        (("李", "明"), "李. 明."),
    ],
)
def test_initials_are_the_first_letters(names, letters):
    assert initials(*names) == letters


# The nights on which the clocks change


def every_half_hour(first: date, days: int):
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return [begins + timedelta(minutes=30 * number) for number in range(48 * days)]


@pytest.mark.parametrize("first", [date(2026, 9, 25), date(2027, 4, 2), date(2027, 9, 24)])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Chatham", "Australia/Lord_Howe", "America/New_York"])
def test_each_half_hour_of_these_nights_is_read_back_as_the_moment_it_was(first, zone):
    moments = every_half_hour(first, 4)
    content = calendar_file([entry(uid=str(at), starts_at=at, zone=zone) for at in moments])
    calendar = read(content)
    assert [moment(calendar, event, "DTSTART") for event in calendar.all("VEVENT")] == moments
    ends = [moment(calendar, event, "DTEND") for event in calendar.all("VEVENT")]
    assert ends == [at + timedelta(minutes=50) for at in moments]


def test_times_are_local_but_for_the_hour_that_comes_a_second_time():
    first = datetime(2027, 4, 3, 13, 30, tzinfo=UTC)
    found = [
        event.values["DTSTART"]
        for event in entries(calendar_file([entry(starts_at=first), entry(starts_at=first + timedelta(hours=1))]))
    ]
    assert found == ["20270404T023000", "20270403T143000Z"]


def test_the_zone_is_described_as_the_standard_wants_it():
    """Onsets stand in the wall's time before them: 2 am when clocks go forward, 3 am when they go back."""
    first, last = entry(starts_at=nz("2026-09-01 09:00")), entry(starts_at=nz("2027-05-01 09:00"))
    [zone] = read(calendar_file([first, last])).parts[:1]
    keys = ("DTSTART", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO")
    assert [(part.name, *(part[key] for key in keys)) for part in zone.parts] == [
        ("STANDARD", "20260831T120000", "NZST", "+1200", "+1200"),
        ("DAYLIGHT", "20260927T020000", "NZDT", "+1200", "+1300"),
        ("STANDARD", "20270404T030000", "NZST", "+1300", "+1200"),
    ]


def test_another_library_finds_the_same_moments():
    moments = [at for at in every_half_hour(date(2026, 9, 25), 4) if at.astimezone(AUCKLAND).fold == 0]
    theirs = Calendar.from_ical(calendar_file([entry(starts_at=at) for at in moments]))
    assert [event.start.astimezone(UTC) for event in theirs.events] == moments
    assert {event.start.tzinfo.key for event in theirs.events} == {ZoneInfo("Pacific/Auckland").key}
