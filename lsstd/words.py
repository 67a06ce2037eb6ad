"""Words in two languages: Chinese first, English as the second."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Literal

Lang = Literal["zh", "en"]
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Chinese and in English.

    Examples
    --------
    >>> Text("等级", "grade").to("en")
    'grade'
    """

    zh: str
    en: str

    def to(self, lang: Lang) -> str:
        """Return the text in the language asked for."""
        return self.zh if lang == "zh" else self.en

    def __str__(self) -> str:
        return self.zh


def same(word: object) -> Text:
    """Return a text that reads alike in both languages (an id, a number, a file name)."""
    return Text(str(word), str(word))


def join(texts: Iterable[Text]) -> Text:
    """Join texts into an enumeration: 、 in Chinese, commas in English."""
    parts = list(texts)
    return Text("、".join(t.zh for t in parts), ", ".join(t.en for t in parts))


def listing(texts: Iterable[Text], most: int = 4) -> Text:
    """Tell an enumeration within a sentence; a long one is cut, and says how many more there are.

    Examples
    --------
    >>> listing(map(same, "ABC")).en, listing(map(same, "ABCDEFG"), most=2).en
    ('A, B and C', 'A, B and 5 more')
    >>> listing(map(same, "ABCDEFG"), most=2).zh
    'A、B，另有 5 项'
    """
    parts = list(texts)
    if len(parts) > most + 1:  # “and 1 more” is longer than what it hides
        shown, more = join(parts[:most]), len(parts) - most
        return Text(f"{shown.zh}，另有 {more} 项", f"{shown.en} and {more} more")
    if len(parts) < 2:
        return join(parts)
    return Text(join(parts).zh, f"{join(parts[:-1]).en} and {parts[-1].en}")


def in_turn(texts: Iterable[Text], most: int = 3) -> Text:
    """Tell long items one after the other, with semicolons; of many, the first."""
    parts = list(texts)
    kept, more = (parts, 0) if len(parts) <= most + 1 else (parts[:most], len(parts) - most)
    zh, en = "；".join(text.zh for text in kept), "; ".join(text.en for text in kept)
    return Text(f"{zh}；另有 {more} 项", f"{en}; and {more} more") if more else Text(zh, en)


def beside(word: str) -> str:
    """Set a word behind a Chinese one: with a space where it is Latin."""
    return f" {word}" if word[:1].isascii() else word


def quoted(text: Text) -> Text:
    """Put a text in quotation marks; those within it become single ones."""
    zh, en = (word.replace("“", "‘").replace("”", "’") for word in (text.zh, text.en))
    return Text(f"“{zh}”", f"“{en}”")


def sentence(text: Text) -> Text:
    """Return a sentence without what ends it, to be quoted within another one."""
    return Text(text.zh.rstrip("。？"), text.en.rstrip("."))


def counted(number: object, noun: str) -> str:
    """Count in English: ``1 row``, ``2.5 points``."""
    return f"{number} {noun}" if str(number) == "1" else f"{number} {noun}s"


def paragraph(sentences: Iterable[Text]) -> Text:
    """Join sentences, written without their full stops, into a paragraph."""
    zh, en = [], []
    for sentence in sentences:
        zh.append(sentence.zh.rstrip("。") + "。")
        en.append(sentence.en[:1].upper() + sentence.en[1:].rstrip(".") + ".")
    return Text("".join(zh), " ".join(en))


def printable(text: str) -> str:
    """Return a text from a file without the characters that steer a terminal or turn the writing round.

    Examples
    --------
    >>> printable("冰城\\x1b[31m 基地")
    '冰城�[31m 基地'
    """
    return _STEERING.sub("�", text)


def clip(value: object, length: int = 60) -> str:
    """Show what was found in a file, shortened so that a message stays one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]  # as YAML and JSON write them
    shown = repr(value) if isinstance(value, str) else str(value)
    return shorten(shown, length)


def shorten(text: str, longest: int) -> str:
    """Return a text that is at most so long; one that was cut ends in an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def nearest(word: str, names: Iterable[str]) -> Text:
    """Say which known name was probably meant, or list the known ones."""
    known = list(islice(names, 1000))  # nobody types more; comparing with each takes its time
    close = difflib.get_close_matches(word[:200], known, n=1, cutoff=0.5)
    close = close or [name for name in known if len(word) > 2 and word in name][:1]
    if close:
        return Text(f"是否指 {close[0]}？", f"did you mean {close[0]}?")
    listed = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
    return Text(f"可用：{listed or '（无）'}", f"known: {listed or '(none)'}")


def words(lang: Lang, *pairs: str) -> list[str]:
    """Return short words such as a table's heads, each given as ``zh|en``.

    Examples
    --------
    >>> words("en", "条款|clause", "分值|points")
    ['clause', 'points']
    """
    return [pair.split("|")[0 if lang == "zh" else 1] for pair in pairs]


NUMERAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
"""A number as files, cells and forms write it, once thousands separators are gone; the one grammar of numbers."""

NUMBER = Text("数，如 1200、1,200.5", "a number such as 1200 or 1,200.5")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])")
_SQUARE_METRES = re.compile("平方米|平米")
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
    text = _THOUSANDS.sub(lambda digits: digits[0].replace(",", ""), text, 1) if _THOUSANDS.match(text) else text
    digits = NUMERAL.match(text)
    if digits is None or len(text) > _MOST_SIGNS:
        raise Unclear(NUMBER)
    value, behind = Fraction(digits[0].rstrip(".")), _SQUARE_METRES.sub("m2", text[digits.end() :].strip())
    name = _SQUARE_METRES.sub("m2", narrow(unit.zh)) if unit else ""
    if behind and behind not in (name, "%" if percent else name):
        scale, asked = _SCALES.get(behind[:1], 1), _SCALES.get(name[:1], 1)
        if behind.lstrip("万亿") not in ("", name.lstrip("万亿")) or scale == asked == 1:
            raise Unclear(Text(f"{NUMBER.zh}（单位：{unit.zh}）" if unit else NUMBER.zh, NUMBER.en))
        value = value * scale / asked
    if abs(value) > _LARGEST:
        raise Unclear(NUMBER)
    return value
