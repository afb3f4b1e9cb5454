"""What a note is made of: rows of what was done, and structured words. Also what a protocol keeps."""

from typing import Any

from rest_framework import serializers

from clinic.api.serializers import NeedlebookSerializer
from treatments import vocabulary
from treatments.bodychart import views
from treatments.catalogue_serializers import EarPointsField, PointField
from treatments.models import Confirmation, Cupping, Moxibustion, Needling, Point, Technique
from treatments.pointcodes import AmbiguousPointCode, UnknownPointCode, parse


class WholeRows(serializers.ListSerializer):
    """Rows that replace those that stand: each has to be whole, in a PATCH of the note as well. All points that they
    name are read at once."""

    def to_internal_value(self, data):
        self.alone = type(self.child)(context=self.context)
        if "point" in self.alone.fields and isinstance(data, list):
            self.alone.fields["point"].known = _points_named(data)
        return super().to_internal_value(data)

    def run_child_validation(self, data):
        return self.alone.run_validation(data)


def _points_named(rows: list[Any]) -> dict[str, Point]:
    codes = set()
    for row in rows:
        try:
            codes.add(str(parse(row["point"])))
        except (AmbiguousPointCode, UnknownPointCode, LookupError, TypeError, AttributeError):
            continue  # the field itself says what is wrong
    return {point.code: point for point in Point.objects.filter(code__in=codes)} if codes else {}


class StrictSerializer(serializers.Serializer):
    """Nothing but its fields: a key that nobody would read is refused."""

    def to_internal_value(self, data):
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields), key=str)):
            raise serializers.ValidationError({str(name): ["There is no field of this name."] for name in unknown})
        said = super().to_internal_value(data).items()
        return {name: value for name, value in said if value not in ("", [], {}, None)}


def word_field(words: vocabulary.Words) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[*words.items()], required=False, allow_blank=True, default="")


def note_field() -> serializers.CharField:
    return serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class TongueSerializer(StrictSerializer):
    body_colour = word_field(vocabulary.TONGUE["body_colour"])
    body_shape = word_field(vocabulary.TONGUE["body_shape"])
    coat_colour = word_field(vocabulary.TONGUE["coat_colour"])
    coat = word_field(vocabulary.TONGUE["coat"])
    moisture = word_field(vocabulary.TONGUE["moisture"])
    note = note_field()


class PulseSideSerializer(StrictSerializer):
    """The quality felt at each of the three positions."""

    cun = word_field(vocabulary.PULSE)
    guan = word_field(vocabulary.PULSE)
    chi = word_field(vocabulary.PULSE)


class PulseSerializer(StrictSerializer):
    """`rate` in beats a minute."""

    rate = serializers.IntegerField(min_value=20, max_value=250, required=False, allow_null=True, default=None)
    qualities = serializers.ListField(
        child=serializers.ChoiceField(choices=[*vocabulary.PULSE.items()]),
        max_length=len(vocabulary.PULSE),
        required=False,
        default=list,
    )
    left = PulseSideSerializer(required=False, default=dict)
    right = PulseSideSerializer(required=False, default=dict)
    note = note_field()


class MarkSerializer(StrictSerializer):
    """A place on the body chart that is no point: `x` to the right and `y` down, in the units of the view."""

    view = serializers.CharField(max_length=20)
    x = serializers.FloatField(min_value=0, max_value=10_000)
    y = serializers.FloatField(min_value=0, max_value=10_000)
    text = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")

    def validate(self, attrs):
        view = views().get(attrs["view"])
        if view is None:
            raise serializers.ValidationError({"view": ["The chart has no such view."]})
        if attrs["x"] > view.width or attrs["y"] > view.height:
            raise serializers.ValidationError({"x": ["This place lies outside the view."]})
        return attrs

    class Meta:
        list_serializer_class = WholeRows


class PartSerializer(NeedlebookSerializer):
    class Meta:
        list_serializer_class = WholeRows


class NeedlingSerializer(PartSerializer):
    point = PointField(required=False, allow_null=True)

    class Meta(PartSerializer.Meta):
        model = Needling
        exclude = ["id", "treatment", "position"]


class CuppingSerializer(PartSerializer):
    class Meta(PartSerializer.Meta):
        model = Cupping
        exclude = ["id", "treatment"]


class MoxibustionSerializer(PartSerializer):
    point = PointField(required=False, allow_null=True)

    class Meta(PartSerializer.Meta):
        model = Moxibustion
        exclude = ["id", "treatment"]


class TechniqueSerializer(PartSerializer):
    ear_points = EarPointsField(required=False, max_length=40)

    class Meta(PartSerializer.Meta):
        model = Technique
        exclude = ["id", "treatment"]


class ConfirmationSerializer(PartSerializer):
    """A finding answered with a reason. One whose finding no longer stands is left out when the note is written."""

    confirmed_by_name = serializers.CharField(source="confirmed_by.__str__", read_only=True)

    class Meta(PartSerializer.Meta):
        model = Confirmation
        fields = ["key", "severity", "message", "source", "reason", "confirmed_by_name", "confirmed_at"]
        read_only_fields = ["severity", "message", "source", "confirmed_at"]


class PartsSerializer(serializers.Serializer):
    """The four lists of what was done."""

    needlings = NeedlingSerializer(many=True, required=False)
    cuppings = CuppingSerializer(many=True, required=False)
    moxibustions = MoxibustionSerializer(many=True, required=False)
    techniques = TechniqueSerializer(many=True, required=False)


class WordSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()


def words_of(words: vocabulary.Words) -> list[dict[str, str]]:
    return [{"code": code, "label": label} for code, label in words.items()]
