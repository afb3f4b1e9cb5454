"""The forms of a patient's scores: the answers of a measure as they were given, and a question by link."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from appointments.models import Appointment
from appointments.statuses import EXPECTED
from clinic import showing
from clinic.acts import ActForm
from clinic.widgets import INPUT, SELECT, TEXT, DayWidget
from patients.models import Case, Patient
from treatments.models import OutcomeRequest, OutcomeScore
from treatments.outcomes.measures import MEASURES, Measure
from treatments.outcomes.questions import QUESTIONS

Timing = OutcomeRequest.Timing
# A visit that lies longer ago is not asked about: the question comes the day after it.
SINCE = timedelta(days=7)


def cases_of(patient: Patient) -> models.QuerySet:
    """The open ones first."""
    return Case.objects.filter(patient=patient).order_by(models.F("closed_on").desc(nulls_first=True), "-opened_on")


class OfPatientForm(ActForm):
    case = forms.ModelChoiceField(
        Case.objects.none(), required=False, empty_label="Of no case", widget=forms.Select(attrs=SELECT)
    )

    def __init__(self, data: Any = None, *, row: Patient) -> None:
        super().__init__(data, row=row)
        self.fields["case"].queryset = cases_of(row)

    def initial_for(self, row: Patient) -> dict[str, Any]:
        return {"case": cases_of(row).filter(closed_on=None).first()}


class ScoreForm(OfPatientForm):
    """One number for each answer, in the order of the measure's own form. `measure` is set by `score_form`."""

    measure: Measure
    taken_on = forms.DateField(label="Taken on", widget=DayWidget)

    def __init__(self, data: Any = None, *, row: Patient) -> None:
        super().__init__(data, row=row)
        for number in range(self.measure.items[1]):
            if self.names_items:
                self.fields[f"label_{number}"] = forms.CharField(
                    label=f"Activity {number + 1}",
                    max_length=80,
                    required=False,
                    widget=forms.TextInput(attrs={**INPUT, "aria-label": f"Activity {number + 1}"}),
                )
            self.fields[f"answer_{number}"] = forms.IntegerField(
                label=str(number + 1),
                min_value=self.measure.low,
                max_value=self.measure.high,
                required=False,
                widget=forms.NumberInput(attrs={**INPUT, "aria-label": f"Answer {number + 1}"}),
            )

    @property
    def names_items(self) -> bool:
        """Whether the patient chose what is asked about."""
        return self.measure.code == "psfs"

    def initial_for(self, row: Patient) -> dict[str, Any]:
        named = self._last_named(row) if self.names_items else []
        labels = {f"label_{number}": label for number, label in enumerate(named)}
        return super().initial_for(row) | {"taken_on": timezone.localdate()} | labels

    def _last_named(self, row: Patient) -> list[str]:
        last = OutcomeScore.objects.standing().filter(patient=row, measure=self.measure.code)
        return last.order_by("-taken_on", "-pk").values_list("labels", flat=True).first() or []

    def rows(self) -> Iterator[tuple[Any, Any]]:
        """For the page: the field of the name, where items are named, and that of the number."""
        for number in range(self.measure.items[1]):
            yield self[f"label_{number}"] if self.names_items else None, self[f"answer_{number}"]

    def clean(self) -> dict[str, Any]:
        """`answers` and `labels` as `scoring.enter` takes them; an activity that is neither named nor scored is
        none."""
        cleaned = super().clean()
        answers = [cleaned.pop(f"answer_{number}", None) for number in range(self.measure.items[1])]
        labels = [cleaned.pop(f"label_{number}", "") for number in range(self.measure.items[1])]
        if self.names_items:
            said = [
                (answer, label) for answer, label in zip(answers, labels, strict=True) if label or answer is not None
            ]
            answers, labels = [answer for answer, _ in said], [label for _, label in said]
        return cleaned | {"answers": answers, "labels": labels if self.names_items else []}


def score_form(measure: Measure) -> type[ScoreForm]:
    return type("ScoreForm", (ScoreForm,), {"measure": measure})


class AskForm(OfPatientForm):
    """Only measures whose wording is free are asked."""

    measures = forms.MultipleChoiceField(
        label="Ask about",
        choices=[(code, f"{MEASURES[code].name}: “{question.text}”") for code, question in QUESTIONS.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    timing = forms.ChoiceField(label="When", choices=Timing.choices, widget=forms.Select(attrs=SELECT))
    appointment = forms.ModelChoiceField(
        Appointment.objects.none(),
        label="Visit",
        required=False,
        empty_label="–",
        help_text="For a question before or after a visit.",
        widget=forms.Select(attrs=SELECT),
    )
    activities = forms.CharField(
        required=False,
        help_text="Three to five, one a line. Empty: those of the last time, or else the patient names them.",
        widget=forms.Textarea(attrs=TEXT),
    )
    field_order = ["measures", "timing", "appointment", "case", "activities"]

    def __init__(self, data: Any = None, *, row: Patient) -> None:
        super().__init__(data, row=row)
        self.fields["appointment"].queryset = _visits_of(row)
        self.fields["appointment"].label_from_instance = _visit_in_words

    def initial_for(self, row: Patient) -> dict[str, Any]:
        coming = _visits_of(row).filter(starts_at__gt=timezone.now()).order_by("starts_at").first()
        when = {"timing": Timing.BEFORE, "appointment": coming} if coming else {"timing": Timing.NOW}
        return super().initial_for(row) | {"measures": ["nprs"]} | when

    def clean(self) -> dict[str, Any]:
        """What is asked at once is asked about no visit."""
        cleaned = super().clean()
        if cleaned.get("timing") == Timing.NOW:
            cleaned["appointment"] = None
        cleaned["activities"] = [line.strip() for line in cleaned.get("activities", "").splitlines() if line.strip()]
        cleaned["activities"] = cleaned["activities"] or None
        return cleaned


def _visits_of(patient: Patient) -> models.QuerySet:
    """Those that come and those of the last days, the next one first."""
    since = timezone.now() - SINCE
    coming = models.Q(starts_at__gt=timezone.now(), status__in=EXPECTED)
    been = models.Q(starts_at__range=(since, timezone.now())) & ~models.Q(status__in=["cancelled", "missed"])
    rows = Appointment.objects.filter(coming | been, patient=patient).select_related("appointment_type", "location")
    return rows.order_by("starts_at")


def _visit_in_words(visit: Appointment) -> str:
    return f"{showing.when(visit.starts_at, visit.location.zone)}, {visit.appointment_type.name}"


def measured_in_words(measure: Measure) -> str:
    """`20 answers, each 0 to 4`"""
    least, most = measure.items
    many = (
        "One number" if most == 1 else f"{most} answers, each" if least == most else f"{least} to {most} answers, each"
    )
    return f"{many} {measure.low} to {measure.high}"
