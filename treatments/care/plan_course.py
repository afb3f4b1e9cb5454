"""The visits that were booked together for a plan: its case is what both are about."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from appointments.models import Series
from clinic.showing import link
from treatments.models import TreatmentPlan


def booked_for(plan: TreatmentPlan, *, now: datetime) -> QuerySet[Series]:
    """The series and courses of its case that begin while the plan holds, `with_visits`."""
    rows = Series.objects.filter(case=plan.case_id, first_on__gte=plan.agreed_on)
    if plan.closed_on is not None:
        rows = rows.filter(first_on__lte=plan.closed_on)
    return rows.with_visits(now=now).order_by("first_on", "pk")


def in_words(plan: TreatmentPlan, *, now: datetime) -> SafeString:
    """A line for each: `Course of 12: 3 attended, 1 missed, 8 to come`"""
    return format_html_join("", "<div>{}: {}</div>", ((_link(row), _said(row)) for row in booked_for(plan, now=now)))


def _link(series: Series) -> SafeString:
    what = "Course" if series.is_course else "Series"
    return link("appointments_series", series.pk, f"{what} of {series.visits + series.visits_missed}")


def _said(series: Series) -> str:
    return f"{series.visits_attended} attended, {series.visits_missed} missed, {series.visits_to_come} to come"
