"""`make run`: the whole clinic as one command, for a laptop, a try-out or a test.

It starts a private PostgreSQL, Valkey and mailbox, prepares the database, then runs web, worker and beat, restarts
what dies and stops everything when it is asked to, or when it dies itself. A clinic in earnest runs the same
processes under its own service manager or Compose.
"""

import argparse
import fcntl
import http.client
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from config.private_servers import PrivatePostgres, PrivateValkey, ServerError, free_port
from config.processes import Child

ROOT = Path(__file__).resolve().parent.parent
USERS = ("owner", "desk", "billing", "practitioner", "practitioner2")
SETTLED = 15.0  # seconds after which a child counts as started
ATTEMPTS = 5
CANNOT = "Needlebook cannot start: "


class CannotRun(Exception):
    """The clinic cannot start or go on; the message is one sentence for the person at the keyboard."""


def say(text: str, name: str = "needlebook") -> None:
    with suppress(OSError):  # nobody may be reading any more, and that must stop nothing
        sys.stdout.write(f"{name:<10} | {text}\n")
        sys.stdout.flush()


def say_line(name: str, line: str) -> None:
    if not line.startswith(CANNOT):  # said once, at the end
        say(line, name)


def read_port(environ: Mapping[str, str]) -> int:
    value = environ.get("PORT") or "8000"
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise CannotRun(f"the environment variable PORT must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotRun(f"port {port} is reserved to the system; choose another: PORT=8001 make run.") from None
        except OSError:
            raise CannotRun(f"port {port} is taken; end what uses it or choose another: PORT=8001 make run.") from None


@contextmanager
def alone_on(var: Path) -> Iterator[None]:
    """Hold the folder `var`. The system lets go of the lock when this process ends, in whatever way."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / "supervisor.lock").open("a+")
    except OSError as error:
        raise CannotRun(f"the folder {var} cannot be written to ({error.strerror}).") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise CannotRun(f"it already runs on the folder {var} (process {lock.read().strip()}).") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def write_private(path: Path, values: Mapping[str, str]) -> None:
    """Write `NAME=value` lines for the owner's eyes only."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())


def kept_secrets(path: Path) -> dict[str, str]:
    """The secrets made on the first run, so that sessions and passwords outlive a restart."""
    lines = path.read_text().splitlines() if path.exists() else []
    kept = dict(line.split("=", 1) for line in lines if "=" in line)
    whole = {"SECRET_KEY": secrets.token_urlsafe(48), "DEMO_PASSWORD": f"demo-{secrets.token_urlsafe(9)}"} | kept
    if whole != kept:
        write_private(path, whole)
    return whole


@dataclass
class Watched:
    """A child and the story of its restarts."""

    child: Child
    since: float = field(default_factory=time.monotonic)
    failures: int = 0
    due: float | None = None

    def look_after(self) -> None:
        """Start a dead child again, later each time; raises CannotRun when it never lives long."""
        now = time.monotonic()
        if self.due is not None:
            if now >= self.due:
                self.child.start()
                self.since, self.due = now, None
        elif not self.child.alive:
            words = self.child.last_words()
            self.child.stop()  # what is left of its group
            self.failures = self.failures + 1 if now - self.since < SETTLED else 1
            if self.failures >= ATTEMPTS:
                raise CannotRun(f"{self.child.name} ended {ATTEMPTS} times right after its start; last line: {words}")
            self.due = now + 2.0 ** (self.failures - 2)
            say(f"{self.child.name} has ended and is started again.")


class Supervisor:
    def __init__(self, var: Path, environ: Mapping[str, str]) -> None:
        self.var, self.environ = var.resolve(), environ
        self.port = read_port(environ)
        self.address = f"http://127.0.0.1:{self.port}"
        self.servers: list[PrivatePostgres | PrivateValkey] = []
        self.watched: list[Watched] = []
        self.env = dict(environ)
        self.shared: list[str] = []
        self.signals, self.signalled = 0, -60.0

    def _given(self, name: str) -> bool:
        return bool(self.environ.get(name) or self.environ.get(f"{name}_FILE"))

    def run(self) -> None:
        """Run until a signal asks to stop; raises CannotRun or ServerError."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        check_port(self.port)
        with alone_on(self.var):
            try:
                for name in ("run", "media", "static"):
                    (self.var / name).mkdir(exist_ok=True)
                self._start()
                self._watch()
            finally:
                self._stop()

    def _on_signal(self, _number: int, _frame: object) -> None:
        now = time.monotonic()
        if now - self.signalled > 1:  # a terminal and `make` may both pass on the same one
            self.signals, self.signalled = self.signals + 1, now

    def _start(self) -> None:
        self.secrets = kept_secrets(self.var / "secrets.env")
        self._start_servers()
        self._export(
            SECRET_KEY=self.secrets["SECRET_KEY"],
            DEMO_PASSWORD=self.secrets["DEMO_PASSWORD"],
            PUBLIC_URL=self.address,
            ALLOWED_HOSTS="localhost,127.0.0.1",
            MEDIA_ROOT=str(self.var / "media"),
            STATIC_ROOT=str(self.var / "static"),
            BEAT_TRACE=str(self.var / "run" / "beat"),
            DEBUG="false",
            SECURE_COOKIES="false",
            PAYMENT_LINK="trial",
            TRIAL_PAYMENTS=str(self.var / "trial-payments"),
            ALLOW_TEST_NHI="true",  # the demo's people carry test numbers
        )
        celery = ("-W", "ignore:You're running the worker with superuser", "-m", "celery", "--quiet", "-A", "config")
        # Beat first: its first heartbeat then waits for the worker, where the worker would wait for it.
        self._child("beat", *celery, "beat", leash=signal.SIGKILL)
        self._prepare()
        web = f"--bind 127.0.0.1:{self.port} --workers 2 --worker-class gthread --threads 4 --no-control-socket"
        self._child("web", "-m", "gunicorn", "config.wsgi", *web.split(), "--graceful-timeout", "5", "--preload")
        worker = "worker --loglevel INFO --concurrency 2 --without-gossip --without-mingle"
        self._child("worker", *celery, *worker.split(), leash=signal.SIGKILL)

    def _start_servers(self) -> None:
        """Start a private server for each address that was not given."""
        for name, make in (("DATABASE_URL", PrivatePostgres), ("REDIS_URL", PrivateValkey)):
            if not self._given(name):
                server = make(self.var / "servers", on_line=say_line)
                self.servers.append(server)
                server.start()
                self.watched.append(Watched(server.child))
                self._export(**{name: server.url})
        if not self._given("EMAIL_URL"):
            port = free_port()
            mailbox = ("-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Mailbox", str(self.var / "mail"))
            self._child("mailbox", *mailbox, "-l", f"127.0.0.1:{port}")
            self._export(EMAIL_URL=f"smtp://127.0.0.1:{port}")

    def _export(self, **values: str) -> None:
        """Hand values to the children unless the caller gave them, and keep all for `manage.py` in another shell."""
        self.env |= {name: value for name, value in values.items() if not self._given(name)}
        self.shared += [variant for name in values for variant in (name, f"{name}_FILE")]
        shared = {name: self.env[name] for name in self.shared if self.env.get(name)}
        write_private(self.var / "run" / "clinic.env", shared)

    def _python(self, name: str, *arguments: str, leash: int | None = None) -> Child:
        env = self.env | {"PYTHONUNBUFFERED": "1"}
        command = [sys.executable, *arguments]
        return Child(name, command, folder=self.var / "run", env=env, cwd=ROOT, leash=leash, on_line=say_line)

    def _child(self, name: str, *arguments: str, leash: int | None = None) -> None:
        if not self.signals:
            self.watched.append(Watched(self._python(name, *arguments, leash=leash)))
            self.watched[-1].child.start()

    def _prepare(self) -> None:
        """Bring the database up to date; raises CannotRun when that fails."""
        if self.signals:
            return
        child = self._python("prepare", "-m", "config.prepare")
        child.start()
        try:
            while child.alive and not self.signals:
                time.sleep(0.05)
            if not self.signals and child.process.returncode != 0:
                words = child.last_words()
                own = words.startswith(CANNOT)
                raise CannotRun(words.removeprefix(CANNOT) if own else f"the database is not ready: {words}")
        finally:
            child.stop()

    def _watch(self) -> None:
        ready = False
        asked = time.monotonic()
        while not self.signals:
            for watched in self.watched:
                watched.look_after()
            if not ready and time.monotonic() - asked > 0.5:
                ready, asked = self._ready(), time.monotonic()
                if ready:
                    self._welcome()
            time.sleep(0.1)

    def _ready(self) -> bool:
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3)
        with suppress(OSError, http.client.HTTPException):
            web.request("GET", "/health/ready")
            return web.getresponse().status == 200
        return False

    def _welcome(self) -> None:
        given = self._given("DEMO_PASSWORD")
        password = "the one given in DEMO_PASSWORD" if given else self.secrets["DEMO_PASSWORD"]
        mail = "sent through EMAIL_URL" if self._given("EMAIL_URL") else f"{self.var / 'mail'}/new"
        say("The clinic is open. Ctrl-C closes it.")
        for what, where in (
            ("staff", f"{self.address}/admin/"),
            ("booking", f"{self.address}/book/"),
            ("API", f"{self.address}/api/v1/docs/"),
            ("e-mail", mail),
            ("sign in as", ", ".join(USERS)),
            ("password", password),
        ):
            say(f"  {what:<11} {where}")

    def _stop(self) -> None:
        """Close the doors first, then what stands behind them. A second signal stops the waiting."""
        behind = {"postgres", "valkey", "mailbox"}
        children = [watched.child for watched in self.watched] + [s.child for s in self.servers if s.child]
        for group in (
            [child for child in children if child.name not in behind],
            [child for child in children if child.name in behind],
        ):
            for child in group:
                child.ask_to_stop()
            deadline = time.monotonic() + 10
            while any(c.alive for c in group) and time.monotonic() < deadline and self.signals < 2:
                time.sleep(0.05)
            for child in group:
                child.stop(patience=0)
        (self.var / "run" / "clinic.env").unlink(missing_ok=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.supervisor", description="Run the clinic on this machine.")
    parser.add_argument("--var", type=Path, default=ROOT / "var", help="the folder of its data (default: var)")
    try:
        Supervisor(parser.parse_args().var, os.environ).run()
    except (CannotRun, ServerError) as reason:
        print(f"{CANNOT}{reason}", file=sys.stderr)
        return 1
    say("The clinic is closed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
