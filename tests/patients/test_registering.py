from datetime import UTC, date, datetime
from threading import Thread

import pytest
from django.db import connection, transaction

from clinic.errors import Conflict
from patients import registering
from patients.models import Patient
from patients.registering import register
from tests.cast import api, make_patient, new_nhi

URL = "/api/v1/patients/"
NOON = datetime(2026, 11, 21, 23, tzinfo=UTC)  # 22 November in Wellington

MEI = {"first_name": "Mei", "last_name": "Zhang", "date_of_birth": "1991-02-03"}


def codes(answer) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_the_front_desk_registers_somebody(cast):
    number = new_nhi()
    asked = MEI | {
        "nhi": f" {number[:3]} {number[3:]} ".lower(),
        "preferred_name": "美",
        "sex": "female",
        "gender": "woman",
        "pronouns": "she/her",
        "ethnicities": ["Chinese", "Māori"],
        "email": "mei@example.nz",
        "phone": "+64 21 555 0199",
        "address": "1 Example Street\nWellington",
        "occupation": "Roofer",
        "gp_name": "Dr Example",
        "gp_practice": "Example Medical",
        "reminder_channel": "both",
        "account_holder": cast.aroha.pk,
        "legacy_id": "2019-044",
    }
    answer = api(cast.desk).post(URL, asked)
    assert answer.status_code == 201, answer.json()
    assert answer["ETag"]
    body = answer.json()
    kept = {name: body.pop(name) for name in ("id", "created_at", "updated_at")}
    assert body == asked | {"nhi": number, "archived_at": None}
    assert Patient.objects.get(pk=kept["id"]).first_name == "Mei"
    assert kept["created_at"].endswith(("+13:00", "+12:00"))


def test_little_is_needed_to_register(cast):
    body = api(cast.practitioner).post(URL, MEI).json()
    assert (body["nhi"], body["sex"], body["reminder_channel"], body["ethnicities"]) == (None, "unknown", "email", [])


def test_an_nhi_number_left_empty_is_not_known(cast):
    assert api(cast.desk).post(URL, MEI | {"nhi": ""}).json()["nhi"] is None


def test_who_made_a_record_is_kept(cast):
    key = api(cast.desk).post(URL, MEI).json()["id"]
    context = Patient.objects.get(pk=key).events.get().pgh_context
    assert context.metadata["user"] == cast.desk.pk


@pytest.mark.parametrize(
    "twin",
    [
        MEI,
        MEI | {"first_name": "MEI LING"},
        MEI | {"last_name": "Liu"},
        MEI | {"first_name": "Zhang", "last_name": "Mei"},
        MEI | {"first_name": "Mēi", "last_name": "Other"},
    ],
    ids=["same", "other first name", "other family name", "names in the other order", "with a macron"],
)
def test_a_possible_duplicate_is_shown_and_nothing_written(cast, twin):
    known = make_patient(**MEI)
    answer = api(cast.desk).post(URL, twin)
    assert (answer.status_code, answer.json()["code"]) == (409, "possible_duplicate")
    assert answer.json()["candidates"] == [
        {"id": known.pk, "name": "Mei Zhang", "date_of_birth": "1991-02-03", "nhi": known.nhi}
    ]
    assert Patient.objects.count() == 2  # Aroha and Mei


@pytest.mark.parametrize(
    "other",
    [
        MEI | {"date_of_birth": "1991-02-04"},
        {"first_name": "Me", "last_name": "Zhan", "date_of_birth": "1991-02-03"},
        {"first_name": "%", "last_name": "_____", "date_of_birth": "1991-02-03"},
    ],
    ids=["another birthday", "only parts of the names", "patterns"],
)
def test_somebody_else_is_no_duplicate(cast, other):
    make_patient(**MEI)
    assert api(cast.desk).post(URL, other).status_code == 201


def test_the_same_nhi_number_is_a_possible_duplicate_under_any_name(cast):
    known = make_patient(**MEI)
    other = {"first_name": "Tom", "last_name": "Hart", "date_of_birth": "1950-01-01", "nhi": known.nhi}
    answer = api(cast.desk).post(URL, other)
    assert [candidate["id"] for candidate in answer.json()["candidates"]] == [known.pk]


def test_somebody_archived_is_found_when_they_come_back(cast):
    known = make_patient(**MEI, archived_at=NOON)
    assert [c["id"] for c in api(cast.desk).post(URL, MEI).json()["candidates"]] == [known.pk]


def test_a_name_corrected_after_registering_counts(cast):
    known = make_patient(**MEI | {"first_name": "Mai", "last_name": "Chang"})
    client = api(cast.desk)
    assert client.patch(f"{URL}{known.pk}/", {"last_name": "Zhang"}).status_code == 200
    assert [c["id"] for c in client.post(URL, MEI).json()["candidates"]] == [known.pk]


def test_a_person_says_that_it_is_somebody_else(cast):
    make_patient(**MEI)
    answer = api(cast.desk).post(URL, MEI | {"confirm_new": True})
    assert answer.status_code == 201
    assert "confirm_new" not in answer.json()
    assert Patient.objects.filter(last_name="Zhang").count() == 2


def test_nobody_can_confirm_that_two_people_have_one_nhi_number(cast):
    known = make_patient(**MEI)
    answer = api(cast.desk).post(URL, MEI | {"nhi": known.nhi, "confirm_new": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "nhi_taken")
    assert Patient.objects.filter(last_name="Zhang").count() == 1


def test_the_same_request_twice_registers_once(cast):
    client = api(cast.desk)
    first, second = (client.post(URL, MEI, headers={"Idempotency-Key": "mei-1"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert second["Idempotency-Replayed"] == "true"
    assert Patient.objects.filter(last_name="Zhang").count() == 1


def register_while_another_desk_has_not_committed(user) -> tuple[bool, list[str]]:
    """Whether the second desk waited for the first, and how it ended for the second."""
    fields = MEI | {"date_of_birth": date(1991, 2, 3)}
    outcomes = []

    def second_desk():
        try:
            outcomes.append(register(by=user, now=NOON, **fields).last_name)
        except Conflict as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    second = Thread(target=second_desk)
    with transaction.atomic():
        register(by=user, now=NOON, **fields)
        second.start()
        second.join(timeout=1)
        waited = second.is_alive()
    second.join(timeout=20)
    return waited, outcomes


@pytest.mark.django_db(transaction=True)
def test_two_desks_at_the_same_moment_register_somebody_once(cast):
    assert register_while_another_desk_has_not_committed(cast.desk) == (True, ["possible_duplicate"])
    assert Patient.objects.filter(last_name="Zhang").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_waiting_for_each_other_they_would_register_somebody_twice(cast, monkeypatch):
    monkeypatch.setattr(registering, "_one_at_a_time", lambda born: None)
    assert register_while_another_desk_has_not_committed(cast.desk) == (False, ["Zhang"])


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-23"])
def test_today_is_the_practice_s_day(cast, day):
    fields = MEI | {"date_of_birth": date.fromisoformat(day)}
    try:
        outcome = register(by=cast.desk, now=NOON, **fields).date_of_birth.isoformat()
    except Exception as refusal:
        outcome = refusal.code
    assert outcome == {"2026-11-22": "2026-11-22", "2026-11-23": "date_of_birth_in_future"}[day]


def test_a_date_of_birth_to_come_is_refused_at_the_door_and_in_a_correction(cast):
    client = api(cast.desk)
    answers = [
        client.post(URL, MEI | {"date_of_birth": "2999-01-01"}),
        client.patch(f"{URL}{cast.aroha.pk}/", {"date_of_birth": "2999-01-01"}),
    ]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(422, "date_of_birth_in_future")] * 2
    cast.aroha.refresh_from_db()
    assert cast.aroha.date_of_birth == date(1984, 3, 9)


def test_a_date_of_birth_too_long_ago_is_refused(cast):
    answer = api(cast.desk).post(URL, MEI | {"date_of_birth": "0001-01-01"})
    assert (answer.status_code, answer.json()["code"]) == (422, "date_of_birth_implausible")


@pytest.mark.parametrize("number", ["ZZZ0017", "ZZZ00AX", "ZZZ", "ZZZ٠٠١٦", "x" * 300])
def test_a_mistyped_nhi_number_is_refused(cast, number):
    answer = api(cast.desk).post(URL, MEI | {"nhi": number})
    assert answer.status_code == 400
    assert codes(answer) == [("nhi", "nhi_invalid")]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"first_name": ""}, [("first_name", "blank")]),
        ({"last_name": "   "}, [("last_name", "blank")]),
        ({"first_name": None}, [("first_name", "null")]),
        ({"first_name": ["Mei"]}, [("first_name", "invalid")]),
        ({"first_name": "m" * 81}, [("first_name", "max_length")]),
        ({"date_of_birth": "1991-02-30"}, [("date_of_birth", "invalid")]),
        ({"date_of_birth": "3 Feb 1991"}, [("date_of_birth", "invalid")]),
        ({"email": "mei at example"}, [("email", "invalid")]),
        ({"sex": "F"}, [("sex", "invalid_choice")]),
        ({"reminder_channel": "pigeon"}, [("reminder_channel", "invalid_choice")]),
        ({"ethnicities": "Chinese"}, [("ethnicities", "not_a_list")]),
        ({"ethnicities": [{"a": 1}]}, [("ethnicities.0", "invalid")]),
        ({"archived_at": "2026-11-01T09:00:00"}, [("archived_at", "naive_datetime")]),
        ({"confirm_new": "perhaps"}, [("confirm_new", "invalid")]),
    ],
)
def test_a_malformed_field_is_named(cast, wrong, expected):
    answer = api(cast.desk).post(URL, MEI | wrong)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert (answer.json()["code"], codes(answer)) == ("invalid", expected)
    assert Patient.objects.count() == 1


def test_what_is_missing_is_named_all_at_once(cast):
    answer = api(cast.desk).post(URL, {})
    assert codes(answer) == [("first_name", "required"), ("last_name", "required"), ("date_of_birth", "required")]


@pytest.mark.parametrize("body", [b"[]", b'"Mei"', b"null", b"[1, 2]"])
def test_a_body_that_is_no_object_is_malformed(cast, body):
    answer = api(cast.desk).generic("POST", URL, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_correction_changes_what_it_names_and_nothing_else(cast):
    client = api(cast.desk)
    before = client.get(f"{URL}{cast.aroha.pk}/").json()
    after = client.patch(f"{URL}{cast.aroha.pk}/", {"phone": "022 555 0000", "nhi": None}).json()
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before | {"phone": "022 555 0000", "nhi": None}


def test_a_patient_is_archived_and_brought_back(cast):
    client, url = api(cast.desk), f"{URL}{cast.aroha.pk}/"
    assert client.patch(url, {"archived_at": "2026-11-20T09:00:00+13:00"}).status_code == 200
    assert client.get(f"{URL}?archived_at__isnull=true").json()["count"] == 0
    assert client.patch(url, {"archived_at": None}).json()["archived_at"] is None
    assert client.get(f"{URL}?archived_at__isnull=true").json()["count"] == 1


def test_a_stale_correction_is_refused(cast):
    client, url = api(cast.desk), f"{URL}{cast.aroha.pk}/"
    tag = client.get(url)["ETag"]
    fresh = client.patch(url, {"phone": "022 555 0001"}, headers={"If-Match": tag})
    stale = client.patch(url, {"phone": "022 555 0002"}, headers={"If-Match": tag})
    assert (fresh.status_code, stale.status_code, stale.json()["code"]) == (200, 412, "stale_edit")
    cast.aroha.refresh_from_db()
    assert cast.aroha.phone == "022 555 0001"


def test_a_correction_to_somebody_else_s_nhi_number_is_refused(cast):
    other = make_patient()
    answer = api(cast.desk).patch(f"{URL}{cast.aroha.pk}/", {"nhi": other.nhi, "phone": "022 555 0003"})
    assert (answer.status_code, answer.json()["code"]) == (409, "nhi_taken")
    cast.aroha.refresh_from_db()
    assert cast.aroha.phone == "021 555 0184"


def test_fields_that_are_not_anybody_s_to_write_are_left_alone(cast):
    before = Patient.objects.filter(pk=cast.aroha.pk).values().get()
    sent = {
        "id": 999,
        "user": cast.owner.pk,
        "search_text": "x",
        "created_at": "2001-01-01T00:00:00Z",
        "updated_at": "2001-01-01T00:00:00Z",
        "confirm_new": True,
        "pk": 999,
    }
    assert api(cast.desk).patch(f"{URL}{cast.aroha.pk}/", sent).status_code == 200
    after = Patient.objects.filter(pk=cast.aroha.pk).values().get()
    assert after | {"updated_at": None} == before | {"updated_at": None}
    assert after["updated_at"].year > 2001


@pytest.mark.parametrize("method", ["put", "delete"])
def test_a_patient_is_neither_replaced_nor_deleted(cast, method):
    answer = getattr(api(cast.owner), method)(f"{URL}{cast.aroha.pk}/", MEI)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
