"""When a patient cancels late: by the practice's rule, in hours that pass. Pure.

Hours that pass and not hours on the wall: 24 hours before 10 am on the Sunday when clocks go forward is 9 am on the
Saturday. What people are told is that moment itself, so that nobody has to count.
"""

from datetime import UTC, datetime, timedelta


def last_moment(*, starts_at: datetime, hours: int) -> datetime:
    """Until then, that moment included, cancelling is in time. In UTC."""
    return starts_at.astimezone(UTC) - timedelta(hours=hours)


def is_late(*, starts_at: datetime, hours: int | None, told_at: datetime) -> bool:
    """`hours` is None where the practice has no rule: then nothing is late."""
    return hours is not None and told_at.astimezone(UTC) > last_moment(starts_at=starts_at, hours=hours)


def in_words(*, starts_at: datetime, hours: int, told_at: datetime) -> str:
    """`3 hours 10 minutes before; the practice asks for 24 hours`"""
    minutes = int((starts_at.astimezone(UTC) - told_at.astimezone(UTC)) / timedelta(minutes=1))
    how_long = f"{_spoken(minutes)} before" if minutes > 0 else "once it was due"
    return f"{how_long}; the practice asks for {_many(hours, 'hour')}"


def _spoken(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(_many(number, unit) for number, unit in ((hours, "hour"), (rest, "minute")) if number)


def _many(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
