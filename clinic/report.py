"""The one shape of every report: columns, rows, totals, a chart, and what has to be said about them. Pure.

A report is made of plain values by the floor that knows them; JSON, CSV, pages and charts are made of this.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from io import StringIO
from typing import Any

from clinic.cells import inert
from clinic.money import format_money


class Kind(StrEnum):
    TEXT = "text"
    DAY = "day"
    MONEY = "money"
    COUNT = "count"
    MINUTES = "minutes"
    SHARE = "share"
    """A part of 1."""


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    title: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Series:
    title: str
    values: tuple[Decimal | int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars: one of each series for every label."""

    title: str
    kind: Kind
    labels: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """`totals` has a value for each column, None where there is nothing to add up; it is None where no column has.
    Both days are included."""

    title: str
    from_on: date
    to_on: date
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    totals: tuple[Any, ...] | None = None
    chart: Chart | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Days:
    """From one local day to another, both included."""

    first: date
    last: date

    def __iter__(self):
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def summed(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """The totals of the columns that can be added up; the first column says what the line is."""
    totals: list[Any] = []
    for index, column in enumerate(columns):
        if column.kind in {Kind.MONEY, Kind.COUNT, Kind.MINUTES}:
            nothing = Decimal("0.00") if column.kind == Kind.MONEY else 0
            totals.append(sum((row[index] for row in rows if row[index] is not None), nothing))
        else:
            totals.append(None)
    return tuple(totals)


def share(part: int, whole: int) -> Decimal | None:
    """To four places; None of nothing."""
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001")) if whole else None


def as_csv(report: Report) -> str:
    """Values as a program reads them: days as ISO writes them, amounts without a sign of currency, shares of 1. Text
    that a spreadsheet would take for a formula begins with an apostrophe."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(inert(column.title) for column in report.columns)
    for row in report.rows:
        writer.writerow(_cell(value, column) for value, column in zip(row, report.columns, strict=True))
    if report.totals is not None:
        cells = [_cell(value, column) for value, column in zip(report.totals, report.columns, strict=True)]
        writer.writerow([cells[0] or "Total", *cells[1:]])
    return out.getvalue()


def _cell(value: Any, column: Column) -> str:
    if value is None:
        return ""
    return inert(str(value)) if column.kind == Kind.TEXT else str(value)


def shown(value: Any, kind: Kind) -> str:
    """As a person reads it."""
    if value is None:
        return "–"
    if kind == Kind.MONEY:
        return format_money(value)
    if kind == Kind.SHARE:
        return f"{value * 100:.1f} %"
    if kind == Kind.MINUTES:
        hours, minutes = divmod(value, 60)
        return f"{hours} h {minutes:02}"
    if kind == Kind.DAY:
        # On one line, also where a column is narrow.
        return f"{value:%a %-d %b %Y}".replace(" ", "\u00a0")
    return str(value) or "–"


def by_time(days: Days) -> str:
    """How the bars of a chart over these days are cut: `day`, `week` or `month`."""
    many = (days.last - days.first).days + 1
    return "day" if many <= 31 else "week" if many <= 182 else "month"


def slot_of(day: date, cut: str) -> date:
    """The first day of the bar that a day belongs to."""
    if cut == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if cut == "week" else day


def slots(days: Days) -> tuple[str, list[date]]:
    """The cut, and the first day of each bar."""
    cut = by_time(days)
    return cut, sorted({slot_of(day, cut) for day in days})


def label_of(slot: date, cut: str) -> str:
    return f"{slot:%b %Y}" if cut == "month" else f"{slot:%-d %b}"
