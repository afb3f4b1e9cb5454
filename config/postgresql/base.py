"""Django's PostgreSQL, with moments read by psycopg's compiled loader.

Django reads a `timestamptz` by a class of its own, in Python, to give it the connection's zone. In UTC the compiled
loader gives the very same values, and the sixty visits of a day are fetched in less than half the time.
"""

from django.db.backends.postgresql import base
from psycopg.types.datetime import TimestamptzLoader


class DatabaseWrapper(base.DatabaseWrapper):
    def create_cursor(self, name=None):
        cursor = super().create_cursor(name)
        if self.timezone_name == "UTC":
            cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        return cursor
