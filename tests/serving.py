"""A real web server on this test's database: gunicorn, started as the clinic starts it, each worker a process."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
from django.db import connection

from config.private_servers import free_port

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Served:
    """`process` is the server's first process; those that answer are its children, or itself where there are none."""

    port: int
    process: subprocess.Popen

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def process_children(self) -> list[int]:
        """The process ids of the workers that are alive."""
        return [child.pid for child in psutil.Process(self.process.pid).children() if _is_alive(child)]

    def answering(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children() or [psutil.Process(self.process.pid)]

    def cpu_seconds(self) -> float:
        """What those that answer have used so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self.answering())


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended while somebody looked
        return False


def database_url() -> str:
    """Of the database that this process is connected with."""
    database = connection.settings_dict
    user, password = quote(database["USER"], safe=""), quote(database["PASSWORD"], safe="")
    return f"postgresql://{user}:{password}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


@contextmanager
def serving(
    application: str = "config.wsgi", *, workers: int = 2, threads: int = 4, **environ: str
) -> Iterator[Served]:
    """The clinic, or another WSGI application by its import path."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command += ["--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads), "--preload"]
    command += ["--log-level", "critical", "--backlog", "4096"]
    with running(command, port, **environ) as served:
        yield served


@contextmanager
def running(command: list[str], port: int, **environ: str) -> Iterator[Served]:
    """Any server that answers on that port of this machine, until the block ends."""
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url()} | environ)
    try:
        _wait_until_it_answers(port, process)
        yield Served(port, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(port: int, process: subprocess.Popen, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with {process.returncode} before it answered"
        web = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            web.request("GET", "/health/live")
            web.getresponse().read()
            return
        web.close()
        time.sleep(0.05)
    raise AssertionError("the server did not answer in time")
