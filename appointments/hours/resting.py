"""Time off: taken like an appointment, so that nobody is booked into it, and given back. Whole days or parts of them,
once or every so many weeks at the same times on the wall."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from appointments.availability import Interval
from appointments.lapsing import lapse_during
from appointments.models import Appointment, Occupancy, TimeOff, WorkingHours
from appointments.occupying import SlotTaken, conflicts_with, write
from appointments.series.changing import Scope
from clinic import showing
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, Practitioner, User
from clinic.wall import on_the_wall

# Three years of every week.
MOST_TIMES = 160
# As many as a sentence can name.
MOST_NAMED = 5


def take(
    *,
    practitioner: Practitioner,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    every_weeks: int | None = None,
    until_on: date | None = None,
    reason: str = "",
    by: User,
    now: datetime,
) -> TimeOff:
    """From one moment to another, or whole days, both included; with `every_weeks` again until the day `until_on`, as
    rows that belong together. Answers with the first. A time that is off already is left out of the later ones.

    Raises 409 `slot_taken` with the visits that stand in the way, which a person moves first, and 422
    `time_off_incomplete`, `ends_before_it_begins`, `repeat_incomplete`, `repeat_too_long`, `repeat_meets_itself`.
    """
    zone = zone_of(practitioner)
    first = _span(starts_at, ends_at, first_day, last_day, zone)
    spans = [first] if every_weeks is None and until_on is None else _repeated(first, every_weeks, until_on, zone)
    together = uuid4() if len(spans) > 1 else None
    with acting(by):
        lapse_during(first[0], spans[-1][1], now=now)
        kept = _not_off_yet(practitioner, spans)
        offs = TimeOff.objects.bulk_create(
            TimeOff(practitioner=practitioner, starts_at=begins, ends_at=ends, reason=reason, together=together)
            for begins, ends in kept
        )
        rows = [_row(off) for off in offs]
        conflicts = conflicts_with(rows)
        if conflicts:
            raise SlotTaken(conflicts, _in_the_way(conflicts))
        for row in rows:
            write([row])
    return offs[0]


def give_back(*, time_off: TimeOff, scope: str = Scope.THIS, by: User, now: datetime) -> TimeOff:
    """This one, this and the later ones, or all that belong together. Raises 409 `already_given_back`."""
    with acting(by):
        offs = TimeOff.objects.filter(pk=time_off.pk)
        if scope != Scope.THIS and time_off.together is not None:
            offs = TimeOff.objects.filter(together=time_off.together)
        if scope == Scope.THIS_AND_LATER:
            offs = offs.filter(starts_at__gte=time_off.starts_at)
        standing = list(offs.filter(cancelled_at=None).order_by("pk").select_for_update())
        if not standing:
            raise Conflict("already_given_back", "This time off is cancelled already.")
        for off in standing:
            off.cancelled_at = now
            off.save(update_fields=["cancelled_at", "updated_at"])
        Occupancy.objects.filter(time_off__in=standing).delete()
        time_off.refresh_from_db()
    return time_off


def zone_of(practitioner: Practitioner) -> ZoneInfo:
    """On whose wall their days are counted: where they work, and the practice's where that is in several zones."""
    rows = WorkingHours.objects.filter(practitioner=practitioner, location__archived_at=None)
    zones = set(rows.values_list("location__timezone", flat=True))
    return ZoneInfo(zones.pop()) if len(zones) == 1 else Practice.objects.current().zone


def _span(
    starts_at: datetime | None, ends_at: datetime | None, first_day: date | None, last_day: date | None, zone: ZoneInfo
) -> Interval:
    is_by_days = first_day is not None and starts_at is None and ends_at is None
    if is_by_days:
        starts_at = on_the_wall(first_day, time.min, zone)
        ends_at = on_the_wall((last_day or first_day) + timedelta(days=1), time.min, zone)
    elif starts_at is None or ends_at is None or first_day is not None or last_day is not None:
        raise Refusal("time_off_incomplete", "Say from when until when, or the first and the last day.")
    if ends_at <= starts_at:
        raise Refusal("ends_before_it_begins", "The end lies before the beginning.")
    return starts_at, ends_at


def _repeated(first: Interval, every_weeks: int | None, until_on: date | None, zone: ZoneInfo) -> list[Interval]:
    """The same times on the wall, every so many weeks. Times that the clocks leave out are no time off."""
    if not every_weeks or until_on is None:
        raise Refusal("repeat_incomplete", "Say every how many weeks, and until which day.", field="until_on")
    begins, ends = (moment.astimezone(zone) for moment in first)
    step = timedelta(weeks=every_weeks)
    if until_on < begins.date():
        raise Refusal("ends_before_it_begins", "The last day lies before the first.", field="until_on")
    if ends.replace(tzinfo=None) > begins.replace(tzinfo=None) + step:
        raise Refusal("repeat_meets_itself", "It would begin again before it is over.", field="every_weeks")
    times = (until_on - begins.date()) // step + 1
    if times > MOST_TIMES:
        raise Refusal("repeat_too_long", f"Repeat it up to {MOST_TIMES} times.", field="until_on")
    later = (
        tuple(on_the_wall(edge.date() + n * step, edge.time(), zone) for edge in (begins, ends))
        for n in range(1, times)
    )
    return [first, *(span for span in later if span[0] < span[1])]


def _not_off_yet(practitioner: Practitioner, spans: list[Interval]) -> list[Interval]:
    """Without the later ones that lie wholly within time off that stands; the first is asked for as it is."""
    near = TimeOff.objects.filter(
        practitioner=practitioner, cancelled_at=None, starts_at__lt=spans[-1][1], ends_at__gt=spans[0][0]
    )
    off = list(near.values_list("starts_at", "ends_at")) if len(spans) > 1 else []
    return [
        spans[0],
        *(span for span in spans[1:] if not any(begins <= span[0] and span[1] <= ends for begins, ends in off)),
    ]


def _row(off: TimeOff) -> Occupancy:
    return Occupancy(
        resource_kind=Occupancy.Kind.PRACTITIONER,
        resource_id=off.practitioner_id,
        during=DateTimeTZRange(off.starts_at, off.ends_at),
        time_off=off,
    )


def _in_the_way(conflicts: list[Occupancy]) -> str:
    """Who is booked then, so that they can be rung."""
    numbers = {conflict.appointment_id for conflict in conflicts if conflict.appointment_id}
    visits = list(
        Appointment.objects.filter(pk__in=numbers).select_related("patient", "location").order_by("starts_at", "pk")
    )
    if not visits:
        return "That time is off already."
    named = [f"{visit.patient}, {showing.when(visit.starts_at, visit.location.zone)}" for visit in visits[:MOST_NAMED]]
    more = f"; and {len(visits) - MOST_NAMED} more" if len(visits) > MOST_NAMED else ""
    return f"Booked then: {'; '.join(named)}{more}. Move or cancel these visits first."
