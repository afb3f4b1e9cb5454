"""The reports at their doors: over HTTP, as CSV, and as pages."""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.urls import reverse
from django.utils import timezone

from frontdesk import reports
from tests.billing.test_settling import pay
from tests.cast import Cast, api, make_patient, open_hours
from tests.pages import browser
from tests.visits import AUCKLAND, make_visit, nz

pytestmark = pytest.mark.django_db
DOOR = "/api/v1/reports/"
NOVEMBER = "from=2026-11-01&to=2026-11-30"
MONEY = {"takings", "gst", "aged-debtors", "acc-outstanding"}
BOOK = {"appointments", "no-shows", "utilisation"}


def problem(response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("owner", MONEY | BOOK | {"entitlement"}),
        ("desk", MONEY | BOOK | {"entitlement"}),
        ("billing", MONEY | BOOK | {"entitlement"}),
        ("practitioner", BOOK | {"entitlement"}),
        ("patient_user", set()),
    ],
)
def test_each_role_is_told_of_its_reports_and_reads_no_other(cast: Cast, role, names):
    client = api(getattr(cast, role))
    assert {row["name"] for row in client.get(DOOR).json()} == names
    for name in reports.REPORTS:
        assert client.get(f"{DOOR}{name}/").status_code == (200 if name in names else 403), name


@pytest.mark.parametrize("name", reports.REPORTS)
def test_every_report_of_an_empty_clinic_is_empty_and_not_broken(cast: Cast, name):
    client = api(cast.owner)
    entry = reports.REPORTS[name]
    first, days = ("2026-11-30", "to=2026-11-30") if entry.of_a_day else ("2026-11-01", NOVEMBER)
    for way in entry.ways:
        asked = f"{DOOR}{name}/?{days}" + (f"&by={way}" if way else "")
        said = client.get(asked).json()
        keys = {column["key"] for column in said["columns"]}
        assert (said["name"], said["by"], said["from_on"], said["to_on"]) == (name, way, first, "2026-11-30")
        assert all(set(row) == keys for row in said["rows"])
        assert client.get(f"{asked}&as=csv").status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("from=2026-11-30&to=2026-11-01", 400, "to_before_from"),
        ("from=2020-01-01&to=2026-11-01", 400, "too_long"),
        ("from=yesterday", 400, "invalid"),
        ("by=colour", 400, "by_unknown"),
        ("as=pdf", 400, "invalid"),
        ("until=2026-11-01", 400, "unknown_filter"),
    ],
)
def test_what_cannot_be_asked_is_refused(cast: Cast, query, status, code):
    response = api(cast.owner).get(f"{DOOR}takings/?{query}")
    assert response.status_code == status
    assert response.json()["errors"][0]["code"] == code or response.json()["code"] == code


def test_how_things_stand_on_a_day_has_no_first_day(cast: Cast):
    response = api(cast.owner).get(f"{DOOR}aged-debtors/?{NOVEMBER}")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "from")


def test_a_report_that_is_not_there_is_404(cast: Cast):
    assert problem(api(cast.owner).get(f"{DOOR}secrets/")) == (404, "not_found")


def test_without_days_it_is_this_month_until_today(cast: Cast):
    said = api(cast.owner).get(f"{DOOR}takings/").json()
    today = timezone.localdate(timezone=AUCKLAND)
    assert (said["from_on"], said["to_on"]) == (today.replace(day=1).isoformat(), today.isoformat())


def test_money_and_shares_are_strings_and_counts_are_numbers(cast: Cast):
    pay(cast, "100.00")
    make_visit(cast, nz("2026-11-02 10:00"), status="missed")
    client = api(cast.owner)
    assert client.get(f"{DOOR}takings/?{NOVEMBER}").json()["rows"] == [
        {"day": "2026-11-02", "card": "100.00", "total": "100.00"}
    ]
    missed = client.get(f"{DOOR}no-shows/?{NOVEMBER}").json()
    assert missed["rows"] == [{"practitioner": "Mere Ngata", "due": 1, "missed": 1, "share": "1.0000", "late": 0}]
    assert missed["chart"]["labels"] == ["Mere Ngata"]


@pytest.mark.parametrize("asked", ["header", "query"])
def test_a_file_of_values_comes_by_header_or_by_query(cast: Cast, asked):
    pay(cast, "100.00")
    client, place = api(cast.billing), f"{DOOR}takings/?{NOVEMBER}"
    by_header = {"HTTP_ACCEPT": "text/csv"} if asked == "header" else {}
    response = client.get(place if by_header else f"{place}&as=csv", **by_header)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="takings-2026-11-01-2026-11-30.csv"'
    assert list(csv.reader(StringIO(response.content.decode("utf-8-sig")))) == [
        ["Day", "Card terminal", "Total"],
        ["2026-11-02", "100.00", "100.00"],
        ["Total", "100.00", "100.00"],
    ]


def test_a_refusal_to_who_wants_a_file_is_a_problem_document(cast: Cast):
    response = api(cast.practitioner).get(f"{DOOR}takings/", HTTP_ACCEPT="text/csv")
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")


def test_a_name_that_is_a_formula_is_only_a_name_in_the_file(cast: Cast):
    cast.mere.display_name = '=HYPERLINK("https://evil.example","x")'
    cast.mere.save()
    make_visit(cast, nz("2026-11-02 10:00"), status="completed")
    written = api(cast.owner).get(f"{DOOR}appointments/?{NOVEMBER}&as=csv").content.decode("utf-8-sig")
    assert list(csv.reader(StringIO(written)))[1][0].startswith("'=HYPERLINK")


@pytest.mark.parametrize("name", reports.REPORTS)
def test_every_report_has_a_page_with_its_chart_and_its_table(cast: Cast, name):
    pay(cast, "100.00")
    make_visit(cast, nz("2026-11-02 10:00"), status="missed")
    open_hours(cast.mere, cast.location)
    page = browser(cast.owner).get(reverse("admin:report", args=[name]), {"from": "2026-11-01", "to": "2026-11-30"})
    words = page.content.decode()
    assert page.status_code == 200
    assert reports.REPORTS[name].title in words
    of_a_day = reports.REPORTS[name].of_a_day
    days = "to=2026-11-30" if of_a_day else "from=2026-11-01&amp;to=2026-11-30"
    assert f"/api/v1/reports/{name}/?{days}" in words
    assert ('name="from"' in words) is not of_a_day
    is_told = not of_a_day
    assert ("<table>" in words, "nb-bars" in words) == (is_told, is_told)
    assert ("There is nothing to tell of these days." in words) is not is_told


def test_the_list_of_reports_leads_to_each_that_the_role_includes(cast: Cast):
    page = browser(cast.practitioner).get(reverse("admin:reports")).content.decode()
    assert "Utilisation" in page
    assert "Takings" not in page


def test_days_that_cannot_be_are_told_beside_the_form_and_the_usual_ones_shown(cast: Cast):
    page = browser(cast.owner).get(
        reverse("admin:report", args=["takings"]), {"from": "2026-11-30", "to": "2026-11-01"}
    )
    assert page.status_code == 200
    assert "The last day lies before the first." in page.content.decode()


def test_a_page_of_money_is_closed_to_who_sees_none_and_no_page_is_404(cast: Cast):
    assert browser(cast.practitioner).get(reverse("admin:report", args=["takings"])).status_code == 403
    assert browser(cast.owner).get(reverse("admin:report", args=["secrets"])).status_code == 404


def test_hostile_names_on_a_page_are_only_text(cast: Cast):
    cast.mere.display_name = "<script>alert(1)</script>"
    cast.mere.save()
    make_visit(cast, nz("2026-11-02 10:00"), status="missed", patient=make_patient())
    page = browser(cast.owner).get(
        reverse("admin:report", args=["no-shows"]), {"from": "2026-11-01", "to": "2026-11-30"}
    )
    assert "<script>alert(1)" not in page.content.decode()
    assert "&lt;script&gt;alert(1)" in page.content.decode()


def test_reports_are_in_the_navigation(cast: Cast):
    assert reverse("admin:reports") in browser(cast.desk).get(reverse("admin:index")).content.decode()


def test_the_utmost_period_is_three_years(cast: Cast):
    last = date(2026, 11, 30)
    first = last - reports.LONGEST
    assert api(cast.owner).get(f"{DOOR}gst/?from={first}&to={last}").json()["totals"]["paid_gst"] == str(
        Decimal("0.00")
    )
