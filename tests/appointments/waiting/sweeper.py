"""A sweep of its own process: `python -m tests.appointments.waiting.sweeper MOMENT PLACE` sweeps the waiting list and
stops for good at that place of its first offer: before its message is planned, or after it."""

import sys
import time
from datetime import datetime

import django

django.setup()

from appointments.waiting import offering, telling  # noqa: E402


def main() -> None:
    moment, place = sys.argv[1:]
    plan_for = telling.plan_for

    def stop() -> None:
        print(place, flush=True)
        time.sleep(60)

    def stuck(*args, **kwargs) -> None:
        if place == "before":
            stop()
        plan_for(*args, **kwargs)
        stop()

    telling.plan_for = stuck
    offering.sweep(now=datetime.fromisoformat(moment))


if __name__ == "__main__":
    main()
