"""What the clinical papers need to be drawn: plain, frozen values.

Datetimes are aware and already in the location's zone; an empty string or None is "not recorded".
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePatient:
    name: str
    nhi: str = ""
    date_of_birth: date | None = None
    sex: str = ""
    preferred_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteNeedling:
    """One point or free location. `deqi` and `twitch` are None where nobody wrote them down."""

    point: str
    """`GB30 Huántiào 环跳`, or a free location such as `ashi, left gluteus medius`."""
    side: str = ""
    technique: str = ""
    depth_mm: int | None = None
    angle: str = ""
    gauge: str = ""
    retention_minutes: int | None = None
    deqi: bool | None = None
    twitch: bool | None = None
    stimulation: str = ""
    needle_type: str = ""
    electro_hz: str = ""
    electro_pair: int | None = None
    needles_in: int | None = None
    needles_out: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteMark:
    """On the body chart: a point by `code` and `side`, or a place of its own by `view`, `x` and `y` with `text`."""

    code: str = ""
    side: str = "both"
    state: str = "needle"
    text: str = ""
    view: str = ""
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCupping:
    kind: str
    sites: str
    minutes: int | None = None
    cups: int | None = None
    movement: str = ""
    marks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteMoxibustion:
    kind: str
    point: str = ""
    site: str = ""
    minutes: int | None = None
    cones: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTechnique:
    """Anything else done: tuina, gua sha, heat lamp, ear seeds."""

    name: str
    site: str = ""
    ear_points: str = ""
    minutes: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteExamination:
    """What was found on examination: of what, what, and words besides."""

    name: str
    found: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLot:
    name: str
    needles: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFinding:
    """A safety finding that the practitioner saw, confirmed and gave a reason for."""

    severity: str
    message: str
    reason: str
    source: str = ""
    confirmed_by: str = ""
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    name: str
    signed_at: datetime
    sha256: str
    registration_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCoSignature:
    """The supervisor's, beside a student's."""

    name: str
    signed_at: datetime
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAmendment:
    """A later correction; it never replaces what was signed."""

    author: str
    written_at: datetime
    text: str
    reason: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """One treatment as it was signed, with the amendments written since, oldest first."""

    number: str
    patient: NotePatient
    practitioner: str
    started_at: datetime
    signature: NoteSignature
    location: str = ""
    case_title: str = ""
    claim_number: str = ""
    complaint: str = ""
    subjective: str = ""
    objective: str = ""
    assessment: str = ""
    plan: str = ""
    tongue: str = ""
    pulse: str = ""
    eight_principles: str = ""
    patterns: tuple[str, ...] = ()
    western_diagnosis: str = ""
    treatment_principle: str = ""
    style: str = ""
    reasoning: str = ""
    marks: tuple[str, ...] = ()
    """Places on the chart that are no points, each in words."""
    chart: tuple[NoteMark, ...] = ()
    response: str = ""
    aftercare: str = ""
    examinations: tuple[NoteExamination, ...] = ()
    lots: tuple[NoteLot, ...] = ()
    needlings: tuple[NoteNeedling, ...] = ()
    cuppings: tuple[NoteCupping, ...] = ()
    moxibustions: tuple[NoteMoxibustion, ...] = ()
    techniques: tuple[NoteTechnique, ...] = ()
    face_to_face_minutes: int | None = None
    reinsertions: int | None = None
    needles_in: int | None = None
    needles_out: int | None = None
    is_late_entry: bool = False
    cosignature: NoteCoSignature | None = None
    findings: tuple[NoteFinding, ...] = ()
    amendments: tuple[NoteAmendment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftercare:
    """A sheet to take home. It names no diagnosis: it may lie on a kitchen table."""

    patient_name: str
    practitioner: str
    treated_on: date
    needled: bool = True
    cupped: bool = False
    warmed: bool = False
    """Moxibustion or a heat lamp."""
    advice: str = ""
    """The practitioner's own words for this person; a blank line parts paragraphs."""
    next_visit_at: datetime | None = None
    phone: str = ""
    emergency_number: str = "111"
