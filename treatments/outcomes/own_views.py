"""A patient's own room: the questions that wait for their answer, and their scores."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from clinic.api.views import ReadsViewSet, RecordsReads
from clinic.permissions import Permission
from treatments.models import OutcomeRequest, OutcomeScore
from treatments.outcomes import answering, serializers


class OwnOutcomeViewSet(RecordsReads, ReadsViewSet):
    """My scores, those that still count."""

    queryset = OutcomeScore.objects.standing()
    serializer_class = serializers.OwnScoreSerializer
    read_subject_kind = "outcome_score"
    required_permissions = dict.fromkeys(["list", "retrieve"], Permission.OWN_RECORD)
    filterset_fields = {"measure": ["exact", "in"], "taken_on": ["exact", "gte", "lte"]}
    ordering_fields = ["taken_on"]

    def get_queryset(self):
        return self.queryset.own(self.request.user)


class OwnQuestionViewSet(RecordsReads, ReadsViewSet):
    """What I am asked just now, and my answer."""

    queryset = OutcomeRequest.objects.select_related("patient")
    serializer_class = serializers.OwnQuestionSerializer
    read_subject_kind = "outcome_request"
    required_permissions = dict.fromkeys(["list", "retrieve", "answers"], Permission.OWN_RECORD)
    problems = {"answers": ["409", "422"]}
    filterset_fields = {"due_at": ["gte", "lt"]}
    ordering_fields = ["due_at", "expires_at"]

    def get_queryset(self):
        """Shown is what can still be answered; who answers one that cannot is told why."""
        rows = self.queryset.own(self.request.user).put(now=self.now)
        return rows if self.action == "answers" else rows.open(now=self.now)

    @extend_schema(
        request=serializers.PublicAnswersSerializer,
        responses={201: serializers.OwnScoreSerializer(many=True)},
    )
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def answers(self, request, pk=None):
        """All of the question at once; answers the scores that they made."""
        given = serializers.given_in(request.data)
        scores = answering.answer_own(request=self.get_object(), given=given, by=request.user, now=self.now)
        shown = serializers.OwnScoreSerializer(scores, many=True, context=self.get_serializer_context())
        return Response(shown.data, status=status.HTTP_201_CREATED)
