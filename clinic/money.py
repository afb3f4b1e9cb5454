"""Money as the clinic counts it: `Decimal`, two places, rounded half-up once per line.

Floats are refused at the door, because 0.1 + 0.2 is not 0.3 there.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")

# Wide enough that nothing rounds before `cents` does, whatever context the caller has set.
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class GstRate:
    """A rate of goods and services tax from its first day on, until the next one begins."""

    valid_from: date
    rate: Decimal
    source: str


GST_RATES: tuple[GstRate, ...] = (
    GstRate(date(1986, 10, 1), Decimal("0.10"), "Goods and Services Tax Act 1985 (NZ), section 8, as enacted"),
    GstRate(date(1989, 7, 1), Decimal("0.125"), "Goods and Services Tax Amendment Act 1989 (NZ)"),
    GstRate(date(2010, 10, 1), Decimal("0.15"), "Taxation (Budget Measures) Act 2010 (NZ), amending section 8"),
)
"""New Zealand, oldest first. A new rate is a new row; none is ever edited."""


def cents(amount: Decimal | int | str) -> Decimal:
    """`amount` to two places, half away from zero; never a negative zero.

    Half away from zero makes a credit note the exact mirror of its invoice. Raises TypeError for a float and
    ValueError for what is no finite number.
    """
    if isinstance(amount, float):
        raise TypeError("Money is Decimal, int or str, never float.")
    value = Decimal(amount) if not isinstance(amount, str) else _parse(amount)
    if not value.is_finite():
        raise ValueError(f"Not an amount of money: {amount!r}")
    return value.quantize(CENT, context=_WIDE) or ZERO


def gst_rate(*, on: date) -> Decimal:
    """The rate in force on the day of supply. Raises ValueError before 1 October 1986."""
    for row in reversed(GST_RATES):
        if on >= row.valid_from:
            return row.rate
    raise ValueError(f"There was no GST on {on.isoformat()}.")


def gst_on(amount_excl: Decimal | int | str, *, on: date) -> Decimal:
    """The tax to add to one line priced without it; the line's amount is rounded to cents first."""
    return cents(_WIDE.multiply(cents(amount_excl), gst_rate(on=on)))


def split_inclusive(total: Decimal | int | str, *, on: date) -> tuple[Decimal, Decimal]:
    """`(excl, gst)` of one line priced with tax; the two always add up to the total.

    The tax is rounded and the rest is what remains: 115.00 is 100.00 + 15.00, 10.00 is 8.70 + 1.30.
    """
    total = cents(total)
    rate = gst_rate(on=on)
    gst = cents(_WIDE.divide(_WIDE.multiply(total, rate), _WIDE.add(1, rate)))
    return _WIDE.subtract(total, gst), gst


def format_money(amount: Decimal | int | str) -> str:
    """`$45.00`, `$1,234.50`, `-$3.00`: what a person reads, on pages, papers and in messages alike."""
    value = cents(amount)
    return f"{'-' if value < 0 else ''}${value.copy_abs():,.2f}"


def _parse(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except ArithmeticError as error:
        raise ValueError(f"Not an amount of money: {text!r}") from error
