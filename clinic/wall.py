"""Times as the clocks on the wall show them, turned into instants. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def on_the_wall(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment (UTC) when the clocks of `zone` show that date and time.

    A time that exists twice, when clocks go back, means the first. A time that does not exist, when clocks go
    forward, means the first one that does: 2:30 am on 27 September 2026 in Auckland is 3:00 am.
    """
    wall = datetime.combine(day, at)
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # In the gap the two folds read as the moments on either side of the change.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return change_between(before.replace(microsecond=0), moment.replace(microsecond=0), zone)


def skipped(at: time) -> str:
    """What is said of a time that the clocks leave out."""
    return f"There is no {at:%-I:%M} {f'{at:%p}'.lower()} on that day: the clocks go forward over it."


def hours_on_the_wall(day: date, opens: time, closes: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants between which a place is open on a local day. Hours that all fall into a gap are no time at all."""
    return on_the_wall(day, opens, zone), on_the_wall(day, closes, zone)


def change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the offset of `zone` changes; `before` and `after` lie on its two sides."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def is_skipped(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether `moment` is written as a time of `zone` that its clocks leave out: 2:30 am on 27 September 2026 in
    Auckland with either of the offsets there, +12:00 or +13:00.

    With the offset of somewhere else it is a time there; with none, it is UTC. Neither is meant for the wall here.
    """
    wall, offset = moment.replace(tzinfo=None), moment.utcoffset()
    readings = [wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    if not offset or offset not in {reading.utcoffset() for reading in readings}:
        return False
    return all(reading.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall for reading in readings)
