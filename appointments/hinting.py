"""What should be known of a case when a visit is booked: composed from higher floors, and never a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from appointments.models import Appointment
from clinic.models import AccessEvent, Practice, Practitioner, User
from patients.models import Case


@dataclass(frozen=True, kw_only=True)
class Hint:
    """A sentence about the case on that day; `is_warning` where somebody ought to act on it."""

    code: str
    detail: str
    is_warning: bool


def hints_for(
    case: Case,
    *,
    starts_at: datetime,
    practitioner: Practitioner | None,
    is_booked: bool,
    by: User,
    now: datetime,
    request_id: str = "",
) -> Sequence[Hint]:
    """Asks each of `settings.CASE_HINTS` about the local day of the visit, before it is booked or after. That somebody
    read about the case is on record."""
    on = starts_at.astimezone(Practice.objects.current().zone).date()
    with transaction.atomic():
        AccessEvent.objects.record(by=by, rows=[case], subject_kind="case", now=now, request_id=request_id)
        return [
            hint
            for path in settings.CASE_HINTS
            for hint in import_string(path)(case=case, on=on, practitioner=practitioner, is_booked=is_booked, now=now)
        ]


def warnings_about(appointment: Appointment, *, by: User, now: datetime, request_id: str) -> Sequence[Hint]:
    """Of a visit just booked, what somebody ought to act on."""
    if appointment.case is None:
        return []
    hints = hints_for(
        appointment.case,
        starts_at=appointment.starts_at,
        practitioner=appointment.practitioner,
        is_booked=True,
        by=by,
        now=now,
        request_id=request_id,
    )
    return [hint for hint in hints if hint.is_warning]
