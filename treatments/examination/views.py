from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from clinic.api.views import KeepsViewSet, NeedlebookView, RecordsReads
from clinic.errors import Refusal
from clinic.permissions import Permission
from patients.models import Patient
from treatments.examination import conditions, examining, finding_trend, serializers
from treatments.models import Examination


class ExaminationViewSet(RecordsReads, KeepsViewSet):
    """What was found on examination: strength, gait, tenderness, trigger points. Part of the clinical record."""

    queryset = Examination.objects.select_related("patient", "examined_by")
    serializer_class = serializers.ExaminationSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "trend"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "partial_update"], Permission.WRITE_NOTES),
    }
    read_subject_kind = "examination"
    filterset_fields = {
        "patient": ["exact"],
        "case": ["exact"],
        "treatment": ["exact"],
        "finding": ["exact", "in"],
        "side": ["exact"],
        "examined_on": ["exact", "gte", "lte"],
    }
    ordering_fields = ["examined_on", "finding", "created_at"]

    def get_serializer_class(self):
        if self.action == "partial_update":
            return serializers.ExaminationChangeSerializer
        return self.serializer_class

    def create(self, request, *args, **kwargs):
        examination = examining.record(by=request.user, now=self.now, **self.asked())
        return self.answer(examination, status_code=status.HTTP_201_CREATED)

    def perform_update(self, serializer):
        examining.revise(
            examination=serializer.instance, by=self.request.user, now=self.now, **serializer.validated_data
        )

    @extend_schema(
        parameters=[serializers.TrendQuerySerializer],
        responses=serializers.ExaminationTrendSerializer,
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def trend(self, request):
        """One finding of one patient over time, for each side and muscle."""
        query = serializers.TrendQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=query.validated_data["patient"])
        kind = conditions.finding_kinds().get(query.validated_data["finding"])
        if kind is None:
            raise Refusal("finding_unknown", "There is no finding of this name.", field="finding")
        with transaction.atomic():
            rows = list(self.get_queryset().trend_of(patient=patient, finding=kind.code))
            self.record_reads(rows)
        answer = {"finding": kind.code, "finding_name": kind.name, "unit": kind.unit, "better": kind.better}
        answer["lines"] = finding_trend.lines(kind, rows)
        return Response(serializers.ExaminationTrendSerializer(answer).data)


class ConditionsView(NeedlebookView):
    """Conditions of the buttock and the outer hip with their muscles, signs and usual codes, and what can be found."""

    required_permissions = {"get": Permission.SEE_PATIENTS}

    @extend_schema(responses=serializers.ConditionsSerializer)
    def get(self, request):
        answer = {
            "conditions": conditions.conditions().values(),
            "finding_kinds": conditions.finding_kinds().values(),
        }
        return Response(serializers.ConditionsSerializer(answer).data)
