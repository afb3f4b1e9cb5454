from datetime import datetime, timedelta

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.lookups import Exact

from appointments.models import Appointment
from clinic.freezing import freezes_itself, only_added_to
from clinic.models import Practitioner, User
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Patient
from treatments.vocabulary import PRINCIPLES

SIGNED = {"when": "signed", "code": "note_signed", "sentence": "This note is signed. Add an amendment instead."}
PART_OF_NOTE = {"parent": "treatments_treatment", "column": "treatment_id", **SIGNED}
# After a day memory stands in for what was seen: a draft that old is overdue, a signature that late is marked.
LATE = timedelta(hours=24)


def is_json(field: str, kind: str) -> Exact:
    """That a JSON column holds one `object` or one `array`, whoever writes it."""
    return Exact(models.Func(field, function="jsonb_typeof", output_field=models.TextField()), models.Value(kind))


class TreatmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Notes are read by those who may read notes: not by the front desk, not by billing, not by patients here."""
        return self if user.may(Permission.READ_NOTES) else self.none()

    def signed(self):
        return self.filter(status=Treatment.Status.SIGNED)

    def overdue(self, now: datetime):
        """Drafts of sessions that began more than a day ago."""
        return self.filter(status=Treatment.Status.DRAFT, started_at__lt=now - LATE)

    def whole(self):
        """With everything a note shows, in a fixed number of queries."""
        return self.select_related(
            "patient", "practitioner", "case", "appointment", "cosignature__signed_by"
        ).prefetch_related(
            "needlings__point",
            "cuppings",
            "moxibustions__point",
            "techniques",
            "confirmations__confirmed_by",
            "amendments__author",
        )

    def under_signature(self):
        """With everything that a signature covers."""
        visit = ["appointment__location", "appointment__room"]
        return self.whole().select_related(*visit).prefetch_related("examinations", "lot_uses__lot")


@pghistory.track()
class Treatment(Dated):
    """One session's note: a draft until it is signed, then frozen by the database and chained by its hash."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SIGNED = "signed", "Signed"

    appointment = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="treatment"
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="treatments")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="treatments")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="treatments")
    started_at = models.DateTimeField()
    complaint = models.TextField(blank=True)
    subjective = models.TextField(blank=True)
    objective = models.TextField(blank=True)
    assessment = models.TextField(blank=True)
    plan = models.TextField(blank=True)
    # Only what was written down, in the words of `treatments.vocabulary`.
    tongue = models.JSONField(default=dict, blank=True)
    pulse = models.JSONField(default=dict, blank=True)
    eight_principles = ArrayField(
        models.CharField(max_length=10, choices=[*PRINCIPLES.items()]), default=list, blank=True
    )
    patterns = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    western_diagnosis = models.TextField(blank=True)
    treatment_principle = models.TextField(blank=True)
    style = models.CharField(max_length=80, blank=True, help_text="Style of acupuncture (STRICTA 1a).")
    reasoning = models.TextField(blank=True, help_text="Why this treatment (STRICTA 1b).")
    response = models.TextField(blank=True, help_text="How the patient responded.")
    aftercare = models.TextField(blank=True, help_text="Advice given.")
    # Places on the body chart that are no points: view, x, y and a text each.
    marks = models.JSONField(default=list, blank=True)
    face_to_face_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    reinsertions = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Needles inserted again, which insurers count as further time."
    )
    needles_in = models.PositiveSmallIntegerField(default=0)
    needles_out = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.DRAFT)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signed_as_student = models.BooleanField(default=False)
    # Where the session was, as it was called then.
    place = models.CharField(max_length=200, blank=True, editable=False)
    # The chain of signed notes: one number after the other, each holding its predecessor's hash.
    sequence = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    content_hash = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    # What the hash covers (`treatments.note_content`), and how long the register of additions was at that moment.
    content_version = models.PositiveSmallIntegerField(default=1, editable=False)
    additions_before = models.PositiveBigIntegerField(default=0, editable=False)

    objects = TreatmentQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft")
                | Q(
                    signed_at__isnull=False,
                    signed_by__isnull=False,
                    sequence__isnull=False,
                    content_hash__regex=r"^[0-9a-f]{64}$",
                    previous_hash__regex=r"^[0-9a-f]{64}$",
                ),
                name="treatment_signed_is_complete",
                violation_error_code="signature_incomplete",
                violation_error_message="A signed note carries who signed it, when, and its hash.",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(needles_in=models.F("needles_out")),
                name="treatment_needles_accounted_for",
                violation_error_code="needles_unaccounted",
                # MacPherson 2001, BMJ: 2 of 43 significant events were forgotten needles.
                violation_error_message="Needles in and needles out differ. Count again before signing.",
            ),
            models.CheckConstraint(
                condition=Q(face_to_face_minutes__isnull=True) | Q(face_to_face_minutes__lte=480),
                name="treatment_minutes_plausible",
                violation_error_code="minutes_implausible",
                violation_error_message="A session does not last longer than eight hours.",
            ),
            models.CheckConstraint(
                condition=is_json("tongue", "object"),
                name="treatment_tongue_is_object",
                violation_error_code="tongue_malformed",
                violation_error_message="The tongue is written down by its colour, shape and coat.",
            ),
            models.CheckConstraint(
                condition=is_json("pulse", "object"),
                name="treatment_pulse_is_object",
                violation_error_code="pulse_malformed",
                violation_error_message="The pulse is written down by its rate, qualities and positions.",
            ),
            models.CheckConstraint(
                condition=is_json("marks", "array"),
                name="treatment_marks_are_list",
                violation_error_code="marks_malformed",
                violation_error_message="Marks on the chart are a list.",
            ),
            models.CheckConstraint(
                condition=Q(eight_principles__contained_by=[*PRINCIPLES]),
                name="treatment_principles_known",
                violation_error_code="principle_unknown",
                violation_error_message="There are eight principles: yin, yang, interior, exterior, cold, heat,"
                " deficiency and excess.",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-started_at"], name="treatment_of_patient"),
            models.Index(fields=["started_at"], condition=Q(status="draft"), name="treatment_drafts"),
        ]
        triggers = [freezes_itself(**SIGNED)]

    def __str__(self) -> str:
        return f"Treatment {self.pk}"

    @property
    def is_signed(self) -> bool:
        return self.status == self.Status.SIGNED

    @property
    def needs_cosign(self) -> bool:
        """Whether a supervisor has still to sign beside the student."""
        by_student = self.signed_as_student if self.is_signed else self.practitioner.is_student
        return by_student and not hasattr(self, "cosignature")

    def is_late_entry(self, now: datetime) -> bool:
        """Whether it was signed, or would be now, more than a day after the session."""
        return (self.signed_at or now) - self.started_at > LATE


class Amendment(models.Model):
    """A correction after signing: added, dated and attributed, never a change of what was signed."""

    treatment = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="amendments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    reason = models.CharField(max_length=120)
    text = models.TextField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["treatment", "written_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(reason=""),
                name="amendment_says_what_and_why",
                violation_error_code="amendment_empty",
                violation_error_message="An amendment says what is corrected and why.",
            )
        ]
        triggers = [only_added_to(code="amendment_final", sentence="An amendment cannot be changed. Add another.")]

    def __str__(self) -> str:
        return f"Amendment of {self.treatment_id}"
