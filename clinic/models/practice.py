import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import time

import pghistory
from django.core.exceptions import ValidationError
from django.db import connection, models

from clinic.models.base import ArchivableQuerySet, Dated
from clinic.models.numbers import npi_constraints, possible_npi


def known_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Choose a time zone such as Pacific/Auckland.", code="unknown_time_zone")


class SetUpQuerySet(ArchivableQuerySet):
    """Rows every member of staff may see and patients may not."""

    def visible_to(self, user):
        return self if user.holds_any_of_staff() else self.none()


# What `read_once` has read by now; None outside of it.
_held: ContextVar[list["Practice"] | None] = ContextVar("held", default=None)


class PracticeQuerySet(SetUpQuerySet):
    def current(self) -> "Practice":
        """The one practice of this installation. Raises `Practice.DoesNotExist` before the set-up."""
        held = _held.get()
        if held is None:
            return self.get()
        if not held:
            held.append(self.get())
        return held[0]

    def current_zone(self) -> zoneinfo.ZoneInfo | None:
        """Of the practice, where there is one. By the shortest way: every request asks."""
        with connection.cursor() as cursor:
            found = cursor.execute("SELECT timezone FROM clinic_practice ORDER BY id LIMIT 1").fetchone()
        return zoneinfo.ZoneInfo(found[0]) if found else None

    @contextmanager
    def read_once(self) -> Iterator[None]:
        """Inside, `current` asks the database once: for many acts in a row, while nobody changes the practice."""
        token = _held.set([])
        try:
            yield
        finally:
            _held.reset(token)


class TaxIdField(models.CharField):
    """Digits only, however they were parted: the forms ask for them without hyphens."""

    def to_python(self, value):
        value = super().to_python(value)
        return value.replace("-", "").replace(" ", "") if value else value

    def get_prep_value(self, value):
        return self.to_python(super().get_prep_value(value))


@pghistory.track()
class Practice(Dated):
    class TaxIdKind(models.TextChoices):
        EIN = "ein", "Employer identification number (EIN)"
        SSN = "ssn", "Social security number (SSN)"

    name = models.CharField(max_length=120)
    legal_name = models.CharField(max_length=120, blank=True)
    address = models.TextField()
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    timezone = models.CharField(max_length=60, default="Pacific/Auckland", validators=[known_zone])
    gst_registered = models.BooleanField(default=True)
    gst_number = models.CharField(max_length=20, blank=True)
    acc_vendor_id = models.CharField("ACC vendor ID", max_length=12, blank=True)
    # What US insurers know a practice by; empty where there are none.
    npi = models.CharField(
        "NPI", max_length=10, blank=True, validators=[possible_npi], help_text="The organisation's, for US insurers."
    )
    us_name = models.CharField(
        "name for US insurers", max_length=60, blank=True, help_text="As enrolled there. Empty: the name above."
    )
    us_address = models.TextField(
        "address for US insurers",
        blank=True,
        help_text="Street, then a last line such as Portland OR 97205-1234. Empty: the address above.",
    )
    tax_id = TaxIdField("US tax ID", max_length=11, blank=True)
    tax_id_kind = models.CharField("kind of US tax ID", max_length=3, choices=TaxIdKind.choices, blank=True)
    bank_account = models.CharField(max_length=40, blank=True)
    payment_days = models.PositiveSmallIntegerField(default=14, help_text="Days until an invoice is due.")
    late_cancel_hours = models.PositiveSmallIntegerField(
        "late if cancelled less than",
        null=True,
        blank=True,
        help_text="So many hours before the visit, and the patient has cancelled late. Empty: nothing counts as late.",
    )
    patients_may_cancel = models.BooleanField(
        "patients cancel by themselves",
        default=False,
        help_text="Through the link in their reminder, while it is not late. Otherwise they ask, and you answer.",
    )
    offer_minutes = models.PositiveSmallIntegerField(
        "an offer lasts", default=120, help_text="So many minutes a time is held for somebody on the waiting list."
    )
    offers_from = models.TimeField(
        "offers from", default=time(8), help_text="Nobody on the waiting list is written to before, nor after:"
    )
    offers_until = models.TimeField("offers until", default=time(20))
    afternoon_from = models.TimeField(
        "afternoon from", default=time(12), help_text="For those who wait for a part of the day."
    )
    evening_from = models.TimeField("evening from", default=time(17))
    books_online = models.BooleanField(
        "Online booking",
        default=False,
        help_text="Patients book the kinds of visit that are marked for it, at /book/.",
    )
    online_hold_minutes = models.PositiveSmallIntegerField(
        "Minutes to enter the code", default=15, help_text="So long a time is held for who books online: 5 to 60."
    )
    online_bookings_each = models.PositiveSmallIntegerField(
        "Open bookings for each person",
        default=2,
        help_text="How many visits to come one person books online: 1 to 20.",
    )
    only = models.BooleanField(default=True, editable=False)

    objects = PracticeQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "practice"
        constraints = [
            models.UniqueConstraint(
                fields=["only"],
                name="practice_is_one",
                violation_error_code="practice_exists",
                violation_error_message="There is one practice, and it is set up already.",
            ),
            models.CheckConstraint(
                condition=models.Q(only=True),
                name="practice_only_is_true",
                violation_error_code="practice_exists",
                violation_error_message="There is one practice, and it is set up already.",
            ),
            models.CheckConstraint(
                condition=models.Q(gst_registered=False) | ~models.Q(gst_number=""),
                name="practice_gst_number_given",
                violation_error_code="gst_number_missing",
                violation_error_message="A GST-registered practice needs its GST number on every invoice.",
            ),
            models.CheckConstraint(
                condition=models.Q(acc_vendor_id__regex=r"^[A-Za-z0-9/]{0,12}$"),
                name="practice_acc_vendor_id_form",
                violation_error_code="acc_vendor_id_malformed",
                violation_error_message="An ACC vendor ID has up to 12 letters, digits or slashes.",
            ),
            models.CheckConstraint(
                condition=models.Q(online_hold_minutes__range=(5, 60)),
                name="practice_online_hold_minutes",
                violation_error_code="online_hold_minutes",
                violation_error_message="Hold a time for 5 to 60 minutes.",
            ),
            models.CheckConstraint(
                condition=models.Q(online_bookings_each__range=(1, 20)),
                name="practice_online_bookings_each",
                violation_error_code="online_bookings_each",
                violation_error_message="Let each person book 1 to 20 visits.",
            ),
            *npi_constraints("practice"),
            models.CheckConstraint(
                condition=models.Q(offer_minutes__range=(10, 2880)),
                name="practice_offer_minutes",
                violation_error_code="offer_minutes",
                violation_error_message="An offer lasts from 10 minutes to two days.",
            ),
            models.CheckConstraint(
                condition=models.Q(offers_until__gt=models.F("offers_from")),
                name="practice_offer_hours",
                violation_error_code="offer_hours",
                violation_error_message="The hours for offers end before they begin.",
            ),
            models.CheckConstraint(
                condition=models.Q(evening_from__gt=models.F("afternoon_from")),
                name="practice_parts_of_day",
                violation_error_code="parts_of_day",
                violation_error_message="The evening begins after the afternoon.",
            ),
            models.CheckConstraint(
                condition=models.Q(late_cancel_hours__isnull=True) | models.Q(late_cancel_hours__range=(1, 336)),
                name="practice_late_cancel_hours",
                violation_error_code="late_cancel_hours",
                violation_error_message="Give 1 to 336 hours (two weeks), or leave it empty for no rule.",
            ),
            models.CheckConstraint(
                condition=models.Q(tax_id="") | models.Q(tax_id__regex=r"^[0-9]{9}$"),
                name="practice_tax_id_form",
                violation_error_code="tax_id_malformed",
                violation_error_message="A US tax ID has nine digits, such as 00-0000000.",
            ),
            models.CheckConstraint(
                condition=models.Q(tax_id="", tax_id_kind="") | ~(models.Q(tax_id="") | models.Q(tax_id_kind="")),
                name="practice_tax_id_has_kind",
                violation_error_code="tax_id_kind_missing",
                violation_error_message="Say whether the US tax ID is an EIN or an SSN.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


@pghistory.track()
class Location(Dated):
    name = models.CharField(max_length=80, unique=True)
    address = models.TextField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    timezone = models.CharField(max_length=60, default="Pacific/Auckland", validators=[known_zone])
    holiday_region = models.CharField(
        max_length=5, blank=True, help_text="For public holidays, such as WGN for Wellington or AUK for Auckland."
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SetUpQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


@pghistory.track()
class Room(Dated):
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=60)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SetUpQuerySet.as_manager()

    class Meta:
        ordering = ["location", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "name"],
                name="room_name_once_per_location",
                violation_error_code="room_exists",
                violation_error_message="This location already has a room of that name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Device(Dated):
    """Something that can be in one place only: an electro-stimulator, a heat lamp."""

    class Kind(models.TextChoices):
        ELECTRO = "electro", "Electro-stimulator"
        HEAT_LAMP = "heat_lamp", "Heat lamp"
        OTHER = "other", "Other"

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SetUpQuerySet.as_manager()

    class Meta:
        ordering = ["location", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "name"],
                name="device_name_once_per_location",
                violation_error_code="device_exists",
                violation_error_message="This location already has a device of that name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


__all__ = ["Device", "Location", "Practice", "Room", "SetUpQuerySet"]
