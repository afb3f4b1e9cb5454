"""From the plan of the ten weeks to single acts, each at the hour at which somebody would do it. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from frontdesk.demo.courses import FIRST, Visit


class Act(NamedTuple):
    """`name` is done to the visit of that number at a wall-clock time; acts of one minute keep the plan's order."""

    at: datetime
    visit: int
    name: str


# Payers are billed once a week, on Fridays, when the visits of the day are over.
BILLING = 4, time(18, 40)


def acts_of(visits: Sequence[Visit], *, today: date, has_note: Callable[[Visit], bool]) -> list[Act]:
    """Every act of every visit in the order of time, and the weekly billing (of no visit: its number is -1)."""
    acts = [
        Act(at, number, name)
        for number, visit in enumerate(visits)
        for at, name in _acts_of(visit, today=today, has_note=has_note(visit))
    ]
    weekday, at = BILLING
    days = [today + timedelta(days=days) for days in range(FIRST, 1)]
    acts += [Act(datetime.combine(day, at), -1, "bill_payers") for day in days if day.weekday() == weekday]
    return sorted(acts, key=lambda act: act[:2])


def _acts_of(visit: Visit, *, today: date, has_note: bool) -> Iterator[tuple[datetime, str]]:
    yield visit.booked, "book"
    if visit.moved:
        yield visit.moved, "move"
    if visit.fate == "cancelled":
        yield visit.starts - timedelta(hours=45), "cancel"
        return
    confirmed = visit.starts - timedelta(days=visit.person % 3, hours=19, minutes=7)
    if visit.confirms and confirmed > (visit.moved or visit.booked):
        yield confirmed, "confirm"
    if visit.fate == "late":
        yield visit.starts - timedelta(hours=3), "cancel"
    elif visit.fate == "missed":
        yield visit.starts + timedelta(minutes=20), "miss"
    else:
        yield from _attendance(visit, today=today, has_note=has_note)


def _attendance(visit: Visit, *, today: date, has_note: bool) -> Iterator[tuple[datetime, str]]:
    yield visit.starts - timedelta(minutes=6), "arrive"
    if visit.starts.date() == today:  # who is in which room matters on the day only
        yield visit.starts, "start"
    if has_note:
        yield visit.starts + timedelta(minutes=5), "chart"
    if not has_note or not visit.signs:
        yield visit.ends, "complete"
        return
    yield visit.ends, "sign"
    if visit.pays_at_once:
        yield visit.ends + timedelta(minutes=5), "bill_patient"
