from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal, refusal_for
from clinic.models import AccessEvent
from tests.cast import api, make_case, make_patient
from tests.counting import queries_while_growing
from tests.treatments.course import session
from tests.visits import AUCKLAND, nz
from treatments import charting
from treatments.models import OutcomeRequest, OutcomeScore
from treatments.outcomes import scoring
from treatments.outcomes.measures import MEASURES

NOW = nz("2026-11-20 12:00")
TODAY = date(2026, 11, 20)
DOOR = "/api/v1/outcome-scores/"
STAIRS = ["Stairs", "Sitting", "Running"]


def enter(cast, measure="nprs", answers=(7,), **fields) -> OutcomeScore:
    given = {"patient": cast.aroha, "taken_on": TODAY, "by": cast.practitioner, "now": NOW} | fields
    return scoring.enter(measure=measure, answers=answers, **given)


def trend(cast, query: str) -> dict:
    return api(cast.practitioner).get(f"{DOOR}trend/?patient={cast.aroha.pk}&{query}").json()


def test_a_score_keeps_its_answers_its_version_and_what_they_made(cast):
    row = enter(cast, "odi", [2, 2, 2, 2, 2, 2, 2, 1, 1, None])
    row.refresh_from_db()
    assert (row.answers, row.version, row.score, row.entered_by) == (
        [2, 2, 2, 2, 2, 2, 2, 1, 1, None], "2", Decimal("35.6"), cast.practitioner,
    )  # fmt: skip


def test_a_score_taken_at_a_session_belongs_to_its_case(cast):
    case = make_case(cast.aroha)
    at = session(cast, nz("2026-11-20 09:00"), case=case)
    assert enter(cast, treatment=at).case == case


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"answers": [11]}, "answers_make_no_score", "answers"),
        ({"answers": [None]}, "answers_make_no_score", "answers"),
        ({"answers": [1, 2]}, "answers_make_no_score", "answers"),
        ({"labels": ["Stairs"]}, "labels_do_not_fit", "labels"),
        ({"measure": "psfs", "answers": [1, 2, 3]}, "labels_do_not_fit", "labels"),
        ({"measure": "psfs", "answers": [1, 2, 3], "labels": ["a", "b", " "]}, "labels_do_not_fit", "labels"),
        ({"measure": "psfs", "answers": [1, 2, 3], "labels": ["a", "b", "A"]}, "labels_do_not_fit", "labels"),
        ({"measure": "psfs", "answers": [1, 2], "labels": ["a", "b"]}, "answers_make_no_score", "answers"),
        ({"taken_on": TODAY + timedelta(days=1)}, "in_the_future", "taken_on"),
    ],
)
def test_what_makes_no_score_is_refused(cast, fields, code, field):
    with pytest.raises(Refusal) as refusal:
        enter(cast, **fields)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert OutcomeScore.objects.count() == 0


def test_today_is_today_on_the_wall_of_the_practice(cast):
    """Half past midnight in Wellington is still yesterday in UTC."""
    now = nz("2026-11-21 00:30")
    assert enter(cast, taken_on=date(2026, 11, 21), now=now).taken_on == date(2026, 11, 21)


def test_a_case_or_session_of_somebody_else_is_refused(cast):
    stranger = make_patient()
    for fields, code in (
        ({"case": make_case(stranger)}, "case_of_another_patient"),
        ({"treatment": session(cast, NOW, patient=stranger)}, "treatment_of_another_patient"),
    ):
        with pytest.raises(Refusal) as refusal:
            enter(cast, **fields)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"measure": "vas"}, "measure_unknown"),
        ({"version": ""}, "score_without_answers"),
        ({"answers": []}, "score_without_answers"),
        ({"score": Decimal("100.1")}, "score_out_of_range"),
        ({"score": Decimal("-1")}, "score_out_of_range"),
        ({"entered_by": None}, "score_from_nobody"),
        ({"void_reason": "Typing"}, "reason_missing"),
        ({"voided_at": NOW}, "reason_missing"),
    ],
)
def test_the_database_refuses_a_score_that_cannot_be(cast, changes, code):
    whole = {
        "patient": cast.aroha, "measure": "nprs", "version": "1", "answers": [7], "score": 7, "taken_on": TODAY,
        "entered_by": cast.practitioner,
    }  # fmt: skip
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        OutcomeScore.objects.create(**whole | changes)
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == (code, 422)


def test_a_score_comes_from_a_person_or_from_a_request_and_once(cast):
    request = OutcomeRequest.objects.create(
        patient=cast.aroha, measures=["nprs"], timing="now", due_at=NOW, expires_at=NOW + timedelta(days=1),
        asked_by=cast.practitioner,
    )  # fmt: skip
    columns = {"patient": cast.aroha, "taken_on": TODAY, "request": request} | scoring.scored("nprs", [7], [])
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        OutcomeScore.objects.create(**columns, entered_by=cast.practitioner)
    assert refusal_for(error.value).code == "score_from_nobody"
    OutcomeScore.objects.create(**columns)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        OutcomeScore.objects.create(**columns)
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == ("already_answered", 409)


@pytest.mark.parametrize(
    "change",
    [
        "answers = '{1}'",
        "score = 1",
        "version = '2'",
        "measure = 'visa_g'",
        "labels = '{a}'",
        "taken_on = taken_on - 1",
        "entered_by_id = NULL",
    ],
)
def test_raw_sql_cannot_change_what_was_scored(cast, change):
    row = enter(cast)
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE treatments_outcomescore SET {change} WHERE id = %s", [row.pk])
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == ("score_final", 409)


def test_raw_sql_cannot_delete_a_score(cast):
    row = enter(cast)
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM treatments_outcomescore WHERE id = %s", [row.pk])
    assert refusal_for(error.value).code == "score_final"


@pytest.mark.parametrize("change", ["voided_at = NULL, voided_by_id = NULL, void_reason = ''", "void_reason = 'No'"])
def test_a_voided_score_stays_voided_and_its_reason_stays(cast, change):
    row = scoring.void(score=enter(cast), reason="Of the wrong week", by=cast.practitioner, now=NOW)
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE treatments_outcomescore SET {change} WHERE id = %s", [row.pk])
    assert refusal_for(error.value).code == "score_final"


def test_a_score_is_voided_once(cast):
    row = scoring.void(score=enter(cast), reason="Of the wrong week", by=cast.practitioner, now=NOW)
    with pytest.raises(Conflict) as refusal:
        scoring.void(score=row, reason="Again", by=cast.practitioner, now=NOW)
    assert refusal.value.code == "score_voided"


def test_whose_score_it_is_can_be_put_right(cast):
    """As when two records of one person become one."""
    row, kept = enter(cast), make_patient()
    OutcomeScore.objects.filter(pk=row.pk).update(patient=kept)
    assert OutcomeScore.objects.get().patient == kept


def test_a_rule_that_changes_later_leaves_old_scores_alone(cast, monkeypatch):
    row = enter(cast)
    monkeypatch.setitem(MEASURES, "nprs", MEASURES["nprs"].__class__(**vars(MEASURES["nprs"]) | {"version": "2"}))
    enter(cast, answers=[3])
    row.refresh_from_db()
    assert (row.version, row.score) == ("1", Decimal(7))
    assert trend(cast, "measure=nprs")["since_first"]["verdict"] == "not_comparable"


def test_a_draft_that_is_thrown_away_leaves_its_scores(cast):
    draft = session(cast, NOW, sign=False)
    row = scoring.void(score=enter(cast, treatment=draft), reason="Wrong", by=cast.practitioner, now=NOW)
    charting.discard(treatment=draft, by=cast.practitioner, now=NOW)
    row.refresh_from_db()
    assert row.treatment is None


def test_the_trend_says_what_changed_and_whether_it_matters(cast):
    for day, pain in ((1, 8), (8, 7), (15, 5)):
        enter(cast, answers=[pain], taken_on=date(2026, 11, day))
    found = trend(cast, "measure=nprs")
    assert [row["score"] for row in found["scores"]] == ["8.0", "7.0", "5.0"]
    assert [(found[name]["points"], found[name]["verdict"]) for name in ("since_first", "since_previous")] == [
        ("-3.0", "improved"),
        ("-2.0", "improved"),
    ]
    assert found["since_first"]["taken_on"] == "2026-11-01"


@pytest.mark.parametrize(
    ("measure", "first", "last", "verdict"),
    [
        ("nprs", [5], [6], "no_change_that_matters"),
        ("nprs", [5], [7], "worse"),
        ("visa_g", [40], [80], "unrated"),
        ("lefs", [2] * 20, [3] * 20, "improved"),
    ],
)
def test_the_verdict_follows_the_least_change_that_matters(cast, measure, first, last, verdict):
    enter(cast, measure, first, taken_on=date(2026, 11, 1))
    enter(cast, measure, last, taken_on=date(2026, 11, 8))
    assert trend(cast, f"measure={measure}")["since_first"]["verdict"] == verdict


def test_other_activities_are_not_compared_and_the_same_in_another_order_are(cast):
    enter(cast, "psfs", [3, 3, 3], labels=STAIRS, taken_on=date(2026, 11, 1))
    enter(cast, "psfs", [6, 6, 6], labels=["running", "Stairs", "Sitting"], taken_on=date(2026, 11, 8))
    assert trend(cast, "measure=psfs")["since_first"]["verdict"] == "improved"
    enter(cast, "psfs", [9, 9, 9], labels=["Driving", *STAIRS[1:]], taken_on=date(2026, 11, 15))
    found = trend(cast, "measure=psfs")
    assert (found["since_first"]["verdict"], found["since_previous"]["verdict"]) == ("not_comparable",) * 2


def test_one_score_or_none_has_no_change(cast):
    assert (trend(cast, "measure=nprs")["scores"], trend(cast, "measure=nprs")["since_first"]) == ([], None)
    enter(cast)
    found = trend(cast, "measure=nprs")
    assert (len(found["scores"]), found["since_first"], found["since_previous"]) == (1, None, None)


def test_voided_scores_others_measures_and_other_people_stay_out_of_the_trend(cast):
    kept = enter(cast, answers=[5])
    scoring.void(score=enter(cast, answers=[1]), reason="Slip", by=cast.practitioner, now=NOW)
    enter(cast, patient=make_patient())
    enter(cast, "visa_g", [50])
    assert [row["id"] for row in trend(cast, "measure=nprs")["scores"]] == [kept.pk]
    everything = api(cast.practitioner).get(f"{DOOR}?patient={cast.aroha.pk}&measure=nprs").json()
    assert everything["count"] == 2


def test_the_sessions_between_the_first_and_the_last_score_are_told_and_no_others(cast):
    enter(cast, taken_on=date(2026, 11, 2))
    enter(cast, taken_on=date(2026, 11, 10))
    inside = [session(cast, nz(f"2026-11-{day} 00:10")) for day in ("02", "10")]
    session(cast, nz("2026-11-01 23:50"))
    session(cast, nz("2026-11-11 00:10"))
    session(cast, nz("2026-11-05 10:00"), sign=False)
    session(cast, nz("2026-11-05 10:00"), patient=make_patient())
    found = trend(cast, "measure=nprs")["treatments"]
    assert [row["id"] for row in found] == [row.pk for row in inside]
    assert found[0]["started_at"] == "2026-11-02T00:10:00+13:00"


def test_a_trend_can_be_of_one_case(cast):
    case, other = make_case(cast.aroha), make_case(cast.aroha)
    kept = enter(cast, case=case)
    enter(cast, case=other)
    session(cast, nz("2026-11-20 10:00"), case=other)
    found = trend(cast, f"measure=nprs&case={case.pk}")
    assert ([row["id"] for row in found["scores"]], found["treatments"]) == ([kept.pk], [])


@pytest.mark.parametrize("query", ["measure=vas", "", "measure=nprs&colour=red", "measure=nprs&case=987654"])
@pytest.mark.parametrize("where", ["trend/", "trend/chart/"])
def test_a_trend_asked_for_wrongly_is_refused(cast, query, where):
    assert api(cast.practitioner).get(f"{DOOR}{where}?patient={cast.aroha.pk}&{query}").status_code == 400


def test_reading_scores_is_recorded_in_lists_trends_and_charts(cast):
    row = enter(cast)
    client = api(cast.practitioner)
    for path in ("", f"{row.pk}/", f"trend/?patient={cast.aroha.pk}&measure=nprs",
                 f"trend/chart/?patient={cast.aroha.pk}&measure=nprs"):  # fmt: skip
        assert client.get(DOOR + path).status_code == 200
    read = AccessEvent.objects.filter(subject_kind="outcome_score", user=cast.practitioner)
    assert list(read.values_list("subject_id", "patient_id")) == [(row.pk, cast.aroha.pk)] * 4


def test_the_door_scores_on_the_server_and_takes_no_score(cast):
    today = timezone.localdate(timezone.now(), AUCKLAND).isoformat()
    body = {
        "patient": cast.aroha.pk,
        "measure": "nprs",
        "answers": [7],
        "taken_on": today,
        "score": "1",
        "version": "9",
    }
    made = api(cast.practitioner).post(DOOR, body)
    assert (made.status_code, made.json()["score"], made.json()["version"]) == (201, "7.0", "1")
    assert made.json()["entered_by"] == cast.practitioner.pk
    for method in ("patch", "put", "delete"):
        answer = getattr(api(cast.owner), method)(f"{DOOR}{made.json()['id']}/", {"answers": [1]})
        assert answer.status_code == 405
    voided = api(cast.practitioner).post(f"{DOOR}{made.json()['id']}/void/", {"reason": "Slip of the hand"})
    assert (voided.json()["void_reason"], voided.json()["voided_by"]) == ("Slip of the hand", cast.practitioner.pk)
    assert api(cast.practitioner).post(f"{DOOR}{made.json()['id']}/void/", {}).status_code == 400


@pytest.mark.parametrize("answers", [[-1], [101], ["x"], [], None, [True], [1.5], [7] * 21, {}])
def test_answers_of_no_shape_are_malformed(cast, answers):
    body = {"patient": cast.aroha.pk, "measure": "nprs", "answers": answers, "taken_on": "2026-11-01"}
    answer = api(cast.practitioner).post(DOOR, body)
    assert (answer.status_code, answer.json()["errors"][0]["field"].split(".")[0]) == (400, "answers")


def test_the_measures_say_what_may_be_shown_and_what_only_entered(cast):
    rows = {row["code"]: row for row in api(cast.practitioner).get("/api/v1/outcome-measures/").json()["results"]}
    assert list(rows) == ["nprs", "psfs", "lefs", "odi", "visa_g", "mymop2", "quickdash"]
    assert {code for code, row in rows.items() if row["protected"]} == {"odi", "visa_g", "quickdash"}
    assert {code for code, row in rows.items() if row["asked_by_link"]} == {"nprs", "psfs"}
    assert {row["licence"] for code, row in rows.items() if row["asked_by_link"]} == {
        "The wording may be used freely."
    }
    assert rows["odi"]["licence"].startswith("The wording is protected and is not shown here")
    assert (rows["lefs"]["items"], rows["lefs"]["scale"], rows["lefs"]["minimal_change"]) == ([20, 20], [0, 80], "9.0")


def test_scores_cost_the_same_queries_for_one_ten_and_a_hundred(cast):
    counts = queries_while_growing(
        api(cast.practitioner), f"{DOOR}?page_size=200", lambda number: enter(cast, patient=make_patient())
    )
    assert counts == [counts[0]] * 3


def test_a_trend_costs_the_same_queries_for_one_ten_and_a_hundred(cast, django_assert_num_queries):
    client = api(cast.practitioner)
    where = f"{DOOR}trend/?patient={cast.aroha.pk}&measure=nprs"
    client.get(where)
    for count in (1, 9, 90):
        for number in range(count):
            enter(cast, taken_on=TODAY - timedelta(days=number))
            session(cast, NOW - timedelta(days=number))
        with django_assert_num_queries(8):
            client.get(where)
