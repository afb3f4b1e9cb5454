"""How staff pages write times, days, money and states; columns and read-only fields are made from these."""

import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clinic.money import format_money

Column = Callable[[Any], str]


def clock(moment: datetime, zone: zoneinfo.ZoneInfo | None = None) -> str:
    """`9:15 am` on the wall of `zone`, or of the zone of this request; of a time that comes twice, which it is."""
    wall = timezone.localtime(moment, zone)
    said = f"{wall:%-I:%M %p}".replace("AM", "am").replace("PM", "pm")
    if wall.replace(fold=0).utcoffset() == wall.replace(fold=1).utcoffset():
        return said
    return f"{said} ({'second' if wall.fold else 'first'})"


def day(value: date) -> str:
    """`Tue 24 Nov`, and the year where it is another than this one."""
    return f"{value:%a %-d %b}" if value.year == timezone.localdate().year else f"{value:%a %-d %b %Y}"


def birthday(value: date) -> str:
    """`9 Mar 1984`: no weekday, always the year."""
    return f"{value:%-d %b %Y}"


def when(moment: datetime, zone: zoneinfo.ZoneInfo | None = None) -> str:
    """`Tue 24 Nov, 9:15 am`"""
    return f"{day(timezone.localtime(moment, zone).date())}, {clock(moment, zone)}"


def state(value: str, word: str) -> SafeString:
    """A state as its word in its colour: never the colour alone."""
    return format_html('<span class="nb-state" data-state="{}">{}</span>', value, word)


def shown(
    label: str,
    source: str,
    write: Callable[[Any], str] = str,
    *,
    ordering: str | None = None,
    empty: str = "–",
) -> Column:
    """A column or read-only field: the attribute at the dotted path `source`, written by `write`."""
    read = attrgetter(source)

    @admin.display(description=label, ordering=ordering or source.replace(".", "__"))
    def column(row: Any) -> str:
        value = read(row)
        return empty if value is None or value == "" else write(value)

    return column


def link(page: str, pk: Any, words: Any) -> SafeString:
    """The way to the page of a row of `page`, such as `patients_patient`."""
    return format_html('<a class="nb-link" href="{}">{}</a>', reverse(f"admin:{page}_change", args=[pk]), words)


def link_shown(label: str, source: str, page: str, write: Callable[[Any], str] = str) -> Column:
    """The row that `source` refers to, as the way to its page."""
    return shown(label, source, lambda row: link(page, row.pk, write(row)))


def happened(lines: Iterable[tuple[str, Any, Any]]) -> SafeString:
    """A line of time: when, what, and a smaller word about it."""
    items = format_html_join("", "<li><time>{}</time><span>{}<small>{}</small></span></li>", lines)
    return format_html('<ol class="nb-happenings">{}</ol>', items)


def unbroken(text: str) -> SafeString:
    """A time that stays on one line, with figures of one width."""
    return format_html("<time>{}</time>", text)


def moment_shown(label: str, source: str) -> Column:
    return shown(label, source, lambda moment: unbroken(when(moment)))


def day_shown(label: str, source: str) -> Column:
    return shown(label, source, lambda value: unbroken(day(value)))


def money(amount: Decimal) -> SafeString:
    return format_html('<span class="nb-figure">{}</span>', format_money(amount))


def money_shown(label: str, source: str) -> Column:
    return shown(label, source, money)


def state_shown(label: str, source: str, words: Mapping[str, str] | None = None) -> Column:
    """The choice of field `source` as a state; `words` replace the labels of its choices."""

    @admin.display(description=label, ordering=source)
    def column(row: Any) -> str:
        value = getattr(row, source)
        return state(value, (words or {}).get(value) or getattr(row, f"get_{source}_display")())

    return column


@admin.display(description="State", ordering="archived_at")
def standing(row: Any) -> str:
    return state("archived", "Archived") if row.archived_at else "In use"
