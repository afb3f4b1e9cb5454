"""The house stands as it is drawn: what depends on what, what is forbidden, and what must be up to date."""

import ast
import io
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.db.models.signals import (
    m2m_changed,
    post_delete,
    post_init,
    post_migrate,
    post_save,
    pre_delete,
    pre_init,
    pre_save,
)

ROOT = Path(settings.BASE_DIR)
FLOORS = ["clinic", "patients", "messaging", "appointments", "treatments", "billing", "frontdesk"]
FIRST_PARTY = {*FLOORS, "config"}
SOURCES = [
    path
    for app in sorted(FIRST_PARTY)
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]
CORRIDORS = {"utils", "common", "services", "selectors", "helpers", "signals"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_point_down_the_floors_only():
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_nothing_of_ours_is_imported_inside_a_function(path: Path):
    tree = ast.parse(path.read_text())
    inside = [
        f"line {node.lineno}"
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom)) and _roots(node) & FIRST_PARTY
    ]
    assert inside == []


def _roots(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").split(".")[0]} if not node.level else FIRST_PARTY
    return {alias.name.split(".")[0] for alias in node.names}


def test_no_signal_has_a_receiver_of_ours():
    signals = [pre_init, post_init, pre_save, post_save, pre_delete, post_delete, m2m_changed, post_migrate]
    held = [entry[1] for signal in signals for entry in signal.receivers]
    receivers = [entry() if isinstance(entry, weakref.ref) else entry for entry in held]
    ours = [function for function in receivers if function and function.__module__.split(".")[0] in FIRST_PARTY]
    assert ours == []
    words = ("django.dispatch", "django.db.models.signals", "django.core.signals", "celery.signals")
    assert [named(path) for path in SOURCES if any(word in path.read_text() for word in words)] == []


def test_foreign_keys_point_down_the_floors_only():
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for field in model._meta.get_fields()
        if isinstance(field, (models.ForeignKey, models.ManyToManyField))
        and field.related_model._meta.app_label in FLOORS
        and FLOORS.index(field.related_model._meta.app_label) > FLOORS.index(model._meta.app_label)
    ]
    assert upward == []


def test_there_are_no_corridors():
    corridors = [
        named(path) for path in SOURCES if path.stem in CORRIDORS or CORRIDORS & set(path.relative_to(ROOT).parts)
    ]
    assert corridors == []


@pytest.mark.django_db
def test_the_migrations_are_what_the_models_say():
    call_command("makemigrations", "--check", "--dry-run", stdout=io.StringIO())
