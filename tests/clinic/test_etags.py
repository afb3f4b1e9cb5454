"""Of two who change the same row from the same state, one is told that it is no longer that state."""

import os
import threading
from datetime import timedelta

import pytest

from clinic.api import views
from tests.access_table import TABLE
from tests.cast import Cast, api
from tests.rivals import at_once
from tests.routes import of_the_api
from tests.world import build

pytestmark = pytest.mark.django_db

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "0"))
PATCHES = {route.key: route for route in of_the_api() if route.method == "PATCH"}


def test_every_patch_honours_if_match_and_every_single_row_has_an_etag(cast: Cast):
    world = build(cast)
    for key, route in PATCHES.items():
        client = api(cast.owner)
        path = route.path.format(**TABLE[key].at(world))
        body = TABLE[key].body(world)
        etag = client.get(path)["ETag"]
        stale = client.patch(path, body, HTTP_IF_MATCH='"1-1"')
        assert (stale.status_code, stale.json()["code"]) == (412, "stale_edit"), key
        assert client.get(path)["ETag"] == etag, key
        changed = client.patch(path, body, HTTP_IF_MATCH=f'"1-1", {etag}')
        assert (changed.status_code, changed["ETag"] != etag) == (200, True), key
        assert client.patch(path, body, HTTP_IF_MATCH=etag).status_code == 412, key
        assert client.patch(path, body, HTTP_IF_MATCH="*").status_code == 200, key
        assert client.patch(path, body).status_code == 200, key


def test_the_etag_changes_with_every_change_and_only_then(cast: Cast):
    client = api(cast.owner)
    url = f"/api/v1/rooms/{cast.rooms[0].pk}/"
    seen = [client.get(url)["ETag"]]
    for name in ("Rimu", "Miro"):
        seen.append(client.patch(url, {"name": name})["ETag"])
    assert client.get(url)["ETag"] == seen[-1]
    assert len(set(seen)) == 3


def test_a_refused_change_leaves_the_etag(cast: Cast):
    client = api(cast.owner)
    url = f"/api/v1/rooms/{cast.rooms[0].pk}/"
    etag = client.get(url)["ETag"]
    assert client.patch(url, {"name": cast.rooms[1].name}, HTTP_IF_MATCH=etag).status_code == 409
    assert client.patch(url, {"name": ""}, HTTP_IF_MATCH=etag).status_code == 400
    assert client.get(url)["ETag"] == etag


def rounds(cast: Cast, count: int) -> list[list[int]]:
    """Two clients change one room from the same state, again and again."""
    url = f"/api/v1/rooms/{cast.rooms[0].pk}/"
    clients, outcomes = [api(cast.owner), api(cast.owner)], []
    for number in range(count):
        etag = clients[0].get(url)["ETag"]
        acts = [
            lambda client=client, letter=letter, etag=etag, number=number: (
                client.patch(url, {"name": f"{letter}{number}"}, HTTP_IF_MATCH=etag).status_code
            )
            for client, letter in zip(clients, "AB", strict=True)
        ]
        outcomes.append(sorted(at_once(acts)))
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_of_two_patches_with_one_etag_one_is_done_and_one_is_stale(transactional_db, cast: Cast):
    assert rounds(cast, 25) == [[200, 412]] * 25


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_of_two_patches_with_one_etag_one_is_done_and_one_is_stale_500_times(transactional_db, cast: Cast):
    count = 20 * ROUNDS or 500
    assert rounds(cast, count) == [[200, 412]] * count


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_both_are_done(transactional_db, cast: Cast, monkeypatch):
    """Both look before either writes: what a comparison without a lock allows."""
    both_looked = threading.Barrier(2)
    compare = views.refuse_stale

    def look_and_wait(request, row):
        compare(request, row)
        both_looked.wait(timeout=10)

    monkeypatch.setattr(views, "refuse_stale", look_and_wait)
    monkeypatch.setattr(views.Changes, "locked_object", lambda self: self.get_object())
    assert rounds(cast, 3) == [[200, 200]] * 3


def test_a_moment_later_is_another_state(cast: Cast):
    room = cast.rooms[0]
    client = api(cast.owner)
    url = f"/api/v1/rooms/{room.pk}/"
    etag = client.get(url)["ETag"]
    type(room).objects.filter(pk=room.pk).update(updated_at=room.updated_at + timedelta(microseconds=1))
    assert client.get(url)["ETag"] != etag
