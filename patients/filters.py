import re

from django.core.exceptions import ValidationError as FieldError
from django.core.validators import ProhibitNullCharactersValidator
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError
from rest_framework.filters import SearchFilter

from clinic.api.filters import ISO, NeedlebookFilterSet
from patients.models import Alert, ConsentText
from patients.models.patient import folded

FEWEST_LETTERS = 3
# Names in Hanzi, kana or Hangul are whole at one or two characters.
SYLLABIC = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")


class PatientSearchFilter(SearchFilter):
    """By any part of a name, NHI, end of a phone number, e-mail or legacy id; three letters or digits at the least.

    Fewer would be half of the patients, and the index of trigrams could not help."""

    search_description = "Any part of a name, NHI, phone number, e-mail or legacy id: at least three letters."

    def filter_queryset(self, request, queryset, view):
        text = request.query_params.get(self.search_param)
        if text is None:
            return queryset
        try:
            ProhibitNullCharactersValidator()(text)
        except FieldError as error:
            raise ValidationError({"search": error.messages}, "null_characters_not_allowed") from error
        letters = "".join(folded(text).split())
        if len(letters) < FEWEST_LETTERS and not SYLLABIC.search(letters):
            raise ValidationError({"search": ["Type at least three letters."]}, "search_too_short")
        return queryset.matching(text)


class AlertFilterSet(NeedlebookFilterSet):
    holding_on = filters.DateFilter(
        method="holding", input_formats=[ISO], label="Those that hold on a day, serious ones first."
    )

    def holding(self, queryset, name, day):
        return queryset.holding(day).gravest_first()

    class Meta(NeedlebookFilterSet.Meta):
        model = Alert
        fields = {
            "kind": ["exact", "in"],
            "severity": ["exact"],
            "ends_on": ["exact", "gte", "lte", "isnull"],
        }


class ConsentTextFilterSet(NeedlebookFilterSet):
    current_on = filters.DateFilter(
        method="current", input_formats=[ISO], label="The newest of each kind and language on a day."
    )

    def current(self, queryset, name, day):
        return queryset.current(day)

    class Meta(NeedlebookFilterSet.Meta):
        model = ConsentText
        fields = {"kind": ["exact", "in"], "language": ["exact"], "version": ["exact"]}
