"""The catalogues of points, and how a request names a point."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.serializers import NeedlebookSerializer
from treatments.models import Caution, Channel, EarPoint, Point
from treatments.pointcodes import AmbiguousPointCode, UnknownPointCode, parse


@extend_schema_field(OpenApiTypes.STR)
class PointField(serializers.SlugRelatedField):
    """The code of a point, in any customary spelling going in (`SJ5`), in WHO's coming out (`TE5`)."""

    default_error_messages = {"ambiguous": "{value} can mean {candidates}. Write which."}
    # Points that a list of rows has looked up for all of its rows at once, by code.
    known: dict[str, Point] | None = None

    def __init__(self, **kwargs) -> None:
        super().__init__(slug_field="code", queryset=Point.objects.all(), **kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            code = str(parse(data))
        except AmbiguousPointCode as ambiguous:
            self.fail("ambiguous", value=data, candidates=" or ".join(map(str, ambiguous.candidates)))
        except UnknownPointCode:
            self.fail("does_not_exist", slug_name="code", value=data)
        if self.known is None:
            return super().to_internal_value(code)
        if code not in self.known:
            self.fail("does_not_exist", slug_name="code", value=data)
        return self.known[code]

    def to_representation(self, value):
        """Of a point, or of its code in a row that is kept as plain values."""
        return value if isinstance(value, str) else super().to_representation(value)


class EarPointsField(serializers.ListField):
    """Codes of points of the ear, each once, in the order given."""

    child = serializers.CharField(max_length=8)
    default_error_messages = {"does_not_exist": "There is no ear point {codes}."}

    def to_internal_value(self, data):
        codes = list(dict.fromkeys(code.upper() for code in super().to_internal_value(data)))
        if not codes:
            return []
        named = {code.upper(): code for code in EarPoint.objects.named(codes).values_list("code", flat=True)}
        if missing := [code for code in codes if code not in named]:
            self.fail("does_not_exist", codes=", ".join(missing))
        return [named[code] for code in codes]


class ChannelSerializer(serializers.ModelSerializer):
    class Meta:
        model = Channel
        fields = ["code", "name", "midline", "position"]


class CautionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Caution
        fields = ["caution", "techniques", "trimesters", "detail", "strength", "source"]


class CategorySerializer(serializers.Serializer):
    category = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)


class PointSerializer(NeedlebookSerializer):
    categories = CategorySerializer(many=True, read_only=True)
    cautions = CautionSerializer(many=True, read_only=True)

    class Meta:
        model = Point
        fields = [
            "code",
            "channel",
            "number",
            "pinyin",
            "pinyin_toned",
            "hanzi",
            "hanzi_traditional",
            "english",
            "aliases",
            "laterality",
            "group_size",
            "region",
            "location",
            "alternative_location",
            "categories",
            "cautions",
        ]


class EarPointSerializer(NeedlebookSerializer):
    class Meta:
        model = EarPoint
        fields = [
            "code",
            "english",
            "pinyin",
            "pinyin_toned",
            "hanzi",
            "hanzi_traditional",
            "area",
            "location",
            "caution",
        ]
