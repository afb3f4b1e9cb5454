"""What a calendar program has to know of a time zone: its changes of clocks over the days in question. Pure.

Each change is written out by itself, with the wall's time before it, as RFC 5545 wants it. The package's own generator
writes the time after it, which reads as a change one hour late in spring.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from clinic.wall import change_between


@lru_cache(maxsize=64)
def vtimezone(name: str, first: date, last: date) -> Timezone:
    """The VTIMEZONE that holds from `first` to `last`."""
    zone = ZoneInfo(name)
    begins = datetime.combine(first, time.min, tzinfo=UTC) - timedelta(days=1)
    ends = datetime.combine(last, time.min, tzinfo=UTC) + timedelta(days=2)
    described = Timezone()
    described.add("tzid", name)
    described.add_component(_observance(begins, zone, offset_before=begins.astimezone(zone).utcoffset()))
    for change in _changes(zone, begins, ends):
        before = (change - timedelta(seconds=1)).astimezone(zone).utcoffset()
        described.add_component(_observance(change, zone, offset_before=before))
    return described


def is_second_of_two(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the wall showed this time once before, as it does when clocks go back. A time with a zone means the
    first of the two, so this one can only be written in UTC."""
    return moment.astimezone(zone).fold == 1


def _observance(begins: datetime, zone: ZoneInfo, *, offset_before: timedelta) -> Timezone:
    local = begins.astimezone(zone)
    observance = TimezoneDaylight() if local.dst() else TimezoneStandard()
    observance.add("dtstart", (begins + offset_before).replace(tzinfo=None))
    observance.add("tzoffsetfrom", offset_before)
    observance.add("tzoffsetto", local.utcoffset())
    observance.add("tzname", local.tzname())
    return observance


def _changes(zone: ZoneInfo, begins: datetime, ends: datetime) -> list[datetime]:
    changes = []
    while begins < ends:
        until = begins + timedelta(days=1)
        if begins.astimezone(zone).utcoffset() != until.astimezone(zone).utcoffset():
            changes.append(change_between(begins, until, zone))
        begins = until
    return changes
