from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from clinic.api.views import KeepsViewSet, RecordsReads
from clinic.models import Practice
from clinic.permissions import Permission
from treatments.models import TreatmentReport
from treatments.pdf import report_values
from treatments.reports import content as report_content
from treatments.reports import serializers, summarising


@extend_schema_view(partial_update=extend_schema(responses=serializers.TreatmentReportSerializer))
class TreatmentReportViewSet(RecordsReads, KeepsViewSet):
    """Reports to a GP, ACC or an insurer about a case. A signed one stays as it was sent; its paper is of the kind
    `treatment_report`."""

    queryset = TreatmentReport.objects.with_consent().select_related("patient", "case__payer", "practitioner")
    serializer_class = serializers.TreatmentReportSerializer
    read_subject_kind = "treatment_report"
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "content"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "partial_update", "destroy", "sign"], Permission.WRITE_NOTES),
    }
    filterset_fields = {
        "patient": ["exact"],
        "case": ["exact"],
        "practitioner": ["exact"],
        "audience": ["exact"],
        "status": ["exact"],
        "to_on": ["exact", "gte", "lte"],
    }
    ordering_fields = ["to_on", "created_at", "signed_at"]

    def get_serializer_class(self):
        if self.action == "partial_update":
            return serializers.TreatmentReportChangeSerializer
        return super().get_serializer_class()

    def perform_create(self, serializer):
        return summarising.draft(by=self.request.user, now=self.now, **serializer.validated_data)

    def perform_update(self, serializer):
        summarising.revise(report=serializer.instance, by=self.request.user, now=self.now, **serializer.validated_data)

    def destroy(self, request, pk=None):
        """Discards a draft."""
        summarising.discard(report=self.get_object(), by=request.user, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=serializers.TreatmentReportSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request, pk=None):
        return self.answer(summarising.sign(report=self.get_object(), by=request.user, now=self.now))

    @extend_schema(responses=serializers.ReportContentSerializer)
    @action(detail=True)
    def content(self, request, pk=None):
        """What the paper says: of a draft as the record stands, of a signed report as it was signed."""
        with transaction.atomic():
            report = self.get_object()
            if report.is_signed:
                said = report_values.from_json(report.content)
            else:
                said = report_content.gather(report, zone=Practice.objects.current().zone)
        return Response(serializers.ReportContentSerializer(said).data)
