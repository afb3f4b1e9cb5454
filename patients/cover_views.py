"""What a payer decided about a case. A case out of reach is 404, whatever is asked for below."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema

from clinic.api.permissions import SIGNED_IN
from clinic.api.views import Creates, KeepsViewSet, NeedlebookViewSet, ReadsViewSet, RecordsReads
from clinic.permissions import Permission
from patients import approving, cover_serializers, deciding
from patients.models import Case, CoverDecision, PurchaseOrder
from patients.views import DAYS, KEPT_BY_STAFF, PERIOD


@extend_schema(parameters=[OpenApiParameter("case_pk", OpenApiTypes.INT, OpenApiParameter.PATH)])
class OfCaseViewSet(RecordsReads, NeedlebookViewSet):
    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.case = get_object_or_404(Case.objects.visible_to(request.user), pk=self.kwargs["case_pk"])

    def get_queryset(self):
        return super().get_queryset().filter(case_id=self.kwargs.get("case_pk"))


class CoverDecisionViewSet(OfCaseViewSet, Creates, ReadsViewSet):
    """The cover status as it became known, the newest first. POST takes down a decision, and the case is of that
    status from then on."""

    queryset = CoverDecision.objects.select_related("case", "noted_by")
    serializer_class = cover_serializers.CoverDecisionSerializer
    required_permissions = {"list": SIGNED_IN, "retrieve": SIGNED_IN, "create": Permission.KEEP_PATIENTS}
    read_subject_kind = "cover_decision"
    filterset_fields = {"status": ["exact", "in"], "decided_on": DAYS, "noted_at": PERIOD}
    ordering_fields = ["noted_at", "decided_on"]

    def perform_create(self, serializer):
        return deciding.take_down(case=self.case, by=self.request.user, now=self.now, **serializer.validated_data)


class PurchaseOrderViewSet(OfCaseViewSet, KeepsViewSet):
    queryset = PurchaseOrder.objects.select_related("case")
    serializer_class = cover_serializers.PurchaseOrderSerializer
    required_permissions = KEPT_BY_STAFF
    read_subject_kind = "purchase_order"
    filterset_fields = {"number": ["exact"], "valid_from": DAYS, "expires_on": [*DAYS, "isnull"], "updated_at": PERIOD}
    ordering_fields = ["valid_from", "approved_on", "number"]

    def perform_create(self, serializer):
        return approving.take_down_order(
            case=self.case, by=self.request.user, now=self.now, **serializer.validated_data
        )
