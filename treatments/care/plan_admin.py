"""Treatment plans: what was agreed for a case, how far it is, and when to look at it together."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic import history
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.permissions import Permission
from clinic.showing import day, day_shown, happened, link, link_shown, state
from treatments.care import agreeing, plan_course
from treatments.care.plan_acts import ACTS
from treatments.models import Treatment, TreatmentPlan
from treatments.outcomes import trend

# Until a review is agreed otherwise.
USUAL_REVIEW = timedelta(weeks=6)


class StandingFilter(admin.SimpleListFilter):
    title = "how it stands"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: NeedlebookAdmin) -> list[tuple[str, str]]:
        return [
            ("open", "Open"),
            ("review", "To be reviewed now"),
            ("overdue", "Overdue for review"),
            ("used", "All sessions used"),
            ("closed", "Closed"),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        today = timezone.localdate()
        if self.value() == "review":
            return queryset.review_due(on=today)
        if self.value() == "overdue":
            return queryset.open().filter(review_on__lt=today)
        if self.value() == "used":
            return queryset.open().filter(sessions_left=0)
        if self.value() == "closed":
            return queryset.filter(closed_on__isnull=False)
        return queryset.open() if self.value() == "open" else queryset


class PlanForm(NeedlebookForm):
    class Meta:
        model = TreatmentPlan
        fields = "__all__"
        labels = {
            "frequency_per_week": "A week (0.5: once a fortnight)",
            "review_on": "Review on",
            "agreed_on": "Agreed on",
        }
        help_texts = {"frequency_per_week": ""}


def standing_of(plan: TreatmentPlan, *, on: date) -> SafeString:
    """Of a plan `with_progress`."""
    if plan.closed_on is not None:
        return state("archived", "Closed")
    if plan.review_on < on:
        return state("overdue", "Overdue for review")
    if plan.review_on == on or not plan.sessions_left:
        return state("asked", "To be reviewed")
    return state("active", "Open")


def progress_of(plan: TreatmentPlan) -> str:
    """`3 of 10`, of a plan `with_progress`."""
    return f"{plan.sessions_done} of {plan.sessions}"


def often(plan: TreatmentPlan) -> str:
    """`2 a week for 6 weeks`"""
    weeks = "1 week" if plan.weeks == 1 else f"{plan.weeks} weeks"
    return f"{trend.short(plan.frequency_per_week)} a week for {weeks}"


@admin.register(TreatmentPlan)
class TreatmentPlanAdmin(NeedlebookAdmin):
    see = Permission.READ_NOTES
    keep = Permission.WRITE_NOTES
    form = PlanForm
    acts = ACTS
    read_subject_kind = "treatment_plan"
    records_lists = True
    # Open ones first, and of those what is to be reviewed first.
    ordering = [models.F("closed_on").desc(nulls_first=True), "review_on", "pk"]
    list_display = [
        "patient",
        "case",
        "practitioner",
        "progress",
        day_shown("Agreed", "agreed_on"),
        day_shown("Review", "review_on"),
        "standing",
    ]
    list_filter = [StandingFilter, "practitioner"]
    list_select_related = ["patient", "case", "practitioner"]
    search_fields = ["patient__search_text", "case__title", "case__claim_number"]
    search_help_text = "Patient, case or claim number"
    date_hierarchy = "review_on"
    autocomplete_fields = ["case"]
    plural = "treatment plans"
    empty_list_sentence = "A plan says how many sessions, how often and to what end. Agree on one on a case's page."
    add_fieldsets = [
        (None, {"fields": ["case", "practitioner"]}),
        ("What is agreed", {"fields": [("sessions", "frequency_per_week"), "weeks", "goals"]}),
        ("When", {"fields": [("agreed_on", "review_on")]}),
    ]
    fieldsets = [
        (None, {"fields": [("whose", "standing_now"), ("which", "practitioner"), ("progress_now", "agreed")]}),
        ("What is agreed", {"fields": [("sessions", "frequency_per_week"), ("weeks", "review_on"), "goals"]}),
        (None, {"fields": ["booked", "what_happened"]}),
    ]
    shown_only = ["whose", "which", "standing_now", "progress_now", "agreed", "booked", "what_happened"]

    whose = staticmethod(link_shown("Patient", "patient", "patients_patient"))
    which = staticmethod(link_shown("Case", "case", "patients_case"))
    agreed = staticmethod(day_shown("Agreed", "agreed_on"))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request).with_progress(zone=timezone.get_current_timezone())
        return rows.select_related("patient", "case", "practitioner")

    @admin.display(description="Sessions", ordering="sessions_left")
    def progress(self, plan: TreatmentPlan) -> str:
        return progress_of(plan)

    @admin.display(description="State", ordering="closed_on")
    def standing(self, plan: TreatmentPlan) -> str:
        return standing_of(plan, on=timezone.localdate())

    @admin.display(description="State")
    def standing_now(self, plan: TreatmentPlan) -> str:
        ended = f" {day(plan.closed_on)}" if plan.closed_on else ""
        return format_html("{}{}", standing_of(plan, on=timezone.localdate()), ended)

    @admin.display(description="Sessions done")
    def progress_now(self, plan: TreatmentPlan) -> str:
        left = "1 is left" if plan.sessions_left == 1 else f"{plan.sessions_left} are left"
        return f"{progress_of(plan)}; {left}"

    @admin.display(description="Booked for it")
    def booked(self, plan: TreatmentPlan) -> str:
        return plan_course.in_words(plan, now=timezone.now())

    @admin.display(description="What happened")
    def what_happened(self, plan: TreatmentPlan) -> str:
        lines = sorted(_happenings(plan), key=lambda line: line[0])
        return happened((day(on), words, detail) for on, _, words, detail in lines)

    def why_read_only(self, row: TreatmentPlan) -> str:
        return "This plan is closed. Agree on a new one on the page of its case." if row.closed_on else ""

    def title_of(self, row: TreatmentPlan | None) -> str:
        return f"Plan for {row.patient}" if row is not None and row.pk else "New treatment plan"

    def get_fieldsets(self, request: HttpRequest, obj: TreatmentPlan | None = None) -> list:
        """Without a line for what is booked where nothing is, and for whom the book is closed."""
        if obj is None:
            return self.add_fieldsets
        if request.user.may(Permission.SEE_BOOK) and plan_course.booked_for(obj, now=timezone.now()).exists():
            return self.fieldsets
        return [*self.fieldsets[:-1], (None, {"fields": ["what_happened"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: TreatmentPlan | None = None) -> list[str]:
        return self.shown_only if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        today = timezone.localdate()
        mine = getattr(request.user, "practitioner", None)
        usual = {"agreed_on": today, "review_on": today + USUAL_REVIEW, "practitioner": mine}
        return usual | super().get_changeform_initial_data(request)

    def save_model(self, request: HttpRequest, obj: TreatmentPlan, form: PlanForm, change: bool) -> None:
        now, asked = timezone.now(), dict(form.cleaned_data)
        if change:
            changed = {name: asked[name] for name in form.changed_data if name in asked}
            agreeing.revise(plan=obj, by=request.user, now=now, **changed)
            return
        obj.patient = asked["case"].patient
        obj.pk = agreeing.agree(patient=obj.patient, by=request.user, now=now, **asked).pk

    def saved_words(self, row: TreatmentPlan) -> str:
        return "Saved. What was agreed before stays in its history."


Line = tuple[date, int, str, str]
"""The day, its place among those of the day, what happened, and a word about it."""


def _happenings(plan: TreatmentPlan) -> Iterator[Line]:
    """As many queries for a year as for a week."""
    zone, until = timezone.get_current_timezone(), plan.closed_on or date.max
    entries = history.entries_of(plan)
    first = entries[-1].by if entries else ""
    yield plan.agreed_on, 0, "Agreed", first
    sessions = Treatment.objects.signed().filter(case=plan.case_id).annotate(day=TruncDate("started_at", tzinfo=zone))
    sessions = sessions.filter(day__gte=plan.agreed_on, day__lte=until).order_by("started_at")
    for number, note in enumerate(sessions.only("pk"), start=1):
        yield note.day, number, link("treatments_treatment", note.pk, f"Session {number}"), ""
    for entry in entries:
        changes = [f"{one.field}: {one.before} → {one.after}" for one in entry.changes if one.field != "Closed on"]
        if changes:
            yield timezone.localdate(entry.at), 1000, "Agreed anew", "; ".join([*changes, entry.by])
    if plan.closed_on:
        yield plan.closed_on, 2000, "Closed", next((one.by for one in entries if one.reason == "close"), "")
