"""Where things stand on the diary: against a plain count of every step."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.diary.layout import GAP, STEP, TRACKS, Day, gaps, places
from tests.visits import nz

span = st.tuples(st.integers(0, 60), st.integers(1, 24))


def steps_of(span) -> set[int]:
    return set(range(span[0], span[0] + span[1]))


def meeting_at_most(spans, most: int) -> bool:
    return all(sum(step in steps_of(one) for one in spans) <= most for step in range(90))


@given(st.lists(span, max_size=12).filter(lambda spans: meeting_at_most(spans, TRACKS)))
@settings(max_examples=400, deadline=None)
def test_visits_of_the_same_time_never_cover_each_other(spans):
    found = places(spans)
    assert [(place.first, place.length) for place in found] == list(spans)
    cells = [
        (step, track)
        for place in found
        for step in range(place.first, place.first + place.length)
        for track in range(place.track, place.track + place.tracks)
    ]
    assert len(cells) == len(set(cells))
    assert all(place.track >= 0 and place.track + place.tracks <= TRACKS and place.tracks for place in found)


def test_a_visit_that_meets_nobody_has_the_whole_width():
    assert [(p.track, p.tracks) for p in places([(0, 10), (10, 10), (15, 2)])] == [(0, 12), (0, 6), (6, 6)]


@given(st.lists(span, max_size=4), st.lists(span, max_size=6))
@settings(max_examples=400, deadline=None)
def test_gaps_are_the_quarters_in_which_nothing_is_taken(opened, busy):
    taken = set().union(*map(steps_of, busy))
    expected = [
        quarter
        for quarter in range(0, 90, GAP)
        if any(set(range(quarter, quarter + GAP)) <= steps_of(one) for one in opened)
        and not taken & set(range(quarter, quarter + GAP))
    ]
    assert gaps(opened, busy) == expected


def test_a_day_counts_the_hours_that_pass_also_when_the_clocks_change():
    forward, back = date(2026, 9, 27), date(2027, 4, 4)
    lengths = [
        Day.of(nz(f"{day} 00:00"), nz(f"{day + timedelta(days=1)} 00:00")).steps * STEP for day in (forward, back)
    ]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]


def test_a_stretch_is_cut_at_the_edges_of_what_is_shown():
    day = Day.of(nz("2026-11-24 08:00"), nz("2026-11-24 10:00"))
    assert day.span(nz("2026-11-24 07:00"), nz("2026-11-24 08:12")) == (0, 3)
    assert day.span(nz("2026-11-24 09:58"), nz("2026-11-24 12:00")) == (23, 1)
    assert day.span(nz("2026-11-24 06:00"), nz("2026-11-24 07:00")) == (0, 0)
