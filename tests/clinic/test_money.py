from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.money import GST_RATES, cents, format_money, gst_on, gst_rate, split_inclusive

TODAY = date(2026, 11, 21)
amounts = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2)
finer_amounts = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=5)
taxed_days = st.dates(min_value=date(1986, 10, 1), max_value=date(2099, 12, 31))


def half_up(exact: Fraction) -> Fraction:
    """Half away from zero to a hundredth, by whole numbers only."""
    doubled = abs(exact) * 200
    rounded = Fraction((doubled.numerator // doubled.denominator + 1) // 2, 100)
    return rounded if exact >= 0 else -rounded


def rate_by_hand(on: date) -> Fraction:
    if on < date(1989, 7, 1):
        return Fraction(1, 10)
    return Fraction(1, 8) if on < date(2010, 10, 1) else Fraction(3, 20)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0.005", "0.01"),
        ("0.0049999", "0.00"),
        ("2.675", "2.68"),
        ("2.665", "2.67"),
        ("-2.675", "-2.68"),
        ("-0.004", "0.00"),
        (" 45 ", "45.00"),
        (45, "45.00"),
        (Decimal("1E+3"), "1000.00"),
    ],
)
def test_an_amount_is_rounded_half_away_from_zero(amount, expected):
    assert str(cents(amount)) == expected


@given(finer_amounts)
def test_rounding_agrees_with_whole_number_arithmetic(amount):
    assert Fraction(cents(amount)) == half_up(Fraction(amount))


@given(finer_amounts)
def test_a_credit_is_the_mirror_of_what_it_credits(amount):
    assert cents(-amount) == -cents(amount)


def test_a_float_is_never_money():
    with pytest.raises(TypeError):
        cents(0.1)


@pytest.mark.parametrize("amount", ["", "twelve", "1,000.00", "NaN", Decimal("Infinity"), Decimal("NaN")])
def test_what_is_no_number_is_refused(amount):
    with pytest.raises(ValueError, match="Not an amount of money"):
        cents(amount)


@given(amounts, taxed_days)
def test_gst_added_agrees_with_fractions(amount, on):
    assert Fraction(gst_on(amount, on=on)) == half_up(Fraction(amount) * rate_by_hand(on))


@given(amounts, taxed_days)
def test_gst_taken_out_agrees_with_fractions_and_adds_up(total, on):
    excl, gst = split_inclusive(total, on=on)
    rate = rate_by_hand(on)
    assert Fraction(gst) == half_up(Fraction(total) * rate / (1 + rate))
    assert excl + gst == total


@given(st.lists(amounts, max_size=40))
def test_the_gst_of_an_invoice_is_the_sum_of_its_rounded_lines(lines):
    assert sum((Fraction(gst_on(line, on=TODAY)) for line in lines), Fraction()) == sum(
        (half_up(Fraction(line) * 3 / 20) for line in lines), Fraction()
    )


def test_a_narrow_decimal_context_changes_no_cent():
    with localcontext() as context:
        context.prec = 3
        assert gst_on("9999.99", on=TODAY) == Decimal("1500.00")
        assert cents("123456.785") == Decimal("123456.79")
        assert split_inclusive("123456.79", on=TODAY) == (Decimal("107353.73"), Decimal("16103.06"))
        assert format_money("123456.79") == "$123,456.79"


@pytest.mark.parametrize(
    ("on", "rate"),
    [
        (date(1986, 10, 1), "0.10"),
        (date(1989, 6, 30), "0.10"),
        (date(1989, 7, 1), "0.125"),
        (date(2010, 9, 30), "0.125"),
        (date(2010, 10, 1), "0.15"),
        (TODAY, "0.15"),
    ],
)
def test_the_rate_is_that_of_the_day(on, rate):
    assert gst_rate(on=on) == Decimal(rate)


def test_a_day_before_the_tax_existed_is_refused():
    with pytest.raises(ValueError, match="There was no GST on 1986-09-30"):
        gst_on("10.00", on=date(1986, 9, 30))


def test_rates_stand_in_the_order_of_their_days_and_name_their_source():
    days = [row.valid_from for row in GST_RATES]
    assert days == sorted(set(days))
    assert all(row.source for row in GST_RATES)
    assert all(gst_rate(on=row.valid_from - timedelta(days=1)) < row.rate for row in GST_RATES[1:])


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("45", "$45.00"),
        ("1234.5", "$1,234.50"),
        ("-3", "-$3.00"),
        ("-0.001", "$0.00"),
        ("1000000.005", "$1,000,000.01"),
    ],
)
def test_money_reads_as_people_write_it(amount, text):
    assert format_money(amount) == text
