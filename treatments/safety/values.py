"""What the rules read and what they answer: plain, frozen values."""

from collections.abc import Iterator
from dataclasses import dataclass, field

SERIOUS, CAUTION, NOTE = "serious", "caution", "note"
UNCHECKED = "textbook consensus, not checked against a source"

THORAX = frozenset({"chest", "upper_back"})
TRUNK_BELOW = frozenset({"abdomen", "lower_abdomen", "lumbar", "sacral", "perineum"})
ARM = frozenset({"shoulder", "arm", "elbow", "forearm", "wrist", "hand"})
LEG = frozenset({"hip", "thigh", "knee", "leg", "ankle", "foot"})
LIMBS = ARM | LEG


@dataclass(frozen=True)
class PointCaution:
    """One caution of the catalogue; `techniques` and `trimesters` as in data/README.md, empty trimesters: always."""

    kind: str
    techniques: tuple[str, ...]
    trimesters: tuple[int, ...]
    detail: str
    strength: str
    source: str

    def covers(self, technique: str) -> bool:
        return "any" in self.techniques or technique in self.techniques


@dataclass(frozen=True)
class Place:
    """Where something is done: a point with what the catalogue says of it, or a place in words without a code."""

    code: str = ""
    words: str = ""
    region: str = ""
    laterality: str = ""
    cautions: tuple[PointCaution, ...] = ()

    def __str__(self) -> str:
        return self.code or self.words


@dataclass(frozen=True)
class PlannedNeedle:
    place: Place
    side: str
    electro: bool = False
    depth_mm: int | None = None
    angle: str = ""
    retention_minutes: int | None = None
    pair: int | None = None
    """The lead that the needle hangs on, where it was written down."""

    @property
    def technique(self) -> str:
        return "electro" if self.electro else "needle"

    @property
    def sides(self) -> frozenset[str]:
        return frozenset({"left", "right"}) if self.side == "both" else frozenset({self.side})


@dataclass(frozen=True)
class PlannedCupping:
    kind: str
    sites: str


@dataclass(frozen=True)
class PlannedMoxa:
    kind: str
    place: Place


@dataclass(frozen=True)
class AlertFact:
    kind: str
    side: str = ""
    site: str = ""

    def reaches(self, needle: PlannedNeedle) -> bool:
        """Whether the alert's side is the needle's; an alert without a side reaches both."""
        return self.side in {"", "both"} or self.side in needle.sides


@dataclass(frozen=True)
class Person:
    age: int
    sex: str = "unknown"
    alerts: tuple[AlertFact, ...] = ()
    pregnancy_week: int | None = None

    def of(self, *kinds: str) -> list[AlertFact]:
        return [alert for alert in self.alerts if alert.kind in kinds]

    @property
    def trimester(self) -> int | None:
        if self.pregnancy_week is None:
            return None
        return 1 if self.pregnancy_week <= 13 else 2 if self.pregnancy_week <= 27 else 3

    @property
    def is_pregnant(self) -> bool:
        return bool(self.of("pregnancy"))


@dataclass(frozen=True)
class Session:
    needles: tuple[PlannedNeedle, ...] = ()
    cuppings: tuple[PlannedCupping, ...] = ()
    moxas: tuple[PlannedMoxa, ...] = ()
    techniques: tuple[str, ...] = ()
    ear_points: tuple[str, ...] = ()
    rest_minutes: int | None = None

    def applications(self) -> Iterator[tuple[Place, str]]:
        """Each place with the technique used on it."""
        for needle in self.needles:
            yield needle.place, needle.technique
        for moxa in self.moxas:
            yield moxa.place, "moxa"


@dataclass(frozen=True)
class Finding:
    """`key` names the finding across two checks of the same note, so that a confirmation can be found again."""

    code: str
    severity: str
    subject: str
    message: str
    source: str
    strength: str = "unverified"
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.code}:{self.subject}")


def mentions(text: str, *words: str) -> bool:
    return any(word in text.lower() for word in words)
