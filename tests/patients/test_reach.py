"""Who reaches which patient, and what is below: staff all of them, patients themselves, strangers nothing."""

from datetime import UTC, datetime

import pytest

from clinic.models import Role, User
from patients.models import Alert, Case, Consent, Contact, Patient
from tests.cast import api, make_case, make_patient

V1 = "/api/v1"
CANARY = "Heitiki-canary"


@pytest.fixture
def two(cast):
    """Aroha and somebody else, each with one of everything."""
    cast.other = make_patient(last_name=CANARY, first_name="Other")
    for person in (cast.aroha, cast.other):
        Contact.objects.create(patient=person, name=f"Contact of {person}")
        Alert.objects.create(patient=person, kind="other", note=f"Alert of {person}")
        given = datetime(2026, 10, 1, 21, tzinfo=UTC)
        Consent.objects.create(patient=person, kind="privacy", version="1", given_at=given, given_by=str(person))
        make_case(person, title=f"Case of {person}")
    return cast


def lists(person: Patient) -> list[str]:
    return [f"{V1}/patients/{person.pk}/{part}/" for part in ("contacts", "alerts", "consents")]


def members(person: Patient) -> list[str]:
    parts = {"contacts": person.contacts, "alerts": person.alerts, "consents": person.consents}
    return [
        f"{V1}/patients/{person.pk}/",
        f"{V1}/cases/{person.cases.get().pk}/",
        *[f"{V1}/patients/{person.pk}/{part}/{rows.get().pk}/" for part, rows in parts.items()],
    ]


@pytest.mark.parametrize("who", ["owner", "desk", "billing", "practitioner", "practitioner2"])
def test_staff_reach_every_patient(two, who):
    client = api(getattr(two, who))
    assert client.get(f"{V1}/patients/").json()["count"] == 2
    assert client.get(f"{V1}/cases/").json()["count"] == 2
    for person in (two.aroha, two.other):
        assert [client.get(url).json()["count"] for url in lists(person)] == [1, 1, 1]
        assert [client.get(url).status_code for url in members(person)] == [200] * 5


def test_a_patient_reaches_their_own_record(two):
    client = api(two.patient_user)
    assert [row["id"] for row in client.get(f"{V1}/patients/").json()["results"]] == [two.aroha.pk]
    assert [row["patient"] for row in client.get(f"{V1}/cases/").json()["results"]] == [two.aroha.pk]
    assert [client.get(url).json()["count"] for url in lists(two.aroha)] == [1, 1, 1]
    assert [client.get(url).status_code for url in members(two.aroha)] == [200] * 5


def test_a_patient_reaches_nothing_of_another(two):
    client = api(two.patient_user)
    answers = [client.get(url) for url in [*lists(two.other), *members(two.other)]]
    nobody = client.get(f"{V1}/patients/999999/")
    assert [answer.status_code for answer in answers] == [404] * 8
    assert {answer.content for answer in answers} == {nobody.content}
    others = [
        f"{V1}/patients/?search={CANARY}",
        f"{V1}/patients/?nhi={two.other.nhi}",
        f"{V1}/cases/?patient={two.other.pk}",
        f"{V1}/cases/?claim_number={two.other.cases.get().claim_number}",
    ]
    assert [client.get(url).json()["count"] for url in others] == [0] * 4
    seen = [client.get(url) for url in [f"{V1}/patients/", f"{V1}/cases/", *lists(two.aroha), *members(two.aroha)]]
    assert [CANARY in answer.content.decode() for answer in seen] == [False] * 10


def writes(client, person: Patient) -> list:
    addresses = members(person)
    return [
        client.post(f"{V1}/patients/", {"first_name": "A", "last_name": "B", "date_of_birth": "1990-01-01"}),
        client.post(f"{V1}/cases/", {"patient": person.pk, "title": "T", "kind": "private"}),
        client.post(f"{V1}/patients/{person.pk}/contacts/", {"name": "C"}),
        client.post(f"{V1}/patients/{person.pk}/alerts/", {"kind": "asthma"}),
        client.post(
            f"{V1}/patients/{person.pk}/consents/",
            {"kind": "privacy", "version": "2", "manner": "verbal", "given_at": "2026-11-01T09:00:00+13:00"},
        ),
        client.patch(addresses[0], {"phone": "1"}),
        *[client.patch(url, {}) for url in addresses[1:]],
    ]


@pytest.mark.parametrize("who", ["owner", "desk", "practitioner", "practitioner2"])
def test_those_who_keep_patients_write(two, who):
    statuses = [answer.status_code for answer in writes(api(getattr(two, who)), two.other)]
    assert statuses == [201] * 5 + [200] * 5


@pytest.mark.parametrize("who", ["billing", "patient_user"])
def test_those_who_only_see_write_nothing(two, who):
    answers = writes(api(getattr(two, who)), two.aroha)
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "permission_denied")] * 10
    counts = [model.objects.count() for model in (Patient, Case, Contact, Alert, Consent)]
    assert counts == [2, 2, 2, 2, 2]
    assert Patient.objects.get(pk=two.aroha.pk).phone == "021 555 0184"


def test_without_signing_in_there_is_nothing(two):
    client = api()
    answers = [client.get(url) for url in [f"{V1}/patients/", f"{V1}/cases/", *lists(two.aroha), *members(two.aroha)]]
    answers += writes(client, two.aroha)
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "not_authenticated")}


def test_a_user_without_a_role_sees_nobody(two):
    client = api(User.objects.create_user("nobody"))
    assert client.get(f"{V1}/patients/").json()["count"] == 0
    assert [client.get(url).status_code for url in [*lists(two.aroha), *members(two.aroha)]] == [404] * 8


def test_somebody_who_may_write_but_not_see_opens_no_case_blindly(two):
    role = Role.objects.create(name="Typist", permissions=["keep_patients"])
    typist = User.objects.create_user("typist")
    typist.roles.add(role)
    answer = api(typist).post(f"{V1}/cases/", {"patient": two.other.pk, "title": "T", "kind": "private"})
    nobody = api(typist).post(f"{V1}/cases/", {"patient": 999999, "title": "T", "kind": "private"})
    codes = [a.json()["errors"][0]["code"] for a in (answer, nobody)]
    assert (answer.status_code, codes) == (400, ["does_not_exist", "does_not_exist"])
