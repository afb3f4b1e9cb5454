from django.conf import settings
from django.db import models

from clinic.freezing import only_added_to
from clinic.permissions import Permission


class AccessEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.MANAGE_USERS) else self.none()

    def record(self, *, by, rows, subject_kind, now, request_id=""):
        """One event for each row read; a row has `pk` and `patient_id`."""
        return self.bulk_create(
            AccessEvent(
                user=by,
                subject_kind=subject_kind,
                subject_id=row.pk,
                patient_id=row.patient_id,
                request_id=request_id,
                at=now,
            )
            for row in rows
        )


class AccessEvent(models.Model):
    """Somebody read clinical content. Written in the transaction that answers; if it fails, the read fails."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    # A number and no foreign key: patients live a floor above the practice.
    patient_id = models.BigIntegerField(db_index=True)
    act = models.CharField(max_length=20, default="read")
    request_id = models.CharField(max_length=36, blank=True)
    at = models.DateTimeField()

    objects = AccessEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        triggers = [only_added_to(code="access_event_final", sentence="The record of reads cannot be changed.")]

    def __str__(self) -> str:
        return f"{self.user} {self.act} {self.subject_kind} {self.subject_id}"
