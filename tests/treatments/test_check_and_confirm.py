"""Findings over HTTP: shown for a note not yet saved, confirmed with a reason, and asked for at signing."""

import pytest

from patients.models import Alert
from tests.cast import Cast, api
from tests.visits import make_visit, nz
from treatments import reference
from treatments.models import CoSignature, Treatment

pytestmark = pytest.mark.django_db
URL = "/api/v1/treatments/"
LI4 = {"point": "LI4", "side": "both", "needles_in": 2, "needles_out": 2}
KEY = "pregnancy_point:LI4"


@pytest.fixture
def practitioner(cast: Cast):
    reference.ensure()
    Alert.objects.create(patient=cast.aroha, kind="pregnancy", severity="caution")
    return api(cast.practitioner)


@pytest.fixture
def draft(cast: Cast, practitioner) -> dict:
    response = practitioner.post(
        URL,
        {
            "patient": cast.aroha.pk,
            "practitioner": cast.mere.pk,
            "started_at": "2026-11-02T10:00:00+13:00",
            "complaint": "Headache",
            "needlings": [LI4],
            "needles_in": 2,
            "needles_out": 2,
        },
    )
    assert response.status_code == 201, response.data
    return response.data


def test_a_note_not_yet_saved_is_checked(cast: Cast, practitioner):
    response = practitioner.post(f"{URL}check/", {"patient": cast.aroha.pk, "needlings": [LI4]})
    assert response.status_code == 200, response.data
    found = {finding["key"]: finding for finding in response.data["findings"]}
    assert (found[KEY]["severity"], found[KEY]["confirmed"]) == ("serious", False)
    assert "PMC4680134" in found[KEY]["source"]
    assert not Treatment.objects.exists()


def test_the_points_of_the_ear_are_checked_too(cast: Cast, practitioner):
    seeds = {"kind": "ear_seeds", "ear_points": ["TF4", "TF2"]}
    response = practitioner.post(f"{URL}check/", {"patient": cast.aroha.pk, "techniques": [seeds]})
    assert [finding["key"] for finding in response.data["findings"]] == ["pregnancy_ear:TF2"]


def test_a_serious_finding_keeps_the_note_unsigned_until_it_has_a_reason(practitioner, draft):
    refused = practitioner.post(f"{URL}{draft['id']}/sign/")
    assert (refused.status_code, refused.data["code"]) == (422, "finding_unconfirmed")
    assert [finding["key"] for finding in refused.data["findings"]] == [KEY]
    confirmed = practitioner.patch(
        f"{URL}{draft['id']}/", {"confirmations": [{"key": KEY, "reason": "Agreed with the midwife"}]}
    )
    assert confirmed.status_code == 200, confirmed.data
    signed = practitioner.post(f"{URL}{draft['id']}/sign/")
    assert (signed.status_code, signed.data["status"]) == (200, "signed")
    kept = [(row["key"], row["reason"], row["severity"]) for row in signed.data["confirmations"]]
    assert kept == [(KEY, "Agreed with the midwife", "serious")]


def test_an_empty_reason_confirms_nothing(practitioner, draft):
    response = practitioner.patch(f"{URL}{draft['id']}/", {"confirmations": [{"key": KEY, "reason": " "}]})
    assert response.status_code == 400
    assert practitioner.post(f"{URL}{draft['id']}/sign/").data["code"] == "finding_unconfirmed"


def test_the_front_desk_checks_nothing(cast: Cast, practitioner):
    response = api(cast.desk).post(f"{URL}check/", {"patient": cast.aroha.pk, "needlings": [LI4]})
    assert response.status_code == 403


def test_a_treatment_is_repeated_without_its_words(cast: Cast, practitioner, draft):
    visit = make_visit(cast, nz("2026-11-05 10:00"))
    response = practitioner.post(
        f"{URL}{draft['id']}/repeat/", {"appointment": visit.pk, "started_at": "2026-11-05T10:00:00+13:00"}
    )
    assert response.status_code == 201, response.data
    again = response.data
    assert [(row["point"], row["side"]) for row in again["needlings"]] == [("LI4", "both")]
    assert (again["id"] != draft["id"], again["status"], again["complaint"]) == (True, "draft", "")


def test_the_shipped_gluteal_set_is_applied_without_doubling(practitioner, draft):
    protocols = practitioner.get("/api/v1/protocols/").data["results"]
    local = next(row for row in protocols if any(n.get("point") == "GB30" for n in row["needlings"]))
    first = practitioner.post(f"{URL}{draft['id']}/apply/", {"protocol": local["id"]})
    assert first.status_code == 200, first.data
    points = [row["point"] for row in first.data["needlings"]]
    assert {"LI4", "GB30"} <= set(points)
    second = practitioner.post(f"{URL}{draft['id']}/apply/", {"protocol": local["id"]})
    assert [row["point"] for row in second.data["needlings"]] == points


def test_a_students_note_waits_for_the_supervisor(cast: Cast, practitioner, draft):
    cast.mere.is_student, cast.mere.supervisor = True, cast.wei
    cast.mere.save()
    practitioner.patch(f"{URL}{draft['id']}/", {"confirmations": [{"key": KEY, "reason": "Agreed"}]})
    signed = practitioner.post(f"{URL}{draft['id']}/sign/")
    assert (signed.data["needs_cosign"], signed.data["cosignature"]) == (True, None)
    assert practitioner.post(f"{URL}{draft['id']}/cosign/").status_code == 403
    assert not CoSignature.objects.exists()
    cosigned = api(cast.practitioner2).post(f"{URL}{draft['id']}/cosign/")
    assert cosigned.status_code == 200, cosigned.data
    assert (cosigned.data["needs_cosign"], cosigned.data["cosignature"]["name"]) == (False, str(cast.wei))
    assert practitioner.get(f"{URL}{draft['id']}/verify/").data["verified"] is True
