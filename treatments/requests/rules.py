"""Whether a request to ACC is a standard one. Pure.

A standard request needs the patient, the treatment and the provider only, and is answered within three business days;
any other goes with the clinical notes and the outcome measures. The rules are those of ACC's page "Submit an ACC32
request" and its one-page guide to ACC32 treatment requests.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from clinic.months import months_after

PAGE = "ACC, submit an ACC32 request"
GUIDE = "ACC, how to make an ACC32 treatment request (one-page guide)"

# Of the cover status, as it stands on a case: what counts as an accepted claim.
ACCEPTED = frozenset({"accept", "interim_accept"})
INJURY_MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`earlier_requests`: finished ones of this clinic for more treatment of the same claim. `changed_codes`: Read
    codes to be added, or whose side is to change; `other_changes`: changes that no Read code names.
    `listed_codes`: ACC's Standard Read Code list, as the clinic entered it."""

    cover_accepted: bool
    date_of_injury: date
    requested_on: date
    earlier_requests: int
    after_surgery: bool
    changed_codes: tuple[str, ...] = ()
    other_changes: bool = False
    listed_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`detail` is the sentence for people, whether it passed or not."""

    code: str
    passed: bool
    detail: str
    source: str


def checks(facts: Facts) -> list[Check]:
    """Each that must pass for a standard request."""
    return [
        Check(
            code="cover_accepted",
            passed=facts.cover_accepted,
            detail="ACC accepted the claim." if facts.cover_accepted else "ACC has not accepted the claim.",
            source=PAGE,
        ),
        _injury(facts),
        Check(
            code="first_request",
            passed=facts.earlier_requests == 0,
            detail="This is the clinic's first request for more treatment of this claim."
            if facts.earlier_requests == 0
            else "The clinic asked for more treatment of this claim before.",
            source=PAGE,
        ),
        _diagnosis(facts),
        Check(
            code="not_after_surgery",
            passed=not facts.after_surgery,
            detail="The treatment follows surgery." if facts.after_surgery else "The treatment follows no surgery.",
            source=GUIDE,
        ),
    ]


def is_standard(found: Iterable[Check]) -> bool:
    return all(check.passed for check in found)


def last_day_of_injury(injured_on: date) -> date:
    """The last day on which an injury is no more than 12 months ago."""
    return months_after(injured_on, INJURY_MONTHS)


def _injury(facts: Facts) -> Check:
    within = facts.requested_on <= last_day_of_injury(facts.date_of_injury)
    return Check(
        code="injury_within_12_months",
        passed=within,
        detail="The injury is no more than 12 months ago." if within else "The injury is more than 12 months ago.",
        source=PAGE,
    )


def _diagnosis(facts: Facts) -> Check:
    unlisted = sorted(set(facts.changed_codes) - facts.listed_codes)
    if not facts.changed_codes and not facts.other_changes:
        passed, detail = True, "The diagnosis stays as ACC has it."
    elif unlisted and not facts.listed_codes:
        passed, detail = False, "The diagnosis changes, and ACC's standard Read code list is not entered here."
    elif unlisted:
        passed, detail = False, f"Not on ACC's standard Read code list: {', '.join(unlisted)}."
    elif facts.other_changes:
        passed, detail = False, "Something is to change that no Read code names."
    else:
        passed, detail = True, "Each changed diagnosis is on ACC's standard Read code list."
    return Check(code="diagnosis_standard", passed=passed, detail=detail, source=GUIDE)
