from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from clinic.api.views import KeepsViewSet, ReadsViewSet
from clinic.models import Practice
from clinic.permissions import Permission
from messaging import forecasting, serializers
from messaging.models import Message, MessageTemplate, ReminderRule

SET_UP = {
    "list": Permission.SEE_MESSAGES,
    "retrieve": Permission.SEE_MESSAGES,
    "create": Permission.KEEP_MESSAGES,
    "partial_update": Permission.KEEP_MESSAGES,
}


class MessageViewSet(ReadsViewSet):
    """The ledger: what was planned for whom, and what became of it."""

    queryset = Message.objects.select_related("patient", "user", "payer", "rule")
    serializer_class = serializers.MessageSerializer
    required_permissions = dict.fromkeys(["list", "retrieve", "forecast"], Permission.SEE_MESSAGES)
    filterset_fields = {
        "state": ["exact", "in"],
        "channel": ["exact"],
        "patient": ["exact"],
        "user": ["exact"],
        "occasion": ["exact"],
        "reason": ["exact"],
        "subject_kind": ["exact"],
        "subject_id": ["exact"],
        "due_at": ["gte", "lt"],
    }
    ordering_fields = ["due_at", "sent_at", "updated_at"]

    @extend_schema(
        parameters=[serializers.ForecastQuerySerializer], responses=serializers.ForecastSerializer, filters=False
    )
    @action(detail=False, pagination_class=None, filter_backends=[])
    def forecast(self, request):
        query = serializers.ForecastQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        zone = Practice.objects.current().zone
        on = query.validated_data.get("on", timezone.localdate(self.now, timezone=zone))
        answer = forecasting.forecast(on=on, zone=zone, now=self.now)
        return Response(serializers.ForecastSerializer(answer).data)


class MessageTemplateViewSet(KeepsViewSet):
    queryset = MessageTemplate.objects.all()
    serializer_class = serializers.MessageTemplateSerializer
    required_permissions = SET_UP
    filterset_fields = {"occasion": ["exact"], "channel": ["exact"]}
    ordering_fields = ["occasion", "channel"]


class ReminderRuleViewSet(KeepsViewSet):
    queryset = ReminderRule.objects.all()
    serializer_class = serializers.ReminderRuleSerializer
    required_permissions = SET_UP
    filterset_fields = {"active": ["exact"]}
    ordering_fields = ["name"]
