from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import OffsetDateTimeField
from clinic.api.serializers import NeedlebookSerializer
from treatments.models import (
    Amendment,
    Caution,
    Channel,
    Cupping,
    Moxibustion,
    Needling,
    Point,
    Technique,
    Treatment,
)
from treatments.pointcodes import AmbiguousPointCode, UnknownPointCode, parse


@extend_schema_field(OpenApiTypes.STR)
class PointField(serializers.SlugRelatedField):
    """The code of a point, in any customary spelling going in (`SJ5`), in WHO's coming out (`TE5`)."""

    default_error_messages = {"ambiguous": "{value} can mean {candidates}. Write which."}

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
        return super().to_internal_value(code)


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


class NeedlingSerializer(NeedlebookSerializer):
    point = PointField(required=False, allow_null=True)

    class Meta:
        model = Needling
        exclude = ["id", "treatment", "position"]


class CuppingSerializer(NeedlebookSerializer):
    class Meta:
        model = Cupping
        exclude = ["id", "treatment"]


class MoxibustionSerializer(NeedlebookSerializer):
    point = PointField(required=False, allow_null=True)

    class Meta:
        model = Moxibustion
        exclude = ["id", "treatment"]


class TechniqueSerializer(NeedlebookSerializer):
    class Meta:
        model = Technique
        exclude = ["id", "treatment"]


class AmendmentSerializer(NeedlebookSerializer):
    author_name = serializers.CharField(source="author.__str__", read_only=True)

    class Meta:
        model = Amendment
        fields = ["id", "author", "author_name", "written_at", "reason", "text", "content_hash"]
        read_only_fields = ["author", "written_at", "content_hash"]


class TreatmentSerializer(NeedlebookSerializer):
    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)
    case_title = serializers.CharField(source="case.title", read_only=True, default=None, allow_null=True)
    started_at = OffsetDateTimeField()
    needlings = NeedlingSerializer(many=True, required=False)
    cuppings = CuppingSerializer(many=True, required=False)
    moxibustions = MoxibustionSerializer(many=True, required=False)
    techniques = TechniqueSerializer(many=True, required=False)
    amendments = AmendmentSerializer(many=True, read_only=True)

    class Meta:
        model = Treatment
        fields = [
            "id",
            "appointment",
            "patient",
            "patient_name",
            "practitioner",
            "practitioner_name",
            "case",
            "case_title",
            "started_at",
            "complaint",
            "subjective",
            "objective",
            "assessment",
            "plan",
            "tongue",
            "pulse",
            "patterns",
            "needlings",
            "cuppings",
            "moxibustions",
            "techniques",
            "face_to_face_minutes",
            "needles_in",
            "needles_out",
            "status",
            "signed_at",
            "signed_by",
            "content_hash",
            "amendments",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["status", "signed_at", "signed_by", "content_hash"]


class TreatmentChangeSerializer(TreatmentSerializer):
    """PATCH of a draft: whose session it was is settled when it is begun."""

    class Meta(TreatmentSerializer.Meta):
        read_only_fields = [*TreatmentSerializer.Meta.read_only_fields, "appointment", "patient", "practitioner"]


class ChecksSerializer(serializers.Serializer):
    content = serializers.BooleanField()
    chain = serializers.BooleanField()
    amendments = serializers.BooleanField()


class VerificationSerializer(serializers.Serializer):
    verified = serializers.BooleanField()
    checks = ChecksSerializer()
    content_hash = serializers.CharField()
