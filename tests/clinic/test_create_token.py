from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from knox.models import AuthToken

from clinic.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return User.objects.create_user("desk", password="a password of twelve")


def printed(user: str) -> str:
    out = StringIO()
    call_command("create_token", user, stdout=out)
    return out.getvalue()


def test_it_prints_nothing_but_a_key_that_signs_the_user_in(desk, client):
    key = printed("desk")
    assert key.count("\n") == 1
    answer = client.get("/api/v1/session/", headers={"Authorization": f"Token {key.strip()}"})
    assert (answer.status_code, answer.json()["username"]) == (200, "desk")


def test_each_call_makes_another_key_and_the_database_holds_only_digests(desk):
    first, second = printed("desk").strip(), printed("desk").strip()
    assert first != second
    digests = list(AuthToken.objects.filter(user=desk).values_list("digest", flat=True))
    assert len(digests) == 2
    assert {first, second}.isdisjoint(digests)


def test_an_unknown_user_is_refused_in_one_sentence():
    with pytest.raises(CommandError, match=r"^There is no user nobody\.$"):
        printed("nobody")
    assert AuthToken.objects.count() == 0


def test_a_user_who_may_not_sign_in_gets_no_key(desk):
    User.objects.filter(pk=desk.pk).update(is_active=False)
    with pytest.raises(CommandError, match=r"^desk may not sign in\.$"):
        printed("desk")
    assert AuthToken.objects.count() == 0
