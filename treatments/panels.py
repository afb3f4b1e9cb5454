"""How a course of treatments stands, above the page of a patient and of a case: plans, latest scores, open harm.

For those who read notes; what it tells it records as read.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic.models import AccessEvent, User
from clinic.permissions import Permission
from clinic.showing import day, link
from patients.models import Case, Patient
from treatments.care.event_admin import standing_of as event_standing
from treatments.care.plan_admin import often, progress_of, standing_of
from treatments.models import AdverseEvent, OutcomeScore, TreatmentPlan
from treatments.outcomes import scores_page, trend

Line = tuple[str, SafeString]
"""What kind of thing, and what is said of it."""


def of_patient(*, row: Patient, user: User, now: datetime, request_id: str) -> SafeString | str:
    if not user.may(Permission.READ_NOTES):
        return ""
    plans, scores, events = (
        model.objects.filter(patient=row) for model in (TreatmentPlan, OutcomeScore, AdverseEvent)
    )
    return _panel(plans, scores, events, patient_id=row.pk, user=user, now=now, request_id=request_id)


def of_case(*, row: Case, user: User, now: datetime, request_id: str) -> SafeString | str:
    if not user.may(Permission.READ_NOTES):
        return ""
    plans, scores, events = (
        TreatmentPlan.objects.filter(case=row),
        OutcomeScore.objects.filter(case=row),
        AdverseEvent.objects.filter(treatment__case=row),
    )
    return _panel(plans, scores, events, patient_id=row.patient_id, user=user, now=now, request_id=request_id)


def _panel(
    plans: QuerySet, scores: QuerySet, events: QuerySet, *, patient_id: int, user: User, now: datetime, request_id: str
) -> SafeString | str:
    """Three queries and what is recorded; nothing at all where there is nothing to tell."""
    zone = timezone.get_current_timezone()
    found = {
        "treatment_plan": list(plans.open().with_progress(zone=zone).select_related("case").order_by("agreed_on")),
        "outcome_score": _latest(scores),
        "adverse_event": list(events.open().order_by("follow_up_on", "pk")),
    }
    if not any(found.values()):
        return ""
    with transaction.atomic():
        for kind, rows in found.items():
            _record(kind, rows, user=user, now=now, request_id=request_id)
    lines = [
        *(("Plan", _plan(plan, now)) for plan in found["treatment_plan"]),
        *_scored(found["outcome_score"], patient_id),
        *(("Harm", _event(event, now)) for event in found["adverse_event"]),
    ]
    return SafeString(render_to_string("treatments/course_panel.html", {"lines": lines}))


def _latest(scores: QuerySet) -> list[OutcomeScore]:
    """The last of each measure."""
    return list(scores.standing().order_by("measure", "-taken_on", "-pk").distinct("measure"))


def _record(kind: str, rows: Iterable[Model], *, user: User, now: datetime, request_id: str) -> None:
    AccessEvent.objects.record(by=user, rows=rows, subject_kind=kind, now=now, request_id=request_id)


def _plan(plan: TreatmentPlan, now: datetime) -> SafeString:
    said = f"{progress_of(plan)} sessions, {often(plan)}; review {day(plan.review_on)}"
    standing = standing_of(plan, on=timezone.localdate(now))
    return format_html("{} {} {}", link("treatments_treatmentplan", plan.pk, plan.case), said, standing)


def _scored(scores: list[OutcomeScore], patient_id: int) -> Iterator[Line]:
    if scores:
        said = "; ".join(
            f"{score.get_measure_display()}: {trend.short(score.score)} ({day(score.taken_on)})" for score in scores
        )
        way = format_html('<a class="nb-link" href="{}">{}</a>', scores_page.place_of(patient_id), "How it went")
        yield "Scores", format_html("{}. {}", said, way)


def _event(event: AdverseEvent, now: datetime) -> SafeString:
    again = f"follow-up {day(event.follow_up_on)}" if event.follow_up_on else "no follow-up planned"
    standing = event_standing(event, on=timezone.localdate(now))
    return format_html("{}, {} {}", link("treatments_adverseevent", event.pk, event), again, standing)
