import pghistory
from django.db import models
from django.db.models import Q

from clinic.freezing import never_deleted
from clinic.models import User
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Patient
from treatments.models.treatment import Treatment

# ACC2152 is the form of ACC's treatment injury claims.
INJURY_HINT = (
    "An injury caused by treatment may be covered by ACC as a treatment injury: consider form ACC2152 with the"
    " patient's GP."
)
INJURY_SOURCE = "ACC2152, Treatment injury claim (ACC, New Zealand)"
SEVERE = 3


class AdverseEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """For those who read notes, and for who answers for the practice."""
        return self if user.may(Permission.READ_NOTES) or user.may(Permission.MANAGE_USERS) else self.none()

    def open(self):
        return self.filter(closed_on__isnull=True)

    def follow_up_due(self, *, on):
        return self.open().filter(follow_up_on__lte=on)


@pghistory.track()
class AdverseEvent(Dated):
    """Harm after a treatment, or by it: what happened, how bad, whether by the treatment, and what was done."""

    class Kind(models.TextChoices):
        """What MacPherson 2001 (BMJ, 34,407 treatments) found, and the serious kinds of Bull WHO 2010."""

        FAINTING = "fainting", "Fainting, nausea or dizziness"
        AGGRAVATION = "aggravation", "Symptoms made worse"
        PAIN_OR_BRUISING = "pain_or_bruising", "Pain or bruising at a needle"
        EMOTIONAL = "emotional", "Emotional or psychological"
        FORGOTTEN_NEEDLE = "forgotten_needle", "Forgotten needle"
        STUCK_NEEDLE = "stuck_needle", "Stuck, bent or broken needle"
        BURN = "burn", "Burn by moxa or heat"
        CUPPING_INJURY = "cupping_injury", "Skin injury by cupping"
        PNEUMOTHORAX = "pneumothorax", "Pneumothorax"
        ORGAN_INJURY = "organ_injury", "Injury of an organ, a vessel or a nerve"
        INFECTION = "infection", "Infection"
        OTHER = "other", "Other"

    class Severity(models.IntegerChoices):
        """The grades of CTCAE."""

        MILD = 1, "1, mild"
        MODERATE = 2, "2, moderate"
        SEVERE = 3, "3, severe"
        LIFE_THREATENING = 4, "4, life-threatening"
        DEATH = 5, "5, death"

    class Causality(models.TextChoices):
        CERTAIN = "certain", "Certain"
        PROBABLE = "probable", "Probable"
        POSSIBLE = "possible", "Possible"
        UNLIKELY = "unlikely", "Unlikely"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="adverse_events")
    # A draft that is thrown away takes nothing with it.
    treatment = models.ForeignKey(
        Treatment, on_delete=models.SET_NULL, null=True, blank=True, related_name="adverse_events"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    occurred_at = models.DateTimeField()
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    causality = models.CharField(max_length=8, choices=Causality.choices)
    description = models.TextField()
    action = models.TextField(blank=True, help_text="What was done about it.")
    outcome = models.TextField(blank=True, help_text="How it ended.")
    informed = models.TextField(blank=True, help_text="Who was told, and when: the patient, a GP, ACC, an insurer.")
    follow_up_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True, editable=False)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = AdverseEventQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(severity__gte=1, severity__lte=5),
                name="adverse_event_severity_of_ctcae",
                violation_error_code="severity_unknown",
                violation_error_message="Severity is a grade from 1, mild, to 5, death.",
            ),
            models.CheckConstraint(
                condition=Q(causality__in=["certain", "probable", "possible", "unlikely"]),
                name="adverse_event_causality_known",
                violation_error_code="causality_unknown",
                violation_error_message="Say whether the treatment caused it: certain, probable, possible, unlikely.",
            ),
            models.CheckConstraint(
                condition=~Q(description=""),
                name="adverse_event_described",
                violation_error_code="description_missing",
                violation_error_message="Describe what happened.",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | ~Q(outcome=""),
                name="adverse_event_closed_with_outcome",
                violation_error_code="outcome_missing",
                violation_error_message="Write how it ended before closing it.",
            ),
        ]
        indexes = [
            models.Index(fields=["follow_up_on"], condition=Q(closed_on__isnull=True), name="adverse_event_follow_up")
        ]
        triggers = [
            never_deleted(
                code="event_stays", sentence="An adverse event is never deleted. Correct it, and its history stays."
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_severity_display()})"

    @property
    def treatment_injury(self) -> dict[str, str] | None:
        """`{hint, source}` where a claim to ACC should be thought of."""
        return {"hint": INJURY_HINT, "source": INJURY_SOURCE} if self.severity >= SEVERE else None
