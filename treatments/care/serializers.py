from rest_framework import serializers

from clinic.api.fields import OffsetDateTimeField
from clinic.api.serializers import NeedlebookSerializer
from treatments.models import AdverseEvent, LotUse, NeedleLot, TreatmentPlan


class TreatmentPlanSerializer(NeedlebookSerializer):
    """`sessions_done` are the signed sessions of the case since the plan was agreed."""

    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    case_title = serializers.CharField(source="case.title", read_only=True)
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)
    sessions_done = serializers.IntegerField(read_only=True)
    sessions_left = serializers.IntegerField(read_only=True)

    class Meta:
        model = TreatmentPlan
        fields = [
            "id",
            "patient",
            "patient_name",
            "case",
            "case_title",
            "practitioner",
            "practitioner_name",
            "sessions",
            "frequency_per_week",
            "weeks",
            "goals",
            "agreed_on",
            "review_on",
            "closed_on",
            "sessions_done",
            "sessions_left",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["closed_on"]


class TreatmentPlanChangeSerializer(TreatmentPlanSerializer):
    """PATCH: whose plan it is and since when is settled when it is agreed."""

    class Meta(TreatmentPlanSerializer.Meta):
        read_only_fields = [*TreatmentPlanSerializer.Meta.read_only_fields, "patient", "case", "agreed_on"]


class CloseSerializer(serializers.Serializer):
    closed_on = serializers.DateField(required=False, help_text="Today, where it is left out.")


class TreatmentInjurySerializer(serializers.Serializer):
    hint = serializers.CharField()
    source = serializers.CharField()


class AdverseEventSerializer(NeedlebookSerializer):
    """`treatment_injury` is there from severity 3: a claim to ACC should be thought of."""

    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    reported_by_name = serializers.CharField(source="reported_by.__str__", read_only=True)
    treatment_injury = TreatmentInjurySerializer(read_only=True, allow_null=True)

    class Meta:
        model = AdverseEvent
        fields = [
            "id",
            "patient",
            "patient_name",
            "treatment",
            "kind",
            "occurred_at",
            "severity",
            "causality",
            "description",
            "action",
            "outcome",
            "informed",
            "follow_up_on",
            "closed_on",
            "reported_by",
            "reported_by_name",
            "treatment_injury",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["closed_on", "reported_by"]


class AdverseEventChangeSerializer(AdverseEventSerializer):
    """PATCH: to whom it happened is settled when it is reported."""

    class Meta(AdverseEventSerializer.Meta):
        read_only_fields = [*AdverseEventSerializer.Meta.read_only_fields, "patient", "treatment"]


class CloseEventSerializer(CloseSerializer):
    outcome = serializers.CharField(help_text="How it ended.")


class ReopenSerializer(serializers.Serializer):
    follow_up_on = serializers.DateField()


class NeedleLotSerializer(NeedlebookSerializer):
    class Meta:
        model = NeedleLot
        fields = [
            "id",
            "maker",
            "product",
            "lot_number",
            "gauge",
            "supplier",
            "expires_on",
            "received_on",
            "created_at",
            "updated_at",
        ]


class LotUseSerializer(NeedlebookSerializer):
    """`had_expired`: on the day of the session the lot was past its date."""

    lot_name = serializers.CharField(source="lot.__str__", read_only=True)
    had_expired = serializers.BooleanField(read_only=True)

    class Meta:
        model = LotUse
        fields = ["id", "lot", "lot_name", "needles", "had_expired", "created_at", "updated_at"]


class LotPatientSerializer(NeedlebookSerializer):
    """Who had needles of a lot, in which session."""

    patient = serializers.IntegerField(source="patient_id", read_only=True)
    patient_name = serializers.CharField(source="treatment.patient.__str__", read_only=True)
    started_at = OffsetDateTimeField(source="treatment.started_at", read_only=True)
    had_expired = serializers.BooleanField(read_only=True)

    class Meta:
        model = LotUse
        fields = ["treatment", "patient", "patient_name", "started_at", "needles", "had_expired"]
