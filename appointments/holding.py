"""Holds: visits that are pending until somebody says yes. They take their time like any visit, and run out."""

from datetime import datetime

from appointments import attending, booking, sharing
from appointments.lapsing import lapse
from appointments.models import Appointment, AppointmentType
from appointments.occupying import occupy_patient
from appointments.statuses import Status
from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Practitioner, Room, User
from patients.models import Case, Patient

# The longest that a hold is asked for over the API: a waiting patient answers within a week.
MOST_MINUTES = 7 * 24 * 60


def hold(
    *,
    patient: Patient | None,
    practitioner: Practitioner | None = None,
    appointment_type: AppointmentType,
    starts_at: datetime,
    room: Room | None = None,
    case: Case | None = None,
    note: str = "",
    allow_overlap: bool = False,
    overlap_reason: str = "",
    until: datetime,
    by: User | None,
    now: datetime,
) -> Appointment:
    """Books as `booking.book` does, but pending and without reminders, until `until` or the visit's start at the
    latest. Without a patient where it is not known yet who comes. Raises 422 `hold_over_before_it_begins`, and what
    `book` raises."""
    if until <= now:
        raise Refusal("hold_over_before_it_begins", "That hold would be over already.", field="held_until")
    appointment = Appointment(
        patient=patient,
        practitioner=practitioner,
        appointment_type=appointment_type,
        case=case,
        starts_at=starts_at,
        note=note,
        status=Status.PENDING,
        held_until=min(until, starts_at),
    )
    return booking.enter(
        appointment, room=room, allow_overlap=allow_overlap, overlap_reason=overlap_reason, by=by, now=now
    )


def keep(*, appointment: Appointment, by: User | None, now: datetime) -> Appointment:
    """The hold becomes a booked visit, with its reminders. Raises 409 `hold_expired`, `step_not_possible`, 422
    `patient_unknown`."""
    return attending.step("keep", appointment=appointment, by=by, now=now)


def keep_for(*, patient: Patient, appointment: Appointment, by: User | None, now: datetime) -> Appointment:
    """Keeps what was held for somebody unknown, now that it is known who they are: what `book` refuses of them is
    refused here. Raises what `keep` raises, 409 `slot_taken`, 422."""
    with acting(by, reason="keep"):
        held = booking.locked(appointment)
        booking.refuse_patient(held, patient)
        held.patient = patient
        held.save(update_fields=["patient", "updated_at"])
        occupy_patient(held)
        return keep(appointment=held, by=by, now=now)


def let_go(*, appointment: Appointment, by: User | None, now: datetime) -> Appointment:
    """Gives the time back at once. Raises 409 `step_not_possible` where it is no hold any more."""
    return attending.step(
        "let_go", appointment=appointment, by=by, now=now, cancel_reason=Appointment.CancelReason.LET_GO
    )


def expire(*, now: datetime) -> int:
    """Ends the holds that have run out, and answers how many. One that somebody is keeping is left to them."""
    with acting(None, reason="expire"):
        sharing.with_others()
        return lapse(Appointment.objects.lapsed(now).select_for_update(no_key=True, skip_locked=True), now=now)
