from appointments.models.appointment import Appointment, Occupancy
from appointments.models.feeds import CalendarFeed
from appointments.models.hours import ClosedDay, TimeOff, WorkingHours
from appointments.models.online import OnlineBooking
from appointments.models.series import Series
from appointments.models.types import AppointmentType, Segment
from appointments.models.waiting import WaitlistEntry, WaitlistOffer

__all__ = [
    "Appointment",
    "AppointmentType",
    "CalendarFeed",
    "ClosedDay",
    "Occupancy",
    "OnlineBooking",
    "Segment",
    "Series",
    "TimeOff",
    "WaitlistEntry",
    "WaitlistOffer",
    "WorkingHours",
]
