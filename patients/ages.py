"""How old somebody is on a day. Pure."""

from datetime import date


def age_on(day: date, born_on: date) -> int:
    """In full years. Who was born on 29 February turns a year older on 1 March of other years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def birthday(born_on: date, age: int) -> date:
    """The first day of that age, as `age_on` counts it."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)
