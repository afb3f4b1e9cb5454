"""A report as a file of values to be saved."""

from django.http import HttpResponse

from clinic.report import Report, as_csv


def csv_file(report: Report, name: str) -> HttpResponse:
    """With the mark by which a spreadsheet knows the letters for what they are."""
    saved_as = f"{name}-{report.from_on}-{report.to_on}.csv"
    return HttpResponse(
        ("\ufeff" + as_csv(report)).encode(errors="replace"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{saved_as}"'},
    )
