"""Changing and cancelling what belongs together: this visit, this and the later ones, or all that are still to come.

Each visit keeps its id for life. What is past or attended is never touched, and neither is a visit that was moved by
itself, until all of them are asked for. "This and later" parts the series in two, as RFC 5545 has it: the old one ends
before, the new one goes on from it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from django.db import models, transaction

from appointments import attending, booking
from appointments.models import Appointment, Series
from appointments.series import rules
from appointments.series.repeating import SKIP, Outcome, Skipped
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practitioner, Room, User
from clinic.wall import on_the_wall


class Scope(models.TextChoices):
    THIS = "this", "This visit only"
    THIS_AND_LATER = "this_and_later", "This and the later ones"
    ALL = "all", "All that are still to come"


def change(
    *,
    series: Series,
    appointment: Appointment,
    scope: str,
    starts_at: datetime | None = None,
    practitioner: Practitioner | None = None,
    room: Room | None = None,
    on_conflict: str = SKIP,
    by: User,
    now: datetime,
) -> Outcome:
    """Gives the visit another time, practitioner or room, and the others with it.

    `starts_at` is the new time of `appointment`: the others get the same time of day, so many days later or earlier.
    One that cannot be had stays where it is and is told; with "refuse" nothing changes (409 `series_conflicts`).
    Raises 409 `nothing_to_change`, 422 `appointment_of_another_series`, `rule_cannot_shift`, and what `booking.move`
    raises.
    """
    with acting(by, reason="series"):
        series, appointment = _held(series, appointment)
        if scope == Scope.THIS:
            moved = booking.move(
                appointment=appointment,
                starts_at=starts_at or appointment.starts_at,
                practitioner=practitioner,
                room=room,
                by=by,
                now=now,
            )
            return Outcome(series=series, booked=[moved])
        shift = _shift(appointment, starts_at)
        visits = _concerned(series, appointment, scope, now=now)
        if not visits:
            raise Conflict("nothing_to_change", "None of these visits is still to come.")
        kept = set() if scope == Scope.ALL else {visit.pk for visit in visits if _is_exception(visit)}
        series = _agreed(series, appointment, scope, shift, practitioner=practitioner, room=room)
        if scope == Scope.ALL:
            practitioner = series.practitioner
        outcome = Outcome(series=series)
        # Whoever leads the way goes first, so that nobody moves to where another one still is.
        for visit in sorted(visits, key=attrgetter("occurrence_at"), reverse=shift > timedelta(0)):
            visit.series, visit.occurrence_at = series, _shifted(visit, shift)
            visit.save(update_fields=["series", "occurrence_at", "updated_at"])
            if visit.pk not in kept:
                _move(outcome, visit, practitioner=practitioner, room=room, by=by, now=now)
        outcome.booked.sort(key=attrgetter("starts_at"))
        outcome.skipped.sort(key=attrgetter("occurrence"))
        outcome.settle(on_conflict)
    return outcome


def cancel(
    *,
    series: Series,
    appointment: Appointment | None,
    scope: str,
    reason: str,
    note: str = "",
    by: User,
    now: datetime,
) -> list[Appointment]:
    """Cancels, and answers what was cancelled. Visits moved by themselves are among them: they are of the series.

    Raises 422 `appointment_missing`, `appointment_of_another_series`; 409 `nothing_to_cancel`.
    """
    if appointment is None and scope != Scope.ALL:
        raise Refusal("appointment_missing", "Say which of the visits is meant.", field="appointment")
    with acting(by, reason="series"):
        series, appointment = _held(series, appointment)
        if scope == Scope.THIS:
            return [attending.cancel(appointment=appointment, reason=reason, note=note, by=by, now=now)]
        visits = _concerned(series, appointment, scope, now=now)
        if not visits:
            raise Conflict("nothing_to_cancel", "None of these visits is still to come.")
        _end_before(series, visits[0])
        return [attending.cancel(appointment=visit, reason=reason, note=note, by=by, now=now) for visit in visits]


def _held(series: Series, appointment: Appointment | None) -> tuple[Series, Appointment | None]:
    """Both as they stand now; the series is held until the end of the act, so that two cannot part it."""
    series = Series.objects.select_for_update(no_key=True).get(pk=series.pk)
    if appointment is not None:
        appointment = Appointment.objects.select_related("location").get(pk=appointment.pk)
        if appointment.series_id != series.pk:
            raise Refusal(
                "appointment_of_another_series", "That visit does not belong to this series.", field="appointment"
            )
    return series, appointment


def _concerned(series: Series, appointment: Appointment | None, scope: str, *, now: datetime) -> Sequence[Appointment]:
    visits = series.appointments.to_come(now=now).select_related("location", "appointment_type")
    if scope == Scope.THIS_AND_LATER:
        visits = visits.filter(occurrence_at__gte=appointment.occurrence_at)
    return list(visits.order_by("occurrence_at", "pk"))


def _is_exception(visit: Appointment) -> bool:
    return visit.starts_at != visit.occurrence_at


def _shift(appointment: Appointment, starts_at: datetime | None) -> timedelta:
    """How far the visit goes on the wall, counted from where its series has it."""
    if starts_at is None:
        return timedelta(0)
    zone = appointment.location.zone
    before, after = (moment.astimezone(zone).replace(tzinfo=None) for moment in (appointment.occurrence_at, starts_at))
    return after - before


def _shifted(visit: Appointment, shift: timedelta) -> datetime:
    zone = visit.location.zone
    wall = visit.occurrence_at.astimezone(zone).replace(tzinfo=None) + shift
    return on_the_wall(wall.date(), wall.time(), zone)


def _move(
    outcome: Outcome,
    visit: Appointment,
    *,
    practitioner: Practitioner | None,
    room: Room | None,
    by: User,
    now: datetime,
) -> None:
    try:
        with transaction.atomic():
            moved = booking.move(
                appointment=visit, starts_at=visit.occurrence_at, practitioner=practitioner, room=room, by=by, now=now
            )
        outcome.booked.append(moved)
    except Refusal as refusal:
        stays = Skipped(occurrence=visit.occurrence_at, location=visit.location, refusal=refusal, appointment=visit)
        outcome.skipped.append(stays)


def _agreed(
    series: Series,
    appointment: Appointment,
    scope: str,
    shift: timedelta,
    *,
    practitioner: Practitioner | None,
    room: Room | None,
) -> Series:
    """What holds from now on: the series itself, or the new one that goes on from it."""
    rule, first_on, done = rules.parse(series.rule), series.first_on, 0
    moments = [] if series.is_course else rule.occurrences(first_on, series.at, series.location.zone)
    if scope == Scope.THIS_AND_LATER:
        done = _before(series, appointment, moments)
    if done:
        total = rule.count if series.is_course else len(moments)
        Series.objects.filter(pk=series.pk).update(rule=str(rule.counting(done)))
        rule = rule.counting(max(1, total - done))
        begins = appointment.occurrence_at.astimezone(series.location.zone)
        first_on = begins.date()
        series = Series.objects.get(pk=series.pk)
        series.follows_id, series.pk, series._state.adding = series.pk, None, True
        if series.is_course:
            series.at = begins.time()
    wall = datetime.combine(first_on, series.at) + shift
    days = (wall.date() - first_on).days
    shifted = rule.shifted(days)
    if shift and not series.is_course:
        # Counted from here on: an end given as a moment would cut off a last visit that is later in the day now.
        shifted = shifted.counting(len(moments) - done)
        _refuse_other_days(shifted, wall, moments[done:], days, series)
    series.rule, series.first_on, series.at = str(shifted), wall.date(), wall.time()
    series.practitioner = practitioner or series.practitioner
    series.room = room or series.room
    series.save()
    return series


def _refuse_other_days(
    rule: rules.Rule, wall: datetime, moments: Sequence[datetime], days: int, series: Series
) -> None:
    """A rule of every second week, put over the end of the week, would be on other days than its visits."""
    zone = series.location.zone
    wanted = [moment.astimezone(zone).date() + timedelta(days=days) for moment in moments]
    try:
        found = rule.occurrences(wall.date(), wall.time(), zone)
    except Refusal:
        raise rules.cannot_shift() from None
    if [moment.astimezone(zone).date() for moment in found] != wanted:
        raise rules.cannot_shift()


def _before(series: Series, appointment: Appointment, moments: Sequence[datetime]) -> int:
    """How many occurrences lie before the visit's own: of a course its visits, of a rule also those skipped."""
    if series.is_course:
        return series.appointments.filter(occurrence_at__lt=appointment.occurrence_at).count()
    return sum(1 for moment in moments if moment < appointment.occurrence_at)


def _end_before(series: Series, first: Appointment) -> None:
    """The series ends with the last visit before; one that never begins keeps its rule, as what was agreed."""
    rule = rules.parse(series.rule)
    moments = [] if series.is_course else rule.occurrences(series.first_on, series.at, series.location.zone)
    if done := _before(series, first, moments):
        series.rule = str(rule.counting(done))
        series.save(update_fields=["rule", "updated_at"])
