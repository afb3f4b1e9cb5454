"""Booking and moving: the acts that give a patient a time. Each is one transaction; a refusal changes nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from appointments import reminding, sharing
from appointments.lapsing import lapse_during, refuse_lapsed
from appointments.limits import refuse_age, refuse_standing
from appointments.models import Appointment, AppointmentType, Series
from appointments.models.types import LONGEST_MINUTES, TOO_LONG
from appointments.occupying import release
from appointments.placing import place, place_preferring
from appointments.squeezing import permitted_reason
from appointments.statuses import EXPECTED
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practitioner, Room, User
from clinic.sql import found
from clinic.wall import is_skipped, skipped
from patients.models import Case, Patient


def book(
    *,
    patient: Patient,
    practitioner: Practitioner | None = None,
    appointment_type: AppointmentType,
    starts_at: datetime,
    room: Room | None = None,
    case: Case | None = None,
    note: str = "",
    series: Series | None = None,
    allow_overlap: bool = False,
    overlap_reason: str = "",
    by: User,
    now: datetime,
) -> Appointment:
    """Books a visit; without a practitioner with the first who is free, without a room in the first that is.

    With `allow_overlap` it is squeezed in over another visit where it cannot be had otherwise.

    Raises 409 `slot_taken`, 422 with the reason, and 403 `overlap_not_allowed`.
    """
    appointment = Appointment(
        patient=patient,
        practitioner=practitioner,
        appointment_type=appointment_type,
        case=case,
        starts_at=starts_at,
        note=note,
        series=series,
        occurrence_at=starts_at if series else None,
    )
    return enter(appointment, room=room, allow_overlap=allow_overlap, overlap_reason=overlap_reason, by=by, now=now)


def enter(
    appointment: Appointment,
    *,
    room: Room | None,
    allow_overlap: bool = False,
    overlap_reason: str = "",
    by: User | None,
    now: datetime,
) -> Appointment:
    """Writes a new visit into the book, with its reminders, or a hold. Raises what `book` raises."""
    reason = permitted_reason(overlap_reason, by=by) if allow_overlap else ""
    _refuse_unbookable(appointment, now=now)
    with acting(by):
        if reason:
            sharing.alone()
        lapse_during(appointment.starts_at, appointment.ends_at, now=now)
        if appointment.patient_id:
            refuse_standing(appointment.appointment_type, appointment.patient)
        place(appointment, room=room, overlap_reason=reason)
        reminding.plan_for(appointment, now=now)
    return appointment


def move(
    *,
    appointment: Appointment,
    starts_at: datetime,
    practitioner: Practitioner | None = None,
    room: Room | None = None,
    allow_overlap: bool = False,
    overlap_reason: str = "",
    by: User | None,
    now: datetime,
) -> Appointment:
    """Gives a visit another time, practitioner or room; its id and its past stay. Raises what `book` raises."""
    reason = permitted_reason(overlap_reason, by=by) if allow_overlap else ""
    with acting(by):
        if reason:
            sharing.alone()
        appointment = locked(appointment)
        if appointment.status not in EXPECTED:
            raise Conflict("not_movable", "Only a visit that is still to come can be moved.")
        refuse_lapsed(appointment, now=now)
        earlier_room = appointment.room
        appointment.starts_at = starts_at
        appointment.cancel_asked_at = None  # a patient's wish to cancel was about the earlier time
        if practitioner is not None:
            appointment.practitioner = practitioner
        _refuse_unbookable(appointment, now=now)
        if appointment.held_until is not None:
            appointment.held_until = min(appointment.held_until, appointment.starts_at)
        reminding.withdraw(appointment, reason="moved", now=now)
        lapse_during(appointment.starts_at, appointment.ends_at, now=now)
        release(appointment)
        if room is None:
            place_preferring(appointment, earlier_room, overlap_reason=reason)
        else:
            place(appointment, room=room, overlap_reason=reason)
        reminding.plan_for(appointment, now=now)
    return appointment


def locked(appointment: Appointment) -> Appointment:
    """The row as it stands now, held until the transaction ends.

    Locked first and read afterwards: one query with joins, having waited for somebody who changed the room, would
    compare the new room with the old one's row and find no visit at all. Nobody squeezes in meanwhile, so that the
    visit's time can be given back.
    """
    sharing.with_others()
    Appointment.objects.select_for_update(no_key=True).only("pk").get(pk=appointment.pk)
    return Appointment.objects.select_related(
        "patient", "practitioner", "appointment_type", "location", "room", "case"
    ).get(pk=appointment.pk)


def locked_alone(appointment: Appointment) -> Appointment:
    """The row without those it names, held until the transaction ends: for acts that give no time back."""
    return Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)


def refuse_patient(appointment: Appointment, patient: Patient) -> None:
    """What keeps this patient from a time that was held before it was known who comes. Raises 422."""
    _refuse_archived(patient)
    refuse_standing(appointment.appointment_type, patient)
    refuse_age(
        appointment.appointment_type, patient, appointment.starts_at.astimezone(appointment.location.zone).date()
    )


def _refuse_archived(patient: Patient) -> None:
    if patient.archived_at:
        raise Refusal("patient_archived", "This patient is archived. Restore them before booking.", field="patient")


def _refuse_unbookable(appointment: Appointment, *, now: datetime) -> None:
    """What makes a booking impossible whatever the book says."""
    _refuse_skipped(appointment.starts_at)
    starts_at = appointment.starts_at.astimezone(UTC)
    if appointment.patient_id:
        _refuse_archived(appointment.patient)
    if appointment.practitioner_id and appointment.practitioner.archived_at:
        raise Refusal("practitioner_archived", "This practitioner no longer works here.", field="practitioner")
    if appointment.appointment_type.archived_at:
        raise Refusal("type_archived", "This kind of appointment is no longer offered.", field="appointment_type")
    if starts_at < now:
        raise Refusal("in_the_past", "That time has passed.", field="starts_at")
    if starts_at.minute % 5 or starts_at.second or starts_at.microsecond:
        raise Refusal("off_the_grid", "Appointments start on five-minute lines.", field="starts_at")
    if appointment.case is not None and appointment.case.patient_id != appointment.patient_id:
        raise Refusal("case_of_another_patient", "That case belongs to another patient.", field="case")
    if appointment.case is not None and appointment.case.closed_on:
        raise Refusal("case_closed", "That case is closed.", field="case")
    segments = appointment.appointment_type.segment_minutes()
    if not segments:
        raise Refusal("type_without_segments", "This kind of appointment has no length yet.", field="appointment_type")
    length = sum(minutes for _, minutes in segments)
    if length > LONGEST_MINUTES:
        raise Refusal("type_too_long", TOO_LONG, field="appointment_type")
    appointment.starts_at = starts_at
    appointment.ends_at = starts_at + timedelta(minutes=length)


def _zones() -> list[ZoneInfo]:
    """Of the places where somebody could be booked."""
    return [
        ZoneInfo(name) for (name,) in found("SELECT DISTINCT timezone FROM clinic_location WHERE archived_at IS NULL")
    ]


def _refuse_skipped(starts_at: datetime) -> None:
    """What somebody wrote as a time on the wall has to be one; as an instant it would be an hour beside it."""
    if starts_at.utcoffset() and any(is_skipped(starts_at, zone) for zone in _zones()):
        raise Refusal("nonexistent_local_time", skipped(starts_at.time()), field="starts_at")
