from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

# As many as a bigint holds for certain.
MOST_DIGITS = 18


@extend_schema_field(OpenApiTypes.DATETIME)
class OffsetDateTimeField(serializers.Field):
    """A moment, written with its offset. In: refused without one. Out: on the wall of `zone`, a dotted path from the
    row to the name of an IANA zone (such as `location.timezone`), or of the practice."""

    default_error_messages = {
        "invalid": "Write the time as 2026-09-27T09:00:00+13:00.",
        "naive_datetime": "The time needs its offset, such as +13:00: without it, it could be one of two moments.",
    }

    def __init__(self, *, zone: str | None = None, **kwargs: Any) -> None:
        self.zone = zone
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> datetime:
        try:
            value = parse_datetime(data) if isinstance(data, str) else None
        except ValueError:
            value = None
        if value is None or not datetime(1900, 1, 1) < value.replace(tzinfo=None) < datetime(2200, 1, 1):
            self.fail("invalid")
        if value.tzinfo is None:
            self.fail("naive_datetime")
        return value

    def get_attribute(self, instance: Any) -> datetime | None:
        value = super().get_attribute(instance)
        if value is None or self.zone is None:
            return value
        name = instance
        for part in self.zone.split("."):
            name = getattr(name, part)
        return value.astimezone(ZoneInfo(name))

    def to_representation(self, value: datetime) -> str:
        return (value if self.zone else timezone.localtime(value)).isoformat()


def is_number(data: Any) -> bool:
    """A whole number, or its digits in a query string. Python would take 1.9 for 1."""
    return isinstance(data, int) or (isinstance(data, str) and data.isascii() and data.isdigit())


@extend_schema_field(OpenApiTypes.INT)
class NumberField(serializers.Field):
    """The id of a row that is looked up with others, by whoever reads them; answers like `IdField`."""

    default_error_messages = serializers.PrimaryKeyRelatedField.default_error_messages

    def to_internal_value(self, data: Any) -> int:
        if not is_number(data):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if len(str(data)) > MOST_DIGITS:
            self.fail("does_not_exist", pk_value=data)
        return int(data)

    def unknown(self, number: int) -> list[ErrorDetail]:
        """What is said of a number of no row."""
        return [ErrorDetail(self.error_messages["does_not_exist"].format(pk_value=number), "does_not_exist")]


class IdField(serializers.PrimaryKeyRelatedField):
    """The id of a row: a whole number, or its digits in a query string."""

    def to_internal_value(self, data: Any) -> Any:
        if not is_number(data):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class VisibleRelatedField(IdField):
    """The id of a row that this person may see. One out of reach is as unknown as one that does not exist."""

    def get_queryset(self):
        queryset = super().get_queryset()
        request = self.context.get("request")
        if request is None or not hasattr(queryset, "visible_to"):
            return queryset
        return queryset.visible_to(request.user)
