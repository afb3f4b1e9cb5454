from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from clinic.api.fields import OffsetDateTimeField
from clinic.api.serializers import NeedlebookSerializer
from patients.models import Diagnosis
from treatments.models import RequestAnswer, TreatmentRequest
from treatments.models.request import MOST_DIAGNOSES, MOST_ERRORS, MOST_SIDES
from treatments.reports.serializers import DiagnosisToldSerializer, OutcomeToldSerializer

Side = Diagnosis.Side


class DiagnosisToAddSerializer(serializers.Serializer):
    system = serializers.ChoiceField(choices=Diagnosis.System.choices)
    code = serializers.CharField(max_length=18)
    description = serializers.CharField(max_length=200)
    side = serializers.ChoiceField(choices=Side.choices, default=Side.NOT_APPLICABLE)


class SideToChangeSerializer(serializers.Serializer):
    """A diagnosis of the case, by its code and the side it has now, and the side that is right."""

    code = serializers.CharField(max_length=18)
    side_now = serializers.ChoiceField(choices=Side.choices)
    side = serializers.ChoiceField(choices=Side.choices)


class AnswerOfAccSerializer(NeedlebookSerializer):
    purchase_order_number = serializers.CharField(source="purchase_order.number", default="", read_only=True)
    sessions = serializers.IntegerField(source="purchase_order.sessions", default=None, read_only=True)

    class Meta:
        model = RequestAnswer
        fields = [
            "id",
            "approved",
            "answered_on",
            "purchase_order",
            "purchase_order_number",
            "sessions",
            "note",
            "taken_down_at",
            "taken_down_by",
        ]
        read_only_fields = fields


# Not its own name: `TreatmentRequest` is what the schema calls the body of a treatment.
@extend_schema_serializer(component_name="RequestToAcc")
class TreatmentRequestSerializer(NeedlebookSerializer):
    """`standard` is written when the request is finished; of a draft, ask `readiness/`."""

    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    case_title = serializers.CharField(source="case.title", read_only=True)
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)
    reasons = serializers.ListField(
        child=serializers.ChoiceField(choices=TreatmentRequest.Reason.choices),
        min_length=1,
        max_length=len(TreatmentRequest.Reason),
        required=False,
        help_text="More treatment, where it is left out.",
    )
    sessions_requested = serializers.IntegerField(min_value=1, max_value=999, allow_null=True, required=False)
    diagnoses_to_add = DiagnosisToAddSerializer(many=True, required=False, max_length=MOST_DIAGNOSES)
    sides_to_change = SideToChangeSerializer(many=True, required=False, max_length=MOST_SIDES)
    lodgement_errors = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=MOST_ERRORS
    )
    answers = AnswerOfAccSerializer(many=True, read_only=True)

    class Meta:
        model = TreatmentRequest
        fields = [
            "id",
            "patient",
            "patient_name",
            "case",
            "case_title",
            "practitioner",
            "practitioner_name",
            "reasons",
            "sessions_requested",
            "diagnoses_to_add",
            "sides_to_change",
            "lodgement_errors",
            "after_surgery",
            "supporting_information",
            "patient_declared_on",
            "status",
            "standard",
            "finished_at",
            "finished_by",
            "content_hash",
            "answers",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["patient", "status", "standard", "finished_at", "finished_by", "content_hash"]


@extend_schema_serializer(component_name="RequestToAccChange")
class TreatmentRequestChangeSerializer(TreatmentRequestSerializer):
    """PATCH of a draft: what it is about is settled when it is drafted."""

    class Meta(TreatmentRequestSerializer.Meta):
        read_only_fields = [*TreatmentRequestSerializer.Meta.read_only_fields, "case"]


class RequestAnswerSerializer(serializers.Serializer):
    """What ACC answered. An approval of sessions names the purchase order, which the case then has."""

    approved = serializers.BooleanField()
    answered_on = serializers.DateField()
    number = serializers.CharField(max_length=20, required=False)
    sessions = serializers.IntegerField(min_value=1, max_value=999, required=False)
    valid_from = serializers.DateField(required=False, help_text="The day of the answer, where it is left out.")
    expires_on = serializers.DateField(required=False, help_text="The order's last day.")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class RequestCheckSerializer(serializers.Serializer):
    code = serializers.CharField()
    passed = serializers.BooleanField()
    detail = serializers.CharField()
    source = serializers.CharField()


class StillMissingSerializer(serializers.Serializer):
    code = serializers.CharField()
    field = serializers.CharField()
    detail = serializers.CharField()


class ReadinessSerializer(serializers.Serializer):
    """`standard`: whether all of `checks` passed. `missing`: what stands between a draft and its finish."""

    standard = serializers.BooleanField()
    checks = RequestCheckSerializer(many=True)
    missing = StillMissingSerializer(many=True)


class CheckToldSerializer(serializers.Serializer):
    detail = serializers.CharField()
    passed = serializers.BooleanField()
    source = serializers.CharField()


class SideToldSerializer(serializers.Serializer):
    code = serializers.CharField()
    description = serializers.CharField()
    side_now = serializers.CharField()
    side = serializers.CharField()


class NoteToldSerializer(serializers.Serializer):
    """A note that goes with the request; its own paper has the whole of it."""

    number = serializers.CharField()
    started_at = OffsetDateTimeField()
    practitioner = serializers.CharField()
    sha256 = serializers.CharField(source="signature.sha256")


class RequestContentSerializer(serializers.Serializer):
    """What the paper says. `outcomes` and `notes` are null in a standard request, which goes without them."""

    number = serializers.CharField()
    standard = serializers.BooleanField()
    checks = CheckToldSerializer(many=True)
    asked_for = serializers.ListField(child=serializers.CharField())
    sessions_requested = serializers.IntegerField(allow_null=True)
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    date_of_birth = serializers.DateField()
    nhi = serializers.CharField()
    address = serializers.CharField()
    phone = serializers.CharField()
    claim_number = serializers.CharField()
    date_of_injury = serializers.DateField()
    accident_description = serializers.CharField()
    cover_status = serializers.CharField()
    diagnoses = DiagnosisToldSerializer(many=True)
    sessions_given = serializers.IntegerField()
    first_session_on = serializers.DateField(allow_null=True)
    latest_session_on = serializers.DateField(allow_null=True)
    sessions_elsewhere = serializers.IntegerField()
    diagnoses_to_add = DiagnosisToldSerializer(many=True)
    sides_to_change = SideToldSerializer(many=True)
    lodgement_errors = serializers.ListField(child=serializers.CharField())
    supporting_information = serializers.CharField()
    practitioner = serializers.CharField()
    provider_id = serializers.CharField()
    registration_number = serializers.CharField()
    vendor_name = serializers.CharField()
    vendor_id = serializers.CharField()
    vendor_phone = serializers.CharField()
    vendor_email = serializers.CharField()
    patient_declared_on = serializers.DateField(allow_null=True)
    after_surgery = serializers.BooleanField()
    finished_at = OffsetDateTimeField(allow_null=True)
    outcomes = OutcomeToldSerializer(many=True, allow_null=True)
    notes = NoteToldSerializer(many=True, allow_null=True)
    patient_declaration = serializers.CharField()
    provider_declaration = serializers.CharField()
