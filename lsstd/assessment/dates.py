"""Dates as files hold them: a day, or a month where the day is not known."""

from __future__ import annotations

import calendar
import datetime
from fractions import Fraction

from lsstd.exact import Exact, whole


def years_between(start: str, end: str) -> Exact:
    """Return the years from one day to another, counted in whole months.

    Where the start's day is not known, the last day of its month is taken; a month is whole on its last day.

    Examples
    --------
    >>> years_between("2023-05", "2024-12-31"), years_between("2023-12-15", "2024-12-14")
    (Fraction(19, 12), Fraction(11, 12))
    """
    first, last = _date(start), _date(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    month_ends = last.day == calendar.monthrange(last.year, last.month)[1]
    if last.day < first.day and not month_ends:
        months -= 1
    return whole(Fraction(months, 12))


def _date(day: str) -> datetime.date:
    if len(day) == 10:
        return datetime.date.fromisoformat(day)
    year, month = int(day[:4]), int(day[5:7])
    return datetime.date(year, month, calendar.monthrange(year, month)[1])
