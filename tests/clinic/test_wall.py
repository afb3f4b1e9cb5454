"""What a time on the wall means on the nights the clocks change: one meaning, for hours and for reminders."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.wall import hours_on_the_wall, on_the_wall
from tests.visits import AUCKLAND

SPRING, AUTUMN = date(2026, 9, 27), date(2027, 4, 4)


@pytest.mark.parametrize("skipped", ["02:00", "02:00:01", "02:30", "02:59:59.5"])
def test_a_time_that_does_not_exist_means_the_first_one_that_does(skipped):
    assert on_the_wall(SPRING, time.fromisoformat(skipped), AUCKLAND) == datetime(2026, 9, 26, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "utc"), [("01:59:59", "2026-09-26T13:59:59+00:00"), ("03:00", "2026-09-26T14:00:00+00:00")]
)
def test_the_times_around_the_gap_are_themselves(at, utc):
    assert on_the_wall(SPRING, time.fromisoformat(at), AUCKLAND) == datetime.fromisoformat(utc)


def test_a_time_that_exists_twice_means_the_first():
    """2:30 on 4 April 2027 is at +13:00 first and at +12:00 an hour later."""
    assert on_the_wall(AUTUMN, time(2, 30), AUCKLAND) == datetime(2027, 4, 3, 13, 30, tzinfo=UTC)


def test_a_gap_of_half_an_hour_is_known_too():
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    assert on_the_wall(date(2026, 10, 4), time(2, 15), lord_howe) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours_open"),
    [
        (date(2026, 9, 27), 23),  # clocks go forward at 02:00
        (date(2027, 4, 4), 25),  # and back at 03:00
        (date(2027, 9, 26), 23),
        (date(2028, 4, 2), 25),
        (date(2026, 11, 2), 24),
    ],
)
def test_a_day_on_the_wall_is_as_long_as_it_is(day: date, hours_open: int):
    begins, _ = hours_on_the_wall(day, time(0), time(12), AUCKLAND)
    ends, _ = hours_on_the_wall(day + timedelta(days=1), time(0), time(12), AUCKLAND)
    assert (ends - begins) == timedelta(hours=hours_open)


@pytest.mark.parametrize("day", [date(2026, 9, 27), date(2027, 4, 4), date(2027, 9, 26), date(2028, 4, 2)])
def test_working_hours_keep_their_wall_clock_on_the_days_the_clocks_change(day: date):
    for around in range(-7, 8):
        opens, closes = hours_on_the_wall(day + timedelta(days=around), time(9), time(17), AUCKLAND)
        assert [moment.astimezone(AUCKLAND).time() for moment in (opens, closes)] == [time(9), time(17)]
        assert closes - opens == timedelta(hours=8)


def test_hours_that_begin_in_the_gap_begin_when_it_is_over():
    hours = hours_on_the_wall(date(2026, 9, 27), time(2, 30), time(12), AUCKLAND)
    assert [moment.astimezone(AUCKLAND).time() for moment in hours] == [time(3), time(12)]


def test_hours_that_all_fall_into_the_gap_are_no_time_at_all():
    opens, closes = hours_on_the_wall(date(2026, 9, 27), time(2, 10), time(2, 50), AUCKLAND)
    assert opens == closes == datetime(2026, 9, 26, 14, tzinfo=UTC)
