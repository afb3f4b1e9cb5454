"""The states of an appointment and the steps between them. Pure."""

from collections.abc import Iterable

from django.db.models import TextChoices


class Status(TextChoices):
    PENDING = "pending", "Held"
    BOOKED = "booked", "Booked"
    CONFIRMED = "confirmed", "Confirmed"
    ARRIVED = "arrived", "Arrived"
    IN_TREATMENT = "in_treatment", "In treatment"
    COMPLETED = "completed", "Completed"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


# Those that hold their time in the book.
LIVE = frozenset(set(Status) - {Status.MISSED, Status.CANCELLED})
# Those whose patient is still to come: they can be moved, cancelled, reminded.
EXPECTED = frozenset({Status.PENDING, Status.BOOKED, Status.CONFIRMED})
# Those of whom somebody has said yes: they are reminded.
PROMISED = EXPECTED - {Status.PENDING}

# step -> (from which states, to which state)
STEPS: dict[str, tuple[frozenset[Status], Status]] = {
    "keep": (frozenset({Status.PENDING}), Status.BOOKED),
    "let_go": (frozenset({Status.PENDING}), Status.CANCELLED),
    "confirm": (frozenset({Status.PENDING, Status.BOOKED}), Status.CONFIRMED),
    "arrive": (EXPECTED, Status.ARRIVED),
    "start": (EXPECTED | {Status.ARRIVED}, Status.IN_TREATMENT),
    "complete": (frozenset({Status.ARRIVED, Status.IN_TREATMENT}), Status.COMPLETED),
    "miss": (EXPECTED, Status.MISSED),
    "cancel": (EXPECTED | {Status.ARRIVED}, Status.CANCELLED),
}


def standing(statuses: Iterable[str]) -> list[str]:
    """The states a visit went through and did not take back, oldest first, from all that it ever had in order.

    No step leads to an earlier state, so coming back to the one before is an undoing, and forgets both.
    """
    trail: list[str] = []
    for status in statuses:
        if len(trail) > 1 and status == trail[-2]:
            trail.pop()
        elif not trail or status != trail[-1]:
            trail.append(status)
    return trail
