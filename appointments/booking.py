"""Booking and moving: the acts that give a patient a time. Each is one transaction; a refusal changes nothing."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from appointments import reminding
from appointments.availability import on_the_wall
from appointments.models import Appointment, AppointmentType, ClosedDay, Occupancy, WorkingHours
from appointments.occupying import SlotTaken, occupancy_of, occupy, release
from appointments.statuses import EXPECTED
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Device, Location, Practitioner, Room, User
from patients.models import Case, Patient


def book(
    *,
    patient: Patient,
    practitioner: Practitioner,
    appointment_type: AppointmentType,
    starts_at: datetime,
    room: Room | None = None,
    case: Case | None = None,
    note: str = "",
    by: User,
    now: datetime,
) -> Appointment:
    """Books a visit; without a room, the first free one of the location. Raises 409 `slot_taken`, 422."""
    appointment = Appointment(
        patient=patient,
        practitioner=practitioner,
        appointment_type=appointment_type,
        case=case,
        starts_at=starts_at,
        note=note,
    )
    _refuse_unbookable(appointment, now=now)
    with acting(by):
        _place(appointment, room=room)
        reminding.plan_for(appointment, now=now)
    return appointment


def move(
    *,
    appointment: Appointment,
    starts_at: datetime,
    practitioner: Practitioner | None = None,
    room: Room | None = None,
    by: User,
    now: datetime,
) -> Appointment:
    """Gives a visit another time, practitioner or room; its id and its past stay. Raises 409 `slot_taken`, 422."""
    with acting(by):
        appointment = locked(appointment)
        if appointment.status not in EXPECTED:
            raise Conflict("not_movable", "Only a visit that is still to come can be moved.")
        earlier_room = appointment.room
        appointment.starts_at = starts_at
        appointment.cancel_asked_at = None  # a patient's wish to cancel was about the earlier time
        if practitioner is not None:
            appointment.practitioner = practitioner
        _refuse_unbookable(appointment, now=now)
        reminding.withdraw(appointment, reason="moved", now=now)
        release(appointment)
        if room is None:
            _place_preferring(appointment, earlier_room)
        else:
            _place(appointment, room=room)
        reminding.plan_for(appointment, now=now)
    return appointment


def locked(appointment: Appointment) -> Appointment:
    """The row as it stands now, held until the transaction ends."""
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("patient", "practitioner", "appointment_type", "location", "room", "case")
        .get(pk=appointment.pk)
    )


def _refuse_unbookable(appointment: Appointment, *, now: datetime) -> None:
    """What makes a booking impossible whatever the book says."""
    starts_at = appointment.starts_at.astimezone(UTC)
    if appointment.patient.archived_at:
        raise Refusal("patient_archived", "This patient is archived. Restore them before booking.", field="patient")
    if appointment.practitioner.archived_at:
        raise Refusal("practitioner_archived", "This practitioner no longer works here.", field="practitioner")
    if appointment.appointment_type.archived_at:
        raise Refusal("type_archived", "This kind of appointment is no longer offered.", field="appointment_type")
    if starts_at <= now:
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
    appointment.starts_at = starts_at
    appointment.ends_at = starts_at + timedelta(minutes=sum(minutes for _, minutes in segments))


def _place(appointment: Appointment, *, room: Room | None) -> None:
    """Finds location, room and device, and takes the time. Raises `SlotTaken`, `Refusal`."""
    if room is not None:
        if room.archived_at:
            raise Refusal("room_archived", "This room is no longer used.", field="room")
        _at_location(appointment, [room.location])
        _take(appointment, room)
        return
    _at_location(appointment, None)
    rooms = list(Room.objects.active().filter(location=appointment.location).order_by("name"))
    if not rooms:
        raise Refusal("no_room", "This location has no room.", field="room")
    in_use = set(
        Occupancy.objects.of(Occupancy.Kind.ROOM, [room.pk for room in rooms])
        .during(appointment.starts_at, appointment.ends_at)
        .values_list("resource_id", flat=True)
    )
    for candidate in [room for room in rooms if room.pk not in in_use] or rooms[:1]:
        try:
            with transaction.atomic():
                _take(appointment, candidate)
            return
        except SlotTaken as taken:
            if taken.kinds != {Occupancy.Kind.ROOM}:
                raise
            last = taken
    raise last


def _place_preferring(appointment: Appointment, room: Room) -> None:
    try:
        with transaction.atomic():
            _place(appointment, room=room)
    except (SlotTaken, Refusal):
        _place(appointment, room=None)


def _at_location(appointment: Appointment, among: list[Location] | None) -> None:
    """Sets the location at which the practitioner works throughout the visit. Raises `closed`, `outside_hours`."""
    hours = WorkingHours.objects.filter(practitioner=appointment.practitioner).select_related("location")
    if among is not None:
        hours = hours.filter(location__in=among)
    is_closed = False
    for row in hours:
        zone = row.location.zone
        day = appointment.starts_at.astimezone(zone).date()
        if row.weekday != day.weekday() or row.valid_from > day or (row.valid_to and row.valid_to < day):
            continue
        opens, closes = on_the_wall(day, row.opens, row.closes, zone)
        if opens <= appointment.starts_at and appointment.ends_at <= closes:
            if ClosedDay.objects.filter(location=row.location, day=day).exists():
                is_closed = True
                continue
            _refuse_uncertified(appointment.practitioner, day)
            appointment.location = row.location
            return
    if is_closed:
        raise Refusal("closed", "The clinic is closed on that day.", field="starts_at")
    raise Refusal("outside_hours", "The practitioner does not work then.", field="starts_at")


def _refuse_uncertified(practitioner: Practitioner, day) -> None:
    expires = practitioner.practising_certificate_expires_on
    if expires is not None and day > expires:
        raise Refusal(
            "certificate_expired",
            f"{practitioner}'s practising certificate runs out on {expires:%-d %B %Y}, before that day.",
            field="practitioner",
        )


def _take(appointment: Appointment, room: Room) -> None:
    appointment.room = room
    appointment.device = _device(appointment)
    appointment.save()
    occupy(occupancy_of(appointment))


def _device(appointment: Appointment) -> Device | None:
    """A free device of the kind the visit needs, or the first of them, which then shows as the conflict."""
    kind = appointment.appointment_type.needs_device
    if not kind:
        return None
    devices = Device.objects.active().filter(Q(location=appointment.location), kind=kind).order_by("name")
    in_use = (
        Occupancy.objects.of(Occupancy.Kind.DEVICE, devices.values("pk"))
        .during(appointment.starts_at, appointment.ends_at)
        .values("resource_id")
    )
    device = devices.exclude(pk__in=in_use).first() or devices.first()
    if device is None:
        raise Refusal("no_device", "This location has no device of the kind that is needed.")
    return device
