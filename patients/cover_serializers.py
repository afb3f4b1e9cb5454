from rest_framework import serializers

from clinic.api.serializers import NeedlebookSerializer
from patients.models import CoverDecision, PurchaseOrder


class CoverDecisionSerializer(NeedlebookSerializer):
    noted_by_name = serializers.CharField(source="noted_by.__str__", read_only=True, allow_null=True, default=None)

    class Meta:
        model = CoverDecision
        fields = [
            "id",
            "status",
            "decided_on",
            "source",
            "note",
            "noted_at",
            "noted_by",
            "noted_by_name",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["noted_at", "noted_by"]


class PurchaseOrderSerializer(NeedlebookSerializer):
    valid_from = serializers.DateField(required=False, help_text="The day of approval, when not given.")

    class Meta:
        model = PurchaseOrder
        fields = [
            "id",
            "number",
            "sessions",
            "approved_on",
            "valid_from",
            "expires_on",
            "note",
            "created_at",
            "updated_at",
        ]
