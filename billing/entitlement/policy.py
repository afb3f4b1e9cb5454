"""What an insurer's policy says about a case and a day, by what was taken down of it. Pure.

What a policy leaves open does not limit it; where nothing of it was taken down, a person has to look.
"""

from datetime import date
from decimal import Decimal

from billing.entitlement import rules
from billing.entitlement.acc import practitioner_certified, sessions_remaining
from billing.entitlement.counting import Count, count
from billing.entitlement.values import Check, Facts
from billing.entitlement.wording import spoken
from clinic.money import ZERO, format_money


def sessions(facts: Facts, on: date) -> Count:
    given = [day for day in facts.given if day <= on]
    return count(
        first=facts.approved_sessions,
        until=facts.policy_expires_on,
        orders=facts.orders,
        elsewhere=facts.sessions_elsewhere,
        given=given,
        on=on,
    )


def amount_left(facts: Facts) -> Decimal | None:
    if facts.approved_amount is None:
        return None
    return max(ZERO, facts.approved_amount - facts.billed)


def checks(facts: Facts, so_far: Count, on: date) -> list[Check]:
    found = [_policy_known(facts), _policy_in_force(facts, on)]
    if facts.approval_required:
        found.append(_approval_given(facts, on))
    found += [
        sessions_remaining(facts, so_far, on, rules.POLICY),
        _amount_remaining(facts),
        practitioner_certified(facts, on, rules.REGISTER),
    ]
    return found


def _policy_known(facts: Facts) -> Check:
    known = (
        facts.policy_number,
        facts.policy_expires_on,
        facts.approved_sessions,
        facts.approved_amount,
        facts.approval_number,
        facts.orders,
    )
    if all(value in ("", None, ()) for value in known):
        return Check("policy_known", None, "Nothing of the policy is on the case.", rules.POLICY)
    number = f"Policy {facts.policy_number}." if facts.policy_number else "Its limits are on the case."
    return Check("policy_known", True, number, rules.POLICY)


def _policy_in_force(facts: Facts, on: date) -> Check:
    last = facts.policy_expires_on
    if last is None:
        return Check("policy_in_force", True, "No end of the policy was taken down.", rules.POLICY)
    if on <= last:
        return Check("policy_in_force", True, f"The policy runs until {spoken(last)}.", rules.POLICY)
    return Check("policy_in_force", False, f"The policy ended on {spoken(last)}.", rules.POLICY)


def _approval_given(facts: Facts, on: date) -> Check:
    number = facts.approval_number or next((order.number for order in facts.orders if order.holds_on(on)), "")
    if number:
        return Check("approval_given", True, f"Approved under {number}.", rules.POLICY)
    detail = "The insurer approves before treatment begins, and has not yet."
    return Check("approval_given", False, detail, rules.POLICY)


def _amount_remaining(facts: Facts) -> Check:
    left = amount_left(facts)
    if left is None:
        return Check("amount_remaining", True, "The amount is not limited.", rules.POLICY)
    detail = f"{format_money(facts.billed)} of {format_money(facts.approved_amount)} is billed, without GST."
    return Check("amount_remaining", left > 0, detail, rules.POLICY)
