"""Lists refuse what they do not know, and page without losing a row."""

import pytest

from clinic.models import Location, Practitioner
from patients.filters import PatientSearchFilter
from tests.access_table import OWNER, TABLE
from tests.cast import Cast, api, make_patient
from tests.routes import API, Route, of_the_api
from tests.world import World, build

pytestmark = pytest.mark.django_db

LISTS = {route.key: route for route in of_the_api() if route.method == "GET" and route.action == "list"}


@pytest.fixture
def world(cast: Cast) -> World:
    return build(cast)


def path_of(route: Route, world: World) -> str:
    return route.path.format(**TABLE[route.key].at(world))


def who_may(route_key: str, world: World):
    """The owner, or the patient where a list is a patient's own."""
    return api(world.cast.owner if OWNER in TABLE[route_key].may else world.cast.patient_user)


def codes(response) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


def test_an_unknown_filter_ordering_or_search_is_400(world: World):
    for key in LISTS:
        client, path = who_may(key, world), path_of(LISTS[key], world)
        unknown = client.get(path, {"no_such_filter": "1"})
        assert codes(unknown) == (400, "unknown_filter")
        assert [entry["field"] for entry in unknown.json()["errors"]] == ["no_such_filter"]
        for ordering in ("no_such_field", "-no_such_field", "pk__x", "?"):
            assert codes(client.get(path, {"ordering": ordering})) == (400, "unknown_ordering"), ordering
        view = LISTS[key].callback.cls
        searched = getattr(view, "search_fields", None) or getattr(view, "search_method", None)
        looked_for = client.get(path, {"search": "abcdef"})
        own_search = any(issubclass(backend, PatientSearchFilter) for backend in view.filter_backends)
        assert looked_for.status_code == (200 if searched or own_search else 400), key


def test_a_plus_sign_that_was_not_encoded_is_understood(world: World):
    client = api(world.cast.owner)
    assert client.get(f"{API}/patients/?updated_at__gte=2020-01-01T00:00:00+13:00").json()["count"] == 2
    assert client.get(f"{API}/patients/?updated_at__gte=2020-01-01T00:00:00%2B13:00").json()["count"] == 2


def test_an_id_out_of_reach_finds_nothing_like_one_of_nobody(world: World):
    client = api(world.cast.patient_user)
    theirs = client.get(f"{API}/cases/", {"patient": world.stranger.pk})
    nobodys = client.get(f"{API}/cases/", {"patient": 987654321})
    assert theirs.json() == nobodys.json() == {"count": 0, "next": None, "previous": None, "results": []}


# Pages


def test_a_page_holds_fifty_and_at_most_two_hundred(cast: Cast):
    Location.objects.bulk_create(Location(name=f"L{number:03}") for number in range(229))
    client = api(cast.owner)
    for asked, held in ((None, 50), (7, 7), (200, 200), (201, 200), (10**9, 200)):
        answer = client.get(f"{API}/locations/", {} if asked is None else {"page_size": asked}).json()
        assert (answer["count"], len(answer["results"])) == (230, held), asked
    assert answer["previous"] is None
    assert "page=2" in answer["next"]


@pytest.mark.parametrize("page", ["0", "-1", "99", "9" * 30, "x", "\x00"])
def test_a_page_that_is_not_there_is_404(cast: Cast, page: str):
    assert codes(api(cast.owner).get(f"{API}/locations/", {"page": page})) == (404, "not_found")


def test_pages_of_rows_that_tie_hold_each_row_once(cast: Cast):
    Practitioner.objects.bulk_create(Practitioner(display_name="Ana Lee") for _ in range(30))
    client, seen = api(cast.owner), []
    for ordering in ("display_name", "-display_name", None):
        seen.clear()
        for page in range(1, 7):
            query = {"page_size": 6, "page": page} | ({"ordering": ordering} if ordering else {})
            seen += [row["id"] for row in client.get(f"{API}/practitioners/", query).json()["results"]]
        assert len(seen) == len(set(seen)) == 32


def test_orderings_combine(cast: Cast):
    for last, first in (("B", "x"), ("A", "y"), ("A", "x")):
        make_patient(last_name=last, first_name=first)
    rows = api(cast.owner).get(f"{API}/patients/", {"ordering": "last_name,-first_name"}).json()["results"]
    assert [(row["last_name"], row["first_name"]) for row in rows][:3] == [("A", "y"), ("A", "x"), ("B", "x")]
