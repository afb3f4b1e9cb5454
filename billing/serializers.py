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
    credited_excl = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)
    credited_gst = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)
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
    billed_to_name = serializers.CharField(source="billed_to.__str__", read_only=True, default=None, allow_null=True)
    paid = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True)
    credited = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True)
    written_off = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True)
    balance = serializers.DecimalField(
        max_digits=12, decimal_places=2, read_only=True, help_text="What is still owed; of a draft, what will be."
    )
    state = serializers.ChoiceField(Invoice.State.choices, read_only=True)

    class Meta:
        model = Invoice
        fields = [
            "id",
            "number",
            "label",
            "status",
            "state",
            "patient",
            "patient_name",
            "billed_to",
            "billed_to_name",
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
            "paid",
            "credited",
            "written_off",
            "balance",
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


class IssuedChecksSerializer(serializers.Serializer):
    content = serializers.BooleanField()
    lines = serializers.BooleanField()
    chain = serializers.BooleanField()


class IssuedVerificationSerializer(serializers.Serializer):
    verified = serializers.BooleanField()
    checks = IssuedChecksSerializer()
    content_hash = serializers.CharField()
