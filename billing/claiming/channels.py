"""The ways by which claims reach payers. `settings.CLAIM_CHANNELS` says which adapter serves a payer's channel.

An adapter gets a claim as plain values and says what became of it. It never decides what that means for the clinic.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A submitted claim. `key` is the same for every try; `content` is its `particulars`."""

    claim: int
    key: str
    label: str
    reference: str
    content: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The other side has it: under which reference, and whether it has also been checked and taken in."""

    reference: str = ""
    is_acknowledged: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a claim stands with the payer. With `refusal`, as a code and a sentence, it was not taken in at all. `rows`
    are what it says of lines, as `remittance_rows` reads them."""

    is_acknowledged: bool = False
    refusal: tuple[str, str] | None = None
    rows: tuple[dict[str, Any], ...] = ()


class NotTaken(Exception):
    """Certainly not handed over; another time may do. `code` is stable, `detail` a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class Refused(NotTaken):
    """Certainly not handed over, and asking again will not help: something has to be put right first."""


class ClaimChannel(Protocol):
    """`submit` returns once the other side has the claim, raises `NotTaken` or `Refused` when it certainly has not;
    anything else it raises means that nobody knows. A channel that `honours_keys` takes a repeated `key` once.

    `status` asks what became of it; None where this way knows no answers. It raises `NotTaken` as well.
    `asks_every` is how often that is worth asking.
    """

    honours_keys: bool
    asks_every: timedelta | None

    def submit(self, batch: Batch) -> Receipt: ...

    def status(self, batch: Batch) -> Answer | None: ...


def named(channel: str) -> ClaimChannel | None:
    path = settings.CLAIM_CHANNELS.get(channel)
    return import_string(path)() if path else None
