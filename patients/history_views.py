"""What patients tell about their health. The desk takes it down; those who read notes read it (docs/adr)."""

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from clinic.api.etags import etag_of
from clinic.api.views import Creates, KeepsViewSet, NeedlebookView, ReadsViewSet, RecordsReads
from clinic.permissions import Permission
from patients import asking, history_serializers, screening
from patients.models import HistoryEntry, Medication, Screening
from patients.views import DAYS, PERIOD, OfPatientViewSet


def _either(whole: type[BaseSerializer], receipt: type[BaseSerializer]) -> dict:
    """The answer to a POST: the row to those who may read it, otherwise a receipt."""
    name = receipt.__name__.replace("ReceiptSerializer", "OrReceipt")
    return {201: PolymorphicProxySerializer(name, serializers=[whole, receipt], resource_type_field_name=None)}


class TakenDownViewSet(RecordsReads, OfPatientViewSet):
    required_permissions = {
        "list": Permission.READ_NOTES,
        "retrieve": Permission.READ_NOTES,
        "create": Permission.KEEP_PATIENTS,
        "partial_update": Permission.WRITE_NOTES,
    }
    receipt_class: type[BaseSerializer]

    def answer(self, row, *, status_code: int = status.HTTP_200_OK, **headers: str) -> Response:
        if self.request.user.may(Permission.READ_NOTES):
            return super().answer(row, status_code=status_code, **headers)
        return Response(self.receipt_class(row).data, status=status_code, headers={"ETag": etag_of(row)})


@extend_schema_view(
    create=extend_schema(
        responses=_either(history_serializers.MedicationSerializer, history_serializers.MedicationReceiptSerializer)
    )
)
class MedicationViewSet(TakenDownViewSet, KeepsViewSet):
    queryset = Medication.objects.all()
    serializer_class = history_serializers.MedicationSerializer
    receipt_class = history_serializers.MedicationReceiptSerializer
    read_subject_kind = "medication"
    filterset_fields = {
        "until_on": [*DAYS, "isnull"],
        "struck_out": ["exact"],
        "updated_at": PERIOD,
    }
    ordering_fields = ["name", "since_on", "created_at"]


@extend_schema_view(
    create=extend_schema(
        responses=_either(history_serializers.HistoryEntrySerializer, history_serializers.HistoryReceiptSerializer)
    )
)
class HistoryEntryViewSet(TakenDownViewSet, KeepsViewSet):
    queryset = HistoryEntry.objects.all()
    serializer_class = history_serializers.HistoryEntrySerializer
    receipt_class = history_serializers.HistoryReceiptSerializer
    read_subject_kind = "history_entry"
    filterset_fields = {
        "kind": ["exact", "in"],
        "resolved": ["exact"],
        "struck_out": ["exact"],
        "updated_at": PERIOD,
    }
    ordering_fields = ["kind", "year", "name", "created_at"]


@extend_schema_view(
    create=extend_schema(
        responses=_either(history_serializers.ScreeningSerializer, history_serializers.ScreeningReceiptSerializer)
    )
)
class ScreeningViewSet(TakenDownViewSet, Creates, ReadsViewSet):
    """Added to, never changed: when something is different, the questions are asked again."""

    queryset = Screening.objects.select_related("entered_by")
    serializer_class = history_serializers.ScreeningSerializer
    receipt_class = history_serializers.ScreeningReceiptSerializer
    read_subject_kind = "screening"
    filterset_fields = {"case": ["exact"], "answered_on": DAYS, "created_at": PERIOD}
    ordering_fields = ["answered_on", "created_at"]

    def perform_create(self, serializer):
        return asking.screen(patient=self.patient, by=self.request.user, now=self.now, **serializer.validated_data)


class ScreeningQuestionsView(NeedlebookView):
    """The red-flag questions for low back, buttock and hip, in the order they are asked."""

    required_permissions = {"get": Permission.SEE_PATIENTS}

    @extend_schema(responses=history_serializers.QuestionsSerializer)
    def get(self, request):
        asked = {"version": screening.VERSION, "questions": screening.QUESTIONS}
        return Response(history_serializers.QuestionsSerializer(asked).data)
