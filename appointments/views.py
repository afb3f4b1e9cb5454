from datetime import timedelta

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from appointments import answering, attending, booking, hinting, holding, serializers
from appointments.models import Appointment, AppointmentType
from appointments.serializers import SLOT_TAKEN
from clinic.api.permissions import ANYONE, SIGNED_IN
from clinic.api.throttling import PublicThrottle
from clinic.api.values import ListsValues
from clinic.api.views import Changes, Creates, KeepsViewSet, NeedlebookView, ReadsViewSet
from clinic.models import User
from clinic.permissions import Permission


class AppointmentTypeViewSet(KeepsViewSet):
    queryset = AppointmentType.objects.prefetch_related("segments", "practitioners", "rooms")
    serializer_class = serializers.AppointmentTypeSerializer
    required_permissions = {
        "list": SIGNED_IN,
        "retrieve": SIGNED_IN,
        "create": Permission.SET_UP,
        "partial_update": Permission.SET_UP,
    }
    search_fields = ["name"]
    filterset_fields = {"bookable_online": ["exact"], "complimentary": ["exact"], "archived_at": ["isnull"]}
    ordering_fields = ["name", "price"]


@extend_schema_view(partial_update=extend_schema(responses=serializers.AppointmentSerializer))
class AppointmentViewSet(ListsValues, Creates, Changes, ReadsViewSet):
    """The book. Times change by `move`, states by their step; nothing is deleted."""

    queryset = Appointment.objects.select_related(
        "patient", "practitioner", "appointment_type", "location", "room", "case"
    )
    serializer_class = serializers.AppointmentSerializer
    composed = {"patient_name": ["patient__first_name", "patient__last_name"]}
    also_tagged = [serializers.BookedSerializer]
    required_permissions = {
        "list": Permission.SEE_BOOK,
        "retrieve": Permission.SEE_BOOK,
        "history": Permission.SEE_BOOK,
        **dict.fromkeys(
            [
                "create",
                "partial_update",
                "keep",
                "confirm",
                "arrive",
                "start",
                "complete",
                "miss",
                "cancel",
                "move",
                "undo",
            ],
            Permission.KEEP_BOOK,
        ),
    }
    search_fields = ["patient__first_name", "patient__last_name", "patient__preferred_name"]
    filterset_fields = {
        "patient": ["exact"],
        "practitioner": ["exact", "in"],
        "appointment_type": ["exact"],
        "location": ["exact"],
        "room": ["exact"],
        "case": ["exact"],
        "series": ["exact"],
        "status": ["exact", "in"],
        "starts_at": ["gte", "lt"],
        "cancel_asked_at": ["isnull"],
    }
    ordering_fields = ["starts_at", "updated_at"]

    def get_serializer_class(self):
        if self.action == "partial_update":
            return serializers.AppointmentChangeSerializer
        return super().get_serializer_class()

    @extend_schema(request=serializers.BookSerializer, responses={201: serializers.BookedSerializer, **SLOT_TAKEN})
    def create(self, request):
        """Books, or holds the time for some minutes. What the case does not cover is told among the `warnings`, and is
        booked all the same."""
        asked = self.asked(serializers.BookSerializer)
        minutes = asked.pop("hold_minutes", None)
        if minutes is None:
            appointment = booking.book(**asked, by=request.user, now=self.now)
        else:
            until = self.now + timedelta(minutes=minutes)
            appointment = holding.hold(**asked, until=until, by=request.user, now=self.now)
        answer = self.answer(appointment, status_code=status.HTTP_201_CREATED)
        warnings = hinting.warnings_about(appointment, by=request.user, now=self.now, request_id=request.request_id)
        answer.data["warnings"] = serializers.BookingWarningSerializer(warnings, many=True).data
        return answer

    def _step(self, name: str) -> Response:
        return self.answer(attending.step(name, appointment=self.get_object(), by=self.request.user, now=self.now))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def keep(self, request, pk=None):
        """What was held is booked, with its reminders; 409 `hold_expired` once the hold has run out."""
        return self._step("keep")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def confirm(self, request, pk=None):
        return self._step("confirm")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def arrive(self, request, pk=None):
        return self._step("arrive")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def start(self, request, pk=None):
        return self._step("start")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def complete(self, request, pk=None):
        return self._step("complete")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def miss(self, request, pk=None):
        return self._step("miss")

    @extend_schema(request=serializers.CancelSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        asked = self.asked(serializers.CancelSerializer)
        return self.answer(attending.cancel(appointment=self.get_object(), by=request.user, now=self.now, **asked))

    @extend_schema(
        request=serializers.MoveSerializer,
        responses={200: serializers.AppointmentSerializer, **SLOT_TAKEN},
    )
    @action(detail=True, methods=["post"])
    def move(self, request, pk=None):
        asked = self.asked(serializers.MoveSerializer)
        return self.answer(booking.move(appointment=self.get_object(), by=request.user, now=self.now, **asked))

    @extend_schema(request=None, responses={200: serializers.AppointmentSerializer, **SLOT_TAKEN})
    @action(detail=True, methods=["post"])
    def undo(self, request, pk=None):
        return self.answer(attending.undo(appointment=self.get_object(), by=request.user, now=self.now))

    @extend_schema(responses=serializers.AppointmentHistorySerializer(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def history(self, request, pk=None):
        """What happened to this visit, oldest first, and who did it."""
        events = self.get_object().events.select_related("pgh_context").order_by("pgh_id")
        contexts = {event.pk: (event.pgh_context.metadata if event.pgh_context else {}) for event in events}
        names = {user.pk: str(user) for user in User.objects.filter(pk__in=[c.get("user") for c in contexts.values()])}
        entries = [
            {
                "at": event.pgh_created_at,
                "by": names.get(contexts[event.pk].get("user")),
                "reason": contexts[event.pk].get("reason"),
                "status": event.status,
                "starts_at": event.starts_at,
                "practitioner": event.practitioner_id,
                "room": event.room_id,
                "overlap_reason": event.overlap_reason,
            }
            for event in events
        ]
        return Response(serializers.AppointmentHistorySerializer(entries, many=True).data)


class PublicReminderView(NeedlebookView):
    """The link in a reminder, for programs; people open `/r/{token}/`. The token is all that is needed."""

    authentication_classes = []
    throttle_classes = [PublicThrottle]
    throttle_scope = "public"
    required_permissions = {"get": ANYONE, "post": ANYONE}
    problems = {"get": ["409"]}

    @extend_schema(responses=serializers.PublicReminderSerializer)
    def get(self, request, token):
        appointment = answering.asked_about(token=token, now=self.now)
        return Response(serializers.PublicReminderSerializer(appointment).data)

    @extend_schema(request=serializers.AnswerSerializer, responses=serializers.PublicReminderSerializer)
    def post(self, request, token):
        body = serializers.AnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        appointment = answering.ANSWERS[body.validated_data["action"]](token=token, now=self.now)
        return Response(serializers.PublicReminderSerializer(appointment).data)
