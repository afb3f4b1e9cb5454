"""National Health Index numbers, HISO 10046:2025: AAANNNC (check modulus 11) and, issued since 1 July 2026, AAANNAX
(check modulus 23; the modulus 24 of older code is wrong). Numbers in the Z range are for testing."""

import re

import nhi

FORMAT = r"^([A-HJ-NP-Z]{3}[0-9]{4}|[A-HJ-NP-Z]{3}[0-9]{2}[A-HJ-NP-Z]{2})$"


def normalised(text: str) -> str:
    """Upper case, without the spaces and hyphens people write."""
    return "".join(text.split()).replace("-", "").upper()


def is_valid(number: str, *, allow_test_values: bool) -> bool:
    """Whether a normalised number has a known format and the right check character.

    The format is ours to check: the library also takes small letters and the digits of every script."""
    return re.fullmatch(FORMAT, number) is not None and nhi.is_nhi(number, allow_test_values=allow_test_values)
