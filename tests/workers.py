"""Real Celery workers, each a process of its own, on this test's database and this run's queue."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from config.celery import app

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def working(*names: str) -> Iterator[list[subprocess.Popen]]:
    """Workers of these names, with one process each. What they leave in the queue is thrown away."""
    database = connection.settings_dict
    user, password = quote(database["USER"], safe=""), quote(database["PASSWORD"], safe="")
    address = f"postgresql://{user}:{password}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--pool", "solo"]
    workers = [
        subprocess.Popen(
            [*command, "--hostname", f"{name}@%h"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": address},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name in names
    ]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(10)
        app.control.purge()
