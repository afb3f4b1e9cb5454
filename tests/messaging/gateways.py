"""Gateways for tests of what lies before them."""

import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

from messaging.gateways import Letter

_taken: Counter[str] = Counter()


@contextmanager
def fresh():
    """What `Keyed` was given, by key."""
    _taken.clear()
    yield _taken


class Keyed:
    """Recognises a repeat by its key for a day."""

    honours_keys = True
    key_life = timedelta(days=1)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def send(self, letter: Letter) -> None:
        _taken[letter.key] += 1


class Stuck:
    """Says where it is and stays there until its process is killed."""

    honours_keys = False
    key_life = timedelta(0)

    def _stay(self, where: str) -> None:
        sys.stdout.write(f"{where}\n")
        sys.stdout.flush()
        time.sleep(60)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def send(self, letter: Letter) -> None: ...


class StuckBefore(Stuck):
    def open(self) -> None:
        self._stay("before")


class StuckAfter(Stuck):
    def send(self, letter: Letter) -> None:
        self._stay("after")


def no_guard(messages, now, *, lock=False) -> dict[int, str]:
    return {}
