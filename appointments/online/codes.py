"""Tokens and codes of online bookings: reckoned, compared in constant time, and kept nowhere."""

import hashlib
import hmac
import secrets

from django.utils.crypto import salted_hmac

DIGITS = 6
_CODE, _ASKER = "appointments.online.code", "appointments.online.asker"


def new_token() -> str:
    """For an address: 256 bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def asker_of(address: str) -> str:
    """A network address as it is kept: good for counting, and of no use to whoever reads the table."""
    return salted_hmac(_ASKER, address, algorithm="sha256").hexdigest()


def code_for(token_digest: str) -> str:
    """Six digits that only the secret key can tell from the row. Good for this one booking."""
    number = int.from_bytes(salted_hmac(_CODE, token_digest, algorithm="sha256").digest()[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}}"


def is_right(code: str, token_digest: str) -> bool:
    """Spaces are how people copy a code."""
    return hmac.compare_digest("".join(code.split()).encode(), code_for(token_digest).encode())
