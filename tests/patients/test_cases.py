from datetime import UTC, date, datetime

import pytest

from clinic.errors import Refusal
from patients.models import Case, Diagnosis, Payer
from patients.opening import change_case, open_case
from tests.cast import api, make_case, make_patient
from tests.counting import queries_while_growing

URL = "/api/v1/cases/"
GLUTEAL = {
    "system": "read2",
    "code": "N2152",
    "description": "Gluteal tendinitis",
    "side": "right",
    "primary": True,
}
SPRAIN = {
    "system": "read2",
    "code": "S532.",
    "description": "Sprain, hip joint",
    "side": "right",
    "primary": False,
}


@pytest.fixture
def asked(cast):
    """The body of an ordinary ACC case of Aroha's."""
    return {
        "patient": cast.aroha.pk,
        "title": "Right hip",
        "kind": "acc",
        "claim_number": "ab 12345",
        "date_of_injury": "2026-09-03",
        "diagnoses": [GLUTEAL, SPRAIN],
        "opened_on": "2026-10-01",
    }


NOW = datetime(2026, 11, 1, tzinfo=UTC)


def outcome(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_front_desk_opens_an_acc_case(cast, asked):
    more = {
        "accident_description": "Slipped on the stairs",
        "cover_status": "accept",
        "cover_decided_on": "2026-09-10",
        "approved_sessions": 12,
        "sessions_elsewhere": 2,
        "first_elsewhere_on": None,
        "purchase_order_number": "PO-1",
        "referrer": "Dr Example",
        "other_providers": ["Example Physio"],
        "closed_on": None,
        "contribution_payer": None,
        "employer": "Example Freight",
        "policy_number": "M-77",
        "policy_group": "G-1",
        "policy_plan": "Everyday",
        "policy_expires_on": "2027-03-31",
        "insured_name": "Rangi Tāmati",
        "insured_relationship": "spouse",
        "insured_date_of_birth": "1982-02-03",
        "approved_amount": "600.00",
        "approval_required": True,
        "caused_by": "auto",
        "accident_state": "OR",
        "approval_number": "PA-1",
    }
    answer = api(cast.desk).post(URL, asked | more)
    assert answer.status_code == 201, answer.json()
    assert answer["ETag"]
    body = answer.json()
    key = body.pop("id")
    assert body.pop("created_at")
    assert body.pop("updated_at")
    assert body == asked | more | {
        "claim_number": "AB12345",
        "patient_name": "Aroha Tāmati",
        "payer": cast.acc.pk,
        "payer_name": "ACC",
        "contribution_payer_name": None,
        "warnings": [],
    }
    assert Case.objects.get(pk=key).events.get().pgh_context.metadata["user"] == cast.desk.pk


def test_a_private_case_needs_a_title_and_no_more(cast):
    answer = api(cast.desk).post(URL, {"patient": cast.aroha.pk, "title": "Sleep", "kind": "private"})
    body = answer.json()
    assert answer.status_code == 201
    assert (body["payer"], body["payer_name"], body["diagnoses"], body["cover_status"]) == (
        None,
        None,
        [],
        "not_applicable",
    )


def test_a_case_opens_on_the_practice_s_day(cast):
    late = datetime(2026, 11, 21, 11, tzinfo=UTC)  # midnight between the 21st and the 22nd in Wellington
    case = open_case(patient=cast.aroha, diagnoses=[], by=cast.desk, now=late, title="Sleep", kind="private")
    assert case.opened_on == date(2026, 11, 22)


def test_without_acc_set_up_an_acc_case_is_refused(cast, asked):
    cast.acc.delete()
    assert outcome(api(cast.desk).post(URL, asked)) == (422, "payer_not_set_up")
    assert Case.objects.count() == 0


def test_an_archived_acc_is_not_set_up(cast, asked):
    Payer.objects.filter(pk=cast.acc.pk).update(archived_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert outcome(api(cast.desk).post(URL, asked)) == (422, "payer_not_set_up")


def test_an_accredited_employer_may_stand_in_for_acc(cast, asked):
    employer = Payer.objects.create(name="Example Freight", kind="employer")
    body = api(cast.desk).post(URL, asked | {"payer": employer.pk}).json()
    assert (body["payer"], body["payer_name"]) == (employer.pk, "Example Freight")


@pytest.mark.parametrize(
    ("kind", "payer"), [("acc", "southern"), ("insurer", "acc"), ("private", "southern"), ("insurer", None)]
)
def test_a_payer_that_does_not_fit_is_refused(cast, asked, kind, payer):
    named = getattr(cast, payer).pk if payer else None
    answer = api(cast.desk).post(URL, asked | {"kind": kind, "payer": named})
    assert outcome(answer) == (422, "payer_does_not_fit")
    assert (Case.objects.count(), Diagnosis.objects.count()) == (0, 0)


def test_an_archived_payer_gets_no_new_case(cast, asked):
    Payer.objects.filter(pk=cast.southern.pk).update(archived_at=datetime(2026, 1, 1, tzinfo=UTC))
    answer = api(cast.desk).post(URL, asked | {"kind": "insurer", "payer": cast.southern.pk})
    assert outcome(answer) == (422, "payer_archived")


def test_a_case_of_an_archived_payer_can_still_be_changed(cast):
    case = make_case(cast.aroha, kind="insurer", payer=cast.southern)
    Payer.objects.filter(pk=cast.southern.pk).update(archived_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert api(cast.desk).patch(f"{URL}{case.pk}/", {"closed_on": "2026-11-01"}).status_code == 200


@pytest.mark.parametrize(
    ("number", "warned"),
    [
        ("A123456", []),
        ("ab-123-45", []),
        ("1234 abc", []),
        ("12345AB", []),
        ("12345678901", []),
        ("A1234567890", []),
        ("", []),
        ("1234567", ["claim_number_unusual"]),
        ("ABCDEFGHIJKL", ["claim_number_unusual"]),
    ],
)
def test_a_claim_number_of_an_unknown_form_is_kept_with_a_warning(cast, asked, number, warned):
    answer = api(cast.desk).post(URL, asked | {"claim_number": number})
    assert answer.status_code == 201
    assert [warning["code"] for warning in answer.json()["warnings"]] == warned
    kept = api(cast.billing).get(f"{URL}{answer.json()['id']}/").json()
    assert [(warning["code"], warning["field"]) for warning in kept["warnings"]] == [
        (code, "claim_number") for code in warned
    ]


def test_an_insurer_s_claim_number_has_no_acc_form_to_keep(cast, asked):
    body = api(cast.desk).post(URL, asked | {"kind": "insurer", "payer": cast.southern.pk, "claim_number": "7"}).json()
    assert (body["claim_number"], body["warnings"]) == ("7", [])


@pytest.mark.parametrize("number", ["AB12345!", "ABÉ1234", "ＡＢ12345"])
def test_a_claim_number_of_other_characters_is_refused(cast, asked, number):
    assert outcome(api(cast.desk).post(URL, asked | {"claim_number": number})) == (422, "claim_number_malformed")


def test_a_claim_number_of_thirteen_characters_is_malformed(cast, asked):
    answer = api(cast.desk).post(URL, asked | {"claim_number": "1234567890123"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "claim_number")


def test_read_codes_of_diseases_alone_bring_a_warning(cast, asked):
    body = api(cast.desk).post(URL, asked | {"diagnoses": [GLUTEAL]}).json()
    assert [warning["code"] for warning in body["warnings"]] == ["diagnoses_without_injury"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"date_of_injury": None}, "date_of_injury_missing"),
        ({"date_of_injury": "2026-10-02"}, "date_of_injury_later"),
        ({"closed_on": "2026-09-30"}, "closed_before_opened"),
    ],
)
def test_dates_that_contradict_are_refused(cast, asked, change, code):
    assert outcome(api(cast.desk).post(URL, asked | change)) == (422, code)


def test_a_claim_number_is_on_one_case_of_the_patient(cast, asked):
    client = api(cast.desk)
    assert client.post(URL, asked).status_code == 201
    assert outcome(client.post(URL, asked)) == (409, "case_exists")
    assert client.post(URL, asked | {"patient": make_patient().pk}).status_code == 201


@pytest.mark.parametrize("primaries", [(False, False), (True, True)])
def test_diagnoses_have_exactly_one_primary(cast, asked, primaries):
    first, second = primaries
    diagnoses = [GLUTEAL | {"primary": first}, SPRAIN | {"primary": second}]
    assert outcome(api(cast.desk).post(URL, asked | {"diagnoses": diagnoses})) == (422, "one_primary_diagnosis")
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"code": "S57"}, (422, "read_code_malformed")),
        ({"system": "snomed", "code": "S5704"}, (422, "snomed_code_malformed")),
        ({"system": "icd10cm", "code": "M7601"}, (422, "icd_code_malformed")),
        ({"code": "N2152"}, (409, "diagnosis_twice")),
        ({"system": "icd9"}, (400, "invalid")),
        ({"code": "1" * 19}, (400, "invalid")),
        ({"description": ""}, (400, "invalid")),
    ],
)
def test_a_wrong_diagnosis_leaves_no_case(cast, asked, wrong, expected):
    assert outcome(api(cast.desk).post(URL, asked | {"diagnoses": [GLUTEAL, SPRAIN | wrong]})) == expected
    assert (Case.objects.count(), Diagnosis.objects.count()) == (0, 0)


def test_codes_keep_the_case_of_their_letters(cast, asked):
    strain = GLUTEAL | {"code": "N23yD", "description": "Muscle strain"}
    assert api(cast.desk).post(URL, asked | {"diagnoses": [strain]}).json()["diagnoses"] == [strain]


def test_more_diagnoses_than_an_acc45_takes_are_refused(cast, asked):
    many = [GLUTEAL] + [SPRAIN | {"code": f"S5{n:03}"} for n in range(20)]
    assert outcome(api(cast.desk).post(URL, asked | {"diagnoses": many})) == (400, "invalid")
    assert api(cast.desk).post(URL, asked | {"diagnoses": many[:20]}).status_code == 201


def test_more_than_twenty_diagnoses_are_refused_by_the_verb_too(cast):
    many = [GLUTEAL] + [SPRAIN | {"code": f"S5{n:03}"} for n in range(20)]
    with pytest.raises(Refusal) as refusal:
        change_case(case=make_case(cast.aroha), by=cast.desk, now=NOW, diagnoses=many)
    assert (refusal.value.code, refusal.value.field) == ("too_many_diagnoses", "diagnoses")


@pytest.mark.parametrize("kind", ["acc", "insurer", "private"])
def test_other_providers_treating_at_the_same_time_never_block(cast, asked, kind):
    """Nor does a second open case, whoever treats it."""
    make_case(cast.aroha, other_providers=["Example Physio"])
    payer = {"insurer": cast.southern.pk}.get(kind)
    others = ["Example Physio", "Dr Example", "Example Osteopath"]
    answer = api(cast.desk).post(URL, asked | {"kind": kind, "payer": payer, "other_providers": others})
    assert (answer.status_code, answer.json()["other_providers"]) == (201, others)
    assert [warning["code"] for warning in answer.json()["warnings"]] == []


def test_an_employer_may_pay_the_patients_part(cast, asked):
    employer = Payer.objects.create(name="Example Freight", kind="employer")
    body = api(cast.desk).post(URL, asked | {"contribution_payer": employer.pk}).json()
    assert (body["payer_name"], body["contribution_payer"], body["contribution_payer_name"]) == (
        "ACC",
        employer.pk,
        "Example Freight",
    )


@pytest.mark.parametrize(
    ("named", "archived", "code"),
    [("acc", False, "contribution_payer_does_not_fit"), ("southern", True, "payer_archived")],
)
def test_who_cannot_pay_the_patients_part_is_refused(cast, asked, named, archived, code):
    payer = getattr(cast, named)
    if archived:
        Payer.objects.filter(pk=payer.pk).update(archived_at=NOW)
    more = {"kind": "private", "contribution_payer": payer.pk}
    assert outcome(api(cast.desk).post(URL, asked | more)) == (422, code)
    case = make_case(cast.aroha)
    assert outcome(api(cast.desk).patch(f"{URL}{case.pk}/", {"contribution_payer": payer.pk})) == (422, code)


@pytest.mark.parametrize("diagnoses", [None, "N2152", {"code": "N2152"}, [None], ["N2152"], [[]]])
def test_diagnoses_of_another_shape_are_malformed(cast, asked, diagnoses):
    client, case = api(cast.desk), make_case(cast.aroha)
    answers = [
        client.post(URL, asked | {"diagnoses": diagnoses}),
        client.patch(f"{URL}{case.pk}/", {"diagnoses": diagnoses}),
    ]
    assert [outcome(answer) for answer in answers] == [(400, "invalid")] * 2


def test_diagnoses_are_replaced_as_a_whole_and_remembered(cast, asked):
    client = api(cast.desk)
    key = client.post(URL, asked).json()["id"]
    tag = client.get(f"{URL}{key}/")["ETag"]
    answer = client.patch(f"{URL}{key}/", {"diagnoses": [SPRAIN | {"primary": True}]})
    assert answer.json()["diagnoses"] == [SPRAIN | {"primary": True}]
    assert answer["ETag"] != tag
    events = Diagnosis.pgh_event_model.objects.order_by("pgh_id")
    assert list(events.values_list("pgh_label", "code")) == [
        ("insert", "N2152"),
        ("insert", "S532."),
        ("delete", "N2152"),
        ("delete", "S532."),
        ("insert", "S532."),
    ]


def test_diagnoses_that_are_not_named_stay(cast, asked):
    client = api(cast.desk)
    key = client.post(URL, asked).json()["id"]
    assert client.patch(f"{URL}{key}/", {"title": "Hip"}).json()["diagnoses"] == [GLUTEAL, SPRAIN]
    assert client.patch(f"{URL}{key}/", {"diagnoses": []}).json()["diagnoses"] == []


def test_a_diagnosis_in_a_change_is_whole(cast):
    case = make_case(cast.aroha)
    answer = api(cast.desk).patch(f"{URL}{case.pk}/", {"diagnoses": [{"code": "S532.", "primary": True}]})
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("diagnoses.0.system", "required"),
        ("diagnoses.0.description", "required"),
    ]
    assert [diagnosis.code for diagnosis in case.diagnoses.all()] == ["N2152"]


def test_a_refused_change_leaves_everything_as_it_was(cast, asked):
    client = api(cast.desk)
    before = client.post(URL, asked).json()
    change = {"title": "Knee", "diagnoses": [GLUTEAL, SPRAIN | {"code": "S5"}]}
    assert outcome(client.patch(f"{URL}{before['id']}/", change)) == (422, "read_code_malformed")
    assert client.get(f"{URL}{before['id']}/").json() == before


def test_a_stale_change_is_refused(cast):
    case, client = make_case(cast.aroha), api(cast.desk)
    tag = client.get(f"{URL}{case.pk}/")["ETag"]
    fresh = client.patch(f"{URL}{case.pk}/", {"diagnoses": []}, headers={"If-Match": tag})
    stale = client.patch(f"{URL}{case.pk}/", {"title": "Knee"}, headers={"If-Match": tag})
    assert (fresh.status_code, *outcome(stale)) == (200, 412, "stale_edit")
    assert Case.objects.get().title == "Right hip"


def test_a_private_case_that_becomes_acc_s_is_paid_by_acc(cast):
    case = make_case(cast.aroha, kind="private", diagnoses=[])
    change = {"kind": "acc", "date_of_injury": "2026-09-01"}
    assert api(cast.desk).patch(f"{URL}{case.pk}/", change).json()["payer"] == cast.acc.pk


def test_a_case_that_becomes_private_lets_its_payer_go(cast):
    case, client = make_case(cast.aroha), api(cast.desk)
    assert outcome(client.patch(f"{URL}{case.pk}/", {"kind": "private"})) == (422, "payer_does_not_fit")
    assert client.patch(f"{URL}{case.pk}/", {"kind": "private", "payer": None}).json()["payer"] is None


def test_a_case_stays_with_its_patient(cast):
    case = make_case(cast.aroha)
    sent = {"patient": make_patient().pk, "id": 7, "warnings": ["x"], "created_at": "2001-01-01T00:00:00Z"}
    answer = api(cast.desk).patch(f"{URL}{case.pk}/", sent)
    assert (answer.status_code, answer.json()["patient"]) == (200, cast.aroha.pk)
    assert [warning["code"] for warning in answer.json()["warnings"]] == ["diagnoses_without_injury"]
    assert Case.objects.get(pk=case.pk).created_at == case.created_at


@pytest.mark.parametrize("patient", [None, 0, -1, 10**18, 10**30, "x", True, [1], {"id": 1}, 1.5])
def test_a_patient_that_is_none_is_malformed(cast, asked, patient):
    answer = api(cast.desk).post(URL, asked | {"patient": patient})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "patient")


def test_verbs_refuse_as_the_doors_do(cast):
    case = make_case(cast.aroha)
    with pytest.raises(Refusal) as refusal:
        change_case(case=case, by=cast.desk, now=NOW, diagnoses=[SPRAIN])
    assert (refusal.value.code, refusal.value.field) == ("one_primary_diagnosis", "diagnoses")
    assert case.diagnoses.get().code == "N2152"


@pytest.fixture
def three(cast):
    """An open ACC case of Aroha's, a closed private one of hers, and an insurer's of somebody else."""
    make_case(cast.aroha, title="Hip", claim_number="AB12345")
    make_case(cast.aroha, title="Sleep", kind="private", opened_on=date(2026, 8, 1), closed_on=date(2026, 9, 1))
    make_case(make_patient(), title="Neck", kind="insurer", payer=cast.southern, cover_status="pending_accept")
    return cast


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Hip", "Neck", "Sleep"]),
        ("patient={aroha}", ["Hip", "Sleep"]),
        ("patient={aroha}&closed_on__isnull=true", ["Hip"]),
        ("closed_on__isnull=false", ["Sleep"]),
        ("kind=insurer", ["Neck"]),
        ("kind__in=acc,private", ["Hip", "Sleep"]),
        ("cover_status=pending_accept", ["Neck"]),
        ("cover_status__in=accept,pending_accept", ["Hip", "Neck"]),
        ("claim_number=ab 12345", ["Hip"]),
        ("claim_number=AB1234", []),
        ("payer={southern}", ["Neck"]),
        ("opened_on__lte=2026-08-31", ["Sleep"]),
        ("updated_at__gte=2120-01-01T00:00:00Z", []),
        ("patient=999999999999999999999999", []),
        ("patient=0", []),
    ],
)
def test_the_list_is_narrowed(three, query, titles):
    answer = api(three.desk).get(f"{URL}?{query.format(aroha=three.aroha.pk, southern=three.southern.pk)}")
    assert answer.status_code == 200, answer.json()
    assert sorted(row["title"] for row in answer.json()["results"]) == titles


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("kind=barter", "invalid"),
        ("patient=x", "invalid"),
        ("patient=1.5", "invalid"),
        ("patient=1e9", "invalid"),
        ("closed_on__isnull=2", "invalid"),
        ("claim_number=%00", "invalid"),
        ("title=Hip", "unknown_filter"),
        ("search=hip", "unknown_filter"),
        ("ordering=claim", "unknown_ordering"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused(three, query, code):
    assert outcome(api(three.desk).get(f"{URL}?{query}")) == (400, code)


def test_the_list_costs_the_same_whatever_its_length(cast):
    counts = queries_while_growing(api(cast.desk), f"{URL}?page_size=200", lambda n: make_case(make_patient()))
    assert len(set(counts)) == 1, counts
