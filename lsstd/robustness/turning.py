"""The least amount of something at which a grade turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from lsstd.exact import Exact, whole


@dataclass(frozen=True, slots=True)
class Change:
    """The least amount that changes the grade; where `beyond`, the amount itself does not, and anything more does."""

    points: Exact
    beyond: bool
    of: str
    way: str

    @property
    def order(self) -> tuple[Exact, bool]:
        """What makes one change smaller than another."""
        return self.points, self.beyond


def first_change(stops: Iterable[Exact], changes: Callable[[Exact], bool], of: str, way: str) -> Change | None:
    """Return the least amount with a change: at one of the amounts where anything can turn, or right after it.

    Between two neighbouring amounts nothing turns, so the middle speaks for all that lies there.
    """
    ordered = sorted(set(stops))
    for amount, following in zip(ordered, [*ordered[1:], None], strict=True):
        if changes(amount):
            return Change(whole(amount), False, of, way)
        if following is not None and changes(whole(Fraction(amount + following) / 2)):
            return Change(whole(amount), True, of, way)
    return None
