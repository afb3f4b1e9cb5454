import pytest

from clinic import reference
from clinic.models import Role
from clinic.permissions import FIRST_ROLES, STAFF_PERMISSIONS, Permission

pytestmark = pytest.mark.django_db


def test_a_new_practice_begins_with_the_five_roles():
    reference.ensure()
    held = {role.name: frozenset(role.permissions) for role in Role.objects.all()}
    assert held == {
        name: frozenset(str(permission) for permission in permissions) for name, permissions in FIRST_ROLES.items()
    }
    assert list(held) == ["Billing", "Front desk", "Owner", "Patient", "Practitioner"]


def test_the_front_desk_and_billing_begin_without_the_notes_and_the_owner_with_everything_of_staff():
    reference.ensure()
    readers = Role.objects.filter(permissions__contains=[Permission.READ_NOTES])
    assert sorted(readers.values_list("name", flat=True)) == ["Owner", "Practitioner"]
    assert frozenset(Role.objects.get(name="Owner").permissions) == STAFF_PERMISSIONS


def test_what_the_owner_made_of_the_roles_stays():
    reference.ensure()
    Role.objects.filter(name="Front desk").update(name="Reception", permissions=[Permission.SEE_BOOK])
    Role.objects.filter(name="Billing").delete()
    before = list(Role.objects.values())
    reference.ensure()
    assert list(Role.objects.values()) == before
