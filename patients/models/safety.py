import pghistory
from django.db import models

from clinic.models.base import Dated
from patients.models.patient import Patient


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
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.CAUTION)
    side = models.CharField(max_length=5, blank=True, choices=[("left", "Left"), ("right", "Right"), ("both", "Both")])
    site = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)
    due_on = models.DateField(null=True, blank=True, help_text="Of a pregnancy.")
    begins_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(begins_on__isnull=True)
                | models.Q(ends_on__gte=models.F("begins_on")),
                name="alert_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The last day lies before the first.",
            ),
            models.CheckConstraint(
                condition=models.Q(due_on__isnull=True) | models.Q(kind="pregnancy"),
                name="alert_due_date_of_pregnancy",
                violation_error_code="due_date_without_pregnancy",
                violation_error_message="Only a pregnancy has a due date.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def holds_on(self, day) -> bool:
        return (self.begins_on is None or self.begins_on <= day) and (self.ends_on is None or day <= self.ends_on)


@pghistory.track()
class Consent(Dated):
    """What the patient agreed to: which text, in which version, when and how. Withdrawn, never deleted."""

    class Kind(models.TextChoices):
        TREATMENT = "treatment", "Treatment"
        MOXIBUSTION = "moxibustion", "Moxibustion (in writing)"
        CUPPING_MARKS = "cupping_marks", "Cupping marks"
        PHOTOGRAPHS = "photographs", "Photographs"
        PRIVACY = "privacy", "Privacy"
        ACC_SHARING = "acc_sharing", "Sharing with ACC"
        MESSAGES = "messages", "Electronic messages"

    class Manner(models.TextChoices):
        WRITTEN = "written", "In writing"
        ELECTRONIC = "electronic", "On a screen"
        VERBAL = "verbal", "By word"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField()
    manner = models.CharField(max_length=10, choices=Manner.choices)
    given_by = models.CharField(max_length=120, blank=True, help_text="If not the patient: a parent, an attorney.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "kind", "-given_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True) | models.Q(withdrawn_at__gte=models.F("given_at")),
                name="consent_withdrawn_after_given",
                violation_error_code="withdrawn_before_given",
                violation_error_message="A consent cannot be withdrawn before it was given.",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="moxibustion") | models.Q(manner__in=["written", "electronic"]),
                name="consent_moxibustion_in_writing",
                violation_error_code="consent_must_be_written",
                # Auckland Council code of practice: written consent before moxibustion.
                violation_error_message="Moxibustion needs the patient's consent in writing.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
