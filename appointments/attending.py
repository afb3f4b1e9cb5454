"""What becomes of a booked visit: confirmed, arrived, started, completed, missed, cancelled; and the way back."""

from datetime import datetime

from appointments import lateness, reminding, sharing
from appointments.booking import locked, locked_alone
from appointments.lapsing import lapse_during, refuse_lapsed
from appointments.models import Appointment
from appointments.occupying import release
from appointments.squeezing import take_again
from appointments.statuses import EXPECTED, LIVE, STEPS, Status, standing
from clinic.acting import acting
from clinic.errors import Conflict
from clinic.models import Practice, User

Reason = Appointment.CancelReason


def step(name: str, *, appointment: Appointment, by: User | None, now: datetime, **changes: str) -> Appointment:
    """Takes the visit one step on. `by` is None where the patient did it through a link.

    Raises 409 `step_not_possible`, and `hold_expired` of a hold that has run out.
    """
    origins, target = STEPS[name]
    with acting(by, reason=name):
        appointment = locked_alone(appointment) if target in LIVE else locked(appointment)
        if appointment.status not in origins:
            raise Conflict(
                "step_not_possible",
                f"This visit is {appointment.get_status_display().lower()}, so it cannot be marked "
                f"{Status(target).label.lower()}.",
                appointment_status=appointment.status,
            )
        was_held = appointment.status == Status.PENDING
        if target != Status.CANCELLED:
            refuse_lapsed(appointment, now=now)
        appointment.status, appointment.held_until = target, None
        for field, value in changes.items():
            setattr(appointment, field, value)
        appointment.save(update_fields=["status", "held_until", "updated_at", *changes])
        if target not in LIVE:
            release(appointment)
        if target not in EXPECTED:
            reminding.withdraw(appointment, reason=str(target), now=now)
        elif was_held:
            reminding.plan_for(appointment, now=now)
    return appointment


def cancel(
    *,
    appointment: Appointment,
    reason: str,
    note: str = "",
    waive_late: str = "",
    by: User | None,
    now: datetime,
) -> Appointment:
    """Cancels with a coded reason; the time is free again. Raises 409 `step_not_possible`.

    Where the patient cancels inside the practice's window, that is recorded as late; `waive_late` says why it is not
    to count. Either is told in the note.
    """
    with acting(by, reason="cancel"):
        appointment = locked(appointment)
        if reason == Reason.PATIENT and (why := why_late(appointment, now=now)):
            reason = Reason.PATIENT if waive_late else Reason.LATE
            decided = f"Not counted as late: {waive_late}" if waive_late else f"Late: {why}"
            note = f"{note.rstrip('. ')}. {decided}" if note.strip() else decided
        return step("cancel", appointment=appointment, by=by, now=now, cancel_reason=reason, cancel_note=note)


def why_late(appointment: Appointment, *, now: datetime) -> str:
    """Why a patient who cancels now does so late by the practice's rule; empty where it is in time.

    Somebody who asked to cancel in time is not late because the front desk took until now to answer, and of a hold
    nobody has said yes yet.
    """
    if appointment.status == Status.PENDING:
        return ""
    hours = Practice.objects.current().late_cancel_hours
    told_at = appointment.cancel_asked_at or now
    if not lateness.is_late(starts_at=appointment.starts_at, hours=hours, told_at=told_at):
        return ""
    return lateness.in_words(starts_at=appointment.starts_at, hours=hours, told_at=told_at)


def undo(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Takes back the last step, and if asked again the one before that.

    Raises 409 `nothing_to_undo`, or `slot_taken` if the time is somebody else's now. What was kept is not held again,
    and a hold that is over stays over.
    """
    with acting(by, reason="undo"):
        if appointment.overlap_reason:
            sharing.alone()
        appointment = locked(appointment)
        past = appointment.events.exclude(status=Status.PENDING).order_by("pgh_id")
        trail = standing(past.values_list("status", flat=True))
        if len(trail) < 2:
            raise Conflict("nothing_to_undo", "There is no step to take back.")
        before = trail[-2]
        was_live = appointment.is_live
        appointment.status, appointment.cancel_reason, appointment.cancel_note = before, "", ""
        appointment.save(update_fields=["status", "cancel_reason", "cancel_note", "updated_at"])
        if appointment.is_live and not was_live:
            lapse_during(appointment.starts_at, appointment.ends_at, now=now)
            take_again(appointment, by=by)
        if before in EXPECTED:
            reminding.plan_for(appointment, now=now)
    return appointment
