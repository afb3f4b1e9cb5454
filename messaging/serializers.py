from rest_framework import serializers

from clinic.api.fields import OffsetDateTimeField
from clinic.api.serializers import NeedlebookSerializer
from messaging.models import Channel, Message, MessageTemplate, Occasion, ReminderRule
from messaging.reasons import in_words


class MessageSerializer(NeedlebookSerializer):
    """A row of the ledger: to a `patient`, a `payer`, or a `user` of the staff.

    `recipient`, `subject_line` and `body` are what left the house, and empty until then."""

    patient_name = serializers.CharField(source="patient.__str__", read_only=True, default=None, allow_null=True)
    user_name = serializers.CharField(source="user.__str__", read_only=True, default=None, allow_null=True)
    payer_name = serializers.CharField(source="payer.name", read_only=True, default=None, allow_null=True)
    rule_name = serializers.CharField(source="rule.name", read_only=True, default=None, allow_null=True)
    reason_text = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = [
            "id",
            "patient",
            "patient_name",
            "user",
            "user_name",
            "payer",
            "payer_name",
            "occasion",
            "rule",
            "rule_name",
            "channel",
            "subject_kind",
            "subject_id",
            "subject_starts_at",
            "due_at",
            "state",
            "reason",
            "reason_text",
            "paper",
            "recipient",
            "subject_line",
            "body",
            "attempts",
            "handed_over_at",
            "sent_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_reason_text(self, message: Message) -> str:
        return in_words(message.reason) if message.reason else ""


class MessageTemplateSerializer(NeedlebookSerializer):
    class Meta:
        model = MessageTemplate
        fields = ["id", "occasion", "channel", "subject", "body", "created_at", "updated_at"]


class ReminderRuleSerializer(NeedlebookSerializer):
    class Meta:
        model = ReminderRule
        fields = ["id", "name", "hours_before", "days_before", "at", "active", "created_at", "updated_at"]


class ForecastQuerySerializer(serializers.Serializer):
    """`on` is a local date of the practice; today where it is left out."""

    on = serializers.DateField(required=False)


class ForecastEntrySerializer(serializers.Serializer):
    message = serializers.IntegerField(source="message.pk")
    patient = serializers.IntegerField(source="message.patient_id", allow_null=True)
    patient_name = serializers.CharField(source="message.patient.__str__", default=None, allow_null=True)
    user = serializers.IntegerField(source="message.user_id", allow_null=True)
    user_name = serializers.CharField(source="message.user.__str__", default=None, allow_null=True)
    occasion = serializers.ChoiceField(Occasion.choices, source="message.occasion")
    channel = serializers.ChoiceField(Channel.choices, source="message.channel")
    rule_name = serializers.CharField(source="message.rule.name", default=None, allow_null=True)
    subject_kind = serializers.CharField(source="message.subject_kind")
    subject_id = serializers.IntegerField(source="message.subject_id")
    subject_starts_at = OffsetDateTimeField(source="message.subject_starts_at", allow_null=True)
    due_at = OffsetDateTimeField(source="message.due_at")
    state = serializers.ChoiceField(Message.State.choices, source="message.state")
    reason = serializers.CharField(allow_blank=True)
    reason_text = serializers.CharField(allow_blank=True)


class ForecastSerializer(serializers.Serializer):
    """Who will get what when, and who will not and why."""

    on = serializers.DateField()
    will = ForecastEntrySerializer(many=True)
    will_not = ForecastEntrySerializer(many=True)
