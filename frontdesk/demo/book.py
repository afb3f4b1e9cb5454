"""What stands in the demo's book besides the visits of the plan: a course and a series booked by their own acts,
people who wait, a visit squeezed in, one that is held, a calendar read elsewhere. All of it lies after today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from appointments import booking, holding
from appointments.feeds import granting
from appointments.models import Appointment, WaitlistEntry
from appointments.searching.finding import Slot, Wish, find
from appointments.series.courses import book_course
from appointments.series.repeating import repeat
from appointments.statuses import EXPECTED
from appointments.waiting import entering, offering, telling
from clinic.models import User
from frontdesk.demo.practice import Clinic
from patients.models import Case, Patient

MORNING, AFTERNOON, EVENING = WaitlistEntry.Part.MORNING, WaitlistEntry.Part.AFTERNOON, WaitlistEntry.Part.EVENING
# Times that neither practitioner has, so that these go on waiting until somebody looks at them.
NEVER_FREE = (
    {"with": "practitioner", "kind": "follow_up", "parts": [EVENING], "urgency": 2, "note": "After work only"},
    {"with": "practitioner2", "kind": "electro", "weekdays": [0], "parts": [MORNING], "urgency": 1, "note": ""},
)  # fmt: skip


@dataclass
class Others:
    """Patients of the demo in the order in which they came, first those with nothing in the book from now on."""

    waiting: list[tuple[Patient, Case | None]]

    @classmethod
    def of(cls, people: list[tuple[Patient, Case | None]], now: datetime) -> "Others":
        to_come = Appointment.objects.filter(starts_at__gt=now, status__in=EXPECTED)
        busy = set(to_come.values_list("patient_id", flat=True))
        return cls(sorted(people, key=lambda one: one[0].pk in busy))

    def take(self, suits=lambda patient, case: True) -> tuple[Patient, Case | None] | None:
        found = next((one for one in self.waiting if suits(*one)), None)
        if found is not None:
            self.waiting.remove(found)
        return found


def fill(clinic: Clinic, people: list[tuple[Patient, Case | None]], *, by: User, now: datetime) -> None:
    others, clock = Others.of(people, now), {"by": by, "now": now}
    _book_course(clinic, others, **clock)
    _repeat(clinic, others, **clock)
    _share_a_day(clinic, others, **clock)
    for number, wish in enumerate(NEVER_FREE):
        _wait(clinic, others, wish, since=now - timedelta(days=9 - 5 * number), by=by)
    _wait_unreached(clinic, others, **clock)
    _offer(clinic, others, by=by, now=now - timedelta(minutes=20))
    practitioner = clinic.users["practitioner"]
    granting.grant(practitioner=practitioner.practitioner, name="Hana's phone", by=practitioner, now=now)


def _slots(clinic: Clinic, kind: str, patient: Patient, now: datetime, who: str = "") -> Iterator[Slot]:
    """The free times from the day after tomorrow on, the earliest first."""
    first_on = now.astimezone(clinic.location.zone).date() + timedelta(days=2)
    wish = Wish(
        appointment_type=clinic.types[kind],
        from_on=first_on,
        to_on=first_on + timedelta(days=9),
        practitioner=clinic.practitioners.get(who),
        patient_id=patient.pk,
    )
    return iter(sorted(find(wish, now=now), key=lambda slot: (slot.starts_at, slot.practitioner.pk)))


def _book_course(clinic: Clinic, others: Others, *, by: User, now: datetime) -> None:
    """Twice a week for three weeks, for a case that has a plan."""
    found = others.take(lambda patient, case: case is not None and case.treatment_plans.open().exists())
    if found:
        patient, case = found
        from_on = now.astimezone(clinic.location.zone).date() + timedelta(days=2)
        book_course(
            patient=patient,
            case=case,
            appointment_type=clinic.types["follow_up"],
            practitioner=clinic.practitioners["practitioner2"],
            from_on=from_on,
            weeks=3,
            per_week=2,
            times=[(1, time(11)), (3, time(11))],
            note="Twice a week until the end of the course",
            by=by,
            now=now,
        )


def _repeat(clinic: Clinic, others: Others, *, by: User, now: datetime) -> None:
    """Every week at one time; what is taken on the way is left out."""
    found = others.take(lambda patient, case: case is not None)
    slot = found and next(_slots(clinic, "follow_up", found[0], now, "practitioner"), None)
    if slot:
        patient, case = found
        repeat(
            patient=patient,
            case=case,
            practitioner=slot.practitioner,
            appointment_type=clinic.types["follow_up"],
            starts_at=slot.starts_at,
            rule="FREQ=WEEKLY;COUNT=3",
            by=by,
            now=now,
        )


def _share_a_day(clinic: Clinic, others: Others, *, by: User, now: datetime) -> None:
    """On the first day after today on which somebody is booked for a while: one more in the same time, one held."""
    begins = now.astimezone(clinic.location.zone).replace(hour=0, minute=0) + timedelta(days=1)
    visits = Appointment.objects.filter(starts_at__gte=begins, status__in=["booked", "confirmed"])
    over = visits.filter(appointment_type=clinic.types["follow_up"]).order_by("starts_at", "pk").first()
    squeezed, held = others.take(), others.take()
    if not (over and squeezed and held):
        return
    booking.book(
        patient=squeezed[0],
        practitioner=over.practitioner,
        appointment_type=clinic.types["complimentary"],
        starts_at=over.starts_at,
        allow_overlap=True,
        overlap_reason="In pain since last night, and can come only then",
        by=clinic.users["owner"],
        now=now,
    )
    slot = next(_slots(clinic, "initial", held[0], now), None)
    if slot:
        holding.hold(
            patient=held[0],
            practitioner=slot.practitioner,
            appointment_type=clinic.types["initial"],
            starts_at=slot.starts_at,
            note="Asks at work and calls back",
            until=now + timedelta(hours=26),
            by=by,
            now=now,
        )


def _wait(clinic: Clinic, others: Others, wish: dict, *, since: datetime, by: User) -> None:
    found = others.take()
    if found:
        wanted = {name: value for name, value in wish.items() if name not in {"with", "kind"}}
        entering.enter(
            patient=found[0],
            appointment_type=clinic.types[wish["kind"]],
            practitioners=[clinic.practitioners[wish["with"]]],
            from_on=since.astimezone(clinic.location.zone).date(),
            by=by,
            now=since,
            **wanted,
        )


def _wait_unreached(clinic: Clinic, others: Others, *, by: User, now: datetime) -> None:
    """Times are free, but no message reaches them: the desk calls."""
    found = others.take(lambda patient, case: not telling.channels_to(patient))
    if found:
        entering.enter(
            patient=found[0],
            appointment_type=clinic.types["follow_up"],
            parts=[AFTERNOON],
            from_on=now.astimezone(clinic.location.zone).date(),
            note="No e-mail: call her",
            by=by,
            now=now - timedelta(days=2),
        )


def _offer(clinic: Clinic, others: Others, *, by: User, now: datetime) -> None:
    """Told a while ago, and not answered yet."""
    found = others.take(lambda patient, case: bool(telling.channels_to(patient)))
    slot = found and next(_slots(clinic, "follow_up", found[0], now), None)
    if slot:
        entry = entering.enter(
            patient=found[0],
            appointment_type=clinic.types["follow_up"],
            weekdays=[0, 1, 2, 3, 4],
            from_on=now.astimezone(clinic.location.zone).date(),
            urgency=WaitlistEntry.Urgency.URGENT,
            by=by,
            now=now - timedelta(days=1),
        )
        offering.offer(entry=entry, starts_at=slot.starts_at, practitioner=slot.practitioner, by=by, now=now)
