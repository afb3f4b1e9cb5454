"""The ways out of the house. Which one serves a channel, the settings say; a channel without one sends nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, kw_only=True)
class Enclosure:
    """A file that goes with a letter."""

    name: str
    content: bytes
    kind: str = "application/pdf"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message as a gateway gets it. `key` is the same for every try of the same message."""

    key: str
    recipient: str
    subject: str
    text: str
    html: str = ""
    # The text as the ledger keeps it: without a code that only the reader should know.
    kept_text: str = ""
    enclosures: tuple[Enclosure, ...] = ()


class NotTaken(Exception):
    """Certainly not handed over; another time may do. `code` says why, `wait` how long the other side asks for."""

    is_away = False

    def __init__(self, code: str, *, wait: timedelta | None = None) -> None:
        super().__init__(code)
        self.code, self.wait = code, wait


class Away(NotTaken):
    """The other side as a whole takes nothing now, so that other letters need not be tried."""

    is_away = True


class Refused(NotTaken):
    """Certainly not handed over, and asking again will not help."""


class Gateway(Protocol):
    """A worker opens it, sends some letters, closes it.

    `open` raises `Away` when the other side is away. `send` returns when the other side has the letter, raises
    `NotTaken` or `Refused` when it certainly has not; anything else it raises means that nobody knows.
    A gateway that `honours_keys` delivers a repeated `key` once, for as long as `key_life`.
    """

    honours_keys: bool
    key_life: timedelta

    def open(self) -> None: ...

    def send(self, letter: Letter) -> None: ...

    def close(self) -> None: ...


def for_channel(channel: str) -> Gateway | None:
    path = settings.MESSAGE_GATEWAYS.get(channel)
    return import_string(path)() if path else None
