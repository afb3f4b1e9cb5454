"""What a kind of visit asks of who comes, who treats and where. `book` and `move` refuse by it, the search leaves out
what they would refuse; what it asks of the hour, notice and horizon, binds those who book for themselves."""

from collections.abc import Container
from datetime import date, datetime, timedelta

from django.db.models import Exists, Q, QuerySet

from appointments.models import Appointment, AppointmentType
from appointments.statuses import Status
from clinic.errors import Refusal
from clinic.models import Practitioner, Room
from patients.ages import age_on, birthday
from patients.models import Patient

OpenTo = AppointmentType.OpenTo
SENTENCES = {
    "type_not_offered": "{practitioner} does not offer this kind of appointment.",
    "room_not_suitable": "{room} does not suit this kind of appointment.",
    "patient_too_young": "This kind of appointment is for patients of {age} years and older.",
    "patient_too_old": "This kind of appointment is for patients of up to {age} years.",
    "new_patients_only": "This kind of appointment is for new patients. This one has been here, or is in the book.",
    "known_patients_only": "This kind of appointment is for patients who have been here, or are in the book.",
    "notice_too_short": "That is too soon: this kind of appointment is booked at least {notice} before it begins.",
    "past_horizon": "That is too far ahead: this kind of appointment is booked up to {days} days before.",
}

OF_THE_HOUR = frozenset({"notice_too_short", "past_horizon"})


def _refusal(code: str, field: str, **words: object) -> Refusal:
    return Refusal(code, SENTENCES[code].format(**words), field=field)


def offering(kind: AppointmentType) -> QuerySet[Practitioner]:
    """Who offers it; everybody, where nobody is chosen."""
    chosen = kind.practitioners.through.objects.filter(appointmenttype=kind)
    found = Practitioner.objects.active().filter(Q(pk__in=chosen.values("practitioner")) | ~Exists(chosen))
    return found.order_by("display_name", "pk")


def suiting(kind: AppointmentType, rooms: QuerySet[Room]) -> QuerySet[Room]:
    """Those of `rooms` that suit it; all, where none is chosen."""
    chosen = kind.rooms.through.objects.filter(appointmenttype=kind)
    return rooms.filter(Q(pk__in=chosen.values("room")) | ~Exists(chosen))


def among(chosen: Container, one: object) -> bool:
    """Whether it is one of those chosen; where none is chosen, all are."""
    return not chosen or one in chosen


def is_offered_by(kind: AppointmentType, practitioner: Practitioner) -> bool:
    """The same of one; queries nothing where they were read with the kind."""
    return among(kind.practitioners_chosen(), practitioner.pk)


def is_suited_by(kind: AppointmentType, room: Room) -> bool:
    return among(kind.rooms_chosen(), room.pk)


def is_known(patient_id: int) -> bool:
    """Whether a visit of theirs took place or stands in the book; what is only held does not."""
    visits = Appointment.objects.live().filter(patient_id=patient_id)
    return visits.exclude(status=Status.PENDING).exists()


def refuse_not_offered(kind: AppointmentType, practitioner: Practitioner) -> None:
    """Raises 422 `type_not_offered`."""
    if not is_offered_by(kind, practitioner):
        raise _refusal("type_not_offered", "practitioner", practitioner=practitioner)


def refuse_unsuitable(kind: AppointmentType, room: Room) -> None:
    """Raises 422 `room_not_suitable`."""
    if not is_suited_by(kind, room):
        raise _refusal("room_not_suitable", "room", room=room)


def refuse_age(kind: AppointmentType, patient: Patient, day: date) -> None:
    """By the age on the local day of the visit. Raises 422 `patient_too_young`, `patient_too_old`."""
    age = age_on(day, patient.date_of_birth)
    if kind.min_age is not None and age < kind.min_age:
        raise _refusal("patient_too_young", "patient", age=kind.min_age)
    if kind.max_age is not None and age > kind.max_age:
        raise _refusal("patient_too_old", "patient", age=kind.max_age)


def ages_allowed(kind: AppointmentType, born_on: date) -> tuple[date | None, date | None]:
    """The first day on which who was born then is old enough, and the last on which they are young enough."""
    first = None if kind.min_age is None else birthday(born_on, kind.min_age)
    last = None if kind.max_age is None else birthday(born_on, kind.max_age + 1) - timedelta(days=1)
    return first, last


def refuse_standing(kind: AppointmentType, patient: Patient) -> None:
    """Of a visit that is to be booked. Who was new then may be moved although they have been here since.

    Raises 422 `new_patients_only`, `known_patients_only`.
    """
    code = standing_refused(kind, patient.pk)
    if code:
        raise _refusal(code, "patient")


def standing_refused(kind: AppointmentType, patient_id: int) -> str:
    """The code by which this patient cannot have it, or nothing."""
    if kind.open_to == OpenTo.NEW and is_known(patient_id):
        return "new_patients_only"
    if kind.open_to == OpenTo.KNOWN and not is_known(patient_id):
        return "known_patients_only"
    return ""


def refuse_untimely(kind: AppointmentType, starts_at: datetime, *, now: datetime) -> None:
    """For those who book for themselves; the front desk books when it is asked.

    Raises 422 `notice_too_short`, `past_horizon`.
    """
    if starts_at < now + timedelta(minutes=kind.min_notice_minutes):
        raise _refusal("notice_too_short", "starts_at", notice=_length(kind.min_notice_minutes))
    if starts_at > now + timedelta(days=kind.horizon_days):
        raise _refusal("past_horizon", "starts_at", days=kind.horizon_days)


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours >= 48 and not rest and not hours % 24:
        return f"{hours // 24} days"
    words = [f"{hours} {'hour' if hours == 1 else 'hours'}"] if hours else []
    return " and ".join([*words, *([f"{rest} minutes"] if rest or not hours else [])])
