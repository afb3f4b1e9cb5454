"""What a provider of payment links has to offer. Cards are typed at the provider's, never here.

`settings.PAYMENT_LINKS` names an adapter for each word that `PAYMENT_LINK` may be; with none, links show how to pay by
bank. A callback is believed only as far as its signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from clinic.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one attempt to pay. `transaction` is the provider's own name for it, the same in every callback
    about it; `reference` what `create` was given."""

    transaction: str
    reference: str
    amount: Decimal
    is_paid: bool


class NotGenuine(Refusal):
    """A callback that nobody of the provider's has signed."""

    status = 400

    def __init__(self) -> None:
        super().__init__("callback_not_genuine", "This message does not come from the provider.")


class Links(Protocol):
    def create(self, *, amount: Decimal, reference: str, return_url: str) -> str:
        """Opens an attempt to pay and answers with the address at which the payer goes on."""

    def verify(self, *, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """What a callback says. Raises `NotGenuine` where its signature does not hold."""


def adapter(name: str) -> Links | None:
    """The adapter in use, if it goes by that name."""
    if not name or name != settings.PAYMENT_LINK:
        return None
    return import_string(settings.PAYMENT_LINKS[name])()


def adapter_in_use() -> Links | None:
    return adapter(settings.PAYMENT_LINK)
