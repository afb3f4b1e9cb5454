"""A stand-in for ACC's invoice interface: it answers over HTTP what ACC is documented to answer, and pays nothing.

For tests, and for trying a clinic out: `python -m billing.claiming.acc.replay 8099`, and `ACC_API_URL` set to it. It
holds what it was sent in memory. What it answers a schedule with can be set beforehand, as can what it will say of a
line later on.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from billing.claiming.acc import names

MOST_LINES = 200
MOST_A_SECOND = 30
LONGEST_ORDER = 12


class Replay(ThreadingHTTPServer):
    """`received` are the schedules taken in, by number, each as often as it came. `inactive` are providers that ACC
    does not pay, `services` the codes it knows (none: all). `before_answer` is called when a schedule is taken in and
    before anybody is told."""

    daemon_threads = True

    def __init__(self, port: int = 0, *, key: str = "") -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.key = key
        self.received: dict[str, list[dict[str, Any]]] = {}
        self.inactive: set[str] = set()
        self.services: set[str] = set()
        self.forced: int | None = None
        self.failed: dict[str, str] = {}
        self.said: dict[tuple[str, int], dict[str, Any]] = {}
        self.before_answer: Callable[[], None] = lambda: None
        self.calls: list[float] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def pay(self, schedule: str, line: int, awarded: str, *, reference: str, paid_on: date) -> None:
        self.say(schedule, line, "Paid", awardedAmount=awarded, paymentReference=reference, paymentDate=str(paid_on))

    def say(self, schedule: str, line: int, status: str, **said: Any) -> None:
        """What the payment query will say of a line from now on."""
        self.said[schedule, line] = {"lineId": line, "paymentStatus": status} | said

    def is_too_often(self) -> bool:
        with self.lock:
            now = time.monotonic()
            self.calls = [at for at in self.calls if now - at < 1] + [now]
            return len(self.calls) > MOST_A_SECOND

    def refusal(self, schedule: dict[str, Any]) -> str:
        lines = schedule["lines"]
        if any(line["provider"]["providerId"] in self.inactive for line in lines):
            return "PROVIDER NOT CURRENTLY ACTIVE"
        if self.services and any(line["serviceItemCode"] not in self.services for line in lines):
            return "INVALID SERVICE CODE, SERVICE DATE OR CONTRACT"
        if any(not line["medicalFeesNumber"].isalnum() or len(line["medicalFeesNumber"]) > 12 for line in lines):
            return "CLAIM NUMBERS SHOULD BE NO MORE THAN 12 CHARACTERS, ONLY LETTERS AND NUMBERS"
        if any(len(line["purchaseOrderNumber"]) > LONGEST_ORDER for line in lines):
            return "PO NUMBER IS TOO LONG, OR HAS DISALLOWED CHARACTERS"
        return ""


class _Handler(BaseHTTPRequestHandler):
    server: Replay

    def log_message(self, *args: Any) -> None: ...

    def do_POST(self) -> None:
        schedule = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if (status := self._kept_out()) is not None:
            return self._answer(status, {})
        if len(schedule["lines"]) > MOST_LINES:
            return self._answer(500, {})
        if refusal := self.server.refusal(schedule):
            return self._answer(400, {"message": refusal})
        number = schedule["schedule"]["scheduleNumber"]
        self.server.received.setdefault(number, []).append(schedule)
        self.server.before_answer()
        return self._answer(202, {"documentReference": f"R{len(self.server.received):06}"})

    def do_GET(self) -> None:
        if (status := self._kept_out()) is not None:
            return self._answer(status, {})
        address = urlsplit(self.path)
        if address.path == names.SUBMISSIONS:
            number = parse_qs(address.query)["invoiceNumber"][0]
            reason = self.server.failed.get(number, "")
            found = {"status": names.FAILED if reason else names.RECEIPTED, "reason": reason}
            return self._answer(200, {"submissions": [found] if number in self.server.received else []})
        number = address.path.rpartition("/")[2]
        if number not in self.server.received:
            return self._answer(404, {})
        lines = [said for (schedule, _), said in sorted(self.server.said.items()) if schedule == number]
        return self._answer(200, {"lines": lines})

    def _kept_out(self) -> int | None:
        if self.server.forced is not None:
            return self.server.forced
        if self.server.key and self.headers.get(names.KEY_HEADER) != self.server.key:
            return 401
        return 429 if self.server.is_too_often() else None

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    with Replay(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as server:
        sys.stdout.write(f"ACC's stand-in listens at {server.url}\n")
        server.serve_forever()
