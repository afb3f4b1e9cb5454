"""One started process and its end: a leash to the process that started it, and the recognition of what a crash left.

The leash is the kernel's parent-death signal, set by util-linux' `setpriv`, which survives user namespaces and a
change of uid. Where it is missing (macOS) the pid file still lets the next start end what was left.
"""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from config.accounts import MYSELF, Account


@cache
def _leash() -> tuple[str, ...]:
    return ("setpriv", "--pdeathsig") if MYSELF.can("setpriv", "--pdeathsig", "TERM", "true") else ()


def started_at(pid: int) -> str | None:
    """When the process began, in the words of the system; None when it is gone or only waits to be collected."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else fields[19]
    ps = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return ps.stdout.strip() or None


def _boot() -> str:
    """Start times count from the boot, so they only mean something together with it."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return "-"


def _signal_group(leader: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def end_process(pid: int, began: str | None, number: int, patience: float) -> None:
    """End the process that began at `began`, and its group, in order at first, then by force."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and started_at(pid) == began:
        time.sleep(0.05)
    _signal_group(pid, signal.SIGKILL)


def end_leftover(pidfile: Path, number: int, patience: float) -> None:
    """End the process noted in `pidfile` if it is the same one still: its pid, boot and start time."""
    try:
        pid, boot, began = pidfile.read_text().strip().split(maxsplit=2)
    except (OSError, ValueError):
        return
    if boot == _boot() and started_at(int(pid)) == began:
        end_process(int(pid), began, number, patience)
    pidfile.unlink(missing_ok=True)


class Child:
    """A process in a session of its own, whose lines go to `on_line(name, line)` or else to `<folder>/<name>.log`.

    `farewell` is the signal that ends it in order; `leash` is the one it gets when this process dies, the same one
    unless it would wait for others that die with us.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        folder: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        account: Account = MYSELF,
        farewell: int = signal.SIGTERM,
        leash: int | None = None,
        patience: float = 10.0,
        on_line: Callable[[str, str], None] | None = None,
    ) -> None:
        self.name, self.command, self.folder = name, [str(part) for part in command], folder
        self.env, self.cwd, self.account = env, cwd, account
        self.farewell, self.leash, self.patience, self.on_line = farewell, leash or farewell, patience, on_line
        self.pidfile = folder / f"{name}.pid"
        self.last_lines: deque[str] = deque(maxlen=20)
        self.process: subprocess.Popen | None = None
        self._pump: threading.Thread | None = None

    def start(self) -> None:
        """Start it, after ending what an earlier owner of the same folder may have left."""
        end_leftover(self.pidfile, self.farewell, self.patience)
        leash = _leash() and (*_leash(), signal.Signals(self.leash).name.removeprefix("SIG"))
        self.process = subprocess.Popen(
            [*self.account.prefix, *leash, *self.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=self.env,
            cwd=self.cwd,
            **self.account.popen(),
        )
        self.pidfile.write_text(f"{self.process.pid} {_boot()} {started_at(self.process.pid)}\n")
        self._pump = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._pump.start()

    def _read(self, stream) -> None:
        log = None if self.on_line else (self.folder / f"{self.name}.log").open("a", errors="replace")
        for raw in stream:
            line = raw.decode(errors="replace").rstrip()
            self.last_lines.append(line)
            if self.on_line:
                self.on_line(self.name, line)
            else:
                print(line, file=log, flush=True)
        if log:
            log.close()
        stream.close()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def last_words(self) -> str:
        if self._pump:
            self._pump.join(1)
        return next((line for line in reversed(self.last_lines) if line), "it said nothing")

    def ask_to_stop(self) -> None:
        if self.alive:
            self.process.send_signal(self.farewell)

    def stop(self, patience: float | None = None) -> None:
        """End it in order, after `patience` seconds by force, and its group with it. Repeating it is harmless."""
        if self.process is None:
            return
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience if patience is None else patience)
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._pump.join(1)
        self.process = None
        self.pidfile.unlink(missing_ok=True)
