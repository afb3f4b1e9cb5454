from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from appointments.models import Appointment
from clinic.api.fields import OffsetDateTimeField, VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from patients.models import Patient
from treatments import covering, stricta
from treatments.models import Amendment, Treatment
from treatments.part_serializers import (
    ConfirmationSerializer,
    MarkSerializer,
    PartsSerializer,
    PulseSerializer,
    TongueSerializer,
    WordSerializer,
)
from treatments.vocabulary import PRINCIPLES


class AmendmentSerializer(NeedlebookSerializer):
    author_name = serializers.CharField(source="author.__str__", read_only=True)

    class Meta:
        model = Amendment
        fields = ["id", "author", "author_name", "written_at", "reason", "text", "content_hash"]
        read_only_fields = ["author", "written_at", "content_hash"]


class CoSignedSerializer(serializers.Serializer):
    name = serializers.CharField(source="signed_by.__str__")
    at = OffsetDateTimeField(source="signed_at")


class StrictaSerializer(serializers.Serializer):
    """Items of STRICTA 2010 that this note does not cover; `/treatments/vocabulary/` says what they are called."""

    missing = serializers.ListField(child=serializers.CharField())


class TreatmentSerializer(PartsSerializer, NeedlebookSerializer):
    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)
    case_title = serializers.CharField(source="case.title", read_only=True, default=None, allow_null=True)
    started_at = OffsetDateTimeField()
    tongue = TongueSerializer(required=False)
    pulse = PulseSerializer(required=False)
    eight_principles = serializers.ListField(
        child=serializers.ChoiceField(choices=[*PRINCIPLES.items()]), max_length=len(PRINCIPLES), required=False
    )
    marks = MarkSerializer(many=True, required=False, max_length=100)
    confirmations = ConfirmationSerializer(many=True, required=False)
    amendments = AmendmentSerializer(many=True, read_only=True)
    cosignature = CoSignedSerializer(read_only=True, default=None, allow_null=True)
    needs_cosign = serializers.BooleanField(read_only=True)
    is_late_entry = serializers.SerializerMethodField()
    stricta = serializers.SerializerMethodField()

    class Meta:
        model = Treatment
        fields = [
            "id",
            "appointment",
            "patient",
            "patient_name",
            "practitioner",
            "practitioner_name",
            "place",
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
            "eight_principles",
            "patterns",
            "western_diagnosis",
            "treatment_principle",
            "style",
            "reasoning",
            "needlings",
            "cuppings",
            "moxibustions",
            "techniques",
            "marks",
            "response",
            "aftercare",
            "face_to_face_minutes",
            "reinsertions",
            "needles_in",
            "needles_out",
            "confirmations",
            "stricta",
            "status",
            "is_late_entry",
            "signed_at",
            "signed_by",
            "needs_cosign",
            "cosignature",
            "content_hash",
            "amendments",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["place", "status", "signed_at", "signed_by", "content_hash"]

    @extend_schema_field(serializers.BooleanField)
    def get_is_late_entry(self, treatment: Treatment) -> bool:
        view = self.context.get("view")
        return treatment.is_late_entry(view.now if view else timezone.now())

    @extend_schema_field(StrictaSerializer)
    def get_stricta(self, treatment: Treatment) -> dict[str, list[str]]:
        return {"missing": stricta.missing(covering.noted(treatment))}


class TreatmentChangeSerializer(TreatmentSerializer):
    """PATCH of a draft: whose session it was is settled when it is begun."""

    class Meta(TreatmentSerializer.Meta):
        read_only_fields = [*TreatmentSerializer.Meta.read_only_fields, "appointment", "patient", "practitioner"]


class ChecksSerializer(serializers.Serializer):
    content = serializers.BooleanField()
    chain = serializers.BooleanField()
    amendments = serializers.BooleanField()
    cosignature = serializers.BooleanField()
    register = serializers.BooleanField(help_text="The register in which amendments and co-signatures are entered.")


class VerificationSerializer(serializers.Serializer):
    verified = serializers.BooleanField()
    checks = ChecksSerializer()
    content_hash = serializers.CharField()


class CheckSerializer(PartsSerializer):
    """A note so far. `treatment` is its draft, where there is one: what is confirmed there counts as confirmed."""

    patient = VisibleRelatedField(queryset=Patient.objects.all())
    appointment = VisibleRelatedField(queryset=Appointment.objects.all(), required=False, allow_null=True)
    treatment = VisibleRelatedField(queryset=Treatment.objects.all(), required=False, allow_null=True)
    started_at = OffsetDateTimeField(required=False)


class FindingSerializer(serializers.Serializer):
    """`key` names the finding in a confirmation; `strength` is how widely the source's advice is held."""

    key = serializers.CharField()
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=["serious", "caution", "note"])
    subject = serializers.CharField()
    message = serializers.CharField()
    source = serializers.CharField()
    strength = serializers.CharField()
    confirmed = serializers.BooleanField()


class CheckedSerializer(serializers.Serializer):
    findings = FindingSerializer(many=True)


class TongueWordsSerializer(serializers.Serializer):
    body_colour = WordSerializer(many=True)
    body_shape = WordSerializer(many=True)
    coat_colour = WordSerializer(many=True)
    coat = WordSerializer(many=True)
    moisture = WordSerializer(many=True)


class PulseWordsSerializer(serializers.Serializer):
    qualities = WordSerializer(many=True)
    positions = WordSerializer(many=True)


class VocabularySerializer(serializers.Serializer):
    """The fixed words of a note. One quality for each position of the pulse, any number for the whole."""

    tongue = TongueWordsSerializer()
    pulse = PulseWordsSerializer()
    eight_principles = WordSerializer(many=True)
    stimulation = WordSerializer(many=True)
    stricta = WordSerializer(many=True)
