"""Outcome scores: entered by hand or answered by link, looked at over the sessions, voided where mistaken."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from clinic.acts import Act, ActForm, Done
from clinic.admin_base import NeedlebookAdmin
from clinic.models import User
from clinic.permissions import Permission
from clinic.showing import day_shown, link_shown, moment_shown, shown, state
from clinic.widgets import INPUT
from patients.models import Patient
from patients.showing import banner
from treatments.models import OutcomeScore
from treatments.outcomes import asking, scores_page, scoring, trend
from treatments.outcomes.forms import AskForm, score_form
from treatments.outcomes.measures import MEASURES, Measure
from treatments.showing import session_shown


class VoidForm(ActForm):
    reason = forms.CharField(label="Why it does not count", max_length=200, widget=forms.TextInput(attrs=INPUT))


def _void(*, row: OutcomeScore, by: User, now: datetime, reason: str) -> Done:
    scoring.void(score=row, reason=reason, by=by, now=now)
    return Done("Voided. It stays in the list, and counts no longer.")


ACTS = [
    Act(
        name="void",
        label="Void",
        needs=Permission.WRITE_NOTES,
        possible=lambda score: score.voided_at is None,
        form=VoidForm,
        do=_void,
        style="danger",
        warning="A score is never changed. Void one that was mistaken, and enter it again.",
    ),
    Act(
        name="scores",
        label="All scores",
        needs=Permission.READ_NOTES,
        leads_to=lambda score: scores_page.place_of(score.patient_id),
        style="primary",
    ),
]
# On the page of a patient, a floor below.
SCORES_OF_PATIENT = Act(
    name="scores",
    label="Scores",
    needs=Permission.READ_NOTES,
    leads_to=lambda patient: scores_page.place_of(patient.pk),
)


class CountsFilter(admin.SimpleListFilter):
    title = "whether it counts"
    parameter_name = "counts"

    def lookups(self, request: HttpRequest, model_admin: NeedlebookAdmin) -> list[tuple[str, str]]:
        return [("yes", "Counts"), ("no", "Voided")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "yes":
            return queryset.standing()
        return queryset.filter(voided_at__isnull=False) if self.value() == "no" else queryset


def _enter(measure: Measure) -> Act:
    def enter(*, row: Patient, by: User, now: datetime, **asked: Any) -> Done:
        score = scoring.enter(patient=row, measure=measure.code, by=by, now=now, **asked)
        return Done(f"Entered: {measure.name} {trend.short(score.score)}.", go_to=scores_page.place_of(row.pk))

    return Act(
        name="enter",
        label="Enter the score",
        needs=Permission.WRITE_NOTES,
        form=score_form(measure),
        do=enter,
        warning=measure.licence if measure.licence != Measure.licence else "",
    )


def _ask(*, row: Patient, by: User, now: datetime, **asked: Any) -> Done:
    request = asking.ask(patient=row, by=by, now=now, **asked)
    return Done("Asked. Below it says what becomes of it.", go_to=_place_of_question(request.pk))


def _place_of_question(pk: int) -> str:
    return reverse("admin:treatments_outcomerequest_change", args=[pk])


ASK = Act(name="ask", label="Ask by link", needs=Permission.WRITE_NOTES, form=AskForm, do=_ask)


@admin.register(OutcomeScore)
class OutcomeScoreAdmin(NeedlebookAdmin):
    see = Permission.READ_NOTES
    acts = ACTS
    read_subject_kind = "outcome_score"
    records_lists = True
    list_display = [
        "patient",
        "measure",
        "figure",
        day_shown("Taken", "taken_on"),
        "person",
        "standing",
    ]
    list_filter = ["measure", CountsFilter]
    list_select_related = ["patient", "entered_by"]
    search_fields = ["patient__search_text"]
    search_help_text = "Patient"
    date_hierarchy = "taken_on"
    plural = "outcome scores"
    empty_list_sentence = "Scores are entered on the page of a patient's scores, or answered by link."
    fields = [
        ("whose", "standing"),
        ("measure", "figure"),
        ("answered", "taken"),
        ("which", "session"),
        ("person", "version"),
        "voided",
    ]
    readonly_fields = [name for row in fields for name in ([row] if isinstance(row, str) else row)]

    taken = staticmethod(day_shown("Taken", "taken_on"))
    whose = staticmethod(link_shown("Patient", "patient", "patients_patient"))
    which = staticmethod(link_shown("Case", "case", "patients_case"))
    session = staticmethod(session_shown)
    figure = staticmethod(shown("Score", "score", trend.short))

    @admin.display(description="Answers")
    def answered(self, score: OutcomeScore) -> str:
        return scores_page.answers_in_words(score) or "–"

    @admin.display(description="Entered by")
    def person(self, score: OutcomeScore) -> str:
        return scores_page.entered_by(score)

    @admin.display(description="State", ordering="voided_at")
    def standing(self, score: OutcomeScore) -> str:
        return state("cancelled", "Voided") if score.voided_at else "Counts"

    @admin.display(description="Voided")
    def voided(self, score: OutcomeScore) -> str:
        if score.voided_at is None:
            return "–"
        when = moment_shown("", "voided_at")(score)
        return format_html("{}, {}: {}", when, score.voided_by, score.void_reason)

    def title_of(self, row: OutcomeScore | None) -> str:
        return f"{row.get_measure_display()}, {row.patient}" if row is not None and row.pk else super().title_of(row)

    def get_urls(self) -> list:
        view = self.admin_site.admin_view
        pages = [
            path("patient/<int:patient_id>/", view(self.patient_view), name=self._name("patient")),
            path("patient/<int:patient_id>/ask/", view(self.ask_view), name=self._name("ask")),
            path("patient/<int:patient_id>/enter/<slug:code>/", view(self.enter_view), name=self._name("enter")),
        ]
        return [*pages, *super().get_urls()]

    def patient_view(self, request: HttpRequest, patient_id: int) -> HttpResponse:
        """Every score and question of a patient; each is read, and recorded as read, in the transaction that tells."""
        patient = self._patient(request, patient_id, Permission.READ_NOTES)
        self._name_page(request, f"Scores of {patient}")
        with transaction.atomic():
            found = scores_page.gather(patient, now=timezone.now())
            self.record_reads(request, found["scores"])
            self.record_reads(request, found["questions"], kind="outcome_request")
            self.record_reads(request, found["examinations"], kind="examination")
        may_write = request.user.may(Permission.WRITE_NOTES)
        context = {
            **self.admin_site.each_context(request),
            **found,
            "title": request.page_title,
            "opts": self.opts,
            "banner": banner(row=patient, user=request.user, now=timezone.now(), request_id=request.request_id),
            "ways": scores_page.ways(patient) if may_write else [],
            "ask": reverse(f"admin:{self._name('ask')}", args=[patient.pk]) if may_write else "",
        }
        return TemplateResponse(request, "treatments/scores.html", context)

    def enter_view(self, request: HttpRequest, patient_id: int, code: str) -> HttpResponse:
        patient = self._patient(request, patient_id, Permission.WRITE_NOTES)
        if code not in MEASURES:
            raise Http404
        return self.act_with_form(
            request,
            patient,
            _enter(MEASURES[code]),
            title=f"{MEASURES[code].name}, {patient}",
            back=scores_page.place_of(patient.pk),
            template="treatments/enter_score.html",
        )

    def ask_view(self, request: HttpRequest, patient_id: int) -> HttpResponse:
        patient = self._patient(request, patient_id, Permission.WRITE_NOTES)
        return self.act_with_form(
            request, patient, ASK, title=f"Question to {patient}", back=scores_page.place_of(patient.pk)
        )

    def _patient(self, request: HttpRequest, patient_id: int, needs: Permission) -> Patient:
        if not request.user.may(needs):
            raise PermissionDenied
        return get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
