from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from clinic.api.views import KeepsViewSet, RecordsReads
from clinic.models import Practice
from clinic.permissions import Permission
from treatments.models import TreatmentRequest
from treatments.pdf import report_values, request_values
from treatments.requests import content as request_content
from treatments.requests import requesting, serializers


@extend_schema_view(partial_update=extend_schema(responses=serializers.TreatmentRequestSerializer))
class TreatmentRequestViewSet(RecordsReads, KeepsViewSet):
    """Requests to ACC for further treatment. A finished one stays as it was sent; its paper is of the kind
    `acc32_request`."""

    queryset = TreatmentRequest.objects.select_related("patient", "case", "practitioner").prefetch_related(
        "answers__purchase_order"
    )
    serializer_class = serializers.TreatmentRequestSerializer
    read_subject_kind = "treatment_request"
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "readiness", "content"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "partial_update", "destroy", "finish", "answer_of_acc"], Permission.WRITE_NOTES),
    }
    filterset_fields = {
        "patient": ["exact"],
        "case": ["exact"],
        "practitioner": ["exact"],
        "status": ["exact"],
        "standard": ["exact"],
        "finished_at": ["gte", "lt"],
    }
    ordering_fields = ["created_at", "finished_at"]

    def get_serializer_class(self):
        if self.action == "partial_update":
            return serializers.TreatmentRequestChangeSerializer
        return super().get_serializer_class()

    def perform_create(self, serializer):
        return requesting.draft(by=self.request.user, now=self.now, **serializer.validated_data)

    def perform_update(self, serializer):
        requesting.revise(request=serializer.instance, by=self.request.user, now=self.now, **serializer.validated_data)

    def destroy(self, request, pk=None):
        """Discards a draft."""
        requesting.discard(request=self.get_object(), by=request.user, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=serializers.ReadinessSerializer)
    @action(detail=True)
    def readiness(self, request, pk=None):
        """Whether it is one of ACC's standard requests, by which checks, and what is still missing."""
        with transaction.atomic():
            found = requesting.readiness(request=self.get_object(), now=self.now)
        return Response(serializers.ReadinessSerializer(found).data)

    @extend_schema(request=None, responses=serializers.TreatmentRequestSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request, pk=None):
        """Freezes it with what it says. What is missing is listed in the refusal, as `missing`."""
        return self.answer(requesting.finish(request=self.get_object(), by=request.user, now=self.now))

    @extend_schema(request=serializers.RequestAnswerSerializer, responses=serializers.TreatmentRequestSerializer)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    def answer_of_acc(self, request, pk=None):
        """Takes down what ACC answered. The answer taken down last holds."""
        row = self.get_object()
        given = self.asked(serializers.RequestAnswerSerializer)
        requesting.take_down_answer(request=row, by=request.user, now=self.now, **given)
        return self.answer(row)

    @extend_schema(responses=serializers.RequestContentSerializer)
    @action(detail=True)
    def content(self, request, pk=None):
        """What the paper says: of a draft as the record stands, of a finished request as it was finished."""
        with transaction.atomic():
            row = self.get_object()
            if row.is_finished:
                said = report_values.restored(request_values.RequestContent, row.content)
            else:
                checks = requesting.readiness(request=row, now=self.now).checks
                said = request_content.gather(row, checks=checks, zone=Practice.objects.current().zone)
        return Response(serializers.RequestContentSerializer(said).data)
