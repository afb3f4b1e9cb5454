"""Questions to patients by link: what was asked, whether it was answered, and what the answer made."""

from datetime import datetime

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from clinic.acts import Act, Done
from clinic.admin_base import NeedlebookAdmin
from clinic.models import User
from clinic.permissions import Permission
from clinic.showing import link_shown, moment_shown, shown, state
from messaging import reasons
from messaging.models import Message
from treatments.models import OutcomeRequest
from treatments.outcomes import asking, trend
from treatments.outcomes.measures import MEASURES


def standing_of(row: OutcomeRequest, *, now: datetime) -> SafeString:
    if row.answered_at is not None:
        return state("accepted", "Answered")
    if row.withdrawn_at is not None:
        return state("cancelled", "Taken back")
    if row.expires_at <= now:
        return state("missed", "Not answered")
    return state("claimed", "Asked") if row.due_at <= now else state("planned", "Planned")


def asked_words(row: OutcomeRequest) -> str:
    return ", ".join(MEASURES[code].name for code in row.measures)


class AnswerFilter(admin.SimpleListFilter):
    title = "answer"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: NeedlebookAdmin) -> list[tuple[str, str]]:
        return [("open", "Waited for"), ("given", "Answered"), ("none", "Not answered"), ("back", "Taken back")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        now = timezone.now()
        if self.value() == "open":
            return queryset.open(now=now)
        if self.value() == "given":
            return queryset.filter(answered_at__isnull=False)
        if self.value() == "none":
            return queryset.filter(answered_at__isnull=True, withdrawn_at__isnull=True, expires_at__lte=now)
        return queryset.filter(withdrawn_at__isnull=False) if self.value() == "back" else queryset


def _withdraw(*, row: OutcomeRequest, by: User, now: datetime) -> Done:
    asking.withdraw(request=row, by=by, now=now)
    return Done("Taken back. The link stops working, and a message that has not left stays.")


ACTS = [
    Act(
        name="withdraw",
        label="Take back",
        needs=Permission.WRITE_NOTES,
        possible=lambda row: row.answered_at is None and row.withdrawn_at is None and row.expires_at > timezone.now(),
        do=_withdraw,
    ),
    Act(
        name="scores",
        label="All scores",
        needs=Permission.READ_NOTES,
        leads_to=lambda row: reverse("admin:treatments_outcomescore_patient", args=[row.patient_id]),
        style="quiet",
    ),
]


@admin.register(OutcomeRequest)
class OutcomeRequestAdmin(NeedlebookAdmin):
    see = Permission.READ_NOTES
    acts = ACTS
    read_subject_kind = "outcome_request"
    records_lists = True
    list_display = [
        "patient",
        "about",
        "timing",
        moment_shown("Due", "due_at"),
        "standing",
        moment_shown("Answered", "answered_at"),
    ]
    list_filter = [AnswerFilter, "timing"]
    list_select_related = ["patient"]
    search_fields = ["patient__search_text"]
    search_help_text = "Patient"
    date_hierarchy = "due_at"
    plural = "questions to patients"
    empty_list_sentence = "A patient is asked by link how they are. Ask on the page of their scores."
    fields = readonly_fields = [
        "whose",
        "about",
        "names",
        "standing",
        "timing",
        "visit",
        "which",
        "due",
        "expires",
        "person",
        "sent",
        "answers",
    ]

    whose = staticmethod(link_shown("Patient", "patient", "patients_patient"))
    which = staticmethod(link_shown("Case", "case", "patients_case"))
    visit = staticmethod(link_shown("Visit", "appointment", "appointments_appointment"))
    due = staticmethod(moment_shown("Due", "due_at"))
    expires = staticmethod(moment_shown("Can be answered until", "expires_at"))
    person = staticmethod(shown("Asked by", "asked_by"))

    @admin.display(description="Asked about")
    def about(self, row: OutcomeRequest) -> str:
        return asked_words(row)

    @admin.display(description="Activities")
    def names(self, row: OutcomeRequest) -> str:
        if "psfs" not in row.measures:
            return "–"
        return ", ".join(row.activities) or "The patient names them"

    @admin.display(description="State", ordering="answered_at")
    def standing(self, row: OutcomeRequest) -> str:
        return standing_of(row, now=timezone.now())

    @admin.display(description="Messages")
    def sent(self, row: OutcomeRequest) -> str:
        rows = Message.objects.filter(subject_kind=asking.SUBJECT_KIND, subject_id=row.pk)
        lines = (
            (one.get_channel_display(), state(one.state, one.get_state_display()), reasons.in_words(one.reason))
            for one in rows
        )
        return format_html_join("", "<div>{} {} {}</div>", lines) or "None: the patient wants no messages"

    @admin.display(description="Answer")
    def answers(self, row: OutcomeRequest) -> str:
        lines = (
            (reverse("admin:treatments_outcomescore_change", args=[score.pk]), score.get_measure_display(),
             trend.short(score.score))
            for score in row.scores.all()
        )  # fmt: skip
        return format_html_join("", '<div><a class="nb-link" href="{}">{}</a>: {}</div>', lines) or "–"

    def render_change_form(self, request: HttpRequest, context: dict, *args: object, **kwargs: object) -> HttpResponse:
        self.record_reads(request, context["original"].scores.all(), kind="outcome_score")
        return super().render_change_form(request, context, *args, **kwargs)

    def title_of(self, row: OutcomeRequest | None) -> str:
        return f"Question to {row.patient}" if row is not None and row.pk else super().title_of(row)
