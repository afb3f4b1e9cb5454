"""Signing in to the staff pages, and the people and roles of the practice by hand."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.urls import reverse

from clinic.models import Room, User
from tests.pages import browser, save

SIGN_IN = reverse("admin:login")
PASSWORD = "a long word for the tests"


@pytest.fixture(autouse=True)
def _no_attempts_of_other_tests():
    cache.clear()


@pytest.fixture
def desk(cast) -> User:
    cast.desk.set_password(PASSWORD)
    cast.desk.save()
    return cast.desk


def sign_in(**typed):
    return browser().post(SIGN_IN, {"username": "desk", "password": PASSWORD, "next": reverse("admin:index")} | typed)


def refused(answer) -> list[str]:
    return [str(error) for error in answer.context["form"].non_field_errors()]


def test_staff_sign_in_by_their_roles_alone(desk):
    assert desk.is_staff is False
    assert sign_in().url == reverse("admin:index")


def test_a_wrong_password_is_told_without_saying_which_was_wrong(desk):
    sentence = "That name and password do not fit together. Both tell capitals from small letters."
    assert refused(sign_in(password="wrong")) == [sentence]
    assert refused(sign_in(username="nobody")) == [sentence]


def test_attempts_are_counted(desk):
    answers = [sign_in(password="wrong") for _ in range(6)]
    assert refused(answers[-1]) == ["Too many failed login attempts. Try again later."]
    assert refused(sign_in()) == ["Too many failed login attempts. Try again later."]


def test_a_patient_is_told_that_this_is_for_staff(cast):
    cast.patient_user.set_password(PASSWORD)
    cast.patient_user.save()
    assert refused(sign_in(username="patient")) == ["This account is not for staff pages."]


def test_a_closed_account_does_not_sign_in(desk):
    User.objects.filter(pk=desk.pk).update(is_active=False)
    assert refused(sign_in()) == ["This account is closed. Ask the owner of the practice."]


def test_who_has_an_authenticator_gives_its_code(desk):
    secret = generate_totp_secret()
    TOTP.activate(desk, secret)
    assert refused(sign_in()) == ["Add the code from your authenticator app, and your password once more."]
    assert refused(sign_in(code="000000")) == ["Incorrect code."]
    counter = next(iter(yield_hotp_counters_from_time()))
    code = f"{hotp_value(secret, counter):06}"
    assert sign_in(code=code).url == reverse("admin:index")


def test_a_recovery_code_stands_in_for_the_authenticator_once(desk):
    TOTP.activate(desk, generate_totp_secret())
    code = RecoveryCodes.activate(desk).get_unused_codes()[0]
    assert sign_in(code=code).url == reverse("admin:index")
    assert refused(sign_in(code=code)) == ["Incorrect code."]
    assert Authenticator.objects.filter(user=desk).count() == 2


def test_the_owner_makes_a_user_with_a_role(cast):
    roles = {role.name: role.pk for role in cast.desk.roles.all()}
    save(
        browser(cast.owner),
        reverse("admin:clinic_user_add"),
        "user_form",
        username="kiri",
        first_name="Kiri",
        roles=[roles["Front desk"]],
        password1="eleven small stones",
        password2="eleven small stones",
    )
    kiri = User.objects.get(username="kiri")
    assert (kiri.first_name, kiri.check_password("eleven small stones"), kiri.is_superuser) == ("Kiri", True, False)
    assert [role.name for role in kiri.roles.all()] == ["Front desk"]


def test_the_owner_changes_what_a_role_may(cast):
    role = cast.billing.roles.get()
    save(
        browser(cast.owner),
        reverse("admin:clinic_role_change", args=[role.pk]),
        "role_form",
        permissions=["see_money", "see_patients"],
    )
    role.refresh_from_db()
    assert sorted(role.permissions) == ["see_money", "see_patients"]


def test_a_room_twice_is_refused_in_words(cast):
    page = save(
        browser(cast.owner), reverse("admin:clinic_room_add"), "room_form", location=cast.location.pk, name="Kōwhai"
    )
    assert page.context["adminform"].form.non_field_errors() == ["This location already has a room of that name."]
    assert Room.objects.count() == 3


def test_a_password_is_changed_by_the_owner_and_written_to_no_log(cast):
    place = reverse("admin:auth_user_password_change", args=[cast.desk.pk])
    browser(cast.owner).post(place, {"password1": "nine quiet rivers", "password2": "nine quiet rivers"})
    cast.desk.refresh_from_db()
    assert cast.desk.check_password("nine quiet rivers")
