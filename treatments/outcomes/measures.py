"""Scores of the outcome measures: arithmetic only. Pure.

Wording of protected instruments (ODI, VISA-G, QuickDASH) is not shipped: what is entered are the answers' numbers, or
for VISA-G the total. Each measure carries its version, so that a later change of a rule never changes an old score.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

Answers = Sequence[int | None]


class CannotScore(ValueError):
    """The answers do not make a score; the message says why, in words for the person who entered them."""


@dataclass(frozen=True)
class Measure:
    """`items` (least, most) answers, each from `low` to `high`. `better` is the direction of improvement.

    `minimal_change` is the least change that matters, in points of the score; None where none was found.
    """

    code: str
    version: str
    name: str
    items: tuple[int, int]
    low: int
    high: int
    score: Callable[[Answers], Decimal]
    scale: tuple[int, int]
    better: str
    minimal_change: Decimal | None
    source: str
    protected: bool = False
    licence: str = "The wording may be used freely."


PROTECTED = "The wording is protected and is not shown here: enter the numbers of the answers from the licensed form."


def _given(answers: Answers) -> list[int]:
    return [answer for answer in answers if answer is not None]


def _one_place(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _total(answers: Answers) -> Decimal:
    if None in answers:
        raise CannotScore("Every question needs an answer: no rule for missing ones was found for this measure.")
    return Decimal(sum(_given(answers)))


def _mean(answers: Answers) -> Decimal:
    given = _given(answers)
    return _one_place(Decimal(sum(given)) / len(given))


def _psfs(answers: Answers) -> Decimal:
    """The mean of three to five activities the patient chose, 0 unable to 10 able (PSFS 2.0 is inverted: not this)."""
    if len(_given(answers)) < 3:
        raise CannotScore("At least three activities are needed.")
    return _mean(answers)


def _mymop(answers: Answers) -> Decimal:
    """Symptom 1, symptom 2 and activity (either may be missing), wellbeing; the profile is the mean of those given."""
    if answers[0] is None or answers[3] is None:
        raise CannotScore("The first symptom and the wellbeing are always needed.")
    return _mean(answers)


def _odi(answers: Answers) -> Decimal:
    """Per cent: sum / (5 x sections answered) x 100. 16 of 50 is 32; with a section left out, 16 of 45 is 35.6 (the
    published example prints 35.5: cut, not rounded)."""
    given = _given(answers)
    if len(given) < 9:
        raise CannotScore("At most one section may be left out.")
    return _one_place(Decimal(sum(given)) * 100 / (5 * len(given)))


def _quickdash(answers: Answers) -> Decimal:
    """(mean - 1) x 25; at most one of the eleven answers may be missing."""
    given = _given(answers)
    if len(given) < 10:
        raise CannotScore("At most one question may be left out.")
    return _one_place((Decimal(sum(given)) / len(given) - 1) * 25)


MEASURES: dict[str, Measure] = {
    measure.code: measure
    for measure in [
        Measure(
            "nprs", "1", "Pain, 0 to 10", (1, 1), 0, 10, _total, (0, 10), "lower", Decimal(2),
            "PMC7990728; archivesphysiotherapy s40945-017-0032-x",
        ),
        Measure(
            "psfs", "1", "Patient-specific functional scale", (3, 5), 0, 10, _psfs, (0, 10), "higher", Decimal("1.3"),
            "JOSPT 2014;44:560: 1.3 small, 2.3 medium, 2.7 large",
        ),
        Measure(
            "lefs", "1", "Lower extremity functional scale", (20, 20), 0, 4, _total, (0, 80), "higher", Decimal(9),
            "medicalalgorithms.com LEFS; RehabMeasures",
            licence="Copyright of its authors, listed as free of cost: enter the numbers of the answers.",
        ),
        Measure(
            "odi", "2", "Oswestry disability index", (10, 10), 0, 5, _odi, (0, 100), "lower", Decimal(10),
            "idcafe.net ODI: MDC90 10 points; JOSPT 2014: 12", protected=True, licence=PROTECTED,
        ),
        Measure(
            "visa_g", "1", "VISA-G, total", (1, 1), 0, 100, _total, (0, 100), "higher", None,
            "Fearon 2015: 0 to 100, 100 is no disability; minimal change not found", protected=True,
            licence="The wording is protected and is not shown here: enter the total.",
        ),
        Measure(
            "mymop2", "2", "MYMOP2", (4, 4), 0, 6, _mymop, (0, 6), "lower", Decimal(1),
            "general knowledge, 0.5 to 1.0, not checked against a source",
            licence="Free for clinical use after registration with its authors: enter the numbers of the answers.",
        ),
        Measure(
            "quickdash", "1", "QuickDASH", (11, 11), 1, 5, _quickdash, (0, 100), "lower", None,
            "arithmetic by general knowledge, not checked against a source", protected=True, licence=PROTECTED,
        ),
    ]
}  # fmt: skip


def score(code: str, answers: Answers) -> Decimal:
    """The score by the current version of a measure. Raises `CannotScore`, KeyError for an unknown code."""
    measure = MEASURES[code]
    least, most = measure.items
    if not least <= len(answers) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise CannotScore(f"{measure.name} has {wanted} answers, not {len(answers)}.")
    if any(answer is not None and not measure.low <= answer <= measure.high for answer in answers):
        raise CannotScore(f"Each answer lies between {measure.low} and {measure.high}.")
    if not _given(answers):
        raise CannotScore("Nothing was answered.")
    return measure.score(answers)


def change(code: str, first: Decimal, last: Decimal) -> str:
    """`improved`, `worse` or `no change that matters`, by the minimal change; `unrated` where none is known."""
    measure = MEASURES[code]
    gain = last - first if measure.better == "higher" else first - last
    if measure.minimal_change is None:
        return "unrated"
    if gain >= measure.minimal_change:
        return "improved"
    return "worse" if -gain >= measure.minimal_change else "no change that matters"
