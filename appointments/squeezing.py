"""Squeezing in: a visit over another, with the same practitioner or in the same room, for a reason that is kept.

A patient and a device are in one place only, and nobody is squeezed into time off.
"""

from django.db import transaction

from appointments.models import Appointment, Occupancy
from appointments.occupying import SlotTaken, conflicts_with, occupancy_of, occupy, write
from appointments.sharing import divided
from clinic.errors import NotAllowed, Refusal
from clinic.models import User
from clinic.permissions import Permission

SHARED = frozenset({Occupancy.Kind.PRACTITIONER, Occupancy.Kind.ROOM})
# Each try that fails has met somebody who booked in the meantime.
MOST_TRIES = 10


def permitted_reason(reason: str, *, by: User | None) -> str:
    """The reason, of somebody who may. Raises 403 `overlap_not_allowed`, 422 `overlap_reason_missing`."""
    if by is None or not by.may(Permission.SQUEEZE_IN):
        raise NotAllowed("overlap_not_allowed", "Your role does not include squeezing a visit in over another.")
    if not reason.strip():
        raise Refusal("overlap_reason_missing", "Say why this visit is squeezed in.", field="overlap_reason")
    return reason.strip()


def squeeze_in(rows: list[Occupancy]) -> None:
    """Writes all rows of a visit, those stretches squeezed that others hold. The caller is `alone` with the book.

    Raises `SlotTaken` with what cannot be shared.
    """
    for _ in range(MOST_TRIES):
        others = conflicts_with(rows)
        unshared = [row for row in others if row.resource_kind not in SHARED or row.appointment_id is None]
        if unshared:
            raise SlotTaken(unshared)
        try:
            with transaction.atomic():
                write([part for row in rows for part in divided(row, others)])
            return
        except SlotTaken as taken:
            last = taken
    raise last


def take_again(appointment: Appointment, *, by: User) -> None:
    """The time of a visit that comes back: shared as it was before, if whoever brings it back may do so.

    Raises `SlotTaken`.
    """
    rows = occupancy_of(appointment)
    try:
        with transaction.atomic():
            occupy(rows)
    except SlotTaken:
        if not appointment.overlap_reason or not by.may(Permission.SQUEEZE_IN):
            raise
        squeeze_in(occupancy_of(appointment))
        return
    if appointment.overlap_reason:
        appointment.overlap_reason = ""
        appointment.save(update_fields=["overlap_reason", "updated_at"])
