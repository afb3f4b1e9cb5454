"""What an ACC claim number looks like.

ACC45: seven characters in one of four patterns, as ACC publishes them in its FHIR guide (acc-fhir-publisher/icp,
invariant acc-claim-number, 7 March 2024). ACC's general APIs take 1 to 12 letters and digits
(developer.acc.co.nz, change-of-diagnosis). Older claims have eleven characters.
"""

import re
import string

ACC45 = re.compile(r"[A-Z][0-9]{6}|[A-Z]{2}[0-9]{5}|[0-9]{4}[A-Z]{3}|[0-9]{5}[A-Z]{2}")
EOS = re.compile(r"[0-9]{11}|[A-Z][0-9]{10}")
ANY = r"^[A-Z0-9]{1,12}$"


# Spaces and every dash, as copied from a letter. Only plain letters are capitalised: ß would become SS.
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_CAPITALS = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)


def normalised(text: str) -> str:
    return _BETWEEN.sub("", text).translate(_CAPITALS)


def is_acc45(number: str) -> bool:
    return ACC45.fullmatch(number) is not None


def is_well_formed(number: str) -> bool:
    """Either of the two formats whose shape is known. Another number may be right, but a person must look at it."""
    return is_acc45(number) or EOS.fullmatch(number) is not None
