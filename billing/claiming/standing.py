"""How the lines of invoices stand with whoever they were claimed from: on a day, and in words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from billing.models import ClaimLine, ClaimLineStep

State = ClaimLine.State
# What has to be looked at comes first.
IN_ORDER = (
    State.DECLINED,
    State.REVERSED,
    State.PARTIAL,
    State.HELD,
    State.SUBMITTED,
    State.ACCEPTED,
    State.PAID,
)


def of_invoices(invoices: Iterable[int], *, until: datetime) -> dict[int, Counter[str]]:
    """By invoice, how many of its lines were in each state at that moment; nothing of what was not claimed by then.

    One query. A line that was claimed again stands as it does on its newest claim.
    """
    steps = ClaimLineStep.objects.filter(line__invoice_line__invoice__in=invoices, at__lt=until)
    newest: dict[tuple[int, int], str] = {}
    rows = steps.exclude(state=State.SELECTED).order_by("line_id", "pk")
    for invoice, line, state in rows.values_list("line__invoice_line__invoice", "line__invoice_line", "state"):
        newest[invoice, line] = state
    found: dict[int, Counter[str]] = {}
    for (invoice, _), state in newest.items():
        found.setdefault(invoice, Counter())[state] += 1
    return found


def in_words(counts: Mapping[str, int]) -> str:
    """`Declined`, where all lines stand alike; else `1 declined, 2 paid`. Empty where nothing was claimed."""
    states = [state for state in IN_ORDER if counts.get(state)]
    if len(states) == 1:
        return states[0].label
    return ", ".join(f"{counts[state]} {state.label.lower()}" for state in states)
