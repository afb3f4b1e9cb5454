"""What a payer decided about a case: whether it is covered, and that more sessions are approved."""

from datetime import date, datetime, time, timedelta, tzinfo

import pghistory
from django.db import models

from clinic.freezing import only_added_to
from clinic.models import User
from clinic.models.base import Dated
from patients.models.case import Case, CoverStatus


class OfCaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user))


class CoverDecisionQuerySet(OfCaseQuerySet):
    def known_on(self, day: date, zone: tzinfo):
        """The one of each case that held at the end of a local day, by what had been taken down until then."""
        ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
        return self.filter(noted_at__lt=ends).order_by("case_id", "-noted_at", "-id").distinct("case_id")


class CoverDecision(Dated):
    """A cover status as it became known: `decided_on` by the payer, `noted_at` here. Written once; the one taken down
    last holds, so that a wrong one is put right by the next."""

    class Source(models.TextChoices):
        TYPED = "typed", "Typed on the case"
        LETTER = "letter", "Letter or e-mail"
        PAYERS_SYSTEM = "payers_system", "The payer's system"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="cover_decisions")
    status = models.CharField(max_length=30, choices=CoverStatus.choices)
    decided_on = models.DateField(null=True, blank=True, help_text="By the payer, where it says.")
    noted_at = models.DateTimeField(db_index=True)
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=13, choices=Source.choices, default=Source.TYPED)
    note = models.CharField(max_length=300, blank=True)

    objects = CoverDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["case", "-noted_at", "-id"]
        indexes = [models.Index(fields=["case", "-noted_at", "-id"], name="cover_decision_of_case")]
        triggers = [
            only_added_to(
                code="cover_decision_final", sentence="What was decided stays on record. Take down the new decision."
            )
        ]

    def __str__(self) -> str:
        return self.get_status_display()

    @property
    def patient_id(self) -> int:
        """For the record of who read it."""
        return self.case.patient_id


@pghistory.track()
class PurchaseOrder(Dated):
    """A payer's approval of more sessions: what ACC answers an ACC32 with."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="purchase_orders")
    number = models.CharField(max_length=20)
    sessions = models.PositiveSmallIntegerField()
    approved_on = models.DateField()
    valid_from = models.DateField()
    expires_on = models.DateField(null=True, blank=True, help_text="Its last day.")
    note = models.CharField(max_length=300, blank=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        ordering = ["case", "valid_from", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "number"],
                name="purchase_order_once_per_case",
                violation_error_code="purchase_order_exists",
                violation_error_message="This case has a purchase order of that number already.",
            ),
            models.CheckConstraint(
                condition=models.Q(number__regex=r"\S"),
                name="purchase_order_has_number",
                violation_error_code="purchase_order_without_number",
                violation_error_message="A purchase order has a number.",
            ),
            models.CheckConstraint(
                condition=models.Q(sessions__gte=1),
                name="purchase_order_of_sessions",
                violation_error_code="purchase_order_without_sessions",
                violation_error_message="A purchase order is for one session or more.",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_on__isnull=True) | models.Q(expires_on__gte=models.F("valid_from")),
                name="purchase_order_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The last day lies before the first.",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def patient_id(self) -> int:
        """For the record of who read it."""
        return self.case.patient_id
