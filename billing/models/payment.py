import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from appointments.models import Appointment
from appointments.statuses import Status
from billing import settling
from billing.models.credit import OfInvoiceQuerySet
from billing.models.invoice import MONEY, NOTHING, Invoice, InvoiceLine
from clinic.freezing import only_added_to
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Patient, Payer


class PaymentQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.may(Permission.SEE_MONEY):
            return self
        if user.may(Permission.OWN_RECORD):
            return self.filter(patient__user=user)
        return self.none()

    def with_remaining(self):
        """Adds `allocated`, `refunded` (not positive) and `remaining`, the credit that is left of each payment."""
        return self.annotate(
            allocated=_summed(Allocation, "payment"), refunded=_summed(Payment, "refund_of")
        ).annotate(
            remaining=models.Case(
                models.When(refund_of__isnull=False, then=NOTHING),
                default=F("amount") + F("refunded") - F("allocated"),
                output_field=MONEY,
            )
        )

    def of_account(self, *, patient=None, payer=None):
        return self.filter(payer=payer) if payer is not None else self.filter(patient=patient)

    def credit_of(self, *, patient=None, payer=None):
        """What is left of an account's payments and waits for no visit, with `remaining`. A deposit waits until its
        visit is cancelled or is on an issued invoice."""
        billed = InvoiceLine.objects.filter(
            Q(treatment__appointment=OuterRef("appointment")) | Q(appointment=OuterRef("appointment")),
            invoice__status=Invoice.Status.ISSUED,
        )
        waits = Q(appointment__isnull=False) & ~Q(appointment__status=Status.CANCELLED) & ~models.Exists(billed)
        return self._with_credit(patient, payer).exclude(waits)

    def deposits_for(self, invoice):
        """What is left of the money that was given in advance for the visits of an invoice, with `remaining`."""
        visits = Appointment.objects.filter(
            Q(treatment__invoice_lines__invoice=invoice) | Q(invoice_lines__invoice=invoice)
        )
        return self._with_credit(*_debtor(invoice)).filter(appointment__in=visits)

    def credit_for(self, invoice):
        """What of the account's credit could pay an invoice, with `remaining`."""
        patient, payer = _debtor(invoice)
        free = self.credit_of(patient=patient, payer=payer).values("pk")
        deposits = self.deposits_for(invoice).values("pk")
        return self.with_remaining().filter(Q(pk__in=free) | Q(pk__in=deposits))

    def _with_credit(self, patient, payer):
        return self.of_account(patient=patient, payer=payer).with_remaining().filter(remaining__gt=0)


def _debtor(invoice: Invoice) -> tuple[Patient | None, Payer | None]:
    return (None, invoice.payer) if invoice.payer_id else (invoice.debtor, None)


def _summed(model: type[models.Model], related: str) -> models.Expression:
    rows = model._base_manager.filter(**{related: OuterRef("pk")}).order_by().values(related)
    return Coalesce(Subquery(rows.annotate(_sum=models.Sum("amount")).values("_sum"), output_field=MONEY), NOTHING)


@pghistory.track()
class Payment(Dated):
    """Money that came in, or with a negative amount, a refund of it. It never changes; what it pays are allocations,
    and what is left of it is credit on the account. No card data is ever kept here."""

    class Method(models.TextChoices):
        CASH = "cash", "Cash"
        CARD = "card", "Card terminal"
        BANK_TRANSFER = "bank_transfer", "Bank transfer"
        VOUCHER = "voucher", "Voucher"
        INSURER = "insurer", "Insurer or ACC"
        ONLINE = "online", "Payment link"

    number = models.PositiveBigIntegerField(unique=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    method = models.CharField(max_length=13, choices=Method.choices)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    received_on = models.DateField(help_text="The day it came in, or went out; the day it is banked under.")
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty where nobody took it: a payment link.",
    )
    reference = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)
    refund_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="refunds")
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deposits",
        help_text="The visit a deposit was paid for.",
    )
    # What the money is known by where it came from: a bank's line, a payment link, a remittance. Never taken twice.
    origin = models.CharField(max_length=100, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(patient__isnull=False, payer__isnull=True) | Q(patient__isnull=True, payer__isnull=False),
                name="payment_on_one_account",
                violation_error_code="account_unclear",
                violation_error_message="A payment is on the account of a patient or of a payer.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, refund_of__isnull=True) | Q(amount__lt=0, refund_of__isnull=False),
                name="payment_amount_fits",
                violation_error_code="amount_does_not_fit",
                violation_error_message="A payment is more than nothing; what goes back is a refund of a payment.",
            ),
            models.UniqueConstraint(
                fields=["origin"],
                condition=~Q(origin=""),
                name="payment_origin_once",
                violation_error_code="already_taken",
                violation_error_message="This payment is taken already.",
            ),
        ]
        triggers = [
            settling.refunds_what_is_left(),
            only_added_to(code="payment_taken", sentence="A payment stays as it was taken. Refund it instead."),
        ]
        indexes = [models.Index(fields=["received_on", "method"], name="payment_by_day")]

    def __str__(self) -> str:
        return self.label

    @property
    def account(self) -> tuple[int | None, int | None]:
        """The payer's id, or else the patient's."""
        return (self.payer_id, self.patient_id)

    @property
    def label(self) -> str:
        return f"{'REF' if self.refund_of_id else 'RCT'}-{self.number:06d}"


@pghistory.track()
class Allocation(Dated):
    """The part of a payment that pays an invoice. A negative row takes it back."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    allocated_at = models.DateTimeField()
    allocated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = OfInvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="allocation_not_nothing",
                violation_error_code="amount_missing",
                violation_error_message="Say how much of the payment goes to this invoice.",
            )
        ]
        triggers = [
            settling.allocates_what_is_there(),
            only_added_to(code="allocation_stays", sentence="An allocation stays. Take it back with another one."),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.payment_id} to {self.invoice_id}"
