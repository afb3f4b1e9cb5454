"""Red flags of low back, buttock and hip: what a patient answers, and when a doctor should see them first. Pure.

A finding is advice to the practitioner, who decides; single flags are weak evidence and are taken together (Verhagen
2016). The questions carry a version: a screening keeps the findings of the rules it was answered under.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

VERSION = "2026-1"
# AHCPR says "older"; we read it as from 65 on.
OLDER = 65
CHILD = 16

EMERGENCY, URGENT, SEE_FIRST = "emergency", "urgent", "see_first"

AHCPR = "Acute Low Back Problems in Adults, AHCPR quick reference guide 14, 1994, table 1 (NCBI Bookshelf NBK52120)"
VERHAGEN = "Verhagen 2016, Eur Spine J 25:2788: red flags in the low back pain guidelines of 16 countries"
HIP = "Hip pain in adults: red flag symptoms (gponline.com, article 1460668)"
HIP_PATHWAY = "Red flags for hip conditions (g-care.glos.nhs.uk, pathway 28)"
UNCHECKED = "textbook consensus, not checked against a source"


@dataclass(frozen=True)
class Question:
    """To be answered with yes, no, or not at all."""

    code: str
    text: str


QUESTIONS = (
    Question("saddle_numbness", "Is the skin numb or changed between the legs, where a saddle would touch?"),
    Question("bladder_bowel_change", "Has passing or holding urine or stool changed since the pain began?"),
    Question("both_legs", "Are both legs weak, numb or painful?"),
    Question("leg_weakness", "Is a leg becoming weaker, or does a foot drag?"),
    Question("cannot_bear_weight", "Is it impossible to stand on the leg or to take four steps?"),
    Question("hard_blow", "Did it begin with a heavy fall, a crash or another hard blow?"),
    Question("minor_fall", "Did it begin with a small fall, a stumble or lifting something?"),
    Question("steroids", "Has the patient taken steroid tablets for a long time?"),
    Question("osteoporosis", "Does the patient have thin bones (osteoporosis), or broke a bone in a small fall?"),
    Question("fever", "Fever, chills or night sweats since the pain began?"),
    Question("infection_risk", "A recent infection, a weak immune system, or injected drugs?"),
    Question("night_pain", "Does the pain stay at night and at rest, whatever the position?"),
    Question("weight_loss", "Weight lost without trying?"),
    Question("cancer_history", "Cancer, now or in the past?"),
    Question("swollen_leg", "Is one leg newly swollen, warm and painful?"),
)
CODES = tuple(question.code for question in QUESTIONS)


@dataclass(frozen=True)
class Told:
    answers: Mapping[str, bool | None]
    age: int

    def yes(self, *codes: str) -> list[str]:
        return [code for code in codes if self.answers.get(code)]

    @property
    def fragile(self) -> list[str]:
        """What makes bones break easily."""
        return self.yes("steroids", "osteoporosis") + ["age"] * (self.age >= OLDER)


@dataclass(frozen=True)
class Finding:
    """`because` holds the codes of the answers that led to it, and `age` where that did."""

    code: str
    urgency: str
    because: tuple[str, ...]
    advice: str
    source: str


@dataclass(frozen=True)
class Rule:
    """`because` answers what speaks for the finding, and nothing where it does not apply."""

    code: str
    urgency: str
    because: Callable[[Told], list[str]]
    advice: str
    source: str


RULES = (
    Rule(
        "cauda_equina",
        EMERGENCY,
        lambda told: told.yes("saddle_numbness", "bladder_bowel_change", "both_legs"),
        "The nerves at the end of the spinal cord may be pressed. Do not treat: to an emergency department now.",
        AHCPR,
    ),
    Rule(
        "nerve_weakness",
        URGENT,
        lambda told: told.yes("leg_weakness"),
        "A nerve may be losing its function. See a GP today, before any treatment.",
        AHCPR,
    ),
    Rule(
        "cannot_bear_weight",
        URGENT,
        lambda told: told.yes("cannot_bear_weight"),
        "A fracture or an infected joint must be ruled out. See a doctor today, before any treatment.",
        HIP,
    ),
    Rule(
        "fracture_after_trauma",
        URGENT,
        lambda told: told.yes("hard_blow"),
        "A fracture must be ruled out. See a GP or an emergency department before any treatment.",
        AHCPR,
    ),
    Rule(
        "fragile_fracture",
        URGENT,
        lambda told: told.yes("minor_fall") + told.fragile if told.yes("minor_fall") and told.fragile else [],
        "Even a small fall can break a fragile bone. See a GP before any treatment.",
        AHCPR,
    ),
    Rule(
        "infection",
        URGENT,
        lambda told: told.yes("fever") and told.yes("fever", "infection_risk"),
        "An infection of bone or joint must be ruled out. See a GP today, before any treatment.",
        AHCPR,
    ),
    Rule(
        "clot",
        URGENT,
        lambda told: told.yes("swollen_leg"),
        "A clot in a vein must be ruled out. See a doctor today; no massage, cups or needles on that leg.",
        UNCHECKED,
    ),
    Rule(
        "infection_risk",
        SEE_FIRST,
        lambda told: [] if told.yes("fever") else told.yes("infection_risk"),
        "An infection is more likely than usual. See a GP or a physiotherapist first.",
        AHCPR,
    ),
    Rule(
        "tumour",
        SEE_FIRST,
        lambda told: told.yes("cancer_history", "weight_loss"),
        "Another illness may lie behind the pain. See a GP first.",
        VERHAGEN,
    ),
    Rule(
        "night_pain",
        SEE_FIRST,
        lambda told: told.yes("night_pain"),
        "Pain that no position eases is not usual for muscle or tendon. See a GP or a physiotherapist first.",
        VERHAGEN,
    ),
    Rule(
        "steroids",
        SEE_FIRST,
        lambda told: [] if told.yes("minor_fall", "hard_blow") else told.yes("steroids"),
        "Long use of steroids can harm bone, the head of the thigh bone too. See a GP or a physiotherapist first.",
        HIP,
    ),
    Rule(
        "child",
        SEE_FIRST,
        lambda told: ["age"] if told.age < CHILD else [],
        "In a growing child hip pain can come from the growth plate. See a GP or a physiotherapist first.",
        HIP_PATHWAY,
    ),
)


class CannotScreen(ValueError):
    """The answers make no screening; `code` and the message say why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def findings(answers: Mapping[str, bool | None], *, age: int) -> list[Finding]:
    """What follows from the answers (True, False, or None for no answer), the most urgent first.

    Raises CannotScreen for a question that is not asked here, and where nothing was answered."""
    unknown = sorted(set(answers) - set(CODES))
    if unknown:
        raise CannotScreen("screening_question_unknown", f"There is no question called {unknown[0]}.")
    if all(answer is None for answer in answers.values()):
        raise CannotScreen("screening_unanswered", "Answer at least one question.")
    return list(_findings(Told(answers, age)))


def _findings(told: Told) -> Iterator[Finding]:
    for rule in RULES:
        because = rule.because(told)
        if because:
            yield Finding(rule.code, rule.urgency, tuple(because), rule.advice, rule.source)


def unanswered(answers: Mapping[str, bool | None]) -> list[str]:
    return [code for code in CODES if answers.get(code) is None]
