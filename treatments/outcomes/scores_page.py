"""A patient's scores on one page: how each measure went, what was asked by link, and the ways to enter and to ask."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe

from clinic import showing
from patients.models import Patient
from treatments.examination import conditions, finding_trend
from treatments.models import Examination, OutcomeRequest, OutcomeScore
from treatments.outcomes import progress, trend
from treatments.outcomes.forms import measured_in_words
from treatments.outcomes.measures import MEASURES, Measure
from treatments.outcomes.question_admin import asked_words, standing_of
from treatments.pdf.outcome_scores import VERDICTS

DIRECTIONS = {"better": "Better", "worse": "Worse", "same": "The same", "": "Not compared"}


def place_of(patient_id: int) -> str:
    return reverse("admin:treatments_outcomescore_patient", args=[patient_id])


def gather(patient: Patient, *, now: datetime) -> dict[str, Any]:
    """For the template, with `scores`, `questions` and `examinations`, the rows that are read. The number of queries
    depends on how many measures were used, never on how often."""
    scores = OutcomeScore.objects.filter(patient=patient).select_related("entered_by", "case", "voided_by")
    scores = list(scores.order_by("-taken_on", "-pk"))
    questions = list(OutcomeRequest.objects.filter(patient=patient).select_related("appointment", "asked_by"))
    examinations = list(Examination.objects.filter(patient=patient).order_by("finding", "examined_on", "pk"))
    by_measure = defaultdict(list)
    for score in scores:
        by_measure[score.measure].append(score)
    return {
        "patient": patient,
        "findings": _findings(examinations),
        "examinations": examinations,
        "scores": scores,
        "questions": questions,
        "courses": [_course(patient, MEASURES[code], by_measure[code]) for code in MEASURES if code in by_measure],
        "asked": [_asked(row, now) for row in questions],
    }


def entered_by(score: OutcomeScore) -> str:
    return str(score.entered_by) if score.entered_by_id else "The patient, by link"


def _course(patient: Patient, measure: Measure, scores: list[OutcomeScore]) -> dict[str, Any]:
    found = progress.of(patient=patient, measure=measure.code, zone=timezone.get_current_timezone())
    latest = found.since_first
    return {
        "measure": measure,
        # Drawn by us, with every word escaped.
        "chart": mark_safe(found.chart()) if found.scores else "",
        "verdict": VERDICTS[latest.verdict if latest else ""] if found.scores else "None of these counts",
        "mood": latest.verdict if latest else "",
        "change": f"{_signed(latest.points)} since {showing.day(latest.since.taken_on)}" if latest else "",
        "minimal": trend.short(measure.minimal_change) if measure.minimal_change is not None else "",
        "rows": [_row(score) for score in scores],
    }


def _signed(points: Decimal) -> str:
    return f"+{trend.short(points)}" if points > 0 else trend.short(points).replace("-", "−") if points else "0"


def _row(score: OutcomeScore) -> dict[str, Any]:
    return {
        "place": reverse("admin:treatments_outcomescore_change", args=[score.pk]),
        "on": showing.day(score.taken_on),
        "score": trend.short(score.score),
        "answers": answers_in_words(score),
        "by": entered_by(score),
        "void_reason": score.void_reason,
    }


def answers_in_words(score: OutcomeScore) -> str:
    """`Stairs 4, Sitting 5` or `3, 0, –, 2`; nothing where the score is its only answer."""
    said = ["–" if answer is None else str(answer) for answer in score.answers]
    if score.labels:
        return ", ".join(f"{label} {answer}" for label, answer in zip(score.labels, said, strict=True))
    return ", ".join(said) if len(said) > 1 else ""


def _findings(examinations: list[Examination]) -> list[dict[str, str]]:
    """Each finding of each place, from the first time to the last; `examinations` by finding, oldest first."""
    kinds = conditions.finding_kinds()
    return [
        _finding(kinds[code], line)
        for code, rows in groupby(examinations, key=lambda row: row.finding)
        if code in kinds
        for line in finding_trend.lines(kinds[code], rows)
    ]


def _finding(kind: conditions.FindingKind, line: finding_trend.Line) -> dict[str, str]:
    first, last = line.steps[0], line.steps[-1]
    more = first is not last
    return {
        "name": finding_trend.called(kind.name, line),
        "then": finding_trend.seen(kind, first) or "–",
        "then_on": showing.day(first.examined_on),
        "now": finding_trend.seen(kind, last) or "–" if more else "",
        "now_on": showing.day(last.examined_on) if more else "",
        "direction": DIRECTIONS[line.direction] if more else "Found once",
        "mood": {"better": "improved", "worse": "worse"}.get(line.direction, ""),
    }


def _asked(row: OutcomeRequest, now: datetime) -> dict[str, Any]:
    return {
        "place": reverse("admin:treatments_outcomerequest_change", args=[row.pk]),
        "due": showing.when(row.due_at),
        "about": asked_words(row),
        "standing": standing_of(row, now=now),
        "by": str(row.asked_by),
    }


def ways(patient: Patient) -> list[dict[str, str]]:
    """Where each measure is entered by hand."""
    return [
        {
            "place": reverse("admin:treatments_outcomescore_enter", args=[patient.pk, measure.code]),
            "name": measure.name,
            "about": measured_in_words(measure),
            "licence": measure.licence,
        }
        for measure in MEASURES.values()
    ]
