"""Time off: taken like an appointment, so that nobody is booked into it, and given back."""

from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from appointments.lapsing import lapse_during
from appointments.models import Occupancy, TimeOff
from appointments.occupying import occupy
from clinic.acting import acting
from clinic.errors import Conflict
from clinic.models import Practitioner, User


def take(
    *, practitioner: Practitioner, starts_at: datetime, ends_at: datetime, reason: str = "", by: User, now: datetime
) -> TimeOff:
    """Raises 409 `slot_taken` with the appointments that stand in the way: they are moved first, by a person."""
    with acting(by):
        lapse_during(starts_at, ends_at, now=now)
        off = TimeOff.objects.create(practitioner=practitioner, starts_at=starts_at, ends_at=ends_at, reason=reason)
        occupy(
            [
                Occupancy(
                    resource_kind=Occupancy.Kind.PRACTITIONER,
                    resource_id=practitioner.pk,
                    during=DateTimeTZRange(starts_at, ends_at),
                    time_off=off,
                )
            ]
        )
    return off


def give_back(*, time_off: TimeOff, by: User, now: datetime) -> TimeOff:
    with acting(by):
        off = TimeOff.objects.select_for_update().get(pk=time_off.pk)
        if off.cancelled_at:
            raise Conflict("already_given_back", "This time off is cancelled already.")
        off.cancelled_at = now
        off.save(update_fields=["cancelled_at", "updated_at"])
        Occupancy.objects.filter(time_off=off).delete()
    return off
