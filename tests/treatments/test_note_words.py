"""The structured words of a note: their shapes, what is refused, what the database keeps out."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.errors import refusal_for
from tests.cast import Cast, api
from tests.visits import nz
from tests.world import make_point
from treatments import charting, vocabulary
from treatments.models import EarPoint, Protocol, Treatment
from treatments.reference import ensure

pytestmark = pytest.mark.django_db

URL = "/api/v1/treatments/"
NOW = nz("2026-11-02 12:00")
NO_TONGUE = dict.fromkeys(["body_colour", "body_shape", "coat_colour", "coat", "moisture", "note"], "")
NO_SIDE = {"cun": "", "guan": "", "chi": ""}
NO_PULSE = {"rate": None, "qualities": [], "left": NO_SIDE, "right": NO_SIDE, "note": ""}


@pytest.fixture
def draft(cast: Cast) -> Treatment:
    make_point("GB30")
    return charting.begin(
        patient=cast.aroha, practitioner=cast.mere, started_at=NOW - timedelta(hours=1), by=cast.practitioner, now=NOW
    )


def patch(cast: Cast, note: Treatment, **fields):
    return api(cast.practitioner).patch(f"{URL}{note.pk}/", fields)


def test_a_new_note_has_every_key_and_nothing_in_it(cast: Cast, draft):
    said = api(cast.practitioner).get(f"{URL}{draft.pk}/").json()
    assert (said["tongue"], said["pulse"]) == (NO_TONGUE, NO_PULSE)
    assert (said["eight_principles"], said["marks"], said["confirmations"]) == ([], [], [])
    assert (said["cosignature"], said["needs_cosign"], said["reinsertions"]) == (None, False, None)
    assert [said[name] for name in ("western_diagnosis", "treatment_principle", "style", "reasoning")] == [""] * 4
    assert [said[name] for name in ("response", "aftercare")] == [""] * 2


def test_what_is_written_is_answered_and_only_that_is_kept(cast: Cast, draft):
    words = {
        "tongue": {"body_colour": "pale", "body_shape": "swollen_teeth_marked", "note": "Worse"},
        "pulse": {"rate": 58, "qualities": ["deep", "slow"], "left": {"guan": "wiry", "chi": ""}},
        "eight_principles": ["interior", "cold", "deficiency"],
        "western_diagnosis": "Gluteal tendinopathy",
        "treatment_principle": "Warm and move",
        "style": "Chinese medicine",
        "reasoning": "Channel and ashi points",
        "response": "Warmth down the leg",
        "aftercare": "Rest today",
        "reinsertions": 2,
        "marks": [{"view": "back", "x": 230.5, "y": 300, "text": "knot"}, {"view": "hip_left", "x": 0, "y": 0}],
    }
    said = patch(cast, draft, **words).json()
    assert said["tongue"] == NO_TONGUE | words["tongue"]
    assert said["pulse"] == NO_PULSE | {**words["pulse"], "left": NO_SIDE | {"guan": "wiry"}}
    assert said["marks"] == [
        {"view": "back", "x": 230.5, "y": 300.0, "text": "knot"},
        {"view": "hip_left", "x": 0.0, "y": 0.0, "text": ""},
    ]
    for name in words.keys() - {"tongue", "pulse", "marks"}:
        assert said[name] == words[name]
    draft.refresh_from_db()
    assert draft.pulse == {"rate": 58, "qualities": ["deep", "slow"], "left": {"guan": "wiry"}}
    assert draft.tongue == words["tongue"]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"tongue": {"colour": "pale"}}, ["tongue.colour"]),
        ({"tongue": {"body_colour": "blue"}}, ["tongue.body_colour"]),
        ({"tongue": "pale"}, ["tongue"]),
        ({"tongue": ["pale"]}, ["tongue"]),
        ({"tongue": None}, ["tongue"]),
        ({"tongue": {"note": "x" * 501}}, ["tongue.note"]),
        ({"pulse": {"qualities": "wiry"}}, ["pulse.qualities"]),
        ({"pulse": {"qualities": ["bouncy"]}}, ["pulse.qualities.0"]),
        ({"pulse": {"rate": 10}}, ["pulse.rate"]),
        ({"pulse": {"rate": 300}}, ["pulse.rate"]),
        ({"pulse": {"left": {"guan": "wiry", "elbow": "wiry"}}}, ["pulse.left.elbow"]),
        ({"pulse": {"left": {"cun": ["wiry"]}}}, ["pulse.left.cun"]),
        ({"eight_principles": ["dampness"]}, ["eight_principles.0"]),
        ({"marks": [{"view": "back", "x": 1}]}, ["marks.0.y"]),
        ({"marks": [{"view": "moon", "x": 1, "y": 1}]}, ["marks.0.view"]),
        ({"marks": [{"view": "back", "x": 461, "y": 1}]}, ["marks.0.x"]),
        ({"marks": [{"view": "back", "x": -1, "y": 1}]}, ["marks.0.x"]),
        ({"marks": [{"view": "back", "x": 1, "y": 1, "size": 3}]}, ["marks.0.size"]),
        ({"marks": {"view": "back"}}, ["marks"]),
        ({"confirmations": [{"key": "x"}]}, ["confirmations.0.reason"]),
        ({"confirmations": [{"key": "x", "reason": ""}]}, ["confirmations.0.reason"]),
        ({"techniques": [{"kind": "ear_seeds", "ear_points": ["TF4", "XX9"]}]}, ["techniques.0.ear_points"]),
        ({"needlings": [{"point": "GB30", "side": "left", "stimulation": "shake"}]}, ["needlings.0.stimulation"]),
    ],
)
def test_a_malformed_word_is_400_with_its_place_and_changes_nothing(cast: Cast, draft, change, fields):
    response = patch(cast, draft, plan="Other", **change)
    assert response.status_code == 400, response.content
    assert [entry["field"] for entry in response.json()["errors"]] == fields
    draft.refresh_from_db()
    assert (draft.plan, draft.tongue, draft.pulse, draft.marks) == ("", {}, {}, [])


@pytest.mark.parametrize("pair", [0, 13])
def test_leads_are_numbered_from_one_to_twelve(cast: Cast, draft, pair: int):
    response = patch(cast, draft, needlings=[{"point": "GB30", "side": "left", "electro_pair": pair}])
    assert (response.status_code, response.json()["code"]) == (422, "electro_pair_implausible")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("tongue", '"pale"', "tongue_malformed"),
        ("tongue", "[]", "tongue_malformed"),
        ("tongue", "null", "tongue_malformed"),
        ("pulse", "7", "pulse_malformed"),
        ("marks", "{}", "marks_malformed"),
        ("eight_principles", "{wind}", "principle_unknown"),
    ],
)
def test_the_database_keeps_other_shapes_out(draft, column: str, value: str, code: str):
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE treatments_treatment SET {column} = %s WHERE id = %s", [value, draft.pk])
    assert refusal_for(refused.value).code == code


@pytest.mark.parametrize("part", ["needlings", "cuppings", "moxibustions", "techniques"])
def test_the_database_keeps_the_lists_of_a_protocol_lists(db, part: str):
    row = Protocol.objects.create(name="Hip")
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE treatments_protocol SET {part} = '{{}}' WHERE id = %s", [row.pk])
    assert refusal_for(refused.value).code == "protocol_malformed"


def test_the_vocabulary_serves_every_word_with_its_label(cast: Cast):
    said = api(cast.desk).get(f"{URL}vocabulary/").json()
    assert said["tongue"]["body_colour"][:2] == [{"code": "pink", "label": "Pink"}, {"code": "pale", "label": "Pale"}]
    assert {name: [word["code"] for word in words] for name, words in said["tongue"].items()} == {
        name: [*words] for name, words in vocabulary.TONGUE.items()
    }
    assert [word["code"] for word in said["pulse"]["qualities"]] == [*vocabulary.PULSE]
    assert [word["code"] for word in said["pulse"]["positions"]] == ["cun", "guan", "chi"]
    assert [word["label"] for word in said["eight_principles"]] == [
        "Yin", "Yang", "Interior", "Exterior", "Cold", "Heat", "Deficiency", "Excess",
    ]  # fmt: skip
    assert {"code": "2f", "label": "Retention time"} in said["stricta"]
    assert {"code": "lift_thrust", "label": "Lifting and thrusting"} in said["stimulation"]


@pytest.mark.parametrize(
    ("tongue", "sentence"),
    [
        ({}, ""),
        ({"note": "Not seen."}, "Not seen."),
        ({"body_colour": "pale"}, "Pale body."),
        (
            {
                "body_colour": "pale",
                "body_shape": "swollen",
                "coat": "thin",
                "coat_colour": "white",
                "moisture": "wet",
            },
            "Pale, swollen body; thin white coat; wet.",
        ),
        ({"coat": "none", "note": "Cracked."}, "No coat. Cracked."),
        ({"coat_colour": "yellow", "moisture": "normal"}, "Yellow coat; normal moisture."),
    ],
)
def test_the_tongue_reads_as_a_sentence(tongue: dict, sentence: str):
    assert vocabulary.tongue_sentence(tongue) == sentence


@pytest.mark.parametrize(
    ("pulse", "sentence"),
    [
        ({}, ""),
        ({"rate": 72}, "72 a minute."),
        (
            {
                "rate": 72,
                "qualities": ["wiry", "thin"],
                "left": {"guan": "wiry", "chi": "weak"},
                "right": {"chi": "weak"},
                "note": "Firmer after.",
            },
            "72 a minute; wiry, thin; left guan wiry, chi weak; right chi weak. Firmer after.",
        ),
    ],
)
def test_the_pulse_reads_as_a_sentence(pulse: dict, sentence: str):
    assert vocabulary.pulse_sentence(pulse) == sentence


@pytest.fixture
def ears(db) -> None:
    ensure()


def test_ear_seeds_name_their_points_in_any_case_once_each(cast: Cast, ears):
    note = charting.begin(patient=cast.aroha, practitioner=cast.mere, started_at=NOW, by=cast.practitioner, now=NOW)
    seeds = [
        {"kind": "ear_seeds", "site": "Left", "ear_points": ["tf4", "TF4", "AH6a"]},
        {"kind": "ear_needles", "ear_points": []},
    ]
    said = patch(cast, note, techniques=seeds).json()
    assert [row["ear_points"] for row in said["techniques"]] == [["TF4", "AH6a"], []]


def test_the_ear_is_a_second_catalogue_with_search(cast: Cast, ears):
    client = api(cast.practitioner)
    everything = client.get("/api/v1/ear-points/?page_size=200").json()
    assert everything["count"] == EarPoint.objects.count() == 93
    assert everything["results"][0]["code"] == "HX1"
    found = {
        text: [row["code"] for row in client.get("/api/v1/ear-points/", {"search": text}).json()["results"]]
        for text in ("shenmen", "神门", "神門", "tf4", "Shénmén")
    }
    assert found == {text: ["TF4"] for text in found}
    assert client.get("/api/v1/ear-points/ah6A/").json()["code"] == "AH6a"
    assert client.get("/api/v1/ear-points/XX1/").status_code == 404
    assert {row["area"] for row in client.get("/api/v1/ear-points/?area=lobe").json()["results"]} == {"lobe"}


def test_bringing_the_ear_in_again_writes_nothing(cast: Cast, ears, django_assert_max_num_queries):
    before = json.dumps([*EarPoint.objects.values_list("code", "updated_at")], default=str)
    ensure()
    assert json.dumps([*EarPoint.objects.values_list("code", "updated_at")], default=str) == before
