"""Exact numbers: whole numbers stay `int`, all others are `fractions.Fraction`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from operator import index
from typing import Any, NamedTuple, TypeAlias

Exact: TypeAlias = int | Fraction
LARGEST = 10**200  # what no number reaches, so that each is finite as a float, too, and so are its square and its share


def exact(value: object) -> Exact:
    """Return the number that the user typed, without a float's dust.

    Parameters
    ----------
    value : int, float or Fraction
        A float stands for the shortest decimal that denotes it: 0.1 is a tenth.

    Raises
    ------
    ValueError
        For anything else: booleans, text, NaN, infinities, numbers with more than 200 digits.

    Examples
    --------
    >>> exact(0.1), exact(450.0), exact(7)
    (Fraction(1, 10), 450, 7)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise ValueError("not a number")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a finite number")
        value = Fraction(repr(value))
    if not -LARGEST < value < LARGEST:
        raise ValueError("not a finite number")
    return whole(value)


def whole(value: Exact) -> Exact:
    """Return an `int` where the value is one."""
    return value.numerator if value.denominator == 1 else value


def total(values: Iterable[Exact]) -> Exact:
    """Add exact numbers, by whole numbers over their common denominator."""
    listed: list[Any] = list(values)
    try:  # nearly all sums are of whole numbers, and cheap
        return sum(map(index, listed))
    except TypeError:
        denominator = math.lcm(*(value.denominator for value in listed))
        over = sum([value.numerator * (denominator // value.denominator) for value in listed])
        return whole(Fraction(over, denominator))


@cache
def portion(top: Exact, some: Exact, every: Exact) -> Exact:
    """Return the share of `top` that `some` of all weights have; few occur in a standard, so each is kept."""
    return top if some == every else whole(Fraction(top * some) / every)  # where no weight counts, all is met


class Rounding(NamedTuple):
    """To which multiple numbers are rounded, and whether a half goes to the even one."""

    step: Exact = 1
    to_even: bool = False


def nearest(value: Any, step: Any, to_even: bool = False) -> Any:
    """Return the nearest multiple of a step, of one number or of an array of whole ones.

    A half goes away from zero (四舍五入), or to the even multiple (五成双): GB/T 8170 rounds the magnitude.
    """
    times, rest = divmod(value, step)
    goes_up = times % 2 == 1 if to_even else value >= 0
    return (times + ((rest > step - rest) | ((rest == step - rest) & goes_up))) * step


def rounded(value: Exact, rounding: Rounding) -> Exact:
    """Round an exact number.

    >>> half = Fraction(5, 2)
    >>> rounded(half, Rounding()), rounded(-half, Rounding()), rounded(half, Rounding(to_even=True))
    (3, -3, 2)
    """
    return whole(nearest(Fraction(value), rounding.step, rounding.to_even))


def plain(value: Exact) -> int | float:
    """Return the nearest number that JSON can hold."""
    return value if isinstance(value, int) else float(value)


def decimals(value: Exact) -> int:
    """Return how many decimals a number has; of one without an end, 12."""
    return next((digits for digits in range(12) if (value * 10**digits).denominator == 1), 12)


def shown(value: Exact | None, digits: int = 2) -> str:
    """Show a number to a reader: rounded, without trailing zeros.

    A number that rounding would make a rounder one keeps as many digits more as tell the two apart, so that no score
    seems to stand on a line that it does not reach, and nothing is shown as 0 that is not.

    >>> shown(Fraction(20, 3)), shown(Fraction(801, 2)), shown(500), shown(None)
    ('6.67', '400.5', '500', '—')
    >>> shown(Fraction(89996, 1000)), shown(Fraction(1, 3000))
    ('89.996', '0.0003')
    """
    if value is None:
        return "—"
    units = nearest(Fraction(value) * 10**digits, 1)
    while digits and units % 10 == 0 and units != value * 10**digits:
        digits += 1
        units = nearest(Fraction(value) * 10**digits, 1)
    before, after = divmod(abs(units), 10**digits)
    return ("-" if units < 0 else "") + f"{before}.{after:0{digits}d}".rstrip("0").rstrip(".")


def signed(points: Exact) -> str:
    """Show a change of points with its sign.

    Examples
    --------
    >>> signed(5), signed(-2), signed(0)
    ('+5', '-2', '0')
    """
    return ("+" if points > 0 else "") + shown(points)


def grouped(value: Exact, digits: int = 2) -> str:
    """Show a number as `shown` does, its thousands apart by commas."""
    whole_part, point, rest = shown(value, digits).partition(".")
    return f"{int(whole_part):,}{point}{rest}" if value >= 0 else f"-{grouped(-value, digits)}"


def plain_tree(value: Any) -> Any:
    """Return a value, and all within it, as a file holds it: lists, text, plain numbers."""
    if isinstance(value, list | tuple):
        return [plain_tree(item) for item in value]
    if isinstance(value, dict):
        return {key: plain_tree(item) for key, item in value.items()}
    return plain(value) if isinstance(value, Fraction) else value
