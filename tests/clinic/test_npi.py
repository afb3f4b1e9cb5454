"""National Provider Identifiers: the check digit, in Python and in the database alike."""

import itertools

import pytest
from django.db import IntegrityError, connection, transaction

from clinic import npi
from clinic.errors import refusal_for
from clinic.models import Practice, Practitioner
from tests.cast import api, make_practitioner


def luhn(digits: str) -> bool:
    """Luhn as ISO/IEC 7812 writes it, from the right, over the whole number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total % 10 == 0


NUMBERS = [f"{first}{body:08}{check}" for first in (1, 2) for body in (0, 23456789, 99999999) for check in range(10)]


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("1234567893", True),
        ("1234567890", False),
        ("2234567891", luhn("808402234567891")),
        ("3234567899", False),
        ("123456789", False),
        ("12345678933", False),
        ("123456789a", False),
        ("１２３４５６７８９３", False),
        ("1234567893\n", False),
        ("", False),
    ],
)
def test_a_number_is_valid_by_its_form_and_its_check_digit(number, valid):
    assert npi.is_valid(number) is valid


def test_every_check_digit_agrees_with_luhn_over_the_prefix_and_the_number():
    assert [npi.is_valid(number) for number in NUMBERS] == [luhn(f"80840{number}") for number in NUMBERS]


def test_of_ten_check_digits_one_is_right():
    for _, group in itertools.groupby(NUMBERS, key=lambda number: number[:9]):
        assert sum(map(npi.is_valid, group)) == 1


@pytest.mark.django_db
def test_the_database_computes_the_same_check_digit(cast):
    def takes(number: str) -> bool:
        try:
            with transaction.atomic():
                Practitioner.objects.filter(pk=cast.mere.pk).update(npi=number)
        except IntegrityError:
            return False
        return True

    assert [takes(number) for number in NUMBERS] == [npi.is_valid(number) for number in NUMBERS]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "number", "code"),
    [
        ("clinic_practitioner", "1234567890", "npi_invalid"),
        ("clinic_practice", "1234567890", "npi_invalid"),
        ("clinic_practitioner", "123", "npi_malformed"),
        ("clinic_practice", "abcdefghij", "npi_malformed"),
    ],
)
def test_raw_sql_cannot_write_a_wrong_number(cast, table, number, code):
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET npi = %s", [number])
    assert refusal_for(caught.value).code == code


@pytest.mark.django_db
def test_a_wrong_number_is_refused_over_the_api_with_one_code(cast):
    client = api(cast.owner)
    row = client.get(f"/api/v1/practitioners/{cast.mere.pk}/")
    answer = client.patch(f"/api/v1/practitioners/{cast.mere.pk}/", {"npi": "1234567890"}, format="json")
    assert (row.status_code, answer.status_code) == (200, 400)
    assert [(entry["field"], entry["code"]) for entry in answer.json()["errors"]] == [("npi", "npi_invalid")]
    taken = client.patch(f"/api/v1/practitioners/{cast.mere.pk}/", {"npi": "1234567893"}, format="json")
    assert (taken.status_code, taken.json()["npi"]) == (200, "1234567893")


@pytest.mark.django_db
def test_a_clinic_outside_the_us_has_none_of_its_numbers(cast):
    assert (cast.practice.npi, cast.practice.tax_id, cast.practice.tax_id_kind) == ("", "", "")
    assert make_practitioner("Lì Wěi").npi == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"tax_id": "12-345678", "tax_id_kind": "ein"}, "tax_id_malformed"),
        ({"tax_id": "12-34567AB", "tax_id_kind": "ein"}, "tax_id_malformed"),
        ({"tax_id": "12-3456789", "tax_id_kind": ""}, "tax_id_kind_missing"),
        ({"tax_id": "", "tax_id_kind": "ssn"}, "tax_id_kind_missing"),
    ],
)
def test_a_tax_id_of_the_wrong_form_or_without_its_kind_is_refused(cast, fields, code):
    with pytest.raises(IntegrityError) as caught:
        Practice.objects.update(**fields)
    assert refusal_for(caught.value).code == code


@pytest.mark.django_db
def test_a_tax_id_is_kept_without_its_hyphen(cast):
    practice = cast.practice
    practice.tax_id, practice.tax_id_kind = "12-3456789", "ein"
    practice.full_clean()
    practice.save()
    assert Practice.objects.get().tax_id == "123456789"
    assert api(cast.desk).get("/api/v1/practice/").json()["tax_id_kind"] == "ein"
