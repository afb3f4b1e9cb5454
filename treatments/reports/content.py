"""Gathers what a treatment report says from the record of its case, in the days that it covers.

Of signed notes only: a draft is no record yet. The number of queries does not grow with the sessions.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from appointments.models import Appointment
from appointments.statuses import Status
from patients.models import Case
from treatments.examination import conditions, finding_trend
from treatments.models import (
    AdverseEvent,
    Cupping,
    Examination,
    Moxibustion,
    Needling,
    OutcomeScore,
    Side,
    Technique,
    Treatment,
    TreatmentPlan,
    TreatmentReport,
)
from treatments.outcomes import progress
from treatments.pdf import report_values as values

Part = TreatmentReport.Part


def gather(report: TreatmentReport, *, zone: ZoneInfo) -> values.ReportContent:
    patient, case, practitioner = report.patient, report.case, report.practitioner
    # No unique identifier of the health system for a reader who is no part of it.
    of_health = report.audience != TreatmentReport.Audience.INSURER
    return values.ReportContent(
        number=f"R-{report.pk:06d}",
        audience=report.audience,
        recipient=report.recipient,
        purpose=report.purpose,
        patient=str(patient),
        date_of_birth=patient.date_of_birth,
        nhi=(patient.nhi or "") if of_health else "",
        case_title=case.title,
        claim_number=case.claim_number,
        date_of_injury=case.date_of_injury,
        payer=case.payer.name if case.payer else "",
        from_on=report.from_on,
        to_on=report.to_on,
        summary=report.summary,
        recommendation=report.recommendation,
        practitioner=practitioner.display_name,
        registration_number=practitioner.registration_number,
        signed_at=report.signed_at.astimezone(zone) if report.signed_at else None,
        **_parts(report, zone),
    )


def _parts(report: TreatmentReport, zone: ZoneInfo) -> dict[str, object]:
    chosen = set(report.include)
    found: dict[str, object] = {}
    if chosen & {Part.POINTS, Part.BODY_CHART}:
        needled = _needled(report, zone)
        found["points"] = _points(needled) if Part.POINTS in chosen else None
        found["chart"] = _chart(needled) if Part.BODY_CHART in chosen else None
    for part, told in (
        (Part.DIAGNOSES, _diagnoses),
        (Part.COURSE, _course),
        (Part.FINDINGS, _findings),
        (Part.TECHNIQUES, _techniques),
        (Part.OUTCOMES, _outcomes),
        (Part.ADVERSE_EVENTS, _adverse_events),
        (Part.PLAN, _plan),
    ):
        if part in chosen:
            found[str(part)] = told(report, zone)
    return found


def sessions_of(report: TreatmentReport, zone: ZoneInfo) -> QuerySet[Treatment]:
    """The signed treatments that it is about, oldest first, each with its `day`."""
    dated = Treatment.objects.signed().filter(case=report.case).annotate(day=TruncDate("started_at", tzinfo=zone))
    return dated.filter(day__range=(report.from_on, report.to_on)).order_by("started_at", "pk")


def _diagnoses(report: TreatmentReport, zone: ZoneInfo) -> tuple[values.ReportedDiagnosis, ...]:
    return tuple(
        values.ReportedDiagnosis(
            description=row.description,
            system=row.get_system_display(),
            code=row.code,
            side="" if row.side == row.Side.NOT_APPLICABLE else row.get_side_display(),
        )
        for row in report.case.diagnoses.all()
    )


def _course(report: TreatmentReport, zone: ZoneInfo) -> values.ReportedCourse:
    visits = Appointment.objects.filter(case=report.case, status=Status.MISSED)
    dated = visits.annotate(day=TruncDate("starts_at", tzinfo=zone)).filter(
        day__range=(report.from_on, report.to_on)
    )  # fmt: skip
    return values.ReportedCourse(
        sessions=tuple(sessions_of(report, zone).values_list("day", flat=True)),
        missed=tuple(dated.order_by("starts_at", "pk").values_list("day", flat=True)),
        approved_sessions=report.case.approved_sessions,
    )


def _findings(report: TreatmentReport, zone: ZoneInfo) -> tuple[values.ReportedFinding, ...]:
    rows = Examination.objects.filter(
        case=report.case, examined_on__range=(report.from_on, report.to_on)
    ).exclude(treatment__status=Treatment.Status.DRAFT)  # fmt: skip
    kinds, found = conditions.finding_kinds(), []
    by_kind = groupby(rows.order_by("finding", "examined_on", "pk"), key=lambda row: row.finding)
    for code, examinations in by_kind:
        if code in kinds:
            lines = finding_trend.lines(kinds[code], examinations)
            found += [_finding(kinds[code], line) for line in lines]
    return tuple(found)


def _finding(kind: conditions.FindingKind, line: finding_trend.Line) -> values.ReportedFinding:
    first, last = line.steps[0], line.steps[-1]
    told = {
        "name": finding_trend.called(kind.name, line),
        "then": finding_trend.seen(kind, first),
        "then_on": first.examined_on,
    }
    if first is last:
        return values.ReportedFinding(**told)
    return values.ReportedFinding(
        **told, now=finding_trend.seen(kind, last), now_on=last.examined_on, change=line.direction
    )  # fmt: skip


def _needled(report: TreatmentReport, zone: ZoneInfo) -> list[Needling]:
    rows = Needling.objects.filter(treatment__in=sessions_of(report, zone))
    return list(rows.select_related("point").order_by("treatment__started_at", "treatment_id", "position"))


def _points(needled: Iterable[Needling]) -> tuple[values.ReportedPoint, ...]:
    """The most used first; a place without a code is the same place where its words are."""
    sessions: dict[str, set[int]] = {}
    sides: dict[str, Counter[str]] = {}
    first: dict[str, Needling] = {}
    for row in needled:
        key = row.point_id or row.free_location.strip().casefold()
        first.setdefault(key, row)
        sides.setdefault(key, Counter())[row.get_side_display().lower()] += 1
        sessions.setdefault(key, set()).add(row.treatment_id)
    ranked = sorted(sessions, key=lambda key: (-len(sessions[key]), key))
    return tuple(
        values.ReportedPoint(
            code=first[key].point_id or "",
            name=_name_of(first[key]),
            sides=_sides_in_words(sides[key]),
            sessions=len(sessions[key]),
        )
        for key in ranked
    )


def _name_of(row: Needling) -> str:
    return f"{row.point.pinyin_toned} {row.point.hanzi}" if row.point else row.free_location


def _sides_in_words(sides: Counter[str]) -> str:
    if len(sides) == 1:
        return next(iter(sides))
    return ", ".join(f"{side} {times}" for side, times in sides.most_common())


def _chart(needled: Iterable[Needling]) -> tuple[values.ChartedPoint, ...]:
    sides: dict[str, set[str]] = {}
    for row in needled:
        if row.point_id:
            sides.setdefault(row.point_id, set()).add(row.side)
    return tuple(
        values.ChartedPoint(code=code, side=next(iter(found)) if len(found) == 1 else Side.BOTH)
        for code, found in sorted(sides.items())
    )


def _techniques(report: TreatmentReport, zone: ZoneInfo) -> tuple[values.ReportedTechnique, ...]:
    sessions, done = sessions_of(report, zone), Counter()
    needled = Needling.objects.filter(treatment__in=sessions)
    done["Acupuncture"] = len(set(needled.values_list("treatment_id", flat=True)))
    electro = needled.filter(technique=Needling.Technique.ELECTRO)
    done["Electro-acupuncture"] = len(set(electro.values_list("treatment_id", flat=True)))
    for model, called in ((Cupping, "Cupping, {}"), (Moxibustion, "Moxibustion, {}"), (Technique, "{}")):
        rows = model.objects.filter(treatment__in=sessions).order_by().values_list("kind", "treatment_id").distinct()
        for kind, _ in rows:
            label = model.Kind(kind).label
            done[called.format(label if model is Technique else label.lower())] += 1
    ranked = sorted(done.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(values.ReportedTechnique(name=name, sessions=times) for name, times in ranked if times)


def _outcomes(report: TreatmentReport, zone: ZoneInfo) -> tuple[values.ReportedOutcome, ...]:
    return outcomes_between(report.case, (report.from_on, report.to_on), zone)


def outcomes_between(case: Case, days: tuple[date, date], zone: ZoneInfo) -> tuple[values.ReportedOutcome, ...]:
    """The course of each measure of a case, from one day to another, both included."""
    scores = OutcomeScore.objects.standing().filter(case=case, patient=case.patient_id, taken_on__range=days)
    measures = scores.order_by("measure").values_list("measure", flat=True).distinct()
    return tuple(_outcome(measure, case, days, zone) for measure in measures)


def _outcome(measure: str, case: Case, days: tuple[date, date], zone: ZoneInfo) -> values.ReportedOutcome:
    found = progress.of(patient=case.patient, measure=measure, case=case, zone=zone, within=days)
    return values.ReportedOutcome(
        measure=measure,
        asked=", ".join(found.scores[-1].labels),
        scores=tuple(
            values.ReportedScore(on=point.on, score=point.score, comparable=point.comparable)
            for point in found.points()
        ),
        sessions=tuple(found.days()),
        verdict=found.since_first.verdict if found.since_first else "",
    )


def _adverse_events(report: TreatmentReport, zone: ZoneInfo) -> tuple[values.ReportedEvent, ...]:
    """Those after a session of the case, signed or not: harm is not left out because a note is unfinished."""
    rows = AdverseEvent.objects.filter(patient=report.patient, treatment__case=report.case)
    dated = rows.annotate(day=TruncDate("occurred_at", tzinfo=zone))
    return tuple(
        values.ReportedEvent(
            on=row.day,
            kind=row.get_kind_display(),
            description=row.description,
            severity=row.get_severity_display(),
            causality=row.get_causality_display(),
            action=row.action,
            outcome=row.outcome,
        )
        for row in dated.filter(day__range=(report.from_on, report.to_on)).order_by("occurred_at", "pk")
    )


def _plan(report: TreatmentReport, zone: ZoneInfo) -> tuple[values.ReportedPlan, ...]:
    """The one agreed on last by the end of the report's days, if there is any."""
    plans = TreatmentPlan.objects.with_progress(zone=zone).filter(case=report.case, agreed_on__lte=report.to_on)
    return tuple(
        values.ReportedPlan(
            goals=row.goals,
            sessions=row.sessions,
            sessions_done=row.sessions_done,
            weeks=row.weeks,
            frequency_per_week=row.frequency_per_week,
            agreed_on=row.agreed_on,
            review_on=row.review_on,
        )
        for row in plans.order_by("-agreed_on", "-pk")[:1]
    )
