from decimal import Decimal

from rest_framework import serializers

from appointments.models import Appointment
from billing.models import Invoice, InvoiceLine, Package, Rate, Service
from clinic.api.fields import IdField, OffsetDateTimeField, VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from clinic.money import CENT
from messaging.models import Message
from patients.models import Patient, Payer
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
    sending = serializers.ChoiceField(
        Message.State.choices, read_only=True, allow_null=True, help_text="What became of its e-mail."
    )
    sent_to = serializers.CharField(read_only=True, allow_null=True)
    sent_at = OffsetDateTimeField(read_only=True, allow_null=True)

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
            "sending",
            "sent_to",
            "sent_at",
            "content_hash",
            "created_at",
            "updated_at",
        ]
        read_only_fields = sorted(set(fields) - {"note"})


class SaleSerializer(serializers.Serializer):
    """A product or a package, at the rate of the day."""

    service = VisibleRelatedField(queryset=Service.objects.active())
    quantity = serializers.DecimalField(max_digits=8, decimal_places=2, min_value=CENT, default=Decimal(1))


class InvoiceDraftSerializer(serializers.Serializer):
    """Who is billed for what: `payer` for the part of a payer, left out for the patient's. `patient` need be said only
    for products by themselves."""

    treatments = IdField(
        queryset=Treatment.objects.select_related(
            "patient__account_holder", "case__payer", "case__contribution_payer", "appointment", "practitioner"
        ),
        many=True,
        default=list,
    )
    products = SaleSerializer(many=True, default=list)
    missed = VisibleRelatedField(
        queryset=Appointment.objects.select_related("patient__account_holder"),
        many=True,
        default=list,
        help_text="Visits that were missed, or cancelled late: their fees.",
    )
    patient = VisibleRelatedField(queryset=Patient.objects.select_related("account_holder"), required=False)
    payer = VisibleRelatedField(queryset=Payer.objects.all(), required=False, allow_null=True)

    def to_internal_value(self, data):
        value = super().to_internal_value(data)
        if not {"treatments", "products", "missed"} & set(data):
            raise serializers.ValidationError({"treatments": ["Say what is billed."]}, "required")
        return value


class CodingSerializer(serializers.Serializer):
    """What US insurers ask beside a code: both lists replace what was there."""

    modifiers = serializers.ListField(
        child=serializers.CharField(max_length=2), max_length=4, default=list, help_text="Such as 25, 59, XS, GP, GA."
    )
    diagnosis_pointers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=12),
        max_length=4,
        default=list,
        help_text="Which of the case's ICD-10-CM diagnoses, from 1. None: the first four.",
    )


class LineCodingSerializer(CodingSerializer):
    line = IdField(queryset=InvoiceLine.objects.all())


class AddedCodeSerializer(CodingSerializer):
    """A further code of a treatment that is on the draft, such as an evaluation."""

    treatment = IdField(queryset=Treatment.objects.only("pk"))
    service = VisibleRelatedField(queryset=Service.objects.active())
    units = serializers.IntegerField(min_value=1, max_value=999, default=1)


class PackageSerializer(NeedlebookSerializer):
    account_name = serializers.CharField(source="account.__str__", read_only=True)
    service_name = serializers.CharField(source="service.name", read_only=True)
    invoice = serializers.IntegerField(source="line.invoice_id", read_only=True)
    invoice_label = serializers.CharField(source="line.invoice.label", read_only=True)
    used = serializers.IntegerField(read_only=True)
    left = serializers.IntegerField(read_only=True, help_text="Sessions that are neither used nor credited.")

    class Meta:
        model = Package
        fields = [
            "id",
            "account",
            "account_name",
            "service",
            "service_name",
            "sessions",
            "used",
            "left",
            "invoice",
            "invoice_label",
            "line",
            "bought_on",
            "expires_on",
            "created_at",
            "updated_at",
        ]
        read_only_fields = sorted(set(fields) - {"expires_on"})


class IssuedChecksSerializer(serializers.Serializer):
    content = serializers.BooleanField()
    lines = serializers.BooleanField()
    chain = serializers.BooleanField()


class IssuedVerificationSerializer(serializers.Serializer):
    verified = serializers.BooleanField()
    checks = IssuedChecksSerializer()
    content_hash = serializers.CharField()
