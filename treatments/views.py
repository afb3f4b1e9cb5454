from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from clinic.api.etags import refuse_stale
from clinic.api.permissions import SIGNED_IN
from clinic.api.views import Creates, NeedlebookViewSet, ReadsViewSet, RecordsReads
from clinic.errors import Conflict
from clinic.permissions import Permission
from treatments import charting, serializers, signing
from treatments.models import Channel, Point, Treatment
from treatments.pointcodes import AmbiguousPointCode, UnknownPointCode, parse


class ChannelViewSet(mixins.ListModelMixin, NeedlebookViewSet):
    queryset = Channel.objects.all()
    serializer_class = serializers.ChannelSerializer
    required_permissions = {"list": SIGNED_IN}
    ordering_fields = ["position", "code"]


class PointViewSet(ReadsViewSet):
    """The catalogue. `/points/SJ5/` answers TE5; `search` takes `zusanli`, `足三里`, `ST-36`."""

    queryset = Point.objects.select_related("channel").prefetch_related("cautions")
    serializer_class = serializers.PointSerializer
    required_permissions = {"list": SIGNED_IN, "retrieve": SIGNED_IN}
    search_method = "matching"
    filterset_fields = {"channel": ["exact"], "region": ["exact"], "laterality": ["exact"]}
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


class TreatmentViewSet(RecordsReads, Creates, ReadsViewSet):
    """Session notes. Reading one is recorded; a signed one never changes."""

    queryset = Treatment.objects.whole()
    serializer_class = serializers.TreatmentSerializer
    read_subject_kind = "treatment"
    problems = {"verify": ["409"]}
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "verify"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "partial_update", "destroy", "sign", "amendments"], Permission.WRITE_NOTES),
    }
    filterset_fields = {
        "patient": ["exact"],
        "practitioner": ["exact"],
        "case": ["exact"],
        "appointment": ["exact"],
        "status": ["exact"],
        "started_at": ["gte", "lt"],
    }
    ordering_fields = ["started_at", "signed_at"]

    def get_serializer_class(self):
        if self.action == "partial_update":
            return serializers.TreatmentChangeSerializer
        return super().get_serializer_class()

    def create(self, request):
        treatment = charting.begin(**self.asked(), by=request.user, now=self.now)
        return self.answer(treatment, status_code=status.HTTP_201_CREATED)

    @extend_schema(responses=serializers.TreatmentSerializer)
    def partial_update(self, request, pk=None):
        with transaction.atomic():
            treatment = charting.locked_draft(self.get_object())
            refuse_stale(request, treatment)
            serializer = self.get_serializer(treatment, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            charting.revise(treatment=treatment, by=request.user, now=self.now, **serializer.validated_data)
        return self.answer(treatment)

    def destroy(self, request, pk=None):
        """Discards a draft."""
        charting.discard(treatment=self.get_object(), by=request.user, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def sign(self, request, pk=None):
        return self.answer(signing.sign(treatment=self.get_object(), by=request.user, now=self.now))

    @extend_schema(request=serializers.AmendmentSerializer, responses={201: serializers.AmendmentSerializer})
    @action(detail=True, methods=["post"])
    def amendments(self, request, pk=None):
        asked = self.asked(serializers.AmendmentSerializer)
        amendment = signing.amend(treatment=self.get_object(), by=request.user, now=self.now, **asked)
        return Response(serializers.AmendmentSerializer(amendment).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=serializers.VerificationSerializer)
    @action(detail=True)
    def verify(self, request, pk=None):
        return Response(serializers.VerificationSerializer(signing.verify(self.get_object())).data)
