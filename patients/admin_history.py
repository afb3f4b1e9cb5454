"""What patients tell about their health, on their page: tables for those who read notes, forms for those who take it
down."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from clinic.acting import acting
from clinic.acts import Act, ActForm, Done
from clinic.admin_parts import PartsInline
from clinic.models import User
from clinic.permissions import Permission
from clinic.widgets import INPUT, SELECT
from patients import asking, screening
from patients.models import HistoryEntry, Medication, Patient, Screening

MEDICINE = "medicine"
# Relations of a patient that are read on their page by those who read notes, with what a read of one is called.
READ_WITH_PATIENT = {"medications": "medication", "history_entries": "history_entry", "screenings": "screening"}


class OfHealth:
    see = Permission.READ_NOTES
    keep = Permission.WRITE_NOTES


class MedicationInline(OfHealth, PartsInline):
    model = Medication
    fields = ["name", "dose", "since_on", "until_on", "note", "struck_out"]


class HistoryEntryInline(OfHealth, PartsInline):
    model = HistoryEntry
    fields = ["kind", "name", "relative", "year", "resolved", "note", "struck_out"]


class ScreeningInline(OfHealth, PartsInline):
    """As they were answered; an act of the page asks again."""

    model = Screening
    keep = None
    fields = readonly_fields = ["answered_on", "advice", "by"]

    @admin.display(description="What followed")
    def advice(self, row: Screening) -> SafeString | str:
        told = [(finding["advice"], finding["source"]) for finding in row.findings]
        asked = len(screening.CODES) - len(screening.unanswered(row.answers))
        nothing = f"No red flag in {asked} of {len(screening.CODES)} answers"
        return format_html_join("", '<p title="{1}">{0}</p>', told) or nothing

    @admin.display(description="Entered by")
    def by(self, row: Screening) -> str:
        return str(row.entered_by)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("entered_by")


class HealthForm(ActForm):
    kind = forms.ChoiceField(
        label="What is it",
        choices=[(MEDICINE, "Medicine"), *HistoryEntry.Kind.choices],
        widget=forms.Select(attrs=SELECT),
    )
    name = forms.CharField(label="As the patient wrote it", max_length=120, widget=forms.TextInput(attrs=INPUT))
    detail = forms.CharField(
        label="Dose, or a note", required=False, max_length=80, widget=forms.TextInput(attrs=INPUT)
    )


class ScreeningForm(ActForm):
    """One question each; left open is not a no."""

    def __init__(self, data: Any = None, *, row: Patient) -> None:
        super().__init__(data, row=row)
        for question in screening.QUESTIONS:
            self.fields[question.code] = forms.TypedChoiceField(
                label=question.text,
                choices=[("", "Not asked"), ("yes", "Yes"), ("no", "No")],
                coerce=lambda answer: answer == "yes",
                empty_value=None,
                required=False,
                widget=forms.Select(attrs=SELECT),
            )


def _take_down(*, row: Patient, by: User, now: datetime, kind: str, name: str, detail: str) -> Done:
    with acting(by):
        if kind != MEDICINE:
            HistoryEntry.objects.create(patient=row, kind=kind, name=name, note=detail)
            return Done("Written down. Those who read notes see it.")
        suggestion = Medication.objects.create(patient=row, name=name, dose=detail).suggestion
    return Done(" ".join(filter(None, ["Written down.", suggestion and suggestion.reason])))


def _screen(*, row: Patient, by: User, now: datetime, **answers: bool | None) -> Done:
    kept = asking.screen(patient=row, answers=answers, by=by, now=now)
    return Done("Kept. Tell the practitioner before anything is done." if kept.findings else "Kept. No red flag.")


ACTS = [
    Act(
        name="take-down",
        label="Add to health history",
        needs=Permission.KEEP_PATIENTS,
        form=HealthForm,
        do=_take_down,
    ),
    Act(
        name="screen",
        label="Screen for red flags",
        needs=Permission.KEEP_PATIENTS,
        form=ScreeningForm,
        do=_screen,
        style="quiet",
    ),
]
