import pghistory
from django.db import models
from django.db.models import Q

from clinic.models import User
from clinic.models.base import ArchivableQuerySet, Dated
from clinic.permissions import Permission
from treatments.models.treatment import is_json


class ProtocolQuerySet(ArchivableQuerySet):
    def visible_to(self, user):
        """One's own and the shared ones, for those who read notes."""
        return self.filter(Q(owner=user) | Q(owner__isnull=True)) if user.may(Permission.READ_NOTES) else self.none()


@pghistory.track()
class Protocol(Dated):
    """Parts of a note kept to be used again: somebody's own, or with no owner everybody's.

    The rows are as the API takes them for a note: they name points by code.
    """

    name = models.CharField(max_length=80)
    indication = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="protocols")
    needlings = models.JSONField(default=list, blank=True)
    cuppings = models.JSONField(default=list, blank=True)
    moxibustions = models.JSONField(default=list, blank=True)
    techniques = models.JSONField(default=list, blank=True)
    # Names a protocol that ships, so that bringing in the reference data again finds it.
    shipped_as = models.CharField(max_length=40, unique=True, null=True, blank=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                nulls_distinct=False,
                name="protocol_name_once_per_owner",
                violation_error_code="protocol_exists",
                violation_error_message="There is a protocol of this name already.",
            ),
            *(
                models.CheckConstraint(
                    condition=is_json(part, "array"),
                    name=f"protocol_{part}_are_list",
                    violation_error_code="protocol_malformed",
                    violation_error_message="A protocol holds lists of what is to be done.",
                )
                for part in ("needlings", "cuppings", "moxibustions", "techniques")
            ),
        ]

    def __str__(self) -> str:
        return self.name
