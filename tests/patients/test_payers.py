import pytest

from patients.models import Payer
from tests.cast import api
from tests.counting import queries_while_growing

URL = "/api/v1/payers/"
NEW = {"name": "Example Freight", "kind": "employer", "address": "1 Example Street", "email": "claims@freight.example"}


def test_the_owner_sets_up_a_payer(cast):
    client = api(cast.owner)
    added = client.post(URL, NEW)
    assert added.status_code == 201
    assert {name: added.json()[name] for name in NEW} == NEW
    key = added.json()["id"]
    assert client.get(f"{URL}{key}/").json() == added.json()
    assert client.patch(f"{URL}{key}/", {"email": ""}).json()["email"] == ""


@pytest.mark.parametrize("who", ["desk", "billing", "practitioner"])
def test_other_staff_read_payers_and_change_none(cast, who):
    client = api(getattr(cast, who))
    assert [row["name"] for row in client.get(URL).json()["results"]] == ["ACC", "Southern Example Health"]
    assert client.get(f"{URL}{cast.acc.pk}/").json()["kind"] == "acc"
    refused = [client.post(URL, NEW), client.patch(f"{URL}{cast.acc.pk}/", {"name": "Nobody"})]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "permission_denied")] * 2
    assert sorted(Payer.objects.values_list("name", flat=True)) == ["ACC", "Southern Example Health"]


def test_a_patient_sees_no_payers(cast):
    client = api(cast.patient_user)
    assert [client.get(url).status_code for url in (URL, f"{URL}{cast.acc.pk}/")] == [403, 403]


@pytest.mark.parametrize(
    ("twin", "code"),
    [({"name": "Southern Example Health"}, "payer_name_taken"), ({"kind": "acc"}, "payer_exists")],
)
def test_a_second_of_what_there_is_one_of_is_refused(cast, twin, code):
    answer = api(cast.owner).post(URL, NEW | twin)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert Payer.objects.count() == 2


def test_a_stale_change_is_refused(cast):
    client, url = api(cast.owner), f"{URL}{cast.acc.pk}/"
    tag = client.get(url)["ETag"]
    answers = [client.patch(url, {"address": text}, headers={"If-Match": tag}) for text in ("One", "Two")]
    assert [answer.status_code for answer in answers] == [200, 412]
    assert Payer.objects.get(pk=cast.acc.pk).address == "One"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind=acc", ["ACC"]),
        ("kind__in=insurer,employer", ["Southern Example Health"]),
        ("search=south", ["Southern Example Health"]),
        ("archived_at__isnull=false", []),
        ("ordering=-name", ["Southern Example Health", "ACC"]),
    ],
)
def test_the_list_is_narrowed_and_ordered(cast, query, names):
    assert [row["name"] for row in api(cast.desk).get(f"{URL}?{query}").json()["results"]] == names


def test_the_list_costs_the_same_whatever_its_length(cast):
    Payer.objects.all().delete()
    url = f"{URL}?page_size=200"
    counts = queries_while_growing(
        api(cast.desk), url, lambda n: Payer.objects.create(name=f"Insurer {n}", kind="insurer")
    )
    assert len(set(counts)) == 1, counts
