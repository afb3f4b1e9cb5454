from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from billing.pdf import invoice, receipt, schedule, statement
from billing.pdf.values import (
    Diagnosis,
    Invoice,
    InvoiceLine,
    Party,
    PaymentLine,
    Receipt,
    ReceiptAllocation,
    Schedule,
    ScheduleLine,
    Statement,
    StatementEntry,
    Vendor,
)
from clinic.money import gst_on
from clinic.pdf import A4, LETTER, money, render
from clinic.typesetting import clean
from tests.papers import HOSTILE, LETTERHEAD, dangerous, fonts, invisible, same_everywhere, solid, text, texts

NAME = "王小明 Māia Tūhoe"
PAPERS = {"invoice": invoice, "schedule": schedule, "receipt": receipt, "statement": statement}
GLUTEAL = Diagnosis(code="N2152", description="Gluteal tendinitis", side="right")
ACC = Party(name="Accident Compensation Corporation", address=("PO Box 90341", "Auckland 1142"))
VENDOR = Vendor(name="Te Rito Ltd", vendor_id="G00036D", gst_number="123-456-789", phone="09 555 0123")


def line(amount="48.70", *, day=0, **given) -> InvoiceLine:
    served_on = date(2026, 11, 2) + timedelta(days=day)
    amount = Decimal(amount)
    values = {
        "service_on": served_on,
        "description": "Acupuncture, follow-up",
        "amount_excl": amount,
        "gst": gst_on(amount, on=served_on),
        "service_code": "ACU1",
        "practitioner": "Lì Wěi 李伟",
    }
    return InvoiceLine(**{**values, **given})


def an_invoice(**given) -> Invoice:
    values = {
        "number": "INV-000123",
        "issued_on": date(2026, 11, 21),
        "due_on": date(2026, 12, 5),
        "recipient": Party(name=NAME, address=("4/18 Rātā Road", "Auckland 1021"), reference="M-77"),
        "gst_registered": True,
        "lines": (
            line(),
            line("1250.00", day=3),
            line("33.33", day=7, quantity=Decimal("0.75"), unit="hours", minutes=45),
        ),
        "patient_name": NAME,
        "claim_number": "AB12345",
        "date_of_injury": date(2026, 9, 14),
        "diagnoses": (GLUTEAL,),
        "purchase_order_number": "PO778812",
        "payments": (PaymentLine(paid_on=date(2026, 11, 22), method="Card terminal", amount=Decimal("100.00")),),
        "bank_account": "12-3456-7890123-00",
        "payment_reference": "INV000123",
        "note": "Thank you.",
    }
    return Invoice(**{**values, **given})


def acc_line(number: int, **given) -> ScheduleLine:
    amount = Decimal("38.41") + number
    values = {
        "number": number,
        "claim_number": f"AB{10000 + number}",
        "patient_name": f"{NAME} {number}.",
        "nhi": "ZZZ0016",
        "date_of_birth": date(1980, 3, 14),
        "date_of_injury": date(2026, 9, 14),
        "diagnosis": GLUTEAL,
        "service_code": "ACU1",
        "service_on": date(2026, 11, 2),
        "provider_name": "Lì Wěi 李伟",
        "provider_id": "J99966",
        "billing_method": "flat fee",
        "value": Decimal(1),
        "amount_excl": amount,
        "gst": gst_on(amount, on=date(2026, 11, 2)),
        "purchase_order_number": f"70{number}",
    }
    return ScheduleLine(**{**values, **given})


def a_schedule(lines: int = 3, **given) -> Schedule:
    values = {
        "schedule_number": "SCH-000045",
        "declared_on": date(2026, 11, 21),
        "vendor": VENDOR,
        "recipient": ACC,
        "lines": tuple(acc_line(number + 1) for number in range(lines)),
        "gst_registered": True,
        "declared_by": "Hana Parata",
    }
    return Schedule(**{**values, **given})


def a_receipt(**given) -> Receipt:
    values = {
        "number": "R-31",
        "received_on": date(2026, 11, 21),
        "received_from": Party(name=NAME),
        "method": "Bank transfer",
        "amount": Decimal("150.00"),
        "reference": "TUHOE 7",
        "allocations": (
            ReceiptAllocation(
                invoice_number="INV-000120",
                issued_on=date(2026, 11, 1),
                invoice_total=Decimal("180.50"),
                amount=Decimal("140.25"),
                balance=Decimal("40.25"),
            ),
        ),
    }
    return Receipt(**{**values, **given})


def a_statement(**given) -> Statement:
    values = {
        "account": Party(name=NAME),
        "issued_on": date(2026, 11, 30),
        "from_on": date(2026, 11, 1),
        "to_on": date(2026, 11, 30),
        "opening_balance": Decimal("45.00"),
        "entries": (
            StatementEntry(entered_on=date(2026, 11, 2), kind="Invoice", number="INV-7", amount=Decimal("56.01")),
            StatementEntry(entered_on=date(2026, 11, 9), kind="Payment", number="R-3", amount=Decimal("-60.00")),
        ),
        "ageing": (("Not yet due", Decimal("36.01")), ("Over 30 days", Decimal("5.00"))),
        "bank_account": "12-3456-7890123-00",
        "payment_reference": "TUHOE",
    }
    return Statement(**{**values, **given})


SUBJECTS = {"invoice": an_invoice, "schedule": a_schedule, "receipt": a_receipt, "statement": a_statement}


def draw(kind: str, subject=None, paper=A4) -> bytes:
    module = PAPERS[kind]
    subject = subject or SUBJECTS[kind]()
    number = getattr(subject, "number", "")
    return render(
        module.story(subject, paper=paper),
        letterhead=LETTERHEAD,
        title=module.title(subject),
        number=number,
        digest="9f86d081884c7d65",
        verify_url="https://clinic.example.nz/verify/9f86d081884c",
        paper=paper,
    )


def says(kind: str, subject=None, paper=A4) -> str:
    return text(draw(kind, subject, paper))


def test_a_tax_invoice_shows_all_that_acc_asks_a_paper_invoice_for():
    said = says("invoice")
    for part in (
        "Tax invoice INV-000123",
        "Te Rito Acupuncture",
        "GST number 123-456-789",
        NAME,
        "4/18 Rātā Road",
        "Reference M-77",
        "Issued 21 Nov 2026 Due 5 Dec 2026",
        "Claim number AB12345 Date of injury 14 Sep 2026 Purchase order PO778812",
        "N2152 Gluteal tendinitis, right",
        "2 Nov 2026 Acupuncture, follow-up",
        "Lì Wěi 李伟 · Code ACU1",
        "0.75 hours 45 min",
        "$48.70 $7.31 $56.01",
        "$1,250.00 $187.50 $1,437.50",
        "$33.33 $5.00 $38.33",
        "Total excluding GST $1,332.03",
        "GST $199.81",
        "Total including GST $1,531.84",
        "Taxable supply information for GST.",
        "Paid $100.00",
        "Balance due $1,431.84",
        "12-3456-7890123-00",
        "INV000123",
        "Thank you.",
    ):
        assert part in said


def test_a_clinic_that_is_not_registered_shows_no_tax_at_all():
    letterhead = replace(LETTERHEAD, gst_number="")
    subject = an_invoice(gst_registered=False, lines=(line(gst=Decimal("0.00")),))
    said = text(render(invoice.story(subject), letterhead=letterhead, title=invoice.title(subject), number="INV-9"))
    assert invoice.title(subject) == "Invoice"
    assert "Total $48.70" in said
    assert "GST" not in said
    assert "Tax" not in said


def test_an_invoice_to_a_payer_names_the_patient_and_claim_of_each_line():
    lines = (
        line(patient_name="Losa Fa'asavalu", claim_number="AB11111", purchase_order_number="7001"),
        line(patient_name="Aroha Ngata", claim_number="AB22222"),
    )
    said = says("invoice", an_invoice(recipient=ACC, patient_name="", claim_number="", lines=lines))
    assert "Accident Compensation Corporation PO Box 90341" in said
    assert "Losa Fa'asavalu Lì Wěi 李伟 · Code ACU1 · Claim AB11111 · Purchase order 7001" in said
    assert "Aroha Ngata Lì Wěi 李伟 · Code ACU1 · Claim AB22222" in said


def test_a_credit_note_names_what_it_credits_and_why():
    said = says(
        "invoice", an_invoice(number="CN-7", credit_of="INV-000120", credit_reason="Charged twice", payments=())
    )
    assert "Credit note CN-7" in said
    assert "Credits Invoice INV-000120 Reason Charged twice" in said
    assert "Total credited $1,531.84" in said
    assert "Supply correction information for GST." in said
    assert "Tax invoice" not in said


def test_a_draft_is_never_taken_for_an_invoice():
    said = says("invoice", an_invoice(number=""))
    assert "Draft invoice" in said
    assert "Tax invoice" not in said
    assert "Taxable supply" not in said


def test_only_an_issued_invoice_with_something_owing_asks_for_money():
    paid = PaymentLine(paid_on=date(2026, 11, 22), method="Cash", amount=Decimal("1531.84"))
    assert "How to pay" in says("invoice")
    for subject in (
        an_invoice(number=""),
        an_invoice(credit_of="INV-000120", payments=()),
        an_invoice(payments=(paid,)),
    ):
        assert "How to pay" not in says("invoice", subject)


def test_an_invoice_without_lines_is_nothing_and_says_so():
    said = says("invoice", an_invoice(lines=(), payments=()))
    assert "No lines." in said
    assert "Total including GST $0.00" in said


def test_an_overpaid_invoice_shows_the_credit_with_its_sign():
    paid = PaymentLine(paid_on=date(2026, 11, 22), method="Cash", amount=Decimal("60.00"))
    assert "Balance due −$3.99" in says("invoice", an_invoice(lines=(line(),), payments=(paid,)))


def test_the_sums_of_a_paper_are_those_of_its_lines():
    subject = an_invoice()
    assert subject.total == sum(each.total for each in subject.lines) == Decimal("1531.84")
    assert subject.balance == Decimal("1431.84")
    assert a_schedule(2).total == Decimal("45.32") + Decimal("46.47")


def test_a_us_paper_is_letter_with_the_month_first_and_knows_no_gst():
    plain = an_invoice(gst_registered=False, lines=(line(gst=Decimal("0.00")),), diagnoses=())
    document = draw("invoice", plain, LETTER)
    assert [float(edge) for edge in PdfReader(BytesIO(document)).pages[0].mediabox] == [0, 0, 612, 792]
    assert "11/21/2026" in text(document)
    assert "09/14/2026" in text(document)
    assert "21 Nov" not in text(document)
    assert PdfReader(BytesIO(document)).trailer["/Root"]["/Lang"] == "en-US"


def test_a_schedule_shows_every_item_of_accs_electronic_invoice():
    lines = (
        acc_line(1, billing_method="hours", value=Decimal("0.50"), description="Half an hour", comment="Late entry"),
        acc_line(2, diagnosis=Diagnosis(code="S572.", description="Lumbar sprain"), purchase_order_number=""),
    )
    said = says("schedule", replace(a_schedule(), lines=lines, contract_id="C-9", comment="First batch"))
    for part in (
        "ACC treatment schedule",
        "SCH-000045",
        "Accident Compensation Corporation",
        "Te Rito Ltd",
        "G00036D",
        "123-456-789",
        "09 555 0123",
        "C-9",
        "First batch",
        "21 Nov 2026",
        "1 AB10001 PO 701",
        "ZZZ0016 born 14 Mar 1980",
        "14 Sep 2026 N2152 right Gluteal tendinitis",
        "2 Nov 2026 ACU1 · hours × 0.5 Half an hour Lì Wěi 李伟 · J99966 Late entry",
        "$39.41 $5.91 $45.32",
        "2 AB10002",
        "14 Sep 2026 S572. Lumbar sprain",
        "ACU1 · flat fee × 1 Lì Wěi 李伟 · J99966",
        "$40.41 $6.06 $46.47",
        "Number of lines 2",
        "Total excluding GST $79.82",
        "GST $11.97",
        "Total claimed including GST $91.79",
        "I declare that each service on this schedule",
        "Hana Parata",
    ):
        assert part in said
    assert said.count("PO 70") == 1
    assert solid(lines[0].patient_name) in solid(said)


def test_a_schedule_of_a_clinic_that_is_not_registered_shows_one_amount_a_line():
    lines = (acc_line(1, gst=Decimal("0.00")),)
    said = says("schedule", replace(a_schedule(), gst_registered=False, lines=lines))
    assert "Not registered" in said
    assert "Excl. GST" not in said
    assert "Total claimed $39.41" in said


def test_two_hundred_lines_fill_numbered_pages_each_with_its_header():
    schedule = a_schedule(200)
    document = draw("schedule", schedule)
    pages = texts(document)
    assert len(pages) > 8
    for number, page in enumerate(pages, start=1):
        assert page.count(f"Page {number} of {len(pages)}") == 1
    with_lines = [page for page in pages if "AB10" in page]
    assert [page.count("Claim PO number Patient NHI, born") for page in with_lines] == [1] * len(with_lines)
    together = " ".join(pages)
    claims = [each.claim_number for each in schedule.lines]
    assert [word for word in together.split() if word.startswith("AB10")] == claims
    for each in schedule.lines:
        assert f"{money(each.amount_excl)} {money(each.gst)} {money(each.total)}" in together
    assert "Number of lines 200" in together
    assert f"Total claimed including GST {money(schedule.total)}" in together


@pytest.mark.parametrize("lines", range(1, 24))
def test_the_total_the_declaration_and_the_signature_are_on_one_page(lines):
    pages = texts(draw("schedule", a_schedule(lines)))
    (signed,) = [page for page in pages if "I declare that" in page]
    assert "Number of lines" in signed
    assert "Total claimed" in signed
    assert "Signature" in signed
    assert "Hana Parata" in signed


def test_a_schedule_without_lines_claims_nothing_and_says_so():
    said = says("schedule", a_schedule(0))
    assert "No lines." in said
    assert "Number of lines 0" in said


def test_very_long_names_are_printed_whole():
    long = "Wilhelmina Anahera-Te Rangimārie van der Westhuizen-Montgomery " + "Uvuvwevwevweonyetenyevwe" * 3
    party = Party(name=long, address=(long,))
    documents = (
        draw(
            "invoice",
            an_invoice(recipient=party, patient_name=long, lines=(line(patient_name=long, description=long),)),
        ),
        draw("schedule", replace(a_schedule(), recipient=party, lines=(acc_line(1, provider_name=long),))),
        draw("receipt", a_receipt(received_from=party, reference=long)),
        draw("statement", a_statement(account=party)),
    )
    assert [solid(text(document)).count(solid(long)) >= 1 for document in documents] == [True] * 4
    assert solid(long) in solid(says("schedule", replace(a_schedule(), lines=(acc_line(1, patient_name=long),))))


def test_a_receipt_shows_what_was_paid_what_it_pays_and_what_is_left():
    said = says("receipt")
    for part in (
        "Receipt R-31",
        "Method Bank transfer Reference TUHOE 7",
        "Invoice INV-000120 1 Nov 2026 $180.50 $140.25 $40.25",
        "Credit on the account $9.75",
        "Amount received $150.00",
    ):
        assert part in said


def test_a_refund_is_called_one():
    said = says("receipt", a_receipt(amount=Decimal("-20.00"), allocations=()))
    assert "Refund R-31" in said
    assert "Amount refunded $20.00" in said
    assert "Receipt" not in said


def test_a_payment_set_against_nothing_says_where_it_went():
    said = says("receipt", a_receipt(allocations=()))
    assert "it stays on the account" in said
    assert "Credit on the account $150.00" in said


def test_a_statement_runs_from_the_opening_to_the_closing_balance():
    said = says("statement")
    for part in (
        "1 Nov 2026 Opening balance $45.00",
        "2 Nov 2026 Invoice INV-7 $56.01 $101.01",
        "9 Nov 2026 Payment R-3 $60.00 $41.01",
        "Balance due $41.01",
        "Not yet due Over 30 days $36.01 $5.00",
        "12-3456-7890123-00",
    ):
        assert part in said


def test_a_statement_in_credit_says_so_without_a_minus():
    entry = StatementEntry(entered_on=date(2026, 11, 9), kind="Payment", number="R-3", amount=Decimal("-60.00"))
    said = says("statement", a_statement(entries=(entry,)))
    assert "In credit $15.00" in said
    assert "Balance due" not in said


@pytest.mark.parametrize("kind", PAPERS)
def test_the_same_paper_is_the_same_bytes_in_every_process(kind):
    assert same_everywhere(f"draw({kind!r})", module="tests.billing.test_papers") == {draw(kind)}


@pytest.mark.parametrize("kind", PAPERS)
def test_every_font_of_every_paper_is_embedded(kind):
    used = fonts(draw(kind))
    assert all(used.values())
    assert {name.split("-")[0] for name in used} == {"SourceSansPro", "NotoSansSC"}


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_any_field_is_only_text(attack):
    party = Party(name=attack, address=(attack,), reference=attack)
    diagnosis = Diagnosis(code="N2152", description=attack, side=attack)
    billed = line(description=attack, practitioner=attack, patient_name=attack, claim_number=attack, unit=attack)
    hostile_invoice = an_invoice(
        recipient=party,
        lines=(billed,),
        diagnoses=(diagnosis,),
        patient_name=attack,
        claim_number=attack,
        note=attack,
        payment_reference=attack,
        credit_of=attack,
        credit_reason=attack,
    )
    claimed = acc_line(1, patient_name=attack, diagnosis=diagnosis, provider_name=attack, comment=attack, nhi=attack)
    documents = (
        (draw("invoice", hostile_invoice), 9),
        (draw("schedule", replace(a_schedule(), recipient=party, lines=(claimed,), declared_by=attack)), 6),
        (draw("receipt", a_receipt(received_from=party, method=attack, reference=attack, note=attack)), 4),
        (draw("statement", a_statement(account=party, note=attack)), 2),
    )
    for document, times in documents:
        said = solid(text(document))
        assert said.count(solid(clean(attack))) >= times
        assert invisible(said) == set()
        assert dangerous(document) == set()


amounts = st.decimals(min_value=-99_999, max_value=99_999, places=2)


@settings(max_examples=25, deadline=None)
@given(st.lists(amounts, max_size=30), st.text(st.characters(exclude_categories=()), max_size=60))
def test_every_amount_of_any_invoice_can_be_read_back(values, description):
    lines = tuple(line(str(value), description=description) for value in values)
    subject = an_invoice(lines=lines, payments=())
    said = says("invoice", subject)
    for each in subject.lines:
        assert f"{money(each.amount_excl)} {money(each.gst)} {money(each.total)}" in said
    assert f"Total including GST {money(sum((each.total for each in lines), Decimal(0)))}" in said
