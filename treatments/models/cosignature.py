from django.db import models

from clinic.freezing import only_added_to
from clinic.models import User
from treatments.models.treatment import Treatment


class CoSignature(models.Model):
    """A supervisor's signature beside a student's, chained to the note that it was given for."""

    treatment = models.OneToOneField(Treatment, on_delete=models.PROTECT, related_name="cosignature")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["treatment"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(content_hash__regex=r"^[0-9a-f]{64}$"),
                name="cosignature_is_chained",
                violation_error_code="signature_incomplete",
                violation_error_message="A co-signature carries the hash that chains it to its note.",
            )
        ]
        triggers = [only_added_to(code="cosignature_final", sentence="A co-signature cannot be changed.")]

    def __str__(self) -> str:
        return f"Co-signature of {self.treatment_id}"
