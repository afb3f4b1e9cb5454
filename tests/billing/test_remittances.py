"""What payers answer, taken in: amounts to the cent, nothing twice, nothing lost, and what a person decides then."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing.claiming import deciding, remittance_rows, remitting, submitting
from billing.claiming.remittance_rows import Row
from billing.models import Claim, ClaimLine, CreditNote, Invoice, Payment, Remittance, RemittanceRow, WriteOff
from clinic.errors import Conflict, Refusal, refusal_for
from tests.billing.claims import NOW, acupuncture, prepared, sent, session, several, states, submitted
from tests.cast import Cast, api, make_case, make_patient
from tests.rivals import at_once

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def acc_pays(cast: Cast) -> None:
    acupuncture(cast.acc)


@pytest.fixture
def claim(cast: Cast) -> Claim:
    """Three lines of $90.00 of one case."""
    return sent(cast, *several(cast, 3))


def row(claim: Claim, position: int, status: str, awarded: str | None = None, **fields) -> Row:
    reference = {} if status in {"accepted", "held"} else {"payment_reference": "P1", "paid_on": TODAY}
    amount = None if awarded is None else Decimal(awarded)
    return Row(
        **{"schedule_number": claim.label, "line_number": position, "status": status, "awarded": amount}
        | reference
        | fields
    )


def take_in(cast: Cast, *rows: Row, **of) -> list[Remittance]:
    return remitting.take_in(payer=cast.acc, rows=rows, by=cast.billing, now=NOW, **of)


def outcomes(remittance: Remittance) -> list[str]:
    return [row.outcome for row in remittance.rows.order_by("position")]


def balances() -> list[str]:
    return [str(row.balance) for row in Invoice.objects.issued().with_balance().order_by("pk")]


def credit_left() -> list[str]:
    return [str(row.remaining) for row in Payment.objects.with_remaining().order_by("pk")]


def code_of(act) -> str:
    with pytest.raises((IntegrityError, Refusal)) as caught, transaction.atomic():
        act()
    error = caught.value
    return error.code if isinstance(error, Refusal) else refusal_for(error).code


def test_one_payment_is_made_of_all_rows_and_set_line_by_line(cast: Cast, claim: Claim):
    [remittance] = take_in(cast, row(claim, 1, "paid", "90.00"), row(claim, 2, "paid", "90.00"))
    assert (str(remittance.payment.amount), remittance.payment.reference) == ("180.00", "P1")
    assert states(claim) == ["paid", "paid", "submitted"]
    assert (balances(), credit_left()) == (["90.00"], ["0.00"])


def test_a_part_is_paid_and_the_rest_of_it_later(cast: Cast, claim: Claim):
    take_in(cast, row(claim, 1, "paid", "60.00"))
    assert states(claim)[0] == "partial"  # amounts say it, whatever the payer calls it
    take_in(cast, row(claim, 1, "partial", "30.00", payment_reference="P2"))
    line = claim.lines.get(position=1)
    assert (line.state, str(line.awarded), balances()) == ("paid", "90.00", ["180.00"])
    assert [str(step.amount) for step in line.history.all()][2:] == ["60.00", "90.00"]


def test_rows_are_found_by_injury_and_day_and_the_claim_need_not_be_said(cast: Cast, claim: Claim):
    line = claim.lines.get(position=2).invoice_line
    given = row(claim, 0, "paid", "90.00", schedule_number="", line_number=None)
    number = line.invoice.case.claim_number.lower()
    [remittance] = take_in(cast, replace(given, claim_number=number, service_on=line.service_on))
    assert (outcomes(remittance), states(claim)[1]) == (["applied"], "paid")


def test_what_is_taken_in_a_second_time_changes_nothing_however_its_line_is_named(cast: Cast, claim: Claim):
    take_in(cast, row(claim, 1, "paid", "90.00"))
    line = claim.lines.get(position=1).invoice_line
    other_words = row(claim, 0, "paid", "90.00", schedule_number="", line_number=None)
    other_words = replace(other_words, claim_number=line.invoice.case.claim_number, service_on=line.service_on)
    for given in (row(claim, 1, "paid", "90.00"), other_words):
        [again] = take_in(cast, given)
        assert (outcomes(again), again.payment) == (["duplicate"], None)
    assert (Payment.objects.count(), balances()) == (1, ["180.00"])


def test_the_same_row_twice_in_one_file_is_one_payment(cast: Cast, claim: Claim):
    [remittance] = take_in(cast, row(claim, 1, "paid", "90.00"), row(claim, 1, "paid", "90.00"))
    assert (outcomes(remittance), str(remittance.payment.amount)) == (["applied", "duplicate"], "90.00")


def test_rows_of_nothing_we_know_are_kept_and_their_money_is_credit_until_somebody_says(cast: Cast, claim: Claim):
    [remittance] = take_in(cast, row(claim, 1, "paid", "90.00"), row(claim, 99, "paid", "90.00"))
    assert (outcomes(remittance), str(remittance.payment.amount)) == (["applied", "unknown"], "180.00")
    assert credit_left() == ["90.00"]
    unknown = RemittanceRow.objects.unknown().get()
    client, line = api(cast.billing), claim.lines.get(position=2)
    answer = client.post(f"/api/v1/remittance-rows/{unknown.pk}/settle/", {"line": line.pk}, format="json")
    assert (answer.json()["outcome"], answer.json()["line"]) == ("settled", line.pk)
    assert (states(claim), credit_left(), balances()) == (["paid", "paid", "submitted"], ["0.00"], ["90.00"])
    again = client.post(f"/api/v1/remittance-rows/{unknown.pk}/settle/", {"line": line.pk}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "row_settled")
    [once_more] = take_in(cast, row(claim, 2, "paid", "90.00"))
    assert outcomes(once_more) == ["duplicate"]


def test_an_unknown_row_that_is_nothing_of_ours_says_what_was_done(cast: Cast, claim: Claim):
    take_in(cast, row(claim, 99, "paid", "12.00"))
    unknown = RemittanceRow.objects.get()
    settle = lambda **given: deciding.settle_row(row=unknown, **{"line": None, "by": cast.desk, "now": NOW} | given)  # noqa: E731
    assert code_of(settle) == "reason_missing"
    draft = prepared(cast, session(cast, make_case(make_patient()))).lines.get()
    assert code_of(lambda: settle(line=draft)) == "line_does_not_fit"
    assert settle(note="Sent back to ACC").outcome == "settled"


def test_a_line_that_is_paid_already_is_not_paid_again_by_another_payment(cast: Cast, claim: Claim):
    take_in(cast, row(claim, 1, "paid", "90.00"))
    [second] = take_in(cast, row(claim, 1, "paid", "90.00", payment_reference="P2"))
    [kept] = second.rows.all()
    assert (kept.outcome, kept.problem) == ("unknown", "This line is paid: it cannot become paid.")
    assert credit_left() == ["0.00", "90.00"]


def test_what_was_paid_is_taken_back_and_owed_again(cast: Cast, claim: Claim):
    take_in(cast, row(claim, 1, "paid", "90.00"))
    [remittance] = take_in(cast, row(claim, 1, "reversed", payment_reference="P2", reason="Not his injury"))
    line = claim.lines.get(position=1)
    assert (line.state, str(line.awarded), line.reason) == ("reversed", "0.00", "Not his injury")
    assert (remittance.payment, balances(), credit_left()) == (None, ["270.00"], ["90.00"])


def test_what_is_kept_back_from_a_payment_is_paid_by_what_was_freed(cast: Cast, claim: Claim):
    """ACC pays two lines, 180.00, keeps 90.00 of an earlier one back, and sends 90.00."""
    take_in(cast, row(claim, 1, "paid", "90.00"))
    [remittance] = take_in(
        cast,
        row(claim, 2, "paid", "90.00", payment_reference="P2"),
        row(claim, 3, "paid", "90.00", payment_reference="P2"),
        row(claim, 1, "reversed", "90.00", payment_reference="P2"),
    )
    assert str(remittance.payment.amount) == "90.00"
    assert (states(claim), balances(), credit_left()) == (["reversed", "paid", "paid"], ["90.00"], ["0.00", "0.00"])


def test_part_of_what_was_paid_is_taken_back(cast: Cast, claim: Claim):
    take_in(cast, row(claim, 1, "paid", "90.00"))
    take_in(cast, row(claim, 1, "reversed", "30.00", payment_reference="P2"))
    line = claim.lines.get(position=1)
    assert (line.state, str(line.awarded), balances()) == ("partial", "60.00", ["210.00"])


def test_more_than_is_owed_stays_as_credit_of_the_payer(cast: Cast, claim: Claim):
    take_in(cast, *(row(claim, number, "paid", "95.00") for number in (1, 2, 3)))
    assert (balances(), credit_left()) == (["0.00"], ["15.00"])
    claim.refresh_from_db()
    assert claim.status == "settled"


def test_each_payment_reference_is_a_remittance_of_its_own(cast: Cast, claim: Claim):
    taken = take_in(cast, row(claim, 1, "paid", "90.00"), row(claim, 2, "paid", "90.00", payment_reference="P2"))
    assert [(remittance.payment_reference, str(remittance.payment.amount)) for remittance in taken] == [
        ("P1", "90.00"),
        ("P2", "90.00"),
    ]


def test_a_state_that_is_known_already_is_no_news(cast: Cast, claim: Claim):
    take_in(cast, row(claim, 1, "held", reason="Looking into it"))
    [again] = take_in(cast, row(claim, 1, "held", reason="Looking into it"))
    assert (outcomes(again), claim.lines.get(position=1).history.count()) == (["duplicate"], 3)


def test_money_of_tomorrow_and_another_payers_claim_are_refused_and_nothing_is_kept(cast: Cast, claim: Claim):
    tomorrow = row(claim, 1, "paid", "90.00", paid_on=TODAY + timedelta(days=1))
    assert code_of(lambda: take_in(cast, tomorrow)) == "received_in_future"
    act = lambda: remitting.take_in(payer=cast.southern, claim=claim, rows=[tomorrow], by=cast.desk, now=NOW)  # noqa: E731
    assert code_of(act) == "remittance_of_another_payer"
    assert (Remittance.objects.count(), states(claim)[0]) == (0, "submitted")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"status": "perhaps"}, "the status “perhaps” is not known"),
        ({"status": "paid", "payment_reference": "P1"}, "it is paid, and no amount is given"),
        ({"status": "paid", "awarded": "9.00"}, "it is paid, and no payment reference is given"),
        ({"status": "held", "line_number": "one"}, "“one” is no line number"),
        ({"status": "held", "service_on": "24/11/2026"}, "“24/11/2026” is no day: write 2026-11-24"),
        ({"status": "held", "awarded": "NaN"}, "“NaN” is no amount"),
        ({"status": "held", "awarded": "9" * 12}, "“999999999999” is no amount"),
        ({"status": "held", "reason": "x" * 301}, "reason is too long"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_refused(given: dict, why: str):
    with pytest.raises(Refusal) as refused:
        remittance_rows.from_mappings([{"status": "held"}, given])
    assert (refused.value.code, refused.value.detail) == (
        "remittance_malformed",
        f"Row 2 cannot be read: {why}. Nothing was taken in.",
    )


def test_files_are_read_with_their_own_headings_words_and_signs():
    text = (
        "﻿Schedule ID,LINE,Payment Status,Amount-Paid,payment reference,Anything\r\n7,2,Part paid,-$1,030.50,R9,x\r\n"
    )
    text = text.replace("-$1,030.50", '"-$1,030.50"') + ",,,,,\r\n"
    assert remittance_rows.from_csv(text) == [
        Row(schedule_number="7", line_number=2, status="partial", awarded=Decimal("1030.50"), payment_reference="R9")
    ]
    with pytest.raises(Refusal):
        remittance_rows.from_csv("status\r\n")


# What a person decides


def declined(cast: Cast, claim: Claim) -> ClaimLine:
    take_in(cast, row(claim, 1, "declined", "0.00", reason_code="D1", reason="No cover"))
    return claim.lines.get(position=1)


def test_what_was_declined_is_billed_to_the_patient_once(cast: Cast, claim: Claim):
    line = declined(cast, claim)
    bill = lambda: deciding.bill_to_patient(line=line, reason="No cover", by=cast.desk, now=NOW)  # noqa: E731
    invoice = bill()
    assert (invoice.payer, invoice.patient) == (None, cast.aroha)
    assert (str(CreditNote.objects.get().lines.get().amount_excl), balances()) == ("78.26", ["180.00"])
    assert [(str(line.amount_excl), str(line.gst), line.share) for line in invoice.lines.all()] == [
        ("78.26", "11.74", "payer")
    ]
    assert code_of(bill) == "nothing_to_decide"


def test_the_rest_of_what_was_paid_in_part_is_billed_to_the_patient_or_written_off(cast: Cast, claim: Claim):
    take_in(cast, row(claim, 1, "paid", "60.00"), row(claim, 2, "paid", "60.00"))
    first, second = claim.lines.filter(position__in=[1, 2])
    invoice = deciding.bill_to_patient(line=first, reason="Rate", by=cast.desk, now=NOW)
    assert str(sum(line.total for line in invoice.lines.all())) == "30.00"
    assert code_of(lambda: deciding.write_off(line=second, reason=" ", by=cast.desk, now=NOW)) == "reason_missing"
    deciding.write_off(line=second, reason="Too little to ask for", by=cast.desk, now=NOW)
    assert (str(WriteOff.objects.get().amount), balances()) == ("30.00", ["90.00"])
    assert code_of(lambda: deciding.claim_again(line=claim.lines.get(position=3), by=cast.desk, now=NOW)) == (
        "nothing_to_decide"
    )


def test_what_was_paid_in_part_is_not_claimed_again(cast: Cast, claim: Claim):
    take_in(cast, row(claim, 1, "paid", "60.00"))
    act = lambda: deciding.claim_again(line=claim.lines.get(position=1), by=cast.desk, now=NOW)  # noqa: E731
    assert code_of(act) == "still_live"


def test_what_was_declined_is_claimed_again_and_the_chain_is_kept(cast: Cast, claim: Claim):
    line = declined(cast, claim)
    client = api(cast.billing)
    answer = client.post(f"/api/v1/claim-lines/{line.pk}/claim-again/")
    assert (answer.status_code, answer.json()["status"]) == (201, "draft")
    again = ClaimLine.objects.get(claim=answer.json()["id"])
    assert again.resubmission_of == line
    assert code_of(lambda: deciding.write_off(line=line, reason="No", by=cast.desk, now=NOW)) == "nothing_to_decide"
    client.post(f"/api/v1/claims/{again.claim_id}/submit/")
    shown = client.get(f"/api/v1/claim-lines/{line.pk}/").json()
    assert (shown["resolution"], shown["resubmitted_as"]) == ("resubmitted", again.pk)
    [late] = take_in(cast, row(claim, 1, "paid", "90.00", payment_reference="P7"))
    assert late.rows.get().problem == "It was claimed again on CLM-000002 since."


def test_a_claim_is_settled_when_the_last_line_it_waits_for_goes_on_another(cast: Cast, claim: Claim):
    paid = [row(claim, position, "paid", "90.00") for position in (1, 2)]
    take_in(cast, *paid, row(claim, 3, "declined", "0.00"))
    again = deciding.claim_again(line=claim.lines.get(position=3), by=cast.desk, now=NOW)
    claim.refresh_from_db()
    assert claim.status == "acknowledged"
    submitting.submit(claim=again, by=cast.desk, now=NOW)
    claim.refresh_from_db()
    assert claim.status == "settled"


def test_a_declined_line_that_the_payer_pays_after_all_is_paid(cast: Cast, claim: Claim):
    line = declined(cast, claim)
    take_in(cast, row(claim, 1, "paid", "90.00", payment_reference="P2"))
    line.refresh_from_db()
    assert [step.state for step in line.history.all()] == ["selected", "submitted", "declined", "paid"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE billing_remittancerow SET awarded = 1",
        "DELETE FROM billing_remittancerow",
        "DELETE FROM billing_remittance",
    ],
)
def test_raw_sql_does_not_change_what_a_payer_said(cast: Cast, claim: Claim, change: str):
    take_in(cast, row(claim, 1, "paid", "90.00"))
    with connection.cursor() as cursor:
        assert code_of(lambda: cursor.execute(change)) == "remittance_stays"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"outcome": "settled"}, "settlement_incomplete"),
        ({"position": 2}, "position_twice"),
    ],
)
def test_rows_that_make_no_sense_are_refused_by_the_database(cast: Cast, claim: Claim, change: dict, code: str):
    take_in(cast, row(claim, 1, "paid", "90.00"), row(claim, 2, "paid", "90.00"))
    first = RemittanceRow.objects.filter(position=1)
    assert code_of(lambda: first.update(**change)) == code
    copy = first.get()
    copy.pk, copy.position = None, 9
    assert code_of(copy.save) == "already_taken_in"
    copy.awarded, copy.fingerprint = Decimal(-1), ""
    assert code_of(copy.save) == "amount_negative"


@pytest.mark.django_db(transaction=True)
def test_the_same_file_taken_in_by_eight_at_once_pays_once(transactional_db, cast: Cast):
    claim = submitted(cast, *several(cast, 2))
    rows = [row(claim, number, "paid", "90.00") for number in (1, 2)]
    outcomes = at_once([lambda: take_in(cast, *rows) for _ in range(8)])
    assert [type(outcome) for outcome in outcomes] == [list] * 8
    assert (Payment.objects.count(), balances(), credit_left()) == (1, ["0.00"], ["0.00"])
    assert not any(isinstance(outcome, Conflict) for outcome in outcomes)
