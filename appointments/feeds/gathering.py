"""From the book to the entries of a calendar: a practitioner's visits and time off, a patient's own visit.

Of a visit nothing but time and place is told, and of the patient what the feed may show. The name of its kind stays
here: it may say what is treated. A visit that somebody else takes over is no longer in the feed: a program that
subscribes reads the whole file, and what is not in it is gone.
"""

import uuid
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from appointments import links
from appointments.feeds.calendars import Entry, Standing, initials, one_line
from appointments.models import Appointment, CalendarFeed, TimeOff
from appointments.statuses import Status
from clinic.models import Practice
from clinic.wall import on_the_wall
from patients.models import Patient

# What a feed reaches, and how long it says of a visit that it was cancelled.
BACK, AHEAD, CANCELLED_FOR = timedelta(days=92), timedelta(days=366), timedelta(days=30)
FALLEN = (Status.CANCELLED, Status.MISSED)

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:needlebook:calendar")


def entries_of(feed: CalendarFeed, *, practice: Practice, now: datetime) -> list[Entry]:
    """Everything of the feed's practitioner, oldest first. The window moves once a day, so that what is asked for
    again on the same day is the same."""
    today = on_the_wall(now.astimezone(practice.zone).date(), time.min, practice.zone)
    begins, ends, recently = today - BACK, today + AHEAD, today - CANCELLED_FOR
    visits = (
        Appointment.objects.filter(practitioner=feed.practitioner_id, starts_at__gte=begins, starts_at__lt=ends)
        .exclude(status__in=FALLEN, updated_at__lt=recently)
        .select_related("patient", "location", "room")
        .order_by("starts_at", "pk")
    )
    away = (
        TimeOff.objects.filter(practitioner=feed.practitioner_id, starts_at__lt=ends, ends_at__gt=begins)
        .filter(Q(cancelled_at__isnull=True) | Q(cancelled_at__gte=recently))
        .order_by("starts_at", "pk")
    )
    return [*(_visit(visit, feed, practice) for visit in visits), *(_time_off(off, practice) for off in away)]


def entry_for_patient(visit: Appointment, *, practice: Practice) -> Entry:
    """The visit as its patient keeps it."""
    phone = visit.location.phone or practice.phone
    link = links.address_for(visit)
    return Entry(
        uid=_uid("visit", visit.pk, practice),
        sequence=visit.calendar_sequence,
        changed_at=max(row.updated_at for row in (visit, visit.location, visit.practitioner, practice)),
        starts_at=visit.starts_at.astimezone(UTC),
        ends_at=visit.ends_at.astimezone(UTC),
        zone=visit.location.timezone,
        summary=f"Appointment at {practice.name}",
        place=_place(visit.location.name, visit.location.address or practice.address),
        about=f"With {visit.practitioner.display_name}. To confirm or cancel: {link}{f' or {phone}' if phone else ''}",
        url=link,
        standing=_standing(visit.status),
    )


def _visit(visit: Appointment, feed: CalendarFeed, practice: Practice) -> Entry:
    page = reverse("admin:appointments_appointment_change", args=[visit.pk])
    return Entry(
        uid=_uid("visit", visit.pk, practice),
        sequence=visit.calendar_sequence,
        changed_at=max(row.updated_at for row in (visit, visit.patient, visit.location, visit.room) if row),
        starts_at=visit.starts_at.astimezone(UTC),
        ends_at=visit.ends_at.astimezone(UTC),
        zone=visit.location.timezone,
        summary=f"Appointment {_who(visit.patient, feed.shows) if visit.patient else ''}",
        place=_place(visit.room.name, visit.location.name),
        url=f"{settings.PUBLIC_URL}{page}",
        standing=_standing(visit.status),
    )


def _time_off(off: TimeOff, practice: Practice) -> Entry:
    """Busy, and not why: that is nobody's business who reads over a shoulder."""
    return Entry(
        uid=_uid("time-off", off.pk, practice),
        sequence=1 if off.cancelled_at else 0,
        changed_at=off.updated_at,
        starts_at=off.starts_at.astimezone(UTC),
        ends_at=off.ends_at.astimezone(UTC),
        zone=practice.timezone,
        summary="Away",
        standing=Standing.CANCELLED if off.cancelled_at else Standing.CONFIRMED,
    )


def _standing(status: str) -> Standing:
    if status in FALLEN:
        return Standing.CANCELLED
    return Standing.TENTATIVE if status == Status.PENDING else Standing.CONFIRMED


def _who(patient: Patient, shows: str) -> str:
    if shows == CalendarFeed.Shows.FIRST_NAME:
        return patient.preferred_name or patient.first_name
    if shows == CalendarFeed.Shows.INITIALS:
        return initials(patient.preferred_name or patient.first_name, patient.last_name)
    return ""


def _place(*lines: str) -> str:
    return ", ".join(one_line(line.replace("\n", ", ")) for line in lines if line)


def _uid(kind: str, number: int, practice: Practice) -> str:
    """One for life and unlike any other clinic's: told apart by the moment at which the practice was set up, because
    its domain and its secret may change."""
    return str(uuid.uuid5(_NAMESPACE, f"{practice.created_at.astimezone(UTC).isoformat()}/{kind}/{number}"))
