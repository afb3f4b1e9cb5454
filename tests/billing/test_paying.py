"""Taking payments, setting them against what is owed, giving them back: what is refused, and who waits for whom."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from billing import invoicing
from billing.models import Allocation, Counter, Invoice, Payment
from billing.payments import allocating, paying
from clinic.errors import Refusal
from tests.billing.bills import NOW, balance, bill, issued, price, treated, visited
from tests.cast import Cast, api, make_patient
from tests.counting import queries_while_growing
from tests.rivals import at_once
from tests.visits import make_visit

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 2)
URL = "/api/v1/payments/"


def pay(cast: Cast, amount: str = "50.00", **fields) -> Payment:
    given = {"patient": cast.aroha, "method": "card", "by": cast.desk, "now": NOW}
    if "payer" in fields:
        del given["patient"]
    return paying.pay(amount=Decimal(amount), **(given | fields))


def refund(cast: Cast, payment: Payment, amount: str, **fields) -> Payment:
    given = {"method": "cash", "reason": "Paid twice", "by": cast.desk, "now": NOW}
    return paying.refund(payment=payment, amount=Decimal(amount), **(given | fields))


def shares(*pairs: tuple[Invoice, str]) -> list[tuple[Invoice, Decimal]]:
    return [(invoice, Decimal(amount)) for invoice, amount in pairs]


def allocate(cast: Cast, payment: Payment, *pairs: tuple[Invoice, str]) -> list[Allocation]:
    return allocating.allocate(payment=payment, invoices=shares(*pairs), by=cast.desk, now=NOW)


def left(payment: Payment) -> str:
    return str(Payment.objects.with_remaining().get(pk=payment.pk).remaining)


# By hand


def test_a_payment_pays_the_invoices_it_is_set_against_and_the_rest_is_credit(cast: Cast):
    one, two = issued(cast), issued(cast)
    payment = pay(cast, "150.00", invoices=shares((one, "115.00"), (two, "20.00")))
    assert (balance(one), balance(two), left(payment)) == ("0.00", "95.00", "15.00")
    assert (payment.label, payment.received_on, payment.taken_by) == ("RCT-000001", TODAY, cast.desk)
    assert refund(cast, payment, "15.00").label == "REF-000002"


def test_the_day_it_came_in_is_the_clinics_own(cast: Cast):
    """On the evening of Sunday in London it is Monday in Wellington."""
    assert pay(cast, received_on=TODAY).received_on == TODAY
    assert pay(cast, received_on=TODAY - timedelta(days=30)).received_on == date(2026, 10, 3)


def _wrong_visit(cast: Cast):
    return {"appointment": make_visit(cast, NOW, patient=make_patient())}


def _of_a_payer(cast: Cast):
    return {"payer": cast.acc, "appointment": make_visit(cast, NOW)}


NOT_TAKEN = [
    ("account_unclear", 422, lambda cast: {"patient": None}, ""),
    ("account_unclear", 422, lambda cast: {"payer": cast.acc, "patient": cast.aroha}, ""),
    ("received_in_future", 422, lambda cast: {"received_on": TODAY + timedelta(days=1)}, ""),
    ("appointment_of_another_patient", 422, _wrong_visit, ""),
    ("appointment_of_another_patient", 422, _of_a_payer, ""),
    ("amount_missing", 422, lambda cast: {"invoices": shares((issued(cast), "0.00"))}, ""),
    ("amount_missing", 422, lambda cast: {"invoices": shares((issued(cast), "-5.00"))}, ""),
    (
        "invoice_not_issued",
        409,
        lambda cast: {"invoices": shares((Invoice.objects.create(patient=cast.aroha), "5.00"))},
        "A draft is not settled. Issue it first.",
    ),
    (
        "different_debtor",
        409,
        lambda cast: {"invoices": shares((issued(cast, patient=make_patient()), "5.00"))},
        "RCT-000001 is on another account than INV-000001.",
    ),
    (
        "payment_used_up",
        409,
        lambda cast: {"invoices": shares((issued(cast), "40.00"), (issued(cast), "10.01"))},
        "Only $10.00 is left of RCT-000001.",
    ),
    (
        "payment_used_up",
        409,
        lambda cast: {"invoices": shares((issued(cast), "50.00"), (issued(cast), "0.01"))},
        "Nothing is left of RCT-000001.",
    ),
    (
        "more_than_owed",
        409,
        lambda cast: {"amount": "500.00", "invoices": shares((issued(cast), "115.01"))},
        "Only $115.00 is still owed on INV-000001.",
    ),
]


@pytest.mark.parametrize(("code", "status", "asked", "sentence"), NOT_TAKEN)
def test_what_cannot_be_taken_is_refused_and_uses_no_number(cast: Cast, code, status, asked, sentence):
    with pytest.raises(Refusal) as refused:
        pay(cast, **asked(cast))
    assert (refused.value.code, refused.value.status) == (code, status)
    assert sentence in refused.value.detail
    assert (Payment.objects.count(), Allocation.objects.count(), pay(cast).number) == (0, 0, 1)


def test_what_is_paid_already_is_said_to_be(cast: Cast):
    invoice = issued(cast)
    pay(cast, "115.00", invoices="oldest")
    with pytest.raises(Refusal) as refused:
        pay(cast, invoices=shares((invoice, "1.00")))
    assert refused.value.detail == "INV-000001 is settled already: nothing is owed on it."


def test_a_visit_of_the_family_can_be_paid_in_advance_by_its_account_holder(cast: Cast):
    child = make_patient(account_holder=cast.aroha)
    visit = make_visit(cast, NOW + timedelta(days=3), patient=child)
    assert pay(cast, appointment=visit).appointment == visit


def test_each_refusal_of_paying_is_tested():
    folder = Path(settings.BASE_DIR) / "billing" / "payments"
    codes = {
        code
        for name in ("paying.py", "allocating.py")
        for code in re.findall(r'(?:Refusal|Conflict|NotAllowed)\(\s*"(\w+)"', (folder / name).read_text())
    }
    tested = Path(__file__).read_text()
    assert [code for code in sorted(codes) if f'"{code}"' not in tested] == []


# By itself


def test_money_goes_to_what_is_due_longest_and_then_stays_as_credit(cast: Cast):
    newer = issued(cast, now=NOW - timedelta(days=10))
    older = issued(cast, now=NOW - timedelta(days=40))
    elsewhere = issued(cast, patient=make_patient(), now=NOW - timedelta(days=90))
    payment = pay(cast, "150.00", invoices="oldest")
    assert (balance(older), balance(newer), balance(elsewhere)) == ("0.00", "80.00", "115.00")
    rest = pay(cast, "100.00", invoices="oldest")
    assert (balance(newer), left(payment), left(rest)) == ("0.00", "0.00", "20.00")


def test_money_of_a_payer_goes_to_the_payers_invoices(cast: Cast):
    price()
    price(payer=cast.southern)
    mine = issued(cast)
    assert left(pay(cast, payer=cast.southern, invoices="oldest")) == "50.00"
    assert balance(mine) == "115.00"


def test_a_deposit_waits_for_its_visit_and_pays_its_invoice_when_that_is_issued(cast: Cast):
    debt = issued(cast, now=NOW - timedelta(days=60))
    visit = make_visit(cast, NOW + timedelta(hours=1))
    deposit = pay(cast, "40.00", appointment=visit)
    with pytest.raises(Refusal) as refused:
        allocating.use_credit(patient=cast.aroha, by=cast.desk, now=NOW)
    assert refused.value.code == "no_credit"
    own = bill(cast, treated(cast, visit))
    assert (balance(own), balance(debt), left(deposit)) == ("75.00", "115.00", "0.00")
    # What is over when the visit is billed waits for nothing any more, and a deposit that comes late goes there first.
    late = pay(cast, "80.00", appointment=visit, invoices="oldest")
    assert (balance(own), balance(debt), left(late)) == ("0.00", "110.00", "0.00")


def test_a_deposit_pays_the_patients_part_and_never_the_payers(cast: Cast):
    price("78.26", payer=cast.southern, surcharge="25.00")
    case = cast.aroha.cases.create(
        title="Hip", kind="insurer", payer=cast.southern, opened_on=TODAY, claim_number="P-1"
    )
    visit = make_visit(cast, NOW, case=case)
    deposit = pay(cast, "40.00", appointment=visit)
    note = treated(cast, visit)
    payers, own = bill(cast, note, payer=cast.southern), bill(cast, note)
    assert (balance(payers), balance(own), left(deposit)) == ("90.00", "0.00", "15.00")


def test_a_deposit_of_a_cancelled_visit_is_credit_like_any_other(cast: Cast):
    visit = make_visit(cast, NOW + timedelta(days=1))
    pay(cast, "40.00", appointment=visit)
    invoice = issued(cast)
    visit.status, visit.cancel_reason = "cancelled", "patient"
    visit.save()
    allocating.use_credit_for(invoice=invoice, by=cast.desk, now=NOW)
    assert balance(invoice) == "75.00"


def test_credit_is_used_oldest_first_for_all_that_is_owed_or_for_one_invoice(cast: Cast):
    newer, older = pay(cast, "30.00"), pay(cast, "30.00", received_on=TODAY - timedelta(days=9))
    one = issued(cast)
    allocating.use_credit_for(invoice=one, by=cast.desk, now=NOW)
    assert (balance(one), left(newer), left(older)) == ("55.00", "0.00", "0.00")
    first, more = one.allocations.order_by("pk")[0], pay(cast, "200.00")
    assert first.payment == older
    two = issued(cast)
    allocating.use_credit(patient=cast.aroha, by=cast.desk, now=NOW)
    assert (balance(one), balance(two), left(more)) == ("0.00", "0.00", "30.00")


def test_credit_that_is_not_there_or_owed_for_nothing_is_refused(cast: Cast):
    invoice = issued(cast)
    for act, code in [
        (lambda: allocating.use_credit(patient=cast.aroha, by=cast.desk, now=NOW), "no_credit"),
        (lambda: allocating.use_credit_for(invoice=invoice, by=cast.desk, now=NOW), "no_credit"),
        (lambda: pay(cast, "120.00", invoices="oldest") and None, None),
        (lambda: allocating.use_credit_for(invoice=invoice, by=cast.desk, now=NOW), "nothing_owed"),
    ]:
        if code is None:
            act()
            continue
        with pytest.raises(Refusal) as refused:
            act()
        assert (refused.value.code, refused.value.status) == (code, 409)
    draft = invoicing.draft(treatments=[visited(cast)], payer=None, by=cast.desk, now=NOW)
    with pytest.raises(Refusal) as refused:
        allocating.use_credit_for(invoice=draft, by=cast.desk, now=NOW)
    assert refused.value.code == "invoice_not_issued"


# Back


def test_what_was_set_against_an_invoice_is_taken_back_in_part_or_whole(cast: Cast):
    invoice = issued(cast)
    payment = pay(cast, invoices="oldest")
    back = lambda amount=None: allocating.take_back(  # noqa: E731
        payment=payment, invoice=invoice, amount=amount and Decimal(amount), by=cast.desk, now=NOW
    )
    assert str(back("20.00").amount) == "-20.00"
    assert (balance(invoice), left(payment)) == ("85.00", "20.00")
    for amount, code, sentence in [
        ("30.01", "more_than_given", "Only $30.00 of RCT-000001 is set against INV-000001."),
        ("0.00", "amount_missing", "Say how much is taken back."),
        ("-1.00", "amount_missing", "Say how much is taken back."),
    ]:
        with pytest.raises(Refusal) as refused:
            back(amount)
        assert (refused.value.code, refused.value.detail) == (code, sentence)
    back()
    with pytest.raises(Refusal) as refused:
        back()
    assert refused.value.detail == "Nothing of RCT-000001 is set against INV-000001."
    assert (balance(invoice), left(payment)) == ("115.00", "50.00")


def test_a_refund_gives_back_what_is_left_and_says_why(cast: Cast):
    invoice = issued(cast)
    payment = pay(cast, invoices=shares((invoice, "30.00")))
    given = refund(cast, payment, "5.00", refunded_on=TODAY - timedelta(days=1))
    assert (str(given.amount), given.note, given.account, given.received_on) == (
        "-5.00", "Paid twice", payment.account, date(2026, 11, 1),
    )  # fmt: skip
    for asked, code, sentence in [
        (
            {"amount": "15.01"},
            "refund_too_large",
            "Only $15.00 of RCT-000001 is left to give back. Take it back from its invoice first.",
        ),
        ({"amount": "0.00"}, "amount_does_not_fit", "Say how much is given back."),
        ({"amount": "1.00", "reason": " "}, "reason_missing", "Say why this is given back."),
        (
            {"amount": "1.00", "refunded_on": TODAY + timedelta(days=1)},
            "received_in_future",
            "Money is taken down on the day it moves, not before.",
        ),
        ({"amount": "1.00", "payment": given}, "refund_of_refund", "REF-000002 is a refund itself."),
    ]:
        with pytest.raises(Refusal) as refused:
            refund(cast, asked.pop("payment", payment), **asked)
        assert (refused.value.code, refused.value.detail) == (code, sentence)
    refund(cast, payment, "15.00")
    assert left(payment) == "0.00"


# At once


@pytest.mark.django_db(transaction=True)
def test_of_two_desks_that_pay_one_invoice_by_hand_at_once_one_is_told(transactional_db, cast: Cast):
    invoice = issued(cast)
    acts = [lambda: pay(cast, "115.00", invoices=shares((invoice, "115.00"))) for _ in range(8)]
    outcomes = at_once(acts)
    codes = [getattr(outcome, "code", "taken") for outcome in outcomes]
    assert sorted(codes) == ["more_than_owed"] * 7 + ["taken"]
    assert (balance(invoice), Payment.objects.get().number, Counter.objects.get(name="payment").last) == ("0.00", 1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_pay_by_themselves_at_once_the_rest_becomes_credit(transactional_db, cast: Cast):
    invoices = [issued(cast), issued(cast)]
    outcomes = at_once([lambda: pay(cast, "115.00", invoices="oldest") for _ in range(8)])
    assert [type(outcome) for outcome in outcomes] == [Payment] * 8
    assert [balance(invoice) for invoice in invoices] == ["0.00", "0.00"]
    assert sorted(Payment.objects.values_list("number", flat=True)) == list(range(1, 9))
    assert sorted(left(payment) for payment in outcomes) == ["0.00"] * 2 + ["115.00"] * 6


@pytest.mark.django_db(transaction=True)
def test_those_who_set_aside_take_back_and_refund_at_once_never_wait_in_a_circle(transactional_db, cast: Cast):
    invoices = [issued(cast) for _ in range(4)]
    payments = [pay(cast, "60.00") for _ in range(4)]
    acts = []
    for number, payment in enumerate(payments):
        turned = invoices[number:] + invoices[:number]
        acts += [
            lambda payment=payment, turned=turned: allocate(cast, payment, *((row, "5.00") for row in turned)),
            lambda payment=payment: refund(cast, payment, "40.00"),
            lambda: allocating.use_credit(patient=cast.aroha, by=cast.desk, now=NOW),
        ]
    known = {"payment_used_up", "refund_too_large", "no_credit", "more_than_owed", "nothing_owed"}
    outcomes = at_once(acts)
    assert {getattr(outcome, "code", type(outcome).__name__) for outcome in outcomes} <= known | {"list", "Payment"}
    assert all(Decimal(left(payment)) >= 0 for payment in payments)
    assert all(Decimal(balance(invoice)) >= 0 for invoice in invoices)


@pytest.mark.django_db(transaction=True)
def test_without_the_locked_counter_the_same_desks_take_one_number_twice(transactional_db, cast: Cast):
    """The twin: the next number read and then used, as if nobody else were reading it."""

    def read_then_use() -> Payment:
        with transaction.atomic(), connection.cursor() as cursor:
            number = Payment.objects.count() + 1
            cursor.execute("SELECT pg_sleep(0.1)")
            return Payment.objects.create(
                number=number, patient=cast.aroha, method="cash", amount="1.00", received_on=TODAY, taken_at=NOW
            )

    outcomes = at_once([read_then_use for _ in range(4)])
    assert len([outcome for outcome in outcomes if isinstance(outcome, Payment)]) < 4


# Over HTTP


def test_over_http_a_payment_is_taken_allocated_taken_back_and_refunded(cast: Cast):
    invoice, client = issued(cast), api(cast.desk)
    body = {"patient": cast.aroha.pk, "amount": "60.00", "method": "card", "received_on": "2026-11-02"}
    taken = client.post(URL, body).json()
    assert (taken["label"], taken["remaining"], taken["allocations"]) == ("RCT-000001", "60.00", [])
    one = f"{URL}{taken['id']}/"
    share = {"invoices": [{"invoice": invoice.pk, "amount": "50.00"}]}
    assert client.post(f"{one}allocate/", share).json()["remaining"] == "10.00"
    assert client.post(f"{one}take-back/", {"invoice": invoice.pk, "amount": "20.00"}).json()["remaining"] == "30.00"
    assert client.post(f"{one}allocate/", {"oldest": True}).json()["remaining"] == "0.00"
    client.post(f"{one}take-back/", {"invoice": invoice.pk})
    back = client.post(f"{one}refund/", {"amount": "60.00", "method": "card", "reason": "Moved away"})
    assert (back.status_code, back.json()["amount"], back.json()["refund_of"]) == (201, "-60.00", taken["id"])
    both = client.post(f"{one}allocate/", share | {"oldest": True})
    assert (both.status_code, [error["field"] for error in both.json()["errors"]]) == (400, ["oldest"])
    assert client.get(f"/api/v1/invoices/{invoice.pk}/").json()["balance"] == "115.00"


def test_payments_are_found_by_method_day_account_and_what_is_left(cast: Cast):
    issued(cast)
    pay(cast, "115.00", invoices="oldest")
    pay(cast, "9.00", method="cash", received_on=TODAY - timedelta(days=1))
    pay(cast, "7.00", payer=cast.acc, method="insurer")
    find = lambda **query: [row["number"] for row in api(cast.billing).get(URL, query).json()["results"]]  # noqa: E731
    assert find(method="cash") == find(received_on="2026-11-01") == [2]
    assert (find(payer=cast.acc.pk), find(patient=cast.aroha.pk)) == ([3], [2, 1])
    assert find(remaining__gt="0", ordering="number") == [2, 3]
    assert find(search="Tāmati") == [2, 1]


def test_a_patient_sees_their_own_payments_and_a_practitioner_none(cast: Cast):
    pay(cast)
    pay(cast, patient=make_patient())
    assert [row["number"] for row in api(cast.patient_user).get(URL).json()["results"]] == [1]
    assert api(cast.practitioner).get(URL).json()["results"] == []
    assert api(cast.practitioner).post(URL, {}).status_code == 403


def test_the_list_of_payments_costs_the_same_for_1_10_and_100(cast: Cast):
    invoice = issued(cast)
    make = lambda number: pay(cast, "1.00", invoices=shares((invoice, "1.00")))  # noqa: E731
    counts = queries_while_growing(api(cast.billing), f"{URL}?page_size=200", make)
    assert len(set(counts)) == 1, counts
