"""Filters that refuse what they do not know: a mistyped one that is ignored shows everybody's rows as if filtered."""

import re
from functools import lru_cache

from django import forms
from django.db import models
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter, SearchFilter

from clinic.api.fields import OffsetDateTimeField

ISO = "%Y-%m-%d"
ALWAYS_KNOWN = {"page", "page_size", "ordering", "search", "format"}


class MomentField(forms.CharField):
    """A moment with its offset. A plus sign that was not encoded arrives as a space, and is one again here."""

    def clean(self, value):
        text = re.sub(r"(T.*) (\d\d:?\d\d)$", r"\1+\2", super().clean(value))
        if not text:
            return None
        try:
            return OffsetDateTimeField().run_validation(text)
        except ValidationError as error:
            detail = error.detail[0]
            raise forms.ValidationError(str(detail), code=detail.code) from error


class OffsetDateTimeFilter(filters.IsoDateTimeFilter):
    """Compares moments; a value without an offset is refused."""

    field_class = MomentField


class IdFilter(filters.NumberFilter):
    """Rows of one parent. The parent is not looked up: an id out of reach finds nothing, like one of nobody."""

    field_class = forms.IntegerField


class YesNoField(forms.TypedChoiceField):
    def __init__(self, **kwargs):
        kwargs |= {"choices": [("true", "Yes"), ("false", "No")], "empty_value": None, "widget": forms.Select}
        super().__init__(coerce=lambda value: value == "true", **kwargs)

    def to_python(self, value):
        return super().to_python(value).lower()


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

    def get_form_class(self):
        """Made once: it depends on the filters alone."""
        kind = type(self)
        if "form_of_all" not in vars(kind):
            kind.form_of_all = super().get_form_class()
        return kind.form_of_all

    class Meta:
        filter_overrides = {
            models.DateTimeField: {"filter_class": OffsetDateTimeFilter},
            models.DateField: {"filter_class": filters.DateFilter, "extra": lambda field: {"input_formats": [ISO]}},
            models.BooleanField: {"filter_class": YesNoFilter},
            models.ForeignKey: {"filter_class": IdFilter},
            models.OneToOneField: {"filter_class": IdFilter},
        }


def refuse_unknown(request, known: set[str]) -> None:
    """Raises 400 `unknown_filter` for query parameters that nobody would read."""
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise ValidationError({name: ["There is no filter of this name."] for name in unknown}, "unknown_filter")


class StrictFilterBackend(filters.DjangoFilterBackend):
    filterset_base = NeedlebookFilterSet
    _of_views: dict[type, type[filters.FilterSet] | None] = {}

    def get_filterset_class(self, view, queryset=None):
        """Made once for each view: what it filters by does not change between requests."""
        kind = type(view)
        if kind not in self._of_views:
            self._of_views[kind] = super().get_filterset_class(view, queryset)
        return self._of_views[kind]

    def get_filterset(self, request, queryset, view):
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is None:
            return None
        asked = frozenset(request.query_params).intersection(filterset_class.base_filters)
        return _narrowed(filterset_class, asked)(**self.get_filterset_kwargs(request, queryset, view))

    def filter_queryset(self, request, queryset, view):
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.base_filters) if filterset_class else set()
        if getattr(view, "action", None) == "list":
            refuse_unknown(request, known | ALWAYS_KNOWN | set(getattr(view, "known_parameters", ())))
        return super().filter_queryset(request, queryset, view)


@lru_cache(maxsize=256)
def _narrowed(filterset_class: type[filters.FilterSet], asked: frozenset[str]) -> type[filters.FilterSet]:
    """With those filters only: copies and form fields of all would be a third of what a short list costs."""
    narrowed = type(filterset_class.__name__, (filterset_class,), {})
    narrowed.base_filters = {name: one for name, one in filterset_class.base_filters.items() if name in asked}
    return narrowed


class StrictOrderingFilter(OrderingFilter):
    """Ordered as asked, and always to the last row: pages of rows that tie would repeat some and skip others."""

    def get_ordering(self, request, queryset, view):
        asked = [term.strip() for term in request.query_params.get(self.ordering_param, "").split(",") if term.strip()]
        known = self.remove_invalid_fields(queryset, asked, view, request)
        if len(known) != len(asked):
            raise ValidationError({"ordering": ["This list cannot be ordered by that."]}, "unknown_ordering")
        ordering = [*(known or queryset.query.order_by or queryset.model._meta.ordering)]
        return ordering if {"pk", "-pk", "id", "-id"}.intersection(ordering) else [*ordering, "pk"]

    def get_schema_operation_parameters(self, view):
        names = ", ".join(getattr(view, "ordering_fields", ()))
        description = f"Any of {names}, separated by commas; a minus sign before a name turns it round."
        return [
            {**parameter, "description": description} for parameter in super().get_schema_operation_parameters(view)
        ]


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

    def get_schema_operation_parameters(self, view):
        has_search = getattr(view, "search_method", None) or getattr(view, "search_fields", None)
        return super().get_schema_operation_parameters(view) if has_search else []
