import pghistory
from django.db import models

from clinic.models.base import ArchivableQuerySet, Dated
from clinic.permissions import Permission


class PayerQuerySet(ArchivableQuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_PATIENTS) else self.none()


@pghistory.track()
class Payer(Dated):
    """Who pays besides the patient. It lives here because a case names it; rates and invoices stand above."""

    class Kind(models.TextChoices):
        ACC = "acc", "ACC"
        INSURER = "insurer", "Insurer"
        EMPLOYER = "employer", "Employer or its administrator"

    class ClaimChannel(models.TextChoices):
        """How claims reach the payer."""

        PAPER = "paper", "On paper, or as PDF"
        CSV = "csv", "CSV file"
        ACC_API = "acc_api", "ACC's own interface"
        X12 = "x12", "X12 837 file"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    address = models.TextField(blank=True)
    email = models.EmailField(blank=True)
    claim_channel = models.CharField(max_length=7, choices=ClaimChannel.choices, default=ClaimChannel.PAPER)
    payer_code = models.CharField(max_length=20, blank=True, help_text="Its id where claims go electronically.")
    us_style = models.BooleanField(
        default=False, help_text="Bills by CPT units and on the forms of the United States."
    )
    max_claim_lines = models.PositiveSmallIntegerField(default=200, help_text="In one batch. ACC takes 200.")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = PayerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                name="payer_name_once",
                violation_error_code="payer_name_taken",
                violation_error_message="There is a payer of that name already.",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind="acc"),
                name="payer_acc_is_one",
                violation_error_code="payer_exists",
                violation_error_message="ACC is set up as a payer already.",
            ),
            models.CheckConstraint(
                condition=~models.Q(claim_channel="acc_api") | models.Q(kind="acc"),
                name="payer_acc_api_is_acc_s",
                violation_error_code="claim_channel_does_not_fit",
                violation_error_message="Only ACC takes claims by ACC's own interface.",
            ),
            models.CheckConstraint(
                condition=models.Q(max_claim_lines__gte=1),
                name="payer_claims_have_lines",
                violation_error_code="claim_without_lines",
                violation_error_message="A claim has at least one line.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
