"""Filters that refuse what they do not know: a mistyped one that is ignored shows everybody's rows as if filtered."""

from django import forms
from django.db import models
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter, SearchFilter

from clinic.api.fields import OffsetDateTimeField

ALWAYS_KNOWN = {"page", "page_size", "ordering", "search", "format"}


class OffsetDateTimeFilter(filters.IsoDateTimeFilter):
    """Compares moments; a value without an offset is refused."""

    def filter(self, qs, value):
        return super().filter(qs, value)


class IdFilter(filters.NumberFilter):
    """Rows of one parent. The parent is not looked up: an id out of reach finds nothing, like one of nobody."""

    field_class = forms.IntegerField


class YesNoField(forms.TypedChoiceField):
    def __init__(self, **kwargs):
        choices = [("true", "Yes"), ("false", "No")]
        super().__init__(choices=choices, coerce=lambda value: value == "true", empty_value=None, **kwargs)


class YesNoFilter(filters.BooleanFilter):
    """`true` or `false`; anything else is refused, where the plain filter would show everything."""

    field_class = YesNoField


class NeedlebookFilterSet(filters.FilterSet):
    """`updated_at__gte` for every list, so that a client can ask what is new."""

    @classmethod
    def get_fields(cls):
        fields = super().get_fields()
        if any(field.name == "updated_at" for field in cls._meta.model._meta.fields):
            fields.setdefault("updated_at", ["gte", "lt"])
        return fields

    class Meta:
        filter_overrides = {
            models.DateTimeField: {"filter_class": filters.IsoDateTimeFilter},
            models.BooleanField: {"filter_class": YesNoFilter},
            models.ForeignKey: {"filter_class": IdFilter},
            models.OneToOneField: {"filter_class": IdFilter},
        }


class StrictFilterBackend(filters.DjangoFilterBackend):
    filterset_base = NeedlebookFilterSet

    def filter_queryset(self, request, queryset, view):
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.base_filters) if filterset_class else set()
        unknown = sorted(set(request.query_params) - known - ALWAYS_KNOWN - set(getattr(view, "known_parameters", ())))
        if unknown and getattr(view, "action", None) == "list":
            raise ValidationError({name: ["There is no filter of this name."] for name in unknown}, "unknown_filter")
        for name in request.query_params:
            if filterset_class and isinstance(filterset_class.base_filters.get(name), filters.IsoDateTimeFilter):
                OffsetDateTimeField().run_validation(request.query_params[name].replace(" ", "+"))
        return super().filter_queryset(request, queryset, view)


class StrictOrderingFilter(OrderingFilter):
    def get_ordering(self, request, queryset, view):
        asked = [term.strip() for term in request.query_params.get(self.ordering_param, "").split(",") if term.strip()]
        known = self.remove_invalid_fields(queryset, asked, view, request)
        if len(known) != len(asked):
            raise ValidationError({"ordering": ["This list cannot be ordered by that."]}, "unknown_ordering")
        return known or self.get_default_ordering(view)


class StrictSearchFilter(SearchFilter):
    """`search` over the view's `search_fields`, or by the queryset's own method that `search_method` names."""

    def filter_queryset(self, request, queryset, view):
        text = request.query_params.get(self.search_param, "").replace("\0", "").strip()
        method = getattr(view, "search_method", None)
        if text and method:
            return getattr(queryset, method)(text)
        if text and not self.get_search_fields(view, request):
            raise ValidationError({"search": ["This list has no search."]}, "unknown_filter")
        return super().filter_queryset(request, queryset, view)
