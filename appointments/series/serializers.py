from datetime import time

from rest_framework import serializers

from appointments.models import Appointment, AppointmentType, Series
from appointments.serializers import ConflictSerializer
from appointments.series import rules
from appointments.series.changing import Scope
from appointments.series.courses import Found
from appointments.series.repeating import REFUSE, SKIP
from clinic.api.fields import OffsetDateTimeField, VisibleRelatedField
from clinic.api.schema import ProblemSerializer
from clinic.api.serializers import NeedlebookSerializer
from clinic.models import Location, Practitioner, Room
from patients.models import Case, Patient


class SeriesSerializer(NeedlebookSerializer):
    """What was agreed. Its visits are appointments: `/appointments/?series=`."""

    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    practitioner_name = serializers.CharField(
        source="practitioner.display_name", read_only=True, default=None, allow_null=True
    )
    appointment_type_name = serializers.CharField(source="appointment_type.name", read_only=True)
    visits = serializers.IntegerField(read_only=True, help_text="In the book, those that were had included.")
    visits_to_come = serializers.IntegerField(read_only=True)

    class Meta:
        model = Series
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
            "case",
            "rule",
            "first_on",
            "at",
            "is_course",
            "follows",
            "visits",
            "visits_to_come",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class OnConflictMixin(serializers.Serializer):
    on_conflict = serializers.ChoiceField(
        [SKIP, REFUSE], default=SKIP, help_text="What cannot be had is left out and told, or nothing is done at all."
    )


class NewSeriesSerializer(OnConflictMixin):
    patient = VisibleRelatedField(queryset=Patient.objects.all())
    practitioner = VisibleRelatedField(queryset=Practitioner.objects.all())
    appointment_type = VisibleRelatedField(queryset=AppointmentType.objects.prefetch_related("segments"))
    room = VisibleRelatedField(queryset=Room.objects.select_related("location"), required=False, allow_null=True)
    case = VisibleRelatedField(queryset=Case.objects.all(), required=False, allow_null=True)
    starts_at = OffsetDateTimeField(help_text="The first visit; the others are at the same time on the wall.")
    rule = serializers.CharField(
        max_length=200,
        help_text=f"An RFC 5545 RRULE of the parts {', '.join(rules.READERS)}; with COUNT or UNTIL, up to "
        f"{rules.MOST_OCCURRENCES} visits in two years.",
    )
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    dry_run = serializers.BooleanField(default=False, help_text="Answers what would be booked, and books nothing.")


class OccurrenceSerializer(serializers.Serializer):
    """A visit of a series. `appointment` is empty in a dry run."""

    appointment = serializers.SerializerMethodField(allow_null=True)
    occurrence = OffsetDateTimeField(source="occurrence_at", zone="location.timezone")
    starts_at = OffsetDateTimeField(zone="location.timezone")
    ends_at = OffsetDateTimeField(zone="location.timezone")
    practitioner = serializers.IntegerField(source="practitioner_id")
    practitioner_name = serializers.CharField(source="practitioner.display_name")
    room = serializers.IntegerField(source="room_id")
    room_name = serializers.CharField(source="room.name")

    def get_appointment(self, visit: Appointment) -> int | None:
        return None if self.context.get("is_dry") else visit.pk


class SkippedSerializer(serializers.Serializer):
    occurrence = OffsetDateTimeField()
    appointment = serializers.IntegerField(allow_null=True, help_text="The visit that stays where it was.")
    code = serializers.CharField()
    detail = serializers.CharField()
    conflicts = ConflictSerializer(many=True, required=False)


class OutcomeSerializer(serializers.Serializer):
    series = SeriesSerializer(allow_null=True)
    booked = OccurrenceSerializer(many=True)
    skipped = SkippedSerializer(many=True)


class SeriesConflictSerializer(ProblemSerializer):
    """409. `skipped` come with the codes `series_conflicts` and `series_nothing_free`."""

    skipped = SkippedSerializer(many=True, required=False)


class ChangeSerializer(OnConflictMixin):
    scope = serializers.ChoiceField(Scope.choices)
    appointment = VisibleRelatedField(queryset=Appointment.objects.all())
    starts_at = OffsetDateTimeField(
        required=False, help_text="The new time of this visit; the others go as many days on, to the same time of day."
    )
    practitioner = VisibleRelatedField(queryset=Practitioner.objects.all(), required=False)
    room = VisibleRelatedField(queryset=Room.objects.select_related("location"), required=False)


class SeriesCancelSerializer(serializers.Serializer):
    scope = serializers.ChoiceField(Scope.choices)
    appointment = VisibleRelatedField(
        queryset=Appointment.objects.all(), required=False, default=None,
        help_text="May be left out where all are meant.",
    )  # fmt: skip
    reason = serializers.ChoiceField(Appointment.CancelReason.choices)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class CancelledSerializer(serializers.Serializer):
    series = SeriesSerializer()
    cancelled = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of appointments.")


class WeekdayTimeSerializer(serializers.Serializer):
    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday.")
    at = serializers.TimeField(help_text="Wall-clock time at the location.")

    def to_internal_value(self, data) -> tuple[int, time]:
        value = super().to_internal_value(data)
        return value["weekday"], value["at"]


class NewCourseSerializer(serializers.Serializer):
    patient = VisibleRelatedField(queryset=Patient.objects.active())
    practitioner = VisibleRelatedField(queryset=Practitioner.objects.active(), required=False, allow_null=True)
    appointment_type = VisibleRelatedField(queryset=AppointmentType.objects.active().prefetch_related("segments"))
    location = VisibleRelatedField(queryset=Location.objects.active(), required=False, allow_null=True)
    case = VisibleRelatedField(queryset=Case.objects.all(), required=False, allow_null=True)
    from_on = serializers.DateField(help_text="Weeks are counted from this day on.")
    weeks = serializers.IntegerField(min_value=1, max_value=104)
    per_week = serializers.IntegerField(min_value=1, max_value=7)
    times = WeekdayTimeSerializer(many=True, allow_empty=False)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    dry_run = serializers.BooleanField(default=False, help_text="Answers what would be booked, and books nothing.")


class PlacedSerializer(serializers.Serializer):
    wished_at = OffsetDateTimeField(zone="location.timezone")
    found = serializers.ChoiceField(Found.choices)
    reasons = serializers.ListField(
        child=serializers.CharField(),
        help_text="Why the wished time could not be had: as `availability` explains it, or outside_hours.",
    )
    visit = OccurrenceSerializer(source="appointment", allow_null=True)


class CourseSerializer(serializers.Serializer):
    series = SeriesSerializer(allow_null=True)
    as_wished = serializers.IntegerField()
    shifted = serializers.IntegerField()
    not_found = serializers.IntegerField()
    visits = PlacedSerializer(many=True)
