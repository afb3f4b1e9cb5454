from rest_framework import serializers

from appointments.models import CalendarFeed
from clinic.api.serializers import NeedlebookSerializer


class CalendarFeedSerializer(NeedlebookSerializer):
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)

    class Meta:
        model = CalendarFeed
        fields = [
            "id",
            "practitioner",
            "practitioner_name",
            "name",
            "shows",
            "revoked_at",
            "last_used_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["revoked_at", "last_used_at"]


class GrantedFeedSerializer(CalendarFeedSerializer):
    address = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="What a calendar program subscribes to. Told this once; a repeat of the request answers null.",
    )

    class Meta(CalendarFeedSerializer.Meta):
        fields = [*CalendarFeedSerializer.Meta.fields, "address"]
