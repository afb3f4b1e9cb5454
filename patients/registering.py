"""Taking in a person, once: a second record of the same patient splits their notes and their claims."""

from datetime import date, datetime

from django.db import connection

from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from patients.models import Patient


def register(*, by: User | None, now: datetime, confirm_new: bool = False, **fields) -> Patient:
    """A new patient. Raises 409 `possible_duplicate` with `candidates` when somebody like them is known, unless
    `confirm_new`; 409 `nhi_taken` whatever is confirmed, for an NHI number belongs to one person."""
    _refuse_unborn(fields["date_of_birth"], now)
    with acting(by):
        _one_at_a_time(fields["date_of_birth"])
        if not confirm_new:
            _refuse_duplicate(fields)
        return Patient.objects.create(**fields)


def correct(*, patient: Patient, by: User, now: datetime, **fields) -> Patient:
    """Changes what is known about somebody registered."""
    if "date_of_birth" in fields:
        _refuse_unborn(fields["date_of_birth"], now)
    with acting(by):
        for name, value in fields.items():
            setattr(patient, name, value)
        patient.save(update_fields=[*fields, "updated_at"])
    return patient


def _refuse_unborn(born: date, now: datetime) -> None:
    if born > now.astimezone(Practice.objects.current().zone).date():
        raise Refusal("date_of_birth_in_future", "That date of birth has not come yet.", field="date_of_birth")


def _one_at_a_time(born: date) -> None:
    """Two desks that take in the same person at once: the second waits and then sees the first's record."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('patients.register'), %s)", [born.toordinal()])


def _refuse_duplicate(fields: dict) -> None:
    candidates = Patient.objects.alike(
        first_name=fields["first_name"],
        last_name=fields["last_name"],
        date_of_birth=fields["date_of_birth"],
        nhi=fields.get("nhi"),
    )
    found = [
        {
            "id": patient.pk,
            "name": str(patient),
            "date_of_birth": patient.date_of_birth,
            "nhi": patient.nhi,
        }
        for patient in candidates.only("first_name", "last_name", "date_of_birth", "nhi")
    ]
    if found:
        raise Conflict("possible_duplicate", "Somebody like this is registered already. Is it them?", candidates=found)
