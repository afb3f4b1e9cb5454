from rest_framework import serializers

from appointments.models import Appointment
from clinic.api.fields import IdField, OffsetDateTimeField, VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from clinic.models import User
from treatments.models import Protocol, Side
from treatments.part_serializers import PartsSerializer
from treatments.repeating import AGAIN


class OneselfField(IdField):
    """The id of who asks, or null: nobody else's."""

    def get_queryset(self):
        return User.objects.filter(pk=self.context["request"].user.pk)


class ProtocolSerializer(PartsSerializer, NeedlebookSerializer):
    """Rows are as in a note, without what is only known at the session. `owner` null: shared by all."""

    owner = OneselfField(queryset=User.objects.all(), required=False, allow_null=True)
    owner_name = serializers.CharField(source="owner.__str__", read_only=True, default=None, allow_null=True)

    class Meta:
        model = Protocol
        fields = [
            "id",
            "name",
            "indication",
            "owner",
            "owner_name",
            "needlings",
            "cuppings",
            "moxibustions",
            "techniques",
            "archived_at",
            "created_at",
            "updated_at",
        ]

    def validate(self, attrs):
        """The rows as they are kept: plain values, points by their code."""
        for name, fields in AGAIN.items():
            if name in attrs:
                part = self.fields[name].child
                rows = [{field: row[field] for field in fields if field in row} for row in attrs[name]]
                attrs[name] = [part.to_representation(part.Meta.model(**row)) for row in rows]
        return attrs


class ApplySerializer(serializers.Serializer):
    """`side` takes the place of `both` in the rows of the protocol."""

    protocol = VisibleRelatedField(queryset=Protocol.objects.all())
    side = serializers.ChoiceField(choices=[Side.LEFT.value, Side.RIGHT.value], required=False)


class RepeatSerializer(serializers.Serializer):
    appointment = VisibleRelatedField(
        queryset=Appointment.objects.select_related("practitioner"), required=False, allow_null=True
    )
    started_at = OffsetDateTimeField(required=False, help_text="Where it is left out: the visit's start, or now.")


def rows_of(protocol: Protocol, *, side: str | None) -> dict[str, list[dict]]:
    """The rows of a protocol as `charting` takes them. Raises 400 where one fits a note no longer."""
    kept = {name: getattr(protocol, name) for name in AGAIN}
    if side is not None:
        kept["needlings"] = [{**row, "side": side} if row["side"] == Side.BOTH else row for row in kept["needlings"]]
    serializer = PartsSerializer(data=kept)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
