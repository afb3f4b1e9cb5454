from django.db import models
from django.db.models import Q

from appointments.models.appointment import Appointment
from appointments.statuses import EXPECTED, Status
from clinic.models.base import Dated


class OnlineBookingQuerySet(models.QuerySet):
    def held(self, now):
        """Those whose time is held and whose code has not been entered."""
        return self.filter(appointment__status=Status.PENDING, appointment__held_until__gt=now)

    def to_come(self, now):
        """Those that became visits which have not begun."""
        return self.filter(verified_at__isnull=False, appointment__status__in=EXPECTED, appointment__starts_at__gt=now)

    def never_verified(self, before):
        return self.filter(verified_at__isnull=True, updated_at__lt=before)


class OnlineBooking(Dated):
    """What somebody who is not signed in typed to book a time, and how far they have shown who they are.

    It keeps no code: that is reckoned from the secret key whenever it is needed. Its history is the appointment's.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SMS = "sms", "Text message"

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="online_booking")
    # Of the token in the address, which is kept nowhere.
    token_digest = models.CharField(max_length=64, unique=True)
    asker = models.CharField(max_length=64, help_text="A digest of the network address that asked.")
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    date_of_birth = models.DateField()
    email = models.EmailField()
    phone = models.CharField(max_length=30)
    channel = models.CharField(max_length=5, choices=Channel.choices, default=Channel.EMAIL)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=1)
    code_sent_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)

    objects = OnlineBookingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(token_digest__regex=r"^[0-9a-f]{64}$"),
                name="online_booking_token_is_digest",
                violation_error_code="token_not_digested",
                violation_error_message="Of a token only its digest is kept.",
            )
        ]
        indexes = [models.Index(fields=["email"], name="online_booking_email")]

    def __str__(self) -> str:
        return f"Online booking {self.pk}"

    @property
    def address(self) -> str:
        """Where the code goes."""
        return self.phone if self.channel == self.Channel.SMS else self.email
