from rest_framework import serializers

from clinic.api.serializers import NeedlebookSerializer
from patients import screening
from patients.models import HistoryEntry, Medication, Screening


class SuggestionSerializer(serializers.Serializer):
    """An alert that somebody may want to record. It suggests and decides nothing."""

    kind = serializers.CharField(help_text="The kind of alert.")
    substance = serializers.CharField()
    effect = serializers.CharField()
    reason = serializers.CharField()
    source = serializers.CharField()


class MedicationSerializer(NeedlebookSerializer):
    suggests = SuggestionSerializer(source="suggestion", read_only=True, allow_null=True)

    class Meta:
        model = Medication
        fields = [
            "id",
            "name",
            "dose",
            "since_on",
            "until_on",
            "note",
            "struck_out",
            "suggests",
            "created_at",
            "updated_at",
        ]


class MedicationReceiptSerializer(NeedlebookSerializer):
    """For those who take it down and may not read it: that it was kept, and whether an alert should be thought of."""

    suggests = SuggestionSerializer(source="suggestion", read_only=True, allow_null=True)

    class Meta:
        model = Medication
        fields = ["id", "suggests", "created_at"]


class HistoryEntrySerializer(NeedlebookSerializer):
    class Meta:
        model = HistoryEntry
        fields = [
            "id",
            "kind",
            "name",
            "relative",
            "year",
            "resolved",
            "note",
            "struck_out",
            "created_at",
            "updated_at",
        ]


class HistoryReceiptSerializer(NeedlebookSerializer):
    class Meta:
        model = HistoryEntry
        fields = ["id", "created_at"]


class ScreeningFindingSerializer(serializers.Serializer):
    code = serializers.CharField()
    urgency = serializers.ChoiceField([screening.EMERGENCY, screening.URGENT, screening.SEE_FIRST])
    because = serializers.ListField(child=serializers.CharField())
    advice = serializers.CharField()
    source = serializers.CharField()


class ScreeningSerializer(NeedlebookSerializer):
    answers = serializers.DictField(
        child=serializers.BooleanField(allow_null=True), help_text="By the code of the question: true, false or null."
    )
    findings = ScreeningFindingSerializer(many=True, read_only=True)
    unanswered = serializers.SerializerMethodField()
    answered_on = serializers.DateField(required=False, help_text="Today, when not given.")
    entered_by_name = serializers.CharField(source="entered_by.__str__", read_only=True)

    class Meta:
        model = Screening
        fields = [
            "id",
            "case",
            "version",
            "answers",
            "findings",
            "unanswered",
            "answered_on",
            "entered_by",
            "entered_by_name",
            "created_at",
        ]
        read_only_fields = ["version", "entered_by"]

    def get_unanswered(self, row: Screening) -> list[str]:
        return screening.unanswered(row.answers)


class ScreeningReceiptSerializer(NeedlebookSerializer):
    """For the desk: whether the practitioner should look before anything is done, and not why."""

    tell_practitioner = serializers.SerializerMethodField()

    class Meta:
        model = Screening
        fields = ["id", "tell_practitioner", "created_at"]

    def get_tell_practitioner(self, row: Screening) -> bool:
        return bool(row.findings)


class QuestionSerializer(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()


class QuestionsSerializer(serializers.Serializer):
    version = serializers.CharField()
    questions = QuestionSerializer(many=True)
