from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import OffsetDateTimeField, VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from patients.models import Case, Patient
from treatments.models import OutcomeRequest, OutcomeScore, Treatment
from treatments.outcomes.answering import Answer
from treatments.outcomes.measures import MEASURES, Measure
from treatments.outcomes.questions import QUESTIONS

VERDICTS = ["improved", "worse", "no_change_that_matters", "unrated", "not_comparable"]
MOST_ITEMS = max(measure.items[1] for measure in MEASURES.values())


class AnswersField(serializers.ListField):
    """The numbers of the answers in the order of the items, null where one was left out."""

    def __init__(self, **kwargs) -> None:
        child = serializers.IntegerField(min_value=0, max_value=100, allow_null=True)
        super().__init__(child=child, min_length=1, max_length=MOST_ITEMS, **kwargs)


class LabelsField(serializers.ListField):
    """Names of activities, of the patient-specific scale only."""

    def __init__(self, **kwargs) -> None:
        super().__init__(child=serializers.CharField(max_length=80), max_length=5, **kwargs)


class PairField(serializers.ListField):
    def __init__(self, **kwargs) -> None:
        super().__init__(child=serializers.IntegerField(), min_length=2, max_length=2, **kwargs)


class MeasureSerializer(serializers.Serializer):
    """What can be entered. `licence` says whether the wording is here or has to be brought by the clinic."""

    code = serializers.CharField()
    version = serializers.CharField()
    name = serializers.CharField()
    items = PairField(help_text="Fewest and most answers.")
    low = serializers.IntegerField(help_text="Of each answer.")
    high = serializers.IntegerField(help_text="Of each answer.")
    scale = PairField(help_text="Lowest and highest score.")
    better = serializers.ChoiceField(["higher", "lower"])
    minimal_change = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)
    protected = serializers.BooleanField()
    licence = serializers.CharField()
    asked_by_link = serializers.SerializerMethodField()
    source = serializers.CharField()

    def get_asked_by_link(self, measure: Measure) -> bool:
        return measure.code in QUESTIONS


class OutcomeScoreSerializer(NeedlebookSerializer):
    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    measure_name = serializers.CharField(source="get_measure_display", read_only=True)
    entered_by_name = serializers.CharField(source="entered_by.__str__", read_only=True, default=None, allow_null=True)
    answers = AnswersField()
    labels = LabelsField(required=False)

    class Meta:
        model = OutcomeScore
        fields = [
            "id",
            "patient",
            "patient_name",
            "case",
            "treatment",
            "request",
            "measure",
            "measure_name",
            "version",
            "answers",
            "labels",
            "score",
            "taken_on",
            "entered_by",
            "entered_by_name",
            "voided_at",
            "voided_by",
            "void_reason",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["request", "version", "score", "entered_by", "voided_at", "voided_by", "void_reason"]


class VoidSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


class TrendQuerySerializer(serializers.Serializer):
    patient = VisibleRelatedField(queryset=Patient.objects.all())
    measure = serializers.ChoiceField(sorted(MEASURES))
    case = VisibleRelatedField(queryset=Case.objects.all(), required=False)


class ChangeSerializer(serializers.Serializer):
    """From that score to the latest; `points` is the latest less that one."""

    score = serializers.IntegerField(source="since.pk", help_text="The id of the earlier score.")
    taken_on = serializers.DateField(source="since.taken_on")
    points = serializers.DecimalField(max_digits=5, decimal_places=1)
    verdict = serializers.ChoiceField(VERDICTS)


class TrendTreatmentSerializer(NeedlebookSerializer):
    class Meta:
        model = Treatment
        fields = ["id", "started_at"]


class OutcomeTrendSerializer(serializers.Serializer):
    measure = MeasureSerializer()
    scores = OutcomeScoreSerializer(many=True)
    treatments = TrendTreatmentSerializer(many=True)
    since_first = ChangeSerializer(allow_null=True)
    since_previous = ChangeSerializer(allow_null=True)


class OutcomeRequestSerializer(NeedlebookSerializer):
    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    measures = serializers.ListField(
        child=serializers.ChoiceField(sorted(QUESTIONS)), min_length=1, max_length=len(QUESTIONS)
    )
    activities = LabelsField(required=False)
    timing = serializers.ChoiceField(OutcomeRequest.Timing.choices, required=False)

    class Meta:
        model = OutcomeRequest
        fields = [
            "id",
            "patient",
            "patient_name",
            "case",
            "measures",
            "activities",
            "timing",
            "appointment",
            "due_at",
            "expires_at",
            "asked_by",
            "answered_at",
            "withdrawn_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["due_at", "expires_at", "asked_by", "answered_at", "withdrawn_at"]


class PublicQuestionSerializer(serializers.Serializer):
    """One measure as it is put to the patient. With `activities`, one answer each in that order; without any, for a
    measure that has `names`, the patient names them as `labels`."""

    measure = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    low_means = serializers.CharField()
    high_means = serializers.CharField()
    names = serializers.CharField(allow_blank=True)
    activities = serializers.ListField(child=serializers.CharField())


class PublicOutcomeSerializer(serializers.Serializer):
    """What the holder of a link may know: the first name and the questions."""

    first_name = serializers.SerializerMethodField()
    expires_at = OffsetDateTimeField()
    questions = serializers.SerializerMethodField()

    def get_first_name(self, request: OutcomeRequest) -> str:
        return request.patient.preferred_name or request.patient.first_name

    @extend_schema_field(PublicQuestionSerializer(many=True))
    def get_questions(self, request: OutcomeRequest) -> list[dict]:
        return PublicQuestionSerializer([_question(request, code) for code in request.measures], many=True).data


def _question(request: OutcomeRequest, code: str) -> dict[str, object]:
    question, measure = QUESTIONS[code], MEASURES[code]
    return {
        "measure": code,
        "title": question.title,
        "text": question.text,
        "low": measure.low,
        "high": measure.high,
        "low_means": question.low,
        "high_means": question.high,
        "names": "" if request.activities else question.names,
        "activities": request.activities if question.names else [],
    }


class PublicAnswerSerializer(serializers.Serializer):
    measure = serializers.ChoiceField(sorted(QUESTIONS))
    answers = AnswersField()
    labels = LabelsField(required=False)


class PublicAnswersSerializer(serializers.Serializer):
    answers = PublicAnswerSerializer(many=True, allow_empty=False, max_length=len(QUESTIONS))


def given_in(body: Any) -> dict[str, Answer]:
    """The answers in the body of a request, by measure. Raises 400."""
    asked = PublicAnswersSerializer(data=body)
    asked.is_valid(raise_exception=True)
    return {
        entry["measure"]: Answer(answers=entry["answers"], labels=entry.get("labels", ()))
        for entry in asked.validated_data["answers"]
    }


class OwnQuestionSerializer(PublicOutcomeSerializer):
    id = serializers.IntegerField()
    due_at = OffsetDateTimeField()


class OwnScoreSerializer(NeedlebookSerializer):
    """A score as its patient sees it: what they answered, what it made, and which way is better."""

    measure_name = serializers.CharField(source="get_measure_display", read_only=True)
    better = serializers.SerializerMethodField()
    answers = AnswersField()
    labels = LabelsField()

    class Meta:
        model = OutcomeScore
        fields = ["id", "request", "measure", "measure_name", "answers", "labels", "score", "better", "taken_on"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(["higher", "lower"]))
    def get_better(self, score: OutcomeScore) -> str:
        return MEASURES[score.measure].better


class ThanksSerializer(serializers.Serializer):
    answered_at = OffsetDateTimeField()
