from rest_framework import serializers

from billing.models import Invoice, InvoiceLine, Rate, Service
from clinic.api.fields import IdField, VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from patients.models import Payer
from treatments.models import Treatment


class ServiceSerializer(NeedlebookSerializer):
    class Meta:
        model = Service
        fields = "__all__"


class RateSerializer(NeedlebookSerializer):
    service_name = serializers.CharField(source="service.name", read_only=True)
    payer_name = serializers.CharField(source="payer.name", read_only=True, default=None, allow_null=True)

    class Meta:
        model = Rate
        fields = "__all__"


class InvoiceLineSerializer(NeedlebookSerializer):
    total = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)

    class Meta:
        model = InvoiceLine
        exclude = ["invoice"]


class InvoiceSerializer(NeedlebookSerializer):
    label = serializers.CharField(read_only=True)
    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    payer_name = serializers.CharField(source="payer.name", read_only=True, default=None, allow_null=True)
    lines = InvoiceLineSerializer(many=True, read_only=True)
    amount_excl = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)
    gst = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)
    total = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)

    class Meta:
        model = Invoice
        fields = [
            "id",
            "number",
            "label",
            "status",
            "patient",
            "patient_name",
            "payer",
            "payer_name",
            "case",
            "issued_at",
            "issued_on",
            "due_on",
            "note",
            "lines",
            "amount_excl",
            "gst",
            "total",
            "content_hash",
            "created_at",
            "updated_at",
        ]
        read_only_fields = sorted(set(fields) - {"note"})


class InvoiceDraftSerializer(serializers.Serializer):
    """Who is billed for what: `payer` for the payer's part, left out for the patient's."""

    treatments = IdField(
        queryset=Treatment.objects.select_related("patient", "case__payer", "appointment", "practitioner"),
        many=True,
        allow_empty=False,
    )
    payer = VisibleRelatedField(queryset=Payer.objects.all(), required=False, allow_null=True)


class InvoiceChecksSerializer(serializers.Serializer):
    content = serializers.BooleanField()
    lines = serializers.BooleanField()
    chain = serializers.BooleanField()


class InvoiceVerificationSerializer(serializers.Serializer):
    verified = serializers.BooleanField()
    checks = InvoiceChecksSerializer()
    content_hash = serializers.CharField()
