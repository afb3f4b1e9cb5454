from django.db import models

from clinic.freezing import only_added_to
from treatments.models.treatment import Treatment


class Addition(models.Model):
    """The register of what came after a signature: one line for each amendment and each co-signature, kept apart from
    them, so that one that is taken away leaves its line behind. All lines make one chain; each note that is signed
    holds the last of them under its own signature."""

    class Kind(models.TextChoices):
        AMENDMENT = "amendment", "Amendment"
        COSIGNATURE = "cosignature", "Co-signature"

    sequence = models.PositiveBigIntegerField(unique=True)
    treatment = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="additions")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    added_hash = models.CharField(max_length=64)
    chain_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sequence__gte=1, added_hash__regex=r"^[0-9a-f]{64}$")
                & models.Q(chain_hash__regex=r"^[0-9a-f]{64}$"),
                name="addition_is_chained",
                violation_error_code="addition_incomplete",
                violation_error_message="A line of the register carries its number and its hashes.",
            )
        ]
        triggers = [only_added_to(code="addition_final", sentence="The register of additions cannot be changed.")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.treatment_id}"
