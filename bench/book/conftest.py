"""Books of ten thousand, a hundred thousand and a million visits, each in a database of its own, for one run.

`BENCH_SIZES` names other sizes: `BENCH_SIZES=10000,100000` leaves out the one that takes minutes to fill.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from bench.book.volume import Book, fill
from tests.serving import database_url

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(",")]


@pytest.fixture(scope="session")
def books(django_db_setup, django_db_blocker) -> Iterator[list[Book]]:
    """From the smallest to the largest."""
    with django_db_blocker.unblock():
        empty = connection.settings_dict["NAME"]
        made = [_make(f"{empty}_{size}", empty, size) for size in SIZES]
        yield made
        connection.close()
        with _server() as server:
            for book in made:
                server.execute(f"DROP DATABASE {book.database} WITH (FORCE)")


def _make(database: str, empty: str, size: int) -> Book:
    connection.close()
    with _server() as server:
        server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {database} TEMPLATE {empty}")
    with connected(database):
        return fill(size, today=timezone.localdate())


@contextmanager
def empty_database() -> Iterator[str]:
    """The address of a database without a table, for as long as the block lasts."""
    name = f"{connection.settings_dict['NAME']}_rival"
    with _server() as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            with connected(name):
                address = database_url()
            yield address
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def connected(database: str) -> Iterator[None]:
    """Everything that this process asks goes to that database; so do the servers it starts meanwhile."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _server() -> psycopg.Connection:
    settings = connection.settings_dict
    return psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    )
