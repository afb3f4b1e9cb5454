"""Where the visits of a course go: the wished days and times, the nearest free time, another day of the week. Pure.

A week of a course is seven days from its first one on, so that each weekday comes once in it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import combinations

WEEK = 7


@dataclass(frozen=True)
class Wished:
    """A visit as it is wished, and the first day of the course's week that it may be in."""

    day: date
    at: time
    week_begins: date

    def is_week_of(self, day: date) -> bool:
        return 0 <= (day - self.week_begins).days < WEEK


@dataclass(frozen=True)
class Free:
    """A time that can be had: what the wall shows, and with whom."""

    day: date
    at: time
    practitioner: int


def wished(*, from_on: date, weeks: int, times: Sequence[tuple[int, time]]) -> list[Wished]:
    """Each week's visits in order; `times` are weekdays (0 is Monday) and times on the wall."""
    found = []
    for week in range(weeks):
        begins = from_on + timedelta(days=week * WEEK)
        found += [
            Wished(begins + timedelta(days=(weekday - begins.weekday()) % WEEK), at, begins) for weekday, at in times
        ]
    return sorted(found, key=lambda wish: wish.day)


def spread(weekdays: Sequence[int], *, per_week: int, possible: Collection[int]) -> list[int]:
    """So many weekdays, those given and others as evenly between them as can be: the possible ones, and then any."""

    def evenness(further: tuple[int, ...]) -> tuple[int, list[int]]:
        days = sorted({*weekdays, *further})
        gaps = sorted((after - before) % WEEK or WEEK for before, after in zip(days, days[1:] + days[:1], strict=True))
        return sum(day in possible for day in further), gaps

    left = [day for day in range(WEEK) if day not in weekdays]
    return sorted([*weekdays, *max(combinations(left, per_week - len(weekdays)), key=evenness)])


def on_the_day(wish: Wished, free: Iterable[Free], *, usual: int | None) -> list[Free]:
    """The free times of that day, the nearest first; of two as near, the one with the usual practitioner."""
    return sorted(
        (time for time in free if time.day == wish.day),
        key=lambda time: (_minutes(time.at, wish.at), time.practitioner != usual, time.at, time.practitioner),
    )


def in_the_week(wish: Wished, free: Iterable[Free], *, others: Collection[date], usual: int | None) -> list[Free]:
    """The free times of other days of the week, best first: a day between the visits, then near the wished one.

    `others` are the days of the course's other visits: two of them are never on one day.
    """

    def cost(time: Free) -> tuple:
        crowded = any(abs((time.day - other).days) == 1 for other in others)
        apart = abs((time.day - wish.day).days)
        near = _minutes(time.at, wish.at)
        return crowded, apart, near, time.practitioner != usual, time.day, time.at, time.practitioner

    elsewhere = (time for time in free if time.day != wish.day and time.day not in others)
    return sorted((time for time in elsewhere if wish.is_week_of(time.day)), key=cost)


def _minutes(one: time, other: time) -> int:
    return abs(one.hour * 60 + one.minute - other.hour * 60 - other.minute)
