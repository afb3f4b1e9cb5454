"""A POST that comes twice is done once, whatever happens in between."""

import threading
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import override_settings
from django.utils import timezone

from clinic.api import idempotency
from clinic.models import AnsweredRequest, Location
from clinic.tasks import forget_answered_requests
from tests.cast import Cast, api
from tests.rivals import at_once

pytestmark = pytest.mark.django_db

URL = "/api/v1/locations/"


def post(client, body, key="one-key", url=URL):
    return client.post(url, body, HTTP_IDEMPOTENCY_KEY=key)


def test_the_same_key_and_body_get_the_first_answer_again(cast: Cast):
    client = api(cast.owner)
    first, again = (post(client, {"name": "Newtown"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["ETag"] == first["ETag"]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Location.objects.filter(name="Newtown").count() == 1


def test_the_same_key_with_another_body_or_address_is_refused(cast: Cast):
    client = api(cast.owner)
    post(client, {"name": "Newtown"})
    for response in (
        post(client, {"name": "Karori"}),
        post(client, {"name": "Newtown"}, url=f"{URL}?x=1"),
        post(client, {"name": "Newtown"}, url="/api/v1/closed-days/"),
    ):
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Location.objects.exclude(pk=cast.location.pk).count() == 1


def test_a_key_is_its_users_own(cast: Cast):
    cast.desk.roles.set(cast.owner.roles.all())
    mine, theirs = api(cast.owner), api(cast.desk)
    assert post(mine, {"name": "Newtown"}).status_code == 201
    assert post(theirs, {"name": "Karori"}).status_code == 201


def test_a_refusal_is_an_answer_too(cast: Cast):
    client = api(cast.owner)
    first = post(client, {"name": cast.location.name})
    assert (first.status_code, first.json()["code"]) == (409, "already_exists")
    Location.objects.filter(pk=cast.location.pk).update(name="Elsewhere")
    again = post(client, {"name": "Te Aro"})
    assert (again.status_code, again.content) == (409, first.content)
    assert (again["Idempotency-Replayed"], again["Content-Type"]) == ("true", "application/problem+json")
    malformed = [post(client, {}, key="other") for _ in range(2)]
    assert [response.status_code for response in malformed] == [400, 400]
    assert malformed[1]["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_refused(cast: Cast, key: str):
    response = post(api(cast.owner), {"name": "Newtown"}, key=key)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_malformed")


def test_who_may_not_ask_gets_nothing_replayed(cast: Cast):
    client = api(cast.owner)
    assert post(client, {"name": "Newtown"}).status_code == 201
    cast.owner.roles.clear()
    assert post(client, {"name": "Newtown"}).status_code == 403
    assert post(api(), {"name": "Newtown"}).status_code == 401


def test_busy_is_not_remembered_so_that_another_try_can_succeed(cast: Cast, monkeypatch):
    class Deadlock(Exception):
        class diag:
            sqlstate = "40P01"

    def deadlocked(*args, **kwargs):
        raise OperationalError("deadlock detected") from Deadlock()

    client = api(cast.owner)
    with monkeypatch.context() as broken:
        broken.setattr("clinic.views.LocationViewSet.perform_create", deadlocked)
        refused = post(client, {"name": "Newtown"})
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (409, "busy", "1")
    assert AnsweredRequest.objects.count() == 0
    assert post(client, {"name": "Newtown"}).status_code == 201


def test_answers_are_kept_for_a_day(cast: Cast):
    client = api(cast.owner)
    post(client, {"name": "Newtown"})
    post(client, {"name": "Karori"}, key="other")
    AnsweredRequest.objects.filter(key="one-key").update(answered_at=timezone.now() - timedelta(hours=25))
    forget_answered_requests()
    assert list(AnsweredRequest.objects.values_list("key", flat=True)) == ["other"]


def test_what_is_kept_is_the_answer_and_not_the_question(cast: Cast):
    post(api(cast.owner), {"name": "Newtown"})
    kept = AnsweredRequest.objects.get()
    assert (kept.scope, kept.status, set(kept.headers)) == (f"user:{cast.owner.pk}", 201, {"ETag"})
    assert len(kept.fingerprint) == 64


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_with_one_key_make_one_row_and_one_body(transactional_db, cast: Cast):
    client = api(cast.owner)
    header = client._credentials

    def act():
        rival = api()
        rival.credentials(**header)
        while True:
            response = post(rival, {"name": "Newtown"})
            if response.status_code != 409:
                return response.status_code, response.content
            assert response.json()["code"] == "request_in_progress"
            time.sleep(0.02)

    outcomes = Counter(at_once([act] * 100, together=25))
    assert len(outcomes) == 1
    assert [status for status, _ in outcomes] == [201]
    assert Location.objects.filter(name="Newtown").count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_asks_while_the_first_is_still_at_work_is_told_to_wait(transactional_db, cast: Cast):
    client, in_work = api(cast.owner), threading.Event()
    scope, key = f"user:{cast.owner.pk}", "one-key"

    def first():
        with transaction.atomic():
            assert idempotency._lock(scope, key)
            in_work.set()
            time.sleep(0.5)

    def second():
        in_work.wait(timeout=10)
        return post(client, {"name": "Newtown"})

    _, response = at_once([first, second])
    assert (response.status_code, response.json()["code"]) == (409, "request_in_progress")


class Crash(BaseException):
    """The process ends: nothing after this line runs."""


def lost_reply(cast: Cast, monkeypatch, keep) -> list[int]:
    """A crash after the work and before the reply, twenty times; the client repeats each. How often it was done."""
    client, done = api(cast.owner), []
    for _ in range(20):
        name = uuid.uuid4().hex[:12]
        with monkeypatch.context() as broken:
            broken.setattr(AnsweredRequest.objects, "create", keep)
            with pytest.raises(Crash):
                post(client, {"name": name}, key=name)
        again = post(client, {"name": name}, key=name)
        done.append((again.status_code, Location.objects.filter(name=name).count()))
    return done


@pytest.mark.django_db(transaction=True)
def test_a_crash_before_the_answer_is_kept_undoes_the_work_and_a_repeat_does_it_once(
    transactional_db, cast: Cast, monkeypatch
):
    def crash(**fields):
        raise Crash

    assert lost_reply(cast, monkeypatch, crash) == [(201, 1)] * 20


@pytest.mark.django_db(transaction=True)
def test_twin_that_does_the_work_in_a_transaction_of_its_own_cannot_repeat(transactional_db, cast: Cast, monkeypatch):
    """Had the work been committed before the answer was kept, the repeat would meet its own earlier self."""

    def commit_and_crash(**fields):
        connection.connection.commit()
        raise Crash

    outcomes = lost_reply(cast, monkeypatch, commit_and_crash)
    assert outcomes == [(409, 1)] * 20


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100)
def test_a_body_that_is_too_large_is_413_with_and_without_a_key(cast: Cast):
    client = api(cast.owner)
    for response in (client.post(URL, {"name": "x" * 200}), post(client, {"name": "x" * 200})):
        assert (response.status_code, response.json()["code"]) == (413, "too_large")
