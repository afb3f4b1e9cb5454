"""The states of an appointment and the steps between them. Pure."""

from django.db.models import TextChoices


class Status(TextChoices):
    PENDING = "pending", "Pending"
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

# step -> (from which states, to which state)
STEPS: dict[str, tuple[frozenset[Status], Status]] = {
    "confirm": (frozenset({Status.PENDING, Status.BOOKED}), Status.CONFIRMED),
    "arrive": (EXPECTED, Status.ARRIVED),
    "start": (EXPECTED | {Status.ARRIVED}, Status.IN_TREATMENT),
    "complete": (frozenset({Status.ARRIVED, Status.IN_TREATMENT}), Status.COMPLETED),
    "miss": (EXPECTED, Status.MISSED),
    "cancel": (EXPECTED | {Status.ARRIVED}, Status.CANCELLED),
}
