import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing.models.invoice import Invoice
from billing.models.payment import Payment
from clinic.freezing import keeps, only_added_to
from clinic.models.base import Dated
from clinic.permissions import Permission


class BankQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_MONEY) else self.none()


class BankLineQuerySet(BankQuerySet):
    def exact(self):
        """What fits its invoices to the cent and waits to be accepted."""
        return self.filter(state=BankLine.State.EXACT)


@pghistory.track()
class BankFormat(Dated):
    """How a bank names the columns of its export. Banks differ, and change: none is built in."""

    class DateOrder(models.TextChoices):
        DMY = "dmy", "Day, month, year"
        MDY = "mdy", "Month, day, year"
        YMD = "ymd", "Year, month, day"

    name = models.CharField(max_length=60, unique=True)
    date_column = models.CharField(max_length=60, help_text="As the first line of the file names it.")
    amount_column = models.CharField(max_length=60, help_text="Money in is positive there, money out negative.")
    reference_columns = ArrayField(
        models.CharField(max_length=60),
        help_text="All in which somebody may have typed an invoice's number, separated by commas.",
    )
    party_column = models.CharField(max_length=60, blank=True, help_text="Who paid, where the bank says so.")
    date_order = models.CharField(
        max_length=3, choices=DateOrder.choices, blank=True, help_text="Empty: found out from the dates, or asked."
    )

    objects = BankQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(date_column="") & ~Q(amount_column="") & Q(reference_columns__len__gt=0),
                name="bank_format_names_columns",
                violation_error_code="columns_missing",
                violation_error_message="Name the columns of the date, the amount and the reference.",
            )
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class BankStatement(Dated):
    """A file of a bank as it was read in: its lines are all kept, those of money out as well."""

    format = models.ForeignKey(BankFormat, on_delete=models.PROTECT, related_name="statements")
    account = models.CharField(max_length=40, help_text="The bank account the file is of.")
    name = models.CharField(max_length=120, blank=True, help_text="The file's name.")
    read_at = models.DateTimeField()
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = BankQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        triggers = [only_added_to(code="bank_statement_read", sentence="What a bank said stays as it was read.")]

    def __str__(self) -> str:
        return f"{self.account} {self.name}".strip()


@pghistory.track()
class BankLine(Dated):
    """One line of a bank's file, and what became of it. What the bank said never changes."""

    class State(models.TextChoices):
        EXACT = "exact", "Fits"
        PART = "part", "Less than is owed"
        OVER = "over", "More than is owed"
        SEVERAL = "several", "Several invoices"
        UNKNOWN = "unknown", "No invoice found"
        KNOWN = "known", "Read in before"
        OUT = "out", "Money out"
        ACCEPTED = "accepted", "Taken as payment"
        SET_ASIDE = "set_aside", "Set aside"

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    booked_on = models.DateField()
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    text = models.CharField(max_length=300, blank=True)
    party = models.CharField(max_length=120, blank=True)
    # The same line of the same account has the same origin in every file it stands in.
    origin = models.CharField(max_length=100, db_index=True)
    state = models.CharField(max_length=9, choices=State.choices)
    # What it is proposed to pay. Several of one account are proposed where they add up.
    invoices = models.ManyToManyField(Invoice, blank=True, related_name="bank_lines")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_line")
    remark = models.CharField(max_length=300, blank=True, help_text="Why it could not be accepted.")

    objects = BankLineQuerySet.as_manager()

    class Meta:
        ordering = ["statement", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "position"],
                name="bank_line_once",
                violation_error_code="already_exists",
                violation_error_message="This line is read in already.",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", payment__isnull=False)
                | (~Q(state="accepted") & Q(payment__isnull=True)),
                name="bank_line_accepted_has_payment",
                violation_error_code="payment_missing",
                violation_error_message="A line that is taken as payment has one; another has none.",
            ),
        ]
        triggers = [
            keeps(
                "statement_id",
                "position",
                "booked_on",
                "amount",
                "text",
                "party",
                "origin",
                once=("payment_id",),
                code="bank_line_read",
                sentence="What a bank said stays as it was read.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount} {self.text}".strip()

    @property
    def is_proposed(self) -> bool:
        """Whether one click can accept it. `several` may be, once somebody has chosen."""
        return self.state in {self.State.EXACT, self.State.PART, self.State.OVER}
