from django.conf import settings
from django.db.models import Prefetch
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response
from rest_framework.reverse import reverse

from clinic import batching, documents, serializers
from clinic.api.etags import etag_of
from clinic.api.filters import IdFilter, NeedlebookFilterSet
from clinic.api.permissions import ANYONE, SIGNED_IN
from clinic.api.views import KeepsViewSet, NeedlebookView, NeedlebookViewSet, ReadsViewSet, Retrieves
from clinic.errors import Conflict
from clinic.models import (
    AccessEvent,
    Device,
    Document,
    DocumentBatch,
    DocumentBatchItem,
    Location,
    Practice,
    Practitioner,
    Role,
    Room,
    User,
)
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.tasks import draw_document, draw_items

SET_UP = {
    "list": SIGNED_IN,
    "retrieve": SIGNED_IN,
    "create": Permission.SET_UP,
    "partial_update": Permission.SET_UP,
}
USERS = dict.fromkeys(["list", "retrieve", "create", "partial_update"], Permission.MANAGE_USERS)


class SessionView(NeedlebookView):
    required_permissions = {"get": SIGNED_IN}

    @extend_schema(responses=serializers.SessionSerializer)
    def get(self, request):
        return Response(serializers.SessionSerializer(request.user).data)


class PublicClinicView(NeedlebookView):
    authentication_classes = []
    required_permissions = {"get": ANYONE}
    problems = {"get": ["404"]}

    @extend_schema(responses=serializers.PublicPracticeSerializer)
    def get(self, request):
        return Response(serializers.PublicPracticeSerializer(get_object_or_404(Practice)).data)


class PracticeView(NeedlebookView):
    serializer_class = serializers.PracticeSerializer
    required_permissions = {"get": SIGNED_IN}
    problems = {"get": ["404"]}

    @extend_schema(responses=serializers.PracticeSerializer)
    def get(self, request):
        practice = get_object_or_404(Practice.objects.visible_to(request.user))
        return Response(serializers.PracticeSerializer(practice).data, headers={"ETag": etag_of(practice)})


class UserViewSet(KeepsViewSet):
    queryset = User.objects.prefetch_related("roles")
    serializer_class = serializers.UserSerializer
    required_permissions = USERS
    search_fields = ["username", "first_name", "last_name", "email"]
    filterset_fields = {"is_active": ["exact"], "roles": ["exact"]}
    ordering_fields = ["username", "last_name"]


class RoleViewSet(KeepsViewSet):
    queryset = Role.objects.all()
    serializer_class = serializers.RoleSerializer
    required_permissions = USERS
    filterset_fields = {"name": ["exact"]}
    ordering_fields = ["name"]


class LocationViewSet(KeepsViewSet):
    queryset = Location.objects.all()
    serializer_class = serializers.LocationSerializer
    required_permissions = SET_UP
    filterset_fields = {"archived_at": ["isnull"]}
    ordering_fields = ["name"]


class RoomViewSet(KeepsViewSet):
    queryset = Room.objects.select_related("location")
    serializer_class = serializers.RoomSerializer
    required_permissions = SET_UP
    filterset_fields = {"location": ["exact"], "archived_at": ["isnull"]}
    ordering_fields = ["name"]


class DeviceViewSet(KeepsViewSet):
    queryset = Device.objects.select_related("location")
    serializer_class = serializers.DeviceSerializer
    required_permissions = SET_UP
    filterset_fields = {"location": ["exact"], "kind": ["exact"], "archived_at": ["isnull"]}
    ordering_fields = ["name"]


class PractitionerViewSet(KeepsViewSet):
    queryset = Practitioner.objects.all()
    serializer_class = serializers.PractitionerSerializer
    required_permissions = SET_UP
    search_fields = ["display_name"]
    filterset_fields = {"user": ["exact"], "archived_at": ["isnull"]}
    ordering_fields = ["display_name"]


class DocumentFilterSet(NeedlebookFilterSet):
    batch = IdFilter(field_name="batch_items__batch", help_text="Those of one batch.")

    class Meta(NeedlebookFilterSet.Meta):
        model = Document
        fields = {"kind": ["exact", "in"], "subject": ["exact"], "state": ["exact"]}


class DocumentViewSet(Retrieves, mixins.ListModelMixin, NeedlebookViewSet):
    """Papers. POST answers 202 and the place to look; the file is there when `state` is `ready`."""

    queryset = Document.objects.all()
    serializer_class = serializers.DocumentSerializer
    required_permissions = dict.fromkeys(["list", "retrieve", "create", "file"], SIGNED_IN)
    problems = {"file": ["409"]}
    filterset_class = DocumentFilterSet
    ordering_fields = ["created_at"]

    @extend_schema(responses={202: serializers.DocumentSerializer})
    def create(self, request):
        asked = self.asked()
        document = documents.ask(kind=asked["kind"], subject=asked["subject"], by=request.user, now=self.now)
        if document.state == Document.State.ASKED:
            soon(draw_document, document.pk)
        place = reverse("document-detail", args=[document.pk], request=request)
        return self.answer(document, status_code=status.HTTP_202_ACCEPTED, Location=place)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def file(self, request, pk=None):
        document = self.get_object()
        if document.state != Document.State.READY:
            raise Conflict("document_not_ready", "This paper is still being drawn. Ask again in a moment.")
        if settings.PAPERS[document.kind]["permission"] == Permission.READ_NOTES:
            AccessEvent.objects.record(
                by=request.user,
                rows=[document],
                subject_kind="document",
                now=self.now,
                request_id=request.request_id,
            )
        return FileResponse(
            document.file.open(), content_type="application/pdf", filename=f"{document.kind}-{document.subject}.pdf"
        )


class DocumentBatchViewSet(ReadsViewSet):
    """Many papers of one kind at once. POST answers 202 and the place to look, where `waiting` counts down to 0."""

    queryset = DocumentBatch.objects.with_progress().prefetch_related(
        Prefetch("items", DocumentBatchItem.objects.exclude(problem_code=""), to_attr="problems")
    )
    serializer_class = serializers.DocumentBatchSerializer
    required_permissions = dict.fromkeys(["list", "retrieve", "create"], SIGNED_IN)
    problems = {"create": ["422"]}
    filterset_fields = {"kind": ["exact", "in"]}
    ordering_fields = ["created_at"]

    @extend_schema(responses={202: serializers.DocumentBatchSerializer})
    def create(self, request):
        batch = batching.ask(**self.asked(), by=request.user, now=self.now)
        for handful in batching.in_handfuls(batching.ids_of(batch)):
            soon(draw_items, handful)
        place = reverse("document-batch-detail", args=[batch.pk], request=request)
        return self.answer(batch, status_code=status.HTTP_202_ACCEPTED, Location=place)
