from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal, refusal_for
from clinic.models import AccessEvent
from tests.cast import api, make_case, make_patient
from tests.counting import queries_while_growing
from tests.treatments.course import session
from tests.visits import AUCKLAND, nz
from treatments.care import agreeing
from treatments.models import TreatmentPlan

NOW = nz("2026-11-20 12:00")
AGREED = {
    "sessions": 3,
    "frequency_per_week": "1.0",
    "weeks": 3,
    "goals": "Climb stairs without pain",
    "agreed_on": date(2026, 11, 2),
    "review_on": date(2026, 11, 23),
}
DOOR = "/api/v1/treatment-plans/"


def make_plan(cast, case=None, **fields) -> TreatmentPlan:
    case = case or make_case(cast.aroha)
    return agreeing.agree(
        patient=case.patient, case=case, practitioner=cast.mere, by=cast.practitioner, now=NOW, **AGREED | fields
    )


def progress(plan: TreatmentPlan) -> tuple[int, int]:
    row = TreatmentPlan.objects.with_progress(zone=AUCKLAND).get(pk=plan.pk)
    return row.sessions_done, row.sessions_left


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sessions": 0}, "sessions_implausible"),
        ({"sessions": 201}, "sessions_implausible"),
        ({"frequency_per_week": "0"}, "frequency_implausible"),
        ({"frequency_per_week": "14.1"}, "frequency_implausible"),
        ({"weeks": 0}, "weeks_implausible"),
        ({"weeks": 105}, "weeks_implausible"),
        ({"goals": ""}, "goals_missing"),
        ({"review_on": date(2026, 11, 1)}, "review_before_agreed"),
        ({"closed_on": date(2026, 11, 1)}, "closed_before_agreed"),
    ],
)
def test_the_database_refuses_a_plan_that_cannot_be(cast, changes, code):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        make_plan(cast, **changes)
    refusal = refusal_for(error.value)
    assert (refusal.code, refusal.status) == (code, 422)


def test_a_case_has_one_open_plan_and_any_number_of_closed_ones(cast):
    case = make_case(cast.aroha)
    first = make_plan(cast, case)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        make_plan(cast, case)
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == ("plan_exists", 409)
    agreeing.close(plan=first, closed_on=date(2026, 11, 20), by=cast.practitioner, now=NOW)
    make_plan(cast, case)
    assert TreatmentPlan.objects.filter(case=case).count() == 2


def test_a_plan_for_another_patients_case_is_refused(cast):
    with pytest.raises(Refusal) as refusal:
        agreeing.agree(
            patient=make_patient(), case=make_case(cast.aroha), practitioner=cast.mere, by=cast.practitioner, now=NOW,
            **AGREED,
        )  # fmt: skip
    assert refusal.value.code == "case_of_another_patient"


def test_signed_sessions_of_the_case_are_counted_and_nothing_else(cast):
    case, other = make_case(cast.aroha), make_case(cast.aroha, kind="private")
    plan = make_plan(cast, case)
    session(cast, nz("2026-11-02 00:00"), case=case)
    session(cast, nz("2026-11-09 10:00"), case=case)
    session(cast, nz("2026-11-01 23:59"), case=case)  # the day before it was agreed, the same day in UTC
    session(cast, nz("2026-11-10 10:00"), case=case, sign=False)
    session(cast, nz("2026-11-10 10:00"), case=other)
    session(cast, nz("2026-11-10 10:00"))
    assert progress(plan) == (2, 1)


def test_more_sessions_than_agreed_leave_none_and_not_less(cast):
    case = make_case(cast.aroha)
    plan = make_plan(cast, case, sessions=1)
    for day in (3, 4):
        session(cast, nz(f"2026-11-0{day} 10:00"), case=case)
    assert progress(plan) == (2, 0)


def test_sessions_after_a_plan_was_closed_belong_to_the_next(cast):
    case = make_case(cast.aroha)
    first = make_plan(cast, case)
    session(cast, nz("2026-11-03 10:00"), case=case)
    agreeing.close(plan=first, closed_on=date(2026, 11, 5), by=cast.practitioner, now=NOW)
    second = make_plan(cast, case, agreed_on=date(2026, 11, 6))
    session(cast, nz("2026-11-07 10:00"), case=case)
    assert (progress(first), progress(second)) == ((1, 2), (1, 2))


def test_a_review_is_due_on_its_day_or_when_the_sessions_are_used_up(cast):
    by_day, by_use, later, closed = (make_case(cast.aroha) for _ in range(4))
    due = make_plan(cast, by_day, review_on=date(2026, 11, 20))
    used = make_plan(cast, by_use, sessions=1)
    make_plan(cast, later)
    session(cast, nz("2026-11-03 10:00"), case=by_use)
    gone = make_plan(cast, closed, review_on=date(2026, 11, 3))
    agreeing.close(plan=gone, closed_on=date(2026, 11, 4), by=cast.practitioner, now=NOW)
    rows = TreatmentPlan.objects.with_progress(zone=AUCKLAND).review_due(on=date(2026, 11, 20))
    assert set(rows) == {due, used}
    answer = api(cast.practitioner).get(f"{DOOR}review-due/?on=2026-11-20").json()
    assert [row["id"] for row in answer["results"]] == [due.pk, used.pk]
    answer = api(cast.practitioner).get(f"{DOOR}review-due/?on=2026-11-19").json()
    assert [row["id"] for row in answer["results"]] == [used.pk]


@pytest.mark.parametrize(("query", "code"), [("on=tomorrow", "invalid"), ("by=2026-11-20", "unknown_filter")])
def test_a_review_list_asked_for_wrongly_is_refused(cast, query, code):
    answer = api(cast.practitioner).get(f"{DOOR}review-due/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_closed_plan_is_changed_no_more(cast):
    plan = make_plan(cast)
    agreeing.close(plan=plan, closed_on=date(2026, 11, 20), by=cast.practitioner, now=NOW)
    for act in (
        lambda: agreeing.revise(plan=plan, goals="Run", by=cast.practitioner, now=NOW),
        lambda: agreeing.close(plan=plan, closed_on=date(2026, 11, 20), by=cast.practitioner, now=NOW),
    ):
        with pytest.raises(Conflict) as refusal:
            act()
        assert refusal.value.code == "plan_closed"


def test_a_plan_over_http_from_agreed_to_closed(cast):
    case = make_case(cast.aroha)
    client = api(cast.practitioner)
    today = timezone.localdate(timezone.now(), AUCKLAND)
    dates = {"agreed_on": today, "review_on": today + timedelta(days=21)}
    body = {"patient": cast.aroha.pk, "case": case.pk, "practitioner": cast.mere.pk} | AGREED | dates
    made = client.post(DOOR, body)
    assert (made.status_code, made.json()["sessions_done"], made.json()["sessions_left"]) == (201, 0, 3)
    place = f"{DOOR}{made.json()['id']}/"
    changed = client.patch(place, {"sessions": 6, "case": make_case(cast.aroha).pk, "agreed_on": "2026-10-01"})
    assert (changed.json()["sessions"], changed.json()["case"], changed.json()["agreed_on"]) == (
        6, case.pk, today.isoformat(),
    )  # fmt: skip
    stale = client.patch(place, {"weeks": 4}, headers={"If-Match": made["ETag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_edit")
    closed = client.post(f"{place}close/", {})
    assert closed.json()["closed_on"] == today.isoformat()
    again = client.patch(place, {"weeks": 4})
    assert (again.status_code, again.json()["code"]) == (409, "plan_closed")


def test_reading_plans_is_recorded_each(cast):
    plans = [make_plan(cast), make_plan(cast, make_case(make_patient()))]
    client = api(cast.practitioner)
    client.get(DOOR)
    client.get(f"{DOOR}{plans[0].pk}/")
    client.get(f"{DOOR}review-due/?on=2027-01-01")
    read = AccessEvent.objects.filter(subject_kind="treatment_plan").values_list("subject_id", flat=True)
    assert sorted(read) == sorted([plans[0].pk] * 3 + [plans[1].pk] * 2)


@pytest.mark.parametrize("path", ["?page_size=200", "review-due/?on=2027-06-01&page_size=200"])
def test_plans_cost_the_same_queries_for_one_ten_and_a_hundred(cast, path):
    def make(number: int) -> None:
        case = make_case(make_patient())
        make_plan(cast, case)
        session(cast, NOW + timedelta(minutes=number), case=case)

    counts = queries_while_growing(api(cast.practitioner), DOOR + path, make)
    assert counts == [counts[0]] * 3
