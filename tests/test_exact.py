"""Exact numbers: what is typed is what counts, and nothing is lost in adding."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from lsstd.exact import Rounding, exact, plain, portion, rounded, shown, total, whole
from lsstd.standard.models import Number

HUNDREDTHS = st.integers(-(10**9), 10**9).map(lambda n: Fraction(n, 100))


# A share of a maximum is exact; where no weight counts at all, nothing is lacking.
@pytest.mark.parametrize(("some", "every", "share"), [(1, 3, Fraction(10, 3)), (0, 3, 0), (3, 3, 10), (0, 0, 10)])
def test_portions(some: int, every: int, share: Any) -> None:
    assert portion(10, some, every) == share


# A number is what was typed: a decimal is that decimal, and a whole number is an int, however it was written.
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (0.1, Fraction(1, 10)),
        (450.0, 450),
        (7, 7),
        (-0.0, 0),
        (1e-7, Fraction(1, 10**7)),
        (1e20, 10**20),
        (Fraction(8, 4), 2),
        (2.675, Fraction(2675, 1000)),
    ],
)
def test_a_number_is_what_was_typed(typed: Any, meant: Any) -> None:
    assert exact(typed) == meant
    assert type(exact(typed)) is type(meant)


# What is no finite number is refused: booleans, text, nothing, not-a-number, infinities, complex numbers.
@pytest.mark.parametrize("value", [True, False, "7", None, math.nan, math.inf, -math.inf, 1j, [1], Decimal(1)])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not a"):
        exact(value)


# Ten tenths are one, three thirds are one, and the sum is a whole number again.
def test_sums_lose_nothing() -> None:
    assert total([exact(0.1)] * 10) == 1
    assert total([Fraction(1, 3)] * 3) == 1
    assert isinstance(total([Fraction(20, 3), Fraction(10, 3)]), int)
    assert total([]) == 0


# Adding in one go and adding one after the other agree.
@given(st.lists(st.fractions(max_denominator=60) | st.integers()))
def test_total_is_the_sum(values: list[Any]) -> None:
    assert total(values) == sum(values, Fraction(0))
    assert total(values) == total(reversed(values))


# Rounding takes the nearest multiple of the step, a half away from zero (四舍五入), as pencil and paper do.
@pytest.mark.parametrize(
    ("value", "step", "nearest"),
    [
        (Fraction(15, 2), 1, 8),
        (Fraction(749, 100), 1, 7),
        (Fraction(20, 3), 1, 7),
        (Fraction(901, 2), 1, 451),
        (0, 1, 0),
        (7, 5, 5),
        (Fraction(15, 2), 5, 10),
        (Fraction(1, 4), Fraction(1, 2), Fraction(1, 2)),
        (Fraction(24, 100), Fraction(1, 2), 0),
        (Fraction(-1, 2), 1, -1),
        (Fraction(-5, 4), Fraction(1, 2), Fraction(-3, 2)),
    ],
)
def test_rounding(value: Any, step: Any, nearest: Any) -> None:
    assert rounded(value, Rounding(step)) == nearest


# Where GB/T 8170's own rule is asked for, a half goes to the even multiple (五成双), below zero too.
@given(HUNDREDTHS)
def test_halves_go_to_the_even(value: Fraction) -> None:
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    assert rounded(value, Rounding(to_even=True)) == int(decimal.quantize(Decimal(1), ROUND_HALF_EVEN))
    assert rounded(Fraction(5, 2), Rounding(to_even=True)) == 2


# Python's own decimals, asked to round halves up, agree on hundredths.
@given(HUNDREDTHS)
def test_rounding_agrees_with_decimals(value: Fraction) -> None:
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    assert rounded(value, Rounding()) == int(decimal.quantize(Decimal(1), ROUND_HALF_UP))


# Rounding keeps order and moves a number by half a step at most; a number on the grid stays.
@given(HUNDREDTHS, HUNDREDTHS, st.sampled_from([1, 5, Fraction(1, 2), Fraction(1, 3)]))
def test_rounding_keeps_order(one: Fraction, other: Fraction, step: Any) -> None:
    low, high = sorted((one, other))
    for rounding in (Rounding(step), Rounding(step, to_even=True)):
        assert rounded(low, rounding) <= rounded(high, rounding)
        assert abs(rounded(one, rounding) - one) <= Fraction(step) / 2
        assert rounded(rounded(one, rounding), rounding) == rounded(one, rounding)


# JSON gets the nearest number that it can hold: whole numbers whole, others the nearest double.
def test_plain_numbers() -> None:
    assert plain(500) == 500
    assert isinstance(plain(500), int)
    assert plain(Fraction(1, 3)) == 1 / 3
    assert plain(exact(400.5)) == 400.5


# A typed decimal comes back as it was typed.
@given(st.floats(-1e199, 1e199))
def test_floats_come_back(value: float) -> None:
    assert float(plain(exact(value))) == value


# A reader sees two digits, rounded for display alone, without idle zeros, but more where rounding would make a rounder
# number of it (a line that is not reached, a 0 that is none); nothing is a dash, and size is no matter.
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(20, 3), "6.67"),
        (Fraction(801, 2), "400.5"),
        (500, "500"),
        (None, "—"),
        (0, "0"),
        (Fraction(-5, 4), "-1.25"),
        (100, "100"),
        (Fraction(1, 1000), "0.001"),
        (Fraction(-1, 1000), "-0.001"),
        (Fraction(1999, 1000), "1.999"),
        (Fraction(89996, 1000), "89.996"),
        (Fraction(450004, 1000), "450.004"),
        (Fraction(12344, 100), "123.44"),
        (Fraction(2, 3 * 10**6), "0.000001"),
        (10**400, "1" + "0" * 400),
        (Fraction(1, 200), "0.01"),
    ],
)
def test_numbers_as_shown(value: Any, text: str) -> None:
    assert shown(value) == text


# More or fewer digits can be asked for.
def test_digits_can_be_chosen() -> None:
    assert [shown(Fraction(2, 3), digits) for digits in (0, 1, 4)] == ["1", "0.7", "0.6667"]


# Whole fractions become ints, others stay what they are.
def test_whole() -> None:
    assert whole(Fraction(6, 3)) == 2
    assert isinstance(whole(Fraction(6, 3)), int)
    assert whole(Fraction(1, 3)) == Fraction(1, 3)


# As a field of a file's model, a number is exact on the way in, plain on the way out, and a number in the schema.
def test_numbers_as_fields() -> None:
    field = TypeAdapter(Number)
    assert field.validate_python(0.1) == Fraction(1, 10)
    assert field.json_schema() == {"type": "number"}
    for wrong in (True, "1", math.nan):
        with pytest.raises(ValueError, match="exact_number"):
            field.validate_python(wrong)
