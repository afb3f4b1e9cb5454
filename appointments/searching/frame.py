"""What a search goes by, whatever is taken: how long the kind of visit lasts, who offers it, which rooms and devices
it may have, who works where, and which days are closed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

from appointments.availability import Segments
from appointments.hours.working import WORKED, worked
from appointments.limits import among
from appointments.models import AppointmentType, WorkingHours
from appointments.models.types import PRACTITIONERS, ROOMS, SEGMENTS
from clinic.models import Location, Practitioner, Room
from clinic.sql import answers, columns, row

_QUESTIONS = f"""
    SELECT {columns(AppointmentType)} FROM appointments_appointmenttype WHERE id = %(kind)s;

    SELECT {columns(Room)} FROM clinic_room WHERE id = %(room)s;

    SELECT {columns(Practitioner)} FROM clinic_practitioner
    WHERE archived_at IS NULL AND (%(practitioner)s::bigint IS NULL OR id = %(practitioner)s)
    ORDER BY display_name, id;

    SELECT {columns(Location)} FROM clinic_location WHERE id = %(location)s;

    {SEGMENTS};

    {PRACTITIONERS};

    {ROOMS};

    SELECT location_id, id FROM clinic_room
    WHERE archived_at IS NULL AND (%(room)s::bigint IS NULL OR id = %(room)s)
    ORDER BY name, id;

    SELECT location_id, device.id
    FROM clinic_device AS device
    JOIN appointments_appointmenttype AS kind ON kind.id = %(kind)s AND kind.needs_device = device.kind
    WHERE device.archived_at IS NULL
    ORDER BY device.name, device.id;

    SELECT location_id, day FROM appointments_closedday WHERE day BETWEEN %(first)s AND %(last)s;

    {WORKED}
    WHERE valid_from <= %(last)s AND (valid_to IS NULL OR valid_to >= %(first)s)
        AND (%(practitioner)s::bigint IS NULL OR practitioner_id = %(practitioner)s)
        AND (%(location)s::bigint IS NULL OR location_id = %(location)s)
        AND (%(room)s::bigint IS NULL OR location_id = (SELECT location_id FROM clinic_room WHERE id = %(room)s))
    ORDER BY location_id
"""


@dataclass(frozen=True)
class Frame:
    """`kind`, `location` and `room` are what was asked about, archived or not, None where there is no such row.
    `people` are those who work, by number in the order of their names; of one who was asked about, only that one.

    Rooms and devices are numbers by location; `devices` is None where the kind needs none. `offering` are those who
    alone offer the kind, empty where everybody does. `hours` have their practitioner and location at hand, and are in
    the order of `people`.
    """

    kind: AppointmentType | None
    location: Location | None
    room: Room | None
    people: dict[int, Practitioner]
    segments: Segments
    offering: frozenset[int]
    rooms: dict[int, list[int]]
    devices: dict[int, list[int]] | None
    closed: frozenset[tuple[int, date]]
    hours: list[WorkingHours]

    @classmethod
    def read(
        cls,
        kind: int,
        first: date,
        last: date,
        *,
        practitioner: int | None = None,
        location: int | None = None,
        room: int | None = None,
    ) -> "Frame":
        """Of the days from first to last, both included. Numbers are those of rows, of at most 18 digits."""
        asked = {"kind": kind, "first": first, "last": last}
        asked |= {"practitioner": practitioner, "location": location, "room": room}
        kind, room, people, location, segments, offering, suiting, rooms, devices, closed, hours = answers(
            _QUESTIONS, asked
        )
        kind = _one(AppointmentType, kind)
        people = {values[0]: row(Practitioner, values) for values in people}
        suiting = {number for (number,) in suiting}
        return cls(
            kind=kind,
            location=_one(Location, location),
            room=_one(Room, room),
            people=people,
            segments=segments,
            offering=frozenset(number for (number,) in offering),
            rooms=_by_location((place, number) for place, number in rooms if among(suiting, number)),
            devices=_by_location(devices) if kind and kind.needs_device else None,
            closed=frozenset(closed),
            hours=_working(people, hours),
        )


def _by_location(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found = defaultdict(list)
    for location, number in rows:
        found[location].append(number)
    return found


def _working(people: dict[int, Practitioner], rows: list[tuple]) -> list[WorkingHours]:
    found = [hours for hours in map(worked, rows) if hours.practitioner_id in people]
    for hours in found:
        hours.practitioner = people[hours.practitioner_id]
    order = {number: place for place, number in enumerate(people)}
    return sorted(found, key=lambda hours: order[hours.practitioner_id])


def _one(model: type[models.Model], rows: list[tuple]) -> Any:
    return row(model, rows[0]) if rows else None
