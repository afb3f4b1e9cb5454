import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clinic.freezing import only_added_to
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Patient, Payer


class StatementQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.may(Permission.SEE_MONEY):
            return self
        if user.may(Permission.OWN_RECORD):
            return self.filter(patient__user=user)
        return self.none()


@pghistory.track()
class Statement(Dated):
    """What an account was told of itself: written down once, so that its paper says the same whenever it is drawn."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="statements")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="statements")
    from_on = models.DateField()
    to_on = models.DateField()
    issued_at = models.DateTimeField()
    issued_on = models.DateField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField()

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(patient__isnull=False, payer__isnull=True) | Q(patient__isnull=True, payer__isnull=False),
                name="statement_of_one_account",
                violation_error_code="account_unclear",
                violation_error_message="A statement is of the account of a patient or of a payer.",
            ),
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")),
                name="statement_period",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The last day lies before the first.",
            ),
        ]
        triggers = [only_added_to(code="statement_issued", sentence="A statement stays as it was. Make a new one.")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"ST-{self.pk:06d}" if self.pk else "Statement"
