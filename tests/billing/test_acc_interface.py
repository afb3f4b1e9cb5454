"""ACC's interface against a stand-in that answers over HTTP as ACC is documented to, and what becomes of it."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.cache import cache

from billing.claiming import asking, delivering
from billing.claiming.acc import names
from billing.claiming.acc.interface import MOST_A_SECOND, AccInterface
from billing.claiming.acc.replay import Replay
from billing.claiming.channels import Batch, NotTaken
from billing.models import Claim, Payment, Remittance
from patients.models import Payer
from tests.billing.claims import NOW, acupuncture, several, states, submitted
from tests.cast import Cast, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def acc():
    """The stand-in, listening on a port of its own."""
    server = Replay(key="a-key")
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def claim(cast: Cast, acc: Replay, settings) -> Claim:
    """Two lines that go to ACC by its interface."""
    cache.clear()
    settings.ACC_API_URL, settings.ACC_API_KEY = acc.url, "a-key"
    acupuncture(cast.acc)
    Payer.objects.filter(pk=cast.acc.pk).update(claim_channel="acc_api")
    cast.acc.refresh_from_db()
    return submitted(cast, *several(cast, 2))


def deliver(claim: Claim, now=NOW) -> Claim:
    delivering.deliver(claim_id=claim.pk, clock=lambda: now)
    claim.refresh_from_db()
    return claim


def ask(claim: Claim, now=NOW) -> Claim:
    asking.ask(claim_id=claim.pk, now=now)
    claim.refresh_from_db()
    return claim


def test_a_schedule_is_taken_with_everything_the_specification_lists(claim: Claim, acc: Replay):
    assert (deliver(claim).delivery, claim.payer_reference, claim.status) == ("sent", "R000001", "submitted")
    [schedule] = acc.received["CLM-000001"]
    assert (schedule["vendor"]["vendorId"], schedule["schedule"]["gstIncluded"]) == ("G99999", True)
    assert (schedule["numberOfLines"], schedule["totalClaimedAmount"]) == (2, "180.00")
    line = schedule["lines"][0]
    assert {name: line[name] for name in ("lineNumber", "accidentDate", "serviceItemCode", "billingMethod")} == {
        "lineNumber": 1,
        "accidentDate": "2026-09-01",
        "serviceItemCode": "ACU1",
        "billingMethod": "FlatFee",
    }
    assert line["provider"] == {"providerId": "Q12345", "givenName": "Mere", "familyName": "Ngata"}
    assert (line["patient"]["givenName"], line["amountClaimed"]) == ("Aroha", "90.00")


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"inactive": {"Q12345"}}, "provider_not_active", "PROVIDER NOT CURRENTLY ACTIVE"),
        ({"services": {"ACU9"}}, "service_invalid", "INVALID SERVICE CODE, SERVICE DATE OR CONTRACT"),
    ],
)
def test_what_acc_refuses_is_declined_with_its_words(claim: Claim, acc: Replay, wrong: dict, code: str, words: str):
    for name, value in wrong.items():
        setattr(acc, name, value)
    assert deliver(claim).status == "rejected"
    assert states(claim) == ["declined", "declined"]
    assert (claim.delivery_code, claim.lines.first().reason) == (code, words)


def test_a_purchase_order_number_that_is_too_long_is_refused_by_acc_in_its_words(claim: Claim, acc: Replay):
    for line in claim.particulars["lines"]:
        line["purchase_order_number"] = "PO-1234567890-TOO-LONG"
    text = acc.refusal(names.schedule_of(claim.particulars, key=claim.key))
    assert names.refusal_of(text) == ("order_number_invalid", "PO NUMBER IS TOO LONG, OR HAS DISALLOWED CHARACTERS")


@pytest.mark.parametrize(
    ("status", "delivery", "code"),
    [
        (401, "waiting", "acc_keeps_us_out"),
        (403, "waiting", "acc_keeps_us_out"),
        (404, "waiting", "acc_away"),
        (429, "waiting", "acc_busy"),
        (500, "unknown", "answer_lost"),
    ],
)
def test_each_status_that_acc_may_answer_with(claim: Claim, acc: Replay, status: int, delivery: str, code: str):
    acc.forced = status
    assert (deliver(claim).delivery, claim.delivery_code) == (delivery, code)
    assert claim.status == "submitted"


def test_a_wrong_key_keeps_us_out_and_a_right_one_lets_the_same_claim_in(claim: Claim, acc: Replay, settings):
    settings.ACC_API_KEY = "another"
    assert deliver(claim).delivery_code == "acc_keeps_us_out"
    settings.ACC_API_KEY = "a-key"
    assert deliver(claim, NOW + timedelta(minutes=1)).delivery == "sent"


def test_nothing_leaves_where_acc_is_away_or_not_set_up(claim: Claim, acc: Replay, settings):
    settings.ACC_API_URL = "http://127.0.0.1:9"
    assert (deliver(claim).delivery, claim.delivery_code) == ("waiting", "acc_away")
    settings.ACC_API_URL = ""
    deliver(claim, NOW + timedelta(minutes=1))
    assert (claim.delivery, claim.delivery_code, acc.received) == ("waiting", "acc_not_set_up", {})


def test_more_than_200_lines_are_a_500_of_acc_which_our_own_limit_never_reaches(claim: Claim, acc: Replay):
    content = claim.particulars | {"lines": claim.particulars["lines"] * 101}
    with pytest.raises(ConnectionError):
        AccInterface().submit(Batch(claim=1, key="k", label="CLM-9", reference="", content=content))
    assert claim.payer.max_claim_lines == 200


def test_no_more_than_acc_allows_are_asked_a_second_by_all_workers_together(claim: Claim, acc: Replay):
    batch = delivering.batch_of(claim)
    outcomes = []
    for _ in range(2 * MOST_A_SECOND + 10):
        try:
            outcomes.append(AccInterface().status(batch))
        except NotTaken as error:
            outcomes.append(error.code)
    assert set(outcomes) <= {None, "acc_busy"}
    assert "acc_busy" in outcomes
    assert len(acc.calls) <= MOST_A_SECOND


def test_what_was_asked_at_the_end_of_a_second_counts_in_the_next(claim: Claim, acc: Replay):
    batch = delivering.batch_of(claim)

    def taken(questions: int) -> int:
        for asked in range(questions):
            try:
                AccInterface().status(batch)
            except NotTaken:
                return asked
        return questions

    time.sleep(1 - time.time() % 1 + 0.5)  # half a second before the clock's second ends
    before = taken(MOST_A_SECOND - 5)
    time.sleep(1 - time.time() % 1)
    assert (before, taken(MOST_A_SECOND)) == (MOST_A_SECOND - 5, 5)
    assert len(acc.calls) <= MOST_A_SECOND


def test_an_answer_that_was_lost_is_found_by_asking_and_never_by_sending_again(claim: Claim, acc: Replay):
    def dies() -> None:
        raise ConnectionAbortedError

    acc.before_answer = dies
    assert deliver(claim).delivery == "unknown"
    assert len(acc.received["CLM-000001"]) == 1
    delivering.waiting_ids(now=NOW + timedelta(days=1))
    assert asking.due_ids(now=NOW) == [claim.pk]
    assert (ask(claim).delivery, claim.status) == ("sent", "acknowledged")
    assert len(acc.received["CLM-000001"]) == 1


def test_what_acc_knows_nothing_of_stays_unknown(claim: Claim, acc: Replay):
    Claim.objects.filter(pk=claim.pk).update(delivery="unknown", next_try_at=None)
    assert (ask(claim).delivery, claim.status) == ("unknown", "submitted")


def test_a_schedule_that_failed_later_is_rejected_with_its_reason(claim: Claim, acc: Replay):
    deliver(claim)
    acc.failed["CLM-000001"] = "PROVIDER NOT CURRENTLY ACTIVE"
    assert (ask(claim).status, states(claim)) == ("rejected", ["declined", "declined"])


def test_what_acc_pays_and_declines_arrives_by_itself_and_once(claim: Claim, acc: Replay):
    deliver(claim)
    assert ask(claim).status == "acknowledged"
    acc.pay("CLM-000001", 1, "90.00", reference="ACC-1", paid_on=NOW.date())
    acc.say("CLM-000001", 2, "Declined", reasonCode="D1", reason="Not this injury")
    for hours in (1, 2):
        ask(claim, NOW + timedelta(hours=hours))
    assert (states(claim), claim.status) == (["paid", "declined"], "acknowledged")
    assert (str(Payment.objects.get().amount), Payment.objects.get().taken_by) == ("90.00", None)
    assert [row.source for row in Remittance.objects.all()] == ["channel", "channel"]


def test_claims_are_asked_about_no_more_often_than_their_channel_says(claim: Claim, acc: Replay):
    deliver(claim)
    ask(claim)
    assert asking.due_ids(now=NOW + timedelta(minutes=59)) == []
    assert asking.due_ids(now=NOW + timedelta(hours=1)) == [claim.pk]
    acc.forced = 503
    assert ask(claim, NOW + timedelta(hours=1)).delivery == "sent"
    assert asking.due_ids(now=NOW + timedelta(hours=1)) == []


def test_a_claim_on_paper_is_not_asked_about(cast: Cast):
    acupuncture(cast.acc)
    claim = deliver(submitted(cast, *several(cast, 1, make_case(cast.aroha))))
    assert asking.due_ids(now=NOW) == []
    assert ask(claim).asked_at is None
