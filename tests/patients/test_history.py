"""Medicines, history and screenings: taken down by the desk, read by those who read notes."""

from datetime import date

import pytest
from django.db import connection

from clinic.models import AccessEvent
from patients.models import HistoryEntry, Medication, Screening
from tests.cast import api, make_patient
from tests.counting import queries_while_growing
from tests.patients.test_constraints import refused

MEDICATION = {
    "name": "Warfarin",
    "dose": "3 mg in the evening",
    "since_on": "2024-01-01",
    "until_on": "2027-01-01",
    "note": "INR every month",
}
ENTRY = {"kind": "family", "name": "Stroke", "relative": "Mother", "year": 2011, "note": "At 60", "resolved": True}
each = pytest.mark.parametrize(
    ("part", "body", "model"),
    [("medications", MEDICATION, Medication), ("history-entries", ENTRY, HistoryEntry)],
    ids=["medications", "history"],
)


def url(patient, part: str, key: int | None = None) -> str:
    return f"/api/v1/patients/{patient.pk}/{part}/" + (f"{key}/" if key is not None else "")


@each
def test_one_is_added_read_and_changed_by_a_practitioner(cast, part, body, model):
    client = api(cast.practitioner)
    added = client.post(url(cast.aroha, part), body)
    assert added.status_code == 201, added.json()
    assert {name: added.json()[name] for name in body} == body
    row = model.objects.get()
    assert (row.patient, row.events.get().pgh_context.metadata["user"]) == (cast.aroha, cast.practitioner.pk)
    assert client.get(url(cast.aroha, part)).json()["results"] == [added.json()]
    assert client.get(url(cast.aroha, part, row.pk)).json() == added.json()
    changed = client.patch(url(cast.aroha, part, row.pk), {"struck_out": True}).json()
    assert changed | {"updated_at": 0} == added.json() | {"struck_out": True, "updated_at": 0}


@each
def test_the_desk_takes_it_down_and_gets_a_receipt(cast, part, body, model):
    client = api(cast.desk)
    answer = client.post(url(cast.aroha, part), body, headers={"Idempotency-Key": "a-form-1"})
    assert answer.status_code == 201, answer.json()
    assert set(answer.json()) - {"suggests"} == {"id", "created_at"}
    row = model.objects.get()
    assert {name: str(getattr(row, name)) for name in body} == {name: str(value) for name, value in body.items()}
    refusals = [
        client.get(url(cast.aroha, part)),
        client.get(url(cast.aroha, part, row.pk)),
        client.patch(url(cast.aroha, part, row.pk), {}),
        api(cast.billing).post(url(cast.aroha, part), body),
        api(cast.patient_user).get(url(cast.aroha, part)),
    ]
    assert [(refusal.status_code, refusal.json()["code"]) for refusal in refusals] == [(403, "permission_denied")] * 5
    assert client.delete(url(cast.aroha, part, row.pk)).status_code == 405


def test_the_desk_hears_that_an_alert_should_be_thought_of(cast):
    client = api(cast.desk)
    suggested = client.post(url(cast.aroha, "medications"), {"name": "Xarelto"}).json()["suggests"]
    assert (suggested["kind"], suggested["substance"]) == ("anticoagulant", "rivaroxaban")
    assert client.post(url(cast.aroha, "medications"), {"name": "Vitamin C"}).json()["suggests"] is None


@each
def test_each_reading_is_recorded(cast, part, body, model):
    client = api(cast.practitioner)
    key = client.post(url(cast.aroha, part), body).json()["id"]
    assert AccessEvent.objects.count() == 0
    client.get(url(cast.aroha, part))
    client.get(url(cast.aroha, part, key))
    kind = {"medications": "medication", "history-entries": "history_entry"}[part]
    assert (
        list(AccessEvent.objects.values_list("user", "subject_kind", "subject_id", "patient_id"))
        == [(cast.practitioner.pk, kind, key, cast.aroha.pk)] * 2
    )


def test_reading_screenings_is_recorded(cast):
    client = api(cast.practitioner)
    key = client.post(url(cast.aroha, "screenings"), {"answers": {"fever": True}}).json()["id"]
    client.get(url(cast.aroha, "screenings"))
    event = AccessEvent.objects.get()
    assert (event.subject_kind, event.subject_id, event.patient_id) == ("screening", key, cast.aroha.pk)


@each
def test_those_of_another_patient_are_not_there(cast, part, body, model):
    client, other = api(cast.practitioner), make_patient()
    key = client.post(url(other, part), body).json()["id"]
    assert client.get(url(cast.aroha, part)).json()["count"] == 0
    for answer in (client.get(url(cast.aroha, part, key)), client.patch(url(cast.aroha, part, key), {})):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@each
def test_a_stale_change_is_refused(cast, part, body, model):
    client = api(cast.practitioner)
    added = client.post(url(cast.aroha, part), body)
    place, tag = url(cast.aroha, part, added.json()["id"]), {"If-Match": added["ETag"]}
    assert client.patch(place, {"note": "Twice a day"}, headers=tag).status_code == 200
    assert client.patch(place, {"note": "Never"}, headers=tag).status_code == 412


@each
def test_the_list_costs_the_same_whatever_its_length(cast, part, body, model):
    def make(n):
        model.objects.create(patient=cast.aroha, **body | {"name": f"Number {n}"})

    counts = queries_while_growing(api(cast.owner), f"{url(cast.aroha, part)}?page_size=200", make)
    assert len(set(counts)) == 1, counts


@pytest.mark.parametrize(
    ("part", "wrong", "expected"),
    [
        ("medications", {"until_on": "2023-12-31"}, (422, "ends_before_it_begins")),
        ("medications", {"name": ""}, (400, "invalid")),
        ("history-entries", {"kind": "operation"}, (422, "relative_outside_family")),
        ("history-entries", {"year": 98}, (422, "year_implausible")),
        ("history-entries", {"year": -1}, (400, "invalid")),
        ("history-entries", {"kind": "gossip"}, (400, "invalid")),
        ("history-entries", {"name": ""}, (400, "invalid")),
    ],
)
def test_what_contradicts_itself_is_refused(cast, part, wrong, expected):
    body = {"medications": MEDICATION, "history-entries": ENTRY}[part]
    answer = api(cast.practitioner).post(url(cast.aroha, part), body | wrong)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert (Medication.objects.count(), HistoryEntry.objects.count()) == (0, 0)


def test_the_database_asks_for_a_name_too(db):
    patient = make_patient()
    assert refused(lambda: Medication.objects.create(patient=patient, name="")) == (422, "medication_without_name")
    assert refused(lambda: HistoryEntry.objects.create(patient=patient, kind="allergy", name="")) == (
        422,
        "history_without_name",
    )


@pytest.mark.parametrize("change", ["UPDATE patients_screening SET answers = '{}'", "DELETE FROM patients_screening"])
def test_a_screening_stays_even_for_raw_sql(db, cast, change):
    Screening.objects.create(
        patient=cast.aroha,
        version="2026-1",
        answers={"fever": True},
        findings=[],
        answered_on=date(2026, 11, 1),
        entered_by=cast.desk,
    )

    def ask():
        with connection.cursor() as cursor:
            cursor.execute(change)

    assert refused_by_trigger(ask) == "screening_final"


def refused_by_trigger(ask) -> str:
    status, code = refused(ask)
    assert status == 409
    return code


def test_a_medicine_is_taken_within_its_days_unless_struck_out(db):
    patient, day = make_patient(), date(2026, 11, 21)
    rows = {
        "open": {},
        "today": {"since_on": day, "until_on": day},
        "over": {"until_on": date(2026, 11, 20)},
        "not yet": {"since_on": date(2026, 11, 22)},
        "mistaken": {"struck_out": True},
    }
    for name, fields in rows.items():
        Medication.objects.create(patient=patient, name=name, **fields)
    assert sorted(Medication.objects.taken(day).values_list("name", flat=True)) == ["open", "today"]
    assert sorted(row.name for row in Medication.objects.all() if row.taken_on(day)) == ["open", "today"]
