from django.db import models
from django.db.models import Q

from clinic.freezing import freezes_with
from clinic.models import User
from treatments.models.treatment import PART_OF_NOTE, Treatment


class Confirmation(models.Model):
    """A safety finding that the practitioner saw and answered with a reason. Part of the note, frozen with it."""

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="confirmations")
    key = models.CharField(max_length=200, help_text="Names the finding across checks of the same note.")
    severity = models.CharField(max_length=8)
    message = models.TextField()
    source = models.TextField()
    reason = models.CharField(max_length=300)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["treatment", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["treatment", "key"],
                name="confirmation_once_per_finding",
                violation_error_code="finding_confirmed_twice",
                violation_error_message="This finding is confirmed already.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="confirmation_has_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why this is right for this patient.",
            ),
        ]
        triggers = [freezes_with(**PART_OF_NOTE)]

    def __str__(self) -> str:
        return f"Confirmation of {self.treatment_id}"
