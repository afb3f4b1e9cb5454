from rest_framework import serializers

from appointments.models import Appointment
from billing.models import Allocation, Invoice, Payment, Statement
from billing.statements import ageing
from clinic.api.fields import VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from patients.models import Patient, Payer


class AmountField(serializers.DecimalField):
    def __init__(self, **kwargs):
        super().__init__(**({"max_digits": 10, "decimal_places": 2} | kwargs))


class AllocationSerializer(NeedlebookSerializer):
    invoice_label = serializers.CharField(source="invoice.label", read_only=True)

    class Meta:
        model = Allocation
        fields = ["id", "invoice", "invoice_label", "amount", "allocated_at"]


class PaymentSerializer(NeedlebookSerializer):
    label = serializers.CharField(read_only=True)
    patient_name = serializers.CharField(source="patient.__str__", read_only=True, default=None, allow_null=True)
    payer_name = serializers.CharField(source="payer.name", read_only=True, default=None, allow_null=True)
    taken_by_name = serializers.CharField(source="taken_by.__str__", read_only=True, default=None, allow_null=True)
    allocated = AmountField(read_only=True)
    refunded = AmountField(read_only=True, help_text="What went back of it: nothing, or negative.")
    remaining = AmountField(read_only=True, help_text="The credit that is left of it.")
    allocations = AllocationSerializer(many=True, read_only=True)

    class Meta:
        model = Payment
        fields = [
            "id",
            "number",
            "label",
            "patient",
            "patient_name",
            "payer",
            "payer_name",
            "method",
            "amount",
            "received_on",
            "taken_at",
            "taken_by",
            "taken_by_name",
            "reference",
            "note",
            "refund_of",
            "appointment",
            "allocated",
            "refunded",
            "remaining",
            "allocations",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class ShareSerializer(serializers.Serializer):
    """How much of a payment goes to which invoice."""

    invoice = VisibleRelatedField(queryset=Invoice.objects.all())
    amount = AmountField()


class SharesSerializer(serializers.Serializer):
    """The invoices that a payment pays, or `oldest` for what is due longest."""

    invoices = ShareSerializer(many=True, required=False)
    oldest = serializers.BooleanField(default=False)

    def validate(self, asked):
        """`invoices` as the verbs take them: pairs, or "oldest"."""
        pairs = [(share["invoice"], share["amount"]) for share in asked.get("invoices", [])]
        if not asked.pop("oldest"):
            return asked | {"invoices": pairs}
        if pairs:
            raise serializers.ValidationError({"oldest": ["Name the invoices or ask for the oldest, not both."]})
        return asked | {"invoices": "oldest"}


class PaySerializer(SharesSerializer):
    """A payment onto the account of a patient or of a payer: of a family, onto that of its account holder."""

    patient = VisibleRelatedField(queryset=Patient.objects.all(), required=False)
    payer = VisibleRelatedField(queryset=Payer.objects.all(), required=False, allow_null=True)
    amount = AmountField()
    method = serializers.ChoiceField(choices=Payment.Method.choices)
    received_on = serializers.DateField(required=False, help_text="The day it came in; today, if not said.")
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    appointment = VisibleRelatedField(
        queryset=Appointment.objects.select_related("patient"),
        required=False,
        allow_null=True,
        help_text="The visit a deposit is for.",
    )


class TakeBackSerializer(serializers.Serializer):
    invoice = VisibleRelatedField(queryset=Invoice.objects.all())
    amount = AmountField(required=False, allow_null=True, help_text="All that was set against it, if not said.")


class RefundSerializer(serializers.Serializer):
    amount = AmountField()
    method = serializers.ChoiceField(choices=Payment.Method.choices)
    reason = serializers.CharField(max_length=300)
    refunded_on = serializers.DateField(required=False, help_text="Today, if not said.")
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True)


class EntrySerializer(serializers.Serializer):
    """A movement: what was charged is positive; what was paid, credited or given up is negative."""

    entered_on = serializers.DateField()
    kind = serializers.CharField()
    number = serializers.CharField()
    amount = AmountField()
    description = serializers.CharField()


class AgeingSerializer(serializers.Serializer):
    """What is owed at the end of the period, by the days since it was due."""

    def get_fields(self):
        return {name: AmountField(help_text=label) for name, label in ageing.LABELS.items()}


class StatementSerializer(NeedlebookSerializer):
    label = serializers.CharField(read_only=True)
    account_name = serializers.CharField(source="content.account.name", read_only=True)
    opening_balance = AmountField(source="content.opening_balance", read_only=True)
    entries = EntrySerializer(source="content.entries", many=True, read_only=True)
    closing_balance = AmountField(source="content.closing_balance", read_only=True)
    ageing = AgeingSerializer(source="content.ageing", read_only=True)
    credit = AmountField(source="content.credit", read_only=True, help_text="What is paid and not used yet.")

    class Meta:
        model = Statement
        fields = [
            "id",
            "label",
            "patient",
            "payer",
            "account_name",
            "from_on",
            "to_on",
            "issued_at",
            "issued_on",
            "opening_balance",
            "entries",
            "closing_balance",
            "ageing",
            "credit",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class StateSerializer(serializers.Serializer):
    """Whose account, and from which day to which, both included."""

    patient = VisibleRelatedField(queryset=Patient.objects.all(), required=False)
    payer = VisibleRelatedField(queryset=Payer.objects.all(), required=False, allow_null=True)

    def get_fields(self):
        fields = super().get_fields()
        fields["from"] = serializers.DateField(source="from_on")
        fields["to"] = serializers.DateField(source="to_on")
        return fields
