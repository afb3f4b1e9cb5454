"""What is ours in the connection to PostgreSQL changes how long things take, and no value."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from config.postgresql.base import JOINS_REORDERED

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-09-27 02:59:59.999999+12", datetime(2026, 9, 26, 14, 59, 59, 999999, tzinfo=UTC)),
        ("1868-11-02 00:00:00+11:30", datetime(1868, 11, 1, 12, 30, tzinfo=UTC)),
        ("0001-01-01 00:00:00+00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31 23:59:59+00", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_moments_come_in_utc_as_django_reads_them(written: str, moment: datetime):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz, tstzrange(%s, NULL)", [written, written])
        read, period = cursor.fetchone()
    assert (read, read.tzinfo) == (moment, UTC)
    assert (period.lower, period.lower.tzinfo, period.upper) == (moment, UTC, None)


def test_a_connection_searches_the_order_of_few_joins():
    with connection.cursor() as cursor:
        assert int(cursor.execute("SHOW join_collapse_limit").fetchone()[0]) == JOINS_REORDERED
