"""Tax to the cent, against a calculation that shares nothing with ours: integers, and no rounding function."""

import random
from datetime import date, timedelta
from decimal import Decimal

from billing.pricing import line_amounts

INVOICES = 100_000
# Percent, times ten, from their first days on: 10 %, 12.5 %, 15 %.
RATES = ((date(1986, 10, 1), 100), (date(1989, 7, 1), 125), (date(2010, 10, 1), 150))


def per_mille(day: date) -> int:
    return next(rate for first, rate in reversed(RATES) if day >= first)


def half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def independently(amount: int, includes_gst: bool, is_taxed: bool, day: date) -> tuple[int, int]:
    """`(excl, gst)` in cents."""
    if not is_taxed:
        return amount, 0
    rate = per_mille(day)
    if includes_gst:
        gst = half_up(amount * rate, 1000 + rate)
        return amount - gst, gst
    return amount, half_up(amount * rate, 1000)


def test_tax_of_100_000_random_invoices_equals_an_independent_calculation():
    dice = random.Random(20260401)
    wrong, lines, sums, expected_sums = [], 0, Decimal(0), 0
    for _ in range(INVOICES):
        day = date(1986, 10, 1) + timedelta(days=dice.randrange(16_000))
        ours = theirs = 0
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            amount = dice.choice((dice.randrange(10**4), dice.randrange(10**7)))
            includes_gst, is_taxed = dice.random() < 0.5, dice.random() < 0.9
            excl, gst = line_amounts(Decimal(amount) / 100, includes_gst=includes_gst, is_taxed=is_taxed, on=day)
            expected = independently(amount, includes_gst, is_taxed, day)
            if (int(excl * 100), int(gst * 100)) != expected:
                wrong.append((amount, includes_gst, is_taxed, day, excl, gst, expected))
            ours, theirs, lines = ours + gst, theirs + expected[1], lines + 1
        sums, expected_sums = sums + ours, expected_sums + theirs
    assert wrong == []
    assert int(sums * 100) == expected_sums
    assert lines > INVOICES


def test_the_independent_calculation_tells_half_up_from_half_even():
    """The twin: rounded the other way, the same comparison fails."""
    excl = Decimal("0.10")
    assert line_amounts(excl, includes_gst=False, is_taxed=True, on=date(2026, 4, 1)) == (excl, Decimal("0.02"))
    assert round(excl * Decimal("0.15"), 2) == Decimal("0.02")
    assert round(Decimal("0.30") * Decimal("0.15"), 2) == Decimal("0.04")
    assert independently(30, False, True, date(2026, 4, 1)) == (30, 5)
