from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from appointments import answering
from appointments.holding import MOST_MINUTES
from appointments.models import Appointment, AppointmentType, Segment
from appointments.models.types import LONGEST_MINUTES, TOO_LONG
from appointments.online import moving
from appointments.statuses import Status
from clinic.api.fields import OffsetDateTimeField, VisibleRelatedField
from clinic.api.schema import ProblemSerializer
from clinic.api.serializers import NeedlebookSerializer, PartSerializer
from clinic.models import Practitioner, Room


class SegmentSerializer(PartSerializer):
    class Meta:
        model = Segment
        fields = ["kind", "minutes"]


class AppointmentTypeSerializer(NeedlebookSerializer):
    segments = SegmentSerializer(many=True, allow_empty=False)
    minutes = serializers.SerializerMethodField()

    class Meta:
        model = AppointmentType
        fields = "__all__"

    def validate_segments(self, segments: list[dict]) -> list[dict]:
        if sum(segment["minutes"] for segment in segments) > LONGEST_MINUTES:
            raise serializers.ValidationError(TOO_LONG, "type_too_long")
        return segments

    def get_minutes(self, row: AppointmentType) -> int:
        return sum(minutes for _, minutes in row.segment_minutes())

    def create(self, validated_data):
        segments = validated_data.pop("segments")
        row = super().create(validated_data)
        row.segments.bulk_create(Segment(appointment_type=row, position=i, **s) for i, s in enumerate(segments, 1))
        return row

    def update(self, instance, validated_data):
        """New segments hold for visits booked from now on; those in the book keep the times they took."""
        segments = validated_data.pop("segments", None)
        row = super().update(instance, validated_data)
        if segments is not None:
            row.segments.all().delete()
            row.segments.bulk_create(Segment(appointment_type=row, position=i, **s) for i, s in enumerate(segments, 1))
        return row


class AllowOverlapField(serializers.BooleanField):
    def __init__(self, **kwargs):
        said = "Squeeze it in over another visit if need be. Needs a permission of its own, and `overlap_reason`."
        super().__init__(**{"write_only": True, "required": False, "default": False, "help_text": said, **kwargs})


class AppointmentSerializer(NeedlebookSerializer):
    patient_name = serializers.SerializerMethodField(
        help_text="Empty while a time is held for somebody who has not shown who they are."
    )
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)
    appointment_type_name = serializers.CharField(source="appointment_type.name", read_only=True)
    room_name = serializers.CharField(source="room.name", read_only=True)
    case_title = serializers.CharField(source="case.title", read_only=True, default=None, allow_null=True)
    starts_at = OffsetDateTimeField(zone="location.timezone")
    ends_at = OffsetDateTimeField(zone="location.timezone", read_only=True)
    held_until = OffsetDateTimeField(
        zone="location.timezone",
        read_only=True,
        allow_null=True,
        help_text="Of a pending visit: until when it is held.",
    )
    occurrence_at = OffsetDateTimeField(zone="location.timezone", read_only=True, allow_null=True)
    # Declared, because a read-only field would otherwise forget that it may be empty.
    cancel_reason = serializers.ChoiceField(Appointment.CancelReason.choices, read_only=True, allow_blank=True)
    allow_overlap = AllowOverlapField()

    class Meta:
        model = Appointment
        fields = [
            "id",
            "patient",
            "patient_name",
            "practitioner",
            "practitioner_name",
            "appointment_type",
            "appointment_type_name",
            "location",
            "room",
            "room_name",
            "device",
            "case",
            "case_title",
            "starts_at",
            "ends_at",
            "status",
            "held_until",
            "note",
            "allow_overlap",
            "overlap_reason",
            "cancel_reason",
            "cancel_note",
            "cancel_asked_at",
            "series",
            "occurrence_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["location", "device", "status", "cancel_note", "cancel_asked_at", "series"]
        extra_kwargs = {
            "practitioner": {"required": False, "help_text": "Left out: the first who is free."},
            "room": {"required": False, "help_text": "Left out: the first that is free."},
        }

    def get_patient_name(self, appointment: Appointment) -> str | None:
        return str(appointment.patient) if appointment.patient_id else None


class BookSerializer(AppointmentSerializer):
    """POST: what `booking.book` takes, or with `hold_minutes` what `holding.hold` does."""

    hold_minutes = serializers.IntegerField(
        min_value=1,
        max_value=MOST_MINUTES,
        required=False,
        write_only=True,
        help_text="Holds the time for so long, pending, until `keep`. Left out: the visit is booked.",
    )

    class Meta(AppointmentSerializer.Meta):
        fields = [*AppointmentSerializer.Meta.fields, "hold_minutes"]
        extra_kwargs = AppointmentSerializer.Meta.extra_kwargs | {"patient": {"required": True, "allow_null": False}}


class AppointmentChangeSerializer(AppointmentSerializer):
    """PATCH: what may be changed without an act. Times are moved, states are stepped."""

    class Meta(AppointmentSerializer.Meta):
        fields = [name for name in AppointmentSerializer.Meta.fields if name != "allow_overlap"]
        read_only_fields = sorted({*fields} - {"note"})
        extra_kwargs = {}

    allow_overlap = None
    starts_at = OffsetDateTimeField(zone="location.timezone", read_only=True)


class MoveSerializer(serializers.Serializer):
    starts_at = OffsetDateTimeField()
    practitioner = VisibleRelatedField(queryset=Practitioner.objects.all(), required=False)
    room = VisibleRelatedField(queryset=Room.objects.select_related("location"), required=False)
    allow_overlap = AllowOverlapField()
    overlap_reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class BookingWarningSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class BookedSerializer(AppointmentSerializer):
    """A visit that was booked, and what to look at though it was: a case that does not cover it, for one."""

    warnings = BookingWarningSerializer(many=True, read_only=True)

    class Meta(AppointmentSerializer.Meta):
        fields = [*AppointmentSerializer.Meta.fields, "warnings"]


class CancelSerializer(serializers.Serializer):
    reason = serializers.ChoiceField(
        Appointment.REASONS_GIVEN,
        help_text="`patient` is recorded as `late` inside the practice's `late_cancel_hours`.",
    )
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    waive_late = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="Why it is not to count as late though it is inside those hours; kept in the note.",
    )


class ConflictSerializer(serializers.Serializer):
    resource_kind = serializers.CharField(help_text="practitioner, room, patient or device.")
    appointment = serializers.IntegerField(allow_null=True, help_text="Empty: time off.")
    starts_at = OffsetDateTimeField()
    ends_at = OffsetDateTimeField()


class SlotTakenSerializer(ProblemSerializer):
    """409. `conflicts` come with the code `slot_taken`."""

    conflicts = ConflictSerializer(many=True, required=False)


# How a view describes it.
SLOT_TAKEN = {(409, "application/problem+json"): SlotTakenSerializer}


class AppointmentHistorySerializer(serializers.Serializer):
    at = OffsetDateTimeField()
    by = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    starts_at = OffsetDateTimeField()
    practitioner = serializers.IntegerField()
    room = serializers.IntegerField()
    overlap_reason = serializers.CharField()


class PublicReminderSerializer(serializers.Serializer):
    """What the holder of a reminder's link may know: nothing clinical, and of the patient the first name only."""

    first_name = serializers.SerializerMethodField()
    practitioner = serializers.CharField(source="practitioner.display_name")
    location = serializers.CharField(source="location.name")
    address = serializers.CharField(source="location.address", allow_blank=True)
    phone = serializers.CharField(source="location.phone", allow_blank=True)
    starts_at = OffsetDateTimeField(zone="location.timezone")
    ends_at = OffsetDateTimeField(zone="location.timezone")
    status = serializers.ChoiceField(Status.choices)
    cancel_asked_at = OffsetDateTimeField(zone="location.timezone", allow_null=True)
    may_cancel_until = serializers.SerializerMethodField()
    may_move_until = serializers.SerializerMethodField()

    def get_first_name(self, appointment: Appointment) -> str:
        return appointment.patient.preferred_name or appointment.patient.first_name

    @extend_schema_field(
        {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "Until then `cancel` cancels at once. Empty: the patient asks, and the front desk answers.",
        }
    )
    def get_may_cancel_until(self, appointment: Appointment) -> str | None:
        until = answering.may_cancel_until(appointment)
        return until.astimezone(appointment.location.zone).isoformat() if until else None

    @extend_schema_field(
        {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "Until then it is moved at `move/`, to a time of `times/`. Empty: the patient calls.",
        }
    )
    def get_may_move_until(self, appointment: Appointment) -> str | None:
        until = moving.may_move_until(appointment)
        return until.astimezone(appointment.location.zone).isoformat() if until else None


class AnswerSerializer(serializers.Serializer):
    action = serializers.ChoiceField(["confirm", "cancel", "ask_to_cancel"])
