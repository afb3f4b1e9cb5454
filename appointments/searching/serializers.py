from typing import Any

from rest_framework import serializers

from appointments.searching.finding import Rejected, Slot, Wish, refuse_days
from appointments.searching.frame import Frame
from clinic.api.fields import NumberField, OffsetDateTimeField, VisibleRelatedField
from patients.models import Patient


class AvailabilityQuerySerializer(serializers.Serializer):
    """`from` and `to` are local dates, both included; `to` is `from` where it is left out. Validated, it is a wish and
    the frame that the search goes by: the rows that are named are read with it, in one question."""

    appointment_type = NumberField()
    practitioner = NumberField(required=False)
    location = NumberField(required=False)
    room = NumberField(required=False)
    patient = VisibleRelatedField(queryset=Patient.objects.active(), required=False)
    explain = serializers.BooleanField(required=False, default=False)

    def get_fields(self):
        # `from` is a word of Python's and cannot be an attribute's name.
        fields = super().get_fields()
        fields["from"] = serializers.DateField()
        fields["to"] = serializers.DateField(required=False)
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first = attrs["from"]
        last = attrs.get("to", first)
        refuse_days(first, last)
        named = {name: attrs[name] for name in ("practitioner", "location", "room") if name in attrs}
        frame = Frame.read(attrs["appointment_type"], first, last, **named)
        found = {
            "appointment_type": _in_use(frame.kind),
            "practitioner": frame.people.get(attrs.get("practitioner")),
            "location": _in_use(frame.location),
            "room": _in_use(frame.room),
        }
        for name, row in found.items():
            if name in attrs and row is None:
                raise serializers.ValidationError({name: self.fields[name].unknown(attrs[name])})
        patient = attrs.get("patient")
        wish = Wish(from_on=first, to_on=last, patient_id=patient.pk if patient else None, **found)
        return {"wish": wish, "frame": frame, "explain": attrs["explain"]}


def _in_use(row: Any) -> Any:
    return None if row is None or row.archived_at is not None else row


class SlotSerializer(serializers.Serializer):
    starts_at = OffsetDateTimeField(zone="location.timezone")
    ends_at = OffsetDateTimeField(zone="location.timezone")
    practitioner = serializers.IntegerField(source="practitioner.pk")
    practitioner_name = serializers.CharField(source="practitioner.display_name")
    location = serializers.IntegerField(source="location.pk")
    room = serializers.IntegerField()

    def to_representation(self, instance: Slot) -> dict[str, Any]:
        """What the fields say, without asking each of them: a fortnight of five people has a thousand free times."""
        zone = instance.location.zone
        return {
            "starts_at": instance.starts_at.astimezone(zone).isoformat(),
            "ends_at": instance.ends_at.astimezone(zone).isoformat(),
            "practitioner": instance.practitioner.pk,
            "practitioner_name": instance.practitioner.display_name,
            "location": instance.location.pk,
            "room": instance.room,
        }


class RejectedSerializer(serializers.Serializer):
    starts_at = OffsetDateTimeField(zone="location.timezone")
    practitioner = serializers.IntegerField(source="practitioner.pk")
    reasons = serializers.ListField(
        child=serializers.CharField(),
        help_text="All that stand in the way: closed, on_break, practitioner_away, practitioner_busy, no_room, "
        "device_in_use, patient_busy, certificate_expired, notice_too_short, past_horizon, type_not_offered, "
        "patient_too_young, patient_too_old, new_patients_only, known_patients_only.",
    )

    def to_representation(self, instance: Rejected) -> dict[str, Any]:
        """As for slots: most times of a day are refused ones."""
        return {
            "starts_at": instance.starts_at.astimezone(instance.location.zone).isoformat(),
            "practitioner": instance.practitioner.pk,
            "reasons": instance.reasons,
        }


class AvailabilitySerializer(serializers.Serializer):
    slots = SlotSerializer(many=True)
    rejected = RejectedSerializer(many=True, required=False)
