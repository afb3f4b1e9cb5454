"""Which processes live off a folder: the only honest answer to "is anything left running?"."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil


def living(folder: Path) -> list[str]:
    """The processes that name `folder` in their command, work in it or were given it in their environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid == psutil.Process().pid or process.status() == psutil.STATUS_ZOMBIE:
                continue
            traces = [*process.cmdline(), process.cwd(), *process.environ().values()]
            if any(str(folder) in trace for trace in traces):
                found.append(f"{process.pid} {' '.join(process.cmdline())}")
    return found


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition()` came true within that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return condition()
