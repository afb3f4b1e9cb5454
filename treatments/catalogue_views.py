"""The catalogues: channels and points, the points of the ear, and the fixed words of a note."""

from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.exceptions import NotFound
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from clinic.api.permissions import SIGNED_IN
from clinic.api.views import NeedlebookView, NeedlebookViewSet, ReadsViewSet
from clinic.errors import Conflict
from clinic.permissions import Permission
from treatments import catalogue_serializers, serializers, stricta, vocabulary
from treatments.filters import PointFilterSet
from treatments.models import Channel, EarPoint, Point
from treatments.part_serializers import words_of
from treatments.pointcodes import AmbiguousPointCode, UnknownPointCode, parse


class ChannelViewSet(mixins.ListModelMixin, NeedlebookViewSet):
    queryset = Channel.objects.all()
    serializer_class = catalogue_serializers.ChannelSerializer
    required_permissions = {"list": SIGNED_IN}
    ordering_fields = ["position", "code"]


class PointViewSet(ReadsViewSet):
    """The catalogue. `/points/SJ5/` answers TE5; `search` takes `zusanli`, `足三里`, `ST-36`."""

    queryset = Point.objects.select_related("channel").prefetch_related("cautions")
    serializer_class = catalogue_serializers.PointSerializer
    required_permissions = {"list": SIGNED_IN, "retrieve": SIGNED_IN}
    search_method = "matching"
    filterset_class = PointFilterSet
    ordering_fields = ["code", "pinyin"]
    problems = {"retrieve": ["409"]}
    lookup_field = "code"
    lookup_value_regex = "[^/]{1,20}"

    def get_object(self):
        """Raises 409 `point_ambiguous` with the candidates for a prefix that means two channels."""
        try:
            code = str(parse(self.kwargs["code"]))
        except AmbiguousPointCode as ambiguous:
            raise Conflict(
                "point_ambiguous",
                "This code can mean more than one point. Choose one.",
                candidates=[str(candidate) for candidate in ambiguous.candidates],
            ) from ambiguous
        except UnknownPointCode:
            raise NotFound from None
        return get_object_or_404(self.get_queryset(), code=code)


class EarPointViewSet(ReadsViewSet):
    """The points of the ear, by the zones of the Chinese standard. `search` takes a code, a name or Hanzi."""

    queryset = EarPoint.objects.all()
    serializer_class = catalogue_serializers.EarPointSerializer
    required_permissions = {"list": SIGNED_IN, "retrieve": SIGNED_IN}
    search_method = "matching"
    filterset_fields = {"area": ["exact"]}
    ordering_fields = ["position", "code", "english"]
    lookup_field = "code"
    lookup_value_regex = "[^/]{1,20}"

    def get_object(self):
        return get_object_or_404(self.get_queryset().named([self.kwargs["code"]]))


class VocabularyView(NeedlebookView):
    """The fixed words of tongue, pulse and the rest, each as a code to store and a label to show."""

    required_permissions = {"get": Permission.SEE_PATIENTS}

    @extend_schema(responses=serializers.VocabularySerializer)
    def get(self, request):
        words = {
            "tongue": {name: words_of(of_it) for name, of_it in vocabulary.TONGUE.items()},
            "pulse": {"qualities": words_of(vocabulary.PULSE), "positions": words_of(vocabulary.POSITIONS)},
            "eight_principles": words_of(vocabulary.PRINCIPLES),
            "stimulation": words_of(vocabulary.STIMULATION),
            "stricta": words_of(stricta.ITEMS),
        }
        return Response(serializers.VocabularySerializer(words).data)
