"""The next step, in one or two sentences: what stands most in the way comes first. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

from billing.entitlement import acc
from billing.entitlement.acc import Course
from billing.entitlement.counting import Count
from billing.entitlement.values import OF_THE_PAST, RUNNING_OUT, Check, Decision, Entitlement, Facts, Request
from billing.entitlement.wording import number, spoken

# Days before the end of a window from which somebody has to think of a request; ACC answers within three working days.
ENDING = timedelta(days=14)

_NUMBER = "Ask the patient or whoever lodged the claim for its number, and enter it."
MISSING = {
    "date_of_injury": "Enter the date of injury, as it stands on the claim.",
    "claim_number": _NUMBER,
    "diagnosis_code": "Enter the Read or SNOMED code of the injury.",
}
# What a request for more treatment is meant to change.
ASKED_FOR = frozenset({"injury_within_12_months", "sessions_remaining", "within_treatment_window"})
BY_HAND = {
    "claim_number": "Compare the claim number with ACC's letter.",
    "cover_accepted": "Ask ACC about the cover, or treat as a private visit until it is decided.",
    "sessions_remaining": "Ask ACC how many treatments it pays for.",
    "injury_within_12_months": "Ask the patient when the first treatment elsewhere was, and enter it.",
    "within_treatment_window": "Ask the patient when the first treatment elsewhere was, and enter it.",
    "practitioner_certified": "Look up the practising certificate before that day.",
    "policy_known": "Ask the insurer what the policy covers, and enter it.",
}
CARRIES = {
    Request.STANDARD: "As the first one of this clinic it is a standard request, if the diagnosis is as it was.",
    Request.NON_STANDARD: "It is not a standard one: send clinical notes and outcome measures with it.",
    None: "",
}


# For a line of the day: what stands in the way, in a word or two.
IN_SHORT = {
    "case_is_acc": "Not ACC's to pay",
    "cover_accepted": "Cover not accepted",
    "claim_number": "No claim number",
    "date_of_injury": "No date of injury",
    "diagnosis_code": "No diagnosis code",
    "injury_within_12_months": "Injury over 12 months",
    "policy_in_force": "Policy ended",
    "approval_given": "Not approved yet",
    "within_treatment_window": "Window ended",
    "sessions_remaining": "None left",
    "amount_remaining": "Amount used up",
    "practitioner_certified": "No certificate",
}
BY_HAND_IN_SHORT = {
    "cover_accepted": "Cover not decided",
    "claim_number": "Compare claim number",
    "policy_known": "Policy not known",
    "practitioner_certified": "Look up certificate",
}


def in_short(found: Entitlement, *, is_given: bool) -> str:
    """`2 left`, `Window ended`: for the line of a visit. Nothing where there is nothing to do. `is_given` where the
    visit is one of those that were counted: then none left may mean that it was the last."""
    is_the_last = is_given and found.remaining == 0 and found.on not in found.outside
    if is_the_last and _failed(found) <= {"sessions_remaining", *OF_THE_PAST}:
        return "That was the last"
    if found.decision == Decision.NOT_COVERED:
        return next(words for code, words in IN_SHORT.items() if code in _failed(found))
    if found.decision == Decision.CHECK_MANUALLY:
        by_hand = {check.code for check in found.checks if check.passed is None}
        known = (words for code, words in BY_HAND_IN_SHORT.items() if code in by_hand)
        return next(known, "Check cover by hand")
    return f"{found.remaining} left" if found.is_running_out else ""


def _failed(found: Entitlement) -> set[str]:
    return {check.code for check in found.checks if check.passed is False}


def awaiting_since(facts: Facts, on: date) -> date | None:
    return max((row.on for row in facts.asked if row.on <= on and not row.is_answered), default=None)


def for_acc(
    facts: Facts, checks: Sequence[Check], course: Course, *, request: Request | None, ends_on: date | None
) -> str:
    failed = {check.code for check in checks if check.passed is False}
    by_hand = {check.code for check in checks if check.passed is None}
    if facts.cover_status in acc.ACCREDITED or "case_is_acc" in failed:
        return f"Invoice {acc.who_pays_instead(facts)} or its administrator; ask them first what they pay."
    if "cover_accepted" in failed:
        return "ACC pays nothing for this claim: the patient pays, unless ACC decides anew."
    if missing := [code for code in MISSING if code in failed]:
        return MISSING[missing[0]]
    since = awaiting_since(facts, course.on)
    if since and (failed & ASKED_FOR or 0 < (course.count.remaining or 0) <= RUNNING_OUT):
        return f"More was asked for on {spoken(since)}: take down ACC's answer when it comes."
    if "injury_within_12_months" in failed:
        return _with_request("Ask ACC for approval before treating (ACC32).", request)
    if failed & {"sessions_remaining", "within_treatment_window"}:
        return _with_request("Request more treatment from ACC (ACC32) before the next session.", request)
    if "practitioner_certified" in failed:
        return "Book somebody whose practising certificate covers that day."
    if course.is_extended and "within_treatment_window" in by_hand:
        return "Take down the purchase order of what was approved, with its days."
    if unknown := [code for code in BY_HAND if code in by_hand]:
        return BY_HAND[unknown[0]]
    if 0 < course.count.remaining <= RUNNING_OUT:
        left = number(course.count.remaining).capitalize()
        return _with_request(f"{left} left: prepare the request for more treatment.", request)
    if course.has_begun and ends_on is not None and ends_on - course.on < ENDING:
        return _with_request(f"Covered until {spoken(ends_on)}: prepare the request for more treatment.", request)
    if "invoice_within_12_months" in failed:
        return "Invoice what was given: the oldest session is more than 12 months ago."
    return _nothing_to_do(course.count.remaining, ends_on)


def for_insurer(facts: Facts, checks: Sequence[Check], so_far: Count) -> str:
    failed = {check.code for check in checks if check.passed is False}
    by_hand = {check.code for check in checks if check.passed is None}
    payer = facts.payer or "the insurer"
    if "policy_in_force" in failed:
        return f"Ask whether the policy was renewed; without it the patient pays, not {payer}."
    if "approval_given" in failed:
        return f"Ask {payer} for approval before treating, and enter its number."
    if failed & {"sessions_remaining", "amount_remaining"}:
        return f"Ask {payer} for more before the next session, or agree with the patient to pay."
    if "practitioner_certified" in failed:
        return "Book somebody whose practising certificate covers that day."
    if unknown := [code for code in BY_HAND if code in by_hand]:
        return BY_HAND[unknown[0]]
    if so_far.remaining is not None and so_far.remaining <= RUNNING_OUT:
        return f"{number(so_far.remaining).capitalize()} left: ask {payer} for more."
    return _nothing_to_do(so_far.remaining, facts.policy_expires_on)


def _with_request(sentence: str, request: Request | None) -> str:
    return f"{sentence} {CARRIES[request]}".strip()


def _nothing_to_do(remaining: int | None, ends_on: date | None) -> str:
    parts = [f"{remaining} left" if remaining is not None else "", f"until {spoken(ends_on)}" if ends_on else ""]
    known = " ".join(part for part in parts if part)
    return f"Nothing to do: {known}." if known else "Nothing to do."
