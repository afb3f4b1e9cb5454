"""What payers say they paid, as it was taken in: which line, how much, and what could not be told from it."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.claim import Claim, ClaimLine
from billing.models.payment import Payment
from clinic.freezing import keeps
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Payer

STAYS = {"code": "remittance_stays", "sentence": "What a payer said stays as it was taken in."}


class RemittanceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_MONEY) else self.none()

    def with_counts(self):
        """Adds how many rows there are of each outcome: `row_count`, `unknown_count` not yet settled by a person, and
        `duplicate_count`."""
        return self.annotate(
            row_count=models.Count("rows"),
            unknown_count=models.Count("rows", filter=Q(rows__outcome="unknown")),
            duplicate_count=models.Count("rows", filter=Q(rows__outcome="duplicate")),
        )


@pghistory.track()
class Remittance(Dated):
    """What came under one payment reference of one file or answer, and the payment that it made."""

    class Source(models.TextChoices):
        DESK = "desk", "A person"
        CHANNEL = "channel", "The payer's system"

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="remittances")
    claim = models.ForeignKey(
        Claim,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="remittances",
        help_text="The claim it was taken in for; empty where it came for several.",
    )
    payment_reference = models.CharField(max_length=60, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=7, choices=Source.choices, default=Source.DESK)
    taken_in_at = models.DateTimeField()
    taken_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payment = models.OneToOneField(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="remittance",
        help_text="Empty where no money came with it.",
    )

    objects = RemittanceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        triggers = [keeps("payer_id", "claim_id", "payment_reference", "paid_on", once=("payment_id",), **STAYS)]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.payment_reference or f"Answer {self.pk}"


class OfRemittanceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_MONEY) else self.none()

    def unknown(self):
        return self.filter(outcome=RemittanceRow.Outcome.UNKNOWN)


@pghistory.track()
class RemittanceRow(Dated):
    """One row as it was given, the line that it is about, and what was done with it."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", "Applied"
        DUPLICATE = "duplicate", "Known already"
        UNKNOWN = "unknown", "Belongs to nothing we know"
        SETTLED = "settled", "Settled by hand"

    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="rows")
    position = models.PositiveSmallIntegerField()
    schedule_number = models.CharField(max_length=30, blank=True)
    line_number = models.PositiveIntegerField(null=True, blank=True)
    claim_number = models.CharField(max_length=20, blank=True)
    service_on = models.DateField(null=True, blank=True)
    service_code = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=9, choices=ClaimLine.State.choices[2:])
    claimed = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    awarded = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True, help_text="With GST.")
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    line = models.ForeignKey(
        ClaimLine, on_delete=models.PROTECT, null=True, blank=True, related_name="remittance_rows"
    )
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    problem = models.CharField(max_length=300, blank=True, help_text="Why nothing could be done with it.")
    # The same payment for the same line is never taken in twice. Empty where no payment is named.
    fingerprint = models.CharField(max_length=64, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_note = models.CharField(max_length=300, blank=True)

    objects = OfRemittanceQuerySet.as_manager()

    class Meta:
        ordering = ["remittance", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=~Q(fingerprint="") & ~Q(outcome="duplicate"),
                name="remittance_row_once",
                violation_error_code="already_taken_in",
                violation_error_message="This payment of this line was taken in already.",
            ),
            models.UniqueConstraint(
                fields=["remittance", "position"],
                name="remittance_row_position_once",
                violation_error_code="position_twice",
                violation_error_message="Two rows of a remittance have the same number.",
            ),
            models.CheckConstraint(
                condition=Q(outcome="settled", settled_at__isnull=False, settled_by__isnull=False)
                | Q(~Q(outcome="settled"), settled_at__isnull=True),
                name="remittance_row_settled_by",
                violation_error_code="settlement_incomplete",
                violation_error_message="A row that was settled by hand says when and by whom.",
            ),
            models.CheckConstraint(
                condition=Q(awarded__isnull=True) | Q(awarded__gte=0),
                name="remittance_row_not_negative",
                violation_error_code="amount_negative",
                violation_error_message="An amount is not negative: what is taken back has a status of its own.",
            ),
        ]
        triggers = [
            keeps(
                "remittance_id",
                "schedule_number",
                "line_number",
                "claim_number",
                "service_on",
                "service_code",
                "status",
                "claimed",
                "awarded",
                "reason_code",
                "reason",
                "fingerprint",
                once=("settled_at", "settled_by_id"),
                **STAYS,
            )
        ]

    def __str__(self) -> str:
        return f"row {self.position} of remittance {self.remittance_id}"
