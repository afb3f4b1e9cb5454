"""What anybody may know of the clinic and of its free times, and what somebody who books tells of themselves."""

from rest_framework import serializers

from appointments.models import AppointmentType, OnlineBooking
from appointments.online import codes, offering
from appointments.statuses import Status
from clinic.api.fields import OffsetDateTimeField
from clinic.models import Practitioner
from messaging.models import Channel

# As long a stretch of free times as is given at once.
MOST_DAYS = 31


class PublicPractitionerSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField(source="display_name")


class PublicTypeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    minutes = serializers.SerializerMethodField()
    price = serializers.DecimalField(max_digits=8, decimal_places=2)
    for_whom = serializers.SerializerMethodField(help_text="In words; empty where it is for everybody.")
    practitioners = serializers.SerializerMethodField()

    def get_minutes(self, kind: AppointmentType) -> int:
        return sum(minutes for _, minutes in kind.segment_minutes())

    def get_for_whom(self, kind: AppointmentType) -> str:
        return offering.for_whom(kind)

    def get_practitioners(self, kind: AppointmentType) -> PublicPractitionerSerializer(many=True):
        return PublicPractitionerSerializer(self.context["offering"][kind.pk], many=True).data


def _kinds():
    return AppointmentType.objects.active().filter(bookable_online=True).prefetch_related("segments")


class OtherTimesQuerySerializer(serializers.Serializer):
    """`from` and `to` are local dates, both included; `to` is `from` where it is left out."""

    practitioner = serializers.PrimaryKeyRelatedField(queryset=Practitioner.objects.active(), required=False)

    def get_fields(self):
        # `from` is a word of Python's and cannot be an attribute's name.
        fields = super().get_fields()
        fields["from"] = serializers.DateField()
        fields["to"] = serializers.DateField(required=False)
        return fields

    def validate(self, asked: dict) -> dict:
        asked.setdefault("to", asked["from"])
        if (asked["to"] - asked["from"]).days >= MOST_DAYS:
            raise serializers.ValidationError({"to": f"Look at up to {MOST_DAYS} days at once."}, code="too_many_days")
        return asked


class PublicAvailabilityQuerySerializer(OtherTimesQuerySerializer):
    appointment_type = serializers.PrimaryKeyRelatedField(queryset=_kinds())


class PublicSlotSerializer(serializers.Serializer):
    starts_at = OffsetDateTimeField(zone="location.timezone")
    ends_at = OffsetDateTimeField(zone="location.timezone")
    practitioner = serializers.IntegerField(source="practitioner.pk")
    practitioner_name = serializers.CharField(source="practitioner.display_name")
    location = serializers.CharField(source="location.name")


class PublicAvailabilitySerializer(serializers.Serializer):
    slots = PublicSlotSerializer(many=True)


class ReserveSerializer(serializers.Serializer):
    appointment_type = serializers.PrimaryKeyRelatedField(queryset=_kinds())
    practitioner = serializers.PrimaryKeyRelatedField(
        queryset=Practitioner.objects.active(), required=False, help_text="Left out: the first who is free."
    )
    starts_at = OffsetDateTimeField()
    first_name = serializers.CharField(max_length=80)
    last_name = serializers.CharField(max_length=80)
    date_of_birth = serializers.DateField()
    email = serializers.EmailField()
    phone = serializers.RegexField(
        r"^\+?[0-9 ()./-]{6,28}$", error_messages={"invalid": "A telephone number is digits, with + and spaces."}
    )
    channel = serializers.ChoiceField(
        Channel.choices, default=Channel.EMAIL, help_text="How to send the code: by e-mail where nothing sends texts."
    )


class MoveByLinkSerializer(serializers.Serializer):
    starts_at = OffsetDateTimeField()
    practitioner = serializers.PrimaryKeyRelatedField(
        queryset=Practitioner.objects.active(), required=False, help_text="Left out: the one that it is with."
    )


class ReservedSerializer(serializers.Serializer):
    """A booking as far as the holder of its token may know it: what they chose, and nothing of anybody's record."""

    status = serializers.ChoiceField(Status.choices, source="appointment.status")
    held_until = OffsetDateTimeField(
        source="appointment.held_until", zone="appointment.location.timezone", allow_null=True
    )
    appointment_type = serializers.CharField(source="appointment.appointment_type.name")
    practitioner = serializers.CharField(source="appointment.practitioner.display_name")
    location = serializers.CharField(source="appointment.location.name")
    address = serializers.CharField(source="appointment.location.address", allow_blank=True)
    starts_at = OffsetDateTimeField(source="appointment.starts_at", zone="appointment.location.timezone")
    ends_at = OffsetDateTimeField(source="appointment.ends_at", zone="appointment.location.timezone")
    channel = serializers.ChoiceField(OnlineBooking.Channel.choices)


class NewlyReservedSerializer(ReservedSerializer):
    token = serializers.CharField(
        allow_null=True,
        help_text="For the further steps. Told this once and kept nowhere; a repeat of the request answers null.",
    )


class CodeSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=20, help_text=f"{codes.DIGITS} digits; spaces do not matter.")
