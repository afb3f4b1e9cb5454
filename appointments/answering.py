"""What a patient can answer through the link in a reminder: that they will come, that they cancel where the practice
lets them while it is not late, or that they ask to. Moving it to another time is in `online/moving.py`.

Nobody is signed in: the changes carry no user, and `via` says how they came.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pghistory

from appointments import attending, lateness, links
from appointments.booking import locked
from appointments.models import Appointment
from appointments.statuses import EXPECTED, Status
from clinic.acting import acting
from clinic.errors import Conflict
from clinic.models import Practice

VIA = "reminder_link"
CancelReason = Appointment.CancelReason


def asked_about(*, token: str, now: datetime, even_cancelled: bool = False) -> Appointment:
    """The appointment of a link that is still good. Raises `NoSuchLink` (404) and 409 `appointment_moved`,
    `appointment_cancelled`, `appointment_begun`, `link_expired`."""
    appointment_id, starts_at = links.read(token)
    rows = Appointment.objects.select_related("patient", "practitioner", "appointment_type", "location")
    appointment = rows.filter(pk=appointment_id).first()
    return _still_to_come(appointment, starts_at, now, even_cancelled=even_cancelled)


def confirm(*, token: str, now: datetime) -> Appointment:
    """The patient will come, and no longer asks to cancel. Raises also 409 `already_confirmed`."""
    with through_link(token, now, reason="confirm") as appointment:
        if appointment.status == Status.CONFIRMED and appointment.cancel_asked_at is None:
            raise Conflict("already_confirmed", "You have confirmed this appointment already. See you then.")
        if appointment.status == Status.CONFIRMED:
            return _noted(appointment, cancel_asked_at=None)
        return attending.step("confirm", appointment=appointment, by=None, now=now, cancel_asked_at=None)


def may_cancel_until(appointment: Appointment) -> datetime | None:
    """The last moment at which the patient cancels without asking; None where the practice wants to be asked."""
    practice = Practice.objects.current()
    if not practice.patients_may_cancel:
        return None
    return lateness.last_moment(starts_at=appointment.starts_at, hours=practice.late_cancel_hours or 0)


def cancel(*, token: str, now: datetime) -> Appointment:
    """Cancels at once. Raises also 409 `cancel_by_asking`, `too_late_to_cancel`."""
    with through_link(token, now, reason="cancel") as appointment:
        until = may_cancel_until(appointment)
        if until is None:
            raise Conflict("cancel_by_asking", "Ask us to cancel, or give us a call, and we will see to it.")
        if now > until:
            raise Conflict(
                "too_late_to_cancel", "It is too near to cancel by yourself. Ask us to cancel, or give us a call."
            )
        return attending.cancel(
            appointment=appointment, reason=CancelReason.PATIENT, note="Through the link", by=None, now=now
        )


def ask_to_cancel(*, token: str, now: datetime) -> Appointment:
    """Notes the wish for the front desk, who cancels or calls back: the time stays booked until then.
    Raises also 409 `already_asked`."""
    with through_link(token, now, reason="ask_to_cancel") as appointment:
        if appointment.cancel_asked_at is not None:
            raise Conflict("already_asked", "You have asked us to cancel already. We will be in touch.")
        return _noted(appointment, cancel_asked_at=now)


ANSWERS = {"confirm": confirm, "cancel": cancel, "ask_to_cancel": ask_to_cancel}


@contextmanager
def through_link(token: str, now: datetime, *, reason: str) -> Iterator[Appointment]:
    """The link's appointment, held until the end of the act, so that nobody answers for a time that has just moved."""
    asked = asked_about(token=token, now=now)
    with pghistory.context(via=VIA), acting(None, reason=reason):
        yield _still_to_come(locked(asked), links.read(token)[1], now)


def _still_to_come(
    appointment: Appointment | None, starts_at: datetime, now: datetime, *, even_cancelled: bool = False
) -> Appointment:
    if appointment is None:
        raise links.NoSuchLink
    is_cancelled = appointment.status == Status.CANCELLED
    if is_cancelled and not even_cancelled:
        raise Conflict("appointment_cancelled", "This appointment was cancelled. Give us a call to book another.")
    if appointment.starts_at != starts_at and not _was_moved_by_link(appointment, starts_at):
        raise Conflict("appointment_moved", "This appointment was moved. Use the link in our newest message.")
    if appointment.starts_at <= now:
        raise Conflict("link_expired", "This appointment's time has come, so the link is no longer in use.")
    if appointment.status not in EXPECTED and not is_cancelled:
        raise Conflict("appointment_begun", "There is nothing left to answer about this appointment.")
    return appointment


def _was_moved_by_link(appointment: Appointment, starts_at: datetime) -> bool:
    """Whether every move since the visit was at that time was made through its link: then who made them knows the
    time, and the link stays good. What the front desk moved is answered for by the link of the message about it."""
    follows, last = False, None
    trail = appointment.events.order_by("pgh_id").values_list("starts_at", "pgh_context__metadata__via")
    for at, via in trail:
        if at == starts_at:
            follows = True
        elif at != last:
            follows = follows and via == VIA
        last = at
    return follows


def _noted(appointment: Appointment, *, cancel_asked_at: datetime | None) -> Appointment:
    appointment.cancel_asked_at = cancel_asked_at
    appointment.save(update_fields=["cancel_asked_at", "updated_at"])
    return appointment
