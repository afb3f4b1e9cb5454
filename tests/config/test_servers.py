"""What becomes of a test run's own servers when the run ends before its time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.living import living, wait_for

ROOT = Path(__file__).resolve().parents[2]
LONG = "import time\n\ndef test_that_takes_long():\n    print('begun', flush=True)\n    time.sleep(120)\n"


def begun(folder: Path) -> subprocess.Popen:
    """A test run in a process of its own, in the middle of its only test, with `folder` for its temporary files."""
    (folder / "test_long.py").write_text(LONG)
    command = [sys.executable, "-m", "pytest", "-s", "-c", "pyproject.toml", str(folder / "test_long.py")]
    environ = {"PATH": os.environ["PATH"], "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    run = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
    assert any("begun" in line for line in run.stdout)
    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_removes_its_servers_and_their_data(tmp_path, number):
    run = begun(tmp_path)
    assert len(living(tmp_path)) > 2
    run.send_signal(number)
    run.communicate(timeout=30)
    assert run.returncode == pytest.ExitCode.INTERRUPTED
    assert living(tmp_path) == []
    assert list(tmp_path.glob("needlebook-tests-*")) == []


def test_a_run_that_is_killed_leaves_no_server_behind(tmp_path):
    run = begun(tmp_path)
    run.kill()
    run.communicate(timeout=30)
    assert wait_for(lambda: living(tmp_path) == [], 10), living(tmp_path)


def test_two_runs_at_once_have_servers_of_their_own(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    runs = [begun(first), begun(second)]
    try:
        assert [any("postgres" in line for line in living(folder)) for folder in (first, second)] == [True, True]
    finally:
        for run in runs:
            run.terminate()
            run.communicate(timeout=30)
    assert living(tmp_path) == []
