from datetime import date, datetime, time, timedelta

import pytest

from messaging.timing import due_at, next_try, not_in_the_past
from tests.visits import AUCKLAND, nz

SPRING, AUTUMN = date(2026, 9, 27), date(2027, 4, 4)
CHANGES = [SPRING, AUTUMN, date(2027, 9, 26), date(2028, 4, 2)]


@pytest.mark.parametrize("change", CHANGES)
def test_the_day_before_at_nine_is_nine_on_the_wall_around_every_change_of_clocks(change):
    """Every half hour from 8:00 to 18:00, fourteen days around the change."""
    seen = set()
    for day in range(-7, 7):
        for half_hour in range(16, 37):
            wall = datetime.combine(change, time()) + timedelta(days=day, minutes=30 * half_hour)
            due = due_at(starts_at=wall.replace(tzinfo=AUCKLAND), zone=AUCKLAND, days_before=1, at=time(9))
            seen.add((due.astimezone(AUCKLAND).time(), wall.date() - due.astimezone(AUCKLAND).date()))
    assert seen == {(time(9), timedelta(days=1))}


def test_hours_before_are_hours_that_pass():
    """Clocks go forward at 2:00 on 27 September 2026 and back at 3:00 on 4 April 2027."""
    assert due_at(starts_at=nz("2026-09-27 09:00"), zone=AUCKLAND, hours_before=24) == nz("2026-09-26 08:00")
    assert due_at(starts_at=nz("2027-04-04 09:00"), zone=AUCKLAND, hours_before=24) == nz("2027-04-03 10:00")
    assert due_at(starts_at=nz("2026-11-24 09:00"), zone=AUCKLAND, hours_before=2) == nz("2026-11-24 07:00")


def test_the_date_is_the_locations_not_that_of_utc():
    """9:15 am on the 24th in Auckland is still the 23rd in UTC."""
    assert due_at(starts_at=nz("2026-11-24 09:15"), zone=AUCKLAND, days_before=1, at=time(9)) == nz("2026-11-23 09:00")


def test_a_rule_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="either hours before"):
        due_at(starts_at=nz("2026-11-24 09:15"), zone=AUCKLAND, days_before=1)


def test_a_moment_that_has_passed_becomes_now():
    now = nz("2026-11-23 20:00")
    assert not_in_the_past(nz("2026-11-23 09:00"), now=now) == now
    assert not_in_the_past(nz("2026-11-24 09:00"), now=now) == nz("2026-11-24 09:00")


def test_tries_come_later_each_time_up_to_half_an_hour():
    now = nz("2026-11-23 09:00")
    waits = [(next_try(now=now, attempts=n, before=None) - now).total_seconds() / 60 for n in range(1, 9)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_tries_come_sooner_near_the_appointment_and_never_after_it():
    now, start = nz("2026-11-24 09:00"), nz("2026-11-24 09:20")
    moments = []
    while (moment := next_try(now=now, attempts=9, before=start)) is not None:
        moments.append(moment)
        now = moment
    assert moments[0] == nz("2026-11-24 09:10")
    assert max(moments) < start
    assert next_try(now=start, attempts=1, before=start) is None
    assert next_try(now=start + timedelta(hours=1), attempts=1, before=start) is None
