"""Cases of which a request for more has to be thought of: two sessions left or none, or the window about to end."""

from datetime import datetime, timedelta

from billing.entitlement.gathering import of_cases
from billing.entitlement.values import RUNNING_OUT
from clinic.report import Chart, Column, Days, Kind, Report, Series
from patients.models import Case

TITLE = "Entitlement"
# Long enough to be answered before the last day: ACC takes three business days for a standard request.
SOON = timedelta(days=14)
COLUMNS = (
    Column("patient", "Patient"),
    Column("case", "Case"),
    Column("payer", "Paid by"),
    Column("approved", "Approved", Kind.COUNT),
    Column("used", "Used", Kind.COUNT),
    Column("booked", "Booked", Kind.COUNT),
    Column("remaining", "Left", Kind.COUNT),
    Column("window_ends_on", "Window ends", Kind.DAY),
    Column("next_step", "Next step"),
)


def on_a_day(days: Days, *, now: datetime) -> Report:
    """As it stands on the last of these days by what is booked now, those with the least left first."""
    cases = list(Case.objects.open().exclude(kind=Case.Kind.PRIVATE).select_related("patient", "payer").order_by("id"))
    answers = of_cases(cases, on=days.last, now=now)
    rows = []
    for case in cases:
        answer = answers[case.pk]
        short = answer.remaining is not None and answer.remaining <= RUNNING_OUT
        ending = answer.window_ends_on is not None and answer.window_ends_on <= days.last + SOON
        if short or ending:
            rows.append(
                (
                    str(case.patient), case.title, str(case.payer), answer.approved, answer.used, answer.booked,
                    answer.remaining, answer.window_ends_on, answer.next_step,
                )
            )  # fmt: skip
    rows.sort(key=lambda row: (row[6] is None, row[6] or 0, row[7] or days.last + SOON, row[0]))
    return Report(
        title=TITLE,
        from_on=days.last,
        to_on=days.last,
        columns=COLUMNS,
        rows=tuple(rows),
        chart=_chart(rows),
        remarks=(f"Open cases with {RUNNING_OUT} sessions left or fewer, or whose window ends within 14 days.",),
    )


def _chart(rows: list[tuple]) -> Chart:
    labels = ("None left", "One left", "Two left", "Window ends")
    counts = [0, 0, 0, 0]
    for row in rows:
        counts[max(row[6], 0) if row[6] is not None and row[6] <= RUNNING_OUT else 3] += 1
    return Chart("Cases", Kind.COUNT, labels, (Series("Cases", tuple(counts)),))
