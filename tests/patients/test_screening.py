"""Red flags of low back, buttock and hip. The sources stand in `patients.screening`; here in brief."""

import itertools

import pytest

from patients.models import Screening
from patients.screening import (
    CODES,
    QUESTIONS,
    RULES,
    UNCHECKED,
    CannotScreen,
    findings,
    unanswered,
)
from tests.cast import api, make_case, make_patient
from tests.counting import queries_while_growing

ADULT = 40


def found(*yes: str, age: int = ADULT) -> list[tuple[str, str, tuple[str, ...]]]:
    answers = dict.fromkeys(CODES, False) | dict.fromkeys(yes, True)
    return [(finding.code, finding.urgency, finding.because) for finding in findings(answers, age=age)]


def test_nothing_follows_from_no_to_everything():
    assert found() == []


@pytest.mark.parametrize(
    ("yes", "expected"),
    [
        # AHCPR guide 14, table 1: possible cauda equina syndrome
        ("saddle_numbness", ("cauda_equina", "emergency")),
        ("bladder_bowel_change", ("cauda_equina", "emergency")),
        ("both_legs", ("cauda_equina", "emergency")),
        # AHCPR: severe or progressive deficit in the leg
        ("leg_weakness", ("nerve_weakness", "urgent")),
        # gponline.com 1460668: inability to weight bear
        ("cannot_bear_weight", ("cannot_bear_weight", "urgent")),
        # AHCPR: major trauma, such as vehicle accident or fall from height
        ("hard_blow", ("fracture_after_trauma", "urgent")),
        # AHCPR: recent fever or chills
        ("fever", ("infection", "urgent")),
        # AHCPR: recent infection, injected drugs, immune suppression
        ("infection_risk", ("infection_risk", "see_first")),
        # Verhagen 2016: history of cancer, unintentional weight loss
        ("cancer_history", ("tumour", "see_first")),
        ("weight_loss", ("tumour", "see_first")),
        # Verhagen 2016: pain at night or at rest
        ("night_pain", ("night_pain", "see_first")),
        # gponline.com 1460668: history of steroid use
        ("steroids", ("steroids", "see_first")),
        # textbook consensus, not checked against a source
        ("swollen_leg", ("clot", "urgent")),
    ],
)
def test_one_answer_leads_to_its_advice(yes, expected):
    assert found(yes) == [(*expected, (yes,))]


def test_a_small_fall_alone_and_thin_bones_alone_are_no_finding():
    assert (found("minor_fall"), found("osteoporosis")) == ([], [])


@pytest.mark.parametrize("reason", ["steroids", "osteoporosis"])
def test_a_small_fall_can_break_a_fragile_bone_ahcpr(reason):
    assert found("minor_fall", reason) == [("fragile_fracture", "urgent", ("minor_fall", reason))]


@pytest.mark.parametrize(
    ("age", "expected"), [(64, []), (65, [("fragile_fracture", "urgent", ("minor_fall", "age"))])]
)
def test_a_small_fall_of_somebody_older_ahcpr_with_65_as_our_reading(age, expected):
    assert found("minor_fall", age=age) == expected


def test_fever_with_a_risk_is_one_finding_that_names_both():
    assert found("fever", "infection_risk") == [("infection", "urgent", ("fever", "infection_risk"))]


@pytest.mark.parametrize(("age", "expected"), [(15, [("child", "see_first", ("age",))]), (16, [])])
def test_a_growing_child_is_seen_first_hip_pathway(age, expected):
    assert found(age=age) == expected


def test_the_most_urgent_come_first():
    order = ["emergency", "urgent", "see_first"]
    urgencies = [order.index(rule.urgency) for rule in RULES]
    assert urgencies == sorted(urgencies)


def test_every_finding_names_a_source_and_sends_to_somebody():
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.source, rule.code
        assert any(word in rule.advice for word in ("GP", "doctor", "emergency department")), rule.code
    assert [rule.code for rule in RULES if rule.source == UNCHECKED] == ["clot"]


def test_every_question_matters_for_some_finding():
    used = set()
    for pair in itertools.product(CODES, repeat=2):
        for _, _, because in found(*pair):
            used |= set(because)
    assert used == set(CODES)
    assert len({question.text for question in QUESTIONS}) == len(QUESTIONS)


def test_a_question_left_out_is_not_a_no():
    assert unanswered({"fever": False, "night_pain": None}) == [code for code in CODES if code != "fever"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"vampirism": True}, "screening_question_unknown"),
        ({}, "screening_unanswered"),
        ({"fever": None}, "screening_unanswered"),
    ],
)
def test_answers_that_make_no_screening_are_refused(answers, code):
    with pytest.raises(CannotScreen) as caught:
        findings(answers, age=ADULT)
    assert caught.value.code == code


# Over HTTP


def url(patient) -> str:
    return f"/api/v1/patients/{patient.pk}/screenings/"


def test_answers_are_kept_with_what_followed_from_them(cast):
    case = make_case(cast.aroha)
    answer = api(cast.practitioner).post(
        url(cast.aroha),
        {"case": case.pk, "answers": {"saddle_numbness": True, "fever": False, "steroids": None}},
    )
    body = answer.json()
    assert answer.status_code == 201, body
    (finding,) = body["findings"]
    assert (finding["code"], finding["urgency"], finding["because"]) == (
        "cauda_equina",
        "emergency",
        ["saddle_numbness"],
    )
    assert finding["source"].startswith("Acute Low Back Problems in Adults, AHCPR")
    assert (body["case"], body["entered_by"], body["version"]) == (case.pk, cast.practitioner.pk, "2026-1")
    assert body["answers"] == {"saddle_numbness": True, "fever": False, "steroids": None}
    assert len(body["unanswered"]) == len(CODES) - 2
    assert api(cast.practitioner).get(f"{url(cast.aroha)}{body['id']}/").json() == body


def test_a_screening_on_an_earlier_day_counts_the_age_of_that_day(cast):
    child = make_patient(date_of_birth="2010-11-01")
    client = api(cast.practitioner)
    body = {"answers": {"fever": False}}
    then = client.post(url(child), body | {"answered_on": "2026-10-31"}).json()["findings"]
    assert [finding["code"] for finding in then] == ["child"]
    assert client.post(url(child), body | {"answered_on": "2026-11-01"}).json()["findings"] == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"answers": {"vampirism": True}}, (422, "screening_question_unknown")),
        ({"answers": {}}, (422, "screening_unanswered")),
        ({"answers": {"fever": "perhaps"}}, (400, "invalid")),
        ({"answers": []}, (400, "invalid")),
        ({"answered_on": "2199-01-01"}, (422, "answered_in_future")),
    ],
)
def test_what_makes_no_sense_is_refused(cast, wrong, expected):
    answer = api(cast.desk).post(url(cast.aroha), {"answers": {"fever": True}} | wrong)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert Screening.objects.count() == 0


def test_the_case_is_the_patient_s_own(cast):
    case = make_case(make_patient())
    answer = api(cast.desk).post(url(cast.aroha), {"answers": {"fever": True}, "case": case.pk})
    assert (answer.status_code, answer.json()["code"]) == (422, "case_of_other_patient")


def test_the_desk_is_told_to_fetch_somebody_and_not_why(cast):
    client = api(cast.desk)
    flagged = client.post(url(cast.aroha), {"answers": {"night_pain": True}})
    calm = client.post(url(cast.aroha), {"answers": {"night_pain": False}})
    assert [answer.status_code for answer in (flagged, calm)] == [201, 201]
    assert set(flagged.json()) == {"id", "tell_practitioner", "created_at"}
    assert [answer.json()["tell_practitioner"] for answer in (flagged, calm)] == [True, False]
    assert client.get(url(cast.aroha)).status_code == 403
    assert client.get(f"{url(cast.aroha)}{flagged.json()['id']}/").status_code == 403


def test_a_screening_is_written_once(cast):
    client = api(cast.practitioner)
    key = client.post(url(cast.aroha), {"answers": {"fever": True}}).json()["id"]
    assert client.patch(f"{url(cast.aroha)}{key}/", {"answers": {"fever": False}}).status_code == 405
    assert client.delete(f"{url(cast.aroha)}{key}/").status_code == 405


def test_the_list_costs_the_same_whatever_its_length(cast):
    def make(n):
        Screening.objects.create(
            patient=cast.aroha,
            version="2026-1",
            answers={"fever": True},
            findings=[],
            answered_on="2026-11-01",
            entered_by=cast.staff[n % 5],
        )

    counts = queries_while_growing(api(cast.owner), f"{url(cast.aroha)}?page_size=200", make)
    assert len(set(counts)) == 1, counts


def test_the_questions_come_in_the_order_they_are_asked(cast):
    answer = api(cast.desk).get("/api/v1/screening-questions/").json()
    assert answer["version"] == "2026-1"
    assert [question["code"] for question in answer["questions"]] == list(CODES)
    assert answer["questions"][0]["text"] == QUESTIONS[0].text
