"""Visits by what became of them, and those that were missed. A visit counts on the local day on which it begins."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncDate

from appointments.models import Appointment
from appointments.statuses import EXPECTED, Status
from clinic.report import Chart, Column, Days, Kind, Report, Series, label_of, share, slot_of, slots, summed
from clinic.wall import on_the_wall

HERE = (Status.ARRIVED, Status.IN_TREATMENT)
LATE = Appointment.CancelReason.LATE
VISITS = (
    Column("practitioner", "Practitioner"),
    Column("expected", "To come", Kind.COUNT),
    Column("here", "Here", Kind.COUNT),
    Column("completed", "Completed", Kind.COUNT),
    Column("missed", "Missed", Kind.COUNT),
    Column("cancelled", "Cancelled", Kind.COUNT),
    Column("total", "All", Kind.COUNT),
)


def moments_of(days: Days, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When these days begin and end on the wall; the end belongs to the next day."""
    return on_the_wall(days.first, time.min, zone), on_the_wall(days.last + timedelta(days=1), time.min, zone)


def appointments(days: Days, *, zone: ZoneInfo) -> Report:
    """By practitioner and state, with all of each day, week or month as a chart."""
    counted: Counter[tuple[str, str]] = Counter()
    by_day: Counter[date] = Counter()
    for name, status, day, many in _counts(days, zone, "practitioner__display_name", "status", "day"):
        counted[name, status] += many
        if status != Status.CANCELLED:
            by_day[day] += many
    rows = []
    for name in sorted({name for name, _ in counted}):
        of = {status: counted[name, status] for status in Status}
        expected, here = sum(of[status] for status in EXPECTED), sum(of[status] for status in HERE)
        rows.append(
            (name, expected, here, of[Status.COMPLETED], of[Status.MISSED], of[Status.CANCELLED], sum(of.values()))
        )
    cut, bars = slots(days)
    sums = dict.fromkeys(bars, 0)
    for day, many in by_day.items():
        sums[slot_of(day, cut)] += many
    chart = Chart(
        f"Visits by {cut}, without the cancelled",
        Kind.COUNT,
        tuple(label_of(bar, cut) for bar in bars),
        (Series("Visits", tuple(sums.values())),),
    )
    return _report("Appointments", days, VISITS, rows, chart)


def missed_by_practitioner(days: Days, *, zone: ZoneInfo) -> Report:
    return _missed(days, zone, "practitioner__display_name", Column("practitioner", "Practitioner"))


def missed_by_type(days: Days, *, zone: ZoneInfo) -> Report:
    return _missed(days, zone, "appointment_type__name", Column("appointment_type", "Kind of visit"))


def missed_by_month(days: Days, *, zone: ZoneInfo) -> Report:
    return _missed(days, zone, "day", Column("month", "Month"))


def _missed(days: Days, zone: ZoneInfo, what: str, first: Column) -> Report:
    """Of the visits that were due, kept or missed, which part was missed; late cancellations beside them."""
    kept: Counter = Counter()
    missed: Counter = Counter()
    late: Counter = Counter()
    for key, status, reason, many in _counts(days, zone, what, "status", "cancel_reason"):
        key = key.replace(day=1) if isinstance(key, date) else key
        if status == Status.COMPLETED:
            kept[key] += many
        elif status == Status.MISSED:
            missed[key] += many
        elif status == Status.CANCELLED and reason == LATE:
            late[key] += many
    rows = []
    for key in sorted({*kept, *missed, *late}):
        due = kept[key] + missed[key]
        name = f"{key:%b %Y}" if isinstance(key, date) else key
        rows.append((name, due, missed[key], share(missed[key], due), late[key]))
    columns = (
        first,
        Column("due", "Kept or missed", Kind.COUNT),
        Column("missed", "Missed", Kind.COUNT),
        Column("share", "Missed of these", Kind.SHARE),
        Column("late", "Cancelled late", Kind.COUNT),
    )
    chart = Chart(
        f"Missed and cancelled late by {first.title.lower()}",
        Kind.COUNT,
        tuple(row[0] for row in rows),
        (Series("Missed", tuple(row[2] for row in rows)), Series("Cancelled late", tuple(row[4] for row in rows))),
    )
    report = _report("Missed visits", days, columns, rows, chart)
    totals = list(report.totals)
    totals[3] = share(totals[2], totals[1])
    return Report(**{**vars(report), "totals": tuple(totals)})


def _counts(days: Days, zone: ZoneInfo, *what: str):
    begins, ends = moments_of(days, zone)
    rows = Appointment.objects.without_ended_holds().filter(starts_at__gte=begins, starts_at__lt=ends).order_by()
    return rows.annotate(day=TruncDate("starts_at", tzinfo=zone)).values_list(*what).annotate(many=Count("pk"))


def _report(title: str, days: Days, columns, rows, chart: Chart) -> Report:
    return Report(
        title=title,
        from_on=days.first,
        to_on=days.last,
        columns=columns,
        rows=tuple(rows),
        totals=summed(columns, rows),
        chart=chart,
        remarks=("A visit counts on the day on which it begins.",),
    )
