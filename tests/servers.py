"""A PostgreSQL and a Valkey for this test run alone, there before Django's settings are read (`-p tests.servers`).

Their data lie in a temporary folder that is locked while the run lives, so that runs do not meet, and that the next
run removes where this one was killed. The servers themselves end with this process, however it ends.
"""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.private_servers import PrivatePostgres, PrivateValkey

PREFIX = "needlebook-tests-"


def _remove_abandoned() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            with (folder / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - folder.stat().st_mtime > 60:  # younger ones may be about to be locked
                    PrivatePostgres(folder).remove()
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Runs around pytest-django's hook of this name, which reads the settings."""
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711)
    lock = (folder / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    postgres, valkey = PrivatePostgres(folder, for_tests=True), PrivateValkey(folder, for_tests=True)

    def remove() -> None:
        valkey.stop()
        postgres.remove()
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()

    early_config.add_cleanup(remove)
    # `kill` then unwinds as Ctrl-C does, and the servers are stopped in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    postgres.start()
    valkey.start()
    (folder / "media").mkdir()
    (folder / "static").mkdir()
    os.environ.update(
        DATABASE_URL=postgres.url,
        REDIS_URL=valkey.url,
        EMAIL_URL="smtp://127.0.0.1:1",
        SECRET_KEY="a key for the tests, which protects nothing",
        PUBLIC_URL="http://127.0.0.1:8000",
        MEDIA_ROOT=str(folder / "media"),
        STATIC_ROOT=str(folder / "static"),
        DEBUG="false",
        SECURE_COOKIES="false",
        ALLOW_TEST_NHI="true",
    )
    yield
