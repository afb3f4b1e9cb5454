"""Django's PostgreSQL in two things quicker, and otherwise the same."""

from django.db.backends.postgresql import base
from psycopg.types.datetime import TimestamptzLoader

# A list with names joins six or seven tables, and finding the best order among all of them took PostgreSQL five times
# as long as reading a day's rows. Django writes joins in an order that is good already: the table asked about first,
# then what it is filtered by, then what is only shown.
JOINS_REORDERED = 5


class DatabaseWrapper(base.DatabaseWrapper):
    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.connection.execute(f"SET join_collapse_limit = {JOINS_REORDERED}")

    def create_cursor(self, name: str | None = None):
        """Django reads a `timestamptz` by a class of its own, in Python, to give it the connection's zone. In UTC
        psycopg's compiled loader gives the very same values: a day's rows are fetched in less than half the time."""
        cursor = super().create_cursor(name)
        if self.timezone_name == "UTC":
            cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        return cursor
