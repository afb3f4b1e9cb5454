"""Gluteal conditions as data: compared with what the sources say, not with the files themselves."""

import re

import pytest

from patients.models import Diagnosis
from tests.cast import api, make_case
from treatments.examination.conditions import conditions, finding_kinds, muscles


def codes_of(condition: str, system: str) -> list[tuple[str, str]]:
    return [(code.code, code.side) for code in conditions()[condition].codes if code.system == system]


@pytest.mark.parametrize(
    ("code", "origin", "insertion", "action"),
    [
        # acute-acupuncture.com on gluteal injuries
        ("gluteus_maximus", ["ilium", "sacrum", "coccyx"], ["iliotibial", "gluteal tuberosity"], ["extends the hip"]),
        (
            "gluteus_medius",
            ["ilium", "anterior and posterior gluteal lines"],
            ["lateral surface of the greater trochanter"],
            ["away from the midline", "pelvis level"],
        ),
        # orthobullets.com 10063, gpnotebook.co.uk
        (
            "gluteus_minimus",
            ["ilium", "anterior and inferior gluteal lines"],
            ["anterior surface of the greater trochanter"],
            ["away from the midline", "inwards"],
        ),
        # wheelessonline.com
        ("piriformis", ["front of the sacrum"], ["upper border of the greater trochanter"], ["outwards"]),
        # ppthurstville.com
        ("tensor_fasciae_latae", ["iliac crest"], ["iliotibial tract"], ["bends the hip", "inwards"]),
    ],
)
def test_origin_insertion_and_action(code, origin, insertion, action):
    muscle = muscles()[code]
    assert [word for word in origin if word not in muscle.origin] == []
    assert [word for word in insertion if word not in muscle.insertion] == []
    assert [word for word in action if word not in muscle.action] == []


def test_there_are_these_muscles_and_conditions():
    assert list(muscles()) == [
        "gluteus_maximus",
        "gluteus_medius",
        "gluteus_minimus",
        "piriformis",
        "tensor_fasciae_latae",
    ]
    assert list(conditions()) == [
        "gluteal_tendinopathy",
        "gluteal_tear",
        "trochanteric_bursitis",
        "gluteal_strain",
        "gluteal_contusion",
        "gluteal_trigger_points",
    ]


# ACC's published list (acc-fhir-publisher/icp) and the release of ICD-10-CM of April 2026
@pytest.mark.parametrize(
    ("condition", "read2", "icd10cm"),
    [
        (
            "gluteal_tendinopathy",
            [("N2152", ""), ("N2155", "")],
            [("M76.01", "right"), ("M76.02", "left"), ("M76.00", "")],
        ),
        (
            "trochanteric_bursitis",
            [("N2157", ""), ("N2151", "")],
            [("M70.61", "right"), ("M70.62", "left"), ("M70.60", "")],
        ),
        (
            "gluteal_strain",
            [("S53..", ""), ("S53y.", ""), ("S5yz1", "")],
            [("S76.011A", "right"), ("S76.012A", "left"), ("S76.019A", "")],
        ),
        ("gluteal_contusion", [("SE231", ""), ("SE400", ""), ("SE40.", "")], [("S70.01XA", "right")]),
        ("gluteal_trigger_points", [("N23yD", "")], [("M79.18", "")]),
        (
            "gluteal_tear",
            [("SK113", "")],
            [("S76.011A", "right"), ("S76.012A", "left"), ("S76.019A", "")],
        ),
    ],
)
def test_the_usual_codes(condition, read2, icd10cm):
    assert (codes_of(condition, "read2"), codes_of(condition, "icd10cm")) == (read2, icd10cm)


def test_every_code_can_stand_on_a_case(cast):
    for condition in conditions().values():
        case = make_case(cast.aroha, diagnoses=[])
        for place, code in enumerate(condition.codes):
            Diagnosis.objects.create(
                case=case,
                primary=place == 0,
                system=code.system,
                code=code.code,
                description=code.description,
                side=code.side or "not_applicable",
            )
        assert case.diagnoses.count() == len(condition.codes)


def test_each_condition_has_signs_muscles_findings_and_a_source():
    for condition in conditions().values():
        assert len(condition.signs) >= 3, condition.code
        assert condition.muscles, condition.code
        assert condition.findings, condition.code
        assert condition.source, condition.code
        assert set(condition.findings) <= set(finding_kinds())


def test_what_can_be_found():
    kinds = finding_kinds()
    measured = {code: (kind.lowest, kind.highest, kind.unit) for code, kind in kinds.items() if kind.unit}
    assert measured == {
        "hip_abduction_strength": (0, 5, "grade"),
        "single_leg_stance": (0, 30, "seconds"),  # Lequesne 2008: held for 30 seconds
        "single_leg_stance_pain": (0, 10, "points"),
        "resisted_external_derotation": (0, 10, "points"),
        "palpation_tenderness": (0, 10, "points"),
        "trigger_point": (0, 10, "points"),
    }
    assert kinds["gait"].answers == ("normal", "antalgic", "trendelenburg")
    assert "pelvis drops" in kinds["single_leg_stance"].sign
    assert "twitch" in kinds["trigger_point"].sign
    for kind in kinds.values():
        assert kind.sides in {"one", "any"}, kind.code
        assert kind.by_muscle in {"yes", "optional", "no"}, kind.code
        assert kind.better in {"higher", "lower", *kind.answers}, kind.code
        assert (kind.lowest is None) == (kind.highest is None) == bool(kind.answers), kind.code
        assert kind.source, kind.code
        assert re.fullmatch(r"[a-z_]{1,40}", kind.code)


def test_staff_read_them_and_patients_do_not(cast):
    answer = api(cast.desk).get("/api/v1/conditions/").json()
    assert [row["code"] for row in answer["conditions"]] == list(conditions())
    assert [row["code"] for row in answer["finding_kinds"]] == list(finding_kinds())
    first = answer["conditions"][0]
    assert [muscle["name"] for muscle in first["muscles"]] == ["Gluteus medius", "Gluteus minimus"]
    assert first["codes"][0] == {
        "system": "read2",
        "code": "N2152",
        "side": "",
        "description": "Gluteal tendinitis",
    }
    assert api(cast.patient_user).get("/api/v1/conditions/").status_code == 403
