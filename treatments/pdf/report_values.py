"""What a treatment report says: plain, frozen values, kept as JSON with the signature and drawn from it.

Days are days on the practice's wall; an empty string or None is "not recorded". A part that is not included is None,
which differs from one in which there was nothing to tell (empty).
"""

from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDiagnosis:
    description: str
    system: str
    code: str
    side: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCourse:
    """`sessions` are the days of signed sessions, `missed` those of visits that were missed."""

    sessions: tuple[date, ...]
    missed: tuple[date, ...] = ()
    approved_sessions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFinding:
    """`then` and `now` are what was found first and last, in words; `now` is empty where it was looked at once."""

    name: str
    then: str
    then_on: date
    now: str = ""
    now_on: date | None = None
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPoint:
    """`sides`: `right 12, both 3`. `sessions` is the number of sessions in which it was needled."""

    name: str
    sides: str
    sessions: int
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartedPoint:
    code: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTechnique:
    name: str
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedScore:
    on: date
    score: Decimal
    comparable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedOutcome:
    """A measure's scores, oldest first, and the days of the sessions between. `verdict` as `progress.Change`, empty
    with one score only."""

    measure: str
    asked: str
    scores: tuple[ReportedScore, ...]
    sessions: tuple[date, ...] = ()
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEvent:
    on: date
    kind: str
    description: str
    severity: str
    causality: str
    action: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPlan:
    goals: str
    sessions: int
    sessions_done: int
    weeks: int
    frequency_per_week: Decimal
    agreed_on: date
    review_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    number: str
    audience: str
    recipient: str
    purpose: str
    patient: str
    date_of_birth: date
    nhi: str
    case_title: str
    claim_number: str
    date_of_injury: date | None
    payer: str
    from_on: date
    to_on: date
    summary: str
    recommendation: str
    practitioner: str
    registration_number: str
    signed_at: datetime | None = None
    diagnoses: tuple[ReportedDiagnosis, ...] | None = None
    course: ReportedCourse | None = None
    findings: tuple[ReportedFinding, ...] | None = None
    points: tuple[ReportedPoint, ...] | None = None
    chart: tuple[ChartedPoint, ...] | None = None
    techniques: tuple[ReportedTechnique, ...] | None = None
    outcomes: tuple[ReportedOutcome, ...] | None = None
    adverse_events: tuple[ReportedEvent, ...] | None = None
    plan: tuple[ReportedPlan, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReport:
    content: ReportContent
    sha256: str


def as_json(value: Any) -> Any:
    """Days, moments and decimals as strings."""
    if is_dataclass(value):
        return {one.name: as_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [as_json(one) for one in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def from_json(stored: dict[str, Any]) -> ReportContent:
    return restored(ReportContent, stored)


def restored(kind: Any, stored: Any) -> Any:
    """`stored` as the type that it had before `as_json`."""
    if NoneType in get_args(kind):
        if stored is None:
            return None
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
    if get_origin(kind) is tuple:
        return tuple(restored(get_args(kind)[0], one) for one in stored)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: restored(hints[name], one) for name, one in stored.items()})
    if kind in (date, datetime):
        return kind.fromisoformat(stored)
    return kind(stored)
