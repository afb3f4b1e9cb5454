"""The lock files follow pyproject.toml: what the code needs is what the image and a bare clone install."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def named(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-") for requirement in requirements}


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", (ROOT / name).read_text(), re.M))


@pytest.mark.parametrize(
    ("lock", "needed"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-dev.txt", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]),
        ("requirements-bench.txt", sum(PROJECT["optional-dependencies"].values(), PROJECT["dependencies"])),
    ],
)
def test_every_dependency_is_locked_with_hashes_and_without_a_registry(lock, needed):
    text = (ROOT / lock).read_text()
    assert named(needed) - locked(lock) == set()
    assert "://" not in text
    assert re.findall(r"^(\S+==.+)\n(?!    --hash=sha256:)", text, re.M) == []


def test_image_tests_and_figures_have_no_package_in_another_version():
    pins = [
        set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), re.M))
        for name in ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt")
    ]
    assert pins[0] - pins[1] == set()
    assert pins[1] - pins[2] == set()
