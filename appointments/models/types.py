import pghistory
from django.db import models

from clinic.models import Device
from clinic.models.base import ArchivableQuerySet, Dated


class AppointmentTypeQuerySet(ArchivableQuerySet):
    def visible_to(self, user):
        return self if user.permissions_held else self.none()


@pghistory.track()
class AppointmentType(Dated):
    name = models.CharField(max_length=80, unique=True)
    price = models.DecimalField(
        max_digits=8, decimal_places=2, default=0, help_text="What a private visit costs, with GST."
    )
    complimentary = models.BooleanField(default=False)
    bookable_online = models.BooleanField(default=False)
    min_notice_minutes = models.PositiveIntegerField(default=0)
    horizon_days = models.PositiveSmallIntegerField(default=180)
    needs_device = models.CharField(max_length=20, blank=True, choices=Device.Kind.choices)
    colour = models.CharField(max_length=7, default="#2f6f5e")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = AppointmentTypeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price__gte=0),
                name="type_price_not_negative",
                violation_error_code="price_negative",
                violation_error_message="A price cannot be less than nothing.",
            ),
            models.CheckConstraint(
                condition=models.Q(complimentary=False) | models.Q(price=0),
                name="type_complimentary_is_free",
                violation_error_code="complimentary_has_price",
                violation_error_message="A complimentary visit has no price.",
            ),
            models.CheckConstraint(
                condition=models.Q(colour__regex=r"^#[0-9a-f]{6}$"),
                name="type_colour_form",
                violation_error_code="colour_malformed",
                violation_error_message="A colour is written as # and six hexadecimal digits.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def segment_minutes(self) -> list[tuple[str, int]]:
        """`(kind, minutes)` in order. Uses prefetched segments; queries when there are none prefetched."""
        return [(segment.kind, segment.minutes) for segment in self.segments.all()]


class Segment(models.Model):
    """A stretch of an appointment: hands on, or the patient resting with needles in while the practitioner is free."""

    class Kind(models.TextChoices):
        HANDS_ON = "hands_on", "Hands on"
        REST = "rest", "Rest with needles in"

    appointment_type = models.ForeignKey(AppointmentType, on_delete=models.CASCADE, related_name="segments")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    minutes = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["appointment_type", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment_type", "position"],
                name="segment_position_once",
                violation_error_code="segment_position_taken",
                violation_error_message="Two segments stand at the same place.",
            ),
            models.CheckConstraint(
                condition=models.Q(minutes__gte=5, minutes__lte=240, minutes__in=range(5, 241, 5)),
                name="segment_minutes_in_fives",
                violation_error_code="segment_minutes",
                violation_error_message="A segment lasts 5 to 240 minutes, in steps of five.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.minutes} min"
