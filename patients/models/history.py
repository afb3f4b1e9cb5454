from datetime import date
from functools import cached_property

import pghistory
from django.db import models
from django.db.models import F, Q

from clinic.freezing import only_added_to
from clinic.models import User
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients import medicines
from patients.models.case import Case
from patients.models.patient import Patient


class ClinicalQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What patients told about their health is read by those who read notes, though the desk may take it down."""
        return self if user.may(Permission.READ_NOTES) else self.none()


class MedicationQuerySet(ClinicalQuerySet):
    def taken(self, on: date):
        """Those taken on a local date, as far as is known."""
        return self.filter(
            Q(since_on=None) | Q(since_on__lte=on), Q(until_on=None) | Q(until_on__gte=on), struck_out=False
        )


@pghistory.track()
class Medication(Dated):
    """Something the patient takes, as they tell it: prescribed, bought, herbal."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medications")
    name = models.CharField(max_length=120)
    dose = models.CharField(max_length=80, blank=True)
    since_on = models.DateField(null=True, blank=True)
    until_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    struck_out = models.BooleanField(default=False, help_text="Entered by mistake. It stays on record.")

    objects = MedicationQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="medication_has_name",
                violation_error_code="medication_without_name",
                violation_error_message="Say what the medicine is called.",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(since_on__isnull=True) | Q(until_on__gte=F("since_on")),
                name="medication_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The last day lies before the first.",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.name, self.dose]))

    def taken_on(self, day: date) -> bool:
        begun = self.since_on is None or self.since_on <= day
        return begun and (self.until_on is None or day <= self.until_on) and not self.struck_out

    @cached_property
    def suggestion(self) -> medicines.Suggestion | None:
        """The alert that this medicine speaks for, whenever it is taken. A person decides."""
        return medicines.suggestion_for(self.name)


@pghistory.track()
class HistoryEntry(Dated):
    """One thing of the past that may matter: an illness, an operation, an allergy, what runs in the family."""

    class Kind(models.TextChoices):
        CONDITION = "condition", "Condition"
        OPERATION = "operation", "Operation"
        ALLERGY = "allergy", "Allergy"
        FAMILY = "family", "Family"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="history_entries")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    name = models.CharField(max_length=160)
    relative = models.CharField(max_length=40, blank=True, help_text="In the family: whose it is, such as mother.")
    year = models.PositiveSmallIntegerField(null=True, blank=True, help_text="When it began or was done.")
    resolved = models.BooleanField(default=False, help_text="Over and done with.")
    note = models.CharField(max_length=300, blank=True)
    struck_out = models.BooleanField(default=False, help_text="Entered by mistake. It stays on record.")

    objects = ClinicalQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "history entries"
        ordering = ["patient", "kind", "-year", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="history_entry_has_name",
                violation_error_code="history_without_name",
                violation_error_message="Say what it is.",
            ),
            models.CheckConstraint(
                condition=Q(relative="") | Q(kind="family"),
                name="history_entry_relative_of_family",
                violation_error_code="relative_outside_family",
                violation_error_message="A relative is named only for what runs in the family.",
            ),
            models.CheckConstraint(
                condition=Q(year__isnull=True) | Q(year__range=(1890, 2200)),
                name="history_entry_year_plausible",
                violation_error_code="year_implausible",
                violation_error_message="Write the year with four digits, such as 2019.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Screening(Dated):
    """The red-flag questions as they were answered once, and what followed from them then. Written once."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="screenings")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="screenings")
    version = models.CharField(max_length=20)
    answers = models.JSONField()
    findings = models.JSONField()
    answered_on = models.DateField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ClinicalQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "-answered_on", "-id"]
        indexes = [models.Index(fields=["patient", "-answered_on", "-id"], name="screening_of_patient")]
        triggers = [
            only_added_to(
                code="screening_final", sentence="A screening stays as it was answered. Ask again and add another."
            )
        ]

    def __str__(self) -> str:
        return f"Screening of {self.answered_on:%-d %B %Y}"
