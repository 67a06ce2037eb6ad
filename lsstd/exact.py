"""Exact numbers: whole numbers stay `int`, all others are `fractions.Fraction`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

Exact: TypeAlias = int | Fraction


def exact(value: object) -> Exact:
    """Return the number that the user typed, without a float's dust.

    Parameters
    ----------
    value : int, float or Fraction
        A float stands for the shortest decimal that denotes it: 0.1 is a tenth.

    Raises
    ------
    ValueError
        For anything else: booleans, text, NaN, infinities.

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
    return whole(value)


def whole(value: Exact) -> Exact:
    """Return an `int` where the value is one."""
    return value.numerator if value.denominator == 1 else value


def total(values: Iterable[Exact]) -> Exact:
    """Add exact numbers, by whole numbers over their common denominator."""
    listed = list(values)
    if {*map(type, listed)} <= {int}:  # by far the most sums, at the least cost
        return sum(listed)
    denominator = math.lcm(*(value.denominator for value in listed))
    over = sum(value.numerator * (denominator // value.denominator) for value in listed)
    return whole(Fraction(over, denominator))


@cache
def portion(top: Exact, some: Exact, every: Exact) -> Exact:
    """Return the share of `top` that `some` of all weights have; few occur in a standard, so each is kept."""
    return top if some == every else whole(Fraction(top * some) / every)  # where no weight counts, all is met


def rounded(value: Exact, step: Exact) -> Exact:
    """Round to the nearest multiple of a step; a half goes up (四舍五入)."""
    return whole(math.floor(Fraction(value) / step + Fraction(1, 2)) * step)


def plain(value: Exact) -> int | float:
    """Return the nearest number that JSON can hold."""
    return value if isinstance(value, int) else float(value)


def shown(value: Exact | None, digits: int = 2) -> str:
    """Show a number to a reader: rounded, without trailing zeros.

    Examples
    --------
    >>> shown(Fraction(20, 3)), shown(Fraction(801, 2)), shown(500), shown(None)
    ('6.67', '400.5', '500', '—')
    """
    if value is None:
        return "—"
    units = int(rounded(value, Fraction(1, 10**digits)) * 10**digits)
    before, after = divmod(abs(units), 10**digits)
    return ("-" if units < 0 else "") + f"{before}.{after:0{digits}d}".rstrip("0").rstrip(".")


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
