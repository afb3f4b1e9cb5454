"""Many at once: real threads, each with a connection of its own, let go at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def at_once(acts: list[Callable[[], Any]], *, together: int | None = None) -> list[Any]:
    """What each act returned, or the exception it raised. `together` of them run at a time; all, if not said."""
    size = min(together or len(acts), len(acts))
    start = threading.Barrier(size)
    waiting = threading.local()

    def run(act: Callable[[], Any]) -> Any:
        if not getattr(waiting, "over", False):
            waiting.over = True
            start.wait(timeout=30)
        try:
            return act()
        except Exception as error:  # what became of it is the test's to judge
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(run, acts))
