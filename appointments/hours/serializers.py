from rest_framework import serializers

from appointments.hours.closing import YEARS
from appointments.models import ClosedDay, TimeOff, WorkingHours
from appointments.series.changing import Scope
from clinic.api.fields import OffsetDateTimeField, VisibleRelatedField
from clinic.api.serializers import NeedlebookSerializer
from clinic.models import Location, Practitioner


class WorkingHoursSerializer(NeedlebookSerializer):
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)

    class Meta:
        model = WorkingHours
        fields = "__all__"


class OpenOnceSerializer(serializers.Serializer):
    practitioner = VisibleRelatedField(queryset=Practitioner.objects.active())
    location = VisibleRelatedField(queryset=Location.objects.active())
    day = serializers.DateField()
    opens = serializers.TimeField()
    closes = serializers.TimeField()
    break_from = serializers.TimeField(required=False)
    break_until = serializers.TimeField(required=False)


class TimeOffSerializer(NeedlebookSerializer):
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)

    starts_at = OffsetDateTimeField(required=False)
    ends_at = OffsetDateTimeField(required=False)
    first_day = serializers.DateField(
        write_only=True, required=False, help_text="Whole days, instead of `starts_at` and `ends_at`."
    )
    last_day = serializers.DateField(write_only=True, required=False, help_text="Left out: the first day only.")
    every_weeks = serializers.IntegerField(
        write_only=True, required=False, min_value=1, max_value=52, help_text="Again every so many weeks."
    )
    until_on = serializers.DateField(write_only=True, required=False, help_text="The last day on which it may begin.")

    class Meta:
        model = TimeOff
        fields = [
            "id",
            "practitioner",
            "practitioner_name",
            "starts_at",
            "ends_at",
            "first_day",
            "last_day",
            "every_weeks",
            "until_on",
            "reason",
            "together",
            "cancelled_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["together", "cancelled_at"]


class GiveBackSerializer(serializers.Serializer):
    scope = serializers.ChoiceField(Scope.choices, default=Scope.THIS)


class ClosedDaySerializer(NeedlebookSerializer):
    class Meta:
        model = ClosedDay
        fields = "__all__"


class PublicHolidaysSerializer(serializers.Serializer):
    location = VisibleRelatedField(queryset=Location.objects.active())
    year = serializers.IntegerField(min_value=YEARS[0], max_value=YEARS[-1])
