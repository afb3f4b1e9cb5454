from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clinic.freezing import freezes_with
from treatments.models.treatment import PART_OF_NOTE, Treatment
from treatments.vocabulary import STIMULATION


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
    stimulation = models.CharField(max_length=11, choices=[*STIMULATION.items()], blank=True)
    needle_type = models.CharField(max_length=60, blank=True, help_text="Maker and material.")
    electro_hz = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    electro_pair = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Number of the lead. The needles of one lead share it."
    )
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
            models.CheckConstraint(
                condition=Q(electro_pair__isnull=True) | Q(electro_pair__gte=1, electro_pair__lte=12),
                name="needling_electro_pair_plausible",
                violation_error_code="electro_pair_implausible",
                violation_error_message="Leads are numbered from 1 to 12.",
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
        EAR_NEEDLES = "ear_needles", "Ear needles left in"
        HEAT_LAMP = "heat_lamp", "Heat lamp"
        HERBS = "herbs", "Herbs advised"
        EXERCISE = "exercise", "Exercise or advice"

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="techniques")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    site = models.CharField(max_length=120, blank=True)
    ear_points = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["treatment", "id"]
        triggers = [freezes_with(**PART_OF_NOTE)]

    def __str__(self) -> str:
        return self.get_kind_display()
