"""How old a debt is: days since it was due, in the five classes that a statement shows. Pure."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from clinic.money import ZERO

# A class ends with its last day; what is older than all of them stands in the last one.
NOT_DUE, OLDEST = "not_due", "over_90"
CLASSES = ((0, NOT_DUE), (30, "days_1_30"), (60, "days_31_60"), (90, "days_61_90"))
LABELS = {
    NOT_DUE: "Not yet due",
    "days_1_30": "1 to 30 days",
    "days_31_60": "31 to 60 days",
    "days_61_90": "61 to 90 days",
    OLDEST: "Over 90 days",
}


def age_class(due_on: date, *, on: date) -> str:
    """The class of a debt on a day. On the day it is due nobody is late."""
    days = (on - due_on).days
    return next((name for last, name in CLASSES if days <= last), OLDEST)


def aged(debts: Iterable[tuple[date, Decimal]], *, on: date) -> dict[str, Decimal]:
    """What is owed in each class, from pairs of the day something was due and what is owed of it. All classes, oldest
    last."""
    sums = dict.fromkeys(LABELS, ZERO)
    for due_on, amount in debts:
        sums[age_class(due_on, on=on)] += amount
    return sums
