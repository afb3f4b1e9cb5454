"""The reports over HTTP: which there are, and each as JSON or as CSV."""

from datetime import date
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from clinic.api.filters import refuse_unknown
from clinic.api.permissions import SIGNED_IN
from clinic.api.renderers import OrjsonRenderer
from clinic.api.views import NeedlebookView
from clinic.csv_files import csv_file
from clinic.models import Practice
from clinic.report import Kind, Report
from frontdesk import reports

KINDS = [kind.value for kind in Kind]


class CsvRenderer(BaseRenderer):
    """For negotiation only: the view itself writes the answer."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type=None, renderer_context=None) -> bytes:
        """What is no report, such as a refusal, is a document of its own."""
        return OrjsonRenderer().render(data)


class ListedReportSerializer(serializers.Serializer):
    """`ways`: what `by` may be; empty where there is one way only. One `of_a_day` says how things stand at the end of
    the day `to`, and takes no `from`."""

    name = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    ways = serializers.ListField(child=serializers.CharField())
    of_a_day = serializers.BooleanField()


class ReportColumnSerializer(serializers.Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)


class ReportSeriesSerializer(serializers.Serializer):
    title = serializers.CharField()
    values = serializers.ListField(child=serializers.JSONField())


class ReportChartSerializer(serializers.Serializer):
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    labels = serializers.ListField(child=serializers.CharField())
    series = ReportSeriesSerializer(many=True)


class ReportSerializer(serializers.Serializer):
    """`rows` and `totals` hold a value for the key of each column: money and shares as strings, days as dates, counts
    and minutes as numbers; null where there is nothing to say."""

    name = serializers.CharField()
    title = serializers.CharField()
    by = serializers.CharField()
    from_on = serializers.DateField()
    to_on = serializers.DateField()
    columns = ReportColumnSerializer(many=True)
    rows = serializers.ListField(child=serializers.DictField())
    totals = serializers.DictField(allow_null=True)
    chart = ReportChartSerializer(allow_null=True)
    remarks = serializers.ListField(child=serializers.CharField())


class PeriodSerializer(serializers.Serializer):
    by = serializers.CharField(required=False)
    way = serializers.ChoiceField(choices=["json", "csv"], default="json")

    def get_fields(self):
        """`from` and `as` are words of Python's own."""
        fields = super().get_fields()
        fields["as"] = fields.pop("way")
        return {"from": serializers.DateField(required=False), "to": serializers.DateField(required=False)} | fields

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        entry, usual = self.context["entry"], self.context["usual"]
        last: date = given.get("to", usual.last)
        first: date = last if entry.of_a_day else given.get("from", min(usual.first, last.replace(day=1)))
        if first > last:
            raise ValidationError({"to": ["The last day lies before the first."]}, "to_before_from")
        if last - first > reports.LONGEST:
            raise ValidationError({"to": ["Ask for three years at most."]}, "too_long")
        by = given.get("by", next(iter(entry.ways)))
        if by not in entry.ways:
            raise ValidationError({"by": ["This report is not told by that."]}, "by_unknown")
        return {"first": first, "last": last, "by": by, "as": given["as"]}


class ReportListView(NeedlebookView):
    """The reports that this person may read."""

    required_permissions = {"get": SIGNED_IN}

    @extend_schema(responses=ListedReportSerializer(many=True))
    def get(self, request):
        refuse_unknown(request, set())
        listed = [
            {
                "name": name,
                "title": entry.title,
                "about": entry.about,
                "ways": [way for way in entry.ways if way],
                "of_a_day": entry.of_a_day,
            }
            for name, entry in reports.readable(request.user).items()
        ]
        return Response(listed)


class ReportView(NeedlebookView):
    """One report over local days of the practice. As CSV for who accepts `text/csv` or asks `as=csv`."""

    renderer_classes = [OrjsonRenderer, CsvRenderer]
    required_permissions = {"get": SIGNED_IN}

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "from", OpenApiTypes.DATE, description="First day; the first of the month if left out. Not `of_a_day`."
            ),
            OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, included; today if left out."),
            OpenApiParameter("by", OpenApiTypes.STR, description="One of the report's `ways`; the first if left out."),
            OpenApiParameter("as", OpenApiTypes.STR, enum=["json", "csv"], description="`csv` for a file of values."),
        ],
        responses={(200, "application/json"): ReportSerializer, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request, name: str):
        entry = reports.REPORTS.get(name)
        if entry is None:
            raise Http404
        refuse_unknown(request, {"to", "by", "as"} | (set() if entry.of_a_day else {"from"}))
        zone = Practice.objects.current().zone
        period = PeriodSerializer(
            data=request.query_params, context={"entry": entry, "usual": reports.usual_days(self.now, zone)}
        )
        period.is_valid(raise_exception=True)
        asked = period.validated_data
        report = reports.make(
            name=name, by_what=asked["by"], first=asked["first"], last=asked["last"], by=request.user, zone=zone,
            now=self.now,
        )  # fmt: skip
        if asked["as"] == "csv" or request.accepted_renderer.format == "csv":
            return csv_file(report, name)
        return Response(told(report, name, asked["by"]))


def told(report: Report, name: str, by: str) -> dict[str, Any]:
    keys = [column.key for column in report.columns]
    chart = report.chart
    return {
        "name": name,
        "title": report.title,
        "by": by,
        "from_on": report.from_on,
        "to_on": report.to_on,
        "columns": [{"key": one.key, "title": one.title, "kind": one.kind} for one in report.columns],
        "rows": [dict(zip(keys, row, strict=True)) for row in report.rows],
        "totals": None if report.totals is None else dict(zip(keys, report.totals, strict=True)),
        "chart": chart
        and {
            "title": chart.title,
            "kind": chart.kind,
            "labels": chart.labels,
            "series": [{"title": one.title, "values": one.values} for one in chart.series],
        },
        "remarks": report.remarks,
    }
