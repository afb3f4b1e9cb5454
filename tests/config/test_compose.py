"""docker-compose.yml without Docker: checked against the specification, and its processes run as it writes them.

What a container would be given is given here: its variables and nothing else, its secrets and volumes as folders in
place of the mount points. PostgreSQL and Valkey are the private servers of the test run.
"""

import os
import re
import shlex
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml

from config.private_servers import free_port
from config.processes import Child
from tests.config.living import wait_for

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["web", "worker", "beat"]
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\})")


def interpolated(text: str, given: dict[str, str]) -> str:
    """`text` as Compose reads it: `$$`, `${NAME}`, `${NAME:-default}`, `${NAME:?what is missing}`."""

    def value(match: re.Match) -> str:
        if match["dollar"]:
            return "$"
        found = given.get(match["name"])
        if not found and match["kind"] == "?":
            raise LookupError(match["word"])
        return found or match["word"] or ""

    assert "$" not in VARIABLE.sub("", text), text
    return VARIABLE.sub(value, text)


class Machine:
    """Stands for Docker: runs a service's command, or its health check, where and with what its container would."""

    def __init__(self, folder: Path, given: dict[str, str], mounts: dict[str, Path]) -> None:
        self.folder, self.given, self.mounts = folder, given, mounts

    def environ(self, name: str) -> dict[str, str]:
        """Docker's own variables and the service's, with the folders that stand for its mount points."""
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environ = {"PATH": programs, "HOSTNAME": socket.gethostname(), "PYTHONDONTWRITEBYTECODE": "1"}
        for variable, value in SERVICES[name]["environment"].items():
            if value is not None:
                environ[variable] = self._outside(interpolated(value, self.given))
            elif variable in self.given:
                environ[variable] = self.given[variable]
        return environ

    def _outside(self, value: str) -> str:
        for inside, outside in self.mounts.items():
            if value == inside or value.startswith(f"{inside}/"):
                return f"{outside}{value.removeprefix(inside)}"
        return value

    def start(self, name: str) -> Child:
        command = shlex.split(interpolated(SERVICES[name]["command"], self.given))
        child = Child(name, command, folder=self.folder, env=self.environ(name), cwd=ROOT)
        child.start()
        return child

    def is_healthy(self, name: str) -> bool:
        check = SERVICES[name]["healthcheck"]
        way, *words = [interpolated(word, self.given) for word in check["test"]]
        command = ["sh", "-c", *words] if way == "CMD-SHELL" else words
        assert way in {"CMD", "CMD-SHELL"}
        done = subprocess.run(command, cwd=ROOT, env=self.environ(name), capture_output=True, timeout=30, check=False)
        return done.returncode == 0


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("compose")
    place, name = os.environ["DATABASE_URL"], "needlebook_compose"
    with psycopg.connect(place, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    mounts = {path: folder / path.strip("/") for path in ("/run/secrets", "/data/media", "/data/static", "/tmp")}
    for path in mounts.values():
        path.mkdir(parents=True)
    secrets = {
        "secret_key": "a key for this test, which protects nothing",
        "database_url": urlsplit(place)._replace(path=f"/{name}").geturl(),
        "email_url": "smtp://127.0.0.1:1",
    }
    for secret, value in secrets.items():
        (mounts["/run/secrets"] / secret).write_text(f"{value}\n")
    given = {
        "REDIS_URL": urlsplit(os.environ["REDIS_URL"])._replace(path="/7").geturl(),
        "PUBLIC_URL": "https://book.example.nz",
        "ALLOWED_HOSTS": "book.example.nz",
        "BIND": "127.0.0.1",
        "PORT": str(free_port()),
        "WEB_WORKERS": "1",
        "WORKER_PROCESSES": "1",
    }
    yield Machine(folder, given, mounts)
    with psycopg.connect(place, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def running(machine) -> Iterator[dict[str, Child]]:
    """Web, worker and beat at once, after `migrate` has come to its end as the file demands."""
    children = {}
    try:
        migrate = machine.start("migrate")
        children["migrate"] = migrate
        assert wait_for(lambda: not migrate.alive, 120)
        assert migrate.process.returncode == 0, migrate.last_words()
        children |= {name: machine.start(name) for name in OURS}
        yield children
    finally:
        for child in children.values():
            child.stop()


def test_the_file_follows_the_compose_specification():
    command = ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    environ = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_service_that_stays_has_a_health_check_and_is_restarted():
    assert list(SERVICES) == ["migrate", *OURS, "db", "valkey"]
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == ["migrate"]
    assert {service["restart"] for name, service in SERVICES.items() if name != "migrate"} == {"unless-stopped"}


def test_our_services_wait_for_healthy_servers_and_a_finished_migration():
    for name in OURS:
        assert SERVICES[name]["depends_on"] == {
            "db": {"condition": "service_healthy"},
            "valkey": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }


def test_our_services_run_without_root_and_write_only_to_their_volumes():
    assert re.search(r"^USER 10001:10001$", (ROOT / "Dockerfile").read_text(), re.M)
    for name in ["migrate", *OURS]:
        service = SERVICES[name]
        assert (service["read_only"], service["cap_drop"], service.get("user")) == (True, ["ALL"], None)
        assert service["volumes"] == ["media:/data/media"]


def test_secrets_come_from_files_that_neither_git_nor_the_image_takes():
    assert {secret["file"] for secret in COMPOSE["secrets"].values()} == {
        f"${{SECRETS:-./secrets}}/{name}" for name in COMPOSE["secrets"]
    }
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/secrets/", "/.env"} <= set(ignored)
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert [line for line in lines if line.startswith("!") and not (ROOT / line[1:]).exists()] == []


def test_the_clinics_address_must_be_given():
    with pytest.raises(LookupError, match="the address under which people reach the clinic"):
        interpolated(SERVICES["web"]["environment"]["PUBLIC_URL"], {})


@pytest.mark.parametrize("name", OURS)
def test_a_service_becomes_healthy_by_its_own_check(machine, running, name):
    assert wait_for(lambda: machine.is_healthy(name), 60), running[name].last_words()
    assert running[name].alive


def test_together_they_are_ready(machine, running):
    def is_ready() -> bool:
        with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
        return False

    address = f"http://127.0.0.1:{machine.given['PORT']}/health/ready"
    assert wait_for(is_ready, 60)


@pytest.mark.parametrize("name", OURS)
def test_a_service_ends_in_order_within_its_grace_and_is_no_longer_healthy(machine, running, name):
    assert wait_for(lambda: machine.is_healthy(name), 60)
    running[name].ask_to_stop()
    grace = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    assert running[name].process.wait(grace) == 0
    if name == "beat":
        os.utime(machine.mounts["/tmp"] / "beat", (0, 0))
    assert not machine.is_healthy(name)
