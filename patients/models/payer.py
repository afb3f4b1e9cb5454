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

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    address = models.TextField(blank=True)
    email = models.EmailField(blank=True)
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
        ]

    def __str__(self) -> str:
        return self.name
