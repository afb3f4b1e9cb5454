"""Entitlement where staff see it: the panel on a case's page, and what is said when a visit is booked."""

from collections.abc import Iterator
from datetime import date, datetime

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from appointments.hinting import Hint
from billing.entitlement import gathering
from billing.entitlement.values import Decision, Entitlement
from clinic import showing
from clinic.models import Practitioner, User
from patients.models import Case

DECISIONS = {
    Decision.COVERED: "Covered",
    Decision.NOT_COVERED: "Not covered",
    Decision.CHECK_MANUALLY: "Check by hand",
}
QUESTIONS = {
    "case_is_acc": "ACC's case",
    "claim_number": "Claim number",
    "date_of_injury": "Date of injury",
    "diagnosis_code": "Diagnosis",
    "cover_accepted": "Cover",
    "injury_within_12_months": "Injury within 12 months",
    "sessions_remaining": "Sessions left",
    "within_treatment_window": "Treatment window",
    "practitioner_certified": "Certificate",
    "invoice_within_12_months": "Invoiced in time",
    "policy_known": "Policy",
    "policy_in_force": "Policy in force",
    "approval_given": "Approval",
    "amount_remaining": "Amount left",
}
# A mark and a word: never the colour alone.
ANSWERS = {True: ("yes", "✓ Yes"), False: ("no", "✕ No"), None: ("ask", "? By hand")}


def panel(*, row: Case, user: User, now: datetime, request_id: str) -> SafeString:
    """Every check of the case today, with its source, and the next step first."""
    found = gathering.of_case(row, on=gathering.today_of(now), now=now)
    context = {
        "decision": found.decision.value,
        "decision_words": DECISIONS[found.decision],
        "figures": in_figures(found),
        "next_step": found.next_step,
        "warnings": [warning.detail for warning in found.warnings],
        "checks": [
            {
                "answer": ANSWERS[check.passed][0],
                "answer_words": ANSWERS[check.passed][1],
                "question": QUESTIONS[check.code],
                "detail": check.detail,
                "source": str(check.source),
            }
            for check in found.checks
        ],
    }
    return SafeString(render_to_string("billing/entitlement_panel.html", context))


def in_figures(found: Entitlement) -> str:
    """`ACC pays. 10 of 12 used, 2 left, 1 booked, until Sun 24 May.`"""
    used = f"{found.used} used" if found.approved is None else f"{found.used} used of {found.approved} approved"
    left = "" if found.remaining is None else f"{found.remaining} left"
    booked = f"{found.booked} booked"
    until = f"until {showing.day(found.window_ends_on)}" if found.window_ends_on else ""
    figures = ", ".join(part for part in (used, left, booked, until) if part)
    return f"{found.payer[0].upper()}{found.payer[1:]}: {figures}."


def hints(
    *, case: Case, on: date, practitioner: Practitioner | None, is_booked: bool, now: datetime
) -> Iterator[Hint]:
    """What the desk should know of the case on that day: the answer and the next step, then the warnings."""
    found = gathering.of_case(case, on=on, now=now, practitioner=practitioner)
    is_open = found.decision != Decision.COVERED
    why = next((check.detail for check in found.checks if check.passed is _weight(found.decision)), "")
    facts = why if is_open else in_figures(found)
    yield Hint(
        code=found.decision.value,
        detail=f"{DECISIONS[found.decision]} on {showing.day(on)}. {facts} {found.next_step}",
        is_warning=is_open or found.is_running_out,
    )
    warned = {warning.code for warning in found.warnings}
    for warning in found.warnings:
        yield Hint(code=warning.code, detail=warning.detail, is_warning=True)
    if not is_booked and "booked_beyond_remaining" not in warned and _would_be_too_many(found):
        detail = f"With this visit more are booked than the {found.remaining} left."
        yield Hint(code="booked_beyond_remaining", detail=detail, is_warning=True)


def _weight(decision: Decision) -> bool | None:
    """The answer of a check that leads to this decision."""
    return {Decision.NOT_COVERED: False, Decision.CHECK_MANUALLY: None}.get(decision, True)


def _would_be_too_many(found: Entitlement) -> bool:
    return found.remaining is not None and found.booked + 1 > found.remaining
