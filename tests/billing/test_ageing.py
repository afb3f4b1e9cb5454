"""How old a debt is: each boundary, and who owes what on a day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Allocation, WriteOff
from billing.payments import paying
from billing.payments.banking import banking
from billing.statements import ageing
from billing.statements.owing import aged_debtors
from tests.billing.bills import NOW, bill, issued, price, visited
from tests.cast import Cast, make_case, make_patient

DUE = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-400, "not_due"),
        (-1, "not_due"),
        (0, "not_due"),
        (1, "days_1_30"),
        (30, "days_1_30"),
        (31, "days_31_60"),
        (60, "days_31_60"),
        (61, "days_61_90"),
        (90, "days_61_90"),
        (91, "over_90"),
        (4000, "over_90"),
    ],
)
def test_each_class_begins_and_ends_on_its_day(days: int, expected: str):
    assert ageing.age_class(DUE, on=DUE + timedelta(days=days)) == expected


def test_days_are_counted_over_the_29th_of_february():
    due_on = date(2028, 2, 1)
    assert ageing.age_class(due_on, on=date(2028, 3, 2)) == "days_1_30"
    assert ageing.age_class(due_on, on=date(2028, 3, 3)) == "days_31_60"


def test_debts_are_summed_in_all_classes_oldest_last():
    debts = [(DUE, Decimal("10.00")), (DUE - timedelta(days=1), Decimal("0.10")), (DUE, Decimal("0.05"))]
    aged = ageing.aged(debts, on=DUE)
    assert [(name, str(amount)) for name, amount in aged.items()] == [
        ("not_due", "10.05"),
        ("days_1_30", "0.10"),
        ("days_31_60", "0.00"),
        ("days_61_90", "0.00"),
        ("over_90", "0.00"),
    ]
    assert ageing.aged([], on=DUE) == dict.fromkeys(ageing.LABELS, Decimal("0.00"))


# Who owes it


def pay(cast: Cast, amount: str, **fields):
    given = {"patient": cast.aroha, "method": "card", "by": cast.desk, "now": NOW}
    if "payer" in fields:
        del given["patient"]
    return paying.pay(amount=Decimal(amount), **(given | fields))


def test_debtors_are_accounts_with_their_classes_and_credit_largest_first(db, cast: Cast):
    child, other = make_patient(account_holder=cast.aroha), make_patient(last_name="Zed")
    issued(cast, now=NOW - timedelta(days=60))
    issued(cast, patient=child, now=NOW)
    issued(cast, patient=other, now=NOW)
    price("78.26", payer=cast.acc)
    bill(cast, visited(cast, case=make_case(cast.aroha)), payer=cast.acc)
    pay(cast, "15.00", invoices="oldest")
    pay(cast, "4.00")
    today = NOW.date()
    found = aged_debtors(on=today)
    said = lambda row: (str(row.account), row.is_payer, row.invoices, str(row.owed), str(row.credit))  # noqa: E731
    assert [said(row) for row in found] == [
        ("Aroha Tāmati", False, 2, "215.00", "4.00"),
        (str(other), False, 1, "115.00", "0.00"),
        ("ACC", True, 1, "90.00", "0.00"),
    ]
    first = found[0]
    assert (str(first.aged["days_31_60"]), str(first.aged["not_due"])) == ("100.00", "115.00")
    assert first.oldest_due_on == today - timedelta(days=46)


def test_the_debtors_of_a_day_in_the_past_are_those_of_that_day(db, cast: Cast):
    """Money is looked at by the day it came in, however late it was set against the invoice."""
    invoice = issued(cast, now=NOW - timedelta(days=10))
    issued(cast)
    came = NOW.date() - timedelta(days=3)
    payment = pay(cast, "100.00", received_on=came)
    Allocation.objects.create(payment=payment, invoice=invoice, amount="100.00", allocated_at=NOW)
    WriteOff.objects.create(
        invoice=invoice, amount="15.00", reason="Rounding", written_off_on=NOW.date(), written_off_by=cast.owner
    )
    owed = lambda day: [str(row.owed) for row in aged_debtors(on=day)]  # noqa: E731
    assert owed(NOW.date() - timedelta(days=11)) == []
    assert owed(came - timedelta(days=1)) == ["115.00"]
    assert owed(came) == ["15.00"]
    assert owed(NOW.date()) == ["115.00"]


def test_the_debtors_cost_the_same_queries_for_1_and_20(db, cast: Cast):
    counts = []
    for number in (1, 19):
        for _ in range(number):
            issued(cast, patient=make_patient())
        with CaptureQueriesContext(connection) as captured:
            assert len(aged_debtors(on=NOW.date())) in {1, 20}
        counts.append(len(captured))
    assert counts == [3, 3]


# The day's banking


def test_the_banking_of_a_day_is_what_came_and_went_by_method(db, cast: Cast):
    cash = pay(cast, "50.00", method="cash")
    pay(cast, "45.00", method="cash")
    pay(cast, "90.00", method="card")
    pay(cast, "80.00", method="card", received_on=NOW.date() - timedelta(days=1))
    paying.refund(payment=cash, amount=Decimal("20.00"), method="card", reason="Twice", by=cast.desk, now=NOW)
    today = banking(from_on=NOW.date(), to_on=NOW.date())
    assert [
        (row.method, row.payments, row.refunds, str(row.taken), str(row.refunded), str(row.total))
        for row in today.methods
    ] == [
        ("cash", 2, 0, "95.00", "0.00", "95.00"),
        ("card", 1, 1, "90.00", "-20.00", "70.00"),
        ("bank_transfer", 0, 0, "0.00", "0.00", "0.00"),
        ("voucher", 0, 0, "0.00", "0.00", "0.00"),
        ("insurer", 0, 0, "0.00", "0.00", "0.00"),
        ("online", 0, 0, "0.00", "0.00", "0.00"),
    ]
    assert (str(today.taken), str(today.refunded), str(today.total)) == ("185.00", "-20.00", "165.00")
    assert str(banking(from_on=NOW.date() - timedelta(days=1), to_on=NOW.date()).total) == "245.00"
