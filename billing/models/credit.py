import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from billing import settling
from billing.models.invoice import Invoice, InvoiceLine
from clinic.freezing import only_added_to
from clinic.models.base import Dated
from clinic.permissions import Permission

STAYS = {"code": "credit_note_issued", "sentence": "A credit note stays as it was issued."}


class OfInvoiceQuerySet(models.QuerySet):
    """What settles an invoice is seen by whoever sees the invoice."""

    def visible_to(self, user):
        if user.may(Permission.SEE_MONEY):
            return self
        return self.filter(invoice__in=Invoice.objects.visible_to(user))


class CreditNoteQuerySet(OfInvoiceQuerySet):
    def with_totals(self):
        """Adds `amount_excl`, `gst` and `total`, summed by the database."""
        return self.annotate(amount_excl=models.Sum("lines__amount_excl"), gst=models.Sum("lines__gst")).annotate(
            total=F("amount_excl") + F("gst")
        )


@pghistory.track()
class CreditNote(Dated):
    """What an issued invoice charged wrongly, taken back: supply correction information. Issued at once, for good."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.PositiveBigIntegerField(unique=True)
    reason = models.CharField(max_length=300)
    issued_at = models.DateTimeField()
    issued_on = models.DateField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # All that the paper says, as it was on the day of issue.
    particulars = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)

    objects = CreditNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="credit_note_says_why",
                violation_error_code="reason_missing",
                violation_error_message="Say why this is credited.",
            ),
            models.CheckConstraint(
                condition=Q(content_hash__regex=r"^[0-9a-f]{64}$", previous_hash__regex=r"^[0-9a-f]{64}$"),
                name="credit_note_is_chained",
                violation_error_code="credit_note_incomplete",
                violation_error_message="A credit note carries its own hash and that of the one before.",
            ),
        ]
        triggers = [only_added_to(**STAYS)]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"CN-{self.number:06d}"


class CreditLine(models.Model):
    """What of one line is credited."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credits")
    position = models.PositiveSmallIntegerField()
    amount_excl = models.DecimalField(max_digits=10, decimal_places=2)
    gst = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    class Meta:
        ordering = ["credit_note", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["credit_note", "line"],
                name="credit_line_once",
                violation_error_code="line_twice",
                violation_error_message="This line is on the credit note already.",
            ),
            models.CheckConstraint(
                condition=Q(amount_excl__gte=0, gst__gte=0),
                name="credit_not_negative",
                violation_error_code="amount_negative",
                violation_error_message="What is credited is not negative.",
            ),
        ]
        triggers = [settling.credits_what_was_charged(), only_added_to(**STAYS)]

    def __str__(self) -> str:
        return f"credit of line {self.line_id}"

    @property
    def total(self):
        return self.amount_excl + self.gst


@pghistory.track()
class WriteOff(Dated):
    """A debt that is given up, and why. A negative one takes that back."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="write_offs")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    reason = models.CharField(max_length=300)
    written_off_on = models.DateField()
    written_off_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = OfInvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="write_off_not_nothing",
                violation_error_code="amount_missing",
                violation_error_message="Say how much is written off.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="write_off_says_why",
                violation_error_code="reason_missing",
                violation_error_message="Say why this is written off.",
            ),
        ]
        triggers = [
            settling.writes_off_what_is_owed(),
            only_added_to(code="write_off_stays", sentence="A write-off stays. Take it back with another one."),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.invoice_id}"
