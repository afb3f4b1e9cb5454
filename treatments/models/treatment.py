import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from appointments.models import Appointment
from clinic.freezing import freezes_itself, freezes_with, only_added_to
from clinic.models import Practitioner, User
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Patient

SIGNED = {"when": "signed", "code": "note_signed", "sentence": "This note is signed. Add an amendment instead."}
PART_OF_NOTE = {"parent": "treatments_treatment", "column": "treatment_id", **SIGNED}


class TreatmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Notes are read by those who may read notes: not by the front desk, not by billing, not by patients here."""
        return self if user.may(Permission.READ_NOTES) else self.none()

    def signed(self):
        return self.filter(status=Treatment.Status.SIGNED)

    def whole(self):
        """With everything a note shows, in a fixed number of queries."""
        return self.select_related("patient", "practitioner", "case", "appointment").prefetch_related(
            "needlings__point", "cuppings", "moxibustions__point", "techniques", "amendments__author"
        )


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
    tongue = models.TextField(blank=True)
    pulse = models.TextField(blank=True)
    patterns = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    face_to_face_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    needles_in = models.PositiveSmallIntegerField(default=0)
    needles_out = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.DRAFT)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # The chain of signed notes: one number after the other, each holding its predecessor's hash.
    sequence = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    content_hash = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)

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
        ]
        indexes = [models.Index(fields=["patient", "-started_at"], name="treatment_of_patient")]
        triggers = [freezes_itself(**SIGNED)]

    def __str__(self) -> str:
        return f"Treatment {self.pk}"

    @property
    def is_signed(self) -> bool:
        return self.status == self.Status.SIGNED


class Side(models.TextChoices):
    LEFT = "left", "Left"
    RIGHT = "right", "Right"
    BOTH = "both", "Both"
    MIDLINE = "midline", "Midline"


class Needling(models.Model):
    """One point, or one place without a code (a trigger point), needled. Items follow STRICTA 2010, 2a to 2g."""

    class Technique(models.TextChoices):
        EVEN = "even", "Even"
        REINFORCING = "reinforcing", "Reinforcing"
        REDUCING = "reducing", "Reducing"
        TRIGGER = "trigger", "Trigger point"
        ELECTRO = "electro", "Electro-acupuncture"

    class Angle(models.TextChoices):
        PERPENDICULAR = "perpendicular", "Perpendicular"
        OBLIQUE = "oblique", "Oblique"
        TRANSVERSE = "transverse", "Transverse"

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="needlings")
    position = models.PositiveSmallIntegerField()
    point = models.ForeignKey(
        "treatments.Point", on_delete=models.PROTECT, null=True, blank=True, related_name="needlings", to_field="code"
    )
    free_location = models.CharField(max_length=120, blank=True)
    side = models.CharField(max_length=7, choices=Side.choices)
    technique = models.CharField(max_length=12, choices=Technique.choices, default=Technique.EVEN)
    depth_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    angle = models.CharField(max_length=13, choices=Angle.choices, blank=True)
    gauge = models.CharField(max_length=20, blank=True, help_text="Diameter x length in mm, such as 0.25x40.")
    retention_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    deqi = models.BooleanField(null=True, blank=True)
    twitch = models.BooleanField(null=True, blank=True)
    electro_hz = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    needles_in = models.PositiveSmallIntegerField(null=True, blank=True)
    needles_out = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["treatment", "position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(point__isnull=False) | ~Q(free_location=""),
                name="needling_has_place",
                violation_error_code="needling_without_place",
                violation_error_message="A needling needs a point or a place in words.",
            ),
            models.CheckConstraint(
                condition=Q(depth_mm__isnull=True) | Q(depth_mm__lte=150),
                name="needling_depth_plausible",
                violation_error_code="depth_implausible",
                violation_error_message="No needle goes deeper than 150 mm.",
            ),
            models.CheckConstraint(
                condition=Q(retention_minutes__isnull=True) | Q(retention_minutes__lte=240),
                name="needling_retention_plausible",
                violation_error_code="retention_implausible",
                violation_error_message="Needles do not stay in for longer than four hours.",
            ),
        ]
        triggers = [freezes_with(**PART_OF_NOTE)]

    def __str__(self) -> str:
        return f"{self.point_id or self.free_location} {self.side}"


class Cupping(models.Model):
    class Kind(models.TextChoices):
        FIRE = "fire", "Fire"
        SLIDING = "sliding", "Sliding"
        FLASH = "flash", "Flash"
        WET = "wet", "Wet"
        SILICONE = "silicone", "Silicone"
        PUMP = "pump", "Pump"

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="cuppings")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sites = models.CharField(max_length=120)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    cups = models.PositiveSmallIntegerField(null=True, blank=True)
    movement = models.CharField(max_length=60, blank=True)
    marks = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["treatment", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(sites=""),
                name="cupping_has_site",
                violation_error_code="cupping_without_site",
                violation_error_message="Say where the cups were placed.",
            )
        ]
        triggers = [freezes_with(**PART_OF_NOTE)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.sites}"


class Moxibustion(models.Model):
    class Kind(models.TextChoices):
        DIRECT = "direct", "Direct"
        INDIRECT = "indirect", "Indirect"
        NEEDLE = "needle", "On the needle"
        BOX = "box", "Box"
        STICK = "stick", "Stick"

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="moxibustions")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    point = models.ForeignKey(
        "treatments.Point", on_delete=models.PROTECT, null=True, blank=True, related_name="+", to_field="code"
    )
    site = models.CharField(max_length=120, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    cones = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["treatment", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(point__isnull=False) | ~Q(site=""),
                name="moxibustion_has_place",
                violation_error_code="moxibustion_without_place",
                violation_error_message="Moxibustion needs a point or a place in words.",
            )
        ]
        triggers = [freezes_with(**PART_OF_NOTE)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.point_id or self.site}"


class Technique(models.Model):
    """Whatever else was done beside needles, cups and moxa."""

    class Kind(models.TextChoices):
        GUA_SHA = "gua_sha", "Gua sha"
        TUI_NA = "tui_na", "Tui na"
        EAR_SEEDS = "ear_seeds", "Ear seeds"
        HEAT_LAMP = "heat_lamp", "Heat lamp"
        HERBS = "herbs", "Herbs advised"
        EXERCISE = "exercise", "Exercise or advice"

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="techniques")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    site = models.CharField(max_length=120, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["treatment", "id"]
        triggers = [freezes_with(**PART_OF_NOTE)]

    def __str__(self) -> str:
        return self.get_kind_display()


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
