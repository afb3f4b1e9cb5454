"""The clinic as it would be if nothing were done in one transaction: `gunicorn tests.appointments.careless`.

The twin of a test that kills a web server in the middle of an act.
"""

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper


class Careless(transaction.Atomic):
    """Says that there is a transaction and opens none: each statement is kept at once."""

    def __enter__(self) -> None:
        connection = transaction.get_connection(self.using)
        self.outer = connection.in_atomic_block
        connection.in_atomic_block = True

    def __exit__(self, kind, error, trace) -> None:
        connection = transaction.get_connection(self.using)
        connection.in_atomic_block = self.outer
        if not self.outer:
            connection.run_and_clear_commit_hooks()


transaction.Atomic = Careless
# Locks ask whether there is a transaction.
BaseDatabaseWrapper.get_autocommit = lambda connection: not connection.in_atomic_block

from config.wsgi import application  # noqa: E402 (after what it is to be without)

__all__ = ["application"]
