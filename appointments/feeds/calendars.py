"""Calendar files (RFC 5545) from plain values. Pure: the same entries are the same bytes.

Names and places come from people: what could begin a line or turn the direction of the text becomes a space.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vDuration

from appointments.feeds.zones import is_second_of_two, vtimezone

MAKER = "-//Needlebook//Appointment book//EN"
# How often a program that subscribes may as well look; most have a mind of their own.
LOOK_AGAIN = timedelta(minutes=15)
END = b"END:VCALENDAR\r\n"

# Controls, line and paragraph separators, and marks that turn the direction of what follows.
_UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


class Standing(StrEnum):
    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`uid` is the same for life, `sequence` higher with each change. `zone` is whose wall shows the times."""

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    summary: str
    place: str = ""
    about: str = ""
    url: str = ""
    standing: Standing = Standing.CONFIRMED


def calendar_file(entries: Sequence[Entry], *, name: str = "") -> bytes:
    """A whole calendar. `name` is what a subscription is called; a file of one visit has none."""
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("name", one_line(name))
        calendar.add("x-wr-calname", one_line(name))
        calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(LOOK_AGAIN))
    for zone in sorted({entry.zone for entry in entries}):
        days = [
            moment.astimezone(ZoneInfo(zone)).date()
            for entry in entries
            if entry.zone == zone
            for moment in (entry.starts_at, entry.ends_at)
        ]
        calendar.add_component(vtimezone(zone, min(days), max(days)))
    return calendar.to_ical().removesuffix(END) + b"".join(map(_written, entries)) + END


# Most visits are as they were when the calendar was last asked for, and writing one costs more than finding it.
@lru_cache(maxsize=8192)
def _written(entry: Entry) -> bytes:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    # When this state of the entry came to be: a stamp of now would make every answer a new one.
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("dtstart", _on_the_wall(entry.starts_at, entry.zone))
    event.add("dtend", _on_the_wall(entry.ends_at, entry.zone))
    event.add("summary", one_line(entry.summary))
    event.add("status", entry.standing)
    event.add("transp", "TRANSPARENT" if entry.standing == Standing.CANCELLED else "OPAQUE")
    event.add("class", "PRIVATE")
    for key, text in (("location", entry.place), ("description", entry.about), ("url", entry.url)):
        if text:
            event.add(key, one_line(text))
    return event.to_ical()


def _on_the_wall(moment: datetime, zone: str) -> datetime:
    wall = ZoneInfo(zone)
    return moment.astimezone(UTC if is_second_of_two(moment, wall) else wall)


def one_line(text: str) -> str:
    return _UNWANTED.sub(" ", text).strip()


def initials(*names: str) -> str:
    """`A. T.`: the first letter of each name, as it is written."""
    letters = (
        next((letter for letter in unicodedata.normalize("NFC", name) if letter.isalpha()), "") for name in names
    )
    return " ".join(f"{letter.upper()}." for letter in letters if letter)
