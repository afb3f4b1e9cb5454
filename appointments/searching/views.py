from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from appointments.searching import serializers
from appointments.searching.finding import Slot, find
from clinic.api.filters import refuse_unknown
from clinic.api.views import NeedlebookView
from clinic.permissions import Permission


class AvailabilityView(NeedlebookView):
    """Free slots of a kind of appointment. Each slot that is offered can be booked as it is."""

    required_permissions = {"get": Permission.SEE_BOOK}

    problems = {"get": ["422"]}

    def asked(self, request) -> dict[str, Any]:
        query = serializers.AvailabilityQuerySerializer(data=request.query_params, context={"request": request})
        refuse_unknown(request, {*query.fields, "format"})
        query.is_valid(raise_exception=True)
        return query.validated_data

    @extend_schema(parameters=[serializers.AvailabilityQuerySerializer], responses=serializers.AvailabilitySerializer)
    def get(self, request):
        asked = self.asked(request)
        found = list(find(**asked, now=self.now))
        found.sort(key=lambda entry: (entry.starts_at, entry.practitioner.display_name))
        slots = [entry for entry in found if isinstance(entry, Slot)]
        answer = {"slots": serializers.SlotSerializer(slots, many=True).data}
        if asked["explain"]:
            rejected = [entry for entry in found if not isinstance(entry, Slot)]
            answer["rejected"] = serializers.RejectedSerializer(rejected, many=True).data
        return Response(answer)


class NextAvailabilityView(AvailabilityView):
    """The first free slot within the days asked for."""

    @extend_schema(parameters=[serializers.AvailabilityQuerySerializer], responses=serializers.AvailabilitySerializer)
    def get(self, request):
        asked = self.asked(request) | {"explain": False}
        slots = find(**asked, now=self.now)
        first = min(slots, key=lambda slot: (slot.starts_at, slot.practitioner.pk), default=None)
        return Response({"slots": serializers.SlotSerializer([first] if first else [], many=True).data})
