"""API keys: who comes in with one, and with how little asking."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import get_token_model
from rest_framework.test import APIClient

from clinic.permissions import FIRST_ROLES
from clinic.tasks import forget_expired_keys
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SESSION = "/api/v1/session/"


def with_key(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def refusal(key: str) -> tuple[int, str, str]:
    answer = with_key(key).get(SESSION)
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


def test_a_key_is_its_owner_with_what_their_roles_allow_together(cast: Cast):
    cast.billing.roles.add(*cast.practitioner.roles.all())
    said = with_key(get_token_model().objects.create(user=cast.billing)[1]).get(SESSION).json()
    assert said["username"] == cast.billing.username
    assert set(said["permissions"]) == FIRST_ROLES["Billing"] | FIRST_ROLES["Practitioner"]


def test_a_key_of_somebody_without_a_role_allows_nothing(cast: Cast):
    cast.desk.roles.clear()
    client = with_key(get_token_model().objects.create(user=cast.desk)[1])
    assert client.get(SESSION).json()["permissions"] == []
    assert client.get("/api/v1/appointments/").status_code == 403


def test_an_owner_and_what_they_may_do_are_one_query(cast: Cast):
    client = with_key(get_token_model().objects.create(user=cast.desk)[1])
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/api/v1/appointments/").status_code == 200
    about_people = [one["sql"] for one in asked if "clinic_user" in one["sql"] or "clinic_role" in one["sql"]]
    assert len(about_people) == 1


def test_keys_that_are_unknown_expired_or_of_a_closed_account_are_all_told_the_same(cast: Cast):
    instance, key = get_token_model().objects.create(user=cast.desk)
    assert with_key(key).get(SESSION).status_code == 200
    unknown = refusal("f" * 64)
    assert unknown[0] == 401
    assert refusal("no key at all") == refusal("ÿ") == unknown
    cast.desk.is_active = False
    cast.desk.save()
    assert refusal(key) == unknown
    cast.desk.is_active = True
    cast.desk.save()
    instance.expiry = timezone.now()
    instance.save()
    assert refusal(key) == unknown


def test_expired_keys_are_forgotten_by_themselves(cast: Cast):
    old, _ = get_token_model().objects.create(user=cast.desk, expiry=timedelta(days=1))
    get_token_model().objects.filter(pk=old.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    get_token_model().objects.create(user=cast.desk, expiry=timedelta(days=1))
    get_token_model().objects.create(user=cast.desk, expiry=None)
    forget_expired_keys()
    assert get_token_model().objects.count() == 2
