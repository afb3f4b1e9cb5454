"""The answer: is one more session on a day covered, why, and what to do next. Pure.

ACC's cases are judged by ACC's rules, insurers' by their policy. A private case is covered: by the patient, who has
nothing to ask of anybody. It advises and forbids nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from billing.entitlement import acc, advice, policy
from billing.entitlement.counting import Count, count
from billing.entitlement.values import OF_THE_PAST, Caveat, Check, Decision, Entitlement, Facts, Request
from billing.entitlement.wording import counted, number, spoken
from treatments.requests import rules as request_rules


def assess(facts: Facts, *, on: date) -> Entitlement:
    """A status that changed counts from the day it was known: asked about a past day, the answer is what could be
    known then; for a claim that is still to be made, ask about today."""
    if facts.kind == "acc":
        return _of_acc(facts, on)
    if facts.kind == "insurer":
        return _of_insurer(facts, on)
    return _private(facts, on)


def decided(checks: Iterable[Check]) -> Decision:
    """One no is a no; without one, whatever nobody knows is for a person to find out."""
    answers = [check.passed for check in checks if check.code not in OF_THE_PAST]
    if False in answers:
        return Decision.NOT_COVERED
    return Decision.CHECK_MANUALLY if None in answers else Decision.COVERED


def _of_acc(facts: Facts, on: date) -> Entitlement:
    course = acc.course(facts, on)
    checks = acc.checks(facts, course)
    request = _request(facts, course)
    ends_on = _last_day(facts, course)
    return _answer(
        facts,
        on,
        checks,
        course.count,
        payer=facts.payer,
        window_ends_on=ends_on,
        request=request,
        warnings=acc.warnings(facts),
        next_step=advice.for_acc(facts, checks, course, request=request, ends_on=ends_on),
    )


def _of_insurer(facts: Facts, on: date) -> Entitlement:
    so_far = policy.sessions(facts, on)
    checks = policy.checks(facts, so_far, on)
    return _answer(
        facts,
        on,
        checks,
        so_far,
        payer=facts.payer,
        window_ends_on=facts.policy_expires_on,
        amount_left=policy.amount_left(facts),
        next_step=advice.for_insurer(facts, checks, so_far),
    )


def _private(facts: Facts, on: date) -> Entitlement:
    given = [day for day in facts.given if day <= on]
    so_far = count(first=None, until=None, orders=(), elsewhere=facts.sessions_elsewhere, given=given, on=on)
    return _answer(facts, on, [], so_far, payer="the patient", next_step="Nothing to ask: the patient pays.")


def _answer(
    facts: Facts,
    on: date,
    checks: list[Check],
    so_far: Count,
    *,
    payer: str,
    next_step: str,
    window_ends_on: date | None = None,
    amount_left: Decimal | None = None,
    request: Request | None = None,
    warnings: Iterable[Caveat] = (),
) -> Entitlement:
    caveats = [*warnings, *_overbooked(facts, so_far), *_after_the_window(facts, window_ends_on), *_closed(facts, on)]
    return Entitlement(
        on=on,
        decision=decided(checks),
        payer=payer,
        checks=tuple(checks),
        approved=so_far.approved,
        used=so_far.used,
        booked=len(facts.expected),
        remaining=so_far.remaining,
        window_ends_on=window_ends_on,
        amount_left=amount_left,
        outside=so_far.outside,
        awaiting_since=advice.awaiting_since(facts, on),
        request=request,
        warnings=tuple(caveats),
        next_step=next_step,
    )


def _overbooked(facts: Facts, so_far: Count) -> Iterator[Caveat]:
    if so_far.remaining is not None and len(facts.expected) > so_far.remaining:
        booked, left = counted(len(facts.expected), "visit is", "visits are"), so_far.remaining
        sentence = f"{booked} booked, and {number(left)} {'is' if left < 2 else 'are'} left."
        yield Caveat("booked_beyond_remaining", sentence.capitalize())


def _after_the_window(facts: Facts, window_ends_on: date | None) -> Iterator[Caveat]:
    late = [day for day in facts.expected if window_ends_on is not None and day > window_ends_on]
    if late:
        sentence = f"{counted(len(late), 'visit is', 'visits are')} booked after {spoken(window_ends_on)}."
        yield Caveat("booked_after_window", sentence[0].upper() + sentence[1:])


def _closed(facts: Facts, on: date) -> Iterator[Caveat]:
    if facts.closed_on is not None and on > facts.closed_on:
        yield Caveat("case_closed", f"The case was closed on {spoken(facts.closed_on)}.")


def _request(facts: Facts, course: acc.Course) -> Request | None:
    """Which kind the next request for more treatment would be, once the claim is accepted and if nothing but more
    treatment is asked for: any but a standard one needs clinical notes and outcome measures with it."""
    if facts.date_of_injury is None:
        return None
    asked = [row.on for row in facts.asked] + [order.approved_on for order in facts.orders]
    request = request_rules.Facts(
        cover_accepted=True,
        date_of_injury=facts.date_of_injury,
        requested_on=course.on,
        earlier_requests=course.is_extended + sum(1 for day in asked if day <= course.on),
        after_surgery=False,
    )
    is_standard = request_rules.is_standard(request_rules.checks(request))
    return Request.STANDARD if is_standard else Request.NON_STANDARD


def _last_day(facts: Facts, course: acc.Course) -> date | None:
    """Of what holds on that day: the window, or the purchase order that outlasts it."""
    if not course.orders:
        return course.window_ends_on
    if any(order.expires_on is None for order in course.orders):
        return None
    last = max(order.expires_on for order in course.orders)
    return max(last, course.window_ends_on or last)
