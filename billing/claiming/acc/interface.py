"""Claims by ACC's own interface: a schedule is handed over, and asked about until ACC has answered each line.

It needs the vendor's API key and digital certificate; where none is set up nothing leaves. ACC is not known to
recognise a repeated schedule, so one whose answer was lost is not sent again: it is looked for among the submissions.
"""

import json
import ssl
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from billing.claiming.acc import names
from billing.claiming.channels import Answer, Batch, NotTaken, Receipt, Refused

TIMEOUT = 30
MOST_A_SECOND = 30  # developer.acc.co.nz: per key

NOT_SET_UP = ("acc_not_set_up", "ACC's interface is not set up here. Ask whoever looks after this installation.")
AWAY = ("acc_away", "ACC does not answer just now.")
BUSY = ("acc_busy", "ACC takes no more just now.")
KEEPS_OUT = ("acc_keeps_us_out", "ACC did not let us in. Check the API key and the digital certificate.")


class AccInterface:
    honours_keys = False
    asks_every = timedelta(hours=1)

    def submit(self, batch: Batch) -> Receipt:
        schedule = names.schedule_of(batch.content, key=batch.key)
        status, said = _call("POST", names.SUBMIT, body=schedule)
        if status == 202:
            return Receipt(reference=str(said.get("documentReference", "")))
        if status == 400:
            raise Refused(*names.refusal_of(str(said.get("message", ""))))
        if status in {401, 403}:
            raise NotTaken(*KEEPS_OUT)
        if status == 404:
            raise NotTaken(*AWAY)
        if status == 429:
            raise NotTaken(*BUSY)
        raise ConnectionError(f"ACC answered {status}")  # it may have been taken in all the same

    def status(self, batch: Batch) -> Answer | None:
        """None as long as ACC knows nothing of the schedule."""
        vendor = batch.content["vendor"]["vendor_id"]
        query = urlencode({"vendorId": vendor, "invoiceNumber": batch.label})
        found = _asked(f"{names.SUBMISSIONS}?{query}").get("submissions", [])
        if not found:
            return None
        if found[-1].get("status") == names.FAILED:
            return Answer(refusal=names.refusal_of(str(found[-1].get("reason", ""))))
        if found[-1].get("status") != names.RECEIPTED:
            return Answer()
        answer = _asked(names.SCHEDULE.format(schedule=quote(batch.label)))
        return Answer(is_acknowledged=True, rows=tuple(names.rows_of(answer)))


def _asked(path: str) -> dict[str, Any]:
    """What a question is answered with; nothing is changed by asking, so whatever goes wrong may be asked again."""
    try:
        status, said = _call("GET", path)
    except (OSError, HTTPException):
        raise NotTaken(*AWAY) from None
    if status == 404:
        return {}
    if status != 200:
        raise NotTaken(*(KEEPS_OUT if status in {401, 403} else AWAY))
    return said


def _call(method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """Raises `NotTaken` as long as nothing has left, and what the line raises from then on."""
    if not settings.ACC_API_URL:
        raise NotTaken(*NOT_SET_UP)
    _wait_for_a_turn()
    line = _line()
    try:
        line.connect()
    except OSError:
        raise NotTaken(*AWAY) from None
    try:
        base = urlsplit(settings.ACC_API_URL).path
        headers = {"Content-Type": "application/json", names.KEY_HEADER: settings.ACC_API_KEY}
        line.request(method, base + path, body=json.dumps(body) if body is not None else None, headers=headers)
        response = line.getresponse()
        return response.status, _read(response)
    finally:
        line.close()


def _line() -> HTTPConnection:
    address = urlsplit(settings.ACC_API_URL)
    if address.scheme == "http":  # the replay of the tests; the settings refuse it for any other host
        return HTTPConnection(address.hostname, address.port, timeout=TIMEOUT)
    context = ssl.create_default_context()
    if settings.ACC_API_CERTIFICATE:
        context.load_cert_chain(settings.ACC_API_CERTIFICATE)
    return HTTPSConnection(address.hostname, address.port, timeout=TIMEOUT, context=context)


def _read(response: HTTPResponse) -> dict[str, Any]:
    try:
        said = json.loads(response.read(10_000_000) or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _wait_for_a_turn() -> None:
    """All workers share what ACC allows a second. Raises `NotTaken` when it is used up.

    Counted by the clock's seconds, each together with the one before: no stretch of a second holds more, wherever it
    begins.
    """
    second = int(timezone.now().timestamp())
    turn, earlier = f"acc-api:{second}", f"acc-api:{second - 1}"
    cache.add(turn, 0, timeout=5)
    if cache.incr(turn) + cache.get(earlier, 0) > MOST_A_SECOND:
        cache.decr(turn)  # who is not let through takes nobody's turn
        raise NotTaken(*BUSY)
