"""Statements: what an account is told of itself, that it adds up, and that it stays."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import CreditLine, CreditNote, Statement, WriteOff
from billing.payments import paying
from billing.statements import ageing, stating
from clinic import documents
from clinic.errors import Refusal
from tests.billing.bills import NOW, bill, issued, price, visited
from tests.cast import Cast, api, make_case, make_patient
from tests.papers import text

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 2)
URL = "/api/v1/statements/"


def state(cast: Cast, days: int = 30, **fields) -> Statement:
    given = {} if "payer" in fields else {"patient": cast.aroha}
    given |= {"from_on": TODAY - timedelta(days=days), "to_on": TODAY, "by": cast.desk, "now": NOW}
    return stating.state(**(given | fields))


def pay(cast: Cast, amount: str, **fields):
    given = {"patient": cast.aroha, "method": "card", "by": cast.desk, "now": NOW}
    if "payer" in fields:
        del given["patient"]
    return paying.pay(amount=Decimal(amount), **(given | fields))


def credit(cast: Cast, invoice, excl: str, gst: str) -> CreditNote:
    note = CreditNote.objects.create(
        invoice=invoice, number=1, reason="Wrong day", issued_at=NOW, issued_on=TODAY, issued_by=cast.desk,
        content_hash="0" * 64, previous_hash="0" * 64,
    )  # fmt: skip
    CreditLine.objects.create(credit_note=note, line=invoice.lines.get(), position=1, amount_excl=excl, gst=gst)
    return note


def entries(statement: Statement) -> list[tuple[str, str, str]]:
    return [(row["kind"], row["number"], row["amount"]) for row in statement.content["entries"]]


def test_a_statement_runs_from_what_was_owed_before_to_what_is_owed_after(cast: Cast):
    old = issued(cast, now=NOW - timedelta(days=100))
    pay(cast, "15.00", invoices="oldest", received_on=TODAY - timedelta(days=50))
    new = issued(cast)
    payment = pay(cast, "60.00", invoices="oldest", reference="Ring first")
    credit(cast, new, "20.00", "3.00")
    WriteOff.objects.create(
        invoice=old, amount="10.00", reason="Goodwill", written_off_on=TODAY, written_off_by=cast.owner
    )
    spare = pay(cast, "30.00")
    paying.refund(payment=spare, amount=Decimal("5.00"), method="cash", reason="Change", by=cast.desk, now=NOW)
    statement = state(cast)
    said = statement.content
    assert (said["opening_balance"], said["closing_balance"], said["credit"]) == ("100.00", "97.00", "25.00")
    assert entries(statement) == [
        ("Invoice", "INV-000002", "115.00"),
        ("Credit note", "CN-000001", "-23.00"),
        ("Payment", payment.label, "-60.00"),
        ("Payment", spare.label, "-30.00"),
        ("Refund", "REF-000004", "5.00"),
        ("Written off", "INV-000001", "-10.00"),
    ]
    assert said["ageing"] == {
        "not_due": "92.00", "days_1_30": "0.00", "days_31_60": "0.00", "days_61_90": "30.00", "over_90": "0.00",
    }  # fmt: skip
    assert said["entries"][2]["description"] == "Card terminal, Ring first"


def test_the_account_holder_reads_the_childrens_invoices_by_name(cast: Cast):
    child = make_patient(first_name="Tama", last_name="Tāmati", account_holder=cast.aroha)
    issued(cast, patient=child)
    issued(cast)
    assert [row["description"] for row in state(cast).content["entries"]] == ["Tama Tāmati", ""]
    assert entries(state(cast, patient=child)) == []


def test_a_payers_statement_names_each_patient(cast: Cast):
    price("78.26", payer=cast.acc)
    bill(cast, visited(cast, case=make_case(cast.aroha)), payer=cast.acc)
    said = state(cast, payer=cast.acc).content
    assert [(row["number"], row["description"]) for row in said["entries"]] == [("INV-000001", "Aroha Tāmati")]
    assert (said["account"]["name"], said["payment_reference"]) == ("ACC", "INV-000001")


def test_what_is_late_is_counted_to_the_last_day_of_the_statement_on_the_clinics_wall(cast: Cast):
    """Issued on 3 September, due on the 17th: one day late on the 18th, which in London begins at noon of the 17th."""
    late = NOW - timedelta(days=60)
    issued(cast, now=late)
    aged_on = lambda day: {  # noqa: E731
        name for name, amount in state(cast, from_on=TODAY - timedelta(days=90), to_on=day).content["ageing"].items()
        if amount != "0.00"
    }  # fmt: skip
    assert (aged_on(date(2026, 9, 17)), aged_on(date(2026, 9, 18))) == ({"not_due"}, {"days_1_30"})


@pytest.mark.parametrize("seed", range(6))
def test_opening_and_movements_and_classes_less_credit_are_one_balance_on_every_day(cast: Cast, seed: int):
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 6)):
        at = NOW - timedelta(days=chance.randint(1, 140))
        issued(cast, now=at)
        day = min(at.date() + timedelta(days=chance.randint(0, 130)), TODAY)
        pay(cast, f"{chance.randint(1, 15000) / 100:.2f}", invoices="oldest", received_on=day)
    for days in (0, 1, 30, 77, 150):
        said = state(cast, to_on=TODAY - timedelta(days=days), from_on=TODAY - timedelta(days=days + 20)).content
        moved = sum(Decimal(row["amount"]) for row in said["entries"])
        owed = sum(Decimal(amount) for amount in said["ageing"].values())
        assert Decimal(said["opening_balance"]) + moved == Decimal(said["closing_balance"])
        assert owed - Decimal(said["credit"]) == Decimal(said["closing_balance"])
        assert Decimal(said["credit"]) >= 0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"patient": None}, "account_unclear"),
        ({"from_on": TODAY, "to_on": TODAY - timedelta(days=1)}, "ends_before_it_begins"),
        ({"to_on": TODAY + timedelta(days=1)}, "statement_of_the_future"),
    ],
)
def test_a_statement_of_nobody_of_no_days_or_of_the_future_is_refused(cast: Cast, asked, code):
    with pytest.raises(Refusal) as refused:
        state(cast, **asked)
    assert (refused.value.code, refused.value.status, Statement.objects.count()) == (code, 422, 0)


def test_raw_sql_refuses_a_statement_of_nobody_or_of_no_days_and_changes_none(cast: Cast):
    statement = state(cast)
    fields = {"issued_at": NOW, "issued_on": TODAY, "issued_by": cast.desk, "content": {}}
    for wrong in (
        {"from_on": TODAY, "to_on": TODAY},
        {"from_on": TODAY, "to_on": TODAY, "patient": cast.aroha, "payer": cast.acc},
        {"from_on": TODAY, "to_on": TODAY - timedelta(days=1), "patient": cast.aroha},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Statement.objects.create(**fields, **wrong)
    for sql in ("UPDATE billing_statement SET to_on = to_on", "DELETE FROM billing_statement"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    statement.refresh_from_db()


# Papers


def drawn(kind: str, subject: int) -> bytes:
    return documents.paper_for(kind, subject).draw()


def test_a_statement_is_the_same_paper_whatever_happens_afterwards(cast: Cast):
    issued(cast)
    statement = state(cast)
    before = drawn("statement", statement.pk)
    pay(cast, "115.00", invoices="oldest")
    cast.aroha.last_name = "Married"
    cast.aroha.save()
    assert drawn("statement", statement.pk) == before
    said = text(before)
    for part in ("Statement ST-", "Aroha Tāmati", "Balance due $115.00", *ageing.LABELS.values()):
        assert part in said


def test_the_receipt_of_a_payment_shows_what_it_pays_and_what_is_left(cast: Cast):
    one, two = issued(cast), issued(cast)
    payment = pay(cast, "150.00", invoices=[(one, Decimal("115.00")), (two, Decimal("20.00"))], reference="Thanks")
    said = text(drawn("receipt", payment.pk))
    for part in (
        "Receipt RCT-000001",
        "Invoice INV-000001 2 Nov 2026 $115.00 $115.00 $0.00",
        "Invoice INV-000002 2 Nov 2026 $115.00 $20.00 $95.00",
        "Credit on the account $15.00",
        "Amount received $150.00",
    ):
        assert part in said
    back = paying.refund(
        payment=payment, amount=Decimal("15.00"), method="cash", reason="Overpaid", by=cast.desk, now=NOW
    )
    said = text(drawn("receipt", back.pk))
    for part in ("Refund REF-000002", "Gives back Payment RCT-000001", "Amount refunded $15.00", "Overpaid"):
        assert part in said
    assert "Credit on the account" not in said


def test_a_paper_of_no_payment_or_statement_is_refused(cast: Cast):
    for kind, code in (("receipt", "payment_unknown"), ("statement", "statement_unknown")):
        with pytest.raises(Refusal) as refused:
            documents.ask(kind=kind, subject=404, by=cast.desk, now=NOW)
        assert (refused.value.code, refused.value.status) == (code, 422)


# Over HTTP


def test_over_http_a_statement_is_made_read_and_printed(cast: Cast):
    issued(cast)
    client = api(cast.desk)
    made = client.post(URL, {"patient": cast.aroha.pk, "from": "2026-10-01", "to": "2026-11-02"}).json()
    assert (made["account_name"], made["closing_balance"], made["ageing"]["not_due"]) == (
        "Aroha Tāmati", "115.00", "115.00",
    )  # fmt: skip
    paper = client.post("/api/v1/documents/", {"kind": "statement", "subject": made["id"]})
    assert (paper.status_code, paper.json()["title"]) == (202, f"Statement {made['label']}")
    assert [row["id"] for row in api(cast.patient_user).get(URL).json()["results"]] == [made["id"]]
    assert api(cast.practitioner).get(URL).json()["count"] == 0
    assert api(cast.patient_user).post(URL, {}).status_code == 403
