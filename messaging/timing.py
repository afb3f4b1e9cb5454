"""When a reminder is due. Pure: plain values in, moments out."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.wall import on_the_wall


def due_at(
    *,
    starts_at: datetime,
    zone: ZoneInfo,
    hours_before: int | None = None,
    days_before: int | None = None,
    at: time | None = None,
) -> datetime:
    """The moment (UTC) at which a rule reminds of an appointment that starts at `starts_at`.

    `hours_before` are hours that pass: over a change of clocks the wall shows one more or one less. `days_before` and
    `at` are read off the wall of the location: so many calendar days before the local date of the start, at that time
    of day, whatever the clocks do in between.
    """
    if hours_before is not None:
        return starts_at.astimezone(UTC) - timedelta(hours=hours_before)
    if days_before is None or at is None:
        raise ValueError("A rule says either hours before, or days before and a time of day.")
    day = starts_at.astimezone(zone).date() - timedelta(days=days_before)
    return on_the_wall(day, at, zone)


def not_in_the_past(due: datetime, *, now: datetime) -> datetime:
    """A booking made after its reminder's moment is reminded of at once."""
    return max(due, now)


def next_try(
    *, now: datetime, attempts: int, before: datetime | None, asked: timedelta | None = None
) -> datetime | None:
    """When to try again after so many attempts: in 1, 2, 4 ... at most 30 minutes, or as late as the other side
    `asked`, up to an hour; sooner where `before` would pass, and never (None) in the last minute before it."""
    wait = max(timedelta(minutes=min(2 ** (attempts - 1), 30)), min(asked or timedelta(0), timedelta(hours=1)))
    if before is not None:
        wait = min(wait, (before - now) / 2)
        if wait < timedelta(seconds=30):
            return None
    return now + wait
