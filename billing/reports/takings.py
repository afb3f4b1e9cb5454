"""Money that came in and went out, by the day it moved: by day and method, by practitioner, or by who paid.

A payment belongs to a practitioner by what it pays: each part of it set against an invoice is parted among the
practitioners of its lines, by their amounts. What is set against nothing stays on the account.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Sum

from billing.models import Allocation, InvoiceLine, Payment
from billing.payments.banking import banking
from billing.reports.sharing import parted
from clinic.money import ZERO
from clinic.report import Chart, Column, Days, Kind, Report, Series, label_of, slot_of, slots, summed

TITLE = "Takings"
ON_ACCOUNT, PRODUCTS = "On account", "Products and fees"
REMARK = "By the day the money moved. What was paid back is taken off."


def by_day(days: Days) -> Report:
    """A row for each day with a payment, a column for each method that was used."""
    found: dict[tuple[date, str], Decimal] = {
        (row["received_on"], row["method"]): row["amount"]
        for row in _of(days).values("received_on", "method").annotate(amount=Sum("amount"))
    }
    methods = [(value, label) for value, label in Payment.Method.choices if any(key[1] == value for key in found)]
    columns = (
        Column("day", "Day", Kind.DAY),
        *(Column(value, label, Kind.MONEY) for value, label in methods),
        Column("total", "Total", Kind.MONEY),
    )
    rows = []
    for day in sorted({day for day, _ in found}):
        amounts = [found.get((day, value), ZERO) for value, _ in methods]
        rows.append((day, *amounts, sum(amounts, ZERO)))
    return _report(days, columns, tuple(rows), _over_time(days, {row[0]: row[-1] for row in rows}))


def by_method(days: Days) -> Report:
    """What there has to be in the till, on the terminal's slip and on the bank's statement."""
    columns = (
        Column("method", "Method"),
        Column("payments", "Payments", Kind.COUNT),
        Column("taken", "Taken", Kind.MONEY),
        Column("refunds", "Paid back", Kind.COUNT),
        Column("refunded", "Amount paid back", Kind.MONEY),
        Column("total", "Total", Kind.MONEY),
    )
    rows = tuple(
        (one.label, one.payments, one.taken, one.refunds, one.refunded, one.total)
        for one in banking(from_on=days.first, to_on=days.last).methods
        if one.payments or one.refunds
    )
    return _report(days, columns, rows, _by_name("Takings by method", rows))


def by_practitioner(days: Days) -> Report:
    paid = _of(days).aggregate(amount=Sum("amount", default=ZERO))["amount"]
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    allocated = (
        Allocation.objects.filter(payment__received_on__range=(days.first, days.last))
        .order_by("invoice")
        .values_list("invoice")
        .annotate(amount=Sum("amount"))
    )
    lines = _lines_of([invoice for invoice, _ in allocated])
    for invoice, amount in allocated:
        parts = parted(amount, [weight for _, weight in lines[invoice]])
        for (name, _), part in zip(lines[invoice], parts, strict=True):
            sums[name] += part
    rows = [(name, amount) for name, amount in sorted(sums.items(), key=_largest_first) if amount]
    rest = paid - sum(sums.values(), ZERO)
    if rest:
        rows.append((ON_ACCOUNT, rest))
    columns = (Column("practitioner", "Practitioner"), Column("total", "Total", Kind.MONEY))
    return _report(days, columns, tuple(rows), _by_name("Takings by practitioner", rows))


def by_payer(days: Days) -> Report:
    found = _of(days).values(name=F("payer__name")).annotate(payments=Count("pk"), amount=Sum("amount"))
    ranked = sorted(found, key=lambda row: (row["name"] is not None, -row["amount"], row["name"] or ""))
    rows = tuple((row["name"] or "Patients", row["payments"], row["amount"]) for row in ranked)
    columns = (
        Column("payer", "Paid by"),
        Column("payments", "Payments", Kind.COUNT),
        Column("total", "Total", Kind.MONEY),
    )
    return _report(days, columns, rows, _by_name("Takings by who paid", rows))


def _of(days: Days):
    return Payment.objects.filter(received_on__range=(days.first, days.last)).order_by()


def _lines_of(invoices: list[int]) -> dict[int, list[tuple[str, Decimal]]]:
    """The practitioners of each invoice's lines, with what each line charges."""
    found: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    lines = InvoiceLine.objects.filter(invoice__in=invoices).order_by("invoice", "position")
    for invoice, treated, booked, amount in lines.values_list(
        "invoice",
        "treatment__practitioner__display_name",
        "appointment__practitioner__display_name",
        F("amount_excl") + F("gst"),
    ):
        found[invoice].append((treated or booked or PRODUCTS, amount))
    return found


def _largest_first(entry: tuple[str, Decimal]) -> tuple[Decimal, str]:
    return -entry[1], entry[0]


def _over_time(days: Days, amounts: dict[date, Decimal]) -> Chart:
    cut, bars = slots(days)
    sums = dict.fromkeys(bars, ZERO)
    for day, amount in amounts.items():
        sums[slot_of(day, cut)] += amount
    labels = tuple(label_of(bar, cut) for bar in bars)
    return Chart(f"Takings by {cut}", Kind.MONEY, labels, (Series("Taken", tuple(sums.values())),))


def _by_name(title: str, rows) -> Chart:
    return Chart(title, Kind.MONEY, tuple(row[0] for row in rows), (Series("Taken", tuple(row[-1] for row in rows)),))


def _report(days: Days, columns, rows, chart: Chart) -> Report:
    return Report(
        title=TITLE,
        from_on=days.first,
        to_on=days.last,
        columns=columns,
        rows=rows,
        totals=summed(columns, rows),
        chart=chart,
        remarks=(REMARK,),
    )
