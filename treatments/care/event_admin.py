"""Adverse events: what is still to be followed up first, how bad, whether by the treatment, and who was told."""

from datetime import date

from django.contrib import admin
from django.db import models
from django.db.models import Case, F, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.permissions import Permission
from clinic.showing import day, day_shown, link_shown, moment_shown, shown, state
from clinic.widgets import MomentField
from treatments.care import reporting
from treatments.care.event_acts import ACTS
from treatments.models import AdverseEvent
from treatments.showing import session_shown


class FollowUpFilter(admin.SimpleListFilter):
    title = "follow-up"
    parameter_name = "follow_up"

    def lookups(self, request: HttpRequest, model_admin: NeedlebookAdmin) -> list[tuple[str, str]]:
        return [("due", "Due now"), ("open", "Open"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "due":
            return queryset.follow_up_due(on=timezone.localdate())
        if self.value() == "closed":
            return queryset.filter(closed_on__isnull=False)
        return queryset.open() if self.value() == "open" else queryset


class EventForm(NeedlebookForm):
    occurred_at = MomentField(label="When it happened")

    class Meta:
        model = AdverseEvent
        exclude = ["patient", "treatment"]
        labels = {
            "kind": "What kind",
            "causality": "By the treatment",
            "description": "What happened",
            "action": "What was done about it",
            "informed": "Who was told",
            "follow_up_on": "Look again on",
            "outcome": "How it ended",
        }
        help_texts = {"action": "", "informed": "And when: the patient, a GP, ACC, an insurer.", "outcome": ""}


def standing_of(event: AdverseEvent, *, on: date) -> SafeString:
    if event.closed_on is not None:
        return state("archived", "Closed")
    if event.follow_up_on is not None and event.follow_up_on <= on:
        return state("overdue", "Follow-up due")
    return state("active", "Open")


@admin.register(AdverseEvent)
class AdverseEventAdmin(NeedlebookAdmin):
    """Seen by those who read notes, and by who answers for the practice."""

    see = Permission.READ_NOTES
    keep = Permission.WRITE_NOTES
    adds = False
    form = EventForm
    acts = ACTS
    read_subject_kind = "adverse_event"
    records_lists = True
    # Open ones first, and of those what is due first.
    ordering = [
        Case(When(closed_on__isnull=True, then=0), default=1).asc(),
        Case(When(closed_on__isnull=True, then=F("follow_up_on"))).asc(nulls_last=True),
        "-occurred_at",
        "-pk",
    ]
    list_display = [
        "kind",
        "patient",
        "grade",
        "causality",
        moment_shown("Happened", "occurred_at"),
        "told",
        day_shown("Look again", "follow_up_on"),
        "standing",
    ]
    list_filter = [FollowUpFilter, "severity", "causality", "kind"]
    list_select_related = ["patient"]
    search_fields = ["patient__search_text"]
    search_help_text = "Patient"
    date_hierarchy = "occurred_at"
    plural = "adverse events"
    empty_list_sentence = "Harm is reported on the page of a note, or of a patient. Nothing is ever taken out."
    fieldsets = [
        (None, {"fields": [("whose", "standing_now"), ("session", "reporter"), "mind"]}),
        ("What happened", {"fields": ["occurred_at", "kind", ("severity", "causality"), "description"]}),
        ("What followed", {"fields": ["action", "informed", "follow_up_on", "outcome"]}),
    ]
    readonly_fields = ["whose", "standing_now", "session", "reporter", "mind"]

    whose = staticmethod(link_shown("Patient", "patient", "patients_patient"))
    session = staticmethod(session_shown)
    reporter = staticmethod(shown("Reported by", "reported_by"))

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return any(request.user.may(needed) for needed in (Permission.READ_NOTES, Permission.MANAGE_USERS))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("patient", "treatment", "reported_by")

    @admin.display(description="Severity", ordering="severity")
    def grade(self, event: AdverseEvent) -> SafeString:
        severe = event.treatment_injury is not None
        words = event.get_severity_display()
        return format_html('<span class="nb-mark" data-severity="{}">{}</span>', "serious" if severe else "", words)

    @admin.display(description="Who was told")
    def told(self, event: AdverseEvent) -> SafeString | str:
        short = Truncator(event.informed).chars(48)
        return short or format_html('<span class="nb-missing">{}</span>', "Nobody yet")

    @admin.display(description="State", ordering="closed_on")
    def standing(self, event: AdverseEvent) -> SafeString:
        return standing_of(event, on=timezone.localdate())

    @admin.display(description="State")
    def standing_now(self, event: AdverseEvent) -> SafeString:
        ended = f" {day(event.closed_on)}" if event.closed_on else ""
        return format_html("{}{}", standing_of(event, on=timezone.localdate()), ended)

    @admin.display(description="To mind")
    def mind(self, event: AdverseEvent) -> SafeString | str:
        hint = event.treatment_injury
        return format_html('{} <small class="nb-source">{}</small>', hint["hint"], hint["source"]) if hint else "–"

    def get_fieldsets(self, request: HttpRequest, obj: AdverseEvent | None = None) -> list:
        """What to mind where there is something."""
        [(name, head), *rest] = super().get_fieldsets(request, obj)
        if obj is None or obj.treatment_injury is None:
            head = {"fields": head["fields"][:-1]}
        return [(name, head), *rest]

    def why_read_only(self, row: AdverseEvent) -> str:
        return "This is closed, with how it ended. Open it again to change it." if row.closed_on else ""

    def title_of(self, row: AdverseEvent | None) -> str:
        return f"{row.get_kind_display()}: {row.patient}" if row is not None and row.pk else super().title_of(row)

    def save_model(self, request: HttpRequest, obj: AdverseEvent, form: EventForm, change: bool) -> None:
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        reporting.correct(event=obj, by=request.user, now=timezone.now(), **changed)

    def saved_words(self, row: AdverseEvent) -> str:
        return "Saved. What was written before stays in its history."
