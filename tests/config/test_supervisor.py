"""The supervisor with everything it supervises. The first start prepares a database, so the tests share one folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from config.private_servers import PrivatePostgres, free_port
from config.processes import Child
from config.supervisor import ATTEMPTS, CannotRun, Watched
from tests.config.clinics import BARE, ROOT, Clinic
from tests.config.living import living, wait_for


def attempt(var: Path, **environ: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "config.supervisor", "--var", str(var)]
    return subprocess.run(
        command, cwd=ROOT, env=BARE | environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    var = tmp_path_factory.mktemp("clinic") / "var"
    clinic = Clinic(var)
    assert clinic.opens(), clinic.log.read_text()
    yield clinic
    if clinic.process.poll() is None:
        clinic.ends(signal.SIGTERM)
    PrivatePostgres(var / "servers").remove()


def test_a_port_that_is_taken_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = attempt(tmp_path / "var", PORT=str(port))
    sentence = f"port {port} is taken; end what uses it or choose another: PORT=8001 make run."
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Needlebook cannot start: {sentence}\n")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("port", ["eight thousand", "0", "65536", "-1", "８０００"])
def test_a_port_that_is_no_port_is_one_sentence_naming_the_variable(tmp_path, port):
    done = attempt(tmp_path / "var", PORT=port)
    sentence = f"the environment variable PORT must be a number from 1 to 65535, not {port!r}."
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Needlebook cannot start: {sentence}\n")


def test_a_malformed_setting_is_one_sentence_naming_it_and_leaves_nothing_running(tmp_path):
    done = attempt(tmp_path / "var", PORT=str(free_port()), DATABASE_URL="mysql://clinic@127.0.0.1/clinic")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Needlebook cannot start: ")
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stdout
    assert living(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    done = attempt(tmp_path / "file" / "var", PORT=str(free_port()))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Needlebook cannot start: the folder {tmp_path}/file/var cannot be written to")
    assert len(done.stderr.splitlines()) == 1


def test_a_child_that_never_lives_long_ends_the_attempts_with_one_sentence(tmp_path):
    brief = Child("brief", [sys.executable, "-c", "raise SystemExit('no chair to sit on')"], folder=tmp_path)
    brief.start()
    watched = Watched(brief)

    def look() -> None:
        while True:
            watched.look_after()
            time.sleep(0.02)

    with pytest.raises(CannotRun, match=f"^brief ended {ATTEMPTS} times right after its start; .*no chair to sit on$"):
        look()
    assert living(tmp_path) == []


def test_the_clinic_says_where_it_is_and_keeps_its_secrets_to_itself(clinic):
    assert wait_for(lambda: "The clinic is open" in clinic.log.read_text(), 5)
    log = clinic.log.read_text()
    assert f"http://127.0.0.1:{clinic.port}/admin/" in log
    assert f"http://127.0.0.1:{clinic.port}/api/v1/docs/" in log
    assert "owner, desk, billing, practitioner, practitioner2" in log
    assert "a-password-for-tests" not in log
    for name in ("secrets.env", "run/clinic.env", "servers/postgres.password", "servers/valkey.conf"):
        assert (clinic.var / name).stat().st_mode & 0o077 == 0


def test_a_second_clinic_on_the_same_folder_is_refused_with_one_sentence(clinic):
    done = attempt(clinic.var, PORT=str(free_port()))
    sentence = f"it already runs on the folder {clinic.var} (process {clinic.process.pid})."
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Needlebook cannot start: {sentence}\n")
    assert clinic.is_ready()


@pytest.mark.parametrize("name", ["web", "worker", "beat", "mailbox", "valkey", "postgres"])
def test_a_killed_child_comes_back(clinic, name):
    killed = clinic.leader(name)
    os.kill(killed, signal.SIGKILL)
    assert wait_for(lambda: not psutil.pid_exists(killed), 10)
    assert wait_for(lambda: _is_up(clinic, name, killed), 20), clinic.log.read_text()[-2000:]
    assert clinic.opens(30), clinic.log.read_text()[-2000:]


def _is_up(clinic: Clinic, name: str, former: int) -> bool:
    try:
        return clinic.leader(name) != former and psutil.pid_exists(clinic.leader(name))
    except (OSError, IndexError):
        return False


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_is_clean(clinic):
    assert len(living(clinic.var)) > 8
    clinic.process.kill()
    clinic.process.wait()
    assert wait_for(lambda: living(clinic.var) == [], 15), living(clinic.var)
    again = Clinic(clinic.var)
    began = time.monotonic()
    try:
        assert again.opens(60), again.log.read_text()
        assert time.monotonic() - began < 30  # a bound for a busy machine; alone it is under 10
    finally:
        code = again.ends(signal.SIGINT)
    assert code == 0
    assert again.log.read_text().rstrip().endswith("The clinic is closed.")
    assert living(clinic.var) == []


def test_a_stop_in_the_middle_of_the_start_leaves_nothing(tmp_path):
    early = Clinic(tmp_path / "var")
    assert wait_for(lambda: "manage.py migrate" in early.log.read_text(), 30)
    assert early.ends(signal.SIGTERM) == 0
    assert living(tmp_path / "var") == []
    PrivatePostgres(tmp_path / "var" / "servers").remove()


@pytest.mark.chaos
def test_two_clinics_run_beside_each_other(tmp_path):
    clinics = [Clinic(tmp_path / "one" / "var"), Clinic(tmp_path / "two" / "var")]
    try:
        assert [clinic.opens(240) for clinic in clinics] == [True, True]
    finally:
        codes = [clinic.ends(signal.SIGINT) for clinic in clinics]
        for clinic in clinics:
            PrivatePostgres(clinic.var / "servers").remove()
    assert codes == [0, 0]
    assert living(tmp_path) == []
