"""How days and numbers are written in sentences. Pure."""

from datetime import date

_SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def spoken(day: date) -> str:
    """`1 September 2026`"""
    return f"{day:%-d %B %Y}"


def number(value: int) -> str:
    return _SMALL[value] if 0 <= value < len(_SMALL) else str(value)


def counted(value: int, one: str, many: str = "") -> str:
    """`one session`, `13 sessions`"""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"
