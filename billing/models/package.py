import pghistory
from django.db import models
from django.db.models import Count, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Floor, NullIf

from billing import settling
from billing.models.credit import CreditLine
from billing.models.invoice import BILLED, MONEY, NOTHING, InvoiceLine
from billing.models.rates import Service
from clinic.freezing import never_deleted
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Patient


class PackageQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.may(Permission.SEE_MONEY):
            return self
        if user.may(Permission.OWN_RECORD):
            return self.filter(account__user=user)
        return self.none()

    def with_left(self):
        """Adds `used` and `left`, in sessions. What is credited of a package can no longer be used."""
        credited = CreditLine.objects.filter(line=OuterRef("line")).order_by().values("line")
        credited = credited.annotate(_sum=models.Sum(F("amount_excl") + F("gst"))).values("_sum")
        used = PackageUse.objects.filter(package=OuterRef("pk")).order_by().values("package")
        used = used.annotate(_count=Count("pk")).values("_count")
        charged = F("line__amount_excl") + F("line__gst")
        kept = charged - Coalesce(Subquery(credited, output_field=MONEY), NOTHING)
        held = ExpressionWrapper(F("sessions") * kept / NullIf(charged, NOTHING), output_field=MONEY)
        return self.annotate(
            used=Coalesce(Subquery(used, output_field=models.IntegerField()), 0),
            held=Coalesce(Floor(held), F("sessions"), output_field=models.IntegerField()),
        ).annotate(left=F("held") - F("used"))

    def usable(self, *, on):
        """With sessions left that can be used on a local day, what expires first first."""
        return (
            self.with_left()
            .filter(Q(expires_on__isnull=True) | Q(expires_on__gte=on), left__gt=0)
            .order_by(F("expires_on").asc(nulls_last=True), "pk")
        )


@pghistory.track()
class Package(Dated):
    """Sessions paid ahead: made when the invoice that sells them is issued, used by treatments of the account."""

    account = models.ForeignKey(
        Patient,
        on_delete=models.PROTECT,
        related_name="packages",
        help_text="Whose it is. They and those whose invoices they pay use it.",
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="+", help_text="The treatment that is paid ahead."
    )
    line = models.OneToOneField(InvoiceLine, on_delete=models.PROTECT, related_name="package")
    sessions = models.PositiveSmallIntegerField()
    bought_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True, help_text="The last day. Empty: no end.")

    objects = PackageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sessions__gt=0),
                name="package_has_sessions",
                violation_error_code="package_empty",
                violation_error_message="A package holds at least one session.",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("bought_on")),
                name="package_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The last day lies before the first.",
            ),
        ]
        triggers = [never_deleted(code="package_sold", sentence="This package is sold. Credit what is left of it.")]

    def __str__(self) -> str:
        return f"{self.sessions} sessions of {self.service_id}"


class PackageUse(models.Model):
    """One session of a package, used by the treatment of a line. It goes with its draft, or when that line is
    credited."""

    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="uses")
    line = models.OneToOneField(InvoiceLine, on_delete=models.CASCADE, related_name="package_use")
    number = models.PositiveSmallIntegerField(help_text="Which session of the package.")

    class Meta:
        ordering = ["package", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["package", "number"],
                name="package_session_once",
                violation_error_code="session_used",
                violation_error_message="This session of the package is used already.",
            ),
            models.CheckConstraint(
                condition=Q(number__gt=0),
                name="package_session_counts_from_one",
                violation_error_code="session_number_wrong",
                violation_error_message="Sessions are counted from one.",
            ),
        ]
        triggers = [settling.uses_what_is_left(), settling.released_by_credit(**BILLED)]

    def __str__(self) -> str:
        return f"session {self.number} of {self.package_id}"
