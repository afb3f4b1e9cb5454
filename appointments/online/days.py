"""Free starts as a page shows them: a fortnight of days, each with its morning and its afternoon. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

FORTNIGHT = 14
NOON = 12


@dataclass(frozen=True)
class Time:
    """`value` is what the address of the next step says."""

    at: datetime
    place: str

    @property
    def value(self) -> str:
        return self.at.isoformat(timespec="minutes")


@dataclass(frozen=True)
class Day:
    day: date
    morning: list[Time] = field(default_factory=list)
    afternoon: list[Time] = field(default_factory=list)

    @property
    def parts(self) -> list[tuple[str, list[Time]]]:
        return [(title, times) for title, times in (("Morning", self.morning), ("Afternoon", self.afternoon)) if times]


def fortnight(times: Iterable[tuple[datetime, str]], *, from_on: date) -> list[Day]:
    """Those days of the fortnight on which there is a time. Each time comes in its location's own zone, with the
    location's name where there are several."""
    days = {from_on + timedelta(days=number): Day(from_on + timedelta(days=number)) for number in range(FORTNIGHT)}
    for at, place in times:
        shown = days[at.date()]
        (shown.morning if at.hour < NOON else shown.afternoon).append(Time(at, place))
    return [shown for shown in days.values() if shown.parts]


def zones_in_words(moments: Sequence[datetime]) -> str:
    """`NZDT (UTC+13)` of the times that are shown; both where the clocks change among them."""
    return " and ".join(dict.fromkeys(f"{at.tzname()} (UTC{_offset(at)})" for at in moments))


def _offset(at: datetime) -> str:
    hours, minutes = f"{at:%z}"[:3], f"{at:%z}"[3:5]
    return f"{hours[0]}{int(hours[1:])}{'' if minutes == '00' else f':{minutes}'}"
