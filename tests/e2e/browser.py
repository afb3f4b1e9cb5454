"""The browser of these tests, as the system packages it. `python -m tests.e2e.browser` sees that it is there."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = "The browser tests need Chromium: install it with `apt-get install chromium`, or put one on the PATH."


def found() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """As root with apt-get at hand. Quiet where it goes well."""
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", "-qq", *command], env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{MISSING} (apt-get said: {done.stderr.strip().splitlines()[-1:]})")


if __name__ == "__main__" and found() is None:
    if os.geteuid() or shutil.which("apt-get") is None:
        sys.exit(MISSING)
    print("Installing Chromium for the browser tests ...", flush=True)
    install()
