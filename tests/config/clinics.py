"""A clinic as `make run` starts it, on a folder and a port of its own."""

import http.client
import os
import subprocess
import sys
from pathlib import Path

from config.private_servers import free_port
from tests.config.living import wait_for

ROOT = Path(__file__).resolve().parents[2]
# A supervisor must find its own way: nothing of what the test run was given is passed on.
BARE = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


class Clinic:
    """A supervisor on `var`, started by the command that `make run` starts."""

    def __init__(self, var: Path, **environ: str) -> None:
        self.var, self.port = var, free_port()
        var.parent.mkdir(parents=True, exist_ok=True)
        self.log = var.parent / f"{var.name}.log"
        command = [sys.executable, "-m", "config.supervisor", "--var", str(var)]
        environ = BARE | {"PORT": str(self.port), "DEMO_PASSWORD": "a-password-for-tests"} | environ
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)

    def is_ready(self) -> bool:
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3)
        try:
            web.request("GET", "/health/ready")
            return web.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            web.close()

    def opens(self, seconds: float = 150) -> bool:
        wait_for(lambda: self.process.poll() is not None or self.is_ready(), seconds)
        return self.is_ready()

    def leader(self, name: str) -> int:
        """The process id of a child of the supervisor."""
        folder = "servers" if name in {"postgres", "valkey"} else "run"
        return int((self.var / folder / f"{name}.pid").read_text().split()[0])

    def ends(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)
