from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from billing import invoicing, serializers
from billing.models import Invoice, Rate, Service
from clinic.api.etags import refuse_stale
from clinic.api.views import Creates, KeepsViewSet, ReadsViewSet
from clinic.permissions import Permission

RATES = {
    "list": Permission.SEE_MONEY,
    "retrieve": Permission.SEE_MONEY,
    "create": Permission.SET_UP,
    "partial_update": Permission.SET_UP,
}


class ServiceViewSet(KeepsViewSet):
    queryset = Service.objects.prefetch_related("appointment_types")
    serializer_class = serializers.ServiceSerializer
    required_permissions = RATES
    search_fields = ["code", "name"]
    filterset_fields = {"code": ["exact"], "archived_at": ["isnull"]}
    ordering_fields = ["code", "name"]


class RateViewSet(KeepsViewSet):
    queryset = Rate.objects.select_related("service", "payer")
    serializer_class = serializers.RateSerializer
    required_permissions = RATES
    filterset_fields = {"service": ["exact"], "payer": ["exact", "isnull"], "valid_from": ["gte", "lte"]}
    ordering_fields = ["valid_from"]


class InvoiceViewSet(Creates, ReadsViewSet):
    """What a payer or a patient owes. Drafts have no number; an issued invoice never changes."""

    queryset = Invoice.objects.with_totals().select_related("patient", "payer").prefetch_related("lines")
    serializer_class = serializers.InvoiceSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "verify"], Permission.SEE_MONEY),
        **dict.fromkeys(["create", "partial_update", "destroy", "issue"], Permission.KEEP_MONEY),
    }
    problems = {"verify": ["409"]}
    search_fields = ["patient__first_name", "patient__last_name"]
    filterset_fields = {
        "patient": ["exact"],
        "payer": ["exact", "isnull"],
        "case": ["exact"],
        "status": ["exact"],
        "number": ["exact"],
        "issued_on": ["gte", "lte"],
    }
    ordering_fields = ["number", "issued_on", "created_at"]

    @extend_schema(request=serializers.InvoiceDraftSerializer, responses={201: serializers.InvoiceSerializer})
    def create(self, request):
        asked = self.asked(serializers.InvoiceDraftSerializer)
        invoice = invoicing.draft(
            treatments=asked["treatments"], payer=asked.get("payer"), by=request.user, now=self.now
        )
        return self.answer(invoice, status_code=status.HTTP_201_CREATED)

    def partial_update(self, request, pk=None):
        with transaction.atomic():
            invoice = invoicing.locked_draft(self.get_object())
            refuse_stale(request, invoice)
            serializer = self.get_serializer(invoice, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        return self.answer(invoice)

    def destroy(self, request, pk=None):
        """Discards a draft."""
        invoicing.discard(invoice=self.get_object(), by=request.user, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def issue(self, request, pk=None):
        return self.answer(invoicing.issue(invoice=self.get_object(), by=request.user, now=self.now))

    @extend_schema(responses=serializers.InvoiceVerificationSerializer)
    @action(detail=True)
    def verify(self, request, pk=None):
        return Response(serializers.InvoiceVerificationSerializer(invoicing.verify(self.get_object())).data)
