from rest_framework import serializers

from billing.models import BankFormat, BankLine, BankStatement, Invoice
from clinic.api.fields import IdField, VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer


class BankFormatSerializer(NeedlebookSerializer):
    class Meta:
        model = BankFormat
        fields = "__all__"


class BankStatementSerializer(NeedlebookSerializer):
    format_name = serializers.CharField(source="format.name", read_only=True)
    lines = serializers.IntegerField(source="line_count", read_only=True, help_text="How many; see `/bank-lines/`.")
    proposed = serializers.IntegerField(read_only=True, help_text="Those that wait to be accepted.")

    class Meta:
        model = BankStatement
        fields = [
            "id",
            "format",
            "format_name",
            "account",
            "name",
            "read_at",
            "read_by",
            "lines",
            "proposed",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class BankFileSerializer(serializers.Serializer):
    """A bank's CSV export as text, and how its columns are named."""

    format = VisibleRelatedField(queryset=BankFormat.objects.all())
    account = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    content = serializers.CharField(trim_whitespace=False)


class BankLineSerializer(NeedlebookSerializer):
    class Meta:
        model = BankLine
        fields = [
            "id",
            "statement",
            "position",
            "booked_on",
            "amount",
            "text",
            "party",
            "state",
            "invoices",
            "payment",
            "remark",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class ChooseSerializer(serializers.Serializer):
    invoice = VisibleRelatedField(queryset=Invoice.objects.all())


class AcceptSerializer(serializers.Serializer):
    """The lines to take as payments; all that fit to the cent, if none are named."""

    lines = IdField(queryset=BankLine.objects.all(), many=True, required=False, allow_empty=False)
