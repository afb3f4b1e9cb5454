"""What ACC pays for acupuncture, by date, and where each figure was read. Pure, and the one place of these figures.

A new rule is a new row; none is ever edited. What a source does not say is not here: no dollar amount, and no rule
before December 2010.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Confidence(StrEnum):
    SEEN = "seen in the source"
    INFERRED = "its first day is inferred"


@dataclass(frozen=True, slots=True)
class Source:
    text: str
    confidence: Confidence | None = Confidence.SEEN

    def __str__(self) -> str:
        return f"{self.text} ({self.confidence})" if self.confidence else self.text


@dataclass(frozen=True, slots=True)
class AccRule:
    """In force from its first day until the next one begins. `window_days` is None where no window was known."""

    valid_from: date
    treatments: int
    window_days: int | None
    source: Source


ACC_RULES: tuple[AccRule, ...] = (
    AccRule(
        date(2010, 12, 1),
        6,
        None,
        Source(
            "ACC, osteopathy, acupuncture and chiropractic services (about 2011):"
            " 6 a claim where the Read code lists no trigger number"
        ),
    ),
    AccRule(
        date(2021, 1, 1),
        16,
        364,
        Source("ACC newsroom, changes to acupuncture treatment: 16 over 52 weeks", Confidence.INFERRED),
    ),
    AccRule(
        date(2021, 12, 15),
        12,
        84,
        Source("ACC newsroom, changes to acupuncture treatment: 12 over 12 weeks from 15 December 2021"),
    ),
)
"""Oldest first. The rule of the day of the first treatment governs, also where its window runs past the next one."""

INVOICE_MONTHS = 12

CLAIM_NUMBER = Source("ACC, FHIR guide, invariant acc-claim-number (7 March 2024)")
CLAIM = Source("ACC, lodging a claim for a patient")
COVER = Source("ACC, developer resources, query APIs: cover status")
CODES = Source("ACC, using Read and SNOMED codes; FHIR guide, Read code list")
INJURY = Source("ACC, submit an ACC32 request: within 12 months of the injury, no exceptions")
EXTENSION = Source("ACC, prior approval for treatment (copy of 2021-22)")
CERTIFICATE = Source("ACC, paying patient treatment: a current annual practising certificate")
REGISTER = Source("The practitioner's certificate, as it was taken down", None)
INVOICE = Source("ACC, how to invoice us: within 12 months of the service")
CASE = Source("The case, as it was taken down", None)
POLICY = Source("The policy, as it was taken down on the case", None)


def rule_on(day: date) -> AccRule | None:
    """The rule in force on a day; None before the first one that is known."""
    return next((rule for rule in reversed(ACC_RULES) if day >= rule.valid_from), None)
