"""Plans, adverse events and needle lots on the staff pages: begun, followed, closed, and who had which needles."""

import csv
import io
from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments import attending
from appointments.series.courses import book_course
from clinic.models import AccessEvent
from tests.cast import Cast, make_case, make_patient, make_type, open_hours
from tests.pages import browser, fields_of, save, told
from tests.treatments.course import make_lot, session
from tests.visits import AUCKLAND
from treatments.care import agreeing, reporting, stocking
from treatments.models import AdverseEvent, LotUse, NeedleLot, TreatmentPlan

pytestmark = pytest.mark.django_db


def today() -> date:
    """On the wall of the practice."""
    return timezone.localdate(timezone=AUCKLAND)


WRITERS_ONLY = ["desk", "billing"]


@pytest.fixture
def case(cast: Cast):
    return make_case(cast.aroha, opened_on=today() - timedelta(days=60))


def page(row, name: str = "change", *args) -> str:
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_{name}", args=[row.pk, *args])


def act(row, name: str) -> str:
    return page(row, "act", name)


def listed(name: str, query: str = "") -> str:
    return f"{reverse(f'admin:treatments_{name}_changelist')}{query}"


def agreed(cast: Cast, case, **fields) -> TreatmentPlan:
    now_on = today()
    given = {
        "sessions": 10, "frequency_per_week": "1.0", "weeks": 10, "goals": "Stairs without pain",
        "agreed_on": now_on - timedelta(days=30), "review_on": now_on + timedelta(days=10),
    }  # fmt: skip
    return agreeing.agree(
        patient=case.patient, case=case, practitioner=cast.mere, by=cast.practitioner, now=timezone.now(),
        **given | fields,
    )  # fmt: skip


def rows_of(client, name: str, query: str = "") -> list:
    return list(client.get(listed(name, query)).context["cl"].result_list)


# Plans


def test_a_plan_is_agreed_on_from_the_page_of_its_case(cast: Cast, case):
    client = browser(cast.practitioner)
    shown = client.get(page(case))
    [way] = [act["place"] for act in shown.context["acts"] if act["label"] == "Agree on a plan"]
    typed = {"sessions": "8", "frequency_per_week": "1", "weeks": "8", "goals": "Sleeps on the right side"}
    answer = save(client, way, "treatmentplan_form", **typed)
    plan = TreatmentPlan.objects.get()
    assert answer.url == page(plan)
    assert (plan.patient, plan.case, plan.practitioner, plan.sessions, plan.agreed_on) == (
        cast.aroha, case, cast.mere, 8, today(),
    )  # fmt: skip
    # One open plan a case: the page of the case offers no second.
    assert "Agree on a plan" not in [act["label"] for act in client.get(page(case)).context["acts"]]


def test_a_second_plan_of_a_case_is_refused_in_words_with_all_that_was_typed(cast: Cast, case):
    agreed(cast, case)
    client = browser(cast.practitioner)
    way = f"{reverse('admin:treatments_treatmentplan_add')}?case={case.pk}"
    typed = {"sessions": "8", "frequency_per_week": "1", "weeks": "8", "goals": "Once more"}
    shown = save(client, way, "treatmentplan_form", **typed)
    assert "This case has an open plan. Change that one, or close it first." in shown.content.decode()
    assert fields_of(shown, "treatmentplan_form")["goals"] == "Once more"
    assert TreatmentPlan.objects.count() == 1


def test_the_list_of_plans_tells_how_far_each_is_and_finds_what_is_to_be_reviewed(cast: Cast, case):
    now_on = today()
    open_one = agreed(cast, case)
    session(cast, timezone.now() - timedelta(days=3), case=case)
    late, due, used, closed = (make_case(make_patient()) for _ in range(4))
    plans = {
        "overdue": agreed(cast, late, review_on=now_on - timedelta(days=1)),
        "today": agreed(cast, due, review_on=now_on),
        "used": agreed(cast, used, sessions=1),
        "closed": agreed(cast, closed),
    }
    session(cast, timezone.now() - timedelta(days=3), case=used)
    agreeing.close(plan=plans["closed"], closed_on=now_on, by=cast.practitioner, now=timezone.now())
    client = browser(cast.practitioner)
    found = {
        standing: {row.pk for row in rows_of(client, "treatmentplan", f"?standing={standing}")}
        for standing in ("open", "review", "overdue", "used", "closed")
    }  # fmt: skip
    ids = {name: plan.pk for name, plan in plans.items()}
    assert found == {
        "open": {open_one.pk, ids["overdue"], ids["today"], ids["used"]},
        "review": {ids["overdue"], ids["today"], ids["used"]},
        "overdue": {ids["overdue"]},
        "used": {ids["used"]},
        "closed": {ids["closed"]},
    }
    assert "1 of 10" in client.get(listed("treatmentplan")).content.decode()


def test_a_plan_tells_in_a_line_what_became_of_the_course_that_was_booked_for_it(cast: Cast, case):
    plan, client = agreed(cast, case), browser(cast.practitioner)
    assert "Booked for it" not in client.get(page(plan)).content.decode()
    open_hours(cast.mere, cast.location, weekdays=range(7))
    begins = timezone.now() - timedelta(days=15)
    course = book_course(
        patient=cast.aroha, case=case, practitioner=cast.mere, appointment_type=make_type(), per_week=1, weeks=6,
        from_on=today() - timedelta(days=14), times=[((today() - timedelta(days=14)).weekday(), time(10))],
        by=cast.desk, now=begins,
    )  # fmt: skip
    first, second, *_ = course.series.appointments.order_by("starts_at")
    attending.step("arrive", appointment=first, by=cast.desk, now=first.starts_at)
    attending.step("miss", appointment=second, by=cast.desk, now=second.ends_at)
    to_come = course.series.appointments.to_come(now=timezone.now()).count()
    shown = client.get(page(plan)).content.decode()
    assert f'{page(course.series)}">Course of 6</a>: 1 attended, 1 missed, {to_come} to come' in shown
    TreatmentPlan.objects.filter(pk=plan.pk).update(agreed_on=today(), review_on=today())
    # What was booked for the case before the plan is not of it.
    assert "Booked for it" not in client.get(page(plan)).content.decode()


def test_a_review_changes_what_was_agreed_and_the_page_tells_both(cast: Cast, case):
    plan, client = agreed(cast, case), browser(cast.practitioner)
    session(cast, timezone.now() - timedelta(days=3), case=case)
    again = today() + timedelta(days=21)
    typed = {"sessions": "12", "frequency_per_week": "0.5", "weeks": "10", "goals": plan.goals, "review_on": again}
    assert told(client.post(act(plan, "review"), typed, follow=True))[0].startswith("Reviewed. The next review is on")
    plan.refresh_from_db()
    assert (plan.sessions, str(plan.frequency_per_week), plan.review_on) == (12, "0.5", again)
    shown = client.get(page(plan)).content.decode()
    assert [words in shown for words in ("Session 1", "Agreed anew", "Sessions: 10 → 12", "1 of 12; 11 are left")] == [
        True
    ] * 4


def test_a_closed_plan_says_why_it_stays_and_takes_no_post(cast: Cast, case):
    plan, client = agreed(cast, case), browser(cast.practitioner)
    client.post(act(plan, "close"), {"closed_on": today()})
    shown = client.get(page(plan))
    assert shown.context["why_read_only"] == "This plan is closed. Agree on a new one on the page of its case."
    assert shown.context["acts"] == []
    assert client.post(page(plan), {}).status_code == 403
    refused = client.post(act(plan, "close"), {"closed_on": today()})
    assert "This plan is closed. Agree on a new one." in refused.content.decode()


def test_a_plan_closed_before_it_was_agreed_is_refused_beside_the_day(cast: Cast, case):
    plan = agreed(cast, case)
    early = {"closed_on": plan.agreed_on - timedelta(days=1)}
    shown = browser(cast.practitioner).post(act(plan, "close"), early)
    assert "A plan cannot close before it was agreed." in shown.content.decode()


# The panel above a patient and a case


def test_the_course_stands_above_the_patient_and_the_case_for_those_who_read_notes(cast: Cast, case):
    agreed(cast, case)
    reporting.report(
        patient=cast.aroha, occurred_at=timezone.now(), kind="fainting", severity=1, causality="certain",
        description="Fainted", by=cast.practitioner, now=timezone.now(),
    )  # fmt: skip
    client = browser(cast.practitioner)
    for row in (cast.aroha, case):
        assert "0 of 10 sessions, 1 a week for 10 weeks" in client.get(page(row)).content.decode()
    kinds = AccessEvent.objects.filter(user=cast.practitioner).exclude(request_id="")
    assert sorted(kinds.values_list("subject_kind", flat=True)) == [
        "adverse_event", "case", "patient", "treatment_plan", "treatment_plan",
    ]  # fmt: skip
    for row in (cast.aroha, case):
        assert "Course of treatment" not in browser(cast.desk).get(page(row)).content.decode()


# Adverse events

HARM = {
    "kind": "burn", "severity": "3", "causality": "certain", "description": "A blister under one cup",
    "informed": "The patient", "follow_up_on": "",
}  # fmt: skip


def reported(cast: Cast, **fields) -> AdverseEvent:
    given = {"kind": "fainting", "severity": 1, "causality": "certain", "description": "Fainted"}
    return reporting.report(
        patient=cast.aroha, occurred_at=timezone.now(), by=cast.practitioner, now=timezone.now(), **given | fields
    )


def test_harm_is_reported_from_the_note_of_its_session(cast: Cast, case):
    note, client = session(cast, timezone.now() - timedelta(hours=2), case=case), browser(cast.practitioner)
    local = timezone.localtime(note.started_at + timedelta(minutes=5), cast.practice.zone)
    when = {"occurred_at_0": f"{local:%Y-%m-%d}", "occurred_at_1": f"{local:%H:%M}"}
    answer = client.post(act(note, "report-harm"), {**HARM, **when}, follow=True)
    event = AdverseEvent.objects.get()
    assert (event.patient, event.treatment, event.severity, event.reported_by) == (
        cast.aroha, note, 3, cast.practitioner,
    )  # fmt: skip
    assert "ACC2152" in told(answer)[0]


def test_harm_that_lies_in_the_future_is_refused_beside_its_time(cast: Cast):
    later = timezone.localtime(timezone.now() + timedelta(days=1), cast.practice.zone)
    when = {"occurred_at_0": f"{later:%Y-%m-%d}", "occurred_at_1": "10:00"}
    shown = browser(cast.practitioner).post(act(cast.aroha, "report-harm"), {**HARM, **when})
    assert shown.context["form"].errors["occurred_at"] == ["An event is reported when it has happened."]
    assert AdverseEvent.objects.count() == 0


def test_what_is_open_stands_first_and_what_is_due_before_the_rest(cast: Cast):
    now_on = today()
    closed = reported(cast)
    reporting.close(event=closed, closed_on=now_on, outcome="Well", by=cast.practitioner, now=timezone.now())
    without = reported(cast)
    later = reported(cast, follow_up_on=now_on + timedelta(days=5))
    due = reported(cast, follow_up_on=now_on)
    client = browser(cast.practitioner)
    assert [row.pk for row in rows_of(client, "adverseevent")] == [due.pk, later.pk, without.pk, closed.pk]
    assert [row.pk for row in rows_of(client, "adverseevent", "?follow_up=due")] == [due.pk]
    assert "Nobody yet" in client.get(listed("adverseevent")).content.decode()


def test_an_event_is_followed_up_closed_with_how_it_ended_and_opened_again(cast: Cast):
    event, client = reported(cast), browser(cast.practitioner)
    again = today() + timedelta(days=2)
    client.post(act(event, "follow-up"), {"action": "Rang", "informed": "The GP", "follow_up_on": again})
    event.refresh_from_db()
    assert (event.action, event.informed, event.follow_up_on) == ("Rang", "The GP", again)
    refused = client.post(act(event, "close"), {"outcome": "", "closed_on": today()})
    assert refused.context["form"].errors["outcome"] == ["This field is required."]
    client.post(act(event, "close"), {"outcome": "Well again", "closed_on": today()})
    shown = client.get(page(event))
    assert shown.context["why_read_only"] == "This is closed, with how it ended. Open it again to change it."
    client.post(act(event, "reopen"), {"follow_up_on": again})
    event.refresh_from_db()
    assert (event.closed_on, event.outcome) == (None, "Well again")


def test_an_open_event_is_corrected_on_its_page_and_not_before_its_session(cast: Cast, case):
    note, client = session(cast, timezone.now() - timedelta(hours=2), case=case), browser(cast.practitioner)
    event = reported(cast, treatment=note)
    save(client, page(event), "adverseevent_form", causality="unlikely")
    event.refresh_from_db()
    assert event.causality == "unlikely"
    shown = save(client, page(event), "adverseevent_form", occurred_at_0="2020-01-01")
    assert "This happened before that session began." in shown.content.decode()


def test_who_answers_for_the_practice_sees_harm_without_reading_notes(cast: Cast):
    event = reported(cast)
    role = cast.owner.roles.get()
    role.permissions = [one for one in role.permissions if one not in {"read_notes", "write_notes"}]
    role.save()
    client = browser(cast.owner)
    assert [client.get(place).status_code for place in (listed("adverseevent"), page(event))] == [200, 200]
    assert client.get(page(event)).context["acts"] == []
    assert client.post(act(event, "close"), {"outcome": "x"}).status_code == 403
    assert client.get(listed("treatmentplan")).status_code == 403


# Needle lots


def used(lot: NeedleLot, note, cast: Cast, needles: int = 6) -> LotUse:
    return stocking.note_use(treatment=note, lot=lot, needles=needles, by=cast.practitioner, now=timezone.now())


def test_a_box_is_written_down_and_the_same_box_is_refused_in_words(cast: Cast):
    client, add = browser(cast.practitioner), reverse("admin:treatments_needlelot_add")
    box = {
        "maker": "Example", "product": "Classic", "lot_number": "L-7", "gauge": "0.25x40", "supplier": "The shop",
        "expires_on": "2031-01-01",
    }  # fmt: skip
    save(client, add, "needlelot_form", **box)
    lot = NeedleLot.objects.get()
    assert (lot.supplier, lot.received_on) == ("The shop", today())
    assert "This lot is listed already." in save(client, add, "needlelot_form", **box).content.decode()


def test_lots_are_found_by_when_they_expire(cast: Cast):
    now_on, client = today(), browser(cast.practitioner)
    received = {"received_on": now_on - timedelta(days=400)}
    for number, days in (("old", -1), ("soon", 30), ("good", 300)):
        make_lot(lot_number=number, expires_on=now_on + timedelta(days=days), **received)
    found = {
        expiry: sorted(row.lot_number for row in rows_of(client, "needlelot", f"?expiry={expiry}"))
        for expiry in ("expired", "soon", "good")
    }  # fmt: skip
    assert found == {"expired": ["old"], "soon": ["soon"], "good": ["good", "soon"]}


def test_the_lot_of_a_session_is_noted_on_the_page_of_its_note_while_that_is_a_draft(cast: Cast, case):
    lot, note, client = make_lot(), session(cast, timezone.now(), case=case, sign=False), browser(cast.practitioner)
    assert told(client.post(act(note, "note-lot"), {"lot": lot.pk, "needles": "6"}, follow=True)) == [
        "Noted: lot L-1."
    ]
    assert "Example Classic 0.25x40, lot L-1" in client.get(page(note)).content.decode()
    client.post(act(note, "strike-lot"), {"use": note.lot_uses.get().pk})
    assert note.lot_uses.count() == 0
    signed = session(cast, timezone.now(), case=case)
    refused = client.post(act(signed, "note-lot"), {"lot": lot.pk})
    assert refused.context["form"].non_field_errors() == ["This note is signed. Add an amendment instead."]
    assert LotUse.objects.count() == 0


def test_who_had_a_lot_stands_on_a_page_and_in_a_file_with_how_to_reach_them(cast: Cast):
    lot, other = make_lot(), make_lot(lot_number="L-2")
    had = make_patient(first_name="Ihaia", last_name="=Rangi", phone="021 555 0100", email="ihaia@example.nz")
    at = timezone.now() - timedelta(days=2)
    used(lot, session(cast, at, patient=had, sign=False), cast)
    used(other, session(cast, at, patient=make_patient(last_name="Elsewhere"), sign=False), cast)
    client, where = browser(cast.practitioner), page(lot, "patients")
    shown = client.get(where).content.decode()
    assert ("=Rangi" in shown, "021 555 0100" in shown, "Elsewhere" in shown) == (True, True, False)
    assert "1 patient in 1 session." in shown
    answer = client.get(f"{where}?as=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    [head, row] = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    day = timezone.localtime(at, cast.practice.zone).date().isoformat()
    assert dict(zip(head, row, strict=True)) == {
        "Patient": "Ihaia =Rangi", "Born": "1979-06-15", "Phone": "021 555 0100", "E-mail": "ihaia@example.nz",
        "Session": day, "Practitioner": "Mere Ngata", "Needles": "6", "Past its date": "",
    }  # fmt: skip
    read = AccessEvent.objects.filter(subject_kind="lot_use").values_list("patient_id", flat=True)
    assert list(read) == [had.pk, had.pk]


@pytest.mark.parametrize("role", WRITERS_ONLY)
def test_who_had_a_lot_is_not_for_those_who_read_no_notes(cast: Cast, role):
    lot = make_lot()
    assert browser(getattr(cast, role)).get(page(lot, "patients")).status_code == 403


def test_a_lot_that_is_not_there_has_no_page_of_people(cast: Cast):
    assert browser(cast.practitioner).get("/admin/treatments/needlelot/987654/patients/").status_code == 404


def test_who_had_a_lot_costs_the_same_queries_for_one_ten_and_a_hundred(cast: Cast):
    lot, client, counts, made = make_lot(), browser(cast.practitioner), [], 0
    for size in (1, 10, 100):
        while made < size:
            made += 1
            used(lot, session(cast, timezone.now(), patient=make_patient(), sign=False), cast)
        client.get(page(lot, "patients"))
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(page(lot, "patients")).context["rows"]) == size
        counts.append(len(captured))
    assert counts == [counts[0]] * 3
