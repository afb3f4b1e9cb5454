"""Where the label of a mark goes so that it covers neither a mark nor another label. Pure and deterministic."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from treatments.chartpaths import Words

# Mean width of a character as a share of the size: a little wide for digits and capitals of common sans fonts.
CHARACTER_WIDTH = 0.6
# Directions tried in order, as degrees from "outward" (away from the middle of the picture), upward positive.
ANGLES = (0, 30, -30, 60, -60, 90, -90, 120, -120, 150, -150, 180)
DISTANCES = (3, 14, 26, 40, 56, 75, 100, 130)
LEADER_FROM = 10


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, x: float, y: float, radius: float) -> "Box":
        return cls(x - radius, y - radius, x + radius, y + radius)

    @classmethod
    def of_words(cls, words: Words) -> "Box":
        """The room that words centred on their place take."""
        half = len(words.text) * words.size * CHARACTER_WIDTH / 2
        return cls(words.x - half, words.y - words.size * 0.8, words.x + half, words.y + 1)

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True)
class Label:
    """`leader` is where a thin line from the mark ends, or None where the label stands beside its mark."""

    x: float
    y: float
    anchor: str
    box: Box
    leader: tuple[float, float] | None


def placed_label(
    text: str,
    at: tuple[float, float],
    *,
    radius: float,
    size: float,
    outward: int,
    within: tuple[float, float],
    taken: Iterable[Box],
) -> Label | None:
    """The first free place round a mark at `at`; `outward` is 1 to begin on the right, -1 on the left.

    Where all are taken, the first that lies inside the picture. None for an empty text.
    """
    if not text:
        return None
    picture = Box(0, 0, *within)
    others = list(taken)
    fallback = None
    for label in _candidates(text, at, radius, size, outward):
        box = label.box
        if box.left < picture.left or box.right > picture.right or box.top < 0 or box.bottom > picture.bottom:
            continue
        if not any(box.meets(other) for other in others):
            return label
        fallback = fallback or label
    return fallback or next(iter(_candidates(text, at, radius, size, outward)))


def _candidates(text: str, at: tuple[float, float], radius: float, size: float, outward: int) -> Iterable[Label]:
    width = len(text) * size * CHARACTER_WIDTH
    height = size * 0.8
    for distance in DISTANCES:
        for angle in ANGLES:
            across = math.cos(math.radians(angle)) * outward
            up = math.sin(math.radians(angle))
            edge = (at[0] + across * (radius + distance), at[1] - up * (radius + distance))
            anchor = "start" if across > 0.2 else "end" if across < -0.2 else "middle"
            left = edge[0] - {"start": 0, "middle": width / 2, "end": width}[anchor]
            bottom = edge[1] + height / 2 - up * height / 2
            box = Box(left, bottom - height - 1, left + width, bottom + 1)
            x, y = round(edge[0], 1), round(bottom, 1)
            leader = (x, round(edge[1], 1)) if distance >= LEADER_FROM else None
            yield Label(x, y, anchor, box, leader)
