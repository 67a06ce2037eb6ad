"""What a cell means: numbers, dates and words as offices write them; refused where the meaning is not certain."""

from __future__ import annotations

import datetime
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from lsstd.exact import Exact, exact, plain, whole
from lsstd.numerals import NUMBER, Unclear, narrow, number_in
from lsstd.words import Text, clip, msg


@dataclass(frozen=True)
class Shown:
    """What a cell shows where that is more than the digits of its number (12%, 1.5万, 2024-06): read as if typed."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Odd:
    """What no column takes: a formula without a computed value, an error such as #N/A."""

    what: Text

    def __str__(self) -> str:
        return self.what.zh


Value: TypeAlias = bool | int | float | str | Shown | Odd | None
"""What a cell holds."""

DATE = msg("a date such as 2024-12-31, 2024-12 or 2024/12/31")
TEXT = msg("text (Excel made a number or a date of it: format the cell as Text and type it again)")
TRUTH = {"1": True, "0": False, "1.0": True, "0.0": False, "true": True, "false": False, "是": True, "否": False}
_DATES = (
    re.compile(r"([0-9]{4})([-/])([0-9]{1,2})(?:\2([0-9]{1,2}))?"),
    re.compile(r"([0-9]{4})(\.)([0-9]{1,2})\.([0-9]{1,2})"),  # 2024.1 alone may have been 2024.10
    re.compile(r"([0-9]{4})(年)([0-9]{1,2})月(?:([0-9]{1,2})[日号])?"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})"),
)
_TIME = re.compile("[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?$")  # Excel writes 2021/5/1 0:00
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{2,}")  # as Excel writes long numbers, whose digits are lost
_SERIALS = range(20000, 80000)  # the days from 1954 to 2119, as Excel counts them
_EPOCH = datetime.date(1899, 12, 30)
_TOTAL = re.compile("([合总小共]计|总和|平均值?|均值|(grand|sub)?-?total|sum|average|mean)[:：]?")
_QUOTED = re.compile('""+')


def number(value: Value, unit: Text | None = None, percent: bool = False) -> Exact | None:
    """Return the number that a cell means, exactly; None for a blank one. Text is read by `lsstd.words.number_in`.

    Raises `Unclear`: ``1,00``, a date, a percentage where none belongs.

    >>> number("１，２００"), number("1.5万"), number("1000万", Text("万元", "10k yuan")), number("12%", percent=True)
    (1200, 15000, 1000, 12)
    """
    if value is None:
        return None
    if isinstance(value, str | Shown):
        typed = number_in(str(value), unit, percent)
        return None if typed is None else whole(typed)
    try:
        return exact(value)
    except ValueError:
        raise Unclear(NUMBER) from None


def day(value: Value) -> str | None:
    """Return the day or month that a cell means, as 2024-06-01 or 2024-06; None for a blank one.

    Raises `Unclear`: ``3/4/24``, a number that is no date.

    >>> day("2024年6月1日"), day("2024/6"), day(45444), day("45444"), day("20240601")
    ('2024-06-01', '2024-06', '2024-06-01', '2024-06-01', '2024-06-01')
    """
    if value is None:
        return None
    text = str(plain(exact(value))) if type(value) in (int, float) else str(value)
    if isinstance(value, bool | Odd):
        raise Unclear(DATE)
    text = _TIME.sub("", narrow(text))
    if not text:
        return None
    if len(text) == 5 and text.isdecimal() and int(text) in _SERIALS and not isinstance(value, Shown):
        return (_EPOCH + datetime.timedelta(int(text))).isoformat()
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            year, _, month, date = match.groups()
            with suppress(ValueError):
                whole_day = datetime.date(int(year), int(month), int(date or 1)).isoformat()
                return whole_day if date else whole_day[:7]
    raise Unclear(DATE)


def words(value: Value) -> str | None:
    """Return a cell's text as it stands; None for a blank one. Only `""` is the empty text (see `as_words`).

    Raises `Unclear`: a number or a date: "5.10" may have become 5.1, a code have lost digits.
    """
    if value is None:
        return None
    if not isinstance(value, str) or _SCIENTIFIC.fullmatch(value.strip()):
        raise Unclear(TEXT)
    return value[1:-1] if _QUOTED.fullmatch(value) else value


def is_blank(value: Value) -> bool:
    """Return whether a cell holds nothing but blanks."""
    return value is None or (isinstance(value, str) and not narrow(value))


def is_total(text: str) -> bool:
    """Return whether this label marks a line of totals or averages rather than a subject."""
    return _TOTAL.fullmatch("".join(text.split()).lower()) is not None


def as_words(text: str | None) -> str | None:
    """Return how a text stands in a cell, so that `words` returns it: the empty one as two quotation marks."""
    return f'"{text}"' if text == "" or (text and _QUOTED.fullmatch(text)) else text


def as_number(value: Exact | None) -> Value:
    """Return how a number stands in a cell: as text where Excel, with 15 digits, would round it."""
    if value is None:
        return None
    held = plain(value)
    fits = abs(held) < 10**15 if isinstance(held, int) else float(f"{held:.16g}") == held
    return held if fits else repr(held)


def seen(value: Value) -> Text:
    """Return what a cell holds, shortened to a line, for a message."""
    if isinstance(value, Odd):
        return value.what
    held = value.text if isinstance(value, Shown) else clip(value)
    return Text(held, held)
