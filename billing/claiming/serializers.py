from rest_framework import serializers

from billing.models import Claim, ClaimLine, ClaimLineStep
from clinic.api.fields import OffsetDateTimeField, VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from patients.models import Payer

MONEY = {"max_digits": 12, "decimal_places": 2}


class IdsField(serializers.ListField):
    """Ids of rows, which the verb looks up: what is not there it names."""

    child = serializers.IntegerField(min_value=1, max_value=10**18 - 1)

    def __init__(self, **kwargs):
        super().__init__(**{"allow_empty": False, "max_length": 1000} | kwargs)


class ClaimSerializer(NeedlebookSerializer):
    label = serializers.CharField(read_only=True)
    payer_name = serializers.CharField(source="payer.name", read_only=True)
    line_count = serializers.IntegerField(read_only=True)
    open_count = serializers.IntegerField(read_only=True, help_text="Lines that wait for the payer.")
    undecided_count = serializers.IntegerField(
        read_only=True, help_text="Lines that were not paid whole and about which nobody has decided yet."
    )
    claimed = serializers.DecimalField(read_only=True, help_text="With GST.", **MONEY)
    awarded = serializers.DecimalField(read_only=True, help_text="With GST.", **MONEY)

    class Meta:
        model = Claim
        fields = [
            "id",
            "number",
            "label",
            "status",
            "payer",
            "payer_name",
            "channel",
            "note",
            "line_count",
            "open_count",
            "undecided_count",
            "claimed",
            "awarded",
            "delivery",
            "delivery_code",
            "delivery_detail",
            "attempts",
            "handed_over_at",
            "sent_at",
            "payer_reference",
            "submitted_at",
            "submitted_on",
            "submitted_by",
            "created_by",
            "content_hash",
            "created_at",
            "updated_at",
        ]
        read_only_fields = sorted(set(fields) - {"note"})


class PreparingSerializer(serializers.Serializer):
    payer = VisibleRelatedField(queryset=Payer.objects.all())
    treatments = IdsField(help_text="Those that the candidates list as ready.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ChoosingSerializer(serializers.Serializer):
    treatments = IdsField()


class RemovingSerializer(serializers.Serializer):
    lines = IdsField(help_text="Ids of claim lines.")


class DecidingSerializer(serializers.Serializer):
    """What was found out about a claim of which nobody knows whether it has arrived."""

    has_arrived = serializers.BooleanField(help_text="False: it is sent again.")
    reference = serializers.CharField(required=False, allow_blank=True, max_length=60)


class ClaimLineStepSerializer(NeedlebookSerializer):
    by_name = serializers.CharField(source="by.__str__", read_only=True, default=None, allow_null=True)

    class Meta:
        model = ClaimLineStep
        fields = ["state", "at", "by", "by_name", "source", "amount", "reason_code", "reason", "reference"]
        read_only_fields = fields


class ClaimLineSerializer(NeedlebookSerializer):
    claim_label = serializers.CharField(source="claim.label", read_only=True)
    payer = serializers.IntegerField(source="claim.payer_id", read_only=True)
    patient = serializers.IntegerField(source="invoice_line.invoice.patient_id", read_only=True)
    patient_name = serializers.CharField(source="invoice_line.invoice.patient.__str__", read_only=True)
    case = serializers.IntegerField(source="invoice_line.invoice.case_id", read_only=True, allow_null=True)
    treatment = serializers.IntegerField(source="invoice_line.treatment_id", read_only=True, allow_null=True)
    invoice = serializers.IntegerField(source="invoice_line.invoice_id", read_only=True)
    service_on = serializers.DateField(source="invoice_line.service_on", read_only=True)
    description = serializers.CharField(source="invoice_line.description", read_only=True)
    resubmitted_as = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True, default=None)
    resolution = serializers.ChoiceField(
        ClaimLine.Resolution.choices,
        read_only=True,
        allow_blank=True,
        help_text="What a person decided about what was not paid.",
    )
    history = ClaimLineStepSerializer(many=True, read_only=True, help_text="Every state, oldest first.")

    class Meta:
        model = ClaimLine
        fields = [
            "id",
            "claim",
            "claim_label",
            "position",
            "payer",
            "patient",
            "patient_name",
            "case",
            "treatment",
            "invoice",
            "invoice_line",
            "service_on",
            "description",
            "state",
            "claimed",
            "awarded",
            "reason_code",
            "reason",
            "resubmission_of",
            "resubmitted_as",
            "resolution",
            "resolved_at",
            "resolved_by",
            "history",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class CandidatesQuerySerializer(serializers.Serializer):
    payer = VisibleRelatedField(queryset=Payer.objects.all())
    to = serializers.DateField(required=False, help_text="The last day; today, when not given.")

    def get_fields(self):
        words = "The first day; when not given, 15 months ago: what has just become too old is still seen."
        return super().get_fields() | {"from": serializers.DateField(required=False, help_text=words)}


class ReasonSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()
    mend = serializers.ChoiceField(
        ["case", "claim", "practitioner", "rate", "service", "treatment"], help_text="What is put right."
    )
    mend_id = serializers.IntegerField(allow_null=True)


class DeclinedSerializer(NeedlebookSerializer):
    claim_label = serializers.CharField(source="claim.label", read_only=True)

    class Meta:
        model = ClaimLine
        fields = ["id", "claim", "claim_label", "state", "reason_code", "reason"]
        read_only_fields = fields


class ClaimCandidateSerializer(serializers.Serializer):
    treatment = serializers.IntegerField(source="session.treatment")
    patient = serializers.IntegerField(source="session.patient")
    patient_name = serializers.CharField(source="session.patient_name")
    case = serializers.IntegerField(source="session.case")
    claim_number = serializers.CharField(allow_blank=True)
    practitioner = serializers.IntegerField(source="session.practitioner")
    practitioner_name = serializers.CharField(source="session.practitioner_name")
    service_on = serializers.DateField(source="session.service_on")
    starts_at = OffsetDateTimeField(source="session.begins_at")
    service_code = serializers.CharField(source="service", allow_blank=True)
    amount_excl = serializers.DecimalField(allow_null=True, **MONEY)
    gst = serializers.DecimalField(allow_null=True, **MONEY)
    total = serializers.DecimalField(allow_null=True, **MONEY)
    invoice = serializers.IntegerField(allow_null=True, help_text="The invoice that it is on already, a draft or not.")
    purchase_order_number = serializers.CharField(source="order_number", allow_blank=True)
    declined = DeclinedSerializer(allow_null=True, help_text="Claimed before, and declined or taken back.")
    reasons = ReasonSerializer(many=True, help_text="All that keeps it from being claimed; empty where it is ready.")
    remarks = serializers.ListField(child=serializers.CharField(), help_text="To look at, though it can be claimed.")


class ReasonCountSerializer(serializers.Serializer):
    code = serializers.CharField()
    count = serializers.IntegerField()


class CandidatesSerializer(serializers.Serializer):
    payer = serializers.IntegerField()
    to = serializers.DateField()
    ready_count = serializers.IntegerField()
    ready_total = serializers.DecimalField(help_text="With GST.", **MONEY)
    not_ready_count = serializers.IntegerField()
    by_reason = ReasonCountSerializer(many=True)
    ready = ClaimCandidateSerializer(many=True)
    not_ready = ClaimCandidateSerializer(many=True)

    def get_fields(self):
        return super().get_fields() | {"from": serializers.DateField()}
