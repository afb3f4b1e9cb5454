"""Files of banks: read however they are written, matched with what they name, accepted once, and never a guess."""

import contextlib
import random
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.bank import importing, reading
from billing.bank.matching import Owed, numbers_in, propose
from billing.bank.reading import Columns
from billing.models import BankFormat, BankLine, BankStatement, Payment
from billing.payments import paying
from clinic.errors import Refusal, refusal_for
from tests.billing.bills import NOW, balance, issued
from tests.cast import Cast, api, make_patient
from tests.pages import browser, told
from tests.rivals import at_once

COLUMNS = Columns(date="Date", amount="Amount", references=["Particulars", "Code", "Reference"], party="Other Party")
HEADER = "Date,Amount,Particulars,Code,Reference,Other Party\n"
URL = "/api/v1/bank-statements/"


def line(text: str) -> str:
    return HEADER + text + "\n"


# Reading


@pytest.mark.parametrize(
    "content",
    [
        line("21/11/2026,115.00,INV,000123,,Aroha Tāmati").encode(),
        line("21/11/2026,115.00,INV,000123,,Aroha Tāmati").encode("utf-8-sig"),
        line("21/11/2026,115.00,INV,000123,,Aroha Tāmati").encode("utf-16"),
        line('"21/11/2026","$115.00","INV","000123","","Aroha Tāmati"').encode(),
        line("21/11/2026,115.00,INV,000123,,Aroha Tāmati").replace(",", ";"),
        line("21/11/2026,115.00,INV,000123,,Aroha Tāmati").replace(",", "\t"),
        "Account,12-3456-7890123-00\n\n" + line("2026-11-21,115.00,INV,000123,,Aroha Tāmati"),
        line("20261121,115.00,INV,000123,,Aroha Tāmati").upper().replace("AROHA TĀMATI", "Aroha Tāmati"),
        line("21.11.26, 115 ,INV,000123,,Aroha Tāmati\n,,,,,\n"),
    ],
)
def test_a_file_is_read_whatever_wrote_it(content):
    [row] = reading.read(content, COLUMNS)
    assert (row.booked_on, str(row.amount.quantize(Decimal("0.01"))), row.text, row.party) == (
        date(2026, 11, 21), "115.00", "INV 000123", "Aroha Tāmati",
    )  # fmt: skip


def test_an_old_windows_file_is_read_too():
    [row] = reading.read(line("21/11/2026,5.00,,,,José Müller").encode("cp1252"), COLUMNS)
    assert row.party == "José Müller"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.50", "1234.50"),
        ("-45.00", "-45.00"),
        ("(45.00)", "-45.00"),
        ("-$45", "-45"),
        ("$-45.5", "-45.5"),
        (".50", "0.50"),
    ],
)
def test_an_amount_is_read_as_banks_write_it(text: str, amount: str):
    [row] = reading.read(line(f'21/11/2026,"{text}",,,,'), COLUMNS)
    assert row.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"\x00\x01\x02", "file_unreadable", "not a CSV file"),
        (b"\xff\xfe\x00", "file_unreadable", "not a CSV file"),
        (b"", "columns_missing", "Date, Amount, Particulars, Code, Reference, Other Party"),
        ("Datum,Betrag\n1,2\n", "columns_missing", "Look at the format"),
        (line("tomorrow,5.00,,,,"), "date_unreadable", "Line 2"),
        (line("31/02/2026,5.00,,,,"), "date_unreadable", "Line 2"),
        (line("21/11/0026,5.00,,,,"), "date_unreadable", "Line 2"),
        (line("21/11/2026,5.00,,,,\n22/11/2026,five,,,,"), "amount_unreadable", "Line 3"),
        (line("21/11/2026,,INV 1,,,"), "amount_unreadable", "Line 2"),
        (line("21/11/2026,5.005,,,,"), "amount_unreadable", "Line 2"),
        (line("21/11/2026,(5.00,,,,"), "amount_unreadable", "Line 2"),
        (line("21/11/2026,1e9,,,,"), "amount_unreadable", "Line 2"),
        (line("21/11/2026,99999999999999.00,,,,"), "amount_unreadable", "Line 2"),
        (line("03/04/2026,5.00,,,,\n05/06/2026,5.00,,,,"), "date_order_unclear", "which part is the day"),
        (HEADER + "21/11/2026,5.00,,,,\n" * 20_001, "file_too_long", "20,000"),
        (line('21/11/2026,5.00,"' + "x" * 200_000), "file_unreadable", "not a CSV file"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(content, code, said):
    with pytest.raises(Refusal) as refused:
        reading.read(content, COLUMNS)
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert said in refused.value.detail


def test_days_and_months_are_told_apart_by_the_whole_file_or_by_the_format():
    rows = reading.read(line("03/04/2026,5.00,,,,\n30/04/2026,5.00,,,,"), COLUMNS)
    assert [row.booked_on for row in rows] == [date(2026, 4, 3), date(2026, 4, 30)]
    rows = reading.read(line("03/04/2026,5.00,,,,\n04/30/2026,5.00,,,,"), COLUMNS)
    assert [row.booked_on for row in rows] == [date(2026, 3, 4), date(2026, 4, 30)]
    said = Columns(date="Date", amount="Amount", references=["Code"], date_order="dmy")
    assert reading.read(line("03/04/2026,5.00,,,,"), said)[0].booked_on == date(2026, 4, 3)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda text: HEADER + text)))
def test_no_bytes_do_more_than_be_refused(content):
    with contextlib.suppress(Refusal):
        reading.read(content, COLUMNS)


# Matching


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("INV-000123", [123]),
        ("inv 123", [123]),
        ("Inv000123 thanks", [123]),
        ("INVOICE NO. 123", [123]),
        ("I N V 123", [123]),
        ("INV#7 and INV.8, INV-7", [7, 8]),
        ("123", []),
        ("canv 123", []),
        ("INV", []),
        ("INV-1234567890123", []),
    ],
)
def test_a_number_is_found_however_it_was_typed_and_never_guessed(text: str, numbers: list[int]):
    assert numbers_in(text) == numbers


OWED = {
    1: Owed(id=11, account="A", balance=Decimal("115.00")),
    2: Owed(id=12, account="A", balance=Decimal("20.00")),
    3: Owed(id=13, account="B", balance=Decimal("20.00")),
    4: Owed(id=14, account="B", balance=Decimal("0.00")),
}


@pytest.mark.parametrize(
    ("text", "amount", "proposal"),
    [
        ("INV-1", "115.00", ("exact", [11])),
        ("INV-1", "114.99", ("part", [11])),
        ("INV-1", "115.01", ("over", [11])),
        ("INV-1 INV-2", "135.00", ("exact", [11, 12])),
        ("INV-1 INV-2", "115.00", ("several", [11, 12])),
        ("INV-2 INV-3", "40.00", ("several", [12, 13])),
        ("INV-4", "20.00", ("unknown", [14])),
        ("INV-4 INV-3", "20.00", ("exact", [13])),
        ("INV-9", "20.00", ("unknown", [])),
        ("Interest", "20.00", ("unknown", [])),
    ],
)
def test_what_a_line_pays_is_proposed_by_its_numbers_and_its_amount(text, amount, proposal):
    assert propose(text, Decimal(amount), OWED) == proposal


# Reading in and accepting


@pytest.fixture
def bank(db) -> BankFormat:
    return BankFormat.objects.create(
        name="Example Bank", date_column="Date", amount_column="Amount",
        reference_columns=["Particulars", "Code", "Reference"], party_column="Other Party", date_order="dmy",
    )  # fmt: skip


def read_in(cast: Cast, bank: BankFormat, *lines: str, account="12-3456-7890123-00") -> BankStatement:
    return importing.read_in(
        content=HEADER + "\n".join(lines), format=bank, account=account, name="Nov.csv", by=cast.billing, now=NOW
    )


def accept(cast: Cast, statement: BankStatement) -> list[BankLine]:
    return importing.accept(lines=statement.lines.all(), by=cast.billing, now=NOW)


def states(statement: BankStatement) -> list[str]:
    return list(statement.lines.values_list("state", flat=True))


def test_lines_become_proposals_and_what_is_accepted_becomes_payments(cast: Cast, bank):
    one, two = issued(cast), issued(cast, patient=make_patient())
    statement = read_in(
        cast, bank,
        "30/10/2026,115.00,INV,000001,,A Tamati",
        "30/10/2026,100.00,,,inv 2,Somebody",
        "31/10/2026,12.00,Interest,,,Example Bank",
        "31/10/2026,-60.00,Power,,,Example Power",
    )  # fmt: skip
    assert states(statement) == ["exact", "part", "unknown", "out"]
    assert len(accept(cast, statement)) == 2
    assert states(statement) == ["accepted", "accepted", "unknown", "out"]
    assert (balance(one), balance(two)) == ("0.00", "15.00")
    payment = statement.lines.first().payment
    assert (payment.method, payment.received_on, payment.reference, payment.note) == (
        "bank_transfer", date(2026, 10, 30), "INV 000001", "A Tamati",
    )  # fmt: skip


def test_the_same_file_twice_changes_nothing_and_two_equal_lines_of_one_day_are_two_payments(cast: Cast, bank):
    one, two = issued(cast), issued(cast)
    twice = ["30/10/2026,115.00,INV 1 INV 2,,,A", "30/10/2026,115.00,INV 1 INV 2,,,A"]
    first = read_in(cast, bank, *twice)
    origins = list(first.lines.values_list("origin", flat=True))
    assert len(set(origins)) == 2
    for row, invoice in zip(first.lines.all(), (one, two), strict=True):
        importing.choose(line=row, invoice=invoice, by=cast.billing, now=NOW)
    accept(cast, first)
    again = read_in(cast, bank, *twice, "31/10/2026,5.00,INV 2,,,A")
    assert states(again) == ["known", "known", "unknown"]
    assert (accept(cast, again), Payment.objects.count()) == ([], 2)
    # Another account is another line.
    assert states(read_in(cast, bank, twice[0], account="99"))[0] != "known"


def test_what_is_more_than_owed_stays_as_credit_on_the_account(cast: Cast, bank):
    issued(cast)
    statement = read_in(cast, bank, "30/10/2026,150.00,INV 1,,,A")
    assert states(statement) == ["over"]
    accept(cast, statement)
    assert str(Payment.objects.with_remaining().get().remaining) == "35.00"


def test_a_line_whose_invoice_was_settled_meanwhile_stays_and_says_why(cast: Cast, bank):
    issued(cast)
    good = issued(cast)
    statement = read_in(cast, bank, "30/10/2026,115.00,INV 1,,,A", "30/10/2026,115.00,INV 2,,,A")
    paying.pay(patient=cast.aroha, amount=Decimal("115.00"), method="cash", invoices="oldest", by=cast.desk, now=NOW)
    assert len(accept(cast, statement)) == 1
    first = statement.lines.first()
    assert (first.state, first.remark) == ("exact", "INV-000001 was settled in another way meanwhile.")
    assert balance(good) == "0.00"


def test_a_line_is_given_to_an_invoice_or_set_aside_by_a_person(cast: Cast, bank):
    invoice, other = issued(cast), issued(cast)
    statement = read_in(cast, bank, "30/10/2026,115.00,thanks,,,A", "30/10/2026,5.00,Interest,,,B")
    first, second = statement.lines.all()
    assert importing.choose(line=first, invoice=invoice, by=cast.billing, now=NOW).state == "exact"
    assert importing.set_aside(line=second, by=cast.billing, now=NOW).state == "set_aside"
    accept(cast, statement)
    assert (balance(invoice), balance(other)) == ("0.00", "115.00")
    for act, code in [
        (lambda: importing.choose(line=first, invoice=other, by=cast.billing, now=NOW), "line_is_done"),
        (lambda: importing.set_aside(line=first, by=cast.billing, now=NOW), "line_is_done"),
        (lambda: importing.choose(line=second, invoice=invoice, by=cast.billing, now=NOW), "nothing_owed"),
        (lambda: read_in(cast, bank), "nothing_in_file"),
    ]:
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == code


@pytest.mark.django_db(transaction=True)
def test_two_who_accept_one_file_at_once_take_each_line_once(transactional_db, cast: Cast):
    bank = BankFormat.objects.create(
        name="Example Bank", date_column="Date", amount_column="Amount", reference_columns=["Code"], date_order="dmy"
    )
    issued(cast)
    statement = read_in(cast, bank, "30/10/2026,115.00,,INV 1,,A")
    outcomes = at_once([lambda: accept(cast, statement) for _ in range(6)])
    assert sorted(len(outcome) for outcome in outcomes) == [0, 0, 0, 0, 0, 1]
    assert Payment.objects.count() == 1


def test_ten_thousand_lines_cost_as_many_queries_as_ten(cast: Cast, bank):
    issued(cast)
    chance, counts = random.Random(4), []
    for size in (10, 10_000):
        rows = [
            f"30/10/2026,{chance.randint(1, 99999) / 100:.2f},INV {chance.randint(1, 99)},,,=1+1" for _ in range(size)
        ]
        with CaptureQueriesContext(connection) as captured:
            statement = read_in(cast, bank, *rows)
        counts.append(len(captured))
        assert statement.lines.count() == size
    # Rows are written in portions, of which ten thousand fill some more.
    assert counts[1] - counts[0] <= 45, counts


def test_the_database_keeps_what_the_bank_said(cast: Cast, bank):
    issued(cast)
    statement = read_in(cast, bank, "30/10/2026,115.00,INV 1,,,A")
    row = statement.lines.get()
    for sql in (
        "UPDATE billing_bankline SET amount = 1",
        "DELETE FROM billing_bankline",
        "UPDATE billing_bankstatement SET account = 'x'",
        "UPDATE billing_bankline SET state = 'accepted'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    nameless = {"name": "B", "date_column": "", "amount_column": "A", "reference_columns": ["R"]}
    without_reference = {"name": "B", "date_column": "D", "amount_column": "A", "reference_columns": []}
    again = {"statement": statement, "position": 1, "booked_on": NOW.date(), "amount": 1, "origin": "x"}
    for model, fields, code in [
        (BankLine, again | {"state": "unknown"}, "already_exists"),
        (BankFormat, nameless, "columns_missing"),
        (BankFormat, without_reference, "columns_missing"),
    ]:
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            model.objects.create(**fields)
        assert refusal_for(refused.value).code == code
    accept(cast, statement)
    row.refresh_from_db()
    row.payment = paying.pay(patient=cast.aroha, amount=Decimal(1), method="cash", by=cast.desk, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


# Over HTTP and by hand


def test_over_http_a_file_is_read_looked_at_and_accepted(cast: Cast, bank):
    invoice, client = issued(cast), api(cast.billing)
    body = {"format": bank.pk, "account": "12-3456", "content": line("30/10/2026,115.00,INV 1,,,=HYPERLINK(1)")}
    read = client.post(URL, body).json()
    assert (read["lines"], read["proposed"]) == (1, 1)
    [row] = client.get("/api/v1/bank-lines/", {"statement": read["id"]}).json()["results"]
    assert (row["state"], row["invoices"], row["party"]) == ("exact", [invoice.pk], "=HYPERLINK(1)")
    assert client.post(f"{URL}{read['id']}/accept/", {}).json()["proposed"] == 0
    assert balance(invoice) == "0.00"
    bad = client.post(URL, body | {"content": "rubbish"})
    assert (bad.status_code, bad.json()["code"]) == (422, "columns_missing")


def test_by_hand_a_file_is_read_in_accepted_and_its_text_is_never_parsed(cast: Cast, bank):
    invoice, client = issued(cast), browser(cast.billing)
    text = line("30/10/2026,115.00,INV 1,,,<script>alert(1)</script>")
    answer = client.post(
        reverse("admin:billing_bankstatement_add"),
        {"format": bank.pk, "account": "12-3456", "file": SimpleUploadedFile("nov.csv", text.encode("utf-16"))},
        follow=True,
    )
    statement = BankStatement.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("admin:billing_bankstatement_change", args=[statement.pk])
    listed = client.get(reverse("admin:billing_bankline_changelist"), {"statement__id__exact": statement.pk})
    assert "&lt;script&gt;" in listed.content.decode()
    accepted = client.post(
        reverse("admin:billing_bankstatement_act", args=[statement.pk, "accept"]), {"sure": "yes"}, follow=True
    )
    assert told(accepted) == ["1 payments taken."]
    assert balance(invoice) == "0.00"
    wrong = client.post(
        reverse("admin:billing_bankstatement_add"),
        {"format": bank.pk, "account": "12-3456", "file": SimpleUploadedFile("nov.csv", b"\x00\x01")},
    )
    assert "not a CSV file of a bank" in wrong.content.decode()
