"""What people (or programs) type is refused where it cannot be kept, and otherwise kept as it was typed."""

import pytest

from patients.models import Patient
from tests.cast import api, make_case

V1 = "/api/v1"
INERT = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<b>bold</b> &amp; &lt;",
    "{{ 7*7 }}{% debug %}${7*7}",
    "'; DROP TABLE patients_patient; --",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "abc\u202egnp.exe",
    "Zo\u0308e\u0301",
    "李小龍 𠮷田 👩🏽‍⚕️",
    "%s %(name)s %n",
    "a\u200bb\ufeffc",
    "../../etc/passwd",
]
LONG_ENOUGH = {
    "patients": ["first_name", "last_name", "preferred_name", "address", "occupation", "gp_name", "gp_practice"],
    "cases": ["title", "accident_description", "referrer"],
}


@pytest.mark.parametrize("text", INERT)
def test_it_is_kept_as_it_was_typed_in_every_field_of_a_patient(cast, text):
    client, names = api(cast.desk), LONG_ENOUGH["patients"]
    body = dict.fromkeys(names, text) | {"date_of_birth": "1990-01-01", "ethnicities": [text]}
    answer = client.post(f"{V1}/patients/", body)
    assert answer.status_code == 201, answer.json()
    read = client.get(f"{V1}/patients/{answer.json()['id']}/").json()
    assert [read[name] for name in names] == [text] * len(names)
    assert read["ethnicities"] == [text]
    found = client.get(f"{V1}/patients/", {"search": text})
    assert [row["id"] for row in found.json()["results"]] == [read["id"]]


@pytest.mark.parametrize("text", INERT)
def test_it_is_kept_as_it_was_typed_in_every_field_of_a_case(cast, text):
    client, case = api(cast.desk), make_case(cast.aroha)
    diagnosis = {"system": "read2", "code": "S572.", "description": text, "side": "left", "primary": True}
    body = dict.fromkeys(LONG_ENOUGH["cases"], text) | {"other_providers": [text], "diagnoses": [diagnosis]}
    assert client.patch(f"{V1}/cases/{case.pk}/", body).status_code == 200
    read = client.get(f"{V1}/cases/{case.pk}/").json()
    assert {name: read[name] for name in body} == body


@pytest.mark.parametrize("text", INERT)
def test_it_is_kept_as_it_was_typed_below_a_patient(cast, text):
    client, base = api(cast.desk), f"{V1}/patients/{cast.aroha.pk}"
    bodies = {
        "contacts": {"name": text, "relationship": text},
        "alerts": {"kind": "other", "note": text, "site": text},
        "consents": {
            "kind": "privacy",
            "version": "1",
            "manner": "verbal",
            "given_by": text,
            "given_at": "2026-11-01T09:00:00+13:00",
        },
    }
    for part, body in bodies.items():
        read = client.post(f"{base}/{part}/", body).json()
        assert {name: read[name] for name in body} == body


@pytest.mark.parametrize("field", LONG_ENOUGH["patients"] + ["phone", "email", "nhi", "legacy_id", "pronouns"])
def test_a_zero_byte_is_refused(cast, field):
    answer = api(cast.desk).patch(f"{V1}/patients/{cast.aroha.pk}/", {field: "a\x00b"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert {error["field"] for error in answer.json()["errors"]} == {field}


@pytest.mark.parametrize(
    "body",
    [
        b'{"first_name": "\\ud800"}',
        b'{"first_name": "\\udc00\\ud800"}',
        b'{"first_name": "\xed\xa0\x80"}',
        b'{"first_name": "\xff"}',
        b'{"first_name": NaN}',
        b'{"first_name": "Mei"',
        b'{"first_name": ' + b"[" * 100_000,
    ],
    ids=["lone surrogate", "reversed pair", "encoded surrogate", "no UTF-8", "NaN", "cut off", "deep"],
)
def test_a_body_that_is_no_json_text_is_refused(cast, body):
    url = f"{V1}/patients/{cast.aroha.pk}/"
    answer = api(cast.desk).generic("PATCH", url, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    assert Patient.objects.get(pk=cast.aroha.pk).first_name == "Aroha"


def test_a_body_of_another_kind_is_415(cast):
    answer = api(cast.desk).generic("POST", f"{V1}/patients/", b"first_name=Mei", "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("number", ["9" * 400, "-1", "32768", "1.5", '"1e3"', "true", "[]", '"x"', "-0.5", "1e400"])
def test_a_count_that_is_none_is_refused(cast, number):
    case = make_case(cast.aroha)
    body = f'{{"approved_sessions": {number}}}'.encode()
    answer = api(cast.desk).generic("PATCH", f"{V1}/cases/{case.pk}/", body, content_type="application/json")
    assert answer.status_code == 400
    case.refresh_from_db()
    assert case.approved_sessions is None
