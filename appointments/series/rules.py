"""RFC 5545 rules as a clinic uses them: read, refused part by part, expanded on the wall, shortened and shifted. Pure.

A rule says on which days something is, its time of day stands beside it. What is not among `PARTS` is refused by its
name: a part that is left unread would book other days than were asked for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil import rrule

from clinic.errors import Refusal
from clinic.wall import on_the_wall

MOST_OCCURRENCES = 200
REACH = timedelta(days=731)
MOST_APART = 52

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY}
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "last but one"}
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month"}


def _refused(code: str, sentence: str) -> Refusal:
    return Refusal(code, sentence, field="rule")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`byday` holds pairs of an ordinal (0: each) and a weekday (0 is Monday); `until` is a day or a moment in UTC."""

    freq: str
    interval: int = 1
    byday: tuple[tuple[int, int], ...] = ()
    bymonthday: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()
    count: int | None = None
    until: date | datetime | None = None

    def __str__(self) -> str:
        parts = {
            "FREQ": self.freq,
            "INTERVAL": str(self.interval) if self.interval > 1 else "",
            "BYDAY": ",".join(f"{ordinal or ''}{DAYS[weekday]}" for ordinal, weekday in self.byday),
            "BYMONTHDAY": ",".join(map(str, self.bymonthday)),
            "BYSETPOS": ",".join(map(str, self.bysetpos)),
            "COUNT": str(self.count or ""),
            "UNTIL": _until_text(self.until),
        }
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)

    def occurrences(self, first_on: date, at: time, zone: ZoneInfo) -> list[datetime]:
        """The moments (UTC) at which the clocks of `zone` show `at` on the days of the rule, the first one included.

        Raises 422 `rule_misses_first`, `rule_too_many`, `rule_too_far`.
        """
        last = first_on + REACH
        if self.until is not None and _day_of(self.until) > last:
            raise _refused("rule_too_far", "A series reaches two years at most.")
        days = islice(self._days(first_on, last), MOST_OCCURRENCES + 1 if self.count is None else self.count)
        moments = [on_the_wall(day, at, zone) for day in days if self._reaches(day, at, zone)]
        if not moments or moments[0] != on_the_wall(first_on, at, zone):
            raise _refused("rule_misses_first", "The first visit is on none of the days of its rule.")
        if len(moments) > MOST_OCCURRENCES:
            raise _refused("rule_too_many", f"A series has {MOST_OCCURRENCES} visits at most.")
        if self.count is not None and len(moments) < self.count:
            raise _refused("rule_too_far", "A series reaches two years at most.")
        return moments

    def _days(self, first_on: date, last: date):
        # An end is always given: a rule that is never met would be looked for until the year 9999.
        found = rrule.rrule(
            FREQUENCIES[self.freq],
            dtstart=datetime.combine(first_on, time.min),
            until=datetime.combine(last, time.min),
            interval=self.interval,
            byweekday=[rrule.weekday(weekday, ordinal or None) for ordinal, weekday in self.byday] or None,
            bymonthday=self.bymonthday or None,
            bysetpos=self.bysetpos or None,
        )
        return (moment.date() for moment in found)

    def _reaches(self, day: date, at: time, zone: ZoneInfo) -> bool:
        if isinstance(self.until, datetime):
            return on_the_wall(day, at, zone) <= self.until
        return self.until is None or day <= self.until

    def counting(self, count: int) -> "Rule":
        """The same days, so many of them."""
        return replace(self, count=count, until=None)

    def shifted(self, days: int) -> "Rule":
        """The same a few days later or earlier. Raises 422 `rule_cannot_shift` where that is no rule of this kind."""
        if days and (self.bymonthday or self.bysetpos or any(ordinal for ordinal, _ in self.byday)):
            raise cannot_shift()
        return (
            replace(self, byday=tuple(sorted((0, (weekday + days) % 7) for _, weekday in self.byday)))
            if days
            else self
        )

    def in_words(self) -> str:
        """`Every week on Tuesday and Friday, 12 times`"""
        unit = _UNITS[self.freq]
        words = f"Every {unit}" if self.interval == 1 else f"Every {self.interval} {unit}s"
        days = [
            f"the {_ORDINALS.get(ordinal, ordinal)} {_NAMES[n]}" if ordinal else _NAMES[n] for ordinal, n in self.byday
        ]
        days += [f"day {day}" if day > 0 else f"day {-day} from the end" for day in self.bymonthday]
        if self.bysetpos:
            places = _listed([f"the {_ORDINALS.get(place, place)}" for place in self.bysetpos])
            days = [f"{places} of {_listed(days)}"]
        if days:
            words += f" on {_listed(days)}"
        if self.count:
            return f"{words}, {self.count} {'time' if self.count == 1 else 'times'}"
        return f"{words}, until {self.until:%-d %B %Y}"


def cannot_shift() -> Refusal:
    return Refusal(
        "rule_cannot_shift",
        "This series cannot be put on other days. Cancel what is to come, and book it anew.",
        field="starts_at",
    )


def parse(text: str) -> Rule:
    """Raises 422, each part that is not as it should be with a code of its own."""
    parts = _parts(text)
    if unknown := [name for name in parts if name not in READERS]:
        raise _refused("rule_part_not_taken", f"{unknown[0]} is not taken here. Known are {', '.join(READERS)}.")
    if "FREQ" not in parts:
        raise _refused("rule_without_frequency", "Say how it repeats: FREQ=DAILY, WEEKLY or MONTHLY.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise _refused("rule_ends_twice", "A series ends after a number of visits or on a day, not both.")
    if "COUNT" not in parts and "UNTIL" not in parts:
        raise _refused("rule_without_end", "Say how many visits, or until which day.")
    rule = Rule(**{name.lower(): READERS[name](value) for name, value in parts.items()})
    if rule.freq != "MONTHLY" and any(ordinal for ordinal, _ in rule.byday):
        raise _refused("rule_ordinal_day", "A day such as the first Monday is one of a month: FREQ=MONTHLY.")
    if rule.freq == "WEEKLY" and rule.bymonthday:
        raise _refused("rule_month_day_weekly", "Days of the month do not go with weeks.")
    if rule.bysetpos and not (rule.byday or rule.bymonthday):
        raise _refused("rule_position_alone", "BYSETPOS chooses among days: give BYDAY or BYMONTHDAY as well.")
    return rule


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, is_given, value = part.partition("=")
        if not is_given or not name or not value:
            raise _refused("rule_malformed", "Write the rule as FREQ=WEEKLY;BYDAY=TU;COUNT=10.")
        if name in parts:
            raise _refused("rule_part_twice", f"{name} is given twice.")
        parts[name] = value
    return parts


def _freq(value: str) -> str:
    if value not in FREQUENCIES:
        raise _refused("rule_frequency", "A series repeats by days, weeks or months: FREQ=DAILY, WEEKLY or MONTHLY.")
    return value


def _interval(value: str) -> int:
    return _number(value, 1, MOST_APART, "rule_interval", f"INTERVAL is a number from 1 to {MOST_APART}.")


def _count(value: str) -> int:
    return _number(value, 1, MOST_OCCURRENCES, "rule_count", f"COUNT is a number from 1 to {MOST_OCCURRENCES}.")


def _byday(value: str) -> tuple[tuple[int, int], ...]:
    found = [_DAY.fullmatch(day) for day in value.split(",")]
    if not all(found):
        raise _refused("rule_days", "BYDAY lists days as MO,TU,WE,TH,FR,SA,SU; by months also as 1MO or -1FR.")
    return tuple(sorted({(int(match[1] or 0), DAYS.index(match[2])) for match in found}))


def _bymonthday(value: str) -> tuple[int, ...]:
    return _places(value, "rule_month_days", "BYMONTHDAY lists days of the month, 1 to 31 or -1 to -31.")


def _bysetpos(value: str) -> tuple[int, ...]:
    return _places(value, "rule_positions", "BYSETPOS lists places, 1 to 31 or -1 to -31.")


def _until(value: str) -> date | datetime:
    """A day, or a moment in UTC, as RFC 5545 writes them."""
    try:
        if match := re.fullmatch(r"([0-9]{8})T([0-9]{6})Z", value):
            return datetime.strptime("".join(match.groups()), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if re.fullmatch(r"[0-9]{8}", value):
            return datetime.strptime(value, "%Y%m%d").date()
    except ValueError:
        pass
    raise _refused("rule_until", "UNTIL is a day such as 20261218, or a moment such as 20261218T200000Z.")


READERS: dict[str, Callable] = {
    "FREQ": _freq,
    "INTERVAL": _interval,
    "BYDAY": _byday,
    "BYMONTHDAY": _bymonthday,
    "BYSETPOS": _bysetpos,
    "COUNT": _count,
    "UNTIL": _until,
}


def _number(value: str, least: int, most: int, code: str, sentence: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", value) or not least <= int(value) <= most:
        raise _refused(code, sentence)
    return int(value)


def _places(value: str, code: str, sentence: str) -> tuple[int, ...]:
    numbers = value.split(",")
    if not all(re.fullmatch(r"[+-]?[0-9]{1,2}", number) and 1 <= abs(int(number)) <= 31 for number in numbers):
        raise _refused(code, sentence)
    return tuple(sorted({int(number) for number in numbers}))


def _until_text(until: date | datetime | None) -> str:
    if until is None:
        return ""
    return f"{until:%Y%m%dT%H%M%SZ}" if isinstance(until, datetime) else f"{until:%Y%m%d}"


def _day_of(until: date | datetime) -> date:
    return until.date() if isinstance(until, datetime) else until


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""
