"""Numbers as people type them: the one grammar of numbers and units for files, cells and forms."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from lsstd.words import Text, msg

NUMERAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
"""A number as files, cells and forms write it, once thousands separators are gone; the one grammar of numbers."""

NUMBER = msg("a number such as 1200 or 1,200.5")
_THOUSANDS = r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])"  # compiled when something is typed
_SQUARE_METRES = "平方米|平米"
_QUARTER = "年第?([一二三四1-4])季度"
_QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
_UNTIL = r"\s*(?:[/~至到]|[–—]+|\bTO\b)\s*"
_SCALES = {"万": 10**4, "亿": 10**8}
_MOST_SIGNS, _LARGEST = 60, 10**200  # so that every number is finite as a float, too


class Unclear(ValueError):
    """Something typed whose meaning is not certain; `expected` says what would be right."""

    def __init__(self, expected: Text) -> None:
        super().__init__(expected)
        self.expected = expected


def narrow(text: str) -> str:
    """Return a text with full-width characters made narrow, without surrounding blanks."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def period_in(text: str) -> str:
    """Return the dates and periods in a text as files write them; all other text stays as it is.

    >>> period_in("2024年7月至2025年6月"), period_in("2025 Q1"), period_in("2024年上半年"), period_in("2025年第一季度")
    ('2024-7/2025-6', '2025-Q1', '2024-H1', '2025-Q1')
    """
    if len(text) > _MOST_SIGNS:
        return text
    text = re.sub(_UNTIL, "/", narrow(text).upper()).replace("年上半年", "-H1").replace("年下半年", "-H2")
    text = re.sub(_QUARTER, lambda found: f"-Q{_QUARTERS.get(found[1], found[1])}", text).replace(" Q", "-Q")
    text = re.sub("[年月日]", "", re.sub("[年月](?=[0-9])", "-", text)).replace(" H", "-H")
    return re.sub("^([0-9]{4})-([0-9]{1,2})/([0-9]{1,2})$", r"\1-\2/\1-\3", text)  # 2025年4月至6月


def number_in(text: str, unit: Text | None = None, percent: bool = False) -> Fraction | None:
    """Return the number that a text states, exactly; None for a blank one.

    Parameters
    ----------
    text : str
        Full-width digits, thousands separators, 万 and 亿, a percent sign and the unit itself are understood.
    unit : Text, optional
        What is counted: in a field of 万元, ``1000万`` is 1000, ``0.1亿`` is 1000 and ``50000元`` is 5.
    percent : bool
        Whether percentages are asked for: then ``62.5%`` is 62.5.

    Raises
    ------
    Unclear
        ``1,00``, ``约14``, a percentage or a unit where it does not belong.

    Examples
    --------
    >>> print(number_in("１，２００"), number_in("1000万", Text("万元", "10k yuan")), number_in("62.5%", percent=True))
    1200 1000 125/2
    """
    text = narrow(text)
    if not text:
        return None
    if re.match(_THOUSANDS, text):
        text = re.sub(_THOUSANDS, lambda digits: digits[0].replace(",", ""), text, count=1)
    digits = NUMERAL.match(text)
    if digits is None or len(text) > _MOST_SIGNS:
        raise Unclear(NUMBER)
    value, behind = Fraction(digits[0].rstrip(".")), re.sub(_SQUARE_METRES, "m2", text[digits.end() :].strip())
    name = re.sub(_SQUARE_METRES, "m2", narrow(unit.zh)) if unit else ""
    if behind and behind not in (name, "%" if percent else name):
        scale, asked = _SCALES.get(behind[:1], 1), _SCALES.get(name[:1], 1)
        if behind.lstrip("万亿") not in ("", name.lstrip("万亿")) or scale == asked == 1:
            raise Unclear(msg("{number} (unit: {unit})", number=NUMBER, unit=unit) if unit else NUMBER)
        value = value * scale / asked
    if abs(value) > _LARGEST:
        raise Unclear(NUMBER)
    return value
