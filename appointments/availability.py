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
        return sum(1 << i for i in range(0, self.size, every))

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
    """Who and what a visit needs, as free time: the practitioner's hours, the time they are not with somebody, the
    rooms, the devices of the needed kind (None: none needed), the patient, when the practitioner is not away, the
    days their certificate covers, and the starts that notice and horizon let through."""

    opened: int
    practitioner: int
    rooms: dict[int, int]
    devices: dict[int, int] | None = None
    patient: int = ALWAYS
    present: int = ALWAYS
    certified: int = ALWAYS
    after_notice: int = ALWAYS
    within_horizon: int = ALWAYS


@dataclass(frozen=True)
class Answer:
    starts: int
    rooms: dict[int, int]
    refused: dict[str, int] = field(default_factory=dict)

    def room_at(self, bit: int) -> int:
        return next(room for room, free in self.rooms.items() if free >> bit & 1)

    def reasons_at(self, bit: int) -> list[str]:
        return [code for code, refused in self.refused.items() if refused >> bit & 1]


def search(window: Window, segments: Segments, resources: Resources) -> Answer:
    """The starts on the grid at which a visit of these segments fits, and for the others why it does not.

    The practitioner is needed in the hands-on segments only, but has to be in the house throughout.
    """
    length = total_steps(segments)
    rooms = {room: runs(free, length) for room, free in resources.rooms.items()}
    devices = {0: ALWAYS} if resources.devices is None else resources.devices
    possible = {
        "closed": runs(resources.opened, length),
        "certificate_expired": resources.certified,
        "practitioner_away": _hands_free(resources.present, segments, window),
        "practitioner_busy": _hands_free(resources.practitioner, segments, window),
        "no_room": _any(rooms.values()),
        "device_in_use": _any(runs(free, length) for free in devices.values()),
        "patient_busy": runs(resources.patient, length),
        "notice_too_short": resources.after_notice,
        "past_horizon": resources.within_horizon,
    }
    grid = window.grid & _before_end(window, length)
    starts = grid
    for mask in possible.values():
        starts &= mask
    return Answer(starts, rooms, {code: grid & ~mask for code, mask in possible.items()})


def _hands_free(practitioner: int, segments: Segments, window: Window) -> int:
    free, offset = window.everything, 0
    for kind, minutes in segments:
        length = steps(minutes)
        if kind == "hands_on":
            free &= runs(practitioner, length) >> offset
        offset += length
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
