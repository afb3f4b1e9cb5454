"""The link to pay one invoice: signed, for that invoice only, and of no use after its last day."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing

from billing.models import Invoice
from clinic.errors import Refusal

# Long enough for whoever pays at the end of a month, and asks once more.
HOLDS = timedelta(days=60)
# A full stop instead of Django's colon: mail programs take a colon for the end of an address.
_signer = signing.Signer(salt="billing.links", sep=".")


class NoSuchLink(Refusal):
    """Not one of ours, or cut short on its way."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "link_unknown", "This link is not complete. Open it from the message again, or give us a call."
        )


def token_for(invoice: Invoice, *, now: datetime) -> str:
    return _signer.sign_object([invoice.pk, int((now + HOLDS).timestamp())])


def address_for(invoice: Invoice, *, now: datetime) -> str:
    return f"{settings.PUBLIC_URL}/pay/{token_for(invoice, now=now)}/"


def read(token: str) -> tuple[int, datetime]:
    """The invoice's id and the moment the link ends. Raises `NoSuchLink`."""
    try:
        invoice_id, seconds = _signer.unsign_object(token)
        return invoice_id, datetime.fromtimestamp(seconds, tz=UTC)
    except (signing.BadSignature, ValueError, TypeError):
        raise NoSuchLink from None
