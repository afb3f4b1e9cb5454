"""How much of the open hours practitioners had their hands on somebody. Resting time with needles in is not theirs."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from appointments.models import ClosedDay, Occupancy, WorkingHours
from appointments.reports.visits import moments_of
from clinic.models import Practitioner
from clinic.report import Chart, Column, Days, Kind, Report, Series, share, summed

Span = tuple[datetime, datetime]
COLUMNS = (
    Column("practitioner", "Practitioner"),
    Column("open", "Open", Kind.MINUTES),
    Column("hands_on", "Hands on", Kind.MINUTES),
    Column("share", "Used", Kind.SHARE),
)
REMARK = (
    "Open is the working hours without breaks, closed days and time off; hands on is the booked time within the days "
    "in which the practitioner is with the patient, buffers included. Missed and cancelled visits hold no time."
)


def by_practitioner(days: Days, *, zone: ZoneInfo) -> Report:
    opened = _opened(days)
    booked, off = _taken(days, zone)
    names = dict(Practitioner.objects.values_list("pk", "display_name"))
    rows = []
    for number in sorted({*opened, *booked}, key=names.__getitem__):
        whole = _minutes(opened[number]) - _minutes(_overlaps(opened[number], off[number]))
        hands_on = _minutes(booked[number])
        rows.append((names[number], whole, hands_on, share(hands_on, whole)))
    totals = list(summed(COLUMNS, rows))
    totals[3] = share(totals[2], totals[1])
    chart = Chart(
        "Hands on and open",
        Kind.MINUTES,
        tuple(row[0] for row in rows),
        (Series("Hands on", tuple(row[2] for row in rows)), Series("Open", tuple(row[1] for row in rows))),
    )
    return Report(
        title="Utilisation",
        from_on=days.first,
        to_on=days.last,
        columns=COLUMNS,
        rows=tuple(rows),
        totals=tuple(totals),
        chart=chart,
        remarks=(REMARK,),
    )


def _opened(days: Days) -> dict[int, list[Span]]:
    closed = set(ClosedDay.objects.filter(day__range=(days.first, days.last)).values_list("location_id", "day"))
    found: dict[int, list[Span]] = defaultdict(list)
    for row in WorkingHours.objects.select_related("location"):
        for day in days:
            if row.holds_on(day) and (row.location_id, day) not in closed:
                found[row.practitioner_id] += row.opened_on(day)
    return found


def _taken(days: Days, zone: ZoneInfo) -> tuple[dict[int, list[Span]], dict[int, list[Span]]]:
    """What each practitioner was booked for, and was away, of these days."""
    begins, ends = moments_of(days, zone)
    booked: dict[int, list[Span]] = defaultdict(list)
    off: dict[int, list[Span]] = defaultdict(list)
    # What is squeezed in is done by the same two hands in the same time.
    rows = Occupancy.objects.during(begins, ends).filter(resource_kind=Occupancy.Kind.PRACTITIONER, squeezed=False)
    for number, during, time_off in rows.values_list("resource_id", "during", "time_off"):
        span = (max(during.lower, begins), min(during.upper, ends))
        (booked if time_off is None else off)[number].append(span)
    return booked, off


def _overlaps(some: Iterable[Span], others: list[Span]) -> list[Span]:
    """What lies in both; neither holds spans that overlap each other."""
    return [
        (max(begins, start), min(ends, end))
        for begins, ends in some
        for start, end in others
        if start < ends and begins < end
    ]


def _minutes(spans: Iterable[Span]) -> int:
    return round(sum((ends - begins).total_seconds() for begins, ends in spans) / 60)
