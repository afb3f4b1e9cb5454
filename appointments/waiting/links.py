"""The link in an offer: signed, for one offer, and of no use once it is answered or over.

It holds no name. Who has the link can do two things: take the time, or pass it on to the next who waits.
"""

from django.conf import settings
from django.core import signing

from appointments.links import NoSuchLink
from appointments.models import WaitlistOffer

# A full stop instead of Django's colon: mail programs take a colon for the end of an address.
_signer = signing.Signer(salt="appointments.waiting.links", sep=".")


def token_for(offer: WaitlistOffer) -> str:
    return _signer.sign_object([offer.pk])


def address_for(offer: WaitlistOffer) -> str:
    return f"{settings.PUBLIC_URL}/w/{token_for(offer)}/"


def read(token: str) -> int:
    """The offer's id. Raises `NoSuchLink`."""
    try:
        [offer_id] = _signer.unsign_object(token)
        return int(offer_id)
    except (signing.BadSignature, ValueError, TypeError):
        raise NoSuchLink from None
