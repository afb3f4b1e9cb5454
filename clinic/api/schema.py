"""What every operation has in common, said once: problem documents, Idempotency-Key, ETag and If-Match."""

import inspect

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from clinic.api.permissions import ANYONE


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
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "Understood but refused.",
    "429": "Too often; see Retry-After.",
}
TEXT = {"type": "string"}
ETAG = {"description": "The state of this object, for `If-Match`.", "schema": TEXT}
REPLAYED = {"description": "`true` where this is the first answer to the same Idempotency-Key.", "schema": TEXT}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
LOCATION = {"description": "Where the paper will be.", "schema": {"type": "string", "format": "uri"}}


class NeedlebookSchema(AutoSchema):
    """A view says in `problems[action]` which statuses its refusals have beside those that follow from the method."""

    def get_operation(self, *args, **kwargs):
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            operation.setdefault("security", [])
        return operation

    def get_description(self) -> str:
        """Of the action or of the view itself; what a base class says about itself is for programmers."""
        action = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        if getattr(action, "__module__", "").startswith(("clinic.api.", "rest_framework.")):
            action = None
        return inspect.cleandoc(getattr(action, "__doc__", None) or type(self.view).__doc__ or "")

    def _map_serializer_field(self, field, *args, **kwargs):
        schema = super()._map_serializer_field(field, *args, **kwargs)
        if isinstance(field, serializers.TimeField) and schema.pop("format", None):
            # JSON Schema's `time` has an offset; a time on the wall has none.
            schema["pattern"] = r"^[0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?$"
        return schema

    def _map_basic_serializer(self, serializer, direction):
        schema = super()._map_basic_serializer(serializer, direction)
        if not type(serializer).__doc__:
            schema.pop("description", None)
        return schema

    def get_override_parameters(self):
        if self.method == "POST":
            return [
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "minLength": 1, "maxLength": 255},
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
        for status, response in responses.items():
            if status.startswith("2"):
                response["headers"] = response.get("headers", {}) | self._headers(status, response)
                if not response["headers"]:
                    del response["headers"]
        problem = self.resolve_serializer(ProblemSerializer, "response").ref
        for status in self._possible_problems():
            document = {"content": {"application/problem+json": {"schema": problem}}, "description": PROBLEMS[status]}
            if status == "429":
                document["headers"] = {"Retry-After": RETRY_AFTER}
            responses.setdefault(status, document)
        return dict(sorted(responses.items()))

    def _headers(self, status: str, response: dict) -> dict:
        """ETag with every single object that the viewset is about."""
        headers = {"Idempotency-Replayed": REPLAYED} if self.method == "POST" else {}
        if status == "202":
            headers["Location"] = LOCATION
        shown = response.get("content", {}).get("application/json", {}).get("schema", {})
        tagged = getattr(self.view, "serializer_class", None)
        if tagged is not None and (self.method == "PATCH" or self._is_tagged(shown, tagged)):
            headers["ETag"] = ETAG
        return headers

    def _is_tagged(self, shown: dict, tagged: type) -> bool:
        """Whether an answer is that object, one of its alternatives, or one that the view calls the same with more."""
        kinds = [tagged, *getattr(self.view, "also_tagged", [])]
        refs = [self.resolve_serializer(kind, "response").ref for kind in kinds]
        return any(ref in refs for ref in [shown, *self._either(shown)])

    def _either(self, shown: dict) -> list[dict]:
        """The alternatives of an answer that depends on who asks."""
        name = shown.get("$ref", "").rpartition("/")[2]
        return next((c.schema.get("oneOf", []) for c in self.registry._components.values() if c.name == name), [])

    def _possible_problems(self) -> list[str]:
        action = getattr(self.view, "action", None) or self.method.lower()
        statuses = ["400", *getattr(self.view, "problems", {}).get(action, [])]
        if self.view.required_permissions.get(action) != ANYONE:
            statuses += ["401", "403"]
        if self.view.throttle_classes:
            statuses.append("429")
        if "{" in self.path:
            statuses.append("404")
        if self.method in {"POST", "PATCH", "DELETE"}:
            statuses += ["409", "422"]
        if self.method in {"POST", "PATCH"}:
            statuses += ["413", "415"]
        if self.method == "PATCH":
            statuses.append("412")
        return statuses


def alternatives_overlap(result: dict, **kwargs) -> dict:
    """Postprocessing: what is either a whole row or a part of it fits both, so it is `anyOf` and not `oneOf`."""
    for schema in result["components"]["schemas"].values():
        if "oneOf" in schema and "discriminator" not in schema:
            schema["anyOf"] = schema.pop("oneOf")
    return result


class ApiKeyScheme(KnoxTokenScheme):
    """Registered by being there."""

    target_class = "clinic.api.tokens.TokenAuthentication"
