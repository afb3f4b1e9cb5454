import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from appointments.models import Appointment
from clinic.freezing import keeps
from clinic.models import User
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Patient
from treatments.models.treatment import Treatment
from treatments.outcomes.measures import MEASURES
from treatments.outcomes.questions import QUESTIONS

CODES = sorted(MEASURES)
CHOICES = [(code, MEASURES[code].name) for code in CODES]


class OutcomeQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.READ_NOTES) else self.none()

    def own(self, user):
        """Those of the patient who is signed in."""
        return self.filter(patient__user=user) if user.may(Permission.OWN_RECORD) else self.none()


class OutcomeRequestQuerySet(OutcomeQuerySet):
    def open(self, *, now):
        """Neither answered nor taken back, and still answerable."""
        return self.filter(answered_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now)

    def put(self, *, now):
        """Whose time to be asked has come."""
        return self.filter(due_at__lte=now)


@pghistory.track()
class OutcomeRequest(Dated):
    """A question to a patient, asked by a link in a message, answered once and before it expires."""

    class Timing(models.TextChoices):
        BEFORE = "before", "Before the visit"
        AFTER = "after", "After the visit"
        NOW = "now", "At once"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="outcome_requests")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    measures = ArrayField(models.CharField(max_length=10, choices=[(code, code) for code in sorted(QUESTIONS)]))
    activities = ArrayField(
        models.CharField(max_length=80), default=list, blank=True,
        help_text="Those of the patient-specific scale. Empty: the patient names them.",
    )  # fmt: skip
    timing = models.CharField(max_length=6, choices=Timing.choices)
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="outcome_requests"
    )
    # The time of the visit that the two below were reckoned from.
    visit_starts_at = models.DateTimeField(null=True, blank=True, editable=False)
    due_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(editable=False)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OutcomeRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(timing="now", appointment__isnull=True)
                | Q(timing__in=["before", "after"], appointment__isnull=False, visit_starts_at__isnull=False),
                name="outcome_request_timing_fits_visit",
                violation_error_code="timing_does_not_fit",
                violation_error_message="Before or after needs the visit; at once needs none.",
            ),
            models.CheckConstraint(
                condition=Q(measures__len__gte=1) & Q(measures__contained_by=sorted(QUESTIONS)),
                name="outcome_request_asks_what_may_be_asked",
                violation_error_code="measure_not_askable",
                violation_error_message="Only measures whose wording is free are asked by link.",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("due_at")),
                name="outcome_request_expires_after_due",
                violation_error_code="expires_before_due",
                violation_error_message="The question would close before it is asked.",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="outcome_request_answered_or_withdrawn",
                violation_error_code="question_answered",
                violation_error_message="This question was answered already.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(answered_at__isnull=True, withdrawn_at__isnull=True),
                name="outcome_request_open",
            )
        ]

    def __str__(self) -> str:
        return f"Question {self.pk}"


class OutcomeScoreQuerySet(OutcomeQuerySet):
    def standing(self):
        """Without those that were entered by mistake."""
        return self.filter(voided_at__isnull=True)


@pghistory.track()
class OutcomeScore(Dated):
    """Answers as they were given and the score they made by the rule of that version. Never changed: one that was
    mistaken is voided with a reason and entered again. Whose it is can still be put right, as when patients merge."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="outcome_scores")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="outcome_scores")
    treatment = models.ForeignKey(
        Treatment, on_delete=models.SET_NULL, null=True, blank=True, related_name="outcome_scores"
    )
    request = models.ForeignKey(
        OutcomeRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="scores", editable=False
    )
    measure = models.CharField(max_length=10, choices=CHOICES)
    version = models.CharField(max_length=10, editable=False)
    answers = ArrayField(
        models.PositiveSmallIntegerField(null=True), help_text="In the order of the items; null where left out."
    )
    labels = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    score = models.DecimalField(max_digits=5, decimal_places=1, editable=False)
    taken_on = models.DateField()
    entered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    voided_at = models.DateTimeField(null=True, blank=True, editable=False)
    voided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    void_reason = models.CharField(max_length=200, blank=True, editable=False)

    objects = OutcomeScoreQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(measure__in=CODES),
                name="outcome_score_measure_known",
                violation_error_code="measure_unknown",
                violation_error_message="There is no measure of this code.",
            ),
            models.CheckConstraint(
                condition=~Q(version="") & Q(answers__len__gte=1),
                name="outcome_score_says_how",
                violation_error_code="score_without_answers",
                violation_error_message="A score is kept with its answers and the version of its rule.",
            ),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=100),
                name="outcome_score_in_range",
                violation_error_code="score_out_of_range",
                violation_error_message="No measure here scores beyond 0 to 100.",
            ),
            models.CheckConstraint(
                condition=Q(entered_by__isnull=False, request__isnull=True)
                | Q(entered_by__isnull=True, request__isnull=False),
                name="outcome_score_from_somebody",
                violation_error_code="score_from_nobody",
                violation_error_message="A score is entered by somebody, or answered by the patient.",
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="outcome_score_voided_with_reason",
                violation_error_code="reason_missing",
                violation_error_message="Say why this score does not count.",
            ),
            models.UniqueConstraint(
                fields=["request", "measure"],
                name="outcome_score_once_per_request",
                violation_error_code="already_answered",
                violation_error_message="You have answered already. Thank you.",
            ),
        ]
        indexes = [models.Index(fields=["patient", "measure", "taken_on"], name="outcome_score_of_patient")]
        triggers = [
            keeps(
                "measure", "version", "answers", "labels", "score", "taken_on", "entered_by_id", "request_id",
                once=("voided_at", "voided_by_id", "void_reason"), code="score_final",
                sentence="A score cannot be changed. Void it with a reason and enter it again.",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_measure_display()} {self.score}"
