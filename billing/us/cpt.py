"""Which acupuncture codes a day's contact makes, and how many 15-minute units of each.

US insurers count blocks of personal contact, not the time the needles stay in. A patient's day has exactly one initial
code: 97810, or 97813 where any needle of the block carries a current. Every further block needs a needle that was
inserted anew, and is 97811 or 97814 by its own needles (Acupuncture Today, November 2012; American Association of
Acupuncture and Oriental Medicine, reimbursement pages).

The numbers are codes of the American Medical Association's CPT; their descriptors are its copyright and none is here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

INITIAL = {False: "97810", True: "97813"}
FURTHER = {False: "97811", True: "97814"}
CODES = (*INITIAL.values(), *FURTHER.values())

LABELS = {
    "97810": "Needles by hand, first 15 min",
    "97811": "Needles by hand, next 15 min, re-inserted",
    "97813": "Needles with current, first 15 min",
    "97814": "Needles with current, next 15 min, re-inserted",
}
"""Our own words, for setting services up; a clinic with a licence writes what it may."""


@dataclass(frozen=True, slots=True)
class TimeRule:
    """How minutes become units from a day on. A block counts once it is past its middle."""

    valid_from: date
    unit_minutes: int
    least_minutes: int
    source: str
    confidence: str


TIME_RULES: tuple[TimeRule, ...] = (
    TimeRule(
        date(2005, 1, 1),
        15,
        8,
        source="CPT's midpoint convention for timed codes; the four codes are in use since 2005",
        confidence="general knowledge, not read in a source: compare it with the payer's own policy",
    ),
)
"""Oldest first. A new rule is a new row; none is ever edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What billing knows of one treatment. `reinsertions`: how often needles were inserted anew.

    A note does not say during which minutes the current ran: its needles stay in, so it counts for all of them.
    """

    minutes: int
    reinsertions: int = 0
    electrical: bool = False


@dataclass(frozen=True, slots=True)
class Units:
    code: str
    units: int


def units_of_day(sessions: Sequence[Session], *, on: date) -> list[list[Units]]:
    """For each of one patient's sessions of a day, in their order, the codes and units it adds.

    The minutes of the day are counted together, so that two halves of a block make one unit and not two. The first
    insertion of a later session is one anew: that patient had needles before. Raises ValueError where no rule holds.
    """
    rule = time_rule(on=on)
    found, minutes, billed = [], 0, False
    for number, session in enumerate(sessions):
        blocks = _blocks(minutes + session.minutes, rule) - _blocks(minutes, rule)
        minutes += session.minutes
        codes: Counter[str] = Counter()
        if blocks and not billed:
            codes[INITIAL[session.electrical]] = 1
            billed, blocks = True, blocks - 1
        further = min(blocks, session.reinsertions + (number > 0 and not codes))
        if further:
            codes[FURTHER[session.electrical]] = further
        found.append([Units(code, count) for code, count in codes.items()])
    return found


def time_rule(*, on: date) -> TimeRule:
    for rule in reversed(TIME_RULES):
        if on >= rule.valid_from:
            return rule
    raise ValueError(f"There were no acupuncture codes on {on.isoformat()}.")


def _blocks(minutes: int, rule: TimeRule) -> int:
    return (minutes + rule.unit_minutes - rule.least_minutes) // rule.unit_minutes
