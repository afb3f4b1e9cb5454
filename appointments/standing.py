"""How a visit stands, as people read it."""

from datetime import datetime

from appointments.models import Appointment
from appointments.statuses import Status
from clinic import showing


def in_words(appointment: Appointment, *, now: datetime) -> str:
    """The state, and of a hold until when: `Held until 10:45 am`, with the day where that is another one."""
    if appointment.status != Status.PENDING:
        return appointment.get_status_display()
    zone, until = appointment.location.zone, appointment.held_until
    is_today = until.astimezone(zone).date() == now.astimezone(zone).date()
    return f"Held until {showing.clock(until, zone) if is_today else showing.when(until, zone)}"
