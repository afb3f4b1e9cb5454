"""What in the days that a diary shows waits for somebody, from the visits that it has read already."""

from collections.abc import Iterator
from dataclasses import dataclass

from appointments.models import Appointment
from appointments.statuses import EXPECTED
from clinic import showing
from frontdesk.diary.gathering import Book


@dataclass(frozen=True, kw_only=True)
class End:
    visit: Appointment
    at: str
    why: str


def ends_of(book: Book) -> list[End]:
    """In the order of the day: who asked to cancel, and of whom nobody has said whether they came."""
    at = showing.clock if len(book.days) == 1 else showing.when
    return [End(visit=visit, at=at(visit.starts_at, book.zone), why=why) for visit, why in _found(book)]


def _found(book: Book) -> Iterator[tuple[Appointment, str]]:
    for visit in book.visits:
        if visit.status not in EXPECTED:
            continue
        if visit.ends_at <= book.now:
            yield visit, "Did they come?"
        elif visit.cancel_asked_at is not None:
            yield visit, "Asked to cancel"
