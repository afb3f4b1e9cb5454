from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action

from billing.filters import PaymentFilterSet
from billing.models import Payment
from billing.payments import allocating, paying, serializers
from clinic.api.permissions import SIGNED_IN
from clinic.api.views import Creates, ReadsViewSet
from clinic.permissions import Permission


class PaymentViewSet(Creates, ReadsViewSet):
    """Money in, and with a negative amount, refunds. A payment never changes: what it pays are its allocations, of
    which a negative one takes back. Patients see their own."""

    queryset = (
        Payment.objects.with_remaining()
        .select_related("patient", "payer", "taken_by")
        .prefetch_related("allocations__invoice")
    )
    serializer_class = serializers.PaymentSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], SIGNED_IN),
        **dict.fromkeys(["create", "allocate", "take_back", "refund"], Permission.KEEP_MONEY),
    }
    search_fields = ["patient__first_name", "patient__last_name", "payer__name", "reference"]
    filterset_class = PaymentFilterSet
    ordering_fields = ["number", "received_on", "amount"]

    @extend_schema(request=serializers.PaySerializer, responses={201: serializers.PaymentSerializer})
    def create(self, request):
        payment = paying.pay(by=request.user, now=self.now, **self.asked(serializers.PaySerializer))
        return self.answer(payment, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=serializers.SharesSerializer)
    @action(detail=True, methods=["post"])
    def allocate(self, request, pk=None):
        payment = self.get_object()
        allocating.allocate(payment=payment, by=request.user, now=self.now, **self.asked(serializers.SharesSerializer))
        return self.answer(payment)

    @extend_schema(request=serializers.TakeBackSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request, pk=None):
        payment = self.get_object()
        allocating.take_back(
            payment=payment, by=request.user, now=self.now, **self.asked(serializers.TakeBackSerializer)
        )
        return self.answer(payment)

    @extend_schema(request=serializers.RefundSerializer, responses={201: serializers.PaymentSerializer})
    @action(detail=True, methods=["post"])
    def refund(self, request, pk=None):
        """Gives back what is left of it. Answers with the refund, a payment of its own."""
        refunded = paying.refund(
            payment=self.get_object(),
            by=request.user,
            now=self.now,
            **self.asked(serializers.RefundSerializer),
        )
        return self.answer(refunded, status_code=status.HTTP_201_CREATED)
