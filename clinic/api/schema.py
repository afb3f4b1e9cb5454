"""What every operation has in common, said once: problem documents, Idempotency-Key, ETag and If-Match."""

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers


class ProblemFieldSerializer(serializers.Serializer):
    field = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """RFC 9457. `code` is stable; `detail` is a sentence for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemFieldSerializer(many=True)


PROBLEMS = {
    "400": "Malformed.",
    "401": "Not signed in.",
    "403": "Not allowed.",
    "404": "Not there, or not yours.",
    "409": "Conflict with the state of things.",
    "412": "Stale If-Match.",
    "422": "Understood but refused.",
    "429": "Too often; see Retry-After.",
}


class NeedlebookSchema(AutoSchema):
    def get_override_parameters(self):
        if self.method == "POST":
            return [
                OpenApiParameter(
                    "Idempotency-Key",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    description="The same key and body within 24 hours get the first answer again.",
                )
            ]
        if self.method == "PATCH":
            return [
                OpenApiParameter(
                    "If-Match",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    description="The ETag of the state you read; 412 if it changed since.",
                )
            ]
        return []

    def _get_response_bodies(self, *args, **kwargs):
        responses = super()._get_response_bodies(*args, **kwargs)
        problem = self.resolve_serializer(ProblemSerializer, "response").ref
        for status in self._possible_problems():
            responses.setdefault(
                status, {"content": {"application/problem+json": {"schema": problem}}, "description": PROBLEMS[status]}
            )
        return dict(sorted(responses.items()))

    def _possible_problems(self) -> list[str]:
        statuses = ["400", "401", "403", "429"]
        if "{" in self.path:
            statuses.append("404")
        if self.method in {"POST", "PATCH", "DELETE"}:
            statuses += ["404", "409", "422"]
        if self.method == "PATCH":
            statuses.append("412")
        return statuses
