"""The shipped diagnosis codes: what is in them, which code is refused with what to choose, and how one is found."""

import re
from collections import Counter

import pytest

from patients import diagnoses
from patients.diagnoses import ICD10CM, READ2, found_by, listed, parents, remarks, unusable
from patients.models import Case, Diagnosis
from tests.cast import api, make_case
from treatments.examination.conditions import conditions

CASES, CODES = "/api/v1/cases/", "/api/v1/diagnosis-codes/"


def codes(rows) -> list[str]:
    return [row.code for row in rows]


def row(code: str) -> diagnoses.Listed:
    return next(one for one in listed() if one.code == code)


# What is shipped


def test_there_are_110_read_codes_and_120_usual_ones_of_icd10cm():
    assert Counter((one.system, one.usual) for one in listed()) == {
        (READ2, True): 110,
        (ICD10CM, True): 120,
        (ICD10CM, False): 130,
    }


def test_each_code_is_there_once_has_its_form_and_a_known_site():
    assert max(Counter((one.system, one.code) for one in listed()).values()) == 1
    form = {READ2: diagnoses.READ2_FORM, ICD10CM: diagnoses.ICD10CM_FORM}
    assert [one.code for one in listed() if not re.fullmatch(form[one.system], one.code)] == []
    assert {one.site for one in listed()} == set(dict(diagnoses.SITES))
    assert [one.code for one in listed() if not one.description or one.side not in {"", "left", "right", "both"}] == []


def test_every_code_that_the_conditions_of_the_buttock_refer_to_is_in_the_look_up():
    referred = {(code.system, code.code) for one in conditions().values() for code in one.codes}
    assert referred - set(diagnoses.by_code()) == set()
    assert {diagnoses.by_code()[key].site for key in referred} == {"hip", "general"}


def test_the_conditions_name_the_side_that_their_codes_mean():
    told = {code.code: code.side for one in conditions().values() for code in one.codes if code.system == ICD10CM}
    assert {code: row(code).side for code in told} == told


def test_chapter_n_is_gradual_and_nothing_else_of_read():
    assert {one.code[0] for one in listed() if one.gradual} == {"N"}
    assert [
        one.code for one in listed() if one.system == READ2 and one.gradual != diagnoses.is_gradual(one.code)
    ] == []


def test_each_heading_has_more_exact_codes_below_it():
    headings = {one.code: len(one.children) for one in listed() if one.heading}
    assert headings == {
        "S50..": 9, "S51..": 1, "S53..": 10, "S54..": 8, "S55..": 8, "S56..": 8, "S57..": 13, "SE23.": 4, "SE40.": 2,
    }  # fmt: skip
    assert codes(row("SE40.").children) == ["SE400", "SE401"]


def test_what_is_offered_for_a_parent_is_billable_itself():
    offered = {choice for parent in parents().values() for choice in parent.choices}
    assert offered - set(codes(listed())) == set()
    assert set(parents()) & set(codes(listed())) == set()
    assert [choice for choice in offered if unusable(ICD10CM, choice)] == []
    assert [
        code for code, one in parents().items() if not all(choice.startswith(code) for choice in one.choices)
    ] == []


def test_each_code_above_a_listed_one_is_known_as_not_billable():
    above = {
        stem
        for one in listed()
        if one.system == ICD10CM
        for length in range(3, len(one.code))
        if not (stem := one.code[:length]).endswith((".", "X"))
    }
    assert above - set(parents()) == set()


# What is refused


@pytest.mark.parametrize(
    ("code", "wrong", "choices"),
    [
        ("S76.011", "seventh_character_missing", ["S76.011A", "S76.011D", "S76.011S"]),
        ("S13.4", "seventh_character_missing", ["S13.4XXA", "S13.4XXD", "S13.4XXS"]),
        ("S70.01", "seventh_character_missing", ["S70.01XA", "S70.01XD", "S70.01XS"]),
        ("S83.511", "seventh_character_missing", ["S83.511A", "S83.511D", "S83.511S"]),
        ("S83.5", "seventh_character_missing", []),
        ("T14.90X", "seventh_character_missing", ["T14.90XA", "T14.90XD", "T14.90XS"]),
        ("M54.5", "diagnosis_not_billable", ["M54.50", "M54.51", "M54.59"]),
        ("M76.0", "diagnosis_not_billable", ["M76.00", "M76.01", "M76.02"]),
        ("M70.6", "diagnosis_not_billable", ["M70.60", "M70.61", "M70.62"]),
        ("M79.1", "diagnosis_not_billable", ["M79.10", "M79.11", "M79.12", "M79.18"]),
        ("M25.55", "diagnosis_not_billable", ["M25.551", "M25.552", "M25.559"]),
        ("G43", "diagnosis_not_billable", ["G43.009", "G43.709"]),
        (
            "S76.01",
            "diagnosis_not_billable",
            [f"S76.01{side}{letter}" for side in "129" for letter in "ADS"],
        ),
    ],
)
def test_a_code_that_no_payer_takes_is_refused_with_its_children(code, wrong, choices):
    refused = unusable(ICD10CM, code)
    assert (refused.code, [choice["code"] for choice in refused.choices]) == (wrong, choices)
    assert [choice for choice in refused.choices if not choice["description"]] == []


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD10CM, "M54.50"),
        (ICD10CM, "S76.011A"),
        (ICD10CM, "M53.3"),
        (ICD10CM, "H10.33"),  # not listed, and not of the injuries
        (ICD10CM, "S83.511A"),
        (ICD10CM, "T31.0"),
        (ICD10CM, "T86.11"),
        (READ2, "S53.."),
        (READ2, "S5704"),
        (ICD10CM, "S5704"),  # its form is what is wrong with it, and the database says so
        ("snomed", "262982001"),
    ],
)
def test_a_code_that_may_be_right_is_not_refused(system, code):
    assert unusable(system, code) is None


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("M54.5", "M54.5 is too general to be billed. Choose M54.50, M54.51 or M54.59."),
        ("G43", "G43 is too general to be billed. Choose a more exact one, such as G43.009 or G43.709."),
        (
            "S76.011",
            "S76.011 lacks its seventh character: A for active treatment, D for later treatment, S for what is left."
            " Choose S76.011A, S76.011D or S76.011S.",
        ),
        (
            "S83.5",
            "S83.5 lacks its seventh character: A for active treatment, D for later treatment, S for what is left.",
        ),
    ],
)
def test_a_refusal_says_what_to_choose(code, sentence):
    assert unusable(ICD10CM, code).detail == sentence


@pytest.fixture
def asked(cast):
    def body(code: str, system: str = ICD10CM, **more) -> dict:
        first = {
            "system": READ2,
            "code": "S532.",
            "description": "Sprain, hip joint",
            "side": "right",
            "primary": True,
        }
        wrong = {"system": system, "code": code, "description": "As typed", "side": "right", "primary": False}
        return {
            "patient": cast.aroha.pk,
            "title": "Right hip",
            "kind": "insurer",
            "payer": cast.southern.pk,
            "diagnoses": [first, wrong | more],
        }

    return body


@pytest.mark.parametrize(
    ("code", "wrong", "choices"),
    [
        ("S76.011", "seventh_character_missing", ["S76.011A", "S76.011D", "S76.011S"]),
        ("M54.5", "diagnosis_not_billable", ["M54.50", "M54.51", "M54.59"]),
    ],
)
def test_a_case_with_such_a_code_is_refused_and_the_answer_offers_its_children(cast, asked, code, wrong, choices):
    answer = api(cast.desk).post(CASES, asked(code))
    assert (answer.status_code, answer.json()["code"]) == (422, wrong)
    assert [choice["code"] for choice in answer.json()["choices"]] == choices
    assert [error["field"] for error in answer.json()["errors"]] == ["diagnoses.1.code"]
    assert (Case.objects.count(), Diagnosis.objects.count()) == (0, 0)
    assert api(cast.desk).post(CASES, asked(choices[0])).status_code == 201


def test_a_change_of_diagnoses_is_refused_alike(cast, asked):
    case = make_case(cast.aroha)
    answer = api(cast.desk).patch(f"{CASES}{case.pk}/", {"diagnoses": asked("M76.0")["diagnoses"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "diagnosis_not_billable")
    assert codes(case.diagnoses.all()) == ["N2152"]


# What is remarked on


@pytest.mark.parametrize(
    ("system", "code", "side", "remarked"),
    [
        (READ2, "S53..", "right", ["diagnosis_heading"]),
        (READ2, "S53..", "not_applicable", ["diagnosis_heading", "side_missing"]),
        (READ2, "S532.", "right", []),
        (READ2, "S532.", "not_applicable", ["side_missing"]),
        (READ2, "S572.", "not_applicable", []),
        (READ2, "S572.", "left", []),
        (READ2, "n2152", "right", ["read_code_letters"]),
        (READ2, "S9999", "not_applicable", []),
        (ICD10CM, "M76.01", "right", []),
        (ICD10CM, "M76.01", "not_applicable", []),
        (ICD10CM, "M76.01", "left", ["side_contradicts"]),
        (ICD10CM, "M76.00", "left", []),
    ],
)
def test_a_diagnosis_that_can_stand_is_remarked_on(system, code, side, remarked):
    assert [said for said, _ in remarks(system, code, side)] == remarked


def test_a_heading_names_codes_below_it():
    assert dict(remarks(READ2, "SE40.", "left")) == {
        "diagnosis_heading": "SE40. is a heading, and ACC asks for the most exact code. Below it: SE400, SE401 …"
    }


def test_a_read_heading_is_a_warning_of_the_case_and_no_refusal(cast, asked):
    answer = api(cast.desk).post(CASES, asked("S57..", READ2, side="not_applicable"))
    assert answer.status_code == 201
    assert [(one["code"], one["field"]) for one in answer.json()["warnings"]] == [("diagnosis_heading", "diagnoses")]


# How one is found


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("N2152", ["N2152"]),
        ("n2152", ["N2152"]),
        ("S76.011", ["S76.011A", "S76.011D", "S76.011S"]),
        ("s76011", ["S76.011A", "S76.011D", "S76.011S"]),
        ("gluteal tend", ["N2152", "M76.00", "M76.01", "M76.02", "N2155"]),
        ("GLŪTEÁL tend", ["N2152"]),
        ("tennis elbow", ["N2132", "M77.11", "M77.12"]),
        ("whiplash", ["S5704", "S13.4XXA"]),
        ("lumbar sprain", ["S572."]),
        ("frozen shoulder", ["M75.01", "M75.02"]),
        ("piriformis", ["G57.01", "G57.02"]),
        ("n23yd", ["N23yD"]),
    ],
)
def test_a_code_is_found_by_words_and_by_its_beginning(text, first):
    assert codes(found_by(text))[: len(first)] == first


@pytest.mark.parametrize("text", ["zzz", "uteal", "gluteal elbow", "😀", "% _", "\\"])
def test_what_is_not_there_is_not_found(text):
    assert codes(found_by(text)) == [] or text in {"😀", "% _", "\\"}


def test_the_gluteal_group_is_found_by_the_word_buttock():
    found = set(codes(found_by("buttock", site="hip")))
    assert {"N2152", "N2155", "N2157", "N2151", "S53..", "S53y.", "SE231", "SE40.", "SE400", "SK113"} <= found
    assert {"M76.01", "M70.61", "M70.71", "S76.011A", "S70.01XA", "G57.01"} <= found
    assert {"S5yz1", "N23yD"} <= set(codes(found_by("gluteal", site="general")))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=achilles&system=read2", ["S5504", "N2174"]),
        ("search=achilles&system=icd10cm&page_size=2", ["M76.61", "M76.62"]),
        ("site=pelvis&system=icd10cm&search=m5", ["M53.3"]),
        ("system=snomed", []),
        ("search=sprain&site=neck&page_size=1", ["S570."]),
    ],
)
def test_the_look_up_is_asked_over_http(cast, query, expected):
    answer = api(cast.desk).get(f"{CODES}?{query}")
    assert answer.status_code == 200, answer.json()
    assert [one["code"] for one in answer.json()["results"]] == expected


def test_an_answer_holds_what_a_form_fills_in(cast):
    body = api(cast.practitioner).get(f"{CODES}?search=SE40.").json()
    assert (body["count"], body["next"], body["previous"]) == (3, None, None)
    assert body["results"][:1] == [
        {
            "system": "read2",
            "code": "SE40.",
            "description": "Contusion, hip and thigh",
            "site": "hip",
            "side": "",
            "sided": True,
            "heading": True,
            "gradual": False,
            "children": [
                {"code": "SE400", "description": "Contusion, hip"},
                {"code": "SE401", "description": "Contusion, thigh"},
            ],
        }
    ]


def test_the_whole_look_up_comes_in_pages(cast):
    client, found, url = api(cast.billing), [], f"{CODES}?page_size=200"
    while url:
        body = client.get(url).json()
        found += [one["code"] for one in body["results"]]
        url = body["next"]
    assert sorted(found) == sorted(codes(listed()))


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("system=icd9", 400, "invalid"),
        ("search=%00sprain", 400, "invalid"),
        ("site=wing", 400, "invalid"),
        ("kind=acc", 400, "unknown_filter"),
        ("ordering=code", 400, "unknown_filter"),
        ("page=99", 404, "not_found"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused(cast, query, status, code):
    answer = api(cast.desk).get(f"{CODES}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_patient_does_not_look_codes_up(cast):
    assert api(cast.patient_user).get(CODES).status_code == 403
