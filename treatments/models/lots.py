from zoneinfo import ZoneInfo

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import TruncDate

from clinic.freezing import freezes_with
from clinic.models.base import Dated
from clinic.permissions import Permission
from treatments.models.treatment import PART_OF_NOTE, Treatment


class NeedleLotQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.READ_NOTES) else self.none()


@pghistory.track()
class NeedleLot(Dated):
    """A batch of needles as its box names it, so that a recall finds everybody who had one."""

    maker = models.CharField(max_length=80)
    product = models.CharField(max_length=80)
    lot_number = models.CharField(max_length=40)
    gauge = models.CharField(max_length=20, help_text="Diameter x length in mm, such as 0.25x40.")
    supplier = models.CharField(max_length=80, blank=True, help_text="Who sold it, and is told of a recall.")
    expires_on = models.DateField(null=True, blank=True)
    received_on = models.DateField()

    objects = NeedleLotQuerySet.as_manager()

    class Meta:
        ordering = ["-received_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["maker", "product", "lot_number", "gauge"],
                name="needle_lot_once",
                violation_error_code="lot_exists",
                violation_error_message="This lot is listed already.",
            ),
            models.CheckConstraint(
                condition=~Q(lot_number="") & ~Q(maker=""),
                name="needle_lot_named",
                violation_error_code="lot_unnamed",
                violation_error_message="A lot needs its maker and its number.",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("received_on")),
                name="needle_lot_not_expired_when_received",
                violation_error_code="lot_expired",
                violation_error_message="This lot had expired before it was received. Send it back.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.maker} {self.product} {self.gauge}, lot {self.lot_number}"


class LotUseQuerySet(NeedleLotQuerySet):
    def with_expiry(self, *, zone: ZoneInfo):
        """Adds `had_expired`: whether the lot was past its date on the day of the session, on the wall of `zone`."""
        day = TruncDate("treatment__started_at", tzinfo=zone)
        expired = models.Case(models.When(lot__expires_on__lt=day, then=True), default=False)
        return self.select_related("treatment", "lot").annotate(had_expired=expired)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class LotUse(Dated):
    """Needles of this lot were used in this session. Part of the note: frozen when it is signed."""

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="lot_uses")
    lot = models.ForeignKey(NeedleLot, on_delete=models.PROTECT, related_name="uses")
    needles = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How many, where it was counted.")

    objects = LotUseQuerySet.as_manager()

    class Meta:
        ordering = ["treatment", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["treatment", "lot"],
                name="lot_use_once_per_treatment",
                violation_error_code="lot_noted_already",
                violation_error_message="This lot is noted for this session already.",
            ),
            models.CheckConstraint(
                condition=Q(needles__isnull=True) | Q(needles__gte=1, needles__lte=200),
                name="lot_use_needles_plausible",
                violation_error_code="needles_implausible",
                violation_error_message="A session uses 1 to 200 needles of a lot.",
            ),
        ]
        triggers = [freezes_with(**PART_OF_NOTE)]

    def __str__(self) -> str:
        return f"Lot {self.lot_id} in {self.treatment_id}"

    @property
    def patient_id(self) -> int:
        """Whose needles; `treatment` must be loaded."""
        return self.treatment.patient_id
