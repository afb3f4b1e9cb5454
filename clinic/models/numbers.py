"""Check digits that the database computes itself, so that no door lets a wrong number in."""

from functools import reduce
from operator import add

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, IntegerField, Q, Value
from django.db.models.functions import Mod, StrIndex, Substr
from django.db.models.lookups import Exact

from clinic import npi

NPI_INVALID = {"code": "npi_invalid", "message": "The check digit of this NPI is wrong. Compare it once more."}


def possible_npi(number: str) -> None:
    """The check digit only: a wrong form is for the constraint beside it to name."""
    if npi.is_form(number) and not npi.is_valid(number):
        raise ValidationError(NPI_INVALID["message"], code=NPI_INVALID["code"])


def npi_constraints(table: str) -> list[CheckConstraint]:
    """That the field `npi` is empty or a possible number. The names sort so that the form is looked at first."""
    return [
        CheckConstraint(
            condition=Q(npi="") | Q(npi__regex=npi.FORMAT),
            name=f"{table}_npi_form",
            violation_error_code="npi_malformed",
            violation_error_message="An NPI has ten digits and begins with 1 or 2.",
        ),
        CheckConstraint(
            condition=~Q(npi__regex=npi.FORMAT) | Q(_check_digit_fits("npi")),
            name=f"{table}_npi_luhn",
            violation_error_code=NPI_INVALID["code"],
            violation_error_message=NPI_INVALID["message"],
        ),
    ]


def _check_digit_fits(field: str) -> Exact:
    """Luhn without a cast, which would fail on letters: a digit is worth its place in a row of ten."""
    doubled, plain = "0516273849", "0123456789"
    places = [
        StrIndex(Value(doubled if place % 2 else plain), Substr(field, place, 1), output_field=IntegerField())
        for place in range(1, 11)
    ]
    # Places count from 1, so ten of them are 10 too much.
    return Exact(Mod(reduce(add, places) + Value(npi.PREFIX_SUM - 10), Value(10)), Value(0))
