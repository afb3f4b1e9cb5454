import pghistory
from django.db import models

from clinic.models import Practitioner
from clinic.models.base import Dated
from clinic.permissions import Permission


class CalendarFeedQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whoever sets the practice up sees all of them; a practitioner those of their own calendar."""
        if user.may(Permission.SET_UP):
            return self
        if user.may(Permission.SEE_BOOK):
            return self.filter(practitioner__user=user)
        return self.none()

    def live(self):
        """Those that are answered: not revoked, and of somebody who still works here."""
        return self.filter(revoked_at__isnull=True, practitioner__archived_at__isnull=True)


@pghistory.track(exclude=["digest", "last_used_at"])
class CalendarFeed(Dated):
    """The address of a practitioner's visits for one calendar program. Whoever has the address reads them, so it is
    kept as its SHA-256 only, and can be revoked."""

    class Shows(models.TextChoices):
        NOTHING = "nothing", "Nothing of the patient"
        INITIALS = "initials", "The patient's initials"
        FIRST_NAME = "first_name", "The patient's first name"

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="calendar_feeds")
    name = models.CharField("used by", max_length=60, help_text="Where it is used, such as Mere's phone.")
    shows = models.CharField(
        max_length=12,
        choices=Shows.choices,
        default=Shows.INITIALS,
        help_text="Calendars are read over shoulders, and kept by whoever runs them. Nothing clinical is ever in one.",
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To about ten minutes.")

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["practitioner", "-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="calendar_feed_keeps_no_token",
                violation_error_code="token_not_hashed",
                violation_error_message="The address of a calendar is kept as its digest only.",
            )
        ]

    def __str__(self) -> str:
        return self.name
