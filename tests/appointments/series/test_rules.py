"""What of RFC 5545 is taken, what each other thing is refused as, and what the clocks show on every day of a rule."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from dateutil.rrule import rrulestr
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from appointments.series.rules import DAYS, Rule, parse
from clinic.errors import Refusal
from tests.visits import AUCKLAND

TUESDAY = date(2026, 11, 24)
NINE = time(9)

REFUSED = {
    "rule_malformed": ["", "WEEKLY", "FREQ=", "FREQ=WEEKLY;;COUNT=2", "=5"],
    "rule_part_twice": ["FREQ=DAILY;FREQ=WEEKLY;COUNT=2"],
    "rule_part_not_taken": [
        "FREQ=DAILY;COUNT=2;BYHOUR=9", "FREQ=DAILY;COUNT=2;WKST=SU", "FREQ=DAILY;COUNT=2;X-OWN=1",
        "FREQ=MONTHLY;COUNT=2;BYMONTH=3", "FREQ=DAILY;COUNT=2;BYWEEKNO=3", "FREQ=DAILY;COUNT=2;BYYEARDAY=3",
    ],
    "rule_without_frequency": ["COUNT=2"],
    "rule_frequency": ["FREQ=YEARLY;COUNT=2", "FREQ=HOURLY;COUNT=2", "FREQ=OFTEN;COUNT=2"],
    "rule_interval": [f"FREQ=DAILY;COUNT=2;INTERVAL={interval}" for interval in ("0", "53", "-1", "1.5")],
    "rule_days": ["FREQ=WEEKLY;COUNT=2;BYDAY=TUE", "FREQ=WEEKLY;COUNT=2;BYDAY=TU,", "FREQ=MONTHLY;COUNT=2;BYDAY=6MO"],
    "rule_ordinal_day": ["FREQ=WEEKLY;COUNT=2;BYDAY=1TU"],
    "rule_month_days": ["FREQ=MONTHLY;COUNT=2;BYMONTHDAY=0", "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=32"],
    "rule_month_day_weekly": ["FREQ=WEEKLY;COUNT=2;BYMONTHDAY=3"],
    "rule_positions": ["FREQ=MONTHLY;COUNT=2;BYDAY=MO;BYSETPOS=0"],
    "rule_position_alone": ["FREQ=MONTHLY;COUNT=2;BYSETPOS=1"],
    "rule_count": ["FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=201", "FREQ=DAILY;COUNT=two"],
    "rule_until": ["FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;UNTIL=20261332", "FREQ=DAILY;UNTIL=20261218T200000"],
    "rule_ends_twice": ["FREQ=DAILY;COUNT=2;UNTIL=20261218"],
    "rule_without_end": ["FREQ=DAILY"],
}  # fmt: skip
REFUSED_WITH_ITS_FIRST = {
    "rule_misses_first": [
        "FREQ=WEEKLY;BYDAY=WE;COUNT=2", "FREQ=DAILY;INTERVAL=7;BYDAY=WE;COUNT=2", "FREQ=DAILY;UNTIL=20261123",
    ],
    "rule_too_many": ["FREQ=DAILY;UNTIL=20270701"],
    "rule_too_far": ["FREQ=WEEKLY;COUNT=120", "FREQ=WEEKLY;UNTIL=20281231", "FREQ=DAILY;UNTIL=99991231T235959Z"],
    # Of what is agreed: the shifting of a rule that names days of the month.
    "rule_cannot_shift": [],
}  # fmt: skip


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in REFUSED.items() for text in texts])
def test_a_part_that_is_not_as_it_should_be_is_refused_by_a_code_of_its_own(code: str, text: str):
    with pytest.raises(Refusal) as refused:
        parse(text)
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, "rule", 422)


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in REFUSED_WITH_ITS_FIRST.items() for text in texts]
)
def test_a_rule_that_misses_its_first_day_or_has_no_near_end_is_refused(code: str, text: str):
    with pytest.raises(Refusal) as refused:
        parse(text).occurrences(TUESDAY, NINE, AUCKLAND)
    assert refused.value.code == code


def test_each_refusal_of_a_rule_is_tested():
    source = (Path(settings.BASE_DIR) / "appointments" / "series" / "rules.py").read_text()
    assert set(re.findall(r'"(rule_\w+)"', source)) == {*REFUSED, *REFUSED_WITH_ITS_FIRST}


@pytest.mark.parametrize("text", ["FREQ=MONTHLY;BYMONTHDAY=24;COUNT=3", "FREQ=MONTHLY;BYDAY=4TU;COUNT=3"])
def test_a_rule_of_days_of_the_month_is_not_shifted(text: str):
    with pytest.raises(Refusal) as refused:
        parse(text).shifted(1)
    assert refused.value.code == "rule_cannot_shift"


@pytest.mark.parametrize(
    ("first_on", "change"), [("2026-09-01", "2026-09-27"), ("2027-03-02", "2027-04-04"), ("2027-09-07", "2027-09-26")]
)
def test_a_weekly_series_keeps_its_time_on_the_wall_over_a_change_of_clocks(first_on: str, change: str):
    first = date.fromisoformat(first_on)
    moments = parse("FREQ=WEEKLY;COUNT=10").occurrences(first, time(9, 15), AUCKLAND)
    assert [f"{moment.astimezone(AUCKLAND):%a %H:%M}" for moment in moments] == ["Tue 09:15"] * 10
    # One hour of the clocks lies between: it would be off by one if weeks were counted in hours.
    assert len({moment.astimezone(UTC).hour for moment in moments}) == 2
    assert moments[0].date() < date.fromisoformat(change) < moments[-1].date()


@given(
    first_on=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    at=st.times().map(lambda at: at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)),
    freq=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    interval=st.integers(1, 3),
    count=st.integers(1, 8),
)
def test_every_occurrence_shows_the_agreed_time_on_the_wall(first_on, at, freq, interval, count):
    """But for the one hour of the year that the clocks leave out: then it is the first moment after it."""
    moments = Rule(freq=freq, interval=interval, count=count).occurrences(first_on, at, AUCKLAND)
    walls = [moment.astimezone(AUCKLAND) for moment in moments]
    assert len(moments) == count
    assert moments == sorted(set(moments))
    left_out = [wall for wall in walls if wall.time() != at]
    assert all(time(2) <= at < time(3) and wall.time() == time(3) for wall in left_out)


@given(
    first_on=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    freq=st.sampled_from(["DAILY", "WEEKLY"]),
    interval=st.integers(1, 4),
    weekdays=st.sets(st.sampled_from(DAYS), min_size=1),
    count=st.integers(1, 20),
)
def test_the_days_are_those_of_rfc_5545(first_on, freq, interval, weekdays, count):
    """As another reader of rules finds them, asked in the calendar's own time."""
    text = f"FREQ={freq};INTERVAL={interval};BYDAY={','.join(sorted(weekdays))};COUNT={count}"
    oracle = [moment.date() for moment in rrulestr(text, dtstart=datetime.combine(first_on, NINE))]
    try:
        found = [_day(moment) for moment in parse(text).occurrences(first_on, NINE, AUCKLAND)]
    except Refusal as refusal:
        found = refusal.code
    expected = oracle if oracle[:1] == [first_on] else "rule_misses_first"
    assert found == expected


@given(
    first_on=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    weekdays=st.sets(st.integers(0, 6), min_size=1, max_size=4),
    days=st.integers(-6, 6),
)
def test_a_weekly_rule_shifted_is_on_the_shifted_days(first_on, weekdays, days):
    first_on += timedelta(days=min((weekday - first_on.weekday()) % 7 for weekday in weekdays))
    rule = Rule(freq="WEEKLY", byday=tuple((0, weekday) for weekday in sorted(weekdays)), count=9)
    before = rule.occurrences(first_on, NINE, AUCKLAND)
    after = rule.shifted(days).occurrences(first_on + timedelta(days=days), NINE, AUCKLAND)
    assert [_day(moment) for moment in after] == [_day(moment) + timedelta(days=days) for moment in before]


def _day(moment: datetime) -> date:
    return moment.astimezone(AUCKLAND).date()


@pytest.mark.parametrize(
    ("until", "times"),
    [("20261208", 3), ("20261207", 2), ("20261207T200000Z", 3), ("20261207T195959Z", 2)],
)
def test_the_last_day_is_among_them_and_so_is_a_last_moment(until: str, times: int):
    """Nine in the morning of 8 December in Auckland is eight in the evening of the 7th in UTC."""
    assert len(parse(f"FREQ=WEEKLY;UNTIL={until}").occurrences(TUESDAY, NINE, AUCKLAND)) == times


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=FR,TU;COUNT=12", "Every week on Tuesday and Friday, 12 times"),
        ("RRULE:FREQ=DAILY;INTERVAL=2;COUNT=1", "Every 2 days, 1 time"),
        ("freq=monthly;byday=1mo;until=20270301", "Every month on the first Monday, until 1 March 2027"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=3", "Every month on the last of Monday and Tuesday, 3 times"),
        ("FREQ=MONTHLY;BYMONTHDAY=5,-1;COUNT=3", "Every month on day 1 from the end and day 5, 3 times"),
    ],
)
def test_a_rule_is_told_in_words_and_kept_in_one_spelling(text: str, words: str):
    rule = parse(text)
    assert rule.in_words() == words
    assert parse(str(rule)) == rule
