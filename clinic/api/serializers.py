from typing import Any

from django.db import models
from rest_framework import serializers

from clinic.api.fields import OffsetDateTimeField, VisibleRelatedField


class NeedlebookSerializer(serializers.ModelSerializer):
    """Shape, not decisions: datetimes with offsets, ids within reach, and what the database guards left to it.

    Uniqueness is not asked beforehand: the constraint is the referee, and `clinic.errors.refusal_for` its voice.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: OffsetDateTimeField,
    }

    serializer_related_field = VisibleRelatedField

    def get_validators(self):
        return []

    def build_standard_field(self, field_name, model_field):
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        validators = kwargs.get("validators")
        if validators:
            kwargs["validators"] = [v for v in validators if v.__class__.__name__ != "UniqueValidator"]
        return field_class, kwargs


class PartSerializer(NeedlebookSerializer):
    """A row in a list that belongs to the row above it. It is always whole: inside a PATCH, DRF would let its required
    fields be missing."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = super().to_internal_value(data)
        missing = [name for name, field in self.fields.items() if field.required and name not in data]
        if missing:
            sentence = serializers.Field.default_error_messages["required"]
            raise serializers.ValidationError({name: [sentence] for name in missing}, "required")
        return value
