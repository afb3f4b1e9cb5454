"""Where things stand on a diary's page: times as steps of five minutes, visits beside each other in lanes. Pure.

A column is a grid of steps. A visit takes its whole time in one lane, so that two who share a practitioner, one at
rest while the other is needled, stand side by side. Steps count elapsed time, which is why a night on which the clocks
change has an hour more or less and nothing else is odd about it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STEP = timedelta(minutes=5)
# A gap can be booked on each quarter of an hour.
GAP = 3
# The widest a column is divided: each count of lanes from 1 to 6 has whole tracks of it, but for 5.
TRACKS = 12

Interval = tuple[datetime, datetime]
Span = tuple[int, int]


@dataclass(frozen=True)
class Day:
    """The stretch of time that a column shows, from `begins` on."""

    begins: datetime
    steps: int

    @classmethod
    def of(cls, begins: datetime, ends: datetime) -> "Day":
        # Between two times of one zone Python counts what the wall shows, not what passes.
        begins = begins.astimezone(UTC)
        return cls(begins, -((begins - ends) // STEP))

    def span(self, begins: datetime, ends: datetime) -> Span:
        """First step and number of steps, rounded outwards and cut at the edges of what is shown."""
        first = max(0, (begins - self.begins) // STEP)
        last = min(self.steps, -((self.begins - ends) // STEP))
        return first, max(0, last - first)

    def moment(self, step: int) -> datetime:
        return self.begins + step * STEP


@dataclass(frozen=True)
class Place:
    """`track` and `tracks`, of the `TRACKS` of a column, are where a lane begins and how wide it is."""

    first: int
    length: int
    track: int
    tracks: int


def places(spans: Sequence[Span]) -> list[Place]:
    """Each span in a lane of its own as long as it meets others; as wide as those it meets leave it."""
    order = sorted(range(len(spans)), key=lambda index: spans[index])
    found: dict[int, Place] = {}
    for group in _groups(order, spans):
        lanes = list(_lanes(group, spans))
        count = max(lane for _, lane in lanes) + 1
        width = max(1, TRACKS // count)
        for index, lane in lanes:
            found[index] = Place(*spans[index], track=min(lane * width, TRACKS - width), tracks=width)
    return [found[index] for index in range(len(spans))]


def _groups(order: Iterable[int], spans: Sequence[Span]) -> Iterator[list[int]]:
    """Runs of spans that meet each other, directly or through a third."""
    group: list[int] = []
    ends = 0
    for index in order:
        first, length = spans[index]
        if group and first >= ends:
            yield group
            group = []
        group.append(index)
        ends = max(ends, first + length) if len(group) > 1 else first + length
    if group:
        yield group


def _lanes(group: Iterable[int], spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Each index with the first lane that is free when it begins."""
    until: list[int] = []
    for index in group:
        first, length = spans[index]
        lane = next((number for number, ends in enumerate(until) if ends <= first), len(until))
        until[lane : lane + 1] = [first + length]
        yield index, lane


def gaps(opened: Iterable[Span], busy: Iterable[Span]) -> list[int]:
    """The quarter hours, as steps, that lie in the opened spans and in which nothing is taken."""
    taken = {step for first, length in busy for step in range(first, first + length)}
    return sorted(
        {
            quarter
            for first, length in opened
            for quarter in range(-(-first // GAP) * GAP, first + length - GAP + 1, GAP)
            if taken.isdisjoint(range(quarter, quarter + GAP))
        }
    )
