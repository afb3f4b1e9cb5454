"""Requests to ACC for further treatment, written and answered on their page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from clinic.admin import drawn_papers
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.admin_parts import PartsInline
from clinic.permissions import Permission
from clinic.showing import day_shown, moment_shown, shown, state
from clinic.widgets import Lines
from patients.models import Diagnosis
from treatments.models import RequestAnswer, TreatmentRequest
from treatments.requests import requesting
from treatments.requests.acts import ACTS

SIDES = {label.casefold(): value for value, label in Diagnosis.Side.choices} | {"": Diagnosis.Side.NOT_APPLICABLE}


def _side(text: str, line: str) -> str:
    side = SIDES.get(text.strip().casefold())
    if side is None:
        raise ValidationError(f"Write left, right, both or nothing after the comma: {line}", code="side_unknown")
    return side


class DiagnosesToAdd(Lines):
    def read(self, line: str) -> dict[str, str]:
        """`S530. Iliofemoral sprain, right`: Read v2, which is what ACC's form has room for."""
        words, _, side = line.rpartition(",") if "," in line else (line, "", "")
        code, _, description = words.strip().partition(" ")
        if not description.strip():
            raise ValidationError(f"Write the code, then what it stands for: {line}", code="description_missing")
        return {"system": "read2", "code": code, "description": description.strip()[:200], "side": _side(side, line)}

    def write(self, row: dict[str, str]) -> str:
        side = "" if row["side"] == Diagnosis.Side.NOT_APPLICABLE else f", {row['side']}"
        return f"{row['code']} {row['description']}{side}"


class SidesToChange(Lines):
    def read(self, line: str) -> dict[str, str]:
        """`N2152 left, right`: the code, the side that ACC has, and the right one."""
        code, _, sides = line.partition(" ")
        now, comma, side = sides.partition(",")
        if not comma:
            raise ValidationError(
                f"Write the code, the side now, a comma, and the right side: {line}", code="side_unknown"
            )
        return {"code": code, "side_now": _side(now, line), "side": _side(side, line)}

    def write(self, row: dict[str, str]) -> str:
        words = {value: label.lower() for value, label in Diagnosis.Side.choices}
        return f"{row['code']} {words[row['side_now']]}, {words[row['side']]}"


class LodgementErrors(Lines):
    def read(self, line: str) -> str:
        if len(line) > 200:
            raise ValidationError("Keep each to 200 letters.", code="too_long")
        return line


class RequestForm(NeedlebookForm):
    reasons = forms.MultipleChoiceField(
        label="Asked for",
        choices=TreatmentRequest.Reason.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=[TreatmentRequest.Reason.MORE_TREATMENT],
    )
    diagnoses_to_add = DiagnosesToAdd(help_text="One a line, up to six: S530. Iliofemoral sprain, right")
    sides_to_change = SidesToChange(
        help_text="One a line, up to six: the code, the side now, the right one. N2152 left, right"
    )
    lodgement_errors = LodgementErrors(label="Lodged wrongly", help_text="One a line, up to three.")

    class Meta:
        model = TreatmentRequest
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "sides_to_change" in cleaned and "diagnoses_to_add" in cleaned:
            many = len(cleaned["diagnoses_to_add"]) > 6 or len(cleaned["sides_to_change"]) > 6
            if many or len(cleaned.get("lodgement_errors", ())) > 3:
                sentence = "The form has room for six diagnoses, six sides and three lodgement errors."
                raise ValidationError(sentence, code="too_many_changes")
        return cleaned


class AnswerInline(PartsInline):
    """As they came; an act of the page takes down the next."""

    model = RequestAnswer
    see = Permission.READ_NOTES
    fields = readonly_fields = ["answer", "answered", "purchase_order", "sessions", "note", "taken_down_by"]
    verbose_name_plural = "Answers of ACC"

    answered = staticmethod(day_shown("On", "answered_on"))

    @admin.display(description="Answer")
    def answer(self, row: RequestAnswer) -> str:
        return state("signed" if row.approved else "cancelled", str(row))

    @admin.display(description="Sessions")
    def sessions(self, row: RequestAnswer) -> str:
        return str(row.purchase_order.sessions) if row.purchase_order else "–"


@admin.register(TreatmentRequest)
class TreatmentRequestAdmin(NeedlebookAdmin):
    see = Permission.READ_NOTES
    keep = Permission.WRITE_NOTES
    form = RequestForm
    acts = ACTS
    read_subject_kind = "treatment_request"
    records_lists = True
    list_display = ["label", "patient", "case", "practitioner", "standing", moment_shown("Finished", "finished_at")]
    list_filter = ["status", "practitioner"]
    list_select_related = ["patient", "case", "practitioner"]
    search_fields = ["patient__search_text", "case__claim_number"]
    search_help_text = "Patient or claim number"
    autocomplete_fields = ["case"]
    inlines = [AnswerInline]
    plural = "requests to ACC"
    empty_list_sentence = "A request is begun on the page of an ACC case, when two sessions are left or none."
    add_fieldsets = [(None, {"fields": ["case", "practitioner", "reasons", "sessions_requested"]})]
    fieldsets = [
        (None, {"fields": [("case_link", "standing"), "practitioner", "readiness"]}),
        ("What is asked for", {"fields": ["reasons", ("sessions_requested", "after_surgery")]}),
        ("Changes", {"fields": ["diagnoses_to_add", "sides_to_change", "lodgement_errors"]}),
        ("Why", {"fields": ["supporting_information", "patient_declared_on"]}),
    ]
    finished_fieldsets = [
        (None, {"fields": [("case_link", "standing"), ("practitioner", "finished"), "kind"]}),
        ("What was asked for", {"fields": ["asked", "changes", "supporting_information", "declared"]}),
        (None, {"fields": ["papers"]}),
    ]

    finished = staticmethod(moment_shown("Finished", "finished_at"))
    declared = staticmethod(day_shown("Patient agreed on", "patient_declared_on"))
    label = staticmethod(shown("Request", "label", ordering="id"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_answer()

    @admin.display(description="Case")
    def case_link(self, row: TreatmentRequest) -> str:
        place = reverse("admin:patients_case_change", args=[row.case_id])
        return format_html('<a class="nb-link" href="{}">{}, {}</a>', place, row.patient, row.case)

    @admin.display(description="State")
    def standing(self, row: TreatmentRequest) -> str:
        if not row.is_finished:
            return state("draft", "Draft")
        if row.approved is None:
            return state("pending", "Waiting for ACC")
        return state("signed", "Approved") if row.approved else state("cancelled", "Declined")

    @admin.display(description="What ACC needs")
    def readiness(self, row: TreatmentRequest) -> str:
        found = requesting.readiness(request=row, now=timezone.now())
        kind = "A standard request." if found.standard else "Not a standard request: notes and outcomes go with it."
        told = [("Yes" if check.passed else "No", check.detail) for check in found.checks]
        checks = format_html_join("", "<li>{}: {}</li>", told)
        missing = format_html_join(
            "", "<li><strong>Still missing</strong>: {}</li>", ((m.detail,) for m in found.missing)
        )
        rest = missing or format_html("<li>{}</li>", "Nothing is missing. It can be finished.")
        return format_html('<p>{}</p><ul class="nb-plain-list">{}{}</ul>', kind, checks, rest)

    @admin.display(description="Kind")
    def kind(self, row: TreatmentRequest) -> str:
        return "Standard" if row.standard else "Not standard: the notes and outcomes go with it"

    @admin.display(description="Asked for")
    def asked(self, row: TreatmentRequest) -> str:
        words = ", ".join(TreatmentRequest.Reason(reason).label.lower() for reason in row.reasons).capitalize()
        return f"{words}: {row.sessions_requested} sessions" if row.sessions_requested else words

    @admin.display(description="Changes")
    def changes(self, row: TreatmentRequest) -> str:
        told = [f"Add {DiagnosesToAdd().write(one)}" for one in row.diagnoses_to_add]
        told += [f"Change the side of {SidesToChange().write(one)}" for one in row.sides_to_change]
        told += [f"Lodged wrongly: {one}" for one in row.lodgement_errors]
        return format_html_join("", "<div>{}</div>", ((line,) for line in told)) or "None"

    @admin.display(description="Papers")
    def papers(self, row: TreatmentRequest) -> str:
        return drawn_papers(["acc32_request"], row.pk)

    def why_read_only(self, row: TreatmentRequest) -> str:
        return "This request is finished, so it stays as it was sent." if row.is_finished else ""

    def title_of(self, row: TreatmentRequest | None) -> str:
        return f"Request {row.label}, {row.patient}" if row is not None and row.pk else "New request to ACC"

    def get_fieldsets(self, request: HttpRequest, obj: TreatmentRequest | None = None) -> list:
        if obj is None:
            return self.add_fieldsets
        return self.finished_fieldsets if obj.is_finished else self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: TreatmentRequest | None = None) -> list[str]:
        shown_only = [
            "case_link",
            "standing",
            "readiness",
            "finished",
            "kind",
            "asked",
            "changes",
            "declared",
            "papers",
        ]
        return shown_only if obj else []

    def get_inlines(self, request: HttpRequest, obj: TreatmentRequest | None = None) -> list:
        return self.inlines if obj is not None and obj.answers.exists() else []

    def save_model(self, request: HttpRequest, obj: TreatmentRequest, form: RequestForm, change: bool) -> None:
        """Written by a verb."""

    def save_related(self, request: HttpRequest, form: RequestForm, formsets: list, change: bool) -> None:
        now, asked = timezone.now(), dict(form.cleaned_data)
        if not change:
            form.instance.pk = requesting.draft(by=request.user, now=now, **asked).pk
            form.instance.refresh_from_db()
            return
        changed = {name: asked[name] for name in form.changed_data if name in asked}
        requesting.revise(request=form.instance, by=request.user, now=now, **changed)
