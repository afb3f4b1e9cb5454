"""What is found on examination: recorded in the terms of the finding, frozen with its note, followed over time."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection

from clinic.models import AccessEvent
from tests.cast import api, make_case, make_patient
from tests.counting import queries_for, queries_while_growing
from tests.patients.test_constraints import refused
from treatments.examination.conditions import finding_kinds
from treatments.examination.finding_trend import lines
from treatments.models import Examination, Treatment

URL = "/api/v1/examinations/"
STRENGTH = {"finding": "hip_abduction_strength", "side": "left", "value": "4.0", "examined_on": "2026-11-01"}


def make(cast, **fields) -> Examination:
    fields = {
        "finding": "hip_abduction_strength",
        "side": "left",
        "value": 4,
        "examined_on": date(2026, 11, 1),
    } | fields
    return Examination.objects.create(**{"patient": cast.aroha, "examined_by": cast.practitioner} | fields)


def make_note(cast, **fields) -> Treatment:
    stamp = {"practitioner": cast.mere, "started_at": datetime(2026, 11, 1, 21, tzinfo=UTC)}
    return Treatment.objects.create(**{"patient": cast.aroha} | stamp | fields)


def sign(note: Treatment, cast) -> None:
    """As the verb leaves it; the hashes are not looked at here."""
    Treatment.objects.filter(pk=note.pk).update(
        status="signed",
        signed_at=note.started_at,
        signed_by=cast.practitioner,
        sequence=1,
        content_hash="0" * 64,
        previous_hash="0" * 64,
    )


@pytest.mark.parametrize(
    "body",
    [
        STRENGTH,
        {"finding": "gait", "answer": "trendelenburg"},
        {"finding": "gait", "answer": "antalgic", "side": "right"},
        {"finding": "single_leg_stance", "side": "right", "value": "12.5", "sign_seen": True},
        {"finding": "single_leg_stance_pain", "side": "right", "value": "3.0", "sign_seen": True},
        {"finding": "resisted_external_derotation", "side": "left", "sign_seen": False},
        {"finding": "palpation_tenderness", "side": "left", "value": "6.0", "muscle": "gluteus_medius"},
        {"finding": "palpation_tenderness", "side": "left", "sign_seen": True, "note": "On the trochanter"},
        {
            "finding": "trigger_point",
            "side": "right",
            "muscle": "gluteus_minimus",
            "value": "7.0",
            "referral": "Down the side of the leg",
            "sign_seen": True,
        },
    ],
    ids=lambda body: f"{body['finding']}-{len(body)}",
)
def test_each_finding_is_recorded_in_its_terms(cast, body):
    client = api(cast.practitioner)
    answer = client.post(URL, body | {"patient": cast.aroha.pk})
    said = answer.json()
    assert answer.status_code == 201, said
    assert {name: said[name] for name in body} == body
    assert said["finding_name"] == finding_kinds()[body["finding"]].name
    assert said["unit"] == finding_kinds()[body["finding"]].unit
    assert (said["patient_name"], said["examined_by"]) == ("Aroha Tāmati", cast.practitioner.pk)
    assert client.get(f"{URL}{said['id']}/").json() == said


def test_the_two_findings_without_words_are_all_covered_above():
    assert len(finding_kinds()) == 7


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"finding": "aura"}, (422, "finding_unknown")),
        ({"side": ""}, (422, "side_missing")),
        ({"value": "5.1"}, (422, "value_out_of_range")),
        ({"value": "-0.1"}, (422, "value_out_of_range")),
        ({"value": "10000"}, (400, "invalid")),
        ({"value": None}, (422, "examination_empty")),
        ({"answer": "strong"}, (422, "answer_unknown")),
        ({"sign_seen": True}, (422, "sign_not_asked")),
        ({"muscle": "gluteus_medius"}, (422, "muscle_unknown")),
        ({"examined_on": "2199-01-01"}, (422, "examined_in_future")),
        ({"finding": "gait", "side": "", "value": None, "answer": "moonwalk"}, (422, "answer_unknown")),
        ({"finding": "gait", "side": "", "value": "3"}, (422, "value_not_asked")),
        ({"finding": "trigger_point"}, (422, "muscle_missing")),
        ({"finding": "trigger_point", "muscle": "biceps"}, (422, "muscle_unknown")),
        ({"side": "both"}, (400, "invalid")),
        ({"patient": 987654321}, (400, "invalid")),
    ],
)
def test_what_the_finding_does_not_know_is_refused(cast, wrong, expected):
    answer = api(cast.practitioner).post(URL, STRENGTH | {"patient": cast.aroha.pk} | wrong)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert Examination.objects.count() == 0


def test_the_case_and_the_note_are_the_patient_s_own(cast):
    other = make_patient()
    body = STRENGTH | {"patient": cast.aroha.pk}
    client = api(cast.practitioner)
    answers = [
        client.post(URL, body | {"case": make_case(other).pk}),
        client.post(URL, body | {"treatment": make_note(cast, patient=other).pk}),
        client.post(URL, body | {"case": make_case(cast.aroha).pk, "treatment": make_note(cast).pk}),
    ]
    assert [(answer.status_code, answer.json().get("code")) for answer in answers] == [
        (422, "case_of_other_patient"),
        (422, "note_of_other_patient"),
        (201, None),
    ]


def test_the_database_refuses_the_empty_and_the_negative(cast):
    assert refused(lambda: make(cast, value=None)) == (422, "examination_empty")
    assert refused(lambda: make(cast, value=-1)) == (422, "value_out_of_range")


def test_a_slip_is_corrected_and_what_it_is_about_stays(cast):
    row = make(cast)
    sent = {"value": "3", "finding": "gait", "patient": make_patient().pk, "case": None, "unit": "kg"}
    answer = api(cast.practitioner).patch(f"{URL}{row.pk}/", sent)
    assert (answer.status_code, answer.json()["value"]) == (200, "3.0")
    after = Examination.objects.get()
    assert (after.finding, after.patient, after.unit) == ("hip_abduction_strength", cast.aroha, "")
    too_strong = api(cast.practitioner).patch(f"{URL}{row.pk}/", {"value": "6"})
    assert (too_strong.status_code, too_strong.json()["code"]) == (422, "value_out_of_range")
    assert row.events.last().pgh_context.metadata["user"] == cast.practitioner.pk


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE treatments_examination SET value = 5",
        "UPDATE treatments_examination SET treatment_id = NULL",
        "DELETE FROM treatments_examination",
    ],
)
def test_what_belongs_to_a_signed_note_is_frozen_with_it_even_for_raw_sql(cast, change):
    note = make_note(cast)
    row = make(cast, treatment=note)
    sign(note, cast)

    def ask():
        with connection.cursor() as cursor:
            cursor.execute(change)

    assert refused(ask) == (409, "note_signed")
    assert refused(lambda: make(cast, treatment=note)) == (409, "note_signed")
    client = api(cast.practitioner)
    answers = [
        client.patch(f"{URL}{row.pk}/", {"value": "5"}),
        client.post(URL, STRENGTH | {"patient": cast.aroha.pk, "treatment": note.pk}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "note_signed")] * 2


def test_a_draft_that_is_discarded_leaves_what_was_found(cast):
    note = make_note(cast)
    row = make(cast, treatment=note)
    assert api(cast.practitioner).delete(f"/api/v1/treatments/{note.pk}/").status_code == 204
    row.refresh_from_db()
    assert row.treatment is None


def test_the_desk_billing_and_patients_see_nothing_of_it(cast):
    row = make(cast, note="Quokka")
    for user in (cast.desk, cast.billing, cast.patient_user):
        client = api(user)
        answers = [
            client.get(URL),
            client.get(f"{URL}{row.pk}/"),
            client.get(f"{URL}trend/?patient={cast.aroha.pk}&finding=gait"),
            client.post(URL, STRENGTH | {"patient": cast.aroha.pk}),
            client.patch(f"{URL}{row.pk}/", {}),
        ]
        assert [answer.status_code for answer in answers] == [403] * 5
        assert not any("Quokka" in answer.content.decode() for answer in answers)


def test_each_reading_is_recorded_in_lists_and_trends_too(cast):
    row = make(cast)
    client = api(cast.practitioner)
    for place in (URL, f"{URL}{row.pk}/", f"{URL}trend/?patient={cast.aroha.pk}&finding={row.finding}"):
        assert client.get(place).status_code == 200
    read = AccessEvent.objects.values_list("subject_kind", "subject_id", "patient_id")
    assert list(read) == [("examination", row.pk, cast.aroha.pk)] * 3


def test_the_list_and_the_trend_cost_the_same_whatever_their_length(cast):
    client = api(cast.owner)

    def grow(n):
        make(cast, examined_by=cast.staff[n % 5], treatment=None, side=["left", "right"][n % 2])

    counts = queries_while_growing(client, f"{URL}?page_size=200&patient={cast.aroha.pk}", grow)
    assert len(set(counts)) == 1, counts
    trend = f"{URL}trend/?patient={cast.aroha.pk}&finding=hip_abduction_strength"
    many = queries_for(client, trend)
    Examination.objects.exclude(pk=Examination.objects.first().pk).delete()
    assert queries_for(client, trend) == many


# Trends


def row(day: int, *, side="left", value=None, answer="", sign_seen=None, muscle="", pk=1) -> Examination:
    value = None if value is None else Decimal(value)
    return Examination(
        pk=pk,
        examined_on=date(2026, 11, day),
        side=side,
        muscle=muscle,
        value=value,
        answer=answer,
        sign_seen=sign_seen,
    )


@pytest.mark.parametrize(
    ("finding", "first", "last", "expected"),
    [
        ("hip_abduction_strength", {"value": "3"}, {"value": "4"}, (Decimal(1), "better")),
        ("hip_abduction_strength", {"value": "4"}, {"value": "3.5"}, (Decimal("-0.5"), "worse")),
        ("single_leg_stance", {"value": "30"}, {"value": "30"}, (Decimal(0), "same")),
        ("palpation_tenderness", {"value": "7"}, {"value": "2"}, (Decimal(-5), "better")),
        ("palpation_tenderness", {"value": "2"}, {"value": "7"}, (Decimal(5), "worse")),
        ("palpation_tenderness", {"value": "2"}, {"sign_seen": True}, (None, "")),
        ("gait", {"answer": "trendelenburg"}, {"answer": "normal"}, (None, "better")),
        ("gait", {"answer": "normal"}, {"answer": "antalgic"}, (None, "worse")),
        ("gait", {"answer": "trendelenburg"}, {"answer": "antalgic"}, (None, "same")),
        ("gait", {"answer": "normal"}, {"answer": ""}, (None, "")),
    ],
)
def test_a_trend_compares_the_first_with_the_last(finding, first, last, expected):
    (line,) = lines(finding_kinds()[finding], [row(1, **first), row(9, **last)])
    assert (line.change, line.direction) == expected


def test_sides_and_muscles_are_followed_apart():
    rows = [row(1, side="right", value="3"), row(2, value="2", muscle="piriformis"), row(3, value="1")]
    rows.append(row(4, side="right", value="5"))
    found = [(line.side, line.muscle, line.change) for line in lines(finding_kinds()["trigger_point"], rows)]
    assert found == [("left", "", None), ("left", "piriformis", None), ("right", "", Decimal(2))]


def test_a_trend_over_http(cast):
    for day, value in ((9, "4"), (1, "3"), (20, "5")):
        make(cast, examined_on=date(2026, 10, day), value=Decimal(value))
    make(cast, patient=make_patient())
    client = api(cast.practitioner)
    answer = client.get(f"{URL}trend/?patient={cast.aroha.pk}&finding=hip_abduction_strength").json()
    (line,) = answer.pop("lines")
    assert answer == {
        "finding": "hip_abduction_strength",
        "finding_name": "Hip abduction strength",
        "unit": "grade",
        "better": "higher",
    }
    assert [(step["examined_on"], step["value"]) for step in line["steps"]] == [
        ("2026-10-01", "3.0"),
        ("2026-10-09", "4.0"),
        ("2026-10-20", "5.0"),
    ]
    assert (line["side"], line["change"], line["direction"]) == ("left", "2.0", "better")
    assert client.get(f"{URL}trend/?patient={make_patient().pk}&finding=gait").json()["lines"] == []
    refusals = [
        client.get(f"{URL}trend/?patient=987654321&finding=gait"),
        client.get(f"{URL}trend/?patient={cast.aroha.pk}&finding=aura"),
        client.get(f"{URL}trend/"),
    ]
    assert [answer.status_code for answer in refusals] == [404, 422, 400]
