"""One clinic day over HTTP, from the first call to what ACC pays: `make demo-day` against a running `make run`.

Every run takes in somebody new, so that it can be repeated. Each step says what it got back and stops the day where
something is not as it must be.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from frontdesk.demo import steps_at_the_desk as desk
from frontdesk.demo import steps_in_the_room as room
from frontdesk.demo import steps_with_the_payer as payer
from frontdesk.demo.steps import Day
from frontdesk.demo.visitor import Unexpected

STEPS = [
    ("The front desk, a practitioner, the owner and billing sign in", desk.sign_in),
    ("The front desk registers a new patient", desk.register),
    ("... and opens their ACC case", desk.open_case),
    ("The front desk asks for free times", desk.find_slot),
    ("The owner has a rule that reminds at once", desk.switch_rule_on),
    ("The front desk books the first of them", desk.book),
    ("Somebody else wants the same time", desk.book_again),
    ("The reminder is planned, and the sweep sends it", desk.receive_reminder),
    ("The patient opens the link and presses the button", desk.confirm),
    ("The patient comes", room.arrive),
    ("The practitioner writes down the treatment", room.chart),
    ("... miscounts, counts again and signs", room.sign),
    ("What is signed stays, and the front desk does not read it", room.try_to_change),
    ("The front desk bills ACC and the patient", room.bill),
    ("A worker draws the treatment schedule and both invoices", room.print_papers),
    ("Billing claims the visit from ACC, once", payer.claim),
    ("ACC pays, and the invoice is settled", payer.reconcile),
    ("There was one letter, and only one", desk.count_letters),
]


def run(day: Day, *, say: Callable[[str], None] = print) -> None:
    """Raises `Unexpected`, or an error of httpx when the clinic is away."""
    for number, (title, step) in enumerate(STEPS, 1):
        say(f"{number:>2}. {title}")
        began = time.monotonic()
        for line in step(day):
            say(f"      {line}")
        if (took := time.monotonic() - began) > 3:
            say(f"      (that took {took:.0f} seconds)")


def running(var: Path) -> dict[str, str]:
    """What the clinic that runs on that folder has told the next shell; nothing where none runs."""
    path = var / "run" / "clinic.env"
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo-day", description=__doc__.splitlines()[0])
    parser.add_argument("--var", type=Path, default=Path("var"), help="the folder of `make run` (default: var)")
    parser.add_argument("--url", help="where the clinic is (default: as it runs on that folder, else PORT)")
    parser.add_argument("--mailbox", type=Path, help="the Maildir it sends to (default: mail, in that folder)")
    options = parser.parse_args()
    told = running(options.var)
    url = options.url or told.get("PUBLIC_URL") or f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
    password = told.get("DEMO_PASSWORD") or os.environ.get("DEMO_PASSWORD", "")
    began = time.monotonic()
    try:
        run(Day(url, password=password, mailbox=options.mailbox or options.var / "mail"))
    except Unexpected as reason:
        print(f"The day stopped: {reason}", file=sys.stderr)
        return 1
    except httpx.TransportError as reason:
        print(f"The day stopped: {url} does not answer ({reason}). Is `make run` running?", file=sys.stderr)
        return 1
    print(f"A whole day in {time.monotonic() - began:.0f} seconds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
