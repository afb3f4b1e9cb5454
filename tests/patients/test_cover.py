"""What payers decide about a case: the cover status with its history, and purchase orders."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps

from clinic.errors import Refusal
from clinic.models import AccessEvent
from patients.approving import take_down_order
from patients.deciding import take_down
from patients.models import Case, CoverDecision, CoverStatus
from patients.opening import change_case, open_case
from tests.cast import api, make_case, make_patient
from tests.counting import queries_while_growing

CASES = "/api/v1/cases/"
ZONE = ZoneInfo("Pacific/Auckland")
NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)  # the afternoon of the 2nd in Wellington
ORDER = {"number": "PO-7", "sessions": 6, "approved_on": "2026-10-20"}


def outcome(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def told(case: Case) -> list[tuple[str, date | None]]:
    """The history of its cover, the first first."""
    return [(row.status, row.decided_on) for row in case.cover_decisions.order_by("noted_at", "id")]


@pytest.fixture
def case(cast) -> Case:
    return open_case(
        patient=cast.aroha,
        diagnoses=[],
        by=cast.desk,
        now=NOW,
        title="Right hip",
        kind="acc",
        date_of_injury=date(2026, 9, 3),
        cover_status="pending_accept",
    )


@pytest.mark.parametrize(
    ("kind", "status"), [("private", "not_applicable"), ("acc", "unknown")], ids=["private", "of ACC"]
)
def test_the_history_of_cover_begins_when_the_case_is_opened(cast, kind, status):
    case = open_case(
        patient=cast.aroha,
        diagnoses=[],
        by=cast.desk,
        now=NOW,
        title="Hip",
        kind=kind,
        date_of_injury=date(2026, 9, 3),
    )
    row = case.cover_decisions.get()
    assert (row.status, row.decided_on, row.noted_at, row.noted_by, row.source) == (
        status,
        None,
        NOW,
        cast.desk,
        "typed",
    )


def test_each_of_the_statuses_can_be_taken_down(cast, case):
    for number, status in enumerate(CoverStatus):
        take_down(case=case, status=status, by=cast.desk, now=NOW + timedelta(minutes=number))
        case.refresh_from_db()
        assert case.cover_status == status
    assert case.cover_decisions.count() == 1 + len(CoverStatus)


def test_a_change_of_the_case_is_noted_and_one_that_says_nothing_new_is_not(cast, case):
    later = NOW + timedelta(days=3)
    change_case(case=case, by=cast.desk, now=later, cover_status="accept", cover_decided_on=date(2026, 11, 4))
    change_case(case=case, by=cast.desk, now=later, cover_status="accept", title="Hip")
    change_case(case=case, by=cast.desk, now=later, cover_decided_on=date(2026, 11, 3))
    assert told(case) == [
        ("pending_accept", None),
        ("accept", date(2026, 11, 4)),
        ("accept", date(2026, 11, 3)),
    ]


def test_a_decision_over_http_is_the_status_of_the_case_from_then_on(cast, case):
    client, url = api(cast.desk), f"{CASES}{case.pk}/cover-decisions/"
    sent = {"status": "accept", "decided_on": "2026-11-01", "source": "letter", "note": "Letter of 1 November"}
    added = client.post(url, sent)
    assert added.status_code == 201, added.json()
    body = added.json()
    assert {name: body[name] for name in sent} == sent
    assert (body["noted_by"], body["noted_by_name"]) == (cast.desk.pk, "Dana Reid")
    assert [row["status"] for row in client.get(url).json()["results"]] == ["accept", "pending_accept"]
    shown = client.get(f"{CASES}{case.pk}/").json()
    assert (shown["cover_status"], shown["cover_decided_on"]) == ("accept", "2026-11-01")
    assert client.get(f"{url}{body['id']}/").json() == body


def test_a_status_that_changes_later_does_not_rewrite_what_was_known(cast, case):
    take_down(case=case, status="accept", by=cast.desk, now=NOW + timedelta(days=2))
    take_down(case=case, status="decline", decided_on=date(2026, 11, 1), by=cast.desk, now=NOW + timedelta(days=9))
    known = {
        day: [row.status for row in CoverDecision.objects.known_on(date(2026, 11, day), ZONE)]
        for day in (1, 2, 3, 4, 10, 11)
    }
    assert known == {
        1: [],
        2: ["pending_accept"],
        3: ["pending_accept"],
        4: ["accept"],
        10: ["accept"],
        11: ["decline"],
    }
    case.refresh_from_db()
    assert case.cover_status == "decline"


def test_a_day_ends_at_the_practices_midnight(cast, case):
    just_before = datetime(2026, 11, 3, 23, 59, 59, tzinfo=ZONE)
    take_down(case=case, status="held", by=cast.desk, now=just_before)
    take_down(case=case, status="accept", by=cast.desk, now=just_before + timedelta(seconds=1))
    known = [CoverDecision.objects.known_on(date(2026, 11, day), ZONE).get().status for day in (3, 4)]
    assert known == ["held", "accept"]


def test_what_is_known_is_one_status_for_each_case(cast, case):
    other = make_case(make_patient(), opened_on=date(2026, 10, 1))
    take_down(case=case, status="accept", by=cast.desk, now=NOW)
    known = CoverDecision.objects.known_on(date(2026, 11, 2), ZONE)
    assert {row.case_id: row.status for row in known} == {case.pk: "accept", other.pk: "accept"}
    assert case.cover_decisions.known_on(date(2026, 11, 2), ZONE).get().status == "accept"


def test_a_decision_of_a_day_to_come_is_refused_and_nothing_is_half_written(cast, case):
    tomorrow = date(2026, 11, 3)
    for act in (
        lambda: take_down(case=case, status="accept", decided_on=tomorrow, by=cast.desk, now=NOW),
        lambda: change_case(case=case, cover_status="accept", cover_decided_on=tomorrow, by=cast.desk, now=NOW),
    ):
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.code == "decided_in_future"
    case.refresh_from_db()
    assert (case.cover_status, told(case)) == ("pending_accept", [("pending_accept", None)])


def test_another_kind_of_case_forgets_what_the_last_payer_decided(cast, case):
    change_case(case=case, by=cast.desk, now=NOW, kind="private", payer=None)
    change_case(case=case, by=cast.desk, now=NOW, kind="insurer", payer=cast.southern)
    change_case(case=case, by=cast.desk, now=NOW, kind="acc", payer=None, cover_status="accept")
    assert [status for status, _ in told(case)] == ["pending_accept", "not_applicable", "unknown", "accept"]


def test_a_decision_is_only_added_to(cast, case):
    url = f"{CASES}{case.pk}/cover-decisions/{case.cover_decisions.get().pk}/"
    client = api(cast.desk)
    assert [client.patch(url, {"status": "accept"}).status_code, client.delete(url).status_code] == [405, 405]


def test_a_purchase_order_is_taken_down_and_corrected(cast, case):
    client, url = api(cast.desk), f"{CASES}{case.pk}/purchase-orders/"
    added = client.post(url, ORDER | {"expires_on": "2027-01-20", "note": "By telephone"})
    assert added.status_code == 201, added.json()
    body = added.json()
    assert (body["number"], body["sessions"], body["valid_from"]) == ("PO-7", 6, "2026-10-20")
    changed = client.patch(f"{url}{body['id']}/", {"sessions": 8}, headers={"If-Match": added["ETag"]})
    assert changed.json()["sessions"] == 8
    assert [row["sessions"] for row in client.get(url).json()["results"]] == [8]


def test_the_first_order_gives_the_case_its_number_and_the_next_one_does_not(cast, case):
    client = api(cast.desk)
    for number in ("PO-7", "PO-8"):
        assert client.post(f"{CASES}{case.pk}/purchase-orders/", ORDER | {"number": number}).status_code == 201
    assert client.get(f"{CASES}{case.pk}/").json()["purchase_order_number"] == "PO-7"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sessions": 0}, (422, "purchase_order_without_sessions")),
        ({"sessions": 40_000}, (400, "invalid")),
        ({"number": ""}, (400, "invalid")),
        ({"expires_on": "2026-10-19"}, (422, "ends_before_it_begins")),
        ({"approved_on": None}, (400, "invalid")),
    ],
)
def test_an_order_that_cannot_be_is_refused(cast, case, change, expected):
    answer = api(cast.desk).post(f"{CASES}{case.pk}/purchase-orders/", ORDER | change)
    assert outcome(answer) == expected
    assert Case.objects.get().purchase_order_number == ""


def test_the_same_order_twice_is_refused(cast, case):
    client, url = api(cast.desk), f"{CASES}{case.pk}/purchase-orders/"
    assert client.post(url, ORDER).status_code == 201
    assert outcome(client.post(url, ORDER)) == (409, "purchase_order_exists")


def test_nobody_approves_sessions_of_a_private_case(cast):
    case = make_case(cast.aroha, kind="private")
    with pytest.raises(Refusal) as refusal:
        take_down_order(case=case, number="PO-1", sessions=6, approved_on=date(2026, 10, 1), by=cast.desk, now=NOW)
    assert refusal.value.code == "nobody_to_approve"


@pytest.mark.parametrize("name", ["cover-decisions", "purchase-orders"])
def test_the_lists_cost_the_same_whatever_their_length(cast, case, name):
    def more(n: int) -> None:
        if n > 1:  # the first decision came with the case
            take_down(case=case, status="held", by=cast.desk, now=NOW)
        take_down_order(case=case, number=f"PO-{n}", sessions=6, approved_on=NOW.date(), by=cast.desk, now=NOW)

    counts = queries_while_growing(api(cast.desk), f"{CASES}{case.pk}/{name}/?page_size=200", more)
    assert len(set(counts)) == 1, counts


def test_reading_them_leaves_a_trace(cast, case):
    api(cast.billing).get(f"{CASES}{case.pk}/cover-decisions/")
    assert list(AccessEvent.objects.values_list("subject_kind", "patient_id", "user__username")) == [
        ("cover_decision", cast.aroha.pk, "billing")
    ]


def test_a_case_from_before_there_was_a_history_begins_it_once(cast):
    Case.objects.create(
        patient=cast.aroha, title="Sleep", kind="private", opened_on=date(2026, 8, 1), cover_status="held"
    )
    begin = import_module("patients.migrations.0004_cover_as_it_stood").begin
    for _ in range(2):
        begin(apps, None)
    row = CoverDecision.objects.get()
    assert (row.status, row.noted_at, row.noted_by) == ("held", row.case.created_at, None)


@pytest.mark.parametrize(("query", "code"), [("status=maybe", "invalid"), ("kind=acc", "unknown_filter")])
def test_a_question_that_cannot_be_read_is_refused(cast, case, query, code):
    assert outcome(api(cast.desk).get(f"{CASES}{case.pk}/cover-decisions/?{query}")) == (400, code)
