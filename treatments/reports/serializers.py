from rest_framework import serializers

from clinic.api.fields import OffsetDateTimeField
from clinic.api.serializers import NeedlebookSerializer
from patients.serializers import WarningSerializer
from treatments.models import TreatmentReport


class TreatmentReportSerializer(NeedlebookSerializer):
    """`include` names the parts that are gathered from the record; left out, those that this reader usually needs.

    `warnings` are what to look at before it is sent; none of them stops a signature."""

    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    case_title = serializers.CharField(source="case.title", read_only=True)
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)
    include = serializers.ListField(
        child=serializers.ChoiceField(choices=TreatmentReport.Part.choices),
        max_length=len(TreatmentReport.Part),
        required=False,
    )
    from_on = serializers.DateField(required=False, help_text="The case's first day, where it is left out.")
    to_on = serializers.DateField(required=False, help_text="Today, where it is left out.")
    warnings = WarningSerializer(many=True, read_only=True)

    class Meta:
        model = TreatmentReport
        fields = [
            "id",
            "patient",
            "patient_name",
            "case",
            "case_title",
            "practitioner",
            "practitioner_name",
            "audience",
            "recipient",
            "purpose",
            "summary",
            "recommendation",
            "from_on",
            "to_on",
            "include",
            "status",
            "signed_at",
            "signed_by",
            "content_hash",
            "warnings",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["patient", "status", "signed_at", "signed_by", "content_hash"]


class TreatmentReportChangeSerializer(TreatmentReportSerializer):
    """PATCH of a draft: what it is about is settled when it is drafted."""

    class Meta(TreatmentReportSerializer.Meta):
        read_only_fields = [*TreatmentReportSerializer.Meta.read_only_fields, "case"]


class DiagnosisToldSerializer(serializers.Serializer):
    description = serializers.CharField()
    system = serializers.CharField()
    code = serializers.CharField()
    side = serializers.CharField()


class CourseToldSerializer(serializers.Serializer):
    sessions = serializers.ListField(child=serializers.DateField())
    missed = serializers.ListField(child=serializers.DateField())
    approved_sessions = serializers.IntegerField(allow_null=True)


class FindingToldSerializer(serializers.Serializer):
    name = serializers.CharField()
    then = serializers.CharField()
    then_on = serializers.DateField()
    now = serializers.CharField()
    now_on = serializers.DateField(allow_null=True)
    change = serializers.CharField()


class PointToldSerializer(serializers.Serializer):
    name = serializers.CharField()
    sides = serializers.CharField()
    sessions = serializers.IntegerField()
    code = serializers.CharField()


class ChartedToldSerializer(serializers.Serializer):
    code = serializers.CharField()
    side = serializers.CharField()


class TechniqueToldSerializer(serializers.Serializer):
    name = serializers.CharField()
    sessions = serializers.IntegerField()


class ScoreToldSerializer(serializers.Serializer):
    on = serializers.DateField()
    score = serializers.DecimalField(max_digits=5, decimal_places=1)
    comparable = serializers.BooleanField()


class OutcomeToldSerializer(serializers.Serializer):
    measure = serializers.CharField()
    asked = serializers.CharField()
    scores = ScoreToldSerializer(many=True)
    sessions = serializers.ListField(child=serializers.DateField())
    verdict = serializers.CharField()


class EventToldSerializer(serializers.Serializer):
    on = serializers.DateField()
    kind = serializers.CharField()
    description = serializers.CharField()
    severity = serializers.CharField()
    causality = serializers.CharField()
    action = serializers.CharField()
    outcome = serializers.CharField()


class PlanToldSerializer(serializers.Serializer):
    goals = serializers.CharField()
    sessions = serializers.IntegerField()
    sessions_done = serializers.IntegerField()
    weeks = serializers.IntegerField()
    frequency_per_week = serializers.DecimalField(max_digits=3, decimal_places=1)
    agreed_on = serializers.DateField()
    review_on = serializers.DateField()


class ReportContentSerializer(serializers.Serializer):
    """What the paper says. A part that is not included is null; one without anything to tell is empty."""

    number = serializers.CharField()
    audience = serializers.ChoiceField(choices=TreatmentReport.Audience.choices)
    recipient = serializers.CharField()
    purpose = serializers.CharField()
    patient = serializers.CharField()
    date_of_birth = serializers.DateField()
    nhi = serializers.CharField()
    case_title = serializers.CharField()
    claim_number = serializers.CharField()
    date_of_injury = serializers.DateField(allow_null=True)
    payer = serializers.CharField()
    from_on = serializers.DateField()
    to_on = serializers.DateField()
    summary = serializers.CharField()
    recommendation = serializers.CharField()
    practitioner = serializers.CharField()
    registration_number = serializers.CharField()
    signed_at = OffsetDateTimeField(allow_null=True)
    diagnoses = DiagnosisToldSerializer(many=True, allow_null=True)
    course = CourseToldSerializer(allow_null=True)
    findings = FindingToldSerializer(many=True, allow_null=True)
    points = PointToldSerializer(many=True, allow_null=True)
    chart = ChartedToldSerializer(many=True, allow_null=True)
    techniques = TechniqueToldSerializer(many=True, allow_null=True)
    outcomes = OutcomeToldSerializer(many=True, allow_null=True)
    adverse_events = EventToldSerializer(many=True, allow_null=True)
    plan = PlanToldSerializer(many=True, allow_null=True)
