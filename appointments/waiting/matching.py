"""Which free times suit somebody who waits. Pure: plain values in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

MORNING, AFTERNOON, EVENING = "morning", "afternoon", "evening"


@dataclass(frozen=True, kw_only=True)
class PartsOfDay:
    """When afternoon and evening begin, on the wall."""

    afternoon_from: time
    evening_from: time

    def of(self, at: time) -> str:
        if at < self.afternoon_from:
            return MORNING
        return AFTERNOON if at < self.evening_from else EVENING


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Empty collections mean any."""

    from_on: date
    until_on: date | None
    weekdays: Collection[int]
    parts: Collection[str]
    practitioners: Collection[int]
    location: int | None
    before: datetime | None
    refused: Collection[datetime]

    def suits(
        self, starts_at: datetime, *, practitioner: int, location: int, zone: ZoneInfo, parts: PartsOfDay
    ) -> bool:
        """`before` is when the visit is that would be moved forward; what was `refused` is not offered again."""
        wall = starts_at.astimezone(zone)
        return (
            self.suits_day(wall.date(), practitioners={practitioner}, location=location, zone=zone)
            and (not self.parts or parts.of(wall.time()) in self.parts)
            and (self.before is None or starts_at < self.before)
            and starts_at not in self.refused
        )

    def suits_day(self, day: date, *, practitioners: Collection[int], location: int, zone: ZoneInfo) -> bool:
        """Whether any time of that day could, with one of those practitioners."""
        return (
            self.from_on <= day
            and (self.until_on is None or day <= self.until_on)
            and (not self.weekdays or day.weekday() in self.weekdays)
            and not (self.practitioners and set(self.practitioners).isdisjoint(practitioners))
            and self.location in (None, location)
            and (self.before is None or day <= self.before.astimezone(zone).date())
        )


def is_decent(moment: datetime, *, begins: time, ends: time, zone: ZoneInfo) -> bool:
    """Whether somebody may be written to then, by their clocks."""
    return begins <= moment.astimezone(zone).time() < ends
