"""Rooms whose migrations are squashed are unmade and made again as they were."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.serving import ROOT, database_url

pytestmark = pytest.mark.django_db(transaction=True)

ROOMS = {"clinic", "patients", "messaging", "appointments", "treatments", "billing"}
CATALOGUE = {
    "columns": "SELECT table_name, column_name, udt_name, is_nullable, column_default FROM information_schema.columns "
    "WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


@pytest.fixture
def copy() -> Iterator[str]:
    """The address of a database with the same tables."""
    address = database_url()
    name = connection.settings_dict["NAME"]
    server = f"{address.rpartition('/')[0]}/postgres"
    connection.close()
    with psycopg.connect(server, autocommit=True) as control:
        control.execute(f"CREATE DATABASE {name}_copy TEMPLATE {name}")
        yield f"{address}_copy"
        control.execute(f"DROP DATABASE {name}_copy WITH (FORCE)")


def migrate(address: str, *target: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", *target],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": address}, check=True,
    )  # fmt: skip


def catalogue(address: str) -> dict[str, set]:
    with psycopg.connect(address) as reading:
        return {name: set(reading.execute(question).fetchall()) for name, question in CATALOGUE.items()}


def test_a_room_is_unmade_and_made_again(copy):
    before = catalogue(copy)
    migrate(copy, "billing", "zero")
    without = catalogue(copy)
    assert {row for row in without["columns"] if row[0].startswith("billing_")} == set()
    assert len(without["triggers"]) < len(before["triggers"])
    migrate(copy)
    assert catalogue(copy) == before


def test_what_was_squashed_counts_as_done_and_stands_beside_it():
    """A database that has some of the old ones goes on from there."""
    loader = MigrationLoader(connection)
    assert {room for room, _ in loader.replacements} == ROOMS
    for migration in loader.replacements.values():
        assert set(migration.replaces) <= set(loader.disk_migrations)
        assert set(migration.replaces) <= set(loader.applied_migrations)
