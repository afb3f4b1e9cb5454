import pghistory
from django.db import models
from django.db.models import F, Q

from clinic.models import Device, Practitioner, Room
from clinic.models.base import ArchivableQuerySet, Dated
from clinic.sql import found

# What a visit lasts at the very most; a plan for longer than a working day is a slip of the keyboard.
LONGEST_MINUTES = 8 * 60
TOO_LONG = "A visit lasts at most eight hours."
LONGEST_BUFFER_MINUTES = 60
OLDEST = 130


# Asked with every booking, where the ORM would take longer to write them than the database to answer.
SEGMENTS = "SELECT kind, minutes FROM appointments_segment WHERE appointment_type_id = %(kind)s ORDER BY position"
_CHOSEN = "SELECT {0}_id FROM appointments_appointmenttype_{0}s WHERE appointmenttype_id = %(kind)s"
PRACTITIONERS, ROOMS = _CHOSEN.format("practitioner"), _CHOSEN.format("room")


def _buffer_in_fives(field: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": range(0, LONGEST_BUFFER_MINUTES + 1, 5)}),
        name=name,
        violation_error_code="buffer_minutes",
        violation_error_message="A buffer lasts up to an hour, in steps of five minutes.",
    )


class AppointmentTypeQuerySet(ArchivableQuerySet):
    def visible_to(self, user):
        return self if user.permissions_held else self.none()


@pghistory.track()
class AppointmentType(Dated):
    """A kind of visit: how long, for whom, with whom and where. What is left empty sets no limit."""

    class OpenTo(models.TextChoices):
        ALL = "all", "All patients"
        NEW = "new", "New patients only"
        KNOWN = "known", "Known patients only"

    name = models.CharField(max_length=80, unique=True)
    price = models.DecimalField(
        max_digits=8, decimal_places=2, default=0, help_text="What a private visit costs, with GST."
    )
    complimentary = models.BooleanField(default=False)
    bookable_online = models.BooleanField(default=False)
    min_notice_minutes = models.PositiveIntegerField(
        default=0, help_text="How long before it begins it can still be had. The front desk may book later."
    )
    horizon_days = models.PositiveSmallIntegerField(
        default=180, help_text="How far ahead it can be had. The front desk may book further."
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="The room and the practitioner are taken so long before the visit; the patient is not."
    )
    buffer_after_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="The room and the practitioner are taken so long after the visit; the patient is not."
    )
    open_to = models.CharField(
        max_length=8,
        choices=OpenTo.choices,
        default=OpenTo.ALL,
        help_text="A new patient has no visit that took place or stands in the book.",
    )
    min_age = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="In full years, on the day of the visit. Empty: no limit."
    )
    max_age = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="In full years, on the day of the visit. Empty: no limit."
    )
    practitioners = models.ManyToManyField(
        Practitioner,
        blank=True,
        related_name="appointment_types",
        help_text="Who offers it. Nobody chosen: everybody.",
    )
    rooms = models.ManyToManyField(
        Room, blank=True, related_name="appointment_types", help_text="The rooms that suit. None chosen: any."
    )
    needs_device = models.CharField(max_length=20, blank=True, choices=Device.Kind.choices)
    colour = models.CharField(max_length=7, default="#2f6f5e")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = AppointmentTypeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gte=0),
                name="type_price_not_negative",
                violation_error_code="price_negative",
                violation_error_message="A price cannot be less than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(complimentary=False) | Q(price=0),
                name="type_complimentary_is_free",
                violation_error_code="complimentary_has_price",
                violation_error_message="A complimentary visit has no price.",
            ),
            models.CheckConstraint(
                condition=Q(colour__regex=r"^#[0-9a-f]{6}$"),
                name="type_colour_form",
                violation_error_code="colour_malformed",
                violation_error_message="A colour is written as # and six hexadecimal digits.",
            ),
            _buffer_in_fives("buffer_before_minutes", "type_buffer_before_in_fives"),
            _buffer_in_fives("buffer_after_minutes", "type_buffer_after_in_fives"),
            models.CheckConstraint(
                condition=Q(min_age__isnull=True) | Q(max_age__isnull=True) | Q(max_age__gte=F("min_age")),
                name="type_ages_in_order",
                violation_error_code="ages_reversed",
                violation_error_message="The highest age lies below the lowest.",
            ),
            models.CheckConstraint(
                condition=(Q(min_age__isnull=True) | Q(min_age__lte=OLDEST))
                & (Q(max_age__isnull=True) | Q(max_age__lte=OLDEST)),
                name="type_ages_of_people",
                violation_error_code="age_implausible",
                violation_error_message=f"An age is at most {OLDEST} years.",
            ),
            models.CheckConstraint(
                condition=Q(open_to__in=["all", "new", "known"]),
                name="type_open_to_known",
                violation_error_code="open_to_unknown",
                violation_error_message="It is for all patients, for new ones only, or for known ones only.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def segment_minutes(self) -> list[tuple[str, int]]:
        """`(kind, minutes)` in order. Uses prefetched segments; queries when there are none prefetched."""
        if "segments" in self._read_with_it:
            return [(segment.kind, segment.minutes) for segment in self.segments.all()]
        return found(SEGMENTS, {"kind": self.pk})

    def practitioners_chosen(self) -> set[int]:
        """Who alone offer it, or nobody: then everybody does."""
        return self._chosen("practitioners", PRACTITIONERS)

    def rooms_chosen(self) -> set[int]:
        """The rooms that alone suit it, or none: then all do."""
        return self._chosen("rooms", ROOMS)

    def _chosen(self, name: str, question: str) -> set[int]:
        if name in self._read_with_it:
            return {row.pk for row in getattr(self, name).all()}
        return {number for (number,) in found(question, {"kind": self.pk})}

    @property
    def _read_with_it(self) -> dict:
        """What was prefetched."""
        return getattr(self, "_prefetched_objects_cache", {})


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
                condition=Q(minutes__gte=5, minutes__lte=240, minutes__in=range(5, 241, 5)),
                name="segment_minutes_in_fives",
                violation_error_code="segment_minutes",
                violation_error_message="A segment lasts 5 to 240 minutes, in steps of five.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.minutes} min"
