import operator
from decimal import Decimal
from functools import reduce

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Regex

from appointments.models import Appointment
from billing import settling
from billing.models.rates import Service
from clinic.freezing import freezes_itself, freezes_with
from clinic.models.base import Dated
from clinic.permissions import Permission
from messaging.models import Message, Occasion
from patients.models import Case, Patient, Payer
from treatments.models import Treatment

MONEY = models.DecimalField(max_digits=12, decimal_places=2)
NOTHING = Value(Decimal("0.00"), output_field=MONEY)
ISSUED = {"when": "issued", "code": "invoice_issued", "sentence": "This invoice is issued. Credit it instead."}


def _summed(related: str, *amounts: str, only: Q | None = None) -> models.Expression:
    """The sum over related rows, each relation in a query of its own: joined, they would multiply each other."""
    amount = reduce(operator.add, [F(f"{related}__{name}") for name in amounts])
    _sum = models.Sum(amount, filter=only)
    rows = Invoice.objects.filter(pk=OuterRef("pk")).order_by().values("pk").annotate(_sum=_sum)
    return Coalesce(Subquery(rows.values("_sum"), output_field=MONEY), NOTHING)


class InvoiceQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.may(Permission.SEE_MONEY):
            return self
        if user.may(Permission.OWN_RECORD):
            own = Q(billed_to__user=user) | Q(billed_to__isnull=True, patient__user=user)
            return self.issued().filter(own, payer__isnull=True)
        return self.none()

    def with_totals(self):
        """Adds `amount_excl`, `gst` and `total`, summed by the database."""
        return self.annotate(amount_excl=_summed("lines", "amount_excl"), gst=_summed("lines", "gst")).annotate(
            total=F("amount_excl") + F("gst")
        )

    def with_balance(self):
        """Adds `charged`, `credited`, `paid`, `written_off` and `balance`, what is still owed; each 0.00 where there
        is nothing. A draft owes nothing yet: ask for issued ones."""
        return self.annotate(
            charged=_summed("lines", "amount_excl", "gst"),
            credited=_summed("credit_notes__lines", "amount_excl", "gst"),
            paid=_summed("allocations", "amount"),
            written_off=_summed("write_offs", "amount"),
        ).annotate(balance=F("charged") - F("credited") - F("paid") - F("written_off"))

    def with_state(self, *, on):
        """Adds `state`, one of `Invoice.State`, as of a local day, and what `with_balance` adds."""
        state = Invoice.State
        nothing_more = Q(status=Invoice.Status.ISSUED, balance__lte=0)
        rules = [
            (Q(status=Invoice.Status.DRAFT), state.DRAFT),
            (nothing_more & Q(credited__gt=0, paid=0, written_off=0), state.CREDITED),
            (nothing_more & Q(written_off__gt=0), state.WRITTEN_OFF),
            (nothing_more, state.PAID),
            (Q(due_on__lt=on), state.OVERDUE),
            (Q(balance__lt=F("charged")), state.PART_PAID),
        ]
        return self.with_balance().annotate(
            state=models.Case(
                *(models.When(rule, then=Value(value)) for rule, value in rules),
                default=Value(state.UNPAID),
                output_field=models.CharField(),
            )
        )

    def with_balance_on(self, day):
        """Adds `charged` and `balance` as they stood at the end of a day, by the days on which things happened: what
        came in by then pays, whenever it was set against the invoice. Of those that were issued by then."""
        return self.annotate(
            charged=_summed("lines", "amount_excl", "gst"),
            credited=_summed("credit_notes__lines", "amount_excl", "gst", only=Q(credit_notes__issued_on__lte=day)),
            paid=_summed("allocations", "amount", only=Q(allocations__payment__received_on__lte=day)),
            written_off=_summed("write_offs", "amount", only=Q(write_offs__written_off_on__lte=day)),
        ).annotate(balance=F("charged") - F("credited") - F("paid") - F("written_off"))

    def with_sending(self):
        """Adds `sending`, the state of the message it goes by, NULL where nobody sent it; `sent_to` and `sent_at`."""
        messages = Message.objects.filter(
            occasion=Occasion.INVOICE, subject_kind=Invoice.MESSAGE_SUBJECT, subject_id=OuterRef("pk")
        )
        return self.annotate(
            sending=Subquery(messages.values("state")[:1]),
            sent_to=Subquery(messages.values("recipient")[:1]),
            sent_at=Subquery(messages.values("sent_at")[:1]),
        )

    def issued(self):
        return self.filter(status=Invoice.Status.ISSUED)

    def owed(self):
        """Issued, and not settled whole."""
        return self.issued().with_balance().filter(balance__gt=0)

    def of_account(self, *, patient=None, payer=None):
        """What one debtor owes or owed: a payer, or the patient on whose account it is."""
        if payer is not None:
            return self.filter(payer=payer)
        return (
            self.filter(payer__isnull=True).alias(account=Coalesce("billed_to", "patient")).filter(account=patient.pk)
        )

    def of_visits(self, appointments):
        """Those with a line for one of these visits: for its treatment, or for missing it."""
        lines = InvoiceLine.objects.filter(
            Q(treatment__appointment__in=appointments) | Q(appointment__in=appointments), invoice=OuterRef("pk")
        )
        return self.filter(models.Exists(lines))


class CounterQuerySet(models.QuerySet):
    def locked(self, name: str) -> "Counter":
        """The counter of that name, held until the caller's transaction ends."""
        self.bulk_create([Counter(name=name)], ignore_conflicts=True)
        return self.select_for_update().get(name=name)


class Counter(models.Model):
    """The last number given out. Locked by the transaction that issues, so numbers have no gaps and no doubles."""

    name = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)
    last_hash = models.CharField(max_length=64, blank=True)

    objects = CounterQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.last}"

    def advance(self, content_hash: str = "") -> int:
        """Gives out the next number. The next one is chained to `content_hash`. The counter must be `locked`."""
        self.last, self.last_hash = self.last + 1, content_hash
        self.save(update_fields=["last", "last_hash"])
        return self.last


@pghistory.track()
class Invoice(Dated):
    """What one party owes for services: the patient, or a payer. A draft has no number; issued, it never changes."""

    MESSAGE_SUBJECT = "invoice"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ISSUED = "issued", "Issued"

    class State(models.TextChoices):
        """How it stands with the money, as lists and pages say it. It is reckoned, never stored."""

        DRAFT = "draft", "Draft"
        UNPAID = "unpaid", "Unpaid"
        PART_PAID = "part_paid", "Part paid"
        OVERDUE = "overdue", "Overdue"
        PAID = "paid", "Paid"
        CREDITED = "credited", "Credited"
        WRITTEN_OFF = "written_off", "Written off"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="invoices")
    payer = models.ForeignKey(
        Payer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invoices",
        help_text="Empty: the patient.",
    )
    # Kept from the day of the draft: an account that moves to somebody else later takes no old debts along.
    billed_to = models.ForeignKey(
        Patient,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invoices_of_family",
        help_text="Who pays in the patient's place: a parent, a partner.",
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices")
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.DRAFT)
    number = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    # All that the paper says, as it was on the day of issue: names move and practices change, an invoice does not.
    particulars = models.JSONField(default=dict, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", number__isnull=True)
                | Q(
                    status="issued",
                    number__isnull=False,
                    issued_at__isnull=False,
                    issued_on__isnull=False,
                    issued_by__isnull=False,
                    content_hash__regex=r"^[0-9a-f]{64}$",
                    previous_hash__regex=r"^[0-9a-f]{64}$",
                ),
                name="invoice_number_when_issued",
                violation_error_code="invoice_incomplete",
                violation_error_message="An issued invoice has its number, day and author; a draft has none.",
            ),
            models.CheckConstraint(
                condition=Q(payer__isnull=True) | Q(billed_to__isnull=True),
                name="invoice_one_debtor",
                violation_error_code="two_debtors",
                violation_error_message="An invoice goes to a payer or to a person, not to both.",
            ),
        ]
        triggers = [freezes_itself(**ISSUED)]

    def __str__(self) -> str:
        return self.label

    @property
    def debtor(self) -> Payer | Patient:
        """Who owes it. Queries, unless `payer`, `billed_to` and `patient` were selected."""
        return self.payer or self.billed_to or self.patient

    @property
    def account(self) -> tuple[int | None, int | None]:
        """The payer's id, or else that of the patient who owes it."""
        return (self.payer_id, None) if self.payer_id else (None, self.billed_to_id or self.patient_id)

    @property
    def label(self) -> str:
        return f"INV-{self.number:06d}" if self.number else "Draft"


class InvoiceLineQuerySet(models.QuerySet):
    def with_credited(self):
        """Adds `credited_excl` and `credited_gst`, what credit notes took back of each line, and `times_credited`. In
        the order of the invoice, which a query that adds up would forget."""
        return self.order_by("invoice_id", "position").annotate(
            times_credited=models.Count("credits"),
            credited_excl=Coalesce(models.Sum("credits__amount_excl"), NOTHING),
            credited_gst=Coalesce(models.Sum("credits__gst"), NOTHING),
        )


class InvoiceLine(models.Model):
    """One service of one day, a product or a fee. Amounts are rounded per line, so that lines add up to the total."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    treatment = models.ForeignKey(
        Treatment, on_delete=models.PROTECT, null=True, blank=True, related_name="invoice_lines"
    )
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invoice_lines",
        help_text="The visit somebody missed, where the line is a fee for that.",
    )
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Whose part of the treatment this is: billed once to each, never twice to one.
    share = models.CharField(max_length=7, choices=[("payer", "Payer's part"), ("patient", "Patient's part")])
    service_on = models.DateField()
    description = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=8, decimal_places=2, default=1)
    unit = models.CharField(max_length=6, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    amount_excl = models.DecimalField(max_digits=10, decimal_places=2)
    gst = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    # What US insurers ask of a line beside its code. A person enters both; neither is guessed.
    modifiers = ArrayField(models.CharField(max_length=2), default=list, blank=True, size=4)
    diagnosis_pointers = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        size=4,
        help_text="Which of the case's ICD-10-CM diagnoses the line is for, counted from 1. None: the first four.",
    )

    objects = InvoiceLineQuerySet.as_manager()

    class Meta:
        ordering = ["invoice", "position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_excl__gte=0, gst__gte=0, quantity__gt=0),
                name="line_amounts_not_negative",
                violation_error_code="amount_negative",
                violation_error_message="A line has a quantity and amounts that are not negative.",
            ),
            models.CheckConstraint(
                condition=Regex(
                    models.Func("modifiers", Value(" "), function="array_to_string", output_field=models.TextField()),
                    Value(r"^([A-Z0-9]{2}( [A-Z0-9]{2}){0,3})?$"),
                ),
                name="line_modifiers_form",
                violation_error_code="modifier_malformed",
                violation_error_message="A line has up to four modifiers of two letters or figures, such as GP or 25.",
            ),
            models.CheckConstraint(
                condition=Q(diagnosis_pointers__len__lte=4) & Q(diagnosis_pointers__contained_by=[*range(1, 13)]),
                name="line_diagnosis_pointers_form",
                violation_error_code="diagnosis_pointer_malformed",
                violation_error_message="A line points to up to four of the first twelve diagnoses.",
            ),
        ]
        triggers = [freezes_with(parent="billing_invoice", column="invoice_id", **ISSUED)]

    def __str__(self) -> str:
        return self.description

    @property
    def total(self):
        return self.amount_excl + self.gst


BILLED = {"code": "already_billed", "sentence": "This is on an issued invoice. Credit its line first."}


class BilledPart(models.Model):
    """The referee of billing once: a row for each part of a treatment, or fee for a missed visit, that is on a line.

    It goes when the draft is thrown away or the line is credited in full; only then the part can be billed anew.
    """

    line = models.OneToOneField(InvoiceLine, on_delete=models.CASCADE, related_name="billed_part")
    treatment = models.ForeignKey(
        Treatment, on_delete=models.PROTECT, null=True, blank=True, related_name="billed_parts"
    )
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="billed_parts"
    )
    share = models.CharField(max_length=7)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["treatment", "share", "service"],
                condition=Q(treatment__isnull=False),
                name="treatment_billed_once",
                violation_error_code="already_billed",
                violation_error_message="This treatment is on an invoice already.",
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(appointment__isnull=False),
                name="missed_visit_billed_once",
                violation_error_code="already_billed",
                violation_error_message="The fee for this missed visit is on an invoice already.",
            ),
            models.CheckConstraint(
                condition=Q(treatment__isnull=False, appointment__isnull=True)
                | Q(treatment__isnull=True, appointment__isnull=False),
                name="billed_part_of_one_thing",
                violation_error_code="billed_part_unclear",
                violation_error_message="A billed part is of a treatment or of a missed visit.",
            ),
        ]
        triggers = [settling.released_by_credit(**BILLED)]

    def __str__(self) -> str:
        return f"part of line {self.line_id}"
