"""The search for free time against a search that looks at every minute, and on the nights the clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from appointments.availability import GRID, Resources, Window, joined, runs, search, total_steps

AUCKLAND = ZoneInfo("Pacific/Auckland")
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
HOURS_SEARCHED = 12
MINUTES = HOURS_SEARCHED * 60


def interval(step: int):
    """A stretch of the window in minutes, on lines of `step`."""
    lines = st.integers(-60 // step, (MINUTES + 60) // step)
    return st.tuples(lines, lines).filter(lambda pair: pair[0] < pair[1]).map(lambda p: (p[0] * step, p[1] * step))


def calendar(step: int):
    def some(most: int):
        return st.lists(interval(step), max_size=most)

    return st.fixed_dictionaries(
        {
            "opened": some(3),
            "busy": some(5),
            "rooms": st.lists(some(3), max_size=3),
            "devices": st.none() | st.lists(some(2), max_size=2),
            "patient": st.none() | some(2),
            "breaks": some(2),
            "away": some(2),
            # Of the rooms, those that suit are handed to the search; the others are as if they were not there.
            "suits": st.sets(st.integers(0, 2)),
            "buffers": st.tuples(*[st.integers(0, 4).map(lambda n: n * 5)] * 2),
            "segments": st.lists(
                st.tuples(st.sampled_from(["hands_on", "rest"]), st.integers(1, 8).map(lambda n: n * 5)),
                min_size=1,
                max_size=4,
            ),
        }
    )


def at(minute: int) -> datetime:
    return MONDAY + timedelta(minutes=minute)


def moments(intervals):
    return [(at(begins), at(ends)) for begins, ends in intervals]


def found_by_us(said) -> tuple[list[int], dict[int, list[str]], dict[int, int]]:
    window = Window.of(at(0), at(MINUTES))

    def free(taken):
        return window.everything & ~window.taken(moments(taken))

    answer = search(
        window,
        said["segments"],
        Resources(
            opened=window.free(joined(moments(said["opened"]))),
            practitioner=free(said["busy"]),
            rooms={number: free(taken) for number, taken in suitable(said)},
            devices=None if said["devices"] is None else {n: free(taken) for n, taken in enumerate(said["devices"])},
            patient=free(said["patient"] or []),
            present=free(said.get("away", [])),
            off_break=free(said.get("breaks", [])),
        ),
        buffers=said.get("buffers", (0, 0)),
    )
    starts = [bit * 5 for bit, _ in window.moments(answer.starts)]
    reasons = {bit * 5: answer.reasons_at(bit) for bit, _ in window.moments(window.grid & ~answer.starts)}
    return starts, reasons, {start: answer.room_at(start // 5) for start in starts}


def suitable(said) -> list[tuple[int, list]]:
    suits = said.get("suits") or {0, 1, 2}
    return [(number, taken) for number, taken in enumerate(said["rooms"]) if number in suits]


def minutes_of(intervals) -> set[int]:
    return {minute for begins, ends in intervals for minute in range(begins, ends)}


def oracle(said) -> list[int]:
    """Every quarter hour, every minute, every resource: slow, and plainly right."""
    length = sum(minutes for _, minutes in said["segments"])
    opened = minutes_of(said["opened"]) - minutes_of(said["breaks"])
    busy = minutes_of(said["busy"]) | minutes_of(said["away"])
    before, after = said["buffers"]
    found = []
    for start in range(0, MINUTES - length + 1, 15):
        whole = set(range(start, start + length))
        buffers = set(range(start - before, start)) | set(range(start + length, start + length + after))
        # What lies beyond the stretch that is searched is not known to be free.
        if not buffers <= set(range(MINUTES)):
            continue
        hands_on, begins = set(buffers), start
        for kind, minutes in said["segments"]:
            if kind == "hands_on":
                hands_on |= set(range(begins, begins + minutes))
            begins += minutes
        fits = whole <= opened and not hands_on & busy
        fits = fits and any(not (whole | buffers) & minutes_of(taken) for _, taken in suitable(said))
        if said["devices"] is not None:
            fits = fits and any(not whole & minutes_of(taken) for taken in said["devices"])
        if said["patient"] is not None:
            fits = fits and not whole & minutes_of(said["patient"])
        if fits:
            found.append(start)
    return found


@given(calendar(5))
@settings(max_examples=300, deadline=None)
def test_the_starts_are_those_that_a_search_minute_by_minute_finds(said):
    starts, reasons, rooms = found_by_us(said)
    assert starts == oracle(said)
    length, (before, after) = sum(minutes for _, minutes in said["segments"]), said["buffers"]
    for start, room in rooms.items():
        assert room in dict(suitable(said))
        assert not set(range(start - before, start + length + after)) & minutes_of(said["rooms"][room])
    assert [start for start, why in reasons.items() if not why and start + length <= MINUTES] == []


@given(calendar(1))
@settings(max_examples=200, deadline=None)
def test_a_start_that_is_offered_is_free_to_the_minute_whatever_the_calendar(said):
    starts, _, _ = found_by_us(said)
    assert set(starts) <= set(oracle(said))


@given(st.integers(0, 2**40), st.integers(1, 12))
def test_runs_are_where_so_many_bits_in_a_row_begin(mask: int, length: int):
    bits = bin(mask)[:1:-1]
    expected = sum(1 << i for i in range(len(bits)) if set(bits[i : i + length]) == {"1"} and i + length <= len(bits))
    assert runs(mask, length) == expected


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)).filter(lambda pair: pair[0] < pair[1]), max_size=8)
)
def test_joined_stretches_cover_the_same_time_and_never_touch(pairs):
    stretches = joined(pairs)
    assert minutes_of(stretches) == minutes_of(pairs)
    assert all(one[1] < other[0] for one, other in pairwise(stretches))


def test_hours_that_adjoin_hold_a_visit_that_spans_them():
    said = {
        "opened": [(0, 60), (60, 120)],
        "busy": [],
        "rooms": [[]],
        "devices": None,
        "patient": None,
        "segments": [("hands_on", 60)],
    }
    assert found_by_us(said)[0] == [0, 15, 30, 45, 60]


def test_while_one_patient_rests_the_practitioner_is_free_for_another():
    staggered = [("hands_on", 15), ("rest", 25), ("hands_on", 10)]
    said = {
        "opened": [(0, 240)],
        "busy": [(0, 15), (40, 50)],
        "rooms": [[(0, 50)], []],
        "devices": None,
        "patient": None,
        "segments": staggered,
    }
    starts, _, rooms = found_by_us(said)
    assert starts[0] == 15
    assert rooms[15] == 1


def test_each_reason_is_named():
    said = {
        "opened": [(0, 60)],
        "busy": [(0, 30)],
        "rooms": [[(0, 30)]],
        "devices": [[(0, 30)]],
        "patient": [(0, 30)],
        "segments": [("hands_on", 30)],
    }
    starts, reasons, _ = found_by_us(said)
    assert starts == [30]
    assert reasons[0] == ["practitioner_busy", "no_room", "device_in_use", "patient_busy"]
    assert reasons[60] == ["closed"]


def test_a_window_begins_on_a_grid_line_and_counts_in_fives():
    window = Window.of(MONDAY + timedelta(minutes=7), MONDAY + timedelta(minutes=61))
    assert window.begins == MONDAY
    assert window.size == 13
    assert [moment for _, moment in window.moments(window.grid)] == [MONDAY + n * GRID for n in range(5)]
    assert Window.of(MONDAY, MONDAY).everything == 0
    assert total_steps([("hands_on", 15), ("rest", 25)]) == 8
