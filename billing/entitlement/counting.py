"""Which approval each session used up, and what is left. Pure.

Sessions are taken in the order of their days: from what was approved first while its window runs, then from the
purchase order that expires soonest. A session outside every approval used up none of them, such as one paid
privately while the answer to a request was awaited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.entitlement.values import Order


@dataclass(frozen=True, slots=True)
class Count:
    """`approved` is what was used up of all approvals and what those that hold still have: what lapsed unused is not
    in it. `outside` are the days of the sessions that no approval held."""

    approved: int | None
    used: int
    remaining: int | None
    outside: tuple[date, ...]


def count(
    *,
    first: int | None,
    until: date | None,
    orders: Sequence[Order],
    elsewhere: int,
    given: Sequence[date],
    on: date,
) -> Count:
    """`first` is the number approved to begin with (None: not limited), to be used by the day `until`. Sessions
    elsewhere came before those here. What is left of the first approval stays in sight after its window, until a
    purchase order takes its place."""
    used = elsewhere + len(given)
    if first is None:
        return Count(approved=None, used=used, remaining=None, outside=())
    left = max(0, first - elsewhere)
    soonest = sorted(orders, key=lambda order: (order.expires_on or date.max, order.valid_from))
    left_of = [order.sessions for order in soonest]
    outside = []
    for day in sorted(given):
        if left and (until is None or day <= until):
            left -= 1
            continue
        place = next((i for i, order in enumerate(soonest) if left_of[i] and order.holds_on(day)), None)
        if place is None:
            outside.append(day)
        else:
            left_of[place] -= 1
    holding = [left_of[i] for i, order in enumerate(soonest) if order.holds_on(on)]
    is_open = until is None or on <= until or not holding
    remaining = (left if is_open else 0) + sum(holding)
    beyond = len(outside) + max(0, elsewhere - first)
    return Count(approved=used - beyond + remaining, used=used, remaining=remaining, outside=tuple(outside))
