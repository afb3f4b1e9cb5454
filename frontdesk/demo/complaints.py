"""What the invented patients come with, and how each course of treatment goes: words and points of believable notes.

The words of each visit are written out, the figures in them come from `scores`. A course that is longer than what is
written stays at its last visit.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Needle(NamedTuple):
    """A point of the catalogue, or a place in words where `point` is empty."""

    point: str
    side: str
    depth_mm: int
    technique: str = "even"
    place: str = ""


class Cups(NamedTuple):
    kind: str
    sites: str
    minutes: int
    cups: int
    marks: str = ""
    movement: str = ""


class Moxa(NamedTuple):
    kind: str
    point: str
    minutes: int


class Also(NamedTuple):
    """Something else that was done. The kinds are those of `treatments.models.Technique`."""

    kind: str
    site: str
    note: str
    minutes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """`subjective` has a text for each visit, with `{score}` and `{before}` out of ten from `scores`.

    `diagnoses` are `(Read code, ACC's description, side)`, the primary one first; `injury` is the accident in words,
    `tongue` and `pulse` are in the words of `treatments.vocabulary`.
    """

    title: str
    complaint: str
    subjective: tuple[str, ...]
    objective: tuple[str, ...]
    assessment: str
    plan: tuple[str, ...]
    tongue: dict[str, Any]
    pulse: dict[str, Any]
    patterns: tuple[str, ...]
    needles: tuple[Needle, ...]
    scores: tuple[int, ...]
    diagnoses: tuple[tuple[str, str, str], ...] = ()
    injury: str = ""
    cups: Cups | None = None
    moxa: Moxa | None = None
    also: Also | None = None
    electro_hz: str = ""
    retention_minutes: int = 25


@dataclass(frozen=True)
class Visit:
    """The words of one visit of a course; the first is number 0."""

    complaint: Complaint
    number: int
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, complaint: Complaint, number: int) -> "Visit":
        score = _at(complaint.scores, number)
        before = _at(complaint.scores, max(number - 1, 0))
        texts = {
            name: _at(getattr(complaint, name), number).format(score=score, before=before)
            for name in ("subjective", "objective", "plan")
        }
        return cls(complaint, number, texts | {"complaint": complaint.complaint, "assessment": complaint.assessment})


def _at(row: tuple, number: int):
    return row[min(number, len(row) - 1)]
