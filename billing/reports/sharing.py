"""Parting an amount by weights, to the cent and without a cent lost. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from clinic.money import cents


def parted(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """A part for each weight. Each ends where the amount rounded up to there ends, so that they add up to it; of
    weights that are all nothing, the first takes everything."""
    whole = sum(weights)
    if not whole:
        return [amount, *[Decimal("0.00")] * (len(weights) - 1)]
    parts, before, so_far = [], Decimal("0.00"), Decimal(0)
    for weight in weights:
        so_far += weight
        until = cents(amount * so_far / whole)
        parts.append(until - before)
        before = until
    return parts
