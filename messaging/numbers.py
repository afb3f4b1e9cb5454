"""Telephone numbers that a text message can go to. Pure.

People write numbers as they speak them; a provider is given one spelling. What is not certainly a mobile's number is
none: a text to a landline is paid for and read by nobody.
"""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

# Where a number without a country in front of it is dialled.
HOME = "NZ"
# In some countries, such as the United States, nobody can tell by its digits which of the two a number is.
_TAKES_TEXTS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def international(written: str) -> str:
    """`+64215550184` for `021 555 0184`, `+64 21 555 0184` or `0064 21 555 0184`; empty where no text can go."""
    # Letters would be read as the keys they stand on, and a word after the number would become part of it.
    if any(sign.isalpha() for sign in written):
        return ""
    try:
        number = phonenumbers.parse(written, HOME)
    except NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _TAKES_TEXTS:
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
