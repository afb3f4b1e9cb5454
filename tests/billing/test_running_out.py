"""Cases that are running out: a loose end of whoever treats them, and one e-mail that names nobody."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.entitlement import advice, gathering, running_out
from billing.entitlement.pages import QUESTIONS
from clinic.models import User
from frontdesk import today
from messaging.delivering import deliver
from messaging.models import Message
from messaging.sweeping import sweep
from patients.models import Case, PurchaseOrder
from tests.cast import make_case, make_patient
from tests.messaging.conftest import post_office, texts  # noqa: F401 (fixtures of the ledger)
from tests.visits import make_visit, nz
from treatments.models import RequestAnswer, Treatment, TreatmentRequest

NOW = nz("2026-11-24 09:00")


def treat(cast, case, times: int, *, last=None, **fields) -> None:
    last = last or nz("2026-11-23 10:00")
    for n in range(times):
        Treatment.objects.create(
            **{
                "patient": case.patient,
                "practitioner": cast.mere,
                "case": case,
                "started_at": last - timedelta(days=3 * n),
            }
            | fields
        )


@pytest.fixture
def case(cast) -> Case:
    case = make_case(cast.aroha)
    treat(cast, case, 10)
    return case


def plan(now=NOW) -> list[tuple]:
    running_out.plan_reminders(now=now)
    return list(Message.objects.order_by("pk").values_list("subject_kind", "subject_id", "user", "state", "reason"))


def send(now=NOW) -> None:
    for ids in sweep(now=now):
        deliver(message_ids=ids, clock=lambda: now)


@pytest.mark.parametrize(("times", "told"), [(9, 0), (10, 1), (11, 1), (12, 0)])
def test_whoever_treated_last_is_told_at_two_and_at_one_left(cast, texts, times, told):  # noqa: F811
    case = make_case(cast.aroha)
    treat(cast, case, times)
    assert plan() == [("case", case.pk, cast.practitioner.pk, "planned", "")] * told


def test_it_is_told_once_however_often_it_is_planned(cast, texts, case, post_office):  # noqa: F811
    plan()
    send()
    treat(cast, case, 1, last=nz("2026-11-24 08:00"))
    plan(NOW + timedelta(hours=1))
    send(NOW + timedelta(hours=1))
    assert len(post_office.letters) == 1


def test_the_letter_names_neither_the_patient_nor_anything_clinical(cast, texts, case, post_office):  # noqa: F811
    plan()
    send()
    [letter] = post_office.letters
    text = letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    assert (letter["To"], letter["Subject"]) == (
        cast.practitioner.email,
        "A case needs a request for more sessions",
    )
    assert f"http://127.0.0.1:8000/admin/patients/case/{case.pk}/change/" in text
    assert ">Open the case</a>" in html
    for word in ("Aroha", "Tāmati", "Tamati", "hip", "AB0", "tendin", "needle", "acupuncture treatment", "ACC"):
        assert word not in letter["Subject"] + text.replace("Harakeke Acupuncture", "")


def test_what_is_no_longer_so_when_it_leaves_is_not_told(cast, texts, case, post_office):  # noqa: F811
    plan()
    PurchaseOrder.objects.create(
        case=case, number="PO-1", sessions=6, approved_on=date(2026, 11, 24), valid_from=date(2026, 11, 24)
    )
    send()
    assert post_office.letters == []
    assert list(Message.objects.values_list("state", "reason")) == [("skipped", "no_longer_so")]


def test_without_the_guard_it_would_be_told(cast, texts, case, post_office, settings):  # noqa: F811
    """The twin of the test above."""
    settings.MESSAGE_GUARDS = {"case": "tests.messaging.gateways.no_guard"}
    plan()
    Case.objects.update(closed_on=date(2026, 11, 24))
    send()
    assert len(post_office.letters) == 1


@pytest.mark.parametrize("gone", ["case_closed", "reader_left"])
def test_a_closed_case_and_a_reader_who_left_are_not_written_about(cast, texts, case, post_office, gone):  # noqa: F811
    plan()
    if gone == "case_closed":
        Case.objects.update(closed_on=date(2026, 11, 24))
    else:
        User.objects.filter(pk=cast.practitioner.pk).update(is_active=False)
    send()
    assert post_office.letters == []


def test_while_a_request_for_more_is_on_its_way_nobody_is_told(cast, texts, case):  # noqa: F811
    request = TreatmentRequest.objects.create(
        patient=case.patient,
        case=case,
        practitioner=cast.mere,
        reasons=["more_treatment"],
        sessions_requested=6,
        status="finished",
        finished_at=nz("2026-11-23 17:00"),
        finished_by=cast.practitioner,
        content={},
        standard=True,
        patient_declared_on=NOW.date(),
        content_hash="a" * 64,
    )
    assert plan() == []
    found = gathering.of_case(case, on=NOW.date(), now=NOW)
    assert (found.awaiting_since, found.request) == (date(2026, 11, 23), "non_standard")
    RequestAnswer.objects.create(
        request=request, approved=False, answered_on=NOW.date(), taken_down_at=NOW, taken_down_by=cast.practitioner
    )
    assert len(plan()) == 1


def test_a_purchase_order_that_runs_out_is_told_of_anew(cast, texts, case, post_office):  # noqa: F811
    plan()
    send()
    order = PurchaseOrder.objects.create(
        case=case, number="PO-1", sessions=3, approved_on=date(2026, 11, 24), valid_from=date(2026, 11, 24)
    )
    treat(cast, case, 3, last=nz("2026-12-03 10:00"))
    later = nz("2026-12-03 12:00")
    assert plan(later)[1:] == [("purchase_order", order.pk, cast.practitioner.pk, "planned", "")]
    send(later)
    assert len(post_office.letters) == 2


@pytest.mark.parametrize("why", ["private", "closed", "long ago", "practitioner signs in nowhere"])
def test_nobody_is_told_of_a_case_that_is(cast, texts, why):  # noqa: F811
    case = make_case(
        cast.aroha,
        **({"kind": "private"} if why == "private" else {}),
        closed_on=date(2026, 11, 23) if why == "closed" else None,
    )
    treat(cast, case, 10, last=nz("2026-10-20 10:00") if why == "long ago" else None)
    if why == "practitioner signs in nowhere":
        cast.mere.user = None
        cast.mere.save()
    assert plan() == []


def test_planning_costs_the_same_queries_for_one_case_and_for_many(cast, texts):  # noqa: F811
    counts = []
    for size in (1, 9, 20):
        for _ in range(size):
            treat(cast, make_case(make_patient()), 10)
        running_out.plan_reminders(now=NOW)
        with CaptureQueriesContext(connection) as captured:
            running_out.plan_reminders(now=NOW)
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


def ends(user) -> dict:
    return {end.title: (end.count, end.lines) for end in today.page_for(user, now=NOW)["loose_ends"]}


def test_it_is_a_loose_end_of_the_practitioner_who_treats(cast, case):
    title = "Cases with one or two sessions left"
    assert ends(cast.practitioner)[title] == (
        1,
        [("2 left: Aroha Tāmati", f"/admin/patients/case/{case.pk}/change/")],
    )
    assert title not in ends(cast.practitioner2)
    assert title not in ends(cast.desk)


def line_of(user, name="Aroha Tāmati"):
    columns = today.page_for(user, now=NOW)["columns"]
    [line] = [line for _, _, lines in columns for line in lines if line.name == name]
    return line


@pytest.mark.parametrize(
    ("fields", "times", "words"),
    [
        ({}, 3, ""),
        ({}, 10, "2 left"),
        ({}, 12, "None left"),
        ({"cover_status": "decline"}, 0, "Cover not accepted"),
        ({"cover_status": "held"}, 0, "Cover not decided"),
        ({"claim_number": ""}, 0, "No claim number"),
        ({"date_of_injury": date(2025, 9, 1), "opened_on": date(2025, 10, 1)}, 0, "Injury over 12 months"),
        ({"sessions_elsewhere": 1, "first_elsewhere_on": date(2026, 9, 1)}, 1, "Window ended"),
        ({"kind": "private"}, 20, ""),
    ],
)
def test_a_line_of_today_says_in_a_word_what_stands_in_the_way(cast, fields, times, words):
    case = make_case(cast.aroha, **fields)
    treat(cast, case, times)
    make_visit(cast, nz("2026-11-24 15:00"), case=case)
    assert line_of(cast.desk).cover == words


@pytest.mark.parametrize(
    ("before", "status", "words"),
    [
        (11, "arrived", "1 left"),
        (11, "in_treatment", "That was the last"),
        (12, "arrived", "None left"),
        (12, "in_treatment", "None left"),
    ],
)
def test_the_12th_that_was_given_is_told_from_a_13th(cast, before, status, words):
    case = make_case(cast.aroha)
    treat(cast, case, before)
    make_visit(cast, nz("2026-11-24 08:00"), case=case, status=status)
    assert line_of(cast.desk).cover == words


def test_a_visit_that_fell_and_one_without_a_case_say_nothing(cast, case):
    visit = make_visit(cast, nz("2026-11-24 15:00"), case=case, status="missed")
    assert line_of(cast.desk).cover == ""
    visit.delete()
    make_visit(cast, nz("2026-11-24 16:00"))
    assert line_of(cast.desk).cover == ""


def test_each_word_has_a_check_that_it_is_for():
    assert set(advice.IN_SHORT) | set(advice.BY_HAND_IN_SHORT) <= set(QUESTIONS)
    assert gathering.HELD.isdisjoint(gathering.TO_COME)
