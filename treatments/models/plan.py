from datetime import date
from zoneinfo import ZoneInfo

import pghistory
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, TruncDate

from clinic.models import Practitioner
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Patient
from treatments.models.treatment import Treatment


class TreatmentPlanQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.READ_NOTES) else self.none()

    def open(self):
        return self.filter(closed_on__isnull=True)

    def with_progress(self, *, zone: ZoneInfo):
        """Adds `sessions_done` and `sessions_left`: the signed treatments of the case from the day the plan was agreed
        to the day it was closed, days as they were on the wall of `zone`."""
        done = (
            Treatment.objects.signed()
            .filter(case=OuterRef("case"))
            .annotate(day=TruncDate("started_at", tzinfo=zone))
            .filter(day__gte=OuterRef("agreed_on"), day__lte=Coalesce(OuterRef("closed_on"), Value(date.max)))
            .order_by()
            .values("case")
            .annotate(number=Count("pk"))
            .values("number")
        )
        counted = self.annotate(sessions_done=Coalesce(Subquery(done), 0))
        return counted.annotate(sessions_left=Greatest(F("sessions") - F("sessions_done"), 0))

    def review_due(self, *, on: date):
        """Open ones whose day has come or whose sessions are used up; of those `with_progress`."""
        return self.open().filter(Q(review_on__lte=on) | Q(sessions_left=0))


@pghistory.track()
class TreatmentPlan(Dated):
    """What was agreed for a case: so many sessions, how often, to what end, and when to look at it together."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="treatment_plans")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="treatment_plans")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="treatment_plans")
    sessions = models.PositiveSmallIntegerField()
    frequency_per_week = models.DecimalField(max_digits=3, decimal_places=1, help_text="0.5 is once a fortnight.")
    weeks = models.PositiveSmallIntegerField()
    goals = models.TextField()
    agreed_on = models.DateField()
    review_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)

    objects = TreatmentPlanQuerySet.as_manager()

    class Meta:
        ordering = ["-agreed_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(closed_on__isnull=True),
                name="plan_one_open_per_case",
                violation_error_code="plan_exists",
                violation_error_message="This case has an open plan. Change that one, or close it first.",
            ),
            models.CheckConstraint(
                condition=Q(sessions__gte=1, sessions__lte=200),
                name="plan_sessions_plausible",
                violation_error_code="sessions_implausible",
                violation_error_message="A plan has 1 to 200 sessions.",
            ),
            models.CheckConstraint(
                condition=Q(frequency_per_week__gt=0, frequency_per_week__lte=14),
                name="plan_frequency_plausible",
                violation_error_code="frequency_implausible",
                violation_error_message="Give sessions per week, more than 0 and up to 14.",
            ),
            models.CheckConstraint(
                condition=Q(weeks__gte=1, weeks__lte=104),
                name="plan_weeks_plausible",
                violation_error_code="weeks_implausible",
                violation_error_message="A plan lasts 1 to 104 weeks.",
            ),
            models.CheckConstraint(
                condition=~Q(goals=""),
                name="plan_has_goals",
                violation_error_code="goals_missing",
                violation_error_message="Write what the treatment is meant to reach.",
            ),
            models.CheckConstraint(
                condition=Q(review_on__gte=F("agreed_on")),
                name="plan_review_after_agreed",
                violation_error_code="review_before_agreed",
                violation_error_message="The review cannot lie before the day the plan was agreed.",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("agreed_on")),
                name="plan_closed_after_agreed",
                violation_error_code="closed_before_agreed",
                violation_error_message="A plan cannot close before it was agreed.",
            ),
        ]
        indexes = [
            models.Index(fields=["review_on"], condition=Q(closed_on__isnull=True), name="plan_review_due"),
        ]

    def __str__(self) -> str:
        return f"Plan of {self.agreed_on:%d %b %Y}"
