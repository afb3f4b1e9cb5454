"""How far a pregnancy is. Pure."""

from datetime import date

WEEKS = 40


def pregnancy_week(due_on: date, day: date) -> int:
    """Completed weeks on `day`, from a due date at 40 weeks."""
    return WEEKS - -(-(due_on - day).days // 7)
