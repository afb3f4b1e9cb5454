"""When somebody could come: free time as integers, one bit for each five minutes from an origin. Pure.

Bit i stands for the five minutes that begin at origin + 5 i minutes. Free time is rounded inwards and taken time
outwards, so a start that is offered can be booked. All moments are instants; wall clocks are turned into instants
before they come here, which is why the nights the clocks change need no care.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

STEP = timedelta(minutes=5)
# Starts are offered on the quarter hours. Every zone's offset is a multiple of that, so they are quarters everywhere.
GRID = timedelta(minutes=15)
# Every bit: what sets no limit.
ALWAYS = -1

Interval = tuple[datetime, datetime]
Segments = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Window:
    """The stretch of time that is searched. `begins` is rounded down to a grid line."""

    begins: datetime
    size: int

    @classmethod
    def of(cls, begins: datetime, ends: datetime) -> "Window":
        epoch = datetime(2000, 1, 1, tzinfo=begins.tzinfo)
        begins -= (begins - epoch) % GRID
        return cls(begins, max(0, -((begins - ends) // STEP)))

    @property
    def ends(self) -> datetime:
        return self.begins + self.size * STEP

    @property
    def everything(self) -> int:
        return (1 << self.size) - 1

    @property
    def grid(self) -> int:
        every = GRID // STEP
        lines = -(-self.size // every)
        # 1 + 2^every + 2^(2 every) + ...
        return ((1 << every * lines) - 1) // ((1 << every) - 1)

    def free(self, intervals: Iterable[Interval]) -> int:
        """The steps that lie wholly inside the intervals."""
        return self._mask(
            (-((self.begins - begins) // STEP), (ends - self.begins) // STEP) for begins, ends in intervals
        )

    def taken(self, intervals: Iterable[Interval]) -> int:
        """The steps that the intervals touch."""
        return self._mask(
            ((begins - self.begins) // STEP, -((self.begins - ends) // STEP)) for begins, ends in intervals
        )

    def taken_seconds(self, spans: Iterable[tuple[int, int]]) -> int:
        """The steps that are touched by spans of seconds since 1970."""
        origin, step = int(self.begins.timestamp()), int(STEP.total_seconds())
        return self._mask(((begins - origin) // step, -((origin - ends) // step)) for begins, ends in spans)

    def _mask(self, spans: Iterable[tuple[int, int]]) -> int:
        mask = 0
        for first, last in spans:
            first, last = max(first, 0), min(last, self.size)
            if last > first:
                mask |= ((1 << (last - first)) - 1) << first
        return mask

    def moments(self, mask: int) -> Iterator[tuple[int, datetime]]:
        """The set bits in order, each with the moment it stands for."""
        while mask:
            lowest = mask & -mask
            bit = lowest.bit_length() - 1
            yield bit, self.begins + bit * STEP
            mask ^= lowest


def runs(mask: int, length: int) -> int:
    """The bits at which `length` set bits in a row begin."""
    done = 1
    while done < length:
        shift = min(done, length - done)
        mask &= mask >> shift
        done += shift
    return mask


def steps(minutes: int) -> int:
    return -(-timedelta(minutes=minutes) // STEP)


def total_steps(segments: Segments) -> int:
    return sum(steps(minutes) for _, minutes in segments)


@dataclass(frozen=True)
class Resources:
    """Who and what a visit needs, as free time: the practitioner's hours with their breaks, the time without breaks,
    the time they are not with somebody, the rooms, the devices of the needed kind (None: none needed), the patient,
    and when the practitioner is not away. `limits` are the starts that each other rule lets through, by its code."""

    opened: int
    practitioner: int
    rooms: dict[int, int]
    devices: dict[int, int] | None = None
    patient: int = ALWAYS
    present: int = ALWAYS
    off_break: int = ALWAYS
    limits: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    starts: int
    rooms: dict[int, int]
    refused: dict[str, int] = field(default_factory=dict)

    def room_at(self, bit: int) -> int:
        return next(room for room, free in self.rooms.items() if free >> bit & 1)

    def reasons_at(self, bit: int) -> list[str]:
        return [code for code, refused in self.refused.items() if refused >> bit & 1]


def search(window: Window, segments: Segments, resources: Resources, *, buffers: tuple[int, int] = (0, 0)) -> Answer:
    """The starts on the grid at which a visit of these segments fits, and for the others why it does not.

    The practitioner is needed in the hands-on segments only, but has to be in the house throughout. In the `buffers`,
    minutes before and after, room and practitioner are needed as well; hours and breaks do not bind them.
    """
    length = total_steps(segments)
    before, after = (steps(minutes) for minutes in buffers)
    rooms = {room: runs(free, before + length + after) << before for room, free in resources.rooms.items()}
    devices = {0: ALWAYS} if resources.devices is None else resources.devices
    hands_on = _hands_on(segments, buffers)
    possible = {
        "closed": runs(resources.opened, length),
        "on_break": runs(resources.off_break, length),
        "practitioner_away": _hands_free(resources.present, hands_on, window),
        "practitioner_busy": _hands_free(resources.practitioner, hands_on, window),
        "no_room": _any(rooms.values()),
        "device_in_use": _any(runs(free, length) for free in devices.values()),
        "patient_busy": runs(resources.patient, length),
        **resources.limits,
    }
    grid = window.grid & _before_end(window, length)
    starts = grid
    for mask in possible.values():
        starts &= mask
    return Answer(starts, rooms, {code: grid & ~mask for code, mask in possible.items()})


def _hands_on(segments: Segments, buffers: tuple[int, int]) -> list[tuple[int, int]]:
    """The stretches for which the practitioner is needed: steps from the start (before it: negative), and length."""
    before, after = (steps(minutes) for minutes in buffers)
    stretches, offset = [(-before, before)], 0
    for kind, minutes in segments:
        length = steps(minutes)
        if kind == "hands_on":
            stretches.append((offset, length))
        offset += length
    return [(first, length) for first, length in [*stretches, (offset, after)] if length]


def _hands_free(practitioner: int, stretches: list[tuple[int, int]], window: Window) -> int:
    free = window.everything
    for first, length in stretches:
        begins = runs(practitioner, length)
        free &= begins >> first if first >= 0 else begins << -first
    return free


def _any(masks: Iterable[int]) -> int:
    together = 0
    for mask in masks:
        together |= mask
    return together


def _before_end(window: Window, length: int) -> int:
    return (1 << max(0, window.size - length + 1)) - 1


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """The intervals in order, those that touch or overlap made one: a visit may go on through the change of hours."""
    stretches: list[Interval] = []
    for begins, ends in sorted(intervals):
        if stretches and begins <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(ends, stretches[-1][1]))
        else:
            stretches.append((begins, ends))
    return stretches


def overlapping(span: Interval, others: Iterable[Interval]) -> list[Interval]:
    """What of the span lies in any of the others."""
    met = ((max(span[0], begins), min(span[1], ends)) for begins, ends in joined(others))
    return [(begins, ends) for begins, ends in met if begins < ends]


def remaining(span: Interval, others: Iterable[Interval]) -> list[Interval]:
    """What of the span lies in none of the others."""
    left, begins = [], span[0]
    for first, last in overlapping(span, others):
        left.append((begins, first))
        begins = last
    return [(begins, ends) for begins, ends in [*left, (begins, span[1])] if begins < ends]
