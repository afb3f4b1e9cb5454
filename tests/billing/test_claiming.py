"""Claims from the first line to the hand-over: prepared, submitted under numbers without gaps, sent once."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from billing import invoicing
from billing.claiming import delivering, preparing, submitting
from billing.claiming.channels import Batch, NotTaken, Receipt, Refused
from billing.models import Claim, ClaimLine, ClaimLineStep, Invoice
from clinic.errors import Conflict, Refusal, refusal_for
from clinic.models import Practice
from patients.models import Payer
from tests.billing.claims import NOW, acupuncture, prepared, sent, session, several, states, submitted
from tests.cast import Cast, api, make_case, make_patient
from tests.rivals import at_once

pytestmark = pytest.mark.django_db
URL = "/api/v1/claims/"


@pytest.fixture(autouse=True)
def acc_pays(cast: Cast) -> None:
    acupuncture(cast.acc)


def refused(act) -> str:
    with pytest.raises((IntegrityError, Refusal)) as caught, transaction.atomic():
        act()
    error = caught.value
    return error.code if isinstance(error, Refusal) else refusal_for(error).code


# Preparing


def test_a_claim_drafts_an_invoice_for_each_case_and_takes_up_what_is_drafted(cast: Cast):
    mine, theirs = make_case(cast.aroha), make_case(make_patient())
    notes = [*several(cast, 2, mine), *several(cast, 1, theirs)]
    drafted = invoicing.draft(treatments=notes[:1], payer=cast.acc, by=cast.desk, now=NOW)
    claim = prepared(cast, *notes)
    assert claim.status == "draft"
    assert [(line.position, line.state, str(line.claimed)) for line in claim.lines.all()] == [
        (1, "selected", "90.00"),
        (2, "selected", "90.00"),
        (3, "selected", "90.00"),
    ]
    invoices = Invoice.objects.order_by("pk")
    assert [(row.case, row.lines.count(), row.number) for row in invoices] == [
        (mine, 1, None),
        (mine, 1, None),
        (theirs, 1, None),
    ]
    assert invoices[0] == drafted


def test_lines_join_and_leave_a_draft_over_http_and_a_draft_is_thrown_away(cast: Cast):
    notes, client = several(cast, 3), api(cast.billing)
    made = client.post(URL, {"payer": cast.acc.pk, "treatments": [notes[0].pk]}, format="json")
    assert (made.status_code, made.json()["line_count"], made.json()["claimed"]) == (201, 1, "90.00")
    place = f"{URL}{made.json()['id']}/"
    added = client.post(f"{place}add/", {"treatments": [notes[1].pk, notes[2].pk]}, format="json").json()
    assert (added["line_count"], added["claimed"], added["label"]) == (3, "270.00", "Draft")
    lines = client.get("/api/v1/claim-lines/", {"claim": added["id"], "ordering": "position"}).json()["results"]
    assert [row["treatment"] for row in lines] == [note.pk for note in notes]
    left = client.post(f"{place}remove/", {"lines": [lines[0]["id"]]}, format="json").json()
    assert left["line_count"] == 2
    assert client.post(f"{place}remove/", {"lines": [lines[0]["id"]]}, format="json").json()["code"] == "line_unknown"
    assert client.patch(place, {"note": "October"}, format="json").json()["note"] == "October"
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404
    assert (ClaimLine.objects.count(), Invoice.objects.count()) == (0, 2)


def test_a_claim_without_lines_is_refused(cast: Cast):
    assert refused(lambda: prepared(cast)) == "nothing_to_claim"
    claim = prepared(cast, *several(cast, 1))
    preparing.remove(claim=claim, lines=[claim.lines.get().pk], by=cast.billing, now=NOW)
    assert refused(lambda: submitting.submit(claim=claim, by=cast.billing, now=NOW)) == "nothing_to_claim"


def test_a_draft_invoice_that_is_on_a_claim_is_not_thrown_away(cast: Cast):
    claim = prepared(cast, *several(cast, 1))
    invoice = Invoice.objects.get()
    answer = api(cast.billing).delete(f"/api/v1/invoices/{invoice.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "on_a_claim")
    preparing.discard(claim=claim, by=cast.billing, now=NOW)
    assert api(cast.billing).delete(f"/api/v1/invoices/{invoice.pk}/").status_code == 204


def test_more_lines_than_the_payer_takes_are_refused_by_the_verb_and_by_the_database(cast: Cast):
    Payer.objects.filter(pk=cast.acc.pk).update(max_claim_lines=2)
    cast.acc.refresh_from_db()
    first, second, third = several(cast, 3)
    assert refused(lambda: prepared(cast, first, second, third)) == "claim_full"
    claim = prepared(cast, first, second)
    assert refused(lambda: preparing.add(claim=claim, treatments=[third.pk], by=cast.desk, now=NOW)) == "claim_full"
    line = prepared(cast, third).lines.get().invoice_line
    ClaimLine.objects.filter(invoice_line=line).delete()
    more = ClaimLine(claim=claim, invoice_line=line, position=3, claimed="90.00")
    assert refused(more.save) == "claim_full"


def test_the_line_of_another_payer_is_refused_by_the_database(cast: Cast):
    claim = Claim.objects.create(payer=cast.southern, created_by=cast.desk)
    invoice = invoicing.draft(treatments=several(cast, 1), payer=cast.acc, by=cast.desk, now=NOW)
    line = ClaimLine(claim=claim, invoice_line=invoice.lines.get(), position=1, claimed="90.00")
    assert refused(line.save) == "line_of_another_payer"


# Submitting


def test_submitting_issues_the_invoices_and_writes_down_all_that_is_sent(cast: Cast):
    case = make_case(cast.aroha, purchase_order_number="PO1")
    claim = submitted(cast, *several(cast, 2, case))
    assert (claim.label, claim.status, claim.channel, claim.delivery) == (
        "CLM-000001",
        "submitted",
        "paper",
        "waiting",
    )
    assert states(claim) == ["submitted", "submitted"]
    assert [row.status for row in Invoice.objects.all()] == ["issued"]
    said = claim.particulars
    assert (said["vendor"]["vendor_id"], said["recipient"]["name"]) == ("G99999", "ACC")
    line = said["lines"][1]
    assert (line["claim_number"], line["patient"]["nhi"], line["practitioner"]["acc_provider_id"]) == (
        case.claim_number,
        cast.aroha.nhi,
        "Q12345",
    )
    assert (line["service_code"], line["service_on"], line["amount_excl"], line["gst"], line["claimed"]) == (
        "ACU1",
        "2026-11-02",
        "78.26",
        "11.74",
        "90.00",
    )
    assert (line["diagnoses"][0]["code"], line["date_of_injury"]) == ("N2152", "2026-09-01")
    assert line["purchase_order_number"] == ""  # within the first twelve nothing rests on it


def test_each_state_of_a_line_is_in_its_history(cast: Cast):
    claim = submitted(cast, *several(cast, 1))
    steps = [(row.state, row.source, row.by) for row in ClaimLineStep.objects.all()]
    assert steps == [("selected", "desk", cast.billing), ("submitted", "desk", cast.billing)]
    shown = api(cast.billing).get("/api/v1/claim-lines/", {"claim": claim.pk}).json()["results"][0]
    assert [row["state"] for row in shown["history"]] == ["selected", "submitted"]
    assert shown["history"][1]["by_name"] == "Bill Faleolo"


def test_a_claim_that_cannot_be_sent_is_refused(cast: Cast):
    claim = prepared(cast, *several(cast, 1))
    Practice.objects.update(acc_vendor_id="")
    submit = lambda: submitting.submit(claim=claim, by=cast.billing, now=NOW)  # noqa: E731
    assert refused(submit) == "vendor_id_missing"
    Practice.objects.update(acc_vendor_id="G99999")
    with override_settings(CLAIM_CHANNELS={}):
        assert refused(submit) == "channel_missing"
    assert submit().number == 1


@pytest.mark.parametrize(
    "change",
    [
        "note = 'x', number = 7",
        "particulars = '{}'",
        "status = 'draft'",
        "submitted_on = '2026-01-01'",
        "payer_id = 0",
    ],
)
def test_raw_sql_does_not_change_what_a_submitted_claim_says(cast: Cast, change: str):
    submitted(cast, *several(cast, 1))
    with connection.cursor() as cursor:
        assert refused(lambda: cursor.execute(f"UPDATE billing_claim SET {change}")) == "claim_submitted"
        assert refused(lambda: cursor.execute("DELETE FROM billing_claimlinestep")) == "claim_history_stays"


@pytest.mark.parametrize("change", ["claimed = 1", "state = 'selected'", "position = 9"])
def test_raw_sql_does_not_change_what_a_submitted_line_claims(cast: Cast, change: str):
    submitted(cast, *several(cast, 1))
    with connection.cursor() as cursor:
        assert refused(lambda: cursor.execute(f"UPDATE billing_claimline SET {change}")) == "claim_submitted"


def test_a_submitted_claim_takes_and_loses_no_line_and_stays(cast: Cast):
    claim, more = submitted(cast, *several(cast, 1)), session(cast, make_case(make_patient()))
    client, place = api(cast.billing), f"{URL}{claim.pk}/"
    line = claim.lines.get()
    for answer in (
        client.post(f"{place}add/", {"treatments": [more.pk]}, format="json"),
        client.post(f"{place}remove/", {"lines": [line.pk]}, format="json"),
        client.post(f"{place}submit/"),
        client.delete(place),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "claim_submitted")
    with connection.cursor() as cursor:
        assert refused(lambda: cursor.execute("DELETE FROM billing_claimline")) == "claim_submitted"


def test_amounts_of_nothing_and_halves_of_a_claim_are_refused_by_the_database(cast: Cast):
    claim = prepared(cast, *several(cast, 1))
    line = claim.lines.get()
    assert refused(lambda: ClaimLine.objects.update(claimed=0)) == "nothing_to_claim"
    assert refused(lambda: ClaimLine.objects.update(awarded=-1)) == "amount_negative"
    assert refused(lambda: ClaimLine.objects.update(resolution="written_off")) == "resolution_incomplete"
    assert refused(lambda: Claim.objects.update(status="submitted")) == "claim_incomplete"
    assert line.state == "selected"


# Handing over


class Recorder:
    """A channel of the tests: keeps what it got, and does what it is told to."""

    honours_keys = True
    asks_every = None
    got: list[Batch] = []
    does = staticmethod(lambda batch: Receipt(reference="R-1"))

    def submit(self, batch: Batch) -> Receipt:
        Recorder.got.append(batch)
        return Recorder.does(batch)


class Forgetful(Recorder):
    honours_keys = False


@pytest.fixture
def channel(settings):
    Recorder.got, Recorder.does = [], staticmethod(lambda batch: Receipt(reference="R-1"))
    settings.CLAIM_CHANNELS = {"paper": "tests.billing.test_claiming.Recorder"}
    return Recorder


def deliver(claim: Claim, now=NOW) -> Claim:
    delivering.deliver(claim_id=claim.pk, clock=lambda: now)
    claim.refresh_from_db()
    return claim


def raises(error: Exception):
    def does(batch: Batch) -> Receipt:
        raise error

    return staticmethod(does)


def test_what_was_taken_is_sent_once_and_keeps_its_reference(cast: Cast, channel):
    claim = deliver(submitted(cast, *several(cast, 1)))
    assert (claim.delivery, claim.payer_reference, claim.attempts) == ("sent", "R-1", 1)
    deliver(claim)
    assert len(channel.got) == 1
    assert channel.got[0].content == claim.particulars


def test_what_was_certainly_not_taken_is_tried_again_later_and_later(cast: Cast, channel):
    channel.does = raises(NotTaken("away", "ACC is away."))
    claim = deliver(submitted(cast, *several(cast, 1)))
    assert (claim.delivery, claim.delivery_code, claim.next_try_at) == ("waiting", "away", NOW + timedelta(minutes=1))
    assert delivering.waiting_ids(now=NOW) == []
    later = NOW + timedelta(minutes=1)
    assert delivering.waiting_ids(now=later) == [claim.pk]
    assert deliver(claim, later).next_try_at == later + timedelta(minutes=2)


def test_what_was_refused_declines_its_lines_with_the_reason_and_they_can_be_claimed_again(cast: Cast, channel):
    channel.does = raises(Refused("provider_inactive", "PROVIDER NOT CURRENTLY ACTIVE"))
    notes = several(cast, 2)
    claim = deliver(submitted(cast, *notes))
    assert (claim.status, claim.delivery, states(claim)) == ("rejected", "refused", ["declined", "declined"])
    line = claim.lines.first()
    assert (line.reason_code, line.reason) == ("provider_inactive", "PROVIDER NOT CURRENTLY ACTIVE")
    again = submitted(cast, *notes)
    assert [row.resubmission_of for row in again.lines.all()] == list(claim.lines.all())
    line.refresh_from_db()
    assert (line.resolution, line.resolved_by) == ("resubmitted", cast.billing)


@pytest.mark.parametrize(("adapter", "expected"), [("Recorder", "waiting"), ("Forgetful", "unknown")])
def test_an_answer_that_was_lost_is_asked_for_again_only_where_keys_are_honoured(
    cast: Cast, channel, settings, adapter: str, expected: str
):
    settings.CLAIM_CHANNELS = {"paper": f"tests.billing.test_claiming.{adapter}"}
    channel.does = raises(ConnectionResetError())
    assert deliver(submitted(cast, *several(cast, 1))).delivery == expected


@pytest.mark.parametrize(("adapter", "expected"), [("Recorder", "waiting"), ("Forgetful", "unknown")])
def test_a_hand_over_that_was_never_noted_is_found_by_the_sweep(
    cast: Cast, channel, settings, adapter: str, expected: str
):
    settings.CLAIM_CHANNELS = {"paper": f"tests.billing.test_claiming.{adapter}"}
    claim = submitted(cast, *several(cast, 1))
    assert delivering._hand_over(claim.pk, now=NOW) == claim  # and here the worker dies
    delivering.waiting_ids(now=NOW + timedelta(minutes=5))
    claim.refresh_from_db()
    assert claim.delivery == "handed_over"  # the worker may still be alive
    delivering.waiting_ids(now=NOW + timedelta(minutes=6))
    claim.refresh_from_db()
    assert claim.delivery == expected


def test_a_person_decides_what_became_of_a_claim_of_which_nobody_knows(cast: Cast, channel, settings):
    settings.CLAIM_CHANNELS = {"paper": "tests.billing.test_claiming.Forgetful"}
    channel.does = raises(TimeoutError())
    one, two = (
        deliver(submitted(cast, *several(cast, 1))),
        deliver(submitted(cast, session(cast, make_case(make_patient())))),
    )
    client = api(cast.billing)
    answer = client.post(f"{URL}{one.pk}/decide/", {"has_arrived": True, "reference": "by phone"}, format="json")
    assert (answer.json()["delivery"], answer.json()["payer_reference"]) == ("sent", "by phone")
    assert client.post(f"{URL}{two.pk}/decide/", {"has_arrived": False}, format="json").json()["delivery"] == "waiting"
    again = client.post(f"{URL}{one.pk}/decide/", {"has_arrived": False}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "fate_known")
    assert len(channel.got) == 2


def test_a_claim_on_paper_is_sent_when_it_is_ready_to_be_posted(cast: Cast):
    assert sent(cast, *several(cast, 1)).delivery == "sent"


# Races


@pytest.mark.django_db(transaction=True)
def test_of_ten_desks_that_claim_the_same_line_at_once_one_wins(transactional_db, cast: Cast):
    note = several(cast, 1)[0]
    outcomes = at_once([lambda: prepared(cast, note) for _ in range(10)])
    assert len([row for row in outcomes if isinstance(row, Claim)]) == 1
    assert {type(row) for row in outcomes if not isinstance(row, Claim)} <= {Refusal, Conflict, IntegrityError}
    assert ClaimLine.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_constraint_and_the_lock_the_same_race_claims_it_twice(transactional_db, cast: Cast):
    """The twin: looking first and writing afterwards lets several through."""
    note = several(cast, 1)[0]
    invoice = invoicing.draft(treatments=[note], payer=cast.acc, by=cast.desk, now=NOW)
    line, looked = invoice.lines.get(), threading.Barrier(4)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX claim_line_on_one_live_claim")

    def look_then_claim():
        free = not ClaimLine.objects.live().filter(invoice_line=line).exists()
        looked.wait(timeout=20)
        claim = Claim.objects.create(payer=cast.acc, created_by=cast.billing)
        return free and ClaimLine.objects.create(claim=claim, invoice_line=line, position=1, claimed="90.00")

    try:
        outcomes = at_once([look_then_claim for _ in range(4)])
    finally:
        ClaimLine.objects.all().delete()
        with connection.cursor() as cursor:
            live = ", ".join(f"'{state}'" for state in ClaimLine.LIVE)
            cursor.execute(
                "CREATE UNIQUE INDEX claim_line_on_one_live_claim ON billing_claimline (invoice_line_id)"
                f" WHERE state IN ({live})"
            )
    assert len([row for row in outcomes if isinstance(row, ClaimLine)]) > 1


@pytest.mark.django_db(transaction=True)
def test_a_claim_submitted_by_many_at_once_is_submitted_once_under_one_number(transactional_db, cast: Cast):
    claim, other = prepared(cast, *several(cast, 2)), prepared(cast, session(cast, make_case(make_patient())))
    acts = [lambda: submitting.submit(claim=claim, by=cast.billing, now=NOW) for _ in range(6)]
    acts += [lambda: submitting.submit(claim=other, by=cast.desk, now=NOW)]
    outcomes = at_once(acts)
    assert sorted(row.number for row in outcomes if isinstance(row, Claim)) == [1, 2]
    assert [row.code for row in outcomes if isinstance(row, Conflict)] == ["claim_submitted"] * 5
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_two_workers_hand_a_claim_over_once(transactional_db, cast: Cast, channel):
    claim = submitted(cast, *several(cast, 1))
    at_once([lambda: delivering.deliver(claim_id=claim.pk, clock=lambda: NOW) for _ in range(5)])
    assert len(channel.got) == 1
