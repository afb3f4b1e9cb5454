from rest_framework import serializers

from billing.claiming import remittance_rows
from billing.models import ClaimLine, Remittance, RemittanceRow
from clinic.api.fields import VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from patients.models import Payer


class RemittanceRowSerializer(NeedlebookSerializer):
    class Meta:
        model = RemittanceRow
        exclude = ["fingerprint"]


class RemittanceSerializer(NeedlebookSerializer):
    payer_name = serializers.CharField(source="payer.name", read_only=True)
    amount = serializers.DecimalField(
        source="payment.amount", max_digits=10, decimal_places=2, read_only=True, default=None, allow_null=True
    )
    rows = RemittanceRowSerializer(many=True, read_only=True)
    unknown_count = serializers.IntegerField(read_only=True, help_text="Rows that belong to nothing known here.")
    duplicate_count = serializers.IntegerField(read_only=True, help_text="Rows that were taken in before.")

    class Meta:
        model = Remittance
        fields = [
            "id",
            "payer",
            "payer_name",
            "claim",
            "payment_reference",
            "paid_on",
            "source",
            "taken_in_at",
            "taken_in_by",
            "payment",
            "amount",
            "unknown_count",
            "duplicate_count",
            "rows",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class GivenRowSerializer(serializers.Serializer):
    """One row as the payer gave it. The line is found by the claim's number and the line's, or by claim number and
    date of service. Amounts are with GST and never negative."""

    status = serializers.CharField(
        max_length=40, help_text="paid, partial, declined, reversed, held, accepted, or a word that means one of them."
    )
    schedule_number = serializers.CharField(required=False, allow_blank=True, max_length=30)
    line_number = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=9_999_999)
    claim_number = serializers.CharField(required=False, allow_blank=True, max_length=20)
    service_on = serializers.DateField(required=False, allow_null=True)
    service_code = serializers.CharField(required=False, allow_blank=True, max_length=20)
    claimed = serializers.DecimalField(required=False, allow_null=True, max_digits=10, decimal_places=2, min_value=0)
    awarded = serializers.DecimalField(required=False, allow_null=True, max_digits=10, decimal_places=2, min_value=0)
    reason_code = serializers.CharField(required=False, allow_blank=True, max_length=40)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)
    payment_reference = serializers.CharField(required=False, allow_blank=True, max_length=60)
    paid_on = serializers.DateField(required=False, allow_null=True)


class GivenRowsSerializer(serializers.Serializer):
    """Rows, or the text of a CSV file whose first row holds the same names."""

    rows = GivenRowSerializer(many=True, required=False, max_length=remittance_rows.MOST_ROWS)
    csv = serializers.CharField(required=False, max_length=5_000_000, trim_whitespace=False)

    def validate(self, given):
        if ("rows" in given) == ("csv" in given):
            raise serializers.ValidationError({"rows": ["Give either rows or the text of a CSV file."]})
        return given

    def read(self) -> list[remittance_rows.Row]:
        """Raises 422 `remittance_malformed`."""
        given = self.validated_data
        if "csv" in given:
            return remittance_rows.from_csv(given["csv"])
        return remittance_rows.from_mappings(given["rows"])


class RemittanceOfPayerSerializer(GivenRowsSerializer):
    payer = VisibleRelatedField(queryset=Payer.objects.all())


class TakenInSerializer(serializers.Serializer):
    """One remittance for each payment reference."""

    remittances = RemittanceSerializer(many=True)


class SettlingRowSerializer(serializers.Serializer):
    """The claimed line it was about; or without one, what was done."""

    line = VisibleRelatedField(queryset=ClaimLine.objects.select_related("claim"), required=False, allow_null=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=300)


class WhySerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)
