"""The link in a question: signed, for one request, and of no use once that is answered, taken back or expired.

It holds no name. Who has the link can do one thing: answer this one question, once.
"""

from django.conf import settings
from django.core import signing

from clinic.errors import Refusal
from treatments.models import OutcomeRequest

# A full stop instead of Django's colon: mail programs take a colon for the end of an address.
_signer = signing.Signer(salt="treatments.links", sep=".")


class NoSuchLink(Refusal):
    """Not one of ours, or cut short on its way."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "link_unknown", "This link is not complete. Open it from the message again, or give us a call."
        )


def token_for(request: OutcomeRequest) -> str:
    return _signer.sign_object([request.pk])


def address_for(request: OutcomeRequest) -> str:
    return f"{settings.PUBLIC_URL}/o/{token_for(request)}/"


def read(token: str) -> int:
    """The request's id. Raises `NoSuchLink`."""
    try:
        [request_id] = _signer.unsign_object(token)
        return int(request_id)
    except (signing.BadSignature, ValueError, TypeError):
        raise NoSuchLink from None
