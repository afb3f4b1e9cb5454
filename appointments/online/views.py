"""Booking online, for programs; people open `/book/`. No sign-in: what is told is what a poster at the door would."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from appointments.online import moving, offering, reserving, serializers, verifying
from appointments.serializers import SLOT_TAKEN, PublicReminderSerializer
from clinic.api.filters import refuse_unknown
from clinic.api.permissions import ANYONE
from clinic.api.throttling import PublicThrottle
from clinic.api.views import NeedlebookView
from clinic.queueing import soon
from messaging.tasks import sweep


class PublicView(NeedlebookView):
    authentication_classes = []
    throttle_classes = [PublicThrottle]
    throttle_scope = "public"
    required_permissions = {"get": ANYONE, "post": ANYONE}


class PublicTypesView(PublicView):
    @extend_schema(responses=serializers.PublicTypeSerializer(many=True))
    def get(self, request):
        """The kinds of visit that are booked online, all on one page."""
        offering.practice_open_online()
        kinds = offering.kinds()
        context = {"offering": offering.practitioners(kinds)}
        return Response(serializers.PublicTypeSerializer(kinds, many=True, context=context).data)


class PublicAvailabilityView(PublicView):
    problems = {"get": ["422"]}

    @extend_schema(
        parameters=[serializers.PublicAvailabilityQuerySerializer],
        responses=serializers.PublicAvailabilitySerializer,
    )
    def get(self, request):
        """Free starts, and with whom: where nobody is named, with the first who is free."""
        offering.practice_open_online()
        query = serializers.PublicAvailabilityQuerySerializer(data=request.query_params)
        refuse_unknown(request, {*query.fields, "format"})
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        slots = offering.starts(
            kind=asked["appointment_type"],
            practitioner=asked.get("practitioner"),
            from_on=asked["from"],
            to_on=asked["to"],
            now=self.now,
        )
        return Response({"slots": serializers.PublicSlotSerializer(slots, many=True).data})


class PublicBookingsView(PublicView):
    shown_once = frozenset({"token"})
    throttle_scope = "booking"

    @extend_schema(
        request=serializers.ReserveSerializer, responses={201: serializers.NewlyReservedSerializer, **SLOT_TAKEN}
    )
    def post(self, request):
        """Holds a time and sends a code. Answers the same to everybody, known here or not."""
        body = serializers.ReserveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asker = PublicThrottle().get_ident(request)
        booking, token = reserving.reserve(**body.validated_data, asker=asker, now=self.now)
        soon(sweep)
        booking.token = token
        return Response(serializers.NewlyReservedSerializer(booking).data, status=status.HTTP_201_CREATED)


class PublicBookingView(PublicView):
    @extend_schema(responses=serializers.ReservedSerializer)
    def get(self, request, token):
        return Response(serializers.ReservedSerializer(reserving.found(token)).data)


class PublicVerifyView(PublicView):
    answers_repeats = False
    throttle_scope = "booking"

    @extend_schema(request=serializers.CodeSerializer, responses={200: serializers.ReservedSerializer, **SLOT_TAKEN})
    def post(self, request, token):
        """With the right code the visit is booked. A wrong one is counted, with an `Idempotency-Key` as well."""
        body = serializers.CodeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        booking = verifying.verify(token=token, code=body.validated_data["code"], now=self.now)
        soon(sweep)
        return Response(serializers.ReservedSerializer(booking).data)


class PublicResendView(PublicView):
    throttle_scope = "booking"

    @extend_schema(request=None, responses=serializers.ReservedSerializer)
    def post(self, request, token):
        """The same code once more."""
        booking = reserving.resend(token=token, now=self.now)
        soon(sweep)
        return Response(serializers.ReservedSerializer(booking).data)


class PublicReminderTimesView(PublicView):
    problems = {"get": ["409", "422"]}

    @extend_schema(
        parameters=[serializers.OtherTimesQuerySerializer], responses=serializers.PublicAvailabilitySerializer
    )
    def get(self, request, token):
        """Free starts to which the visit of a reminder's link can be moved; with its practitioner, or with another."""
        visit = moving.movable(token=token, now=self.now)
        query = serializers.OtherTimesQuerySerializer(data=request.query_params)
        refuse_unknown(request, {*query.fields, "format"})
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        slots = offering.starts(
            kind=visit.appointment_type,
            practitioner=asked.get("practitioner", visit.practitioner),
            from_on=asked["from"],
            to_on=asked["to"],
            moving=visit,
            now=self.now,
        )
        return Response({"slots": serializers.PublicSlotSerializer(slots, many=True).data})


class PublicReminderMoveView(PublicView):
    throttle_scope = "booking"

    @extend_schema(request=serializers.MoveByLinkSerializer, responses={200: PublicReminderSerializer, **SLOT_TAKEN})
    def post(self, request, token):
        """Moves the visit of a reminder's link. Its id and its link stay; what is refused leaves it where it is."""
        body = serializers.MoveByLinkSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        visit = moving.move(token=token, **body.validated_data, now=self.now)
        soon(sweep)
        return Response(PublicReminderSerializer(visit).data)
