"""Appointments of the tests, made without the verbs, and times as they are written on the wall in Auckland."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from appointments.models import Appointment, AppointmentType
from tests.cast import Cast, make_type

AUCKLAND = ZoneInfo("Pacific/Auckland")


def nz(text: str) -> datetime:
    """`2026-11-24 09:15` in Auckland; of a time that comes twice, the first."""
    return datetime.fromisoformat(text).replace(tzinfo=AUCKLAND)


def make_visit(cast: Cast, starts_at: datetime, **fields) -> Appointment:
    """A booked visit of Aroha's with Mere that owns no time in the book and has no reminder yet."""
    kind = AppointmentType.objects.first() or make_type()
    return Appointment.objects.create(
        **{
            "patient": cast.aroha,
            "practitioner": cast.mere,
            "appointment_type": kind,
            "location": cast.location,
            "room": cast.rooms[0],
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=50),
            "held_until": starts_at if fields.get("status") == "pending" else None,
        }
        | fields
    )
