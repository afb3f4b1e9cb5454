"""Taking time: the one place where occupancy is written, and where a conflict is named.

Rows are inserted with ON CONFLICT DO NOTHING in one fixed order of resources and then counted: a bare insert under a
storm of rivals was measured to deadlock for minutes, and a deadlock is no answer to a receptionist.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from appointments.availability import Interval, joined
from appointments.models import Appointment, Occupancy
from appointments.sharing import give_back
from clinic.errors import Conflict
from clinic.sql import found

SENTENCES = {
    "practitioner": "That time has just been taken: the practitioner is with somebody else.",
    "room": "That time has just been taken: the room is in use.",
    "patient": "That time has just been taken: the patient has another appointment then.",
    "device": "That time has just been taken: the device is in use.",
}

# What is taken in the buffers around a visit as well.
BUFFERED = frozenset({Occupancy.Kind.PRACTITIONER, Occupancy.Kind.ROOM})


class SlotTaken(Conflict):
    """`conflicts` are the rows of others that stand in the way, `kinds` what of them is taken."""

    def __init__(self, conflicts: list[Occupancy], sentence: str = "") -> None:
        self.conflicts = conflicts
        self.kinds = {conflict.resource_kind for conflict in conflicts}
        if not sentence:
            [only] = self.kinds if len(self.kinds) == 1 else [""]
            sentence = SENTENCES.get(only, "That time has just been taken.")
        super().__init__(
            "slot_taken",
            sentence,
            conflicts=[
                {
                    "resource_kind": conflict.resource_kind,
                    "appointment": conflict.appointment_id,
                    "starts_at": _on_its_wall(conflict, conflict.during.lower),
                    "ends_at": _on_its_wall(conflict, conflict.during.upper),
                }
                for conflict in conflicts
            ],
        )


def _on_its_wall(conflict: Occupancy, moment: datetime) -> str:
    """At the location of the visit; time off is nowhere in particular."""
    zone = conflict.appointment.location.zone if conflict.appointment else timezone.get_current_timezone()
    return moment.astimezone(zone).isoformat()


def occupancy_of(appointment: Appointment) -> list[Occupancy]:
    """What a visit takes: the practitioner in its hands-on segments and the room throughout, both in its buffers as
    well; the patient and a device throughout, and no longer."""
    kinds = Occupancy.Kind
    wanted = [
        (kinds.ROOM, appointment.room_id, span_of(appointment, kinds.ROOM)),
    ]
    if appointment.patient_id:
        wanted.append((kinds.PATIENT, appointment.patient_id, span_of(appointment, kinds.PATIENT)))
    if appointment.device_id:
        wanted.append((kinds.DEVICE, appointment.device_id, span_of(appointment, kinds.DEVICE)))
    begins, ends = span_of(appointment, kinds.PRACTITIONER)
    around = [(begins, appointment.starts_at), (appointment.ends_at, ends)]
    hands = [*hands_on_of(appointment), *(stretch for stretch in around if stretch[0] < stretch[1])]
    wanted += [(kinds.PRACTITIONER, appointment.practitioner_id, stretch) for stretch in joined(hands)]
    return [
        Occupancy(resource_kind=kind, resource_id=number, during=DateTimeTZRange(*stretch), appointment=appointment)
        for kind, number, stretch in wanted
    ]


def span_of(appointment: Appointment, kind: str) -> Interval:
    """From when until when a visit may take anything of that kind."""
    if kind not in BUFFERED:
        return appointment.starts_at, appointment.ends_at
    of = appointment.appointment_type
    before, after = timedelta(minutes=of.buffer_before_minutes), timedelta(minutes=of.buffer_after_minutes)
    return appointment.starts_at - before, appointment.ends_at + after


def hands_on_of(appointment: Appointment) -> list[tuple[datetime, datetime]]:
    """The practitioner's part. A type whose segments were changed since the booking no longer says when that is."""
    segments = appointment.appointment_type.segment_minutes()
    if appointment.starts_at + timedelta(minutes=sum(minutes for _, minutes in segments)) != appointment.ends_at:
        return [(appointment.starts_at, appointment.ends_at)]
    return hands_on(appointment.starts_at, segments)


def hands_on(starts_at: datetime, segments: Iterable[tuple[str, int]]) -> list[tuple[datetime, datetime]]:
    """The stretches in which the practitioner is with the patient; neighbours are joined."""
    stretches: list[tuple[datetime, datetime]] = []
    begins = starts_at
    for kind, minutes in segments:
        ends = begins + timedelta(minutes=minutes)
        if kind == "hands_on":
            if stretches and stretches[-1][1] == begins:
                stretches[-1] = (stretches[-1][0], ends)
            else:
                stretches.append((begins, ends))
        begins = ends
    return stretches


def occupy(rows: list[Occupancy]) -> None:
    """Writes all rows or raises `SlotTaken`; the caller's transaction then undoes what was written."""
    conflicts = conflicts_with(rows)
    if conflicts:
        raise SlotTaken(conflicts)
    write(rows)


def occupy_patient(appointment: Appointment) -> None:
    """The patient's part alone, of a time that was held before it was known who comes. Raises `SlotTaken`."""
    rows = [row for row in occupancy_of(appointment) if row.resource_kind == Occupancy.Kind.PATIENT]
    Occupancy.objects.bulk_create(rows, ignore_conflicts=True)
    if not Occupancy.objects.filter(appointment=appointment, resource_kind=Occupancy.Kind.PATIENT).exists():
        raise SlotTaken(conflicts_with(rows))


def write(rows: list[Occupancy]) -> None:
    """In one order for everybody. Raises `SlotTaken` where a rival was faster."""
    rows = sorted(rows, key=lambda row: (row.resource_kind, row.resource_id, row.during.lower))
    Occupancy.objects.bulk_create(rows, ignore_conflicts=True)
    owner = rows[0]
    name = "appointment_id" if owner.appointment_id else "time_off_id"
    [(written,)] = found(f"SELECT count(*) FROM appointments_occupancy WHERE {name} = %s", [getattr(owner, name)])
    if written != len(rows):
        raise SlotTaken(conflicts_with(rows))


def conflicts_with(rows: list[Occupancy]) -> list[Occupancy]:
    """The occupancy of others that stands in the way of `rows`, which are all of one owner."""
    owner = rows[0].appointment_id, rows[0].time_off_id
    taken = Occupancy.objects.taken((row.resource_kind, row.resource_id, row.during) for row in rows)
    of_others = {row.pk for row in taken if (row.appointment_id, row.time_off_id) != owner}
    if not of_others:
        return []
    theirs = Occupancy.objects.select_related("appointment__location").filter(pk__in=of_others)
    return list(theirs.order_by("resource_kind", "resource_id", "during"))


def release(appointment: Appointment) -> None:
    """Gives its time back; a visit that was squeezed in over it holds it alone from now on."""
    give_back(Occupancy.objects.filter(appointment=appointment))
