from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal, refusal_for
from clinic.models import AccessEvent
from tests.cast import api, make_patient, make_user
from tests.counting import queries_while_growing
from tests.treatments.course import session
from tests.visits import AUCKLAND, nz
from treatments import charting
from treatments.care import reporting
from treatments.models import AdverseEvent

NOW = nz("2026-11-20 12:00")
DOOR = "/api/v1/adverse-events/"
HARM = {"kind": "fainting", "severity": 1, "causality": "certain", "description": "Fainted on standing up"}


def report(cast, **fields) -> AdverseEvent:
    given = {"patient": cast.aroha, "occurred_at": NOW, "by": cast.practitioner, "now": NOW} | HARM | fields
    return reporting.report(**given)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"severity": 0}, "severity_unknown"),
        ({"severity": 6}, "severity_unknown"),
        ({"causality": "perhaps"}, "causality_unknown"),
        ({"description": ""}, "description_missing"),
        ({"closed_on": date(2026, 11, 20)}, "outcome_missing"),
    ],
)
def test_the_database_refuses_an_event_that_cannot_be(cast, changes, code):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        report(cast, **changes)
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == (code, 422)


def test_an_event_is_never_deleted_not_even_by_raw_sql(cast):
    event = report(cast)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        event.delete()
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == ("event_stays", 409)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM treatments_adverseevent")
    assert api(cast.owner).delete(f"{DOOR}{event.pk}/").status_code == 405
    assert AdverseEvent.objects.get() == event


def test_an_event_of_somebody_elses_session_in_the_future_or_before_its_session_is_refused(cast):
    at = session(cast, NOW - timedelta(hours=1))
    for fields, code in (
        ({"treatment": session(cast, NOW, patient=make_patient())}, "treatment_of_another_patient"),
        ({"occurred_at": NOW + timedelta(minutes=1)}, "in_the_future"),
        ({"treatment": at, "occurred_at": at.started_at - timedelta(minutes=1)}, "before_the_treatment"),
    ):
        with pytest.raises(Refusal) as refusal:
            report(cast, **fields)
        assert refusal.value.code == code


def test_a_time_that_is_corrected_is_asked_the_same(cast):
    event = report(cast, treatment=session(cast, NOW - timedelta(hours=1)))
    with pytest.raises(Refusal) as refusal:
        reporting.correct(event=event, occurred_at=NOW - timedelta(hours=2), by=cast.practitioner, now=NOW)
    assert refusal.value.code == "before_the_treatment"


def test_a_draft_that_is_thrown_away_leaves_its_event(cast):
    draft = session(cast, NOW, sign=False)
    event = report(cast, treatment=draft)
    charting.discard(treatment=draft, by=cast.practitioner, now=NOW)
    event.refresh_from_db()
    assert (event.treatment, event.patient) == (None, cast.aroha)


def test_from_severe_on_a_claim_for_treatment_injury_is_brought_to_mind(cast):
    """ACC2152, the form of treatment injury claims."""
    hints = {grade: report(cast, severity=grade).treatment_injury for grade in (1, 2, 3, 4, 5)}
    assert [grade for grade, hint in hints.items() if hint] == [3, 4, 5]
    assert hints[3] == {
        "hint": "An injury caused by treatment may be covered by ACC as a treatment injury: consider form ACC2152"
        " with the patient's GP.",
        "source": "ACC2152, Treatment injury claim (ACC, New Zealand)",
    }


def test_an_event_over_http_from_report_to_close_and_open_again(cast):
    client = api(cast.practitioner)
    now = timezone.now()
    made = client.post(DOOR, HARM | {"patient": cast.aroha.pk, "occurred_at": now.isoformat()})
    assert (made.status_code, made.json()["reported_by"], made.json()["treatment_injury"]) == (
        201, cast.practitioner.pk, None,
    )  # fmt: skip
    place = f"{DOOR}{made.json()['id']}/"
    changed = client.patch(place, {"severity": 3, "informed": "Her GP", "patient": make_patient().pk})
    assert (changed.json()["patient"], changed.json()["treatment_injury"]["source"][:7]) == (cast.aroha.pk, "ACC2152")
    assert client.post(f"{place}close/", {}).status_code == 400
    closed = client.post(f"{place}close/", {"outcome": "Well after ten minutes"})
    assert closed.json()["closed_on"] == timezone.localdate(now, AUCKLAND).isoformat()
    for act, body in (("patch", {"action": "Water"}), ("post", {"outcome": "Well"})):
        again = getattr(client, act)(place if act == "patch" else f"{place}close/", body)
        assert (again.status_code, again.json()["code"]) == (409, "event_closed")
    opened = client.post(f"{place}reopen/", {"follow_up_on": "2027-01-04"})
    assert (opened.json()["closed_on"], opened.json()["follow_up_on"]) == (None, "2027-01-04")
    again = client.post(f"{place}reopen/", {"follow_up_on": "2027-01-04"})
    assert (again.status_code, again.json()["code"]) == (409, "event_open")
    event = AdverseEvent.objects.get()
    assert [row.severity for row in event.events.order_by("pgh_id")][:2] == [1, 3]


@pytest.mark.parametrize("fields", [{"severity": 6}, {"severity": True}, {"kind": "oops"}, {"description": ""}])
def test_a_report_of_no_shape_is_malformed(cast, fields):
    body = HARM | {"patient": cast.aroha.pk, "occurred_at": NOW.isoformat()} | fields
    answer = api(cast.practitioner).post(DOOR, body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, next(iter(fields)))


def test_follow_ups_are_due_on_their_day_while_the_event_is_open(cast):
    due = report(cast, follow_up_on=date(2026, 11, 20))
    later = report(cast, follow_up_on=date(2026, 11, 21))
    report(cast)
    closed = report(cast, follow_up_on=date(2026, 11, 20))
    reporting.close(event=closed, closed_on=date(2026, 11, 20), outcome="Well", by=cast.practitioner, now=NOW)
    client = api(cast.practitioner)
    found = {
        day: [row["id"] for row in client.get(f"{DOOR}follow-ups-due/?on={day}").json()["results"]]
        for day in ("2026-11-19", "2026-11-20", "2026-11-21")
    }
    assert list(found.values()) == [[], [due.pk], [due.pk, later.pk]]
    with pytest.raises(Conflict):
        reporting.correct(event=closed, action="None", by=cast.practitioner, now=NOW)


def test_events_are_seen_by_those_who_read_notes_and_by_who_answers_for_the_practice(cast):
    event = report(cast)
    manager = make_user("manager", "Front desk")
    role = manager.roles.get()
    seen = {}
    for permissions in ([], ["see_patients"], ["manage_users"], ["read_notes"]):
        role.permissions = permissions
        role.save()
        seen[str(permissions)] = [row["id"] for row in api(manager).get(DOOR).json()["results"]]
    assert list(seen.values()) == [[], [], [event.pk], [event.pk]]
    role.permissions = ["manage_users"]
    role.save()
    refused = api(manager).post(DOOR, HARM | {"patient": cast.aroha.pk, "occurred_at": NOW.isoformat()})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")


def test_reading_events_is_recorded(cast):
    event = report(cast, follow_up_on=date(2026, 11, 20))
    for path in ("", f"{event.pk}/", "follow-ups-due/?on=2026-11-20"):
        api(cast.owner).get(DOOR + path)
    read = AccessEvent.objects.filter(subject_kind="adverse_event", user=cast.owner)
    assert list(read.values_list("subject_id", "patient_id")) == [(event.pk, cast.aroha.pk)] * 3


@pytest.mark.parametrize("path", ["?page_size=200", "follow-ups-due/?on=2027-01-01&page_size=200"])
def test_events_cost_the_same_queries_for_one_ten_and_a_hundred(cast, path):
    counts = queries_while_growing(
        api(cast.practitioner),
        DOOR + path,
        lambda number: report(cast, patient=make_patient(), follow_up_on=date(2026, 11, 20)),
    )
    assert counts == [counts[0]] * 3
