"""Where a visit goes: with whom, at which location, in which room, with which device; and its time is taken.

Where a rival was faster and another room, device or practitioner would do, it is tried: whoever asks does not care
which.
"""

from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet

from appointments.hours.working import location_for, outside_hours
from appointments.limits import offering, refuse_age, refuse_not_offered, refuse_unsuitable, suiting
from appointments.models import Appointment, Occupancy
from appointments.occupying import SlotTaken, occupancy_of, occupy, span_of
from appointments.squeezing import squeeze_in
from clinic.errors import Refusal
from clinic.models import Device, Room

# Each try that fails has met somebody who booked in the meantime.
MOST_TRIES = 10
NOTHING_OF_THE_KIND = {
    Occupancy.Kind.ROOM: partial(Refusal, "no_room", "This location has no room for it.", field="room"),
    Occupancy.Kind.DEVICE: partial(Refusal, "no_device", "This location has no device of the kind that is needed."),
}
# What keeps one practitioner from a visit and says nothing about the next.
OF_ONE = frozenset(
    {
        "across_midnight",
        "before_opening",
        "certificate_expired",
        "closed",
        "no_device",
        "no_room",
        "on_break",
        "outside_hours",
        "room_elsewhere",
    }
)
Take = Callable[[list[Occupancy]], None]
EVERYBODY_TAKEN = "That time has just been taken: nobody who works then is free."


def place(appointment: Appointment, *, room: Room | None, overlap_reason: str = "") -> None:
    """Takes the time; sets location, room, device and, where nobody is named, the practitioner. With an
    `overlap_reason` the visit is squeezed in where it cannot be had otherwise.

    Raises 409 `slot_taken`, and 422 for what keeps the visit from being there at all.
    """
    named, appointment.overlap_reason = appointment.practitioner_id, ""
    if not overlap_reason:
        _place(appointment, room, occupy)
        return
    try:
        with transaction.atomic():
            _place(appointment, room, occupy)
    except SlotTaken:
        appointment.practitioner_id, appointment.overlap_reason = named, overlap_reason
        _place(appointment, room, squeeze_in)


def place_preferring(appointment: Appointment, room: Room, *, overlap_reason: str = "") -> None:
    """In that room if it is free, else in the first that is."""
    try:
        with transaction.atomic():
            place(appointment, room=room)
    except (SlotTaken, Refusal):
        place(appointment, room=None, overlap_reason=overlap_reason)


def _place(appointment: Appointment, room: Room | None, take: Take) -> None:
    if room is not None and room.archived_at:
        raise Refusal("room_archived", "This room is no longer used.", field="room")
    if room is not None:
        refuse_unsuitable(appointment.appointment_type, room)
    if appointment.practitioner_id is None:
        _place_with_anybody(appointment, room, take)
    else:
        refuse_not_offered(appointment.appointment_type, appointment.practitioner)
        _place_with_one(appointment, room, take)


def _place_with_anybody(appointment: Appointment, room: Room | None, take: Take) -> None:
    """With the first who offers it, works then and is free; if a rival was faster, with the next."""
    met: list[Refusal] = []
    for practitioner in offering(appointment.appointment_type):
        appointment.practitioner = practitioner
        try:
            with transaction.atomic():
                _place_with_one(appointment, room, take)
            return
        except SlotTaken as taken:
            if taken.kinds - {Occupancy.Kind.PRACTITIONER, Occupancy.Kind.ROOM, Occupancy.Kind.DEVICE}:
                raise
            met.append(taken)
        except Refusal as refusal:
            if refusal.code not in OF_ONE:
                raise
            met.append(refusal)
    raise _nobody(met)


def _nobody(met: list[Refusal]) -> Refusal:
    """Why nobody can: they are taken, or do not work then, or there is nobody who offers it."""
    taken = [refusal for refusal in met if isinstance(refusal, SlotTaken)]
    if taken:
        return SlotTaken([row for one in taken for row in one.conflicts], EVERYBODY_TAKEN)
    if not met:
        return Refusal("type_not_offered", "Nobody offers this kind of appointment.", field="appointment_type")
    return next((refusal for refusal in met if refusal.code != "outside_hours"), outside_hours())


def _place_with_one(appointment: Appointment, room: Room | None, take: Take) -> None:
    kind = appointment.appointment_type
    location = location_for(appointment.practitioner, room, appointment.starts_at, appointment.ends_at)
    if appointment.patient_id:
        refuse_age(kind, appointment.patient, appointment.starts_at.astimezone(location.zone).date())
    appointment.location = location
    interchangeable = {Occupancy.Kind.DEVICE} | (set() if room else {Occupancy.Kind.ROOM})
    for _ in range(MOST_TRIES):
        appointment.room, is_free = (room, True) if room else _choose_room(appointment)
        if kind.needs_device:
            appointment.device, is_device_free = _choose_device(appointment)
            is_free = is_free and is_device_free
        else:
            appointment.device = None
        try:
            with transaction.atomic():
                appointment.save()
                take(occupancy_of(appointment))
            return
        except SlotTaken as taken:
            if not is_free or not taken.kinds <= interchangeable:
                raise
            last = taken
    raise last


def _choose_room(appointment: Appointment) -> tuple[Room, bool]:
    rooms = suiting(appointment.appointment_type, Room.objects.active().filter(location=appointment.location))
    return _choose(Occupancy.Kind.ROOM, rooms.order_by("name", "pk"), appointment)


def _choose_device(appointment: Appointment) -> tuple[Device, bool]:
    devices = Device.objects.active().filter(
        location=appointment.location, kind=appointment.appointment_type.needs_device
    )
    return _choose(Occupancy.Kind.DEVICE, devices.order_by("name", "pk"), appointment)


def _choose(kind: str, candidates: QuerySet, appointment: Appointment) -> tuple[Room | Device, bool]:
    """The first that is free then; or the first of all, which then shows as the conflict, and False."""
    known, during = list(candidates), DateTimeTZRange(*span_of(appointment, kind))
    if not known:
        raise NOTHING_OF_THE_KIND[kind]()
    in_use = {row.resource_id for row in Occupancy.objects.taken((kind, one.pk, during) for one in known)}
    free = next((one for one in known if one.pk not in in_use), None)
    return free or known[0], free is not None
