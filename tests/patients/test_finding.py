from urllib.parse import urlencode

import pytest

from tests.cast import api, make_patient
from tests.counting import queries_while_growing

URL = "/api/v1/patients/"


def found(client, text: str) -> list[str]:
    answer = client.get(f"{URL}?{urlencode({'search': text})}")
    assert answer.status_code == 200, answer.json()
    return [row["first_name"] for row in answer.json()["results"]]


@pytest.fixture
def people(cast):
    # A number that holds nothing of what is searched for below.
    cast.aroha.nhi = "ZZZ0016"
    cast.aroha.save()
    make_patient(
        first_name="Whetū",
        last_name="Ngāhuia",
        preferred_name="Star",
        email="w-etu@example.nz",
        phone="+64 21-555 0777",
        nhi="ZAC5361",
        legacy_id="2019-044",
    )
    make_patient(first_name="Søren", last_name="Nguyễn", nhi="ZZZ00AC", phone="(04) 555-0888", email="")
    make_patient(first_name="Na", last_name="Li", preferred_name="李娜", email="", phone="", nhi=None)
    make_patient(first_name="100%", last_name="Under_score", email="", phone="", nhi=None)
    return api(cast.desk)


@pytest.mark.parametrize(
    ("text", "first_name"),
    [
        ("whetu", "Whetū"),
        ("WHETŪ", "Whetū"),
        ("Whetu\u0304", "Whetū"),  # the macron typed as a character of its own
        ("etū", "Whetū"),
        ("gahui", "Whetū"),
        ("ngahuia whetu", "Whetū"),
        ("star", "Whetū"),
        ("zac5361", "Whetū"),
        ("ZAC 5361", "Whetū"),
        ("5361", "Whetū"),
        ("0777", "Whetū"),
        ("5550777", "Whetū"),
        ("555-0777", "Whetū"),
        ("555 0777", "Whetū"),
        ("+64 21", "Whetū"),
        ("w-etu@", "Whetū"),
        ("W-ETU@EXAMPLE.NZ", "Whetū"),
        ("2019-044", "Whetū"),
        ("019-04", "Whetū"),
        ("soren", "Søren"),
        ("nguyen", "Søren"),
        ("Nguyễn", "Søren"),
        ("zzz00ac", "Søren"),
        ("(04) 555-08", "Søren"),
        ("555.0888", "Søren"),
        ("李娜", "Na"),
        ("李", "Na"),
        ("li na", "Na"),
        ("00%", "100%"),
        ("r_s", "100%"),
        ("  whetu  ", "Whetū"),
    ],
)
def test_somebody_is_found_by(people, text, first_name):
    assert found(people, text) == [first_name]


@pytest.mark.parametrize("text", ["whetu soren", "%%%", "___", "5550999", "robert'); drop table", "\\\\\\"])
def test_nobody_is_found_by(people, text):
    assert found(people, text) == []


def test_words_may_come_from_different_fields(people):
    assert found(people, "whetu 0777") == ["Whetū"]


@pytest.mark.parametrize("text", ["", "  ", "w", "we", " w e ", "\u0304we"])
def test_fewer_than_three_letters_are_refused(people, text):
    answer = people.get(f"{URL}?{urlencode({'search': text})}")
    assert (answer.status_code, answer.json()["code"]) == (400, "search_too_short")


@pytest.mark.parametrize("parameter", ["search", "nhi", "legacy_id"])
def test_a_zero_byte_in_the_address_is_malformed(people, parameter):
    answer = people.get(f"{URL}?{parameter}=whetu%00")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_bytes_that_are_no_text_find_nobody(people):
    answer = people.get(f"{URL}?search=%ED%A0%80whetu")
    assert (answer.status_code, answer.json()["count"]) == (200, 0)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("name=whetu", "unknown_filter"),
        ("ordering=email", "unknown_ordering"),
        ("archived_at__isnull=perhaps", "invalid"),
        ("date_of_birth=yesterday", "invalid"),
        ("updated_at__gte=2026-01-01T00:00:00", "invalid"),
        ("updated_at__gte=lately", "invalid"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused(people, query, code):
    answer = people.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("query", "first_names"),
    [
        ("nhi=zac 5361", ["Whetū"]),
        ("legacy_id=2019-044", ["Whetū"]),
        ("legacy_id=2019", []),
        ("date_of_birth=1984-03-09", ["Aroha"]),
        ("archived_at__isnull=false", []),
        ("updated_at__gte=2020-01-01T00:00:00%2B13:00&nhi=ZZZ00AC", ["Søren"]),
        ("updated_at__gte=2020-01-01T00:00:00Z&nhi=ZZZ00AC", ["Søren"]),
        ("updated_at__gte=2120-01-01T00:00:00Z", []),
        ("ordering=-first_name", ["Whetū", "Søren", "Na", "Aroha", "100%"]),
        ("ordering=-sort_name&page_size=2", ["100%", "Aroha"]),
    ],
)
def test_the_list_is_narrowed_and_ordered(people, query, first_names):
    answer = people.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.json()
    assert [row["first_name"] for row in answer.json()["results"]] == first_names


def test_names_stand_where_people_look_for_them_macron_or_not(cast):
    for name in ["Zed", "Ōtara", "Otago", "Oz", "ngata", "Ngāhuia", "Nguyễn"]:
        make_patient(last_name=name)
    names = [row["last_name"] for row in api(cast.desk).get(URL).json()["results"]]
    assert names == ["Ngāhuia", "ngata", "Nguyễn", "Otago", "Ōtara", "Oz", "Tāmati", "Zed"]


def test_a_page_has_its_neighbours(people):
    answer = people.get(f"{URL}?page_size=2&page=2").json()
    assert answer["count"] == 5
    assert len(answer["results"]) == 2
    assert "page=3" in answer["next"]
    assert answer["previous"].endswith(f"{URL}?page_size=2")


@pytest.mark.parametrize("page", ["0", "9", "-1", "x", "99999999999999999999"])
def test_a_page_that_is_not_there_is_404(people, page):
    assert people.get(f"{URL}?page={page}").json()["code"] == "not_found"


def test_the_list_costs_the_same_whatever_its_length(cast):
    cast.aroha.delete()
    counts = queries_while_growing(api(cast.desk), f"{URL}?page_size=200", lambda n: make_patient())
    assert len(set(counts)) == 1, counts


def test_a_search_costs_the_same_whatever_it_finds(cast):
    url = f"{URL}?page_size=200&search=Findable"
    counts = queries_while_growing(api(cast.desk), url, lambda n: make_patient(first_name="Findable"))
    assert len(set(counts)) == 1, counts
