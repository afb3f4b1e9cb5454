"""What can be claimed, and everything that keeps the rest from it, each told by a code that a desk can work down."""

from datetime import date, datetime, timedelta

import pytest

from billing import invoicing
from billing.claiming import preparing
from billing.claiming.gathering import Candidate, candidates
from billing.models import Rate, Service
from clinic.errors import Refusal
from clinic.models import Practitioner
from patients import approving
from patients.models import Case
from tests.billing.claims import NOW, acupuncture, prepared, session, several, submitted
from tests.cast import Cast, api, make_case, make_patient
from tests.counting import queries_for
from tests.visits import nz

pytestmark = pytest.mark.django_db
URL = "/api/v1/claims/candidates/"


@pytest.fixture(autouse=True)
def acc_pays(cast: Cast) -> Service:
    return acupuncture(cast.acc)


def found(cast: Cast, now: datetime = NOW) -> list[Candidate]:
    return candidates(payer=cast.acc, now=now)


def codes(candidate: Candidate) -> list[str]:
    return [reason.code for reason in candidate.reasons]


def only(cast: Cast, now: datetime = NOW) -> list[str]:
    [candidate] = found(cast, now)
    return codes(candidate)


def test_a_signed_session_of_an_accepted_case_is_ready_with_its_amounts(cast: Cast):
    note = session(cast, make_case(cast.aroha))
    [row] = found(cast)
    assert (row.session.treatment, row.is_ready, row.service) == (note.pk, True, "ACU1")
    assert (str(row.amount_excl), str(row.gst), str(row.total)) == ("78.26", "11.74", "90.00")


def test_a_note_that_is_not_signed_is_not_ready(cast: Cast):
    note = session(cast, make_case(cast.aroha), sign=False)
    [row] = found(cast)
    assert [(r.code, r.mend, r.mend_id) for r in row.reasons] == [("note_not_signed", "treatment", note.pk)]


def test_a_session_before_the_injury_is_not_ready(cast: Cast):
    session(cast, make_case(cast.aroha), nz("2026-08-31 10:00"))
    assert "before_injury" in only(cast)


def test_day_84_is_ready_and_day_85_is_after_the_window(cast: Cast):
    case = make_case(cast.aroha, date_of_injury=date(2026, 7, 1), opened_on=date(2026, 7, 1))
    for days in (0, 83, 84):
        session(cast, case, nz("2026-08-03 10:00") + timedelta(days=days))
    assert [codes(row) for row in found(cast)] == [[], [], ["after_window"]]


def test_the_twelfth_is_ready_and_the_thirteenth_is_over_the_cap(cast: Cast):
    case = make_case(cast.aroha)
    for days in range(13):
        session(cast, case, nz("2026-10-20 10:00") + timedelta(days=days))
    assert [codes(row) for row in found(cast)] == [[]] * 12 + [["cap_reached"]]


def test_sessions_elsewhere_count_towards_the_cap(cast: Cast):
    case = make_case(cast.aroha, sessions_elsewhere=11, date_of_injury=date(2026, 10, 1))
    session(cast, case, nz("2026-10-20 10:00"))
    session(cast, case, nz("2026-10-27 10:00"))
    assert [codes(row) for row in found(cast)] == [[], ["cap_reached"]]


def test_a_purchase_order_lets_more_through_and_its_number_goes_with_them(cast: Cast):
    case = make_case(cast.aroha)
    for days in range(13):
        session(cast, case, nz("2026-10-20 10:00") + timedelta(days=days))
    approving.take_down_order(
        case=case, number="PO12345", sessions=4, approved_on=date(2026, 10, 30), by=cast.desk, now=NOW
    )
    rows = found(cast)
    assert [row.is_ready for row in rows] == [True] * 13
    assert [row.order_number for row in rows] == [""] * 12 + ["PO12345"]


def test_more_sessions_that_were_approved_without_a_purchase_order_are_not_ready(cast: Cast):
    case = make_case(cast.aroha, approved_sessions=16)
    for days in range(13):
        session(cast, case, nz("2026-10-20 10:00") + timedelta(days=days))
    assert codes(found(cast)[-1]) == ["purchase_order_missing"]
    Case.objects.update(purchase_order_number="PO12345")
    assert found(cast)[-1].is_ready


def test_of_two_visits_of_a_patient_on_a_day_the_first_can_be_claimed(cast: Cast):
    case = make_case(cast.aroha)
    first, second = session(cast, case, nz("2026-11-02 09:00")), session(cast, case, nz("2026-11-02 16:00"))
    rows = found(cast)
    assert [codes(row) for row in rows] == [[], ["same_patient_same_day"]]
    assert rows[1].reasons[0].mend_id == first.pk
    prepared(cast, first)
    assert [codes(row) for row in found(cast)] == [["already_claimed"], ["same_patient_same_day"]]
    assert second.pk == rows[1].session.treatment


@pytest.mark.parametrize("expires_on", [date(2026, 11, 1), None])
def test_a_day_without_a_certificate_is_not_ready(cast: Cast, expires_on: date | None):
    session(cast, make_case(cast.aroha))
    Practitioner.objects.filter(pk=cast.mere.pk).update(practising_certificate_expires_on=expires_on)
    [row] = found(cast)
    assert [(r.code, r.mend, r.mend_id) for r in row.reasons] == [
        ("practitioner_not_certified", "practitioner", cast.mere.pk)
    ]


def test_a_case_without_what_acc_asks_for_is_told_everything_at_once(cast: Cast):
    case = make_case(cast.aroha, claim_number="", cover_status="held", diagnoses=[])
    session(cast, case, sign=False)
    Practitioner.objects.filter(pk=cast.mere.pk).update(acc_provider_id="")
    Rate.objects.all().delete()
    [row] = found(cast)
    assert codes(row) == [
        "note_not_signed",
        "claim_number_missing",
        "diagnosis_code_missing",
        "cover_not_accepted",
        "no_rate",
        "provider_id_missing",
    ]
    assert all(reason.detail.endswith(".") for reason in row.reasons)
    assert [reason.mend for reason in row.reasons] == ["treatment", "case", "case", "case", "rate", "practitioner"]


def test_a_number_of_an_unusual_form_is_shown_and_not_refused(cast: Cast):
    session(cast, make_case(cast.aroha, claim_number="1234567"))
    [row] = found(cast)
    assert row.is_ready
    assert row.remarks == ("1234567 is not how ACC claim numbers usually look. Compare it with the letter.",)


def test_a_year_to_the_day_can_be_claimed_and_a_day_later_it_cannot(cast: Cast):
    case = make_case(cast.aroha, date_of_injury=date(2025, 10, 1), opened_on=date(2025, 10, 1))
    session(cast, case, nz("2025-11-02 10:00"))
    assert only(cast, now=NOW) == []
    assert only(cast, now=NOW + timedelta(days=1)) == ["too_old"]


def test_a_first_session_over_a_year_after_the_injury_is_not_ready(cast: Cast):
    case = make_case(cast.aroha, date_of_injury=date(2025, 11, 1), opened_on=date(2025, 11, 1))
    session(cast, case)
    assert only(cast) == ["injury_too_long_ago"]


def test_staggered_visits_are_possible_and_more_than_the_time_there_was_is_not(cast: Cast):
    """50 minutes from a quarter past nine hold 25 minutes with one patient and 25 with another, but not 25 and 40."""
    one, two = make_case(cast.aroha), make_case(make_patient(last_name="Faleolo"))
    session(cast, one, nz("2026-11-02 09:00"), face_to_face_minutes=25)
    second = session(cast, two, nz("2026-11-02 09:15"), face_to_face_minutes=25)
    assert [codes(row) for row in found(cast)] == [[], []]
    third = session(cast, make_case(make_patient()), nz("2026-11-02 09:15"), face_to_face_minutes=40)
    clashing = [row for row in found(cast) if not row.is_ready]
    assert [(row.session.treatment, codes(row)) for row in clashing] == [(third.pk, ["overlapping"])]
    assert clashing[0].reasons[0].mend_id == second.pk


def test_the_same_minutes_of_two_practitioners_do_not_overlap(cast: Cast):
    session(cast, make_case(cast.aroha), face_to_face_minutes=50)
    session(cast, make_case(make_patient()), practitioner=cast.wei, face_to_face_minutes=50)
    assert [row.is_ready for row in found(cast)] == [True, True]


def test_what_is_on_a_claim_or_billed_to_somebody_else_is_not_ready(cast: Cast):
    claim = submitted(cast, session(cast, make_case(cast.aroha)))
    [row] = found(cast)
    assert [(r.code, r.detail, r.mend_id) for r in row.reasons] == [
        ("already_claimed", "It is on CLM-000001 already.", claim.pk)
    ]


def test_what_stands_on_a_draft_invoice_is_ready_and_keeps_it(cast: Cast):
    note = session(cast, make_case(cast.aroha))
    invoice = invoicing.draft(treatments=[note], payer=cast.acc, by=cast.desk, now=NOW)
    [row] = found(cast)
    assert (row.is_ready, row.invoice, str(row.total)) == (True, invoice.pk, "90.00")
    line = prepared(cast, note).lines.get()
    assert (line.invoice_line.invoice, str(line.claimed)) == (invoice, "90.00")


def test_an_insurers_session_is_measured_by_its_policy(cast: Cast):
    acupuncture(cast.southern)
    case = make_case(
        cast.aroha, kind="insurer", payer=cast.southern, claim_number="", diagnoses=[], approved_sessions=1,
        policy_expires_on=date(2026, 10, 31),
    )  # fmt: skip
    for text in ("2026-10-20 10:00", "2026-10-27 10:00", "2026-11-02 10:00"):
        session(cast, case, nz(text))
    rows = candidates(payer=cast.southern, now=NOW)
    assert [codes(row) for row in rows] == [[], ["cap_reached"], ["policy_ended", "cap_reached"]]


def test_a_line_that_is_not_ready_cannot_be_selected_and_nothing_is_written(cast: Cast):
    good, bad = several(cast, 1)[0], session(cast, make_case(make_patient(), cover_status="decline"))
    answer = api(cast.billing).post(
        "/api/v1/claims/", {"payer": cast.acc.pk, "treatments": [good.pk, bad.pk]}, format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "lines_not_ready")
    assert [(row["treatment"], [r["code"] for r in row["reasons"]]) for row in answer.json()["lines"]] == [
        (bad.pk, ["cover_not_accepted"])
    ]
    assert api(cast.billing).get("/api/v1/claims/").json()["count"] == 0
    assert api(cast.billing).get("/api/v1/invoices/").json()["count"] == 0


def test_what_went_wrong_since_it_was_selected_is_found_when_it_is_submitted(cast: Cast):
    claim = prepared(cast, *several(cast, 2))
    Case.objects.update(cover_status="decline")
    answer = api(cast.billing).post(f"/api/v1/claims/{claim.pk}/submit/")
    assert (answer.status_code, answer.json()["code"], len(answer.json()["lines"])) == (422, "lines_not_ready", 2)
    claim.refresh_from_db()
    assert (claim.status, claim.number) == ("draft", None)


def test_a_treatment_that_somebody_else_pays_for_is_refused(cast: Cast):
    with pytest.raises(Refusal) as refused:
        preparing.prepare(payer=cast.southern, treatments=[several(cast, 1)[0].pk], by=cast.billing, now=NOW)
    assert refused.value.extra["lines"][0]["reasons"][0]["code"] == "not_of_this_payer"


def test_the_answer_groups_the_reasons_and_adds_up_what_is_ready(cast: Cast):
    several(cast, 3)
    for _ in range(2):
        session(cast, make_case(make_patient(), claim_number="", cover_status="held"), nz("2026-11-01 09:00"))
    said = api(cast.billing).get(URL, {"payer": cast.acc.pk, "from": "2026-10-01", "to": "2026-11-02"}).json()
    assert (said["ready_count"], said["ready_total"], said["not_ready_count"]) == (3, "270.00", 2)
    assert said["by_reason"][:2] == [
        {"code": "claim_number_missing", "count": 2},
        {"code": "cover_not_accepted", "count": 2},
    ]
    assert said["ready"][0]["patient_name"] == "Aroha Tāmati"
    assert said["ready"][0]["starts_at"] == "2026-10-19T10:00:00+13:00"


def test_days_the_wrong_way_round_and_unknown_parameters_are_refused(cast: Cast):
    client = api(cast.billing)
    answer = client.get(URL, {"payer": cast.acc.pk, "from": "2026-10-02", "to": "2026-10-01"})
    assert (answer.status_code, answer.json()["code"]) == (422, "ends_before_it_begins")
    assert client.get(URL, {"payer": cast.acc.pk, "until": "2026-10-01"}).status_code == 400
    assert client.get(URL).status_code == 400


def test_candidates_take_the_same_queries_for_1_and_for_60(cast: Cast):
    client, url = api(cast.billing), f"{URL}?payer={cast.acc.pk}&to=2026-11-30"
    session(cast, make_case(cast.aroha))
    for_one = queries_for(client, url)
    for number in range(20):
        case = make_case(make_patient())
        for weeks in range(3):
            session(cast, case, nz("2026-10-01 09:00") + timedelta(days=number, weeks=weeks))
    assert (len(found(cast)), queries_for(client, url)) == (61, for_one)
