import pghistory
from django.db import models
from django.db.models import Q

from clinic.freezing import freezes_with
from clinic.models import User
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Patient
from treatments.examination import conditions
from treatments.models.treatment import PART_OF_NOTE, Treatment


class ExaminationQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.READ_NOTES) else self.none()

    def trend_of(self, *, patient: Patient, finding: str):
        """All of one finding of one patient, oldest first."""
        return self.filter(patient=patient, finding=finding).order_by("examined_on", "id")


@pghistory.track()
class Examination(Dated):
    """One thing found on one day. `finding` is a code of `conditions.finding_kinds`, which says what a value, an
    answer and a sign mean for it. One that belongs to a signed note is frozen with it."""

    class Side(models.TextChoices):
        LEFT = "left", "Left"
        RIGHT = "right", "Right"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="examinations")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="examinations")
    # A draft can be discarded; what was found stays.
    treatment = models.ForeignKey(
        Treatment, on_delete=models.SET_NULL, null=True, blank=True, related_name="examinations"
    )
    finding = models.CharField(max_length=40)
    side = models.CharField(max_length=5, choices=Side.choices, blank=True)
    muscle = models.CharField(max_length=40, blank=True)
    value = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    unit = models.CharField(max_length=12, blank=True)
    answer = models.CharField(max_length=20, blank=True)
    sign_seen = models.BooleanField(null=True, blank=True, help_text="Whether the finding's sign was there.")
    referral = models.CharField(max_length=120, blank=True, help_text="Of a trigger point: where the pain goes.")
    note = models.CharField(max_length=300, blank=True)
    examined_on = models.DateField()
    examined_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ExaminationQuerySet.as_manager()

    class Meta:
        ordering = ["-examined_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=False) | ~Q(answer="") | Q(sign_seen__isnull=False) | ~Q(note=""),
                name="examination_found_something",
                violation_error_code="examination_empty",
                violation_error_message="Say what was found.",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0),
                name="examination_value_not_negative",
                violation_error_code="value_out_of_range",
                violation_error_message="No finding is measured below zero.",
            ),
        ]
        indexes = [models.Index(fields=["patient", "finding", "examined_on", "id"], name="examination_trend")]
        triggers = [freezes_with(**PART_OF_NOTE)]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.finding_name, self.side]))

    @property
    def finding_name(self) -> str:
        kind = conditions.finding_kinds().get(self.finding)
        return kind.name if kind else self.finding
