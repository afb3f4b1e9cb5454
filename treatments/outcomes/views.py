"""Outcome measures: what can be entered, what was, how it went, and the questions that patients answer by link."""

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers as fields
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from clinic.api.filters import refuse_unknown
from clinic.api.permissions import ANYONE
from clinic.api.throttling import PublicThrottle
from clinic.api.views import Creates, NeedlebookView, ReadsViewSet, RecordsReads
from clinic.permissions import Permission
from treatments.models import OutcomeRequest, OutcomeScore
from treatments.outcomes import answering, asking, progress, scoring
from treatments.outcomes import serializers as outcome_serializers
from treatments.outcomes.measures import MEASURES

DAYS = ["exact", "gte", "lte"]
MeasurePage = inline_serializer(
    "MeasurePage",
    {
        "count": fields.IntegerField(),
        "next": fields.CharField(allow_null=True),
        "previous": fields.CharField(allow_null=True),
        "results": outcome_serializers.MeasureSerializer(many=True),
    },
)


class OutcomeMeasuresView(NeedlebookView):
    """What can be entered, on one page: a handful that comes with the program."""

    required_permissions = {"get": Permission.READ_NOTES}

    @extend_schema(responses=MeasurePage)
    def get(self, request):
        measures = outcome_serializers.MeasureSerializer(MEASURES.values(), many=True).data
        return Response({"count": len(measures), "next": None, "previous": None, "results": measures})


class OutcomeScoreViewSet(RecordsReads, Creates, ReadsViewSet):
    """Scores: entered, computed here, never changed. A mistaken one is voided."""

    queryset = OutcomeScore.objects.select_related("patient", "entered_by")
    serializer_class = outcome_serializers.OutcomeScoreSerializer
    read_subject_kind = "outcome_score"
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "trend", "chart"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "void"], Permission.WRITE_NOTES),
    }
    filterset_fields = {
        "patient": ["exact"],
        "measure": ["exact", "in"],
        "case": ["exact"],
        "treatment": ["exact"],
        "taken_on": DAYS,
        "voided_at": ["isnull"],
    }
    ordering_fields = ["taken_on", "created_at"]

    def perform_create(self, serializer):
        return scoring.enter(by=self.request.user, now=self.now, **serializer.validated_data)

    @extend_schema(request=outcome_serializers.VoidSerializer, responses=outcome_serializers.OutcomeScoreSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request, pk=None):
        asked = self.asked(outcome_serializers.VoidSerializer)
        return self.answer(scoring.void(score=self.get_object(), by=request.user, now=self.now, **asked))

    def _trend(self) -> progress.Trend:
        refuse_unknown(self.request, {"patient", "measure", "case"})
        query = outcome_serializers.TrendQuerySerializer(
            data=self.request.query_params, context=self.get_serializer_context()
        )
        query.is_valid(raise_exception=True)
        found = progress.of(zone=timezone.get_current_timezone(), **query.validated_data)
        self.record_reads(found.scores)
        return found

    @extend_schema(
        parameters=[outcome_serializers.TrendQuerySerializer], responses=outcome_serializers.OutcomeTrendSerializer
    )
    @action(detail=False, pagination_class=None, filter_backends=[])
    def trend(self, request):
        """One measure over the sessions, and whether the change since the first and since the last time matters."""
        with transaction.atomic():
            found = self._trend()
            return Response(
                outcome_serializers.OutcomeTrendSerializer(found, context=self.get_serializer_context()).data
            )

    @extend_schema(
        parameters=[outcome_serializers.TrendQuerySerializer],
        responses={(200, "image/svg+xml"): OpenApiTypes.STR},
    )
    @action(detail=False, url_path="trend/chart", pagination_class=None, filter_backends=[])
    def chart(self, request):
        """The same as a picture."""
        with transaction.atomic():
            return HttpResponse(self._trend().chart(), content_type="image/svg+xml")


class OutcomeRequestViewSet(RecordsReads, Creates, ReadsViewSet):
    """Questions to patients, sent as messages with a link."""

    queryset = OutcomeRequest.objects.select_related("patient")
    serializer_class = outcome_serializers.OutcomeRequestSerializer
    read_subject_kind = "outcome_request"
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "withdraw"], Permission.WRITE_NOTES),
    }
    filterset_fields = {
        "patient": ["exact"],
        "appointment": ["exact"],
        "case": ["exact"],
        "due_at": ["gte", "lt"],
        "answered_at": ["isnull"],
        "withdrawn_at": ["isnull"],
    }
    ordering_fields = ["due_at", "expires_at"]

    def perform_create(self, serializer):
        return asking.ask(by=self.request.user, now=self.now, **serializer.validated_data)

    @extend_schema(request=None, responses=outcome_serializers.OutcomeRequestSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        return self.answer(asking.withdraw(request=self.get_object(), by=request.user, now=self.now))


class PublicOutcomeView(NeedlebookView):
    """The link in a question, for programs; people open `/o/{token}/`. The token is all that is needed, once."""

    authentication_classes = []
    throttle_classes = [PublicThrottle]
    throttle_scope = "public"
    required_permissions = {"get": ANYONE, "post": ANYONE}

    @extend_schema(responses=outcome_serializers.PublicOutcomeSerializer)
    def get(self, request, token):
        asked = answering.asked_about(token=token, now=self.now)
        return Response(outcome_serializers.PublicOutcomeSerializer(asked).data)

    @extend_schema(
        request=outcome_serializers.PublicAnswersSerializer,
        responses={201: outcome_serializers.ThanksSerializer},
    )
    def post(self, request, token):
        answering.answer(token=token, given=outcome_serializers.given_in(request.data), now=self.now)
        thanks = outcome_serializers.ThanksSerializer({"answered_at": self.now})
        return Response(thanks.data, status=status.HTTP_201_CREATED)
