"""Booking by a rule: every occurrence as an ordinary visit, what cannot be had told or all of it refused."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from appointments import booking
from appointments.models import Appointment, AppointmentType, Series, WorkingHours
from appointments.series import rules
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Location, Practitioner, Room, User
from patients.models import Case, Patient

SKIP, REFUSE = "skip", "refuse"


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """An occurrence that could not be had, with the refusal it met. `appointment` is the visit that stays where it
    was, where one was to move."""

    occurrence: datetime
    location: Location
    refusal: Refusal
    appointment: Appointment | None = None

    def told(self) -> dict:
        """As it joins a problem document."""
        conflicts = {"conflicts": self.refusal.extra["conflicts"]} if "conflicts" in self.refusal.extra else {}
        return {
            "occurrence": self.occurrence.astimezone(self.location.zone).isoformat(),
            "appointment": self.appointment.pk if self.appointment else None,
            "code": self.refusal.code,
            "detail": self.refusal.detail,
            **conflicts,
        }


@dataclass(kw_only=True)
class Outcome:
    series: Series
    booked: list[Appointment] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def settle(self, on_conflict: str) -> None:
        """Raises 409 `series_conflicts` where nothing may be missing and something is, `series_nothing_free` where
        nothing could be had; or the one refusal that all of them met."""
        if not self.skipped or (self.booked and on_conflict == SKIP):
            return
        told = [skipped.told() for skipped in self.skipped]
        if self.booked:
            some = "One of the visits" if len(told) == 1 else f"{len(told)} of the visits"
            raise Conflict("series_conflicts", f"{some} cannot be had, so everything stays as it was.", skipped=told)
        if len({skipped.refusal.code for skipped in self.skipped}) == 1 and self.skipped[0].refusal.status == 422:
            raise self.skipped[0].refusal
        raise Conflict("series_nothing_free", "None of these times can be had.", skipped=told)


def repeat(
    *,
    patient: Patient,
    practitioner: Practitioner,
    appointment_type: AppointmentType,
    starts_at: datetime,
    rule: str,
    room: Room | None = None,
    case: Case | None = None,
    note: str = "",
    on_conflict: str = SKIP,
    dry_run: bool = False,
    by: User,
    now: datetime,
) -> Outcome:
    """Books each occurrence of the rule from `starts_at` on, at the same time on the wall.

    A dry run is the same act, undone at its end: what it answers is what would happen. Raises what `rules` raises,
    and 409 `series_conflicts`, `series_nothing_free`.
    """
    parsed = rules.parse(rule)
    location = location_of(practitioner, room, starts_at)
    wall = starts_at.astimezone(location.zone)
    moments = parsed.occurrences(wall.date(), wall.time(), location.zone)
    with acting(by, reason="series"):
        series = Series.objects.create(
            patient=patient,
            practitioner=practitioner,
            appointment_type=appointment_type,
            location=location,
            room=room,
            case=case,
            rule=str(parsed),
            first_on=wall.date(),
            at=wall.time(),
        )
        outcome = Outcome(series=series)
        for moment in moments:
            try:
                # Of its own, so that what one refused occurrence wrote is undone alone.
                with transaction.atomic():
                    visit = booking.book(
                        patient=patient,
                        practitioner=practitioner,
                        appointment_type=appointment_type,
                        starts_at=moment,
                        room=room,
                        case=case,
                        note=note,
                        series=series,
                        by=by,
                        now=now,
                    )
                outcome.booked.append(visit)
            except Refusal as refusal:
                outcome.skipped.append(Skipped(occurrence=moment, location=location, refusal=refusal))
        outcome.settle(on_conflict)
        transaction.set_rollback(dry_run)
    return outcome


def location_of(practitioner: Practitioner, room: Room | None, starts_at: datetime) -> Location:
    """Whose clocks a series goes by: the room's, or where the practitioner works at that time, on that day, at all.

    Whether the practitioner works there on each of the days is asked when it is booked. Raises 422 `outside_hours`.
    """
    if room is not None:
        return room.location
    hours = WorkingHours.objects.filter(practitioner=practitioner, location__archived_at__isnull=True)
    rows = list(hours.select_related("location").order_by("location__name", "location_id", "pk"))
    if not rows:
        raise Refusal("outside_hours", f"{practitioner} has no hours yet.", field="practitioner")

    def closeness(row: WorkingHours) -> tuple[bool, bool]:
        wall = starts_at.astimezone(row.location.zone)
        return row.holds_on(wall.date()), row.holds_on(wall.date()) and row.opens <= wall.time() < row.closes

    return max(rows, key=closeness).location
