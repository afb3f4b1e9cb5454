"""Money reports, each against a sum that SQL makes another way."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from billing import invoicing
from billing.models import Invoice, Rate, Service
from billing.reports import debtors, gst, outstanding, running_out, takings
from billing.reports.sharing import parted
from clinic.report import Days
from tests.billing.test_settling import NOW, allocate, credit, issued, pay
from tests.cast import Cast, make_case, make_patient, make_type
from tests.visits import AUCKLAND, make_visit, nz
from treatments import charting, signing

pytestmark = pytest.mark.django_db
NOVEMBER = Days(date(2026, 11, 1), date(2026, 11, 30))
CENTS = st.decimals(min_value=0, max_value=100000, places=2)


def sql(statement: str, *values) -> Decimal:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def column(report, key: str) -> list:
    index = [one.key for one in report.columns].index(key)
    return [row[index] for row in report.rows]


def total(report, key: str):
    return report.totals[[one.key for one in report.columns].index(key)]


@given(amount=CENTS, weights=st.lists(CENTS, min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_parts_add_up_to_the_whole_to_the_cent(amount, weights):
    parts = parted(amount, weights)
    assert (len(parts), sum(parts)) == (len(weights), amount)
    assert all(part >= 0 for part in parts)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if sum(weights) and not weight)


@given(
    paid=st.lists(st.decimals(min_value="0.01", max_value=500, places=2), min_size=1, max_size=8),
    free=st.decimals(min_value=0, max_value=500, places=2),
)
@settings(max_examples=300, deadline=None)
def test_an_invoice_paid_whole_in_any_parts_has_paid_its_gst_to_the_cent(paid, free):
    whole = sum(paid)
    tax = (whole * 3 / 23).quantize(Decimal("0.01")) if whole > free else Decimal("0.00")
    days = [(date(2026, 11, 1) + timedelta(days=n), amount) for n, amount in enumerate(paid)]
    found = list(gst.shares(days, whole - tax, tax))
    assert sum(row[2] for row in found) == tax


def october_and_november(cast: Cast) -> list[Invoice]:
    """Three invoices of $115.00; paid in parts by three ways on both sides of a month's end, one in part returned."""
    invoices = [issued(cast) for _ in range(2)]
    other = make_patient()
    invoices.append(issued(cast, other))
    first = pay(cast, "40.00", method="cash", received_on=date(2026, 10, 31))
    second = pay(cast, "75.00", method="card", received_on=date(2026, 11, 1))
    third = pay(cast, "200.00", method="bank_transfer", received_on=date(2026, 11, 30))
    pay(cast, "33.33", method="cash", received_on=date(2026, 12, 1))
    pay(cast, "-15.00", method="bank_transfer", received_on=date(2026, 11, 30), refund_of=third)
    allocate(first, invoices[0], "40.00")
    allocate(second, invoices[0], "75.00")
    allocate(third, invoices[1], "100.00")
    return invoices


def test_takings_by_day_and_by_method_are_what_was_paid_in_these_days(cast: Cast):
    october_and_november(cast)
    paid = sql(
        "SELECT sum(amount) FROM billing_payment WHERE received_on BETWEEN %s AND %s", NOVEMBER.first, NOVEMBER.last
    )
    by_day, by_method = takings.by_day(NOVEMBER), takings.by_method(NOVEMBER)
    assert paid == Decimal("260.00")
    assert [total(by_day, "total"), total(by_method, "total")] == [paid, paid]
    assert by_day.rows == (
        (date(2026, 11, 1), Decimal("75.00"), Decimal("0.00"), Decimal("75.00")),
        (date(2026, 11, 30), Decimal("0.00"), Decimal("185.00"), Decimal("185.00")),
    )
    assert by_method.rows == (
        ("Card terminal", 1, Decimal("75.00"), 0, Decimal("0.00"), Decimal("75.00")),
        ("Bank transfer", 1, Decimal("200.00"), 1, Decimal("-15.00"), Decimal("185.00")),
    )


def test_takings_by_practitioner_and_by_payer_add_up_to_the_same(cast: Cast):
    october_and_november(cast)
    pay(cast, "50.00", patient=None, payer=cast.acc, method="insurer", received_on=date(2026, 11, 5))
    by_practitioner, by_payer = takings.by_practitioner(NOVEMBER), takings.by_payer(NOVEMBER)
    assert by_practitioner.rows == (("Mere Ngata", Decimal("175.00")), ("On account", Decimal("135.00")))
    assert by_payer.rows == (("Patients", 3, Decimal("260.00")), ("ACC", 1, Decimal("50.00")))
    assert total(by_practitioner, "total") == total(by_payer, "total") == Decimal("310.00")


def test_gst_on_the_invoice_basis_equals_that_of_invoices_less_credit_notes(cast: Cast):
    invoices = october_and_november(cast)
    credit(cast, invoices[2], "10.00", "1.50")
    report = gst.by_month(NOVEMBER, zone=AUCKLAND)
    charged = sql(
        "SELECT sum(l.gst) FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id "
        "WHERE i.status = 'issued' AND i.issued_on BETWEEN %s AND %s",
        NOVEMBER.first,
        NOVEMBER.last,
    )
    assert total(report, "invoiced_gst") == charged - Decimal("1.50") == Decimal("43.50")
    assert total(report, "invoiced_incl") == Decimal("345.00") - Decimal("11.50")


def test_gst_on_the_payments_basis_follows_the_money_and_adds_up_over_the_months(cast: Cast):
    october_and_november(cast)
    both = gst.by_month(Days(date(2026, 10, 1), date(2026, 12, 31)), zone=AUCKLAND)
    assert column(both, "month") == ["Oct 2026", "Nov 2026", "Dec 2026"]
    # The 40.00 of 31 October paid an invoice of 2 November, and counts with it.
    assert column(both, "paid_incl") == [Decimal("0.00"), Decimal("215.00"), Decimal("0.00")]
    assert column(both, "paid_gst") == [Decimal("0.00"), Decimal("28.04"), Decimal("0.00")]
    assert total(gst.by_month(NOVEMBER, zone=AUCKLAND), "paid_gst") == Decimal("28.04")


def test_a_draft_is_in_no_report(cast: Cast):
    to_acc(cast, issue=False)
    report = gst.by_month(NOVEMBER, zone=AUCKLAND)
    assert (total(report, "invoiced_incl"), outstanding.on_a_day(NOVEMBER).rows) == (Decimal("0.00"), ())


@pytest.mark.parametrize(
    ("days", "label"),
    [(0, "Up to 30 days"), (30, "Up to 30 days"), (31, "31 to 60 days"), (90, "61 to 90 days"), (91, "Over 90 days")],
)
def test_a_debt_of_acc_is_in_the_class_of_its_age(days, label):
    assert outstanding.age_of(days) == label


def to_acc(cast: Cast, many: int = 1, *, issue: bool = True) -> list[Invoice]:
    service, new = Service.objects.get_or_create(code="ACC1", defaults={"name": "Acupuncture, ACC"})
    if new:
        service.appointment_types.add(make_type("Visit, ACC"))
    kind = service.appointment_types.get()
    Rate.objects.get_or_create(
        service=service, payer=cast.acc, defaults={"amount": "40.00", "valid_from": "2026-01-01"}
    )
    made = []
    for number in range(many):
        visit = make_visit(
            cast, nz("2026-11-02 08:00") + timedelta(minutes=number), case=make_case(cast.aroha), appointment_type=kind
        )
        note = charting.begin(
            patient=visit.patient, practitioner=cast.mere, appointment=visit, case=visit.case,
            started_at=visit.starts_at, complaint="Hip", by=cast.practitioner, now=NOW,
        )  # fmt: skip
        note = signing.sign(treatment=note, by=cast.practitioner, now=NOW)
        drafted = invoicing.draft(treatments=[note], payer=cast.acc, by=cast.desk, now=NOW)
        made.append(invoicing.issue(invoice=drafted, by=cast.desk, now=NOW) if issue else drafted)
    return made


def test_what_acc_owes_is_what_its_invoices_say_less_what_came(cast: Cast):
    issued(cast)
    first, second = to_acc(cast, 2)
    allocate(pay(cast, "46.00", patient=None, payer=cast.acc, method="insurer"), first, "46.00")
    allocate(pay(cast, "6.00", patient=None, payer=cast.acc, method="insurer"), second, "6.00")
    report = outstanding.on_a_day(NOVEMBER)
    assert [row[0] for row in report.rows] == [second.label]
    assert report.rows[0][4:] == (
        28, "Up to 30 days", "Part paid", Decimal("46.00"), Decimal("6.00"), Decimal("40.00")
    )  # fmt: skip
    assert total(report, "balance") == Decimal("40.00")


def test_what_acc_owed_on_a_day_knows_nothing_of_later_money(cast: Cast):
    (invoice,) = to_acc(cast)
    paid = pay(cast, "46.00", patient=None, payer=cast.acc, method="insurer", received_on=date(2026, 12, 1))
    allocate(paid, invoice, "46.00")
    assert [
        total(outstanding.on_a_day(Days(day, day)), "balance") for day in (date(2026, 11, 30), date(2026, 12, 1))
    ] == [
        Decimal("46.00"),
        Decimal("0.00"),
    ]


def test_debts_are_told_by_account_and_age_and_add_up_to_what_is_owed(cast: Cast):
    october_and_november(cast)
    to_acc(cast)
    report = debtors.on_a_day(NOVEMBER)
    owed = sql(
        "SELECT sum(amount_excl + gst) FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id "
        "WHERE i.status = 'issued'"
    ) - sql("SELECT sum(amount) FROM billing_allocation")
    assert total(report, "owed") == owed
    assert sum(report.totals[4:9]) == owed
    assert column(report, "kind").count("Payer") == 1


def test_cases_with_two_left_are_told_with_the_next_step_and_others_are_not(cast: Cast):
    short = make_case(cast.aroha, title="Short", approved_sessions=2)
    make_case(make_patient(), title="Enough", approved_sessions=12)
    make_case(cast.aroha, title="Private", kind="private")
    make_case(make_patient(), title="Closed", approved_sessions=1, closed_on=date(2026, 11, 1))
    report = running_out.on_a_day(NOVEMBER, now=NOW)
    assert column(report, "case") == [short.title]
    assert column(report, "remaining") == [2]
    assert column(report, "next_step")[0]


def queries(make) -> int:
    with CaptureQueriesContext(connection) as captured:
        make()
    return len(captured)


def test_every_money_report_takes_the_same_queries_for_every_number_of_rows(cast: Cast):
    made = [
        lambda: takings.by_day(NOVEMBER),
        lambda: takings.by_method(NOVEMBER),
        lambda: takings.by_practitioner(NOVEMBER),
        lambda: takings.by_payer(NOVEMBER),
        lambda: gst.by_month(NOVEMBER, zone=AUCKLAND),
        lambda: debtors.on_a_day(NOVEMBER),
        lambda: outstanding.on_a_day(NOVEMBER),
        lambda: running_out.on_a_day(NOVEMBER, now=NOW),
    ]
    october_and_november(cast)
    to_acc(cast)
    before = [queries(make) for make in made]
    to_acc(cast, 5)
    october_and_november(cast)
    assert [queries(make) for make in made] == before
