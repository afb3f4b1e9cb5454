from datetime import date, timedelta

import pghistory
from django.db import models
from django.db.models import F, Q

from clinic.models.base import Dated
from patients.models.patient import Patient
from patients.pregnancy import pregnancy_week

# From the last period to the due date are 280 days; what lies further off was mistyped.
LONGEST_PREGNANCY = timedelta(days=300)


class OfPatientQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(patient__in=Patient.objects.visible_to(user))


@pghistory.track()
class Contact(Dated):
    """Somebody to call, or who may speak for the patient."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=120)
    relationship = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    is_emergency_contact = models.BooleanField(default=True)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "name"]

    def __str__(self) -> str:
        return self.name


class AlertQuerySet(OfPatientQuerySet):
    def holding(self, on: date):
        """Those that hold on a local date, both ends included."""
        return self.filter(Q(begins_on=None) | Q(begins_on__lte=on), Q(ends_on=None) | Q(ends_on__gte=on))

    def gravest_first(self):
        gravity = [models.When(severity=severity, then=place) for place, severity in enumerate(Alert.Severity.values)]
        return self.order_by(models.Case(*gravity, output_field=models.SmallIntegerField()), "kind", "id")


class SeverityField(models.CharField):
    """Left empty, it becomes what is usual for the alert's kind."""

    def pre_save(self, model_instance, add):
        severity = super().pre_save(model_instance, add) or USUAL_SEVERITY.get(
            model_instance.kind, Alert.Severity.CAUTION
        )
        setattr(model_instance, self.attname, severity)
        return severity


@pghistory.track()
class Alert(Dated):
    """A fact about the body that could hurt if forgotten; safety rules read its kind and its dates."""

    class Kind(models.TextChoices):
        PREGNANCY = "pregnancy", "Pregnancy"
        ANTICOAGULANT = "anticoagulant", "Anticoagulant"
        BLEEDING_DISORDER = "bleeding_disorder", "Bleeding disorder"
        PACEMAKER = "pacemaker", "Pacemaker or implanted device"
        EPILEPSY = "epilepsy", "Epilepsy"
        DIABETES_NEUROPATHY = "diabetes_neuropathy", "Diabetes with neuropathy"
        LYMPHOEDEMA = "lymphoedema", "Lymphoedema"
        IMMUNOSUPPRESSION = "immunosuppression", "Immunosuppression"
        ALLERGY_METAL = "allergy_metal", "Metal allergy"
        ALLERGY_LATEX = "allergy_latex", "Latex allergy"
        ALLERGY_ADHESIVE = "allergy_adhesive", "Adhesive allergy"
        NEEDLE_FEAR = "needle_fear", "Fear of needles"
        FAINTING = "fainting", "Fainting"
        SKIN_CONDITION = "skin_condition", "Skin condition"
        ASTHMA = "asthma", "Asthma, sensitive to smoke"
        IMPLANT = "implant", "Implant or joint replacement"
        OTHER = "other", "Other"

    class Severity(models.TextChoices):
        SERIOUS = "serious", "Serious"
        CAUTION = "caution", "Caution"
        NOTE = "note", "Note"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    severity = SeverityField(
        max_length=8, choices=Severity.choices, blank=True, help_text="Left empty: what is usual for this kind."
    )
    side = models.CharField(max_length=5, blank=True, choices=[("left", "Left"), ("right", "Right"), ("both", "Both")])
    site = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)
    due_on = models.DateField(null=True, blank=True, help_text="Of a pregnancy.")
    begins_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(begins_on__isnull=True) | Q(ends_on__gte=F("begins_on")),
                name="alert_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The last day lies before the first.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(kind="pregnancy"),
                name="alert_due_date_of_pregnancy",
                violation_error_code="due_date_without_pregnancy",
                violation_error_message="Only a pregnancy has a due date.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True)
                | Q(begins_on__isnull=True)
                | Q(due_on__lte=F("begins_on") + LONGEST_PREGNANCY),
                name="alert_due_date_plausible",
                violation_error_code="due_date_implausible",
                violation_error_message="That due date lies more than ten months after the pregnancy began.",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=["serious", "caution", "note"]),
                name="alert_has_severity",
                violation_error_code="severity_unknown",
                violation_error_message="An alert is serious, a caution or a note.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def holds_on(self, day) -> bool:
        return (self.begins_on is None or self.begins_on <= day) and (self.ends_on is None or day <= self.ends_on)

    def banner(self, day: date) -> str:
        """What is written wherever the patient is shown, such as `Implant or joint replacement, right hip: 2019`."""
        place = " ".join(filter(None, ["both sides" if self.side == "both" else self.side, self.site]))
        line = ", ".join(filter(None, [str(self), *self._due(day), place]))
        return f"{line}: {self.note}" if self.note else line

    def _due(self, day: date) -> list[str]:
        """A due date that has passed is said, and ends nothing: only a person knows whether the child has come."""
        if self.kind != self.Kind.PREGNANCY:
            return []
        if self.due_on is None:
            return ["due date not known"]
        if self.due_on < day:
            return [f"was due {self.due_on:%-d %B %Y}"]
        week = pregnancy_week(self.due_on, day)
        return [f"week {week}"] * (week >= 0) + [f"due {self.due_on:%-d %B %Y}"]


# Serious is what can do lasting harm in one session if it is forgotten: bleeding, a disturbed device, a seizure under
# current (medscape 501973, acumed.com.au), a burn that is not felt (stason.org), an infected limb. The practice may
# choose otherwise for one patient.
USUAL_SEVERITY = {
    Alert.Kind.PREGNANCY: Alert.Severity.SERIOUS,
    Alert.Kind.ANTICOAGULANT: Alert.Severity.SERIOUS,
    Alert.Kind.BLEEDING_DISORDER: Alert.Severity.SERIOUS,
    Alert.Kind.PACEMAKER: Alert.Severity.SERIOUS,
    Alert.Kind.EPILEPSY: Alert.Severity.SERIOUS,
    Alert.Kind.DIABETES_NEUROPATHY: Alert.Severity.SERIOUS,
    Alert.Kind.LYMPHOEDEMA: Alert.Severity.SERIOUS,
    Alert.Kind.NEEDLE_FEAR: Alert.Severity.NOTE,
}
