from django.utils import timezone
from django_filters import rest_framework as filters

from clinic.api.filters import NeedlebookFilterSet, YesNoFilter
from treatments.models import Point, Treatment


class TreatmentFilterSet(NeedlebookFilterSet):
    """`overdue`: drafts of sessions that began more than a day ago."""

    overdue = YesNoFilter(method="is_overdue")

    class Meta(NeedlebookFilterSet.Meta):
        model = Treatment
        fields = {
            "patient": ["exact"],
            "practitioner": ["exact"],
            "case": ["exact"],
            "appointment": ["exact"],
            "status": ["exact"],
            "started_at": ["gte", "lt"],
        }

    def is_overdue(self, queryset, name: str, value: bool):
        now = timezone.now()
        return queryset.overdue(now) if value else queryset.exclude(pk__in=Treatment.objects.overdue(now))


class PointFilterSet(NeedlebookFilterSet):
    """A channel is named by its letters, not by a number."""

    channel = filters.CharFilter(field_name="channel_id")

    class Meta(NeedlebookFilterSet.Meta):
        model = Point
        fields = {"region": ["exact"], "laterality": ["exact"]}
