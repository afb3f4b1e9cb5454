"""Reports to a GP, ACC or an insurer on the staff pages: written as a draft, signed, made into a PDF."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from clinic import showing
from clinic.admin import drawn_papers
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.models import Practice
from clinic.permissions import Permission
from clinic.showing import day_shown, moment_shown, state, state_shown
from treatments.models import TreatmentReport
from treatments.pdf import report_values
from treatments.reports import content as report_content
from treatments.reports import summarising
from treatments.reports.acts import ACTS

Part = TreatmentReport.Part
# What is counted of each part, where its rows are told one by one on the paper.
COUNTED = {
    "diagnoses": Part.DIAGNOSES,
    "findings": Part.FINDINGS,
    "points": Part.POINTS,
    "techniques": Part.TECHNIQUES,
    "outcomes": Part.OUTCOMES,
    "adverse_events": Part.ADVERSE_EVENTS,
    "plan": Part.PLAN,
}


class ReportForm(NeedlebookForm):
    include = forms.MultipleChoiceField(
        label="What of the record",
        choices=Part.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="No more than the reader needs for what it is for.",
    )

    class Meta:
        model = TreatmentReport
        fields = "__all__"
        labels = {"audience": "Reader", "recipient": "Name and address", "from_on": "From", "to_on": "Until"}


class TreatmentReportAdmin(NeedlebookAdmin):
    see = Permission.READ_NOTES
    keep = Permission.WRITE_NOTES
    adds = False
    form = ReportForm
    acts = ACTS
    read_subject_kind = "treatment_report"
    records_lists = True
    list_display = [
        "__str__",
        "patient",
        state_shown("Reader", "audience"),
        day_shown("From", "from_on"),
        day_shown("Until", "to_on"),
        "practitioner",
        state_shown("State", "status"),
        moment_shown("Signed", "signed_at"),
    ]
    list_filter = ["status", "audience", "practitioner"]
    list_select_related = ["patient", "practitioner"]
    search_fields = ["patient__search_text", "case__claim_number"]
    search_help_text = "Patient or claim number"
    date_hierarchy = "to_on"
    plural = "reports"
    empty_list_sentence = "A report is begun from the page of a case, a patient or a note."
    fieldsets = [
        (None, {"fields": [("patient_link", "standing"), ("case", "practitioner"), "mind"]}),
        ("To whom and what for", {"fields": [("audience", "recipient"), "purpose"]}),
        ("In your words", {"fields": ["summary", "recommendation"]}),
        ("From the record", {"fields": [("from_on", "to_on"), "include", "gathered"]}),
        (None, {"fields": ["papers"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).with_consent()

    def get_readonly_fields(self, request: HttpRequest, obj: TreatmentReport | None = None) -> list[str]:
        return ["patient_link", "standing", "case", "practitioner", "mind", "gathered", "papers"]

    def get_fieldsets(self, request: HttpRequest, obj: TreatmentReport | None = None) -> list:
        """The choice while it can be made, and then the papers."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not obj.is_signed:
            return fieldsets[:-1]
        [*before, _, papers] = fieldsets
        return [*before, ("From the record", {"fields": [("from_on", "to_on"), "gathered"]}), papers]

    @admin.display(description="Patient")
    def patient_link(self, report: TreatmentReport) -> str:
        place = reverse("admin:patients_patient_change", args=[report.patient_id])
        return format_html('<a class="nb-link" href="{}">{}</a>', place, report.patient)

    @admin.display(description="State")
    def standing(self, report: TreatmentReport) -> str:
        if not report.is_signed:
            return state("draft", "Draft")
        return format_html(
            "{} {}, {}", state("signed", "Signed"), showing.when(report.signed_at), report.signed_by
        )  # fmt: skip

    @admin.display(description="To mind")
    def mind(self, report: TreatmentReport) -> str:
        return " ".join(warning["detail"] for warning in report.warnings()) or "Nothing."

    @admin.display(description="What it says of it")
    def gathered(self, report: TreatmentReport) -> str:
        if report.is_signed:
            said = report_values.from_json(report.content)
        else:
            said = report_content.gather(report, zone=Practice.objects.current().zone)
        return format_html_join("", "<div>{}</div>", ((line,) for line in _lines(said)))

    @admin.display(description="Papers")
    def papers(self, report: TreatmentReport) -> str:
        return drawn_papers(["treatment_report"], report.pk)

    def why_read_only(self, row: TreatmentReport) -> str:
        return "This report is signed and stays as it was sent. Write a new one." if row.is_signed else ""

    def save_model(self, request: HttpRequest, obj: TreatmentReport, form: ReportForm, change: bool) -> None:
        changed: dict[str, Any] = {name: form.cleaned_data[name] for name in form.changed_data}
        summarising.revise(report=obj, by=request.user, now=timezone.now(), **changed)


def _lines(said: report_values.ReportContent) -> list[str]:
    """Each part that is included, and how much there is of it."""
    lines = []
    if said.course is not None:
        missed = f", {len(said.course.missed)} missed" if said.course.missed else ""
        lines.append(f"{Part.COURSE.label}: {len(said.course.sessions)} signed{missed}")
    for name, part in COUNTED.items():
        rows = getattr(said, name)
        if rows is not None:
            lines.append(f"{part.label}: {len(rows) or 'none'}")
    if said.chart is not None:
        lines.append(f"{Part.BODY_CHART.label}: {len(said.chart)} points")
    return lines or ["Your words alone."]
