"""What settles an invoice, as it is asked for and answered: credit notes and write-offs."""

from rest_framework import serializers

from billing.models import CreditLine, CreditNote, InvoiceLine, WriteOff
from clinic.api.fields import IdField
from clinic.api.serializers import NeedlebookSerializer
from clinic.money import CENT


class CreditLineSerializer(NeedlebookSerializer):
    description = serializers.CharField(source="line.description", read_only=True)
    total = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)

    class Meta:
        model = CreditLine
        fields = ["id", "position", "line", "description", "amount_excl", "gst", "total"]


class CreditNoteSerializer(NeedlebookSerializer):
    label = serializers.CharField(read_only=True)
    invoice_label = serializers.CharField(source="invoice.label", read_only=True)
    patient = serializers.IntegerField(source="invoice.patient_id", read_only=True)
    patient_name = serializers.CharField(source="invoice.patient.__str__", read_only=True)
    payer = serializers.IntegerField(source="invoice.payer_id", read_only=True, allow_null=True)
    payer_name = serializers.CharField(source="invoice.payer.name", read_only=True, default=None, allow_null=True)
    lines = CreditLineSerializer(many=True, read_only=True)
    amount_excl = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)
    gst = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)
    total = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)

    class Meta:
        model = CreditNote
        fields = [
            "id",
            "number",
            "label",
            "invoice",
            "invoice_label",
            "patient",
            "patient_name",
            "payer",
            "payer_name",
            "reason",
            "issued_at",
            "issued_on",
            "lines",
            "amount_excl",
            "gst",
            "total",
            "content_hash",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class _Amount(serializers.DecimalField):
    def __init__(self, **kwargs) -> None:
        super().__init__(max_digits=10, decimal_places=2, **kwargs)


class CreditPartSerializer(serializers.Serializer):
    """Of one line: `total` with GST, or `amount_excl` and perhaps its `gst`. None of them: all that is left of it."""

    line = IdField(queryset=InvoiceLine.objects.all())
    total = _Amount(required=False, min_value=CENT)
    amount_excl = _Amount(required=False, min_value=0)
    gst = _Amount(required=False, min_value=0)

    def validate(self, given):
        if "total" in given and {"amount_excl", "gst"} & set(given):
            raise serializers.ValidationError({"total": ["Give the total, or the amount and its GST."]}, "two_amounts")
        return given


class CreditSerializer(serializers.Serializer):
    """Without `lines`, all that is left of the invoice is credited."""

    reason = serializers.CharField(max_length=300)
    lines = CreditPartSerializer(many=True, required=False, allow_empty=False)


class WriteOffSerializer(NeedlebookSerializer):
    """A negative amount takes a write-off back."""

    invoice_label = serializers.CharField(source="invoice.label", read_only=True)
    patient_name = serializers.CharField(source="invoice.patient.__str__", read_only=True)
    written_off_by_name = serializers.CharField(source="written_off_by.__str__", read_only=True)

    class Meta:
        model = WriteOff
        fields = [
            "id",
            "invoice",
            "invoice_label",
            "patient_name",
            "amount",
            "reason",
            "written_off_on",
            "written_off_by",
            "written_off_by_name",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class WritingOffSerializer(serializers.Serializer):
    """Without `amount`, all that is owed, or all that was written off."""

    amount = _Amount(required=False, min_value=CENT)
    reason = serializers.CharField(max_length=300)
