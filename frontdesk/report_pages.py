"""The reports as pages: the days chosen, a chart, and the table that says the same."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe

from clinic.bars import draw
from clinic.models import Practice
from clinic.report import Kind, Report, shown
from frontdesk import reports
from frontdesk.report_views import PeriodSerializer

FIGURES = frozenset({Kind.MONEY, Kind.COUNT, Kind.MINUTES, Kind.SHARE})
WAYS = {
    "day": "Day and method", "method": "Method", "practitioner": "Practitioner", "payer": "Who paid",
    "type": "Kind of visit", "month": "Month",
}  # fmt: skip


def index(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    entries = [
        {"title": entry.title, "about": entry.about, "place": reverse("admin:report", args=[name])}
        for name, entry in reports.readable(request.user).items()
    ]
    return TemplateResponse(request, "frontdesk/reports.html", context | {"title": "Reports", "entries": entries})


def page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """Days that cannot be are told beside the form, and the usual ones are shown."""
    entry = reports.REPORTS.get(name)
    if entry is None:
        raise Http404
    if not request.user.may(entry.needs):
        raise PermissionDenied
    now, zone = timezone.now(), Practice.objects.current().zone
    given = {key: value for key, value in request.GET.items() if value}
    settled = {"entry": entry, "usual": reports.usual_days(now, zone)}
    period = PeriodSerializer(data=given, context=settled)
    complaints = [] if period.is_valid() else _sentences(period.errors)
    if complaints:
        period = PeriodSerializer(data={}, context=settled)
        period.is_valid(raise_exception=True)
    asked = period.validated_data
    report = reports.make(
        name=name, by_what=asked["by"], first=asked["first"], last=asked["last"], by=request.user, zone=zone, now=now
    )
    query = {"from": asked["first"].isoformat(), "to": asked["last"].isoformat(), "by": asked["by"]}
    left_out = {"from"} if entry.of_a_day else set()
    query = {key: value for key, value in query.items() if value and key not in left_out}
    shown_on = {
        "title": entry.title,
        "about": entry.about,
        "complaints": complaints,
        "query": query,
        "of_a_day": entry.of_a_day,
        "ways": [(way, WAYS[way]) for way in entry.ways if way],
        "chart": mark_safe(draw(report.chart)) if report.chart and report.chart.labels else "",
        "chart_title": report.chart.title if report.chart else "",
        "file": f"{reverse('report', args=[name])}?{urlencode(query | {'as': 'csv'})}",
        "back": reverse("admin:reports"),
        **_table(report),
    }
    return TemplateResponse(request, "frontdesk/report.html", context | shown_on)


def _table(report: Report) -> dict[str, Any]:
    def cells(row: tuple) -> list[tuple[str, bool]]:
        pairs = zip(row, report.columns, strict=True)
        return [(shown(value, column.kind), column.kind in FIGURES) for value, column in pairs]

    totals = None
    if report.totals is not None:
        pairs = zip(report.totals, report.columns, strict=True)
        totals = [
            ("" if value is None else shown(value, column.kind), column.kind in FIGURES) for value, column in pairs
        ]
        totals[0] = (totals[0][0] or "Total", False)
    return {
        "columns": [(column.title, column.kind in FIGURES) for column in report.columns],
        "rows": [cells(row) for row in report.rows],
        "totals": totals,
        "remarks": report.remarks,
    }


def _sentences(errors: dict[str, Any]) -> list[str]:
    return [str(sentence) for sentences in errors.values() for sentence in sentences]
