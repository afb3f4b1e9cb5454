"""What an ACC claim number looks like.

ACC45: seven characters in one of four patterns, as ACC publishes them in its FHIR guide (acc-fhir-publisher/icp,
invariant acc-claim-number, 7 March 2024). ACC's general APIs take 1 to 12 letters and digits
(developer.acc.co.nz, change-of-diagnosis). Older claims have eleven characters.
"""

import re

ACC45 = re.compile(r"[A-Z][0-9]{6}|[A-Z]{2}[0-9]{5}|[0-9]{4}[A-Z]{3}|[0-9]{5}[A-Z]{2}")
EOS = re.compile(r"[0-9]{11}|[A-Z][0-9]{10}")
ANY = r"^[A-Z0-9]{1,12}$"


def normalised(text: str) -> str:
    return "".join(text.split()).replace("-", "").upper()


def is_acc45(number: str) -> bool:
    return ACC45.fullmatch(number) is not None


def is_well_formed(number: str) -> bool:
    """Either of the two formats whose shape is known. Another number may be right, but a person must look at it."""
    return is_acc45(number) or EOS.fullmatch(number) is not None
