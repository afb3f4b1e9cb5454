from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from billing.claiming import deciding, remitting
from billing.claiming import remittance_serializers as serializers
from billing.models import Remittance, RemittanceRow
from clinic.api.views import Creates, ReadsViewSet
from clinic.permissions import Permission

SHOWN = Remittance.objects.with_counts().select_related("payer", "payment").prefetch_related("rows")


class RemittanceViewSet(Creates, ReadsViewSet):
    """What payers said they paid, one for each payment reference, with what was done about each row."""

    queryset = SHOWN
    serializer_class = serializers.RemittanceSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.SEE_MONEY),
        "create": Permission.KEEP_MONEY,
    }
    problems = {"create": ["409", "422"]}
    search_fields = ["payment_reference"]
    filterset_fields = {
        "payer": ["exact"],
        "claim": ["exact", "isnull"],
        "payment_reference": ["exact"],
        "paid_on": ["exact", "gte", "lte"],
        "payment": ["exact", "isnull"],
    }
    ordering_fields = ["paid_on", "taken_in_at"]

    @extend_schema(request=serializers.RemittanceOfPayerSerializer, responses={201: serializers.TakenInSerializer})
    def create(self, request):
        """Takes in what a payer answered about several claims. Repeated, it changes nothing."""
        given = serializers.RemittanceOfPayerSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        taken = remitting.take_in(
            payer=given.validated_data["payer"], rows=given.read(), by=request.user, now=self.now
        )
        return Response(told(taken, self), status=status.HTTP_201_CREATED)


def told(taken: list[Remittance], view) -> dict:
    rows = SHOWN.filter(pk__in=[remittance.pk for remittance in taken]).order_by("pk")
    return serializers.TakenInSerializer({"remittances": rows}, context=view.get_serializer_context()).data


class RemittanceRowViewSet(ReadsViewSet):
    """Rows of remittances. Those that belong to nothing known here wait for a person."""

    queryset = RemittanceRow.objects.all()
    serializer_class = serializers.RemittanceRowSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.SEE_MONEY),
        "settle": Permission.KEEP_MONEY,
    }
    problems = {"settle": ["409", "422"]}
    search_fields = ["claim_number", "schedule_number"]
    filterset_fields = {
        "remittance": ["exact"],
        "outcome": ["exact", "in"],
        "line": ["exact", "isnull"],
        "status": ["exact", "in"],
        "service_on": ["exact", "gte", "lte"],
    }
    ordering_fields = ["created_at", "position"]

    @extend_schema(request=serializers.SettlingRowSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request, pk=None):
        """Says which line an unknown row was about, or what was done about it."""
        asked = {"line": None} | self.asked(serializers.SettlingRowSerializer)
        return self.answer(deciding.settle_row(row=self.get_object(), **asked, by=request.user, now=self.now))
