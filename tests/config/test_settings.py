import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {
    "SECRET_KEY": "a key for this test, which protects nothing",
    "DATABASE_URL": "postgresql://clinic:secret-word@127.0.0.1:5432/clinic",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "PUBLIC_URL": "https://book.example.nz",
}
MALFORMED = [
    ("SECRET_KEY", "too short"),
    ("DATABASE_URL", "sqlite:///secret-word.db"),
    ("DATABASE_URL", "postgresql://clinic:secret-word@host:port/clinic"),
    ("DATABASE_URL", "secret-word"),
    ("REDIS_URL", "http://:secret-word@127.0.0.1"),
    ("REDIS_URL", "redis://:secret-word/1@127.0.0.1"),
    ("EMAIL_URL", "secret-word"),
    ("EMAIL_URL", "smtp://user:secret-word@host:port"),
    ("PUBLIC_URL", "book.example.nz"),
    ("PUBLIC_URL", "https:/book.example.nz"),
    ("ACC_API_URL", "http://acc.example.nz/secret-word"),
    ("ACC_API_URL", "secret-word"),
    ("SMS_URL", "http://texts.example.nz/secret-word"),
    ("SMS_TOKEN", "secret-word"),
    ("DEBUG", "perhaps"),
    ("SECURE_COOKIES", "perhaps"),
    ("ALLOW_TEST_NHI", "perhaps"),
]


def check(**environ: str) -> subprocess.CompletedProcess:
    """`manage.py check` with these variables and no others of the clinic's."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **environ}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def assert_stopped_by(done: subprocess.CompletedProcess, name: str) -> None:
    start = f"Needlebook cannot start: the environment variable {name} is missing or malformed ("
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(start)
    assert done.stderr.endswith(").\n")
    assert done.stderr.count("\n") == 1
    assert "secret-word" not in done.stderr


def test_it_starts_with_what_is_required_and_nothing_else():
    done = check(**GIVEN)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", GIVEN)
def test_a_missing_variable_stops_the_start_with_one_sentence_that_names_it(name):
    assert_stopped_by(check(**{other: value for other, value in GIVEN.items() if other != name}), name)


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_a_malformed_variable_stops_the_start_and_is_not_repeated(name, value):
    assert_stopped_by(check(**GIVEN | {name: value}), name)


def test_every_variable_may_be_given_as_a_file_that_ends_with_a_line_break(tmp_path):
    for name, value in GIVEN.items():
        (tmp_path / name).write_text(f"{value}\n")
    done = check(**{f"{name}_FILE": str(tmp_path / name) for name in GIVEN})
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_that_is_not_there_stops_the_start(tmp_path):
    assert_stopped_by(check(**GIVEN, SECRET_KEY_FILE=str(tmp_path / "none")), "SECRET_KEY")


def test_the_example_lists_every_variable_of_the_settings_with_a_sentence():
    read = re.findall(r'_read\([\w.]+, "([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text())
    example = (ROOT / ".env.example").read_text()
    settings, _, compose_only = example.partition("# Of docker-compose.yml only.")
    assert sorted(re.findall(r"^#([A-Z_]+)=", settings, re.M)) == sorted(read)
    assert len(read) == len(set(read)) >= 14
    assert re.findall(r"(?<!\.)\n#[A-Z_]+=", settings) == [], "each is explained in the line above it"
    named = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert named - set(read) - set(re.findall(r"^#([A-Z_]+)=", compose_only, re.M)) == set()
