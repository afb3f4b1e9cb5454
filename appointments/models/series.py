import pghistory
from django.db import models
from django.db.models import Count, F, Max, Q

from appointments.models.types import AppointmentType
from appointments.statuses import EXPECTED, LIVE, Status
from clinic.models import Location, Practitioner, Room
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Patient


class SeriesQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_BOOK) else self.none()

    def with_visits(self, *, now):
        """Adds how many `visits` are in the book, those that were had included, how many of them were
        `visits_attended` and are `visits_to_come`, how many `visits_missed`, and when the last begins."""
        in_book = Q(appointments__status__in=LIVE)
        to_come = Q(appointments__status__in=EXPECTED, appointments__starts_at__gt=now)
        return self.annotate(
            visits=Count("appointments", filter=in_book),
            visits_attended=Count("appointments", filter=Q(appointments__status__in=LIVE - EXPECTED)),
            visits_to_come=Count("appointments", filter=to_come),
            visits_missed=Count("appointments", filter=Q(appointments__status=Status.MISSED)),
            last_starts_at=Max("appointments__starts_at", filter=in_book),
        )


@pghistory.track()
class Series(Dated):
    """Visits that were booked together: by a rule, or as a course of so many a week.

    The visits are rows of the book like any other; this says what was agreed. `first_on` and `at` are what the
    location's clocks show, so that a series keeps its time of day over their changes.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="series")
    practitioner = models.ForeignKey(
        Practitioner,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="series",
        help_text="Empty: a course with whoever was free.",
    )
    appointment_type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="series")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="series")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="series")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="series")
    rule = models.CharField(max_length=200, help_text="An RFC 5545 RRULE, such as FREQ=WEEKLY;BYDAY=TU,FR;COUNT=12.")
    first_on = models.DateField()
    at = models.TimeField(help_text="Wall-clock time at the location.")
    is_course = models.BooleanField(
        default=False, help_text="Booked around what was taken: its visits may lie beside its rule."
    )
    follows = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        help_text="The series that this one goes on from, changed.",
    )

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "series"
        ordering = ["-first_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_course=True) | Q(practitioner__isnull=False),
                name="series_by_rule_has_practitioner",
                violation_error_code="practitioner_missing",
                violation_error_message="A series by a rule is with one practitioner.",
            ),
            models.CheckConstraint(
                condition=~Q(rule=""),
                name="series_has_rule",
                violation_error_code="rule_missing",
                violation_error_message="A series says how it repeats.",
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(follows=F("id")),
                name="series_follows_another",
                violation_error_code="series_follows_itself",
                violation_error_message="A series cannot go on from itself.",
            ),
        ]

    def __str__(self) -> str:
        return "A course" if self.is_course else "A series"
