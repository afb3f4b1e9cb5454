"""Hours, time off and closed days over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from appointments.hours import closing, opening, resting, serializers
from appointments.models import ClosedDay, TimeOff, WorkingHours
from appointments.serializers import SLOT_TAKEN
from clinic.api.views import Creates, KeepsViewSet, ReadsViewSet
from clinic.permissions import Permission

HOURS = {
    "list": Permission.SEE_BOOK,
    "retrieve": Permission.SEE_BOOK,
    "create": Permission.SET_UP,
    "partial_update": Permission.SET_UP,
}


class WorkingHoursViewSet(KeepsViewSet):
    queryset = WorkingHours.objects.select_related("practitioner")
    serializer_class = serializers.WorkingHoursSerializer
    required_permissions = HOURS | {"one_off": Permission.SET_UP}
    filterset_fields = {"practitioner": ["exact"], "location": ["exact"], "weekday": ["exact"]}
    ordering_fields = ["weekday", "opens"]

    @extend_schema(request=serializers.OpenOnceSerializer, responses={201: serializers.WorkingHoursSerializer})
    @action(detail=False, methods=["post"], url_path="one-off", pagination_class=None, filter_backends=[])
    def one_off(self, request):
        """Opens on one day beside the weekly hours: hours whose first day is their last."""
        hours = opening.open_once(**self.asked(serializers.OpenOnceSerializer), by=request.user, now=self.now)
        return self.answer(hours, status_code=status.HTTP_201_CREATED)


class TimeOffViewSet(Creates, ReadsViewSet):
    queryset = TimeOff.objects.select_related("practitioner")
    serializer_class = serializers.TimeOffSerializer
    required_permissions = {
        "list": Permission.SEE_BOOK,
        "retrieve": Permission.SEE_BOOK,
        "create": Permission.KEEP_BOOK,
        "cancel": Permission.KEEP_BOOK,
    }
    filterset_fields = {
        "practitioner": ["exact"],
        "starts_at": ["gte", "lt"],
        "cancelled_at": ["isnull"],
        "together": ["exact"],
    }
    ordering_fields = ["starts_at"]

    @extend_schema(responses={201: serializers.TimeOffSerializer, **SLOT_TAKEN})
    def create(self, request):
        """From one moment to another or whole days, once or every so many weeks. Answers with the first."""
        return self.answer(
            resting.take(**self.asked(), by=request.user, now=self.now), status_code=status.HTTP_201_CREATED
        )

    @extend_schema(request=serializers.GiveBackSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        """Gives the time back to the book: this one, this and the later ones, or all that belong together."""
        asked = self.asked(serializers.GiveBackSerializer)
        return self.answer(resting.give_back(time_off=self.get_object(), by=request.user, now=self.now, **asked))


class ClosedDayViewSet(KeepsViewSet):
    queryset = ClosedDay.objects.all()
    serializer_class = serializers.ClosedDaySerializer
    required_permissions = HOURS | {"public_holidays": Permission.SET_UP}
    filterset_fields = {"location": ["exact"], "day": ["exact", "gte", "lte"]}
    ordering_fields = ["day"]

    @extend_schema(
        request=serializers.PublicHolidaysSerializer, responses={201: serializers.ClosedDaySerializer(many=True)}
    )
    @action(detail=False, methods=["post"], url_path="public-holidays", pagination_class=None, filter_backends=[])
    def public_holidays(self, request):
        """Closes the location on the public holidays of its region, for a year. Answers with the days that are new."""
        days = closing.close_on_public_holidays(**self.asked(serializers.PublicHolidaysSerializer), by=request.user)
        return Response(self.get_serializer(days, many=True).data, status=status.HTTP_201_CREATED)
