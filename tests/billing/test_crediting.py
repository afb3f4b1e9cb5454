"""What an invoice charged wrongly is taken back: to the cent, for good, and with its money free again."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import IntegrityError, OperationalError, connection, models, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from billing import invoicing
from billing.adjusting import crediting, writing_off
from billing.adjusting.crediting import Part
from billing.models import Allocation, BilledPart, Counter, CreditNote, Invoice, InvoiceLine, Payment
from clinic import documents
from clinic.errors import Refusal, refusal_for
from clinic.models import Document, User
from tests.billing.test_settling import NOW, allocate, balance, issued, pay
from tests.cast import Cast, api, make_patient
from tests.counting import queries_while_growing
from tests.papers import text
from tests.rivals import at_once

pytestmark = pytest.mark.django_db
URL = "/api/v1/invoices/"


def credit(cast: Cast, invoice: Invoice, *parts: Part, reason: str = "Wrong day", now=NOW) -> CreditNote:
    return crediting.credit(invoice=invoice, parts=parts or None, reason=reason, by=cast.billing, now=now)


def amounts(note: CreditNote) -> list[tuple[str, str]]:
    return [(str(line.amount_excl), str(line.gst)) for line in note.lines.order_by("position")]


def remaining(payment: Payment) -> str:
    return str(Payment.objects.with_remaining().get(pk=payment.pk).remaining)


def code_of(act) -> str:
    with pytest.raises((Refusal, IntegrityError)) as caught, transaction.atomic():
        act()
    error = caught.value
    return (error if isinstance(error, Refusal) else refusal_for(error)).code


# What is credited


def test_an_invoice_credited_whole_owes_nothing_and_its_treatment_can_be_billed_anew(cast: Cast):
    invoice = issued(cast)
    note = credit(cast, invoice)
    assert (note.label, amounts(note), balance(invoice)) == ("CN-000001", [("100.00", "15.00")], Decimal("0.00"))
    treatment = invoice.lines.get().treatment
    again = invoicing.draft(treatments=[treatment], payer=None, by=cast.desk, now=NOW)
    assert [str(line.total) for line in again.lines.all()] == ["115.00"]
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        invoicing.draft(treatments=[treatment], payer=None, by=cast.desk, now=NOW)
    assert refusal_for(caught.value).code == "already_billed"


def test_a_part_of_a_line_takes_its_share_of_the_tax_and_the_last_part_the_rest(cast: Cast):
    invoice = issued(cast)
    line = invoice.lines.get()
    third = Decimal("33.33")
    taken = [amounts(credit(cast, invoice, Part(line=line, amount_excl=third)))[0] for _ in range(3)]
    assert taken == [("33.33", "5.00")] * 3
    assert BilledPart.objects.filter(line=line).count() == 1
    assert amounts(credit(cast, invoice)) == [("0.01", "0.00")]
    assert (balance(invoice), BilledPart.objects.count()) == (Decimal("0.00"), 0)


def test_an_amount_with_tax_is_parted_as_the_line_was(cast: Cast):
    invoice = issued(cast)
    assert amounts(credit(cast, invoice, Part(line=invoice.lines.get(), total=Decimal("23.00")))) == [
        ("20.00", "3.00")
    ]
    assert balance(invoice) == Decimal("92.00")


def test_tax_alone_can_be_credited(cast: Cast):
    invoice = issued(cast)
    part = Part(line=invoice.lines.get(), amount_excl=Decimal(0), gst=Decimal("15.00"))
    assert amounts(credit(cast, invoice, part)) == [("0.00", "15.00")]
    assert balance(invoice) == Decimal("100.00")


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
@hypothesis_settings(max_examples=300, deadline=None)
def test_parts_however_cut_never_exceed_the_line_and_the_last_makes_it_whole(excl, gst, cuts):
    line = InvoiceLine(amount_excl=Decimal(excl) / 100, gst=Decimal(gst) / 100)
    line.credited_excl = line.credited_gst = Decimal("0.00")
    for number, cut in enumerate(cuts):
        left = line.total - line.credited_excl - line.credited_gst
        amount = min(Decimal(cut) / 100, left)
        asked = (
            {"total": amount} if number % 2 else {"amount_excl": min(amount, line.amount_excl - line.credited_excl)}
        )
        if amount:
            taken, tax = crediting.portion(Part(line=line, **asked), line)
            assert (taken >= 0, tax >= 0, asked.get("total", taken + tax)) == (True, True, taken + tax)
            line.credited_excl, line.credited_gst = line.credited_excl + taken, line.credited_gst + tax
            assert (line.credited_excl <= line.amount_excl, line.credited_gst <= line.gst) == (True, True)
    taken, tax = crediting.portion(Part(line=line), line)
    assert (line.credited_excl + taken, line.credited_gst + tax) == (line.amount_excl, line.gst)


# The money


def test_money_set_against_what_is_credited_becomes_credit_on_the_account(cast: Cast):
    invoice, first, second = issued(cast), pay(cast, "60.00"), pay(cast, "60.00")
    allocate(first, invoice, "60.00")
    allocate(second, invoice, "55.00")
    credit(cast, invoice, Part(line=invoice.lines.get(), total=Decimal("80.00")))
    assert (remaining(first), remaining(second), balance(invoice)) == ("25.00", "60.00", Decimal("0.00"))
    credit(cast, invoice)
    assert (remaining(first), remaining(second), balance(invoice)) == ("60.00", "60.00", Decimal("0.00"))
    assert [str(row.amount) for row in Allocation.objects.order_by("id")] == [
        "60.00", "55.00", "-55.00", "-25.00", "-35.00",
    ]  # fmt: skip


def test_what_is_still_owed_keeps_its_payments(cast: Cast):
    invoice, payment = issued(cast), pay(cast, "15.00")
    allocate(payment, invoice, "15.00")
    credit(cast, invoice, Part(line=invoice.lines.get(), total=Decimal("100.00")))
    assert (remaining(payment), balance(invoice)) == ("0.00", Decimal("0.00"))


# Refusals


def test_what_cannot_be_credited_is_refused_and_leaves_nothing(cast: Cast):
    invoice, other = issued(cast), issued(cast, patient=make_patient())
    line = invoice.lines.get()
    draft = Invoice.objects.create(patient=cast.aroha)
    refused = {
        "invoice_not_issued": lambda: credit(cast, draft),
        "line_of_another_invoice": lambda: credit(cast, invoice, Part(line=other.lines.get())),
        "more_than_charged": lambda: credit(cast, invoice, Part(line=line, total=Decimal("115.01"))),
        "line_twice": lambda: credit(cast, invoice, *[Part(line=line, total=Decimal("5.00"))] * 2),
        "amount_negative": lambda: credit(cast, invoice, Part(line=line, amount_excl=Decimal("-5.00"))),
        "reason_missing": lambda: credit(cast, invoice, reason="  "),
        "nothing_to_credit": lambda: credit(cast, invoice, Part(line=line, amount_excl=Decimal(0), gst=Decimal(0))),
    }
    assert [code_of(act) for act in refused.values()] == list(refused)
    assert (CreditNote.objects.count(), Counter.objects.filter(name="credit_note", last__gt=0).count()) == (0, 0)
    credit(cast, invoice)
    assert code_of(lambda: credit(cast, invoice)) == "nothing_to_credit"


def test_what_is_written_off_is_taken_back_before_it_is_credited(cast: Cast):
    invoice = issued(cast)
    writing_off.write_off(invoice=invoice, amount=Decimal("20.00"), reason="Moved", by=cast.billing, now=NOW)
    assert code_of(lambda: credit(cast, invoice)) == "written_off"
    writing_off.take_back(invoice=invoice, reason="Came back", by=cast.billing, now=NOW)
    credit(cast, invoice)


# Numbers and the chain


def test_credit_notes_are_numbered_and_chained_among_themselves(cast: Cast):
    notes = [credit(cast, issued(cast)) for _ in range(3)]
    assert [note.number for note in notes] == [1, 2, 3]
    assert [after.previous_hash == before.content_hash for before, after in pairwise(notes)] == [True, True]
    assert [crediting.verify(note)["verified"] for note in notes] == [True] * 3
    last_of_invoices = Invoice.objects.order_by("-number").values_list("content_hash", flat=True)[0]
    assert Counter.objects.get(name="invoice").last_hash == last_of_invoices


def other_value(row: models.Model, field: models.Field, cast: Cast, strangers: dict):
    value = getattr(row, field.attname)
    if field.is_relation:
        return strangers[field.related_model]
    if isinstance(value, dict):
        return {**value, "patient": {**value["patient"], "name": "Somebody Else"}}
    if isinstance(value, str):
        return f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"
    return value + (timedelta(days=1) if isinstance(value, date) else 1)


def test_verifying_finds_any_changed_column_of_a_credit_note_and_its_lines(cast: Cast):
    first, note = credit(cast, issued(cast)), credit(cast, issued(cast))
    strangers = {
        Invoice: first.invoice_id, User: cast.owner.pk, CreditNote: first.pk, InvoiceLine: first.lines.get().line_id,
    }  # fmt: skip
    unnoticed, tried = [], 0
    for row in (note, note.lines.get()):
        for field in row._meta.concrete_fields:
            if field.primary_key or field.name in {"created_at", "updated_at"}:
                continue
            tried += 1
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    cursor.execute(f"ALTER TABLE {row._meta.db_table} DISABLE TRIGGER USER")
                    cursor.execute("ALTER TABLE billing_creditline DROP CONSTRAINT credit_line_once")
                value = 9 if field.name == "number" else other_value(row, field, cast, strangers)
                type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: value})
                if crediting.verify(CreditNote.objects.get(pk=note.pk))["verified"]:
                    unnoticed.append(f"{row._meta.model_name}.{field.name}")
                transaction.set_rollback(True)
    assert (unnoticed, tried) == ([], 14)


@pytest.mark.django_db(transaction=True)
def test_notes_issued_at_once_with_some_that_die_have_numbers_without_gaps_or_doubles(transactional_db, cast: Cast):
    invoices = [issued(cast) for _ in range(12)]

    def well(invoice: Invoice):
        return lambda: credit(cast, invoice)

    def killed(invoice: Invoice):
        def act():
            with transaction.atomic():
                credit(cast, invoice)
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        return act

    outcomes = at_once([fate(invoice) for fate, invoice in zip([well, killed, well] * 4, invoices, strict=True)])
    assert {type(outcome) for outcome in outcomes} == {CreditNote, OperationalError}
    assert list(CreditNote.objects.order_by("number").values_list("number", flat=True)) == [*range(1, 9)]
    assert all(crediting.verify(note)["verified"] for note in CreditNote.objects.all())


@pytest.mark.django_db(transaction=True)
def test_one_invoice_credited_paid_and_written_off_at_once_is_settled_once(transactional_db, cast: Cast):
    invoice, payment = issued(cast), pay(cast, "115.00")
    acts = [lambda: credit(cast, invoice) for _ in range(6)]
    acts += [lambda: allocate(payment, invoice, "115.00") for _ in range(3)]
    acts += [lambda: writing_off.write_off(invoice=invoice, reason="Gone", by=cast.billing, now=NOW) for _ in range(3)]
    outcomes = at_once(acts)
    codes = {
        (refusal_for(outcome) if isinstance(outcome, IntegrityError) else outcome).code
        for outcome in outcomes
        if isinstance(outcome, Exception)
    }
    assert codes <= {
        "nothing_to_credit",
        "more_than_owed",
        "nothing_owed",
        "payment_used_up",
        "written_off",
        "settled_meanwhile",
    }
    row = Invoice.objects.with_balance().get(pk=invoice.pk)
    assert (row.balance, row.credited + row.paid + row.written_off) == (Decimal("0.00"), Decimal("115.00"))


# Over HTTP and on paper


def test_an_invoice_is_credited_and_its_notes_are_read_and_verified_over_http(cast: Cast):
    invoice = issued(cast)
    client = api(cast.billing)
    line = invoice.lines.get().pk
    body = {"reason": "Half the visit", "lines": [{"line": line, "total": "57.50"}]}
    said = client.post(f"{URL}{invoice.pk}/credit/", body)
    assert (said.status_code, said.json()["label"], said.json()["total"]) == (201, "CN-000001", "57.50")
    shown = client.get(f"{URL}{invoice.pk}/").json()
    assert (shown["credited"], shown["balance"]) == ("57.50", "57.50")
    assert shown["lines"][0]["credited_excl"] == "50.00"
    both = {"reason": "x", "lines": [{"line": line, "total": "1.00", "gst": "0.10"}]}
    refused = client.post(f"{URL}{invoice.pk}/credit/", both)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "two_amounts")
    assert client.post(f"{URL}{invoice.pk}/credit/", {"reason": "The rest"}).json()["total"] == "57.50"
    assert client.get(f"{URL}{invoice.pk}/").json()["state"] == "credited"
    again = client.post(f"{URL}{invoice.pk}/credit/", {"reason": "Again"})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_credit")
    listed = client.get("/api/v1/credit-notes/", {"invoice": invoice.pk}).json()
    assert [row["label"] for row in listed["results"]] == ["CN-000002", "CN-000001"]
    verified = client.get(f"/api/v1/credit-notes/{listed['results'][0]['id']}/verify/").json()
    assert verified["verified"] is True


def test_a_debt_is_written_off_and_asked_for_again_over_http(cast: Cast):
    invoice = issued(cast)
    client = api(cast.billing)
    part = client.post(f"{URL}{invoice.pk}/write-off/", {"amount": "15.00", "reason": "A cracked cup"}).json()
    assert (part["written_off"], part["balance"]) == ("15.00", "100.00")
    whole = client.post(f"{URL}{invoice.pk}/write-off/", {"reason": "Moved away"}).json()
    assert (whole["written_off"], whole["balance"], whole["state"]) == ("115.00", "0.00", "written_off")
    nothing = client.post(f"{URL}{invoice.pk}/write-off/", {"reason": "Once more"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_owed")
    back = client.post(f"{URL}{invoice.pk}/take-back-write-off/", {"reason": "Paid after all"}).json()
    assert (back["written_off"], back["balance"]) == ("0.00", "115.00")
    again = client.post(f"{URL}{invoice.pk}/take-back-write-off/", {"reason": "Twice"})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_written_off")
    more = client.post(f"{URL}{invoice.pk}/write-off/", {"amount": "115.01", "reason": "Too much"})
    assert (more.status_code, more.json()["code"]) == (409, "more_than_owed")
    blank = client.post(f"{URL}{invoice.pk}/write-off/", {"reason": " "})
    assert blank.status_code == 400
    rows = client.get("/api/v1/write-offs/", {"invoice": invoice.pk}).json()["results"]
    assert sorted(row["amount"] for row in rows) == ["-115.00", "100.00", "15.00"]


def test_a_draft_is_not_written_off(cast: Cast):
    draft = Invoice.objects.create(patient=cast.aroha)
    InvoiceLine.objects.create(
        invoice=draft, position=1, share="patient", service_on=NOW.date(), description="Tea", amount_excl="5.00"
    )
    act = {"invoice": draft, "reason": "No", "by": cast.billing, "now": NOW}
    assert code_of(lambda: writing_off.write_off(**act)) == "invoice_not_issued"
    assert code_of(lambda: writing_off.write_off(**act, amount=Decimal(1))) == "invoice_not_issued"


def test_the_paper_of_a_credit_note_says_what_it_credits_and_why(cast: Cast):
    invoice = issued(cast)
    note = credit(cast, invoice, reason="Wrong <b>day</b>")
    client = api(cast.billing)
    asked = client.post("/api/v1/documents/", {"kind": "credit_note", "subject": note.pk})
    assert asked.status_code == 202
    documents.draw(document_id=asked.json()["id"], now=NOW)
    said = text(Document.objects.get().file.read())
    for words in ("Credit note", "CN-000001", "INV-000001", "Wrong <b>day</b>", "$115.00", "Supply correction"):
        assert words.replace("$", "") in said, words
    missing = client.post("/api/v1/documents/", {"kind": "credit_note", "subject": 987654})
    assert (missing.status_code, missing.json()["code"]) == (422, "credit_note_unknown")


@pytest.mark.parametrize("place", ["/api/v1/credit-notes/", "/api/v1/write-offs/"])
def test_their_lists_cost_the_same_for_1_10_and_100(cast: Cast, place: str):
    def make(number: int) -> None:
        invoice = issued(cast)
        if "credit" in place:
            credit(cast, invoice)
        else:
            writing_off.write_off(invoice=invoice, reason="Gone", by=cast.billing, now=NOW)

    assert len(set(queries_while_growing(api(cast.billing), place, make, sizes=(1, 10)))) == 1


# How an invoice stands


def test_the_state_of_an_invoice_is_what_became_of_its_money(cast: Cast):
    invoice, payment = issued(cast), pay(cast, "115.00")

    today, due = NOW.date(), invoice.due_on

    def state(on=today) -> str:
        return Invoice.objects.with_state(on=on).get(pk=invoice.pk).state

    assert (state(), state(due), state(due + timedelta(days=1))) == ("unpaid", "unpaid", "overdue")
    allocate(payment, invoice, "15.00")
    assert (state(), state(due + timedelta(days=1))) == ("part_paid", "overdue")
    allocate(payment, invoice, "100.00")
    assert state(due + timedelta(days=1)) == "paid"
    credit(cast, invoice)
    assert state() == "credited"
    draft = Invoice.objects.create(patient=cast.aroha)
    assert Invoice.objects.with_state(on=NOW.date()).get(pk=draft.pk).state == "draft"


def test_invoices_are_listed_by_what_is_owed_and_on_whose_account(cast: Cast):
    child = make_patient(account_holder=cast.aroha)
    paid, of_child, strangers = issued(cast), issued(cast, patient=child), issued(cast, patient=make_patient())
    allocate(pay(cast, "115.00"), paid, "115.00")
    client = api(cast.billing)

    def listed(**query) -> set[int]:
        return {row["id"] for row in client.get(URL, query).json()["results"]}

    assert listed(owed="true") == {of_child.pk, strangers.pk}
    assert listed(owed="false") == {paid.pk}
    assert listed(account=cast.aroha.pk) == {paid.pk, of_child.pk}
    assert listed(account=child.pk) == set()
    assert listed(account=10**30) == set()
    assert listed(state="paid") == {paid.pk}
    assert client.get(URL, {"state": "lost"}).status_code == 400
    row = client.get(f"{URL}{of_child.pk}/").json()
    assert (row["billed_to"], row["billed_to_name"], row["patient"]) == (cast.aroha.pk, "Aroha Tāmati", child.pk)
    assert listed(overdue="true") == listed(state="overdue")
