"""How claims stand, where an invoice is looked at: on its page, and in the report of what ACC owes."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from billing import happenings
from billing.claiming import deciding, preparing, remitting, standing, submitting
from billing.claiming.remittance_rows import Row
from billing.models import Claim, ClaimLine, Invoice
from billing.reports import outstanding
from clinic.report import Days
from tests.billing.claims import NOW, acupuncture, prepared, sent, several
from tests.cast import Cast
from tests.visits import AUCKLAND

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
LATER = NOW + timedelta(days=2)


@pytest.fixture(autouse=True)
def acc_pays(cast: Cast) -> None:
    acupuncture(cast.acc)


@pytest.fixture
def claim(cast: Cast) -> Claim:
    """Three lines of $90.00 on one invoice."""
    return sent(cast, *several(cast, 3))


def answer(cast: Cast, claim: Claim, *said: tuple[str, str | None], now=LATER) -> None:
    """What ACC says of the lines from the first one on; nothing, where that is empty."""
    rows = [
        Row(
            schedule_number=claim.label,
            line_number=position,
            status=status,
            awarded=Decimal(amount) if amount else None,
            reason="Not this injury" if status == "declined" else "",
            payment_reference="P1" if amount else "",
            paid_on=now.date() if amount else None,
        )
        for position, (status, amount) in enumerate(said, 1)
        if status
    ]
    remitting.take_in(payer=cast.acc, rows=rows, by=cast.billing, now=now)


def invoice() -> Invoice:
    return Invoice.objects.with_totals().with_state(on=TODAY).with_sending().get(payer__kind="acc")


def told(invoice: Invoice) -> list[str]:
    return [happening.words for happening in happenings.of(invoice)]


def test_an_invoices_page_tells_what_became_of_its_claimed_lines(cast: Cast, claim: Claim):
    answer(cast, claim, ("paid", "90.00"), ("paid", "90.00"), ("declined", None))
    assert told(invoice()) == [
        "Drafted",
        "Issued as INV-000001",
        "3 lines claimed, CLM-000001",
        "2 lines paid by ACC, CLM-000001",
        "1 line declined by ACC, CLM-000001",
        "$180.00 paid",
    ]
    declined = happenings.of(invoice())[-2]
    assert (declined.detail, declined.by) == ("Not this injury", "Bill Faleolo")
    assert declined.place == f"/admin/billing/claim/{claim.pk}/change/"


def test_a_draft_that_is_claimed_tells_nothing_of_it_yet(cast: Cast):
    prepared(cast, *several(cast, 1))
    assert told(invoice()) == ["Drafted"]


def next_step() -> str:
    return happenings.next_step(invoice(), today=TODAY)


def test_the_next_step_of_a_claimed_invoice_is_that_of_its_claim(cast: Cast, claim: Claim):
    assert next_step() == "It is on CLM-000001: wait for the answer of ACC."
    answer(cast, claim, ("paid", "90.00"), ("paid", "90.00"), ("declined", None))
    assert next_step() == "Decide about what ACC did not pay on CLM-000001."
    again = deciding.claim_again(line=claim.lines.get(position=3), by=cast.billing, now=LATER)
    assert next_step() == "It is on a claim that is being prepared: submit that."
    preparing.discard(claim=again, by=cast.billing, now=LATER)
    deciding.write_off(line=claim.lines.get(position=3), reason="Too little", by=cast.billing, now=LATER)
    assert next_step() == "Nothing: it is settled."


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, ""),
        ({"submitted": 3}, "Submitted"),
        ({"partial": 1}, "Paid in part"),
        ({"paid": 2, "declined": 1}, "1 declined, 2 paid"),
        ({"accepted": 4, "held": 1, "reversed": 2}, "2 taken back, 1 held, 4 accepted"),
    ],
)
def test_what_has_to_be_looked_at_is_said_first(counts: dict[str, int], words: str):
    assert standing.in_words(counts) == words


def test_every_state_of_a_submitted_line_has_its_place_in_the_words():
    assert set(standing.IN_ORDER) == set(ClaimLine.State) - {ClaimLine.State.SELECTED}
    assert set(happenings.SAID) == set(standing.IN_ORDER) - {ClaimLine.State.SUBMITTED}


def states_owed(day) -> list[str]:
    report = outstanding.on_a_day(Days(day, day))
    place = [column.key for column in report.columns].index("state")
    return [row[place] for row in report.rows]


def test_the_report_says_how_the_claim_stood_on_its_day(cast: Cast, claim: Claim):
    answer(cast, claim, ("paid", "90.00"), ("held", None), ("declined", None))
    assert (states_owed(TODAY), states_owed(LATER.date())) == (["Submitted"], ["1 declined, 1 held, 1 paid"])
    assert states_owed(TODAY - timedelta(days=1)) == []


def test_a_line_claimed_again_stands_as_on_its_newest_claim(cast: Cast, claim: Claim):
    answer(cast, claim, ("declined", None), ("declined", None), ("declined", None))
    again = deciding.claim_again(line=claim.lines.get(position=2), by=cast.billing, now=LATER)
    assert states_owed(LATER.date()) == ["Declined"]
    submitting.submit(claim=again, by=cast.billing, now=LATER)
    until = LATER + timedelta(days=1)
    assert standing.of_invoices([invoice().pk], until=until) == {
        invoice().pk: Counter({"declined": 2, "submitted": 1})
    }
    assert next_step() == "Decide about what ACC did not pay on CLM-000001."


def test_what_is_on_no_claim_says_so(cast: Cast, claim: Claim):
    assert standing.of_invoices([], until=NOW.astimezone(AUCKLAND)) == {}
    assert standing.of_invoices([invoice().pk], until=NOW - timedelta(days=9)) == {}
