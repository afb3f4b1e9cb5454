"""Booking and moving: the acts that give a patient a time. Each is one transaction; a refusal changes nothing."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from appointments import reminding
from appointments.availability import Interval, joined
from appointments.models import Appointment, AppointmentType, ClosedDay, Occupancy, WorkingHours
from appointments.occupying import SlotTaken, occupancy_of, occupy, release
from appointments.statuses import EXPECTED
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Device, Location, Practitioner, Room, User
from clinic.wall import hours_on_the_wall
from patients.models import Case, Patient

# Each try that fails has met somebody who booked in the meantime.
MOST_TRIES = 10
NOTHING_OF_THE_KIND = {
    Occupancy.Kind.ROOM: partial(Refusal, "no_room", "This location has no room.", field="room"),
    Occupancy.Kind.DEVICE: partial(Refusal, "no_device", "This location has no device of the kind that is needed."),
}


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
    """The row as it stands now, held until the transaction ends.

    Locked first and read afterwards: one query with joins, having waited for somebody who changed the room, would
    compare the new room with the old one's row and find no visit at all.
    """
    Appointment.objects.select_for_update(no_key=True).only("pk").get(pk=appointment.pk)
    return Appointment.objects.select_related(
        "patient", "practitioner", "appointment_type", "location", "room", "case"
    ).get(pk=appointment.pk)


def _refuse_unbookable(appointment: Appointment, *, now: datetime) -> None:
    """What makes a booking impossible whatever the book says."""
    starts_at = appointment.starts_at.astimezone(UTC)
    if appointment.patient.archived_at:
        raise Refusal("patient_archived", "This patient is archived. Restore them before booking.", field="patient")
    if appointment.practitioner.archived_at:
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
    appointment.starts_at = starts_at
    appointment.ends_at = starts_at + timedelta(minutes=sum(minutes for _, minutes in segments))


def _place(appointment: Appointment, *, room: Room | None) -> None:
    """Finds location, room and device, and takes the time. Raises `SlotTaken`, `Refusal`.

    Where a rival was faster and another room or device would do, it is tried: whoever asks does not care which.
    """
    if room is not None and room.archived_at:
        raise Refusal("room_archived", "This room is no longer used.", field="room")
    _at_location(appointment, room)
    rooms = Room.objects.active().filter(location=appointment.location).order_by("name", "pk")
    devices = Device.objects.active().filter(location=appointment.location).order_by("name", "pk")
    devices = devices.filter(kind=appointment.appointment_type.needs_device)
    interchangeable = {Occupancy.Kind.DEVICE} | (set() if room else {Occupancy.Kind.ROOM})
    for _ in range(MOST_TRIES):
        appointment.room, is_free = (room, True) if room else _choose(Occupancy.Kind.ROOM, rooms, appointment)
        if appointment.appointment_type.needs_device:
            appointment.device, is_device_free = _choose(Occupancy.Kind.DEVICE, devices, appointment)
            is_free = is_free and is_device_free
        else:
            appointment.device = None
        try:
            with transaction.atomic():
                appointment.save()
                occupy(occupancy_of(appointment))
            return
        except SlotTaken as taken:
            if not is_free or not taken.kinds <= interchangeable:
                raise
            last = taken
    raise last


def _choose(kind: str, candidates: QuerySet, appointment: Appointment) -> tuple[Room | Device, bool]:
    """The first that is free then; or the first of all, which then shows as the conflict, and False."""
    in_use = (
        Occupancy.objects.of(kind, candidates.values("pk"))
        .during(appointment.starts_at, appointment.ends_at)
        .values("resource_id")
    )
    free = candidates.exclude(pk__in=in_use).first()
    chosen = free or candidates.first()
    if chosen is None:
        raise NOTHING_OF_THE_KIND[kind]()
    return chosen, free is not None


def _place_preferring(appointment: Appointment, room: Room) -> None:
    try:
        with transaction.atomic():
            _place(appointment, room=room)
    except (SlotTaken, Refusal):
        _place(appointment, room=None)


def _at_location(appointment: Appointment, room: Room | None) -> None:
    """Sets the location at which the practitioner works throughout the visit. Raises `closed`, `outside_hours`."""
    hours = WorkingHours.objects.filter(practitioner=appointment.practitioner, location__archived_at__isnull=True)
    if room is not None:
        hours = hours.filter(location=room.location_id)
    opened: dict[tuple[Location, date], list[Interval]] = defaultdict(list)
    for row in hours.select_related("location").order_by("location_id", "opens"):
        day = appointment.starts_at.astimezone(row.location.zone).date()
        if row.holds_on(day):
            opened[row.location, day].append(hours_on_the_wall(day, row.opens, row.closes, row.location.zone))
    is_closed = False
    for (location, day), intervals in opened.items():
        if any(
            opens <= appointment.starts_at and appointment.ends_at <= closes for opens, closes in joined(intervals)
        ):
            if ClosedDay.objects.filter(location=location, day=day).exists():
                is_closed = True
                continue
            _refuse_uncertified(appointment.practitioner, day)
            appointment.location = location
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
