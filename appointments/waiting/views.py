from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from appointments import tasks
from appointments.models import WaitlistEntry, WaitlistOffer
from appointments.serializers import SLOT_TAKEN
from appointments.waiting import answering, entering, offering, serializers
from clinic.api.permissions import ANYONE
from clinic.api.views import Changes, Creates, NeedlebookView, ReadsViewSet
from clinic.models import Practice
from clinic.permissions import Permission
from clinic.queueing import soon


@extend_schema_view(partial_update=extend_schema(responses=serializers.WaitlistEntrySerializer))
class WaitlistViewSet(Creates, Changes, ReadsViewSet):
    """Who would take a time that becomes free, in the order in which times are offered."""

    queryset = WaitlistEntry.objects.select_related("patient", "appointment_type").prefetch_related(
        "practitioners",
        Prefetch("offers", queryset=WaitlistOffer.objects.select_related("appointment__location")),
    )
    serializer_class = serializers.WaitlistEntrySerializer
    required_permissions = {
        "list": Permission.SEE_BOOK,
        "retrieve": Permission.SEE_BOOK,
        "suiting": Permission.SEE_BOOK,
        **dict.fromkeys(["create", "partial_update", "withdraw", "offer"], Permission.KEEP_BOOK),
    }
    search_fields = ["patient__first_name", "patient__last_name", "patient__preferred_name"]
    filterset_fields = {
        "state": ["exact", "in"],
        "patient": ["exact"],
        "appointment_type": ["exact"],
        "practitioners": ["exact"],
        "urgency": ["exact", "lte"],
        "from_on": ["lte"],
        "until_on": ["gte", "isnull"],
    }
    ordering_fields = ["urgency", "waiting_since", "updated_at"]

    def get_serializer_class(self):
        if self.action == "partial_update":
            return serializers.WaitlistChangeSerializer
        return super().get_serializer_class()

    def create(self, request):
        entry = entering.enter(**self.asked(), by=request.user, now=self.now)
        soon(tasks.sweep_waiting_list)
        return self.answer(entry, status_code=status.HTTP_201_CREATED)

    def perform_update(self, serializer):
        entering.change(entry=serializer.instance, **serializer.validated_data, by=self.request.user, now=self.now)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        """Takes somebody off the list, and what is offered to them back."""
        return self.answer(entering.withdraw(entry=self.get_object(), by=request.user, now=self.now))

    @extend_schema(
        request=serializers.OfferSerializer,
        responses={200: serializers.WaitlistEntrySerializer, **SLOT_TAKEN},
    )
    @action(detail=True, methods=["post"])
    def offer(self, request, pk=None):
        """Offers a time by hand: it is held for them, and they are told where they can be."""
        asked = self.asked(serializers.OfferSerializer)
        entry = self.get_object()
        offering.offer(entry=entry, **asked, by=request.user, now=self.now)
        return self.answer(entry)

    @extend_schema(responses=serializers.SuitingSerializer)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def suiting(self, request, pk=None):
        """The free times that would suit, the earliest first."""
        slots = offering.suiting(self.get_object(), Practice.objects.current(), now=self.now)
        return Response(serializers.SuitingSerializer({"slots": slots}).data)


class PublicOfferView(NeedlebookView):
    """The link in an offer, for programs; people open `/w/{token}/`. The token is all that is needed."""

    authentication_classes = []
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "public"
    required_permissions = {"get": ANYONE, "post": ANYONE}
    problems = {"get": ["409"]}

    @extend_schema(responses=serializers.PublicOfferSerializer)
    def get(self, request, token):
        offer = answering.offered_by(token=token, now=self.now)
        return Response(serializers.PublicOfferSerializer(offer).data)

    @extend_schema(request=serializers.OfferAnswerSerializer, responses=serializers.PublicOfferSerializer)
    def post(self, request, token):
        body = serializers.OfferAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        offer = answering.ANSWERS[body.validated_data["action"]](token=token, now=self.now)
        soon(tasks.sweep_waiting_list)
        return Response(serializers.PublicOfferSerializer(offer).data)
