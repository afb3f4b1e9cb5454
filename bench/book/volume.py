"""A book of any size: twelve locations, each with sixty staggered visits a working day, as many days as are asked for.

Each location has five practitioners who go between two rooms of their own: a cycle of 65 minutes holds two visits of
hands on, rest, hands on, twelve visits a day, and what is left of the day is free. The last ten working days are
still to come. Rows are written by SQL without triggers. The index of the exclusion constraint is built at the end
without the constraint, which would take half an hour to look at a million visits; that nothing overlaps is counted
in one pass instead. Who reads finds the same index; who wants to book has to bring the constraint back.
"""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.db import connection
from django.db.models import Model

from appointments.models import Appointment, AppointmentType, Occupancy, WorkingHours
from clinic.models import Device, Location, Practice, Practitioner, Room, User
from patients.models import Patient
from tests.cast import STAGGERED, make_type, make_user

LOCATIONS, PRACTITIONERS, EACH = 12, 5, 12
A_DAY = PRACTITIONERS * EACH
PATIENTS = 20_000
AHEAD = 10
ZONE = "Pacific/Auckland"
OPENS, CLOSES = time(9), time(17, 30)


@dataclass(frozen=True)
class Book:
    """`days` are the working days that have visits, oldest first; `desk` may see the book."""

    database: str
    appointments: int
    days: list[date]
    desk: User
    location: Location
    appointment_type: AppointmentType

    @property
    def day(self) -> date:
        """One with sixty visits at the location, a week ahead."""
        return self.days[-AHEAD // 2]

    @property
    def practitioners(self) -> list[Practitioner]:
        return list(Practitioner.objects.filter(working_hours__location=self.location).distinct().order_by("pk"))


def working_days(count: int, today: date) -> list[date]:
    """So many weekdays, the last `AHEAD` of them after today."""
    ahead: list[date] = []
    day = today
    while len(ahead) < AHEAD:
        day += timedelta(days=1)
        if day.weekday() < 5:
            ahead.append(day)
    behind: list[date] = []
    day = today
    while len(behind) < count - AHEAD:
        if day.weekday() < 5:
            behind.append(day)
        day -= timedelta(days=1)
    return [*reversed(behind), *ahead]


def fill(appointments: int, *, today: date) -> Book:
    """Fills the empty database that is connected, with at least so many appointments."""
    days = working_days(-(-appointments // (LOCATIONS * A_DAY)), today)
    kind = make_type("Acupuncture", segments=STAGGERED)
    desk = make_user("desk", "Front desk")
    Practice.objects.create(name="Harakeke Acupuncture", timezone=ZONE, gst_registered=False)
    locations = Location.objects.bulk_create(
        Location(name=f"Clinic {number}", timezone=ZONE) for number in range(1, LOCATIONS + 1)
    )
    for location in locations:
        _staff(location, days[0])
    _patients()
    constraint = next(c for c in Occupancy._meta.constraints if c.name == "occupancy_no_two_places")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Occupancy, constraint)
        index = _index_of(str(constraint.create_sql(Occupancy, editor)))
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {Appointment._meta.db_table} DISABLE TRIGGER USER")
        _insert(cursor, Appointment, VISITS, VISITS_SQL, [days])
        _insert(cursor, Occupancy, TAKEN, TAKEN_SQL, [])
        cursor.execute(f"ALTER TABLE {Appointment._meta.db_table} ENABLE TRIGGER USER")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(index)
        cursor.execute(OVERLAPS_SQL)
        assert cursor.fetchone() == (0,), "visits overlap"
        cursor.execute("VACUUM (ANALYZE)")
    database = connection.settings_dict["NAME"]
    return Book(database, Appointment.objects.count(), days, desk, locations[LOCATIONS // 2], kind)


def _index_of(constraint: str) -> str:
    """The statement that makes the index of an exclusion constraint, from the one that adds the constraint."""
    head, _, expressions = constraint.partition(" EXCLUDE ")
    name = head.rpartition(" ")[2]
    return f"CREATE INDEX {name} ON {Occupancy._meta.db_table} {re.sub(r' WITH (=|&&)', '', expressions)}"


def _insert(cursor, model: type[Model], columns: dict[str, str], rows: str, params: list) -> None:
    """Writes what `rows` finds, each column by its expression; what is not named gets the model's own default."""
    others = [
        field
        for field in model._meta.concrete_fields
        if field.column not in columns and not field.null and not field.primary_key
    ]
    names = ", ".join([*columns, *(field.column for field in others)])
    values = ", ".join([*columns.values(), *("%s" for _ in others)])
    defaults = [field.get_default() for field in others]
    cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} {rows}", [*defaults, *params])


def _staff(location: Location, since: date) -> None:
    practitioners = Practitioner.objects.bulk_create(
        Practitioner(display_name=f"{location.name}, practitioner {number}", colour="#2f6f5e")
        for number in range(1, PRACTITIONERS + 1)
    )
    Room.objects.bulk_create(
        Room(location=location, name=f"Room {number:02}") for number in range(1, 2 * PRACTITIONERS + 1)
    )
    Device.objects.create(location=location, name="Electro 1", kind="electro")
    WorkingHours.objects.bulk_create(
        WorkingHours(
            practitioner=practitioner, location=location, weekday=weekday, opens=OPENS, closes=CLOSES, valid_from=since
        )
        for practitioner in practitioners
        for weekday in range(5)
    )


def _patients() -> None:
    Patient.objects.bulk_create(
        (
            Patient(
                first_name=f"Given{number % 997}",
                last_name=f"Family{number % 4999}",
                date_of_birth=date(1950, 1, 1) + timedelta(days=number % 20_000),
                email=f"somebody{number}@example.nz",
                phone=f"021 {number:07}",
            )
            for number in range(PATIENTS)
        ),
        batch_size=2000,
    )


# Visit n of a practitioner begins 65 minutes times n // 2 after nine, and those with odd n a quarter of an hour later,
# in the other of their two rooms.
VISITS = {
    "created_at": "starts_at",
    "updated_at": "starts_at",
    "starts_at": "starts_at",
    "ends_at": "starts_at + interval '50 minutes'",
    "status": "CASE WHEN starts_at < now() THEN 'completed' ELSE 'booked' END",
    "appointment_type_id": "(SELECT max(id) FROM appointments_appointmenttype)",
    "location_id": "visits.location_id",
    "room_id": "room_id",
    "practitioner_id": "practitioner_id",
    "patient_id": "people.id",
}
VISITS_SQL = f"""
    FROM (
        SELECT staff.practitioner_id, staff.location_id, rooms.id AS room_id,
               ((day.at - 1) * {LOCATIONS * A_DAY} + staff.nth * {EACH} + visit.n) %% {PATIENTS} AS person,
               (day.on_day + interval '9 hours' + interval '65 minutes' * (visit.n / 2)
                   + interval '15 minutes' * (visit.n %% 2)) AT TIME ZONE '{ZONE}' AS starts_at
        FROM unnest(%s::timestamp[]) WITH ORDINALITY AS day(on_day, at)
        CROSS JOIN (
            SELECT practitioner_id, location_id, row_number() OVER (ORDER BY location_id, practitioner_id) - 1 AS nth,
                   row_number() OVER (PARTITION BY location_id ORDER BY practitioner_id) - 1 AS at
            FROM (SELECT DISTINCT practitioner_id, location_id FROM appointments_workinghours) AS hours
        ) AS staff
        CROSS JOIN generate_series(0, {EACH - 1}) AS visit(n)
        JOIN (
            SELECT id, location_id, row_number() OVER (PARTITION BY location_id ORDER BY name) - 1 AS at
            FROM clinic_room
        ) AS rooms ON rooms.location_id = staff.location_id AND rooms.at = 2 * staff.at + visit.n %% 2
    ) AS visits
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS at FROM patients_patient) AS people
        ON people.at = visits.person
    ORDER BY starts_at
"""
TAKEN = {
    "resource_kind": "taken.kind",
    "resource_id": "taken.number",
    "during": "taken.during",
    "appointment_id": "visit.id",
}
TAKEN_SQL = """
    FROM appointments_appointment AS visit
    CROSS JOIN LATERAL (VALUES
        ('room', visit.room_id, tstzrange(visit.starts_at, visit.ends_at)),
        ('patient', visit.patient_id, tstzrange(visit.starts_at, visit.ends_at)),
        ('practitioner', visit.practitioner_id,
         tstzrange(visit.starts_at, visit.starts_at + interval '15 minutes')),
        ('practitioner', visit.practitioner_id, tstzrange(visit.ends_at - interval '10 minutes', visit.ends_at))
    ) AS taken(kind, number, during)
"""
OVERLAPS_SQL = """
    SELECT count(*) FROM (
        SELECT lower(during) < lag(upper(during)) OVER (PARTITION BY resource_kind, resource_id ORDER BY during) AS met
        FROM appointments_occupancy
    ) AS neighbours WHERE met
"""
