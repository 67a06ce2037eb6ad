"""What a cell means: numbers, dates and words as offices write them; refused where the meaning is not certain."""

from __future__ import annotations

import datetime
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from lsstd.exact import Exact, exact, plain, whole
from lsstd.words import Text, clip


class Percent(float):
    """A number that its cell shows as a percentage: 0.12, shown as 12%."""


class Month(str):
    """A month (2024-06), from a date whose cell shows no day."""


@dataclass(frozen=True)
class Odd:
    """What no column takes: a formula that nobody computed, an error such as #N/A."""

    what: Text

    def __str__(self) -> str:
        return self.what.zh


Value: TypeAlias = bool | int | float | str | datetime.date | Odd | None
"""What a cell holds; `Percent` and `Month` are a float and a text with more to tell."""


class Unclear(ValueError):
    """A cell whose meaning is not certain; says what would be right."""

    def __init__(self, expected: Text) -> None:
        super().__init__(expected)
        self.expected = expected


NUMBER = Text("数，如 1200、1,200.5", "a number such as 1200 or 1,200.5")
DATE = Text("日期，如 2024-12-31、2024年12月 或 2024/12/31", "a date such as 2024-12-31, 2024-12 or 2024/12/31")
TEXT = Text(
    "文字（Excel 已把它变成数或日期：把单元格格式设为“文本”，再重新输入）",
    "text (Excel made a number or a date of it: format the cell as Text and type it again)",
)
_DIGITS = re.compile(r"[-+]?(?=\.?[0-9])(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,2})?")
_LONGEST = 60  # so that every number is finite as a float, too
_SQUARE_METRES = re.compile("平方米|平米")
_SCALES = {"万": 10**4, "亿": 10**8}
_DATES = (
    re.compile(r"([0-9]{4})-([0-9]{1,2})(?:-([0-9]{1,2}))?"),
    re.compile(r"([0-9]{4})/([0-9]{1,2})(?:/([0-9]{1,2}))?"),
    re.compile(r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})"),  # 2024.1 alone may have been 2024.10
    re.compile(r"([0-9]{4})年([0-9]{1,2})月(?:([0-9]{1,2})[日号])?"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
)
_SERIALS = range(20000, 80000)  # the days from 1954 to 2119, as Excel counts them
_EPOCH = datetime.date(1899, 12, 30)
_QUOTED = re.compile('""+')


def number(value: Value, unit: Text | None = None, percent: bool = False) -> Exact | None:
    """Return the number that a cell means, exactly; None for a blank one.

    Parameters
    ----------
    value : Value
        Also text: full-width digits, thousands (1,000), 万 and 亿, and the unit itself may stand in it.
    unit : Text, optional
        What the column counts in: in one of 万元, ``1000万`` is 1000 and ``50000元`` is 5.
    percent : bool
        Whether the column counts percents: ``12%`` is 12.

    Raises
    ------
    Unclear
        ``1,00``, a date, a percentage where none belongs.

    Examples
    --------
    >>> number("１，２００"), number("1.5万"), number("1000万", Text("万元", "10k yuan")), number("12%", percent=True)
    (1200, 15000, 1000, 12)
    """
    if value is None:
        return None
    if isinstance(value, Percent):
        if not percent:
            raise Unclear(Text("不带百分号的数", "a number without a percent sign"))
        return whole(Fraction(exact(float(value))) * 100)
    if isinstance(value, str) and not isinstance(value, Month):
        return _number_of(narrow(value), unit, percent)
    try:
        return exact(value)
    except ValueError:
        raise Unclear(NUMBER) from None


def narrow(text: str) -> str:
    """Return a text with its full-width signs made narrow, without blanks around it."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def _number_of(text: str, unit: Text | None, percent: bool) -> Exact | None:
    """Read a number with what may follow it: a percent sign, 万 or 亿, the unit."""
    if not text:
        return None
    found = _DIGITS.match(text)
    if found is None or len(text) > _LONGEST:
        raise Unclear(NUMBER)
    value, rest = Fraction(found[0].replace(",", "")), _SQUARE_METRES.sub("m2", text[found.end() :].strip())
    name = _SQUARE_METRES.sub("m2", narrow(unit.zh)) if unit else ""
    scale, base = _SCALES.get(name[:1], 1), name.lstrip("万亿")
    if rest and rest not in (name, "%" if percent else name):
        told = _SCALES.get(rest[:1], 1)
        if rest.lstrip("万亿") not in ("", base) or (told == scale == 1):
            raise Unclear(Text(f"{NUMBER.zh}（单位：{unit.zh}）" if unit else NUMBER.zh, NUMBER.en))
        value = value * told / scale
    return whole(value)


def day(value: Value) -> str | None:
    """Return the day or month that a cell means, as 2024-06-01 or 2024-06; None for a blank one.

    Raises
    ------
    Unclear
        ``3/4/24``, a number that is no date.

    Examples
    --------
    >>> day("2024年6月1日"), day("2024/6"), day(45444), day("45444"), day("20240601")
    ('2024-06-01', '2024-06', '2024-06-01', '2024-06-01', '2024-06-01')
    """
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if value is None or isinstance(value, Month):
        return value
    text = narrow(str(plain(exact(value)))) if type(value) in (int, float) else value
    if not isinstance(text, str):
        raise Unclear(DATE)
    text = narrow(text).removesuffix(" 00:00:00").removesuffix(" 00:00").removesuffix("T00:00:00")
    if not text:
        return None
    if len(text) == 5 and text.isdecimal() and int(text) in _SERIALS:
        return (_EPOCH + datetime.timedelta(int(text))).isoformat()
    for form in _DATES:
        if found := form.fullmatch(text):
            year, month, date = found.groups()
            with suppress(ValueError):
                whole_day = datetime.date(int(year), int(month), int(date or 1)).isoformat()
                return whole_day if date else whole_day[:7]
    raise Unclear(DATE)


def words(value: Value) -> str | None:
    """Return a cell's text as it stands; None for a blank one. Only `""` is the empty text (see `as_words`).

    Raises
    ------
    Unclear
        A number or a date: "5.10" may have become 5.1, a code have lost digits.
    """
    if value is None:
        return None
    if not isinstance(value, str) or isinstance(value, Month):
        raise Unclear(TEXT)
    return value[1:-1] if _QUOTED.fullmatch(value) else value


def as_words(text: str | None) -> str | None:
    """Return how a text stands in a cell, so that `words` returns it: the empty one as two quotation marks."""
    return f'"{text}"' if text == "" or (text and _QUOTED.fullmatch(text)) else text


def as_number(value: Exact | None) -> Value:
    """Return how a number stands in a cell: as text where Excel, with 15 digits, would round it."""
    if value is None:
        return None
    held = plain(value)
    exactly = abs(held) < 10**15 if isinstance(held, int) else float(f"{held:.16g}") == held
    return held if exactly else repr(held)


def seen(value: Value) -> Text:
    """Return what was found in a cell, shortened to a line."""
    if isinstance(value, Odd):
        return value.what
    shown = clip(f"{float(value) * 100:g}%" if isinstance(value, Percent) else value)
    if isinstance(value, datetime.date):
        return Text(f"日期 {day(value)}", f"the date {day(value)}")
    return Text(shown, shown)
