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
    ],
)
def test_every_dependency_is_locked_with_hashes_and_without_a_registry(lock, needed):
    text = (ROOT / lock).read_text()
    assert named(needed) - locked(lock) == set()
    assert "://" not in text
    assert re.findall(r"^(\S+==.+)\n(?!    --hash=sha256:)", text, re.M) == []


def test_the_image_has_no_package_in_another_version_than_the_tests():
    pins = [
        set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), re.M))
        for name in ("requirements.txt", "requirements-dev.txt")
    ]
    assert pins[0] - pins[1] == set()
