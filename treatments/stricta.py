"""What STRICTA 2010 asks a report of acupuncture to say, as far as the note of one session can say it. Pure.

Source: MacPherson et al. 2010, PMC2882429. Items that no note of one session can answer are left out: 1c (variation)
and 3a, 3b (sessions, frequency) belong to the plan, 4a is whatever is written down beside the needles, and 6a, 6b
(comparator) belong to research.
"""

from collections.abc import Callable
from dataclasses import dataclass

ITEMS: dict[str, str] = {
    "1a": "Style of acupuncture",
    "1b": "Reasoning for the treatment",
    "2a": "Number of needles inserted",
    "2b": "Points with their sides",
    "2c": "Depth of insertion",
    "2d": "Response sought",
    "2e": "Stimulation of the needles",
    "2f": "Retention time",
    "2g": "Type of needle",
    "4b": "Information given to the patient",
    "5": "Background of the practitioner",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needle:
    has_place: bool = False
    has_side: bool = False
    has_depth: bool = False
    has_response: bool = False
    has_stimulation: bool = False
    has_retention: bool = False
    has_type: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What a note says, as far as the items ask."""

    style: str = ""
    reasoning: str = ""
    needles_in: int = 0
    needles: tuple[Needle, ...] = ()
    aftercare: str = ""
    registration: str = ""


def _every(name: str) -> Callable[[Noted], bool]:
    """Said of each needle; a session without needles has nothing to say here."""
    return lambda noted: all(getattr(needle, name) for needle in noted.needles)


COVERED: dict[str, Callable[[Noted], bool]] = {
    "1a": lambda noted: bool(noted.style.strip()),
    "1b": lambda noted: bool(noted.reasoning.strip()),
    "2a": lambda noted: noted.needles_in > 0 or not noted.needles,
    "2b": lambda noted: all(needle.has_place and needle.has_side for needle in noted.needles),
    "2c": _every("has_depth"),
    "2d": _every("has_response"),
    "2e": _every("has_stimulation"),
    "2f": _every("has_retention"),
    "2g": _every("has_type"),
    "4b": lambda noted: bool(noted.aftercare.strip()),
    "5": lambda noted: bool(noted.registration.strip()),
}


def missing(noted: Noted) -> list[str]:
    """The items that the note leaves open, in STRICTA's order."""
    return [item for item in ITEMS if not COVERED[item](noted)]
