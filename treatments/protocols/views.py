from drf_spectacular.utils import extend_schema, extend_schema_view

from clinic.api.views import KeepsViewSet
from clinic.permissions import Permission
from treatments.models import Protocol
from treatments.protocols import keeping, serializers


@extend_schema_view(partial_update=extend_schema(responses=serializers.ProtocolSerializer))
class ProtocolViewSet(KeepsViewSet):
    """Parts of a note to be used again: one's own, and those shared by all."""

    queryset = Protocol.objects.select_related("owner")
    serializer_class = serializers.ProtocolSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "partial_update"], Permission.WRITE_NOTES),
    }
    filterset_fields = {"owner": ["exact", "isnull"], "archived_at": ["isnull"]}
    search_fields = ["name", "indication"]
    ordering_fields = ["name", "created_at"]

    def perform_create(self, serializer):
        return keeping.keep(by=self.request.user, now=self.now, **serializer.validated_data)

    def perform_update(self, serializer):
        keeping.revise(protocol=serializer.instance, by=self.request.user, now=self.now, **serializer.validated_data)
