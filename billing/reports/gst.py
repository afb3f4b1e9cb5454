"""GST by month on both bases that New Zealand knows: by what was invoiced, and by what was paid.

Invoice basis: the lines of invoices by the day of issue, less those of credit notes by theirs. Payments basis: of each
part of a payment set against an invoice, the share that GST has in that invoice; the parts of one invoice are rounded
together, so that an invoice paid whole has paid its GST to the cent. A part counts on the day the money came in, or
on the day of issue where that is later; what is taken back counts on the day it is.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from billing.models import Allocation, CreditLine, Invoice, InvoiceLine
from clinic.money import ZERO, cents
from clinic.report import Chart, Column, Days, Kind, Report, Series, summed
from clinic.wall import on_the_wall

TITLE = "GST"
COLUMNS = (
    Column("month", "Month"),
    Column("invoiced_excl", "Invoiced, excl. GST", Kind.MONEY),
    Column("invoiced_gst", "GST invoiced", Kind.MONEY),
    Column("invoiced_incl", "Invoiced, incl. GST", Kind.MONEY),
    Column("paid_excl", "Paid, excl. GST", Kind.MONEY),
    Column("paid_gst", "GST paid", Kind.MONEY),
    Column("paid_incl", "Paid, incl. GST", Kind.MONEY),
)
REMARKS = (
    "Invoiced is the invoice basis: by the day of issue, less credit notes. Paid is the payments basis: by the day "
    "the money came in. File by the one the practice is registered for.",
    "Sales only: what the clinic bought is not kept here.",
)


def by_month(days: Days, *, zone: ZoneInfo) -> Report:
    invoiced, paid = _invoiced(days), _paid(days, zone)
    months = sorted({day.replace(day=1) for day in days})
    rows = []
    for month in months:
        excl, gst = invoiced[month]
        paid_incl, paid_gst = paid[month]
        rows.append((f"{month:%b %Y}", excl, gst, excl + gst, paid_incl - paid_gst, paid_gst, paid_incl))
    chart = Chart(
        "GST by month",
        Kind.MONEY,
        tuple(row[0] for row in rows),
        (
            Series("Invoice basis", tuple(row[2] for row in rows)),
            Series("Payments basis", tuple(row[5] for row in rows)),
        ),
    )
    return Report(
        title=TITLE,
        from_on=days.first,
        to_on=days.last,
        columns=COLUMNS,
        rows=tuple(rows),
        totals=summed(COLUMNS, rows),
        chart=chart,
        remarks=REMARKS,
    )


def _invoiced(days: Days) -> dict[date, tuple[Decimal, Decimal]]:
    """Excluding GST and GST, by the first day of the month."""
    period = (days.first, days.last)
    charged = InvoiceLine.objects.filter(invoice__status=Invoice.Status.ISSUED, invoice__issued_on__range=period)
    credited = CreditLine.objects.filter(credit_note__issued_on__range=period)
    sums: dict[date, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    for sign, rows, day in ((1, charged, "invoice__issued_on"), (-1, credited, "credit_note__issued_on")):
        by_months = rows.order_by().annotate(month=TruncMonth(day)).values("month")
        for row in by_months.annotate(excl=Sum("amount_excl"), tax=Sum("gst")):
            excl, gst = sums[row["month"]]
            sums[row["month"]] = (excl + sign * row["excl"], gst + sign * row["tax"])
    return sums


def _paid(days: Days, zone: ZoneInfo) -> dict[date, tuple[Decimal, Decimal]]:
    """Including GST and GST, by the first day of the month."""
    sums: dict[date, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    parts_of: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = _allocations(days, zone)
    for invoice, amount, received_on, issued_on, allocated_at in rows:
        day = max(received_on, issued_on) if amount > 0 else allocated_at.astimezone(zone).date()
        parts_of[invoice].append((day, amount))
    amounts = _amounts_of(parts_of)
    for invoice, parts in parts_of.items():
        for day, amount, gst in shares(parts, *amounts[invoice]):
            if day in days:
                month = day.replace(day=1)
                incl, tax = sums[month]
                sums[month] = (incl + amount, tax + gst)
    return sums


def shares(
    parts: Iterable[tuple[date, Decimal]], excl: Decimal, gst: Decimal
) -> Iterable[tuple[date, Decimal, Decimal]]:
    """The GST in each part that was paid of an invoice, in the order of days. Pure."""
    paid, taxed = ZERO, ZERO
    for day, amount in sorted(parts, key=lambda part: part[0]):
        paid += amount
        until = cents(gst * paid / (excl + gst))
        yield day, amount, until - taxed
        taxed = until


def _allocations(days: Days, zone: ZoneInfo):
    """All parts of every invoice of which any may count in these days: rounding goes from the first to the last."""
    begins = on_the_wall(days.first, time.min, zone)
    moved = (
        Q(payment__received_on__gte=days.first) | Q(invoice__issued_on__gte=days.first) | Q(allocated_at__gte=begins)
    )
    touched = Allocation.objects.filter(moved).values("invoice")
    rows = Allocation.objects.filter(invoice__in=touched).order_by("id")
    return rows.values_list("invoice", "amount", "payment__received_on", "invoice__issued_on", "allocated_at")


def _amounts_of(invoices: Iterable[int]) -> dict[int, tuple[Decimal, Decimal]]:
    rows = InvoiceLine.objects.filter(invoice__in=list(invoices)).order_by().values("invoice")
    summed_up = rows.annotate(excl=Sum("amount_excl"), tax=Sum("gst"))
    return {row["invoice"]: (row["excl"], row["tax"]) for row in summed_up}
