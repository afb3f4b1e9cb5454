import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

from appointments.models import AppointmentType
from clinic.models.base import ArchivableQuerySet, Dated
from clinic.permissions import Permission
from patients.models import Payer


class MoneyQuerySet(ArchivableQuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_MONEY) else self.none()


@pghistory.track()
class Service(Dated):
    """Something billed under a code. Which code a payer knows it by is the clinic's to enter: none is built in."""

    class Kind(models.TextChoices):
        TREATMENT = "treatment", "Treatment"
        PRODUCT = "product", "Product"
        FEE = "fee", "Fee for a missed appointment"
        PACKAGE = "package", "Package of sessions"

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.TREATMENT)
    taxable = models.BooleanField(default=True, help_text="Whether GST is charged where the practice is registered.")
    sessions = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How many a package holds.")
    covers = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="packages",
        help_text="The treatment a package prepays.",
    )
    valid_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many days after the sale a package can be used. Empty: no end."
    )
    appointment_types = models.ManyToManyField(
        AppointmentType, blank=True, related_name="services", help_text="Signed visits of these are billed as this."
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = MoneyQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="package", sessions__gt=0, covers__isnull=False)
                | (~Q(kind="package") & Q(sessions__isnull=True, covers__isnull=True, valid_days__isnull=True)),
                name="service_package_says_of_what",
                violation_error_code="package_incomplete",
                violation_error_message="A package says which treatment it prepays, and how many; nothing else does.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class RateQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_MONEY) else self.none()

    def on(self, day):
        """The rates that hold on the date of service: ACC returns invoices at another day's rates."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))


@pghistory.track()
class Rate(Dated):
    """What a payer pays for a service over a period, and what the patient adds. No payer: the private price."""

    class Unit(models.TextChoices):
        FLAT = "flat", "Flat fee"
        HOURLY = "hourly", "Per hour"
        UNIT = "unit", "Per 15-minute unit"

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="rates")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="rates")
    unit = models.CharField(max_length=6, choices=Unit.choices, default=Unit.FLAT)
    amount = models.DecimalField(
        max_digits=8, decimal_places=2, help_text="Without GST, as ACC and insurers quote it, unless said otherwise."
    )
    includes_gst = models.BooleanField(default=False, help_text="The amount is with GST, as a price list says it.")
    surcharge = models.DecimalField(
        max_digits=8, decimal_places=2, default=0, help_text="What the patient adds, with GST."
    )
    source = models.CharField(max_length=200, blank=True, help_text="Where the amount is written, and of what date.")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects = RateQuerySet.as_manager()

    class Meta:
        ordering = ["service", "payer", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, surcharge__gte=0),
                name="rate_not_negative",
                violation_error_code="price_negative",
                violation_error_message="A price cannot be less than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="rate_valid_period",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The last day lies before the first.",
            ),
            models.CheckConstraint(
                condition=Q(payer__isnull=False) | Q(surcharge=0),
                name="rate_surcharge_beside_payer",
                violation_error_code="surcharge_without_payer",
                violation_error_message="Only a visit that somebody else pays for has a surcharge.",
            ),
            ExclusionConstraint(
                name="rate_one_at_a_time",
                expressions=[
                    ("service", RangeOperators.EQUAL),
                    (Coalesce("payer", Value(0, output_field=models.BigIntegerField())), RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_code="rate_overlaps",
                violation_error_message="Another rate of this service holds in that period. End it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} from {self.valid_from}"
