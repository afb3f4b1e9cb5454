"""Texts with named places such as `{first_name}`. Pure.

A place is a name in braces and nothing more: there is no way from it to an attribute or an item, and what is filled
in is not read again for further places.
"""

import re
from collections.abc import Mapping
from datetime import datetime

PLACES = (
    "first_name",
    "when",
    "practitioner",
    "place",
    "link",
    "practice",
    "phone",
    "invoice",
    "to_pay",
    "until",
    "code",
)
# Never in a subject, and never kept.
SECRETS = ("code",)

_PLACE = re.compile(r"\{([^{}]*)\}")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def unknown_places(text: str) -> list[str]:
    """The names in braces that nothing will fill, in order; a brace without its partner counts as one."""
    unknown = [name for name in _PLACE.findall(text) if name not in PLACES]
    return unknown + re.findall(r"[{}]", _PLACE.sub("", text))


def filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), text)


def filled_line(text: str, values: Mapping[str, str]) -> str:
    """The same as one line, for a subject: what could begin a new header becomes a space."""
    return one_line(filled(text, values))


def one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()


def has_breaks(text: str) -> bool:
    return bool(_BREAKS.search(text))


def spoken(moment: datetime) -> str:
    """`Tue 24 Nov, 9:15 am`, by the wall clock of the datetime's own zone."""
    clock = f"{moment.hour % 12 or 12}:{moment.minute:02} {'am' if moment.hour < 12 else 'pm'}"
    return f"{_WEEKDAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}, {clock}"
