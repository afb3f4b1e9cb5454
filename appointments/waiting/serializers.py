from rest_framework import serializers

from appointments.models import WaitlistEntry, WaitlistOffer
from appointments.searching.serializers import SlotSerializer
from clinic.api.fields import OffsetDateTimeField, VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from clinic.models import Practitioner, Room


class WaitlistOfferSerializer(NeedlebookSerializer):
    """A time that was offered. While it is open, its `appointment` is pending."""

    starts_at = OffsetDateTimeField(zone="appointment.location.timezone")
    practitioner = serializers.IntegerField(source="appointment.practitioner_id")

    class Meta:
        model = WaitlistOffer
        fields = [
            "id",
            "appointment",
            "practitioner",
            "starts_at",
            "offered_at",
            "expires_at",
            "offered_by",
            "state",
            "ended_at",
        ]
        read_only_fields = fields


class WaitlistEntrySerializer(NeedlebookSerializer):
    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    appointment_type_name = serializers.CharField(source="appointment_type.name", read_only=True)
    practitioners = VisibleRelatedField(queryset=Practitioner.objects.active(), many=True, required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), required=False, max_length=7,
        help_text="0 is Monday. None: any day.",
    )  # fmt: skip
    parts = serializers.ListField(
        child=serializers.ChoiceField(WaitlistEntry.Part.choices), required=False, max_length=3,
        help_text="None: any time. The practice says when afternoon and evening begin.",
    )  # fmt: skip
    offers = WaitlistOfferSerializer(many=True, read_only=True, help_text="The newest first.")

    class Meta:
        model = WaitlistEntry
        fields = [
            "id",
            "patient",
            "patient_name",
            "appointment_type",
            "appointment_type_name",
            "practitioners",
            "location",
            "case",
            "weekdays",
            "parts",
            "from_on",
            "until_on",
            "urgency",
            "moving",
            "note",
            "waiting_since",
            "state",
            "appointment",
            "offers",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["waiting_since", "state", "appointment"]


class WaitlistChangeSerializer(WaitlistEntrySerializer):
    """PATCH: what they want. Who waits, and for what, is another entry."""

    class Meta(WaitlistEntrySerializer.Meta):
        read_only_fields = ["patient", "appointment_type", "waiting_since", "state", "appointment"]


class OfferSerializer(serializers.Serializer):
    starts_at = OffsetDateTimeField()
    practitioner = VisibleRelatedField(queryset=Practitioner.objects.active(), required=False)
    room = VisibleRelatedField(queryset=Room.objects.active().select_related("location"), required=False)


class SuitingSerializer(serializers.Serializer):
    slots = SlotSerializer(many=True)


class PublicOfferSerializer(serializers.Serializer):
    """What the holder of an offer's link may know: nothing clinical, and of the patient the first name only."""

    first_name = serializers.SerializerMethodField()
    practitioner = serializers.CharField(source="appointment.practitioner.display_name")
    location = serializers.CharField(source="appointment.location.name")
    address = serializers.CharField(source="appointment.location.address", allow_blank=True)
    phone = serializers.CharField(source="appointment.location.phone", allow_blank=True)
    starts_at = OffsetDateTimeField(zone="appointment.location.timezone")
    expires_at = OffsetDateTimeField(zone="appointment.location.timezone")
    state = serializers.ChoiceField(WaitlistOffer.State.choices)

    def get_first_name(self, offer: WaitlistOffer) -> str:
        return offer.appointment.patient.preferred_name or offer.appointment.patient.first_name


class OfferAnswerSerializer(serializers.Serializer):
    action = serializers.ChoiceField(["take", "decline"])
