"""Treatment notes, for those who may read them, and the catalogue of points."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from clinic import showing
from clinic.admin import drawn_papers
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.admin_parts import PartsInline, StackedParts, rows_of
from clinic.permissions import Permission
from clinic.showing import moment_shown, shown, state, state_shown
from clinic.widgets import MomentField
from treatments import charting, vocabulary
from treatments.admin_acts import ACTS
from treatments.care import event_admin, lot_admin, plan_admin  # noqa: F401 (bring their own pages)
from treatments.care.event_acts import REPORT_EVENT
from treatments.care.lot_acts import NOTE_LOT, STRIKE_LOT
from treatments.care.lot_admin import LotUseInline
from treatments.models import (
    Amendment,
    Cupping,
    LotUse,
    Moxibustion,
    Needling,
    Point,
    Technique,
    Treatment,
    TreatmentReport,
)
from treatments.outcomes import admin as outcome_admin  # noqa: F401 (brings its own pages)
from treatments.protocols import admin as protocol_admin  # noqa: F401 (brings its own page)
from treatments.protocols.acts import KEEP_AS_PROTOCOL
from treatments.reports.acts import WRITE_REPORT
from treatments.reports.admin import TreatmentReportAdmin
from treatments.requests import admin as request_admin  # noqa: F401 (brings its own page)

PARTS = {Needling: "needlings", Cupping: "cuppings", Moxibustion: "moxibustions", Technique: "techniques"}
BELOW = {**PARTS, LotUse: "lot_uses", Amendment: "amendments"}


class OfNote:
    see = Permission.READ_NOTES
    keep = Permission.WRITE_NOTES


class PartOfNote(OfNote, PartsInline):
    def has_delete_permission(self, request: HttpRequest, obj: Treatment | None = None) -> bool:
        """Taken out of a draft; a signed note's parts are not offered for change at all."""
        return self.has_change_permission(request, obj)


class NeedlingInline(PartOfNote):
    model = Needling
    autocomplete_fields = ["point"]
    fields = ["point", "free_location", "side", "technique", "retention_minutes", "depth_mm", "gauge", "deqi"]
    # A table of eight columns has no room for longer words.
    labels = {"free_location": "Or a place", "retention_minutes": "Minutes", "depth_mm": "Depth"}

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.labels:
            kwargs["label"] = self.labels[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class CuppingInline(PartOfNote):
    model = Cupping
    fields = ["kind", "sites", "cups", "minutes", "movement", "marks"]


class MoxibustionInline(PartOfNote):
    model = Moxibustion
    autocomplete_fields = ["point"]
    fields = ["kind", "point", "site", "minutes", "cones"]


class TechniqueInline(PartOfNote):
    model = Technique
    fields = ["kind", "site", "minutes", "note"]


class AmendmentInline(OfNote, StackedParts):
    model = Amendment
    keep = None
    fields = readonly_fields = ["reason", "text", "author", "written"]

    written = staticmethod(moment_shown("Written", "written_at"))


class NoteForm(NeedlebookForm):
    started_at = MomentField(label="Began")

    class Meta:
        model = Treatment
        exclude = ["tongue", "pulse", "eight_principles"]
        help_texts = dict.fromkeys(["style", "reasoning", "response", "aftercare", "reinsertions"], "")


@admin.register(Treatment)
class TreatmentAdmin(OfNote, NeedlebookAdmin):
    form = NoteForm
    acts = [*ACTS, WRITE_REPORT, NOTE_LOT, STRIKE_LOT, KEEP_AS_PROTOCOL, REPORT_EVENT]
    read_subject_kind = "treatment"
    list_display = [
        moment_shown("Session", "started_at"),
        "patient",
        "practitioner",
        state_shown("State", "status"),
        moment_shown("Signed", "signed_at"),
        shown("Minutes", "face_to_face_minutes"),
    ]
    list_filter = ["status", "practitioner"]
    list_select_related = ["patient", "practitioner"]
    search_fields = ["patient__search_text"]
    search_help_text = "Patient"
    date_hierarchy = "started_at"
    autocomplete_fields = ["patient", "case"]
    inlines = [NeedlingInline, CuppingInline, MoxibustionInline, TechniqueInline, LotUseInline, AmendmentInline]
    plural = "notes"
    empty_list_sentence = "A note is begun from the visit's page, when the patient is here."
    add_fieldsets = [(None, {"fields": ["patient", "practitioner", "case", "started_at", "complaint"]})]
    fieldsets = [
        (None, {"fields": [("patient_link", "standing"), ("practitioner", "case"), "started_at"]}),
        (
            "What was said and seen",
            {"fields": ["complaint", "subjective", "objective", ("tongue_said", "pulse_said")]},
        ),
        (
            "What it means, and what next",
            {
                "fields": [
                    ("principles_said", "patterns"),
                    ("western_diagnosis", "treatment_principle"),
                    ("style", "reasoning"),
                    "assessment",
                    "plan",
                ]
            },
        ),
        ("How it was taken", {"fields": ["response", "aftercare"]}),
        ("Counted", {"fields": [("needles_in", "needles_out"), ("face_to_face_minutes", "reinsertions")]}),
        (None, {"fields": ["papers"]}),
    ]

    began = staticmethod(moment_shown("Began", "started_at"))

    @admin.display(description="Patient")
    def patient_link(self, treatment: Treatment) -> str:
        place = reverse("admin:patients_patient_change", args=[treatment.patient_id])
        return format_html('<a class="nb-link" href="{}">{}</a>', place, treatment.patient)

    @admin.display(description="State")
    def standing(self, treatment: Treatment) -> str:
        late = format_html(' <span class="nb-missing">{}</span>', "Late entry")
        late = late if treatment.is_late_entry(timezone.now()) else ""
        if not treatment.is_signed:
            return format_html("{}{}", state("draft", "Draft"), late)
        words = f" {showing.when(treatment.signed_at)}, {treatment.signed_by}"
        if given := getattr(treatment, "cosignature", None):
            words += f"; beside, {showing.when(given.signed_at)}, {given.signed_by}"
        elif treatment.needs_cosign:
            words += "; the supervisor has still to sign beside"
        return format_html("{}{}{}", state("signed", "Signed"), words, late)

    # Chosen from fixed words on the session page; here they are read.
    tongue_said = staticmethod(shown("Tongue", "tongue", lambda words: vocabulary.tongue_sentence(words) or "–"))
    pulse_said = staticmethod(shown("Pulse", "pulse", lambda words: vocabulary.pulse_sentence(words) or "–"))
    principles_said = staticmethod(
        shown("Eight principles", "eight_principles", lambda codes: vocabulary.principles_words(codes) or "–")
    )

    @admin.display(description="Papers")
    def papers(self, treatment: Treatment) -> str:
        return drawn_papers(["signed_note", "aftercare"], treatment.pk)

    def why_read_only(self, row: Treatment) -> str:
        if not row.is_signed:
            return ""
        return "This note is signed, so it stays as it is. What has to be corrected is added as an amendment."

    def title_of(self, row: Treatment | None) -> str:
        return f"{row.patient}, {showing.when(row.started_at)}" if row is not None and row.pk else "New note"

    def get_fieldsets(self, request: HttpRequest, obj: Treatment | None = None) -> list:
        """Once signed, with its papers, and with the beginning written as people write it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        if not obj.is_signed:
            return fieldsets[:-1]
        head = (None, {"fields": [("patient_link", "standing"), ("practitioner", "case"), "began"]})
        return [head, *fieldsets[1:]]

    def get_readonly_fields(self, request: HttpRequest, obj: Treatment | None = None) -> list[str]:
        seen = ["tongue_said", "pulse_said", "principles_said"]
        return ["patient_link", "practitioner", "standing", "began", "papers", *seen] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Treatment | None = None) -> list:
        """Amendments only below a signed note; lots, and parts of a signed note, only where there are any."""
        if obj is None:
            return []
        there = [inline for inline in self.inlines if getattr(obj, BELOW[inline.model]).exists()]
        return there if obj.is_signed else [one for one in self.inlines if one.model in PARTS or one in there]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        now = timezone.now().replace(second=0, microsecond=0)
        mine = getattr(request.user, "practitioner", None)
        return {"started_at": now, "practitioner": mine, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Treatment, form: NoteForm, change: bool) -> None:
        """Written with its parts, by one verb."""

    def save_related(self, request: HttpRequest, form: NoteForm, formsets: list, change: bool) -> None:
        now, asked = timezone.now(), dict(form.cleaned_data)
        if not change:
            form.instance.pk = charting.begin(by=request.user, now=now, **asked).pk
            return
        changed = {name: asked[name] for name in form.changed_data if name in asked}
        for formset in formsets:
            if formset.model in PARTS and formset.has_changed():
                changed[PARTS[formset.model]] = rows_of(formset)
        charting.revise(treatment=form.instance, by=request.user, now=now, **changed)


@admin.register(Point)
class PointAdmin(NeedlebookAdmin):
    """The catalogue: reference data, read here and changed by a release."""

    see = Permission.READ_NOTES
    list_display = ["code", "pinyin_toned", "hanzi", "english", "channel", "region"]
    list_filter = ["channel", "region", "laterality"]
    list_select_related = ["channel"]
    search_fields = ["search_text"]
    search_help_text = "Code in any style, or a name: GB-30, huantiao, 环跳"
    fields = readonly_fields = [
        "code",
        "pinyin_toned",
        "hanzi",
        "hanzi_traditional",
        "english",
        "channel",
        "laterality",
        "location",
        "alternative_location",
        "cautions_told",
    ]

    @admin.display(description="Cautions")
    def cautions_told(self, point: Point) -> str:
        lines = (
            (row.caution.replace("_", " "), row.detail, row.strength.replace("_", " ")) for row in point.cautions.all()
        )
        return format_html_join("", "<div><strong>{}</strong>: {} ({})</div>", lines) or "None"

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple:
        return (queryset.matching(search_term) if search_term else queryset), False

    def autocomplete_label(self, row: Point) -> str:
        return f"{row.code} {row.pinyin_toned} {row.hanzi}"


admin.site.register(TreatmentReport, TreatmentReportAdmin)
