"""Text messages through TNZ, a provider in New Zealand, by its plain HTTPS interface.

What is documented there, and where (copies of its pages, read on 22 November 2026 NZDT):

- `www.tnz.co.nz/docs/HTTPSAPI`, last updated 1 July 2024: a form with `Sender`, `Token`, `Number` and `Message` is
  posted; the answers are 200 with `Result` Success and a `MessageID`, 400 and 401 with `Result` Failed and an
  `ErrorMessage`, and 500. Success says that the request was accepted, not that the text arrived. Each request makes a
  text of its own.
- `help.tnz.co.nz/help/tnz-api-errors`: the sentences of refusals. Whether the account is right is looked at after the
  request was accepted; what fails then is told by e-mail to the person who looks after the account, and not here.
- `help.tnz.co.nz/help/sending-long-sms-messages-multi-part-slash-concatenation`: 160 signs, 153 in each of several
  parts, 67 where one sign is outside of GSM's alphabet, macrons among them; new accounts cut after three parts.
- `www.tnz.co.nz/Help/platform-throughput-and-message-processing-speed`: no limit of requests; what is too much waits.

Not found: a key of ours by which a repeat would be recognised, so a text whose answer was lost is not sent again by
itself; 429, 503 and `Retry-After`, which are understood as HTTP means them; the international spelling for this
address, which is that of the provider's other interface.
"""

import json
import ssl
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from messaging.gateways import Away, Letter, Refused
from messaging.numbers import international
from messaging.parts import plain
from messaging.reasons import Reason

MOST_READ = 100_000
# What a refusal says when it is the house's own account that is not let in, and when it is their side that broke.
OURS = ("sender", "apikey", "token", "unauthorized")
THEIRS = ("error occurred",)


class TnzGateway:
    """Each text has a line of its own, so that what happens to one says nothing of another."""

    honours_keys = False
    key_life = timedelta(0)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def send(self, letter: Letter) -> None:
        number = international(letter.recipient)
        if not number:
            raise Refused(Reason.NO_MOBILE)
        form = {
            "Sender": settings.SMS_SENDER,
            "Token": settings.SMS_TOKEN,
            "Number": number,
            "Message": plain(letter.text.strip()),
        }
        status, wait, said = _posted(urlencode(form).encode())
        _judge(status, wait, said)


def _posted(body: bytes) -> tuple[int, timedelta | None, dict[str, str]]:
    """Status, how long to wait, and what the answer says. Raises `Away` as long as no text has left, and from then on
    what the line raises, which quotes neither number nor text."""
    line = _line()
    try:
        address = urlsplit(settings.SMS_URL)
        try:
            line.connect()
            line.putrequest("POST", address.path or "/", skip_accept_encoding=True)
            line.putheader("Content-Type", "application/x-www-form-urlencoded")
            line.putheader("Content-Length", str(len(body)))
            line.endheaders()
        except OSError:
            raise Away(Reason.AWAY) from None
        line.send(body)
        response = line.getresponse()
        return response.status, _wait(response), _read(response)
    finally:
        line.close()


def _line() -> HTTPConnection:
    address = urlsplit(settings.SMS_URL)
    if address.scheme == "http":  # a stand-in on this machine; the settings refuse it for any other host
        return HTTPConnection(address.hostname, address.port, timeout=settings.SMS_TIMEOUT)
    return HTTPSConnection(
        address.hostname, address.port, timeout=settings.SMS_TIMEOUT, context=ssl.create_default_context()
    )


def _wait(response: HTTPResponse) -> timedelta | None:
    """`Retry-After` in seconds; a date, or anything else, counts as not said."""
    said = (response.headers.get("Retry-After") or "").strip()
    return timedelta(seconds=int(said)) if said.isascii() and said.isdigit() and len(said) < 6 else None


def _read(response: HTTPResponse) -> dict[str, str]:
    """What an answer of success leaves unsaid is not known; a refusal counts by its status alone."""
    said = None
    try:
        with suppress(ValueError):
            said = json.loads(response.read(MOST_READ))
    except (OSError, HTTPException):
        if _may_be_taken(response.status):
            raise
    return {key: str(value) for key, value in said.items()} if isinstance(said, dict) else {}


def _judge(status: int, wait: timedelta | None, said: dict[str, str]) -> None:
    """Returns where the text was taken. Raises what it means where it certainly was not, and `ConnectionError`
    where nobody knows."""
    result, why = said.get("Result", ""), said.get("ErrorMessage", "").lower()
    if _may_be_taken(status) and result == "Success":
        return
    if status in {429, 503}:
        raise Away(Reason.BUSY, wait=wait)
    if status >= 500 or (_may_be_taken(status) and result != "Failed") or any(word in why for word in THEIRS):
        raise ConnectionError(f"answered {status}")
    if (status == 400 or _may_be_taken(status)) and not any(word in why for word in OURS):
        raise Refused(Reason.REFUSED)
    # The account, or the address of the provider: somebody has to set it right, and then every text can go.
    raise Away(Reason.AWAY)


def _may_be_taken(status: int) -> bool:
    return 200 <= status < 300
