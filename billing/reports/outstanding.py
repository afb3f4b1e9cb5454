"""What ACC owes: invoices to it that are not settled, by their age and by how their claims stand."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from billing.claiming import standing
from billing.models import Invoice
from clinic.models import Practice
from clinic.money import ZERO
from clinic.report import Chart, Column, Days, Kind, Report, Series, summed
from patients.models import Payer

TITLE = "ACC outstanding"
# Days since issue; a class ends with its last day.
AGES = ((30, "Up to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"))
OLDEST = "Over 90 days"
COLUMNS = (
    Column("invoice", "Invoice"),
    Column("patient", "Patient"),
    Column("claim_number", "Claim"),
    Column("issued_on", "Issued", Kind.DAY),
    Column("days", "Days old", Kind.COUNT),
    Column("age", "Age"),
    Column("state", "State"),
    Column("total", "Invoiced", Kind.MONEY),
    Column("paid", "Paid or credited", Kind.MONEY),
    Column("balance", "Still owed", Kind.MONEY),
)


def on_a_day(days: Days) -> Report:
    """As it stood at the end of the last of these days, oldest first."""
    on = days.last
    invoices = (
        Invoice.objects.issued()
        .with_balance_on(on)
        .filter(payer__kind=Payer.Kind.ACC, issued_on__lte=on, balance__gt=0)
        .select_related("patient", "case")
        .order_by("issued_on", "number")
    )
    midnight = datetime.combine(on + timedelta(days=1), time(), tzinfo=Practice.objects.current().zone)
    claimed = standing.of_invoices([invoice.pk for invoice in invoices], until=midnight)
    rows = tuple(_row(invoice, on, claimed.get(invoice.pk, {})) for invoice in invoices)
    totals = summed(COLUMNS, rows)
    # How old two invoices are is nothing to add up.
    totals = (*totals[:4], None, *totals[5:])
    return Report(
        title=TITLE,
        from_on=on,
        to_on=on,
        columns=COLUMNS,
        rows=rows,
        totals=totals,
        chart=_chart(rows),
        remarks=("Days are counted from the day of issue; the state is that of the claim.",),
    )


def age_of(days: int) -> str:
    return next((label for last, label in AGES if days <= last), OLDEST)


def _row(invoice: Invoice, on: date, claimed: Mapping[str, int]) -> tuple:
    days = (on - invoice.issued_on).days
    settled = invoice.charged - invoice.balance
    return (
        invoice.label,
        str(invoice.patient),
        invoice.case.claim_number if invoice.case else "",
        invoice.issued_on,
        days,
        age_of(days),
        standing.in_words(claimed) or ("Part paid" if settled else "Not claimed"),
        invoice.charged,
        settled,
        invoice.balance,
    )


def _chart(rows: tuple[tuple, ...]) -> Chart:
    sums: dict[str, Decimal] = dict.fromkeys([label for _, label in AGES] + [OLDEST], ZERO)
    for row in rows:
        sums[row[5]] += row[-1]
    return Chart("Owed by age", Kind.MONEY, tuple(sums), (Series("Owed", tuple(sums.values())),))
