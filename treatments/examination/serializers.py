from rest_framework import serializers

from clinic.api.serializers import NeedlebookSerializer
from treatments.models import Examination


class ExaminationSerializer(NeedlebookSerializer):
    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    finding_name = serializers.CharField(read_only=True)
    examined_on = serializers.DateField(required=False, help_text="Today, when not given.")
    examined_by_name = serializers.CharField(source="examined_by.__str__", read_only=True)

    class Meta:
        model = Examination
        fields = [
            "id",
            "patient",
            "patient_name",
            "case",
            "treatment",
            "finding",
            "finding_name",
            "side",
            "muscle",
            "value",
            "unit",
            "answer",
            "sign_seen",
            "referral",
            "note",
            "examined_on",
            "examined_by",
            "examined_by_name",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["unit", "examined_by"]


class ExaminationChangeSerializer(ExaminationSerializer):
    """Whose it is, what was examined and where it belongs stay."""

    class Meta(ExaminationSerializer.Meta):
        read_only_fields = [*ExaminationSerializer.Meta.read_only_fields, "patient", "case", "treatment", "finding"]


class TrendQuerySerializer(serializers.Serializer):
    patient = serializers.IntegerField(min_value=1, max_value=10**18)
    finding = serializers.CharField(max_length=40)


class StepSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    examined_on = serializers.DateField()
    value = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    answer = serializers.CharField()
    sign_seen = serializers.BooleanField(allow_null=True)


class LineSerializer(serializers.Serializer):
    side = serializers.CharField()
    muscle = serializers.CharField()
    steps = StepSerializer(many=True)
    change = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    direction = serializers.CharField(help_text="better, worse, same, or empty where there is nothing to compare.")


class ExaminationTrendSerializer(serializers.Serializer):
    finding = serializers.CharField()
    finding_name = serializers.CharField()
    unit = serializers.CharField()
    better = serializers.CharField()
    lines = LineSerializer(many=True)


class MuscleSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    origin = serializers.CharField()
    insertion = serializers.CharField()
    action = serializers.CharField()
    nerve = serializers.CharField()
    strength = serializers.CharField()
    source = serializers.CharField()


class ConditionCodeSerializer(serializers.Serializer):
    system = serializers.CharField()
    code = serializers.CharField()
    side = serializers.CharField()
    description = serializers.CharField()


class ConditionSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    also_called = serializers.CharField()
    muscles = MuscleSerializer(many=True)
    signs = serializers.ListField(child=serializers.CharField())
    findings = serializers.ListField(child=serializers.CharField(), help_text="Codes of findings worth recording.")
    codes = ConditionCodeSerializer(many=True)
    source = serializers.CharField()


class FindingKindSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    how = serializers.CharField()
    sides = serializers.CharField()
    by_muscle = serializers.CharField()
    unit = serializers.CharField()
    lowest = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    highest = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    answers = serializers.ListField(child=serializers.CharField())
    sign = serializers.CharField()
    better = serializers.CharField()
    source = serializers.CharField()


class ConditionsSerializer(serializers.Serializer):
    conditions = ConditionSerializer(many=True)
    finding_kinds = FindingKindSerializer(many=True)
