"""What the database itself refuses about money: nothing is paid, credited or written off twice, whoever writes."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing import invoicing
from billing.models import Allocation, BilledPart, CreditLine, CreditNote, Invoice, Payment, Rate, Service, WriteOff
from clinic.errors import refusal_for
from tests.cast import Cast, make_patient, make_type
from tests.rivals import at_once
from tests.visits import make_visit, nz
from treatments import charting, signing

pytestmark = pytest.mark.django_db
NOW = nz("2026-11-02 12:00")


def issued(cast: Cast, patient=None) -> Invoice:
    """An invoice of $115.00 to a patient."""
    service, made = Service.objects.get_or_create(code="ACU1", defaults={"name": "Acupuncture"})
    if made:
        service.appointment_types.add(make_type())
        Rate.objects.create(service=service, amount="100.00", valid_from="2026-01-01")
    visit = make_visit(cast, nz("2026-11-02 10:00"), patient=patient or cast.aroha)
    note = charting.begin(
        patient=visit.patient, practitioner=cast.mere, appointment=visit, started_at=visit.starts_at,
        complaint="Hip", by=cast.practitioner, now=NOW,
    )  # fmt: skip
    note = signing.sign(treatment=note, by=cast.practitioner, now=NOW)
    drafted = invoicing.draft(treatments=[note], payer=None, by=cast.desk, now=NOW)
    return invoicing.issue(invoice=drafted, by=cast.desk, now=NOW)


def pay(cast: Cast, amount: str, **fields) -> Payment:
    number = Payment.objects.count() + 1
    given = {
        "patient": cast.aroha,
        "method": "card",
        "received_on": NOW.date(),
        "taken_at": NOW,
        "taken_by": cast.desk,
    }
    return Payment.objects.create(number=number, amount=amount, **(given | fields))


def allocate(payment: Payment, invoice: Invoice, amount: str) -> Allocation:
    return Allocation.objects.create(payment=payment, invoice=invoice, amount=amount, allocated_at=NOW)


def credit(cast: Cast, invoice: Invoice, excl: str, gst: str) -> CreditNote:
    number = CreditNote.objects.count() + 1
    note = CreditNote.objects.create(
        invoice=invoice, number=number, reason="Wrong day", issued_at=NOW, issued_on=NOW.date(), issued_by=cast.desk,
        content_hash="0" * 64, previous_hash="0" * 64,
    )  # fmt: skip
    CreditLine.objects.create(credit_note=note, line=invoice.lines.get(), position=1, amount_excl=excl, gst=gst)
    return note


def write_off(cast: Cast, invoice: Invoice, amount: str) -> WriteOff:
    return WriteOff.objects.create(
        invoice=invoice, amount=amount, reason="Moved away", written_off_on=NOW.date(), written_off_by=cast.desk
    )


def refused(act) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    return refusal_for(caught.value).code


def balance(invoice: Invoice) -> Decimal:
    return Invoice.objects.with_balance().get(pk=invoice.pk).balance


def test_what_is_owed_is_what_was_charged_less_what_settled_it(cast: Cast):
    invoice = issued(cast)
    allocate(pay(cast, "50.00"), invoice, "40.00")
    write_off(cast, invoice, "5.00")
    credit(cast, invoice, "20.00", "3.00")
    row = Invoice.objects.with_balance().get(pk=invoice.pk)
    sums = (row.charged, row.paid, row.written_off, row.credited, row.balance)
    assert [str(amount) for amount in sums] == ["115.00", "40.00", "5.00", "23.00", "47.00"]
    assert str(Payment.objects.with_remaining().get().remaining) == "10.00"
    assert list(Invoice.objects.owed()) == [invoice]


def test_more_than_is_left_of_a_payment_is_refused(cast: Cast):
    invoice, payment = issued(cast), pay(cast, "50.00")
    allocate(payment, invoice, "30.00")
    assert refused(lambda: allocate(payment, invoice, "20.01")) == "payment_used_up"
    allocate(payment, invoice, "20.00")


def test_more_than_is_owed_is_refused_of_payments_and_of_write_offs(cast: Cast):
    invoice, payment = issued(cast), pay(cast, "500.00")
    assert refused(lambda: allocate(payment, invoice, "115.01")) == "more_than_owed"
    assert refused(lambda: write_off(cast, invoice, "115.01")) == "more_than_owed"
    allocate(payment, invoice, "115.00")
    assert refused(lambda: write_off(cast, invoice, "0.01")) == "more_than_owed"


def test_a_draft_is_not_settled(cast: Cast):
    invoice = issued(cast)
    draft = Invoice.objects.create(patient=cast.aroha)
    assert refused(lambda: allocate(pay(cast, "5.00"), draft, "5.00")) == "invoice_not_issued"
    assert refused(lambda: write_off(cast, draft, "5.00")) == "invoice_not_issued"
    assert balance(invoice) == Decimal("115.00")


def test_money_of_another_account_is_refused(cast: Cast):
    invoice = issued(cast)
    strangers, insurers = pay(cast, "9.00", patient=make_patient()), pay(cast, "9.00", patient=None, payer=cast.acc)
    assert refused(lambda: allocate(strangers, invoice, "9.00")) == "different_debtor"
    assert refused(lambda: allocate(insurers, invoice, "9.00")) == "different_debtor"


def test_the_money_of_an_account_holder_pays_for_the_family(cast: Cast):
    child = make_patient(account_holder=cast.aroha)
    invoice = issued(cast, patient=child)
    assert invoice.particulars["recipient"]["name"] == str(cast.aroha)
    allocate(pay(cast, "115.00"), invoice, "115.00")
    assert list(Invoice.objects.of_account(patient=cast.aroha)) == [invoice]
    assert refused(lambda: allocate(pay(cast, "1.00", patient=child), invoice, "1.00")) == "different_debtor"


def test_no_more_is_taken_back_than_was_given(cast: Cast):
    invoice, payment = issued(cast), pay(cast, "50.00")
    allocate(payment, invoice, "30.00")
    assert refused(lambda: allocate(payment, invoice, "-30.01")) == "more_than_given"
    allocate(payment, invoice, "-30.00")
    write_off(cast, invoice, "5.00")
    assert refused(lambda: write_off(cast, invoice, "-5.01")) == "more_than_given"
    write_off(cast, invoice, "-5.00")
    assert balance(invoice) == Decimal("115.00")


def test_a_refund_is_of_what_is_left_and_goes_back_to_whoever_paid(cast: Cast):
    invoice, payment = issued(cast), pay(cast, "50.00")
    allocate(payment, invoice, "30.00")
    assert refused(lambda: pay(cast, "-20.01", refund_of=payment)) == "refund_too_large"
    assert refused(lambda: pay(cast, "-5.00", refund_of=payment, patient=make_patient())) == "refund_of_another"
    refund = pay(cast, "-15.00", refund_of=payment)
    assert refused(lambda: pay(cast, "-1.00", refund_of=refund)) == "refund_of_another"
    assert refused(lambda: allocate(payment, invoice, "5.01")) == "payment_used_up"
    assert str(Payment.objects.with_remaining().get(pk=payment.pk).remaining) == "5.00"


def test_amounts_and_accounts_that_make_no_sense_are_refused(cast: Cast):
    invoice, payment = issued(cast), pay(cast, "50.00", origin="bank:1")
    assert refused(lambda: pay(cast, "-5.00")) == "amount_does_not_fit"
    assert refused(lambda: pay(cast, "0.00")) == "amount_does_not_fit"
    assert refused(lambda: pay(cast, "5.00", payer=cast.acc)) == "account_unclear"
    assert refused(lambda: pay(cast, "5.00", origin="bank:1")) == "already_taken"
    assert refused(lambda: allocate(payment, invoice, "0.00")) == "amount_missing"
    assert refused(lambda: write_off(cast, invoice, "0.00")) == "amount_missing"
    two = lambda: Invoice.objects.create(patient=cast.aroha, payer=cast.acc, billed_to=cast.aroha)  # noqa: E731
    assert refused(two) == "two_debtors"


def test_more_than_a_line_charged_is_not_credited_nor_what_is_paid(cast: Cast):
    invoice, another = issued(cast), issued(cast, patient=make_patient())
    assert refused(lambda: credit(cast, invoice, "100.01", "0.00")) == "more_than_charged"
    assert refused(lambda: credit(cast, invoice, "90.00", "15.01")) == "more_than_charged"
    note = credit(cast, invoice, "60.00", "9.00")
    assert refused(lambda: credit(cast, invoice, "40.01", "0.00")) == "more_than_charged"
    other_line = CreditLine(credit_note=note, line=another.lines.get(), position=2, amount_excl="1.00")
    assert refused(lambda: other_line.save()) == "line_of_another_invoice"
    allocate(pay(cast, "46.00"), invoice, "40.00")
    assert refused(lambda: credit(cast, invoice, "10.00", "1.50")) == "already_settled"


def test_a_billed_part_is_let_go_only_when_its_line_is_credited_in_full(cast: Cast):
    invoice = issued(cast)
    part = BilledPart.objects.get()
    credit(cast, invoice, "99.99", "15.00")
    assert refused(lambda: part.delete()) == "already_billed"
    credit(cast, invoice, "0.01", "0.00")
    part.delete()
    again = invoicing.draft(treatments=[invoice.lines.get().treatment], payer=None, by=cast.desk, now=NOW)
    assert again.status == Invoice.Status.DRAFT


@pytest.mark.parametrize("table", ["payment", "allocation", "writeoff", "creditnote", "creditline"])
@pytest.mark.parametrize("statement", ["UPDATE billing_{} SET id = id", "DELETE FROM billing_{}"])
def test_raw_sql_changes_nothing_of_what_settled_an_invoice(cast: Cast, table: str, statement: str):
    invoice = issued(cast)
    allocate(pay(cast, "50.00"), invoice, "30.00")
    write_off(cast, invoice, "5.00")
    credit(cast, invoice, "20.00", "3.00")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.django_db(transaction=True)
def test_twenty_who_settle_one_invoice_at_once_settle_it_once(transactional_db, cast: Cast):
    invoice = issued(cast)
    payments = [pay(cast, "115.00") for _ in range(10)]
    acts = [lambda payment=payment: allocate(payment, invoice, "115.00") for payment in payments]
    acts += [lambda: write_off(cast, invoice, "115.00") for _ in range(10)]
    outcomes = at_once(acts)
    codes = [refusal_for(outcome).code for outcome in outcomes if isinstance(outcome, Exception)]
    assert codes == ["more_than_owed"] * 19
    assert balance(invoice) == Decimal("0.00")


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_the_same_race_settles_it_twice(transactional_db, cast: Cast):
    """The twin: the triggers gone, the sums alone, as an application would ask them, let several through."""
    invoice = issued(cast)
    payments = [pay(cast, "115.00") for _ in range(10)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_allocation DISABLE TRIGGER USER")

    def check_then_act(payment: Payment):
        with transaction.atomic():
            if balance(invoice) >= Decimal("115.00"):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(0.05)")
                return allocate(payment, invoice, "115.00")
            return None

    try:
        outcomes = at_once([lambda payment=payment: check_then_act(payment) for payment in payments])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE billing_allocation ENABLE TRIGGER USER")
    assert len([outcome for outcome in outcomes if isinstance(outcome, Allocation)]) > 1
