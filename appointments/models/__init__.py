from appointments.models.appointment import Appointment, Occupancy
from appointments.models.feeds import CalendarFeed
from appointments.models.hours import ClosedDay, TimeOff, WorkingHours
from appointments.models.series import Series
from appointments.models.types import AppointmentType, Segment

__all__ = [
    "Appointment",
    "AppointmentType",
    "CalendarFeed",
    "ClosedDay",
    "Occupancy",
    "Segment",
    "Series",
    "TimeOff",
    "WorkingHours",
]
