from datetime import timedelta

import pytest
from django.utils import timezone

from appointments import reminding
from appointments.models import Appointment
from messaging.models import Message, MessageTemplate, ReminderRule
from messaging.sweeping import sweep
from tests.cast import api, make_patient
from tests.counting import queries_while_growing
from tests.visits import AUCKLAND, make_visit

TEXT = {"occasion": "appointment_reminder", "channel": "sms", "body": "{practice}: {when}"}


@pytest.fixture
def tomorrow(cast, texts):
    """A visit at 9:15 am on the wall of the day after tomorrow, so that its reminder is due tomorrow at nine."""
    day = timezone.localtime(timezone.now(), AUCKLAND).replace(hour=9, minute=15, second=0, microsecond=0)
    visit = make_visit(cast, day + timedelta(days=2))
    reminding.plan_for(visit, now=timezone.now())
    return visit


def test_the_ledger_shows_what_is_planned_with_the_offset_of_the_practice(cast, tomorrow):
    row = api(cast.desk).get("/api/v1/messages/").json()["results"][0]
    assert (row["patient_name"], row["state"], row["reason_text"]) == ("Aroha Tāmati", "planned", "")
    assert row["due_at"].endswith(("09:00:00+13:00", "09:00:00+12:00"))
    one = api(cast.desk).get(f"/api/v1/messages/{row['id']}/")
    assert (one.json(), "ETag" in one) == (row, True)


def test_the_ledger_says_in_words_why_somebody_got_nothing(cast, texts):
    patient = make_patient(email="")
    reminding.plan_for(make_visit(cast, timezone.now() + timedelta(days=3), patient=patient), now=timezone.now())
    row = api(cast.desk).get("/api/v1/messages/?reason=no_address").json()["results"][0]
    assert row["reason_text"] == "The patient has no address or number for this."


def test_the_ledger_is_filtered(cast, tomorrow):
    desk = api(cast.desk)
    due = Message.objects.get().due_at
    found = {
        query: desk.get(f"/api/v1/messages/?{query}").json()["count"]
        for query in (
            "state=planned",
            "state=sent",
            "state__in=planned,sent",
            "channel=sms",
            f"patient={cast.aroha.pk}",
            "occasion=appointment_reminder",
            f"due_at__gte={due.isoformat().replace('+', '%2B')}",
            f"due_at__lt={due.isoformat().replace('+', '%2B')}",
        )
    }
    assert list(found.values()) == [1, 0, 1, 0, 1, 1, 1, 0]
    assert desk.get("/api/v1/messages/?colour=red").json()["code"] == "unknown_filter"


def test_the_ledger_is_read_and_never_written(cast, tomorrow):
    owner = api(cast.owner)
    message = Message.objects.get()
    assert owner.post("/api/v1/messages/", {}).status_code == 405
    assert owner.patch(f"/api/v1/messages/{message.pk}/", {"state": "sent"}).status_code == 405
    assert owner.delete(f"/api/v1/messages/{message.pk}/").status_code == 405


def test_every_list_costs_the_same_queries_for_one_ten_and_a_hundred(cast, texts):
    def make(number):
        visit = make_visit(cast, timezone.now() + timedelta(days=30, minutes=number), patient=make_patient())
        reminding.plan_for(visit, now=timezone.now())

    counts = queries_while_growing(api(cast.desk), "/api/v1/messages/?page_size=200", make)
    assert counts == [counts[0]] * 3


def test_the_forecast_costs_the_same_queries_for_one_ten_and_a_hundred(cast, texts, django_assert_num_queries):
    desk = api(cast.desk)
    start = timezone.localtime(timezone.now(), AUCKLAND).replace(hour=9, minute=15) + timedelta(days=2)
    on = (start - timedelta(days=1)).date()
    desk.get(f"/api/v1/messages/forecast/?on={on}")
    for count in (1, 9, 90):
        for _ in range(count):
            reminding.plan_for(make_visit(cast, start, patient=make_patient()), now=timezone.now())
        with django_assert_num_queries(6):
            desk.get(f"/api/v1/messages/forecast/?on={on}")


def test_the_forecast_says_who_gets_what_when_and_who_does_not_and_why(cast, texts, tomorrow):
    silent, fallen = make_patient(email=""), make_patient()
    for patient in (silent, fallen):
        reminding.plan_for(make_visit(cast, tomorrow.starts_at, patient=patient), now=timezone.now())
    Appointment.objects.filter(patient=fallen).update(status="cancelled", cancel_reason="patient")
    on = (tomorrow.starts_at - timedelta(days=1)).date()
    answer = api(cast.desk).get(f"/api/v1/messages/forecast/?on={on}").json()
    assert answer["on"] == str(on)
    assert [(row["patient"], row["channel"], row["due_at"][11:16]) for row in answer["will"]] == [
        (cast.aroha.pk, "email", "09:00")
    ]
    assert {row["patient"]: row["reason"] for row in answer["will_not"]} == {
        silent.pk: "no_address",
        fallen.pk: "cancelled",
    }
    assert Message.objects.filter(state="planned").count() == 2


def test_the_forecast_agrees_with_what_the_sweep_then_does(cast, texts, tomorrow):
    for fields in ({"email": ""}, {"reminder_channel": "none"}, {"reminder_channel": "both"}, {"archived_at": None}):
        visit = make_visit(cast, tomorrow.starts_at, patient=make_patient(**fields))
        reminding.plan_for(visit, now=timezone.now())
    due = tomorrow.starts_at - timedelta(days=1, minutes=15)
    answer = api(cast.desk).get(f"/api/v1/messages/forecast/?on={due.date()}").json()
    [claimed] = sweep(now=due)
    assert sorted(claimed) == sorted(row["message"] for row in answer["will"])
    skipped = Message.objects.exclude(pk__in=claimed).values_list("pk", "reason")
    assert dict(skipped) == {row["message"]: row["reason"] for row in answer["will_not"]}


def test_the_forecast_of_no_day_is_todays_and_of_nonsense_is_refused(cast, texts):
    desk = api(cast.desk)
    today = timezone.localdate(timezone=AUCKLAND)
    assert desk.get("/api/v1/messages/forecast/").json() == {"on": str(today), "will": [], "will_not": []}
    assert desk.get("/api/v1/messages/forecast/?on=soon").status_code == 400


@pytest.mark.parametrize("path", ["messages/", "messages/forecast/", "message-templates/", "reminder-rules/"])
def test_staff_see_messages_and_patients_do_not(cast, texts, path):
    for user in cast.staff:
        assert api(user).get(f"/api/v1/{path}").status_code == 200, user
    assert api(cast.patient_user).get(f"/api/v1/{path}").status_code == 403
    assert api().get(f"/api/v1/{path}").status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("message-templates/", TEXT | {"body": "{phone}"}),
        ("reminder-rules/", {"name": "Two hours before", "hours_before": 2}),
    ],
)
def test_only_the_owner_changes_texts_and_rules(cast, db, path, body):
    for user in (cast.desk, cast.billing, cast.practitioner):
        assert api(user).post(f"/api/v1/{path}", body).status_code == 403
    made = api(cast.owner).post(f"/api/v1/{path}", body)
    assert made.status_code == 201
    one = f"/api/v1/{path}{made.json()['id']}/"
    assert api(cast.desk).patch(one, {}).status_code == 403
    assert api(cast.owner).patch(one, {}, headers={"If-Match": made["ETag"]}).status_code == 200
    assert api(cast.owner).patch(one, {}, headers={"If-Match": '"1-1"'}).status_code == 412


@pytest.mark.parametrize("field", ["subject", "body"])
@pytest.mark.parametrize("text", ["{last_name}", "{first_name.__class__}", "{first_name[0]}", "{}", "{0}", "{"])
def test_a_text_with_an_unknown_place_is_refused(cast, field, text):
    body = TEXT | {"channel": "email", "subject": "x", field: text}
    answer = api(cast.owner).post("/api/v1/message-templates/", body)
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, "unknown_place")]
    assert MessageTemplate.objects.count() == 0


def test_a_subject_with_a_line_break_is_refused(cast):
    body = TEXT | {"channel": "email", "subject": "x\r\nBcc: y@z"}
    answer = api(cast.owner).post("/api/v1/message-templates/", body)
    assert [error["code"] for error in answer.json()["errors"]] == ["subject_has_breaks"]


def test_what_the_database_refuses_is_answered_with_its_code(cast, texts):
    owner = api(cast.owner)
    text = MessageTemplate.objects.filter(channel="email").first()
    answers = [
        owner.post("/api/v1/message-templates/", TEXT),
        owner.post("/api/v1/reminder-rules/", {"name": "Both", "hours_before": 2, "days_before": 1, "at": "09:00"}),
        owner.patch(f"/api/v1/message-templates/{text.pk}/", {"subject": ""}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "template_exists"),
        (422, "rule_needs_one_way"),
        (422, "subject_missing"),
    ]


def test_a_rule_of_a_name_that_is_taken_is_refused(cast, texts):
    answer = api(cast.owner).post("/api/v1/reminder-rules/", {"name": texts.name, "hours_before": 2})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
    assert ReminderRule.objects.count() == 1
