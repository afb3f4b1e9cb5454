"""The link in a reminder: signed, for one appointment at one time, and of no use once that time has come.

It holds no name. Who has the link can say that they will come, or cancel or ask to, as the practice wants it.
"""

from datetime import UTC, datetime

from django.conf import settings
from django.core import signing

from appointments.models import Appointment
from clinic.errors import Refusal

# A full stop instead of Django's colon: mail programs take a colon for the end of an address.
_signer = signing.Signer(salt="appointments.links", sep=".")


class NoSuchLink(Refusal):
    """Not one of ours, or cut short on its way."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "link_unknown", "This link is not complete. Open it from the message again, or give us a call."
        )


def token_for(appointment: Appointment) -> str:
    return _signer.sign_object([appointment.pk, int(appointment.starts_at.timestamp())])


def address_for(appointment: Appointment) -> str:
    return f"{settings.PUBLIC_URL}/r/{token_for(appointment)}/"


def read(token: str) -> tuple[int, datetime]:
    """The appointment's id and the start the link was made for. Raises `NoSuchLink`."""
    try:
        appointment_id, seconds = _signer.unsign_object(token)
        return appointment_id, datetime.fromtimestamp(seconds, tz=UTC)
    except (signing.BadSignature, ValueError, TypeError):
        raise NoSuchLink from None
