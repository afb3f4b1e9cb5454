"""The National Provider Identifier of US health care: ten digits, the first 1 or 2, the last a check digit.

The check digit is Luhn's (ISO/IEC 7812) over 80840, the prefix of health in the US, and the number: every second digit
counts double, and the prefix adds 24 to the sum. A clinic elsewhere has a number only where it enrolled.
"""

import re

FORMAT = r"^[12][0-9]{9}$"
PREFIX_SUM = 24


def is_form(number: str) -> bool:
    return re.fullmatch(FORMAT, number) is not None


def is_valid(number: str) -> bool:
    """Whether ten ASCII digits without spaces are a possible NPI."""
    if not is_form(number):
        return False
    digits = [int(digit) for digit in number]
    doubled = sum(2 * digit - 9 * (digit > 4) for digit in digits[::2])
    return (PREFIX_SUM + doubled + sum(digits[1::2])) % 10 == 0
