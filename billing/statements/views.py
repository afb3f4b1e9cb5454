from drf_spectacular.utils import extend_schema
from rest_framework import status

from billing.models import Statement
from billing.payments import serializers as payment_serializers
from billing.statements import stating
from clinic.api.permissions import SIGNED_IN
from clinic.api.views import Creates, ReadsViewSet
from clinic.permissions import Permission


class StatementViewSet(Creates, ReadsViewSet):
    """What happened on an account between two days, and how old its debt is. It stays as it was made; its paper is the
    kind `statement`. Patients see their own."""

    queryset = Statement.objects.all()
    serializer_class = payment_serializers.StatementSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], SIGNED_IN),
        "create": Permission.KEEP_MONEY,
    }
    filterset_fields = {"patient": ["exact"], "payer": ["exact", "isnull"], "issued_on": ["gte", "lte"]}
    ordering_fields = ["issued_on", "created_at"]

    @extend_schema(
        request=payment_serializers.StateSerializer, responses={201: payment_serializers.StatementSerializer}
    )
    def create(self, request):
        asked = self.asked(payment_serializers.StateSerializer)
        return self.answer(stating.state(by=request.user, now=self.now, **asked), status_code=status.HTTP_201_CREATED)
