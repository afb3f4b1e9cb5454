from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import OffsetDateTimeField
from clinic.api.schema import ProblemSerializer
from clinic.api.serializers import NeedlebookSerializer, PartSerializer
from clinic.models import AccessEvent
from patients import acc_numbers, nhi
from patients.agreements import FOR_CASES, FOR_PLANS
from patients.models import Alert, Case, Consent, ConsentKind, ConsentText, Contact, Diagnosis, Patient, Payer
from patients.models.patient import valid_nhi
from patients.opening import MOST_DIAGNOSES


class NHIField(serializers.CharField):
    """Read as people write it, with spaces and in small letters; empty means not known."""

    def to_internal_value(self, data: Any) -> str:
        return nhi.normalised(super().to_internal_value(data))

    def run_validation(self, data: Any = serializers.empty) -> str | None:
        return super().run_validation(data) or None


class ClaimNumberField(serializers.CharField):
    """Read as people write it, with spaces and in small letters."""

    def to_internal_value(self, data: Any) -> str:
        return acc_numbers.normalised(super().to_internal_value(data))


class PatientSerializer(NeedlebookSerializer):
    nhi = NHIField(required=False, allow_null=True, allow_blank=True, validators=[valid_nhi])

    class Meta:
        model = Patient
        fields = [
            "id",
            "nhi",
            "first_name",
            "last_name",
            "preferred_name",
            "date_of_birth",
            "sex",
            "gender",
            "pronouns",
            "ethnicities",
            "email",
            "phone",
            "address",
            "occupation",
            "gp_name",
            "gp_practice",
            "reminder_channel",
            "account_holder",
            "legacy_id",
            "archived_at",
            "created_at",
            "updated_at",
        ]


class RegistrationSerializer(PatientSerializer):
    confirm_new = serializers.BooleanField(
        default=False, help_text="Register although somebody like this is known: it is somebody else."
    )

    class Meta(PatientSerializer.Meta):
        fields = [*PatientSerializer.Meta.fields, "confirm_new"]


class CandidateSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    date_of_birth = serializers.DateField()
    nhi = serializers.CharField(allow_null=True)


class PossibleDuplicateSerializer(ProblemSerializer):
    """`candidates` come with the code `possible_duplicate`."""

    candidates = CandidateSerializer(many=True, required=False)


class ContactSerializer(NeedlebookSerializer):
    class Meta:
        model = Contact
        fields = ["id", "name", "relationship", "phone", "email", "is_emergency_contact", "created_at", "updated_at"]


class AlertSerializer(NeedlebookSerializer):
    severity = serializers.ChoiceField(
        Alert.Severity.choices, required=False, help_text="When not given: what is usual for this kind."
    )
    banner = serializers.SerializerMethodField(help_text="What is written today wherever the patient is shown.")

    class Meta:
        model = Alert
        fields = [
            "id",
            "kind",
            "severity",
            "side",
            "site",
            "note",
            "due_on",
            "begins_on",
            "ends_on",
            "banner",
            "created_at",
            "updated_at",
        ]

    def get_banner(self, alert: Alert) -> str:
        return alert.banner(timezone.localdate())


class ConsentTextSerializer(NeedlebookSerializer):
    class Meta:
        model = ConsentText
        fields = ["id", "kind", "version", "language", "title", "text", "valid_from", "created_at"]


class ConsentSerializer(NeedlebookSerializer):
    class Meta:
        model = Consent
        fields = [
            "id",
            "kind",
            "text",
            "version",
            "given_at",
            "manner",
            "given_by",
            "withdrawn_at",
            "withdrawal_note",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["kind", "text", "version", "given_at", "manner", "withdrawn_at", "withdrawal_note"]


class GivingSerializer(NeedlebookSerializer):
    """Without `text` and `version`, it is the text that is current on that day in `language`."""

    version = serializers.CharField(required=False, max_length=20)
    language = serializers.CharField(required=False, max_length=12)
    given_at = OffsetDateTimeField(required=False, help_text="Now, when not given.")

    class Meta:
        model = Consent
        fields = ["kind", "text", "version", "language", "given_at", "manner", "given_by"]


class WithdrawingSerializer(serializers.Serializer):
    withdrawn_at = OffsetDateTimeField(required=False, help_text="Now, when not given.")
    note = serializers.CharField(required=False, max_length=300)


class MissingQuerySerializer(serializers.Serializer):
    kind_of_case = serializers.ChoiceField(list(FOR_CASES), default=None)
    planned = serializers.ListField(child=serializers.ChoiceField(list(FOR_PLANS)), default=list)


class MissingSerializer(serializers.Serializer):
    missing = serializers.ListField(child=serializers.ChoiceField(ConsentKind.choices))


class AccessEventSerializer(NeedlebookSerializer):
    user_name = serializers.CharField(source="user.__str__", read_only=True)

    class Meta:
        model = AccessEvent
        fields = ["id", "at", "user", "user_name", "act", "subject_kind", "subject_id", "request_id"]
        read_only_fields = fields


class PayerSerializer(NeedlebookSerializer):
    class Meta:
        model = Payer
        fields = [
            "id",
            "name",
            "kind",
            "address",
            "email",
            "claim_channel",
            "payer_code",
            "us_style",
            "max_claim_lines",
            "archived_at",
            "created_at",
            "updated_at",
        ]


class DiagnosisSerializer(PartSerializer):
    class Meta:
        model = Diagnosis
        fields = ["system", "code", "description", "side", "primary"]


class ChoiceSerializer(serializers.Serializer):
    code = serializers.CharField()
    description = serializers.CharField()


class CaseRefusedSerializer(ProblemSerializer):
    """`choices` come with the codes `diagnosis_not_billable` and `seventh_character_missing`."""

    choices = ChoiceSerializer(many=True, required=False)


class WarningSerializer(serializers.Serializer):
    code = serializers.CharField()
    field = serializers.CharField()
    detail = serializers.CharField()


class CaseSerializer(NeedlebookSerializer):
    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    payer_name = serializers.CharField(source="payer.name", read_only=True, allow_null=True)
    contribution_payer_name = serializers.CharField(
        source="contribution_payer.name", read_only=True, allow_null=True, default=None
    )
    claim_number = ClaimNumberField(required=False, allow_blank=True, max_length=12)
    diagnoses = DiagnosisSerializer(many=True, required=False, max_length=MOST_DIAGNOSES)
    opened_on = serializers.DateField(required=False, help_text="Today, when not given.")
    warnings = serializers.SerializerMethodField(help_text="What a person should look at though nothing was refused.")

    class Meta:
        model = Case
        fields = [
            "id",
            "patient",
            "patient_name",
            "title",
            "kind",
            "payer",
            "payer_name",
            "contribution_payer",
            "contribution_payer_name",
            "employer",
            "claim_number",
            "date_of_injury",
            "accident_description",
            "caused_by",
            "accident_state",
            "diagnoses",
            "cover_status",
            "cover_decided_on",
            "approved_sessions",
            "sessions_elsewhere",
            "first_elsewhere_on",
            "purchase_order_number",
            "policy_number",
            "policy_group",
            "policy_plan",
            "policy_expires_on",
            "insured_name",
            "insured_relationship",
            "insured_date_of_birth",
            "approved_amount",
            "approval_required",
            "approval_number",
            "referrer",
            "other_providers",
            "opened_on",
            "closed_on",
            "warnings",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(WarningSerializer(many=True))
    def get_warnings(self, case: Case) -> list[dict[str, str]]:
        return case.warnings()


class CaseChangeSerializer(CaseSerializer):
    """A case stays with its patient."""

    class Meta(CaseSerializer.Meta):
        read_only_fields = ["patient"]
