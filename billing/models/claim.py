"""A claim: lines sent to one payer in one batch, what the payer said about each, and what was said before."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from billing.claiming import guards
from billing.models.invoice import NOTHING, InvoiceLine
from clinic.freezing import only_added_to
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Payer


class ClaimQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_MONEY) else self.none()

    def with_sums(self):
        """Adds `claimed` and `awarded`, and how many lines there are: `line_count`, `open_count` that wait for the
        payer, `undecided_count` that were declined, taken back or paid in part and wait for a person."""
        undecided = Q(lines__state__in=ClaimLine.UNDECIDED, lines__resolution="")
        return self.annotate(
            line_count=models.Count("lines"),
            open_count=models.Count("lines", filter=Q(lines__state__in=ClaimLine.OPEN)),
            undecided_count=models.Count("lines", filter=undecided),
            claimed=Coalesce(models.Sum("lines__claimed"), NOTHING),
            awarded=Coalesce(models.Sum("lines__awarded"), NOTHING),
        )

    def waiting(self, *, now):
        """To be handed over to their channel by now."""
        return self.filter(delivery=Claim.Delivery.WAITING, next_try_at__lte=now)


@pghistory.track()
class Claim(Dated):
    """A draft has no number. Submitted, what it says never changes: only what became of it does."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        REJECTED = "rejected", "Rejected"
        SETTLED = "settled", "Settled"

    class Delivery(models.TextChoices):
        NOT_YET = "not_yet", "Not yet"
        WAITING = "waiting", "Waiting to be sent"
        HANDED_OVER = "handed_over", "Being handed over"
        SENT = "sent", "Sent"
        REFUSED = "refused", "Not taken"
        UNKNOWN = "unknown", "Nobody knows"

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="claims")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    number = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    channel = models.CharField(max_length=7, blank=True, help_text="How it went to the payer.")
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_on = models.DateField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # All that papers, files and interfaces say of it, as it was when it was submitted.
    particulars = models.JSONField(default=dict, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    delivery = models.CharField(max_length=11, choices=Delivery.choices, default=Delivery.NOT_YET)
    delivery_code = models.CharField(max_length=40, blank=True)
    delivery_detail = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When the payer was last asked about it.")
    payer_reference = models.CharField(max_length=60, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", number__isnull=True, delivery="not_yet")
                | Q(
                    ~Q(status="draft"),
                    ~Q(delivery="not_yet"),
                    ~Q(channel=""),
                    number__isnull=False,
                    submitted_at__isnull=False,
                    submitted_on__isnull=False,
                    submitted_by__isnull=False,
                    content_hash__regex=r"^[0-9a-f]{64}$",
                ),
                name="claim_number_when_submitted",
                violation_error_code="claim_incomplete",
                violation_error_message="A submitted claim has its number, day, channel and author; a draft has none.",
            ),
            models.CheckConstraint(
                condition=~Q(delivery="waiting") | Q(next_try_at__isnull=False),
                name="claim_waiting_has_time",
                violation_error_code="claim_incomplete",
                violation_error_message="A claim that waits to be sent says when it is tried.",
            ),
        ]
        triggers = [guards.claim_stays()]
        indexes = [
            models.Index(fields=["delivery", "next_try_at"], name="claim_to_deliver", condition=Q(delivery="waiting"))
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"CLM-{self.number:06d}" if self.number else "Draft"

    @property
    def name(self) -> str:
        """In a sentence: what it is called where somebody else's draft is meant."""
        return self.label if self.number else "a claim that is being prepared"

    @property
    def key(self) -> str:
        """What a channel that honours keys recognises a repeat by: the same for every try."""
        return f"needlebook-claim-{self.number}-{self.content_hash[:16]}"


class ClaimLineQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_MONEY) else self.none()

    def live(self):
        return self.filter(state__in=ClaimLine.LIVE)

    def undecided(self):
        """What the payer did not pay whole, and nobody has decided about yet."""
        return self.filter(state__in=ClaimLine.UNDECIDED, resolution="")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ClaimLine(Dated):
    """The payer's part of one treatment on a claim. It is on one live claim at most; what was declined or taken back
    may be claimed again, and the new line names the old one."""

    class State(models.TextChoices):
        SELECTED = "selected", "Selected"
        SUBMITTED = "submitted", "Submitted"
        ACCEPTED = "accepted", "Accepted"
        HELD = "held", "Held"
        PARTIAL = "partial", "Paid in part"
        PAID = "paid", "Paid"
        DECLINED = "declined", "Declined"
        REVERSED = "reversed", "Taken back"

    LIVE = ("selected", "submitted", "accepted", "held", "partial", "paid")
    # What waits for the payer, and what waits for a person.
    OPEN = ("submitted", "accepted", "held")
    UNDECIDED = ("partial", "declined", "reversed")

    class Resolution(models.TextChoices):
        BILLED_TO_PATIENT = "billed_to_patient", "Billed to the patient"
        WRITTEN_OFF = "written_off", "Written off"
        RESUBMITTED = "resubmitted", "Claimed again"

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="lines")
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="claim_lines")
    position = models.PositiveSmallIntegerField(help_text="Its number on the claim, from 1.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.SELECTED)
    claimed = models.DecimalField(max_digits=10, decimal_places=2, help_text="With GST.")
    awarded = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True, help_text="With GST.")
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    resubmission_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="resubmitted_as"
    )
    resolution = models.CharField(
        max_length=17, choices=Resolution.choices, blank=True, help_text="What a person decided about the rest of it."
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ClaimLineQuerySet.as_manager()

    class Meta:
        ordering = ["claim", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice_line"],
                condition=Q(state__in=["selected", "submitted", "accepted", "held", "partial", "paid"]),
                name="claim_line_on_one_live_claim",
                violation_error_code="already_claimed",
                violation_error_message="This treatment is on a claim already.",
            ),
            models.UniqueConstraint(
                fields=["claim", "position"],
                name="claim_line_position_once",
                deferrable=models.Deferrable.DEFERRED,
                violation_error_code="position_twice",
                violation_error_message="Two lines of a claim have the same number.",
            ),
            models.CheckConstraint(
                condition=Q(claimed__gt=0),
                name="claim_line_claims_something",
                violation_error_code="nothing_to_claim",
                violation_error_message="There is nothing to claim on this line.",
            ),
            models.CheckConstraint(
                condition=Q(awarded__isnull=True) | Q(awarded__gte=0),
                name="claim_line_award_not_negative",
                violation_error_code="amount_negative",
                violation_error_message="What is awarded is not negative.",
            ),
            models.CheckConstraint(
                condition=Q(resolution="", resolved_at__isnull=True) | Q(~Q(resolution=""), resolved_at__isnull=False),
                name="claim_line_resolved_at",
                violation_error_code="resolution_incomplete",
                violation_error_message="What was decided about a line says when.",
            ),
        ]
        triggers = [guards.line_fits_its_claim(), guards.line_stays()]
        indexes = [models.Index(fields=["state", "id"], name="claim_line_by_state")]

    def __str__(self) -> str:
        return f"line {self.position} of claim {self.claim_id}"

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE


class OfClaimLineQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_MONEY) else self.none()


class ClaimLineStep(models.Model):
    """A state that a line came into: when, by whom, for what reason, and where that was learnt."""

    class Source(models.TextChoices):
        DESK = "desk", "A person"
        CHANNEL = "channel", "The payer's system"
        REMITTANCE = "remittance", "A remittance"

    line = models.ForeignKey(ClaimLine, on_delete=models.PROTECT, related_name="history")
    state = models.CharField(max_length=9, choices=ClaimLine.State.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=10, choices=Source.choices)
    amount = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="The payment it came with.")

    objects = OfClaimLineQuerySet.as_manager()

    class Meta:
        ordering = ["line_id", "id"]
        triggers = [
            only_added_to(code="claim_history_stays", sentence="What became of a claimed line stays on record.")
        ]

    def __str__(self) -> str:
        return f"{self.state} at {self.at:%Y-%m-%d %H:%M}Z"
