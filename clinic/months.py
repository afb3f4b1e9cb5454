"""Counting in months, as contracts and ACC do. Pure."""

import calendar
from datetime import date


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where there is none: a year after 29 February is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
