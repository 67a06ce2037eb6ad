"""What a cell means: numbers, dates and words as offices write them; refused where the meaning is not certain.

And what it shows: a workbook's number with its format, as whoever looks at the cell reads it. Sources: ECMA-376-1,
18.8.30 (numFmts, with the built-in formats that carry no code) and 18.8.31 (the codes).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
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


Value: TypeAlias = bool | int | float | str | Shown | Odd | None  # what a cell holds

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


def squeezed(text: str) -> str:
    """Return a text without blanks and line breaks, which office programs place as they like."""
    return "".join(text.split())


def is_total(text: str) -> bool:
    """Return whether this label marks a line of totals or averages rather than a subject."""
    return _TOTAL.fullmatch(squeezed(text).lower()) is not None


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


# ── what a cell shows ────────────────────────────────────────────────────────────────────────────────────────────────

FROM_1900, FROM_1904 = datetime.date(1899, 12, 30), datetime.date(1904, 1, 1)
"""The day from which a workbook counts; before March 1900 Excel's count is one short, for a 29 February 1900."""

_MONTH, _DAY, _HOUR, _CLOCK = 'yyyy"年"m"月"', 'm"月"d"日"', 'h"时"mm"分"', 'h"时"mm"分"ss"秒"'
CHINESE = {  # by their ids; a Chinese Excel writes no code for them
    **dict.fromkeys((27, 36, 50, 52, 57), _MONTH),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), _DAY),
    **dict.fromkeys((32, 34, 55), _HOUR),
    **dict.fromkeys((33, 35, 56), _CLOCK),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|[_*].|\[\$(?P<sign>[^]-]*)[^]]*\]|\[(?P<bracket>[^]]*)\]|'
    r"(?P<general>General|G/通用格式)|(?P<halves>AM/PM|A/P|上午/下午)|(?P<power>E[+-])|(?P<run>(?P<letter>[ymdhse])(?P=letter)*|a{3,4})|"
    r"(?P<end>;)|(?P<plain>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9.]+)")
_HOLDS = {
    "<": float.__lt__,
    "<=": float.__le__,
    ">": float.__gt__,
    ">=": float.__ge__,
    "=": float.__eq__,
    "<>": float.__ne__,
}
_PLACEHOLDERS = "0#?"
_OF_MONEY = re.compile("[¥￥()+-]|CNY|RMB|[\\s\u00a0]")  # what may stand around a number and changes nothing
_ZERO = {"-", "–", "—"}  # how accounting formats show zero

_Section = list[tuple[str, str]]


def displayed(raw: float, code: str, epoch: datetime.date = FROM_1900) -> Value:
    """Return what a cell shows that holds a number: the number itself, or `Shown` where the format's code says more.

    >>> print(displayed(12, '0"%"'), displayed(15432, '0!.0,"万"'), displayed(45261, CHINESE[57]))
    12% 1.5432万 2023-12
    """
    section = _section_for(raw, _sections(code))
    runs = [text.lower() for name, text in section if name == "run"]
    is_span = any(name == "halves" or (name == "bracket" and set(text.lower()) <= set("hms")) for name, text in section)
    if runs or is_span:
        return _moment(raw, runs, epoch)
    number = raw if raw == 0 and _literal(section) in _ZERO else _number(raw, section)
    if number is raw and epoch is FROM_1904:
        return Shown(f"{raw:.15g}")  # so that no date is made of it, counted from another day
    return number


@cache
def _sections(code: str) -> tuple[_Section, ...]:
    """Return the sections of a format, each as its tokens: the name of what it is, and its text."""
    sections: list[_Section] = [[]]
    for token in _TOKEN.finditer(code):
        name = token.lastgroup
        if name == "end":
            sections.append([])
        elif name:
            sections[-1].append((name, token[name]))
    return tuple(sections)


def _section_for(raw: float, sections: Sequence[_Section]) -> _Section:
    """Return the section that shows a number: by its conditions, else by its sign."""
    conditions = [_CONDITION.fullmatch(text) for s in sections for name, text in s[:3] if name == "bracket"]
    if any(conditions):
        for section in sections[:3]:
            found = [held for name, text in section if name == "bracket" and (held := _CONDITION.fullmatch(text))]
            if all(_HOLDS[held[1]](float(raw), float(held[2])) for held in found):
                return section
        return []
    place = 1 if raw < 0 else 2 if raw == 0 else 0
    return sections[place] if place < min(len(sections), 3) else sections[0]


def _literal(section: _Section) -> str:
    return "".join(text for name, text in section if name != "bracket").strip(" \u00a0¥￥")


def _number(raw: float, section: _Section) -> Value:
    """Return a number with the text around it, scaled as its format scales it."""
    if any(name in ("general", "power") or text == "@" for name, text in section):
        core, words = "0", [text for name, text in section if name in ("quoted", "escaped", "sign")]
        return _around(raw, "", "".join(words), 1)
    core, before, behind, scale = "", "", "", 1.0
    for name, text in section:
        if name == "plain" and text in _PLACEHOLDERS + ".,":
            if core and behind:
                if behind.rstrip(" \u00a0'") == ".":  # a point that only looks like one: 0!.0 divides by ten
                    core += "|"
                elif behind.strip(" \u00a0'/"):
                    before += behind  # words between digits: nothing that could be read as a number
                behind = ""
            core += "0" if text in _PLACEHOLDERS else text
        elif name in ("quoted", "escaped", "sign", "plain"):
            scale *= 100 if (name, text) == ("plain", "%") else 1
            before, behind = (before, behind + text) if core else (before + text, behind)
    if "0" not in core:
        return Shown(text) if (text := (before + behind).strip()) else Odd(msg("a number that its format hides"))
    scale /= 1000 ** sum(map(len, re.findall(r",+(?=[.|]*$|\.)", core)))
    scale /= 10 ** core.partition("|")[2].count("0")
    return _around(raw, before, behind, scale)


def _around(raw: float, before: str, behind: str, scale: float) -> Value:
    before, behind = _OF_MONEY.sub("", before), _OF_MONEY.sub("", behind)
    if not (before or behind or scale != 1):
        return raw
    shown = f"{before}{raw * scale:.15g}{behind}"
    if scale < 1 and not behind.startswith(("万", "亿")):
        return Odd(msg("{number}, shown as {shown} by its format", number=f"{raw:.15g}", shown=shown))
    return Shown(shown)


def _moment(raw: float, runs: Sequence[str], epoch: datetime.date) -> Value:
    """Return the day or month that a format shows; anything else, a time or a day without its year, is no date."""
    letters = {run[0] for run in runs if run not in ("ddd", "dddd")}
    if "h" in letters or "s" in letters:
        places = [place for place, run in enumerate(runs) if run in ("m", "mm")]
        minutes = [p for p in places if "h" in runs[max(p - 1, 0)] or "s" in "".join(runs[p + 1 : p + 2])]
        if len(minutes) == len([run for run in runs if run[0] == "m"]):
            letters.discard("m")
    try:
        day = epoch + datetime.timedelta(int(raw) + (epoch is FROM_1900 and raw < 60))
        if raw < 0 or (epoch is FROM_1900 and raw < 1 and letters & set("yemd")):
            raise OverflowError
    except (OverflowError, ValueError):
        return Odd(msg("the number {number}, which is not a date", number=f"{raw:.15g}"))
    has_year = bool(letters & set("ye"))
    if has_year and "m" in letters:
        return Shown(day.isoformat() if "d" in letters else day.isoformat()[:7])
    shown = (f"{day.year}年" if has_year else "") + (f"{day.month}月" if "m" in letters else "")
    shown += f"{day.day}日" if letters & set("da") else ""
    minutes_shown = round(raw % 1 * 1440)
    return Shown(shown or f"{minutes_shown // 60}:{minutes_shown % 60:02}")
