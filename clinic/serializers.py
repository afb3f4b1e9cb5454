from rest_framework import serializers

from clinic import batching
from clinic.api.serializers import NeedlebookSerializer
from clinic.models import (
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


class SessionSerializer(serializers.ModelSerializer):
    """Who I am and what I may do."""

    name = serializers.CharField(source="__str__", read_only=True)
    roles = serializers.SlugRelatedField(many=True, read_only=True, slug_field="name")
    permissions = serializers.SerializerMethodField()
    practitioner = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "username", "name", "email", "roles", "permissions", "practitioner"]

    def get_permissions(self, user: User) -> list[str]:
        return sorted(user.permissions_held)

    def get_practitioner(self, user: User) -> int | None:
        practitioner = Practitioner.objects.filter(user=user).only("pk").first()
        return practitioner.pk if practitioner else None


class UserSerializer(NeedlebookSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "first_name", "last_name", "email", "is_active", "roles", "updated_at"]


class RoleSerializer(NeedlebookSerializer):
    class Meta:
        model = Role
        fields = ["id", "name", "permissions", "updated_at"]


class PracticeSerializer(NeedlebookSerializer):
    class Meta:
        model = Practice
        exclude = ["only"]


class PublicLocationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Location
        fields = ["name", "address", "phone", "timezone"]


class PublicPracticeSerializer(NeedlebookSerializer):
    """What anybody may know about the clinic: also how long before a visit it is cancelled in time, and by whom."""

    locations = serializers.SerializerMethodField()

    class Meta:
        model = Practice
        fields = [
            "name",
            "address",
            "phone",
            "email",
            "website",
            "timezone",
            "books_online",
            "late_cancel_hours",
            "patients_may_cancel",
            "locations",
        ]

    def get_locations(self, _: Practice) -> PublicLocationSerializer(many=True):
        return PublicLocationSerializer(Location.objects.active(), many=True).data


class LocationSerializer(NeedlebookSerializer):
    class Meta:
        model = Location
        fields = "__all__"


class RoomSerializer(NeedlebookSerializer):
    location_name = serializers.CharField(source="location.name", read_only=True)

    class Meta:
        model = Room
        fields = "__all__"


class DeviceSerializer(NeedlebookSerializer):
    location_name = serializers.CharField(source="location.name", read_only=True)

    class Meta:
        model = Device
        fields = "__all__"


class PractitionerSerializer(NeedlebookSerializer):
    class Meta:
        model = Practitioner
        fields = "__all__"


class DocumentSerializer(NeedlebookSerializer):
    file_url = serializers.HyperlinkedIdentityField(view_name="document-file", read_only=True)

    class Meta:
        model = Document
        fields = [
            "id",
            "kind",
            "subject",
            "title",
            "state",
            "sha256",
            "size",
            "pages",
            "rendered_at",
            "file_url",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["title", "state", "sha256", "size", "pages", "rendered_at"]


class BatchProblemSerializer(serializers.ModelSerializer):
    code = serializers.CharField(source="problem_code")
    detail = serializers.CharField(source="problem")

    class Meta:
        model = DocumentBatchItem
        fields = ["subject", "code", "detail"]
        read_only_fields = fields


class DocumentBatchSerializer(NeedlebookSerializer):
    subjects = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=10**18 - 1),
        write_only=True,
        allow_empty=False,
        max_length=batching.MOST,
        help_text="Ids of what the papers are about, each once.",
    )
    total = serializers.IntegerField(read_only=True)
    ready = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True, help_text="Refused, or given up after several tries.")
    waiting = serializers.IntegerField(read_only=True, help_text="0: the batch is finished.")
    problems = BatchProblemSerializer(many=True, read_only=True, help_text="What was refused, and why.")

    class Meta:
        model = DocumentBatch
        fields = [
            "id", "kind", "asked_by", "subjects", "total", "ready", "failed", "waiting", "problems", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = ["asked_by"]
