"""The doors to what settles invoices beside payments: credit notes, write-offs, sessions paid ahead."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from billing import serializers
from billing.adjusting import crediting
from billing.adjusting import serializers as adjusting_serializers
from billing.models import CreditNote, Package, WriteOff
from clinic.api.views import Changes, ReadsViewSet
from clinic.permissions import Permission


class CreditNoteViewSet(ReadsViewSet):
    """What issued invoices charged wrongly, taken back. Credit an invoice at its own address; a note never changes."""

    queryset = (
        CreditNote.objects.with_totals()
        .select_related("invoice__patient", "invoice__payer")
        .prefetch_related("lines__line")
    )
    serializer_class = adjusting_serializers.CreditNoteSerializer
    required_permissions = dict.fromkeys(["list", "retrieve", "verify"], Permission.SEE_MONEY)
    search_fields = ["invoice__patient__first_name", "invoice__patient__last_name"]
    filterset_fields = {
        "invoice": ["exact"],
        "invoice__patient": ["exact"],
        "invoice__payer": ["exact"],
        "number": ["exact"],
        "issued_on": ["gte", "lte"],
    }
    ordering_fields = ["number", "issued_on"]

    @extend_schema(responses=serializers.IssuedVerificationSerializer)
    @action(detail=True)
    def verify(self, request, pk=None):
        return Response(serializers.IssuedVerificationSerializer(crediting.verify(self.get_object())).data)


class WriteOffViewSet(ReadsViewSet):
    """Debts given up, and those asked for after all. Write off at an invoice's own address."""

    queryset = WriteOff.objects.select_related("invoice__patient", "written_off_by")
    serializer_class = adjusting_serializers.WriteOffSerializer
    required_permissions = dict.fromkeys(["list", "retrieve"], Permission.SEE_MONEY)
    filterset_fields = {"invoice": ["exact"], "invoice__patient": ["exact"], "written_off_on": ["gte", "lte"]}
    ordering_fields = ["written_off_on", "amount"]


class PackageViewSet(Changes, ReadsViewSet):
    """Sessions paid ahead. Sold by an invoice, used by the treatments that are drafted; only the last day changes."""

    queryset = Package.objects.with_left().select_related("account", "service", "line__invoice")
    serializer_class = serializers.PackageSerializer
    required_permissions = {
        "list": Permission.SEE_MONEY,
        "retrieve": Permission.SEE_MONEY,
        "partial_update": Permission.KEEP_MONEY,
    }
    search_fields = ["account__first_name", "account__last_name"]
    filterset_fields = {
        "account": ["exact"],
        "service": ["exact"],
        "bought_on": ["gte", "lte"],
        "expires_on": ["gte", "lte", "isnull"],
    }
    ordering_fields = ["bought_on", "expires_on"]
