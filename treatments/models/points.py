from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

from clinic.models.base import Dated
from treatments.pointcodes import AmbiguousPointCode, UnknownPointCode, fold, parse


class ReferenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.holds_any_of_staff() else self.none()


class Channel(models.Model):
    """A channel or a group of extra points, in the order of the books."""

    code = models.CharField(max_length=6, primary_key=True)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(unique=True)
    midline = models.BooleanField(default=False)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class PointQuerySet(ReferenceQuerySet):
    def matching(self, text: str):
        """Points whose code, in any style, or whose name with or without tones, in Hanzi or English, fits `text`.

        A figure makes it a code, as far as it was typed: GB3 finds GB30 as well, and L1 no BL1. Homophones (Erjian
        is LI2 and EX-HN6) are both found: a code is what is stored, never a sound.
        """
        if any(character.isdecimal() for character in text):
            return self.coded(text)
        return self.filter(
            models.Q(search_text__contains=fold(text)) | models.Q(search_text__contains=text.strip().lower())
        )

    def coded(self, text: str):
        """Points whose code begins with `text`, whatever style it is in; with each of its meanings."""
        try:
            codes = [str(parse(text))]
        except AmbiguousPointCode as ambiguous:
            codes = list(ambiguous.candidates)
        except UnknownPointCode:
            return self.none()
        return self.filter(reduce(or_, (models.Q(code__startswith=code) for code in codes)))


class Point(Dated):
    """An acupuncture point of the WHO list or an extra point. Reference data, from the shipped catalogue."""

    class Laterality(models.TextChoices):
        BILATERAL = "bilateral", "Both sides"
        MIDLINE = "midline", "Midline"
        LEFT = "left", "Left only"
        RIGHT = "right", "Right only"

    code = models.CharField(max_length=8, unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="points")
    number = models.PositiveSmallIntegerField()
    pinyin = models.CharField(max_length=40)
    pinyin_toned = models.CharField(max_length=40)
    hanzi = models.CharField(max_length=10)
    hanzi_traditional = models.CharField(max_length=10)
    english = models.CharField(max_length=80)
    aliases = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    laterality = models.CharField(max_length=9, choices=Laterality.choices)
    group_size = models.PositiveSmallIntegerField(default=1)
    region = models.CharField(max_length=20)
    location = models.TextField()
    alternative_location = models.TextField(blank=True)
    categories = models.JSONField(default=list, blank=True)
    search_text = models.TextField(editable=False)

    objects = PointQuerySet.as_manager()

    class Meta:
        ordering = ["channel__position", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "number"],
                name="point_number_once_per_channel",
                violation_error_code="point_exists",
                violation_error_message="This channel has a point of that number already.",
            )
        ]
        indexes = [GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="point_search_trgm")]

    def __str__(self) -> str:
        return f"{self.code} {self.pinyin_toned}"


class Caution(models.Model):
    """Advice about a point, with how widely it is held and where it is written. It never decides."""

    point = models.ForeignKey(Point, on_delete=models.CASCADE, related_name="cautions")
    caution = models.CharField(max_length=30)
    techniques = ArrayField(models.CharField(max_length=20), default=list)
    trimesters = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    detail = models.TextField()
    strength = models.CharField(max_length=20)
    source = models.TextField()

    class Meta:
        ordering = ["point", "caution", "id"]

    def __str__(self) -> str:
        return f"{self.point_id} {self.caution}"


class EarPointQuerySet(ReferenceQuerySet):
    def named(self, codes: Iterable[str]):
        """By code, in upper or lower case."""
        return self.annotate(upper=Upper("code")).filter(upper__in=[code.upper() for code in codes])

    def matching(self, text: str):
        return self.filter(
            models.Q(search_text__contains=fold(text)) | models.Q(search_text__contains=text.strip().lower())
        )


class EarPoint(Dated):
    """A point of the ear by name: the second catalogue. Reference data."""

    code = models.CharField(max_length=8, unique=True)
    english = models.CharField(max_length=80)
    pinyin = models.CharField(max_length=40)
    pinyin_toned = models.CharField(max_length=40)
    hanzi = models.CharField(max_length=10)
    hanzi_traditional = models.CharField(max_length=10)
    area = models.CharField(max_length=30)
    location = models.TextField()
    caution = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()
    search_text = models.TextField(editable=False)

    objects = EarPointQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        indexes = [GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="ear_point_search_trgm")]

    def __str__(self) -> str:
        return f"{self.code} {self.english}"
