"""How a measure went over the sessions: the scores, what lay between them, and whether the change matters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models.functions import TruncDate

from patients.models import Case, Patient
from treatments.models import OutcomeScore, Treatment
from treatments.outcomes import measures, trend


@dataclass(frozen=True, kw_only=True)
class Change:
    """From one score to the latest. `verdict`: improved, worse, no_change_that_matters, unrated (no least change is
    known) or not_comparable (another version, or other activities)."""

    since: OutcomeScore
    points: Decimal
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Trend:
    measure: measures.Measure
    scores: Sequence[OutcomeScore]
    treatments: Sequence[Treatment]
    since_first: Change | None
    since_previous: Change | None

    def chart(self) -> str:
        return trend.draw(self.points(), self.days(), self.measure)

    def days(self) -> list[date]:
        return [row.day for row in self.treatments]

    def points(self) -> list[trend.Point]:
        return [trend.Point(score.taken_on, score.score, _comparable(score, self.scores[-1])) for score in self.scores]


def of(
    *,
    patient: Patient,
    measure: str,
    case: Case | None = None,
    within: tuple[date, date] | None = None,
    zone: ZoneInfo,
) -> Trend:
    """The standing scores, oldest first, and the signed sessions from the day of the first to that of the last; of
    the days `within` only, the last included."""
    scores = OutcomeScore.objects.standing().filter(patient=patient, measure=measure)
    if within is not None:
        scores = scores.filter(taken_on__range=within)
    sessions = Treatment.objects.signed().filter(patient=patient)
    if case is not None:
        scores, sessions = scores.filter(case=case), sessions.filter(case=case)
    scores = list(scores.select_related("patient", "entered_by").order_by("taken_on", "pk"))
    return Trend(
        measure=measures.MEASURES[measure],
        scores=scores,
        treatments=_between(sessions, scores, zone),
        since_first=_change(scores[0], scores[-1]) if len(scores) > 1 else None,
        since_previous=_change(scores[-2], scores[-1]) if len(scores) > 1 else None,
    )


def _between(sessions, scores: Sequence[OutcomeScore], zone: ZoneInfo) -> list[Treatment]:
    if not scores:
        return []
    dated = sessions.annotate(day=TruncDate("started_at", tzinfo=zone)).only("started_at")
    return list(dated.filter(day__range=(scores[0].taken_on, scores[-1].taken_on)).order_by("started_at", "pk"))


def _comparable(one: OutcomeScore, other: OutcomeScore) -> bool:
    """Whether both were scored by one rule and asked about the same things."""
    asked = [sorted(label.casefold() for label in score.labels) for score in (one, other)]
    return one.version == other.version and asked[0] == asked[1]


def _change(since: OutcomeScore, latest: OutcomeScore) -> Change:
    verdict = "not_comparable"
    if _comparable(since, latest):
        verdict = measures.change(latest.measure, since.score, latest.score).replace(" ", "_")
    return Change(since=since, points=latest.score - since.score, verdict=verdict)
