"""The text of a draft with its structure recovered: paragraphs, clauses, tables, annexes.

What extraction from PDF or Word did is undone, not reported: blank lines between all lines, sentences broken over
lines, numbers that follow their title, heads of tables repeated on the next page, page numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from lsstd.lint.rule import Fault
from lsstd.words import Text

Kind = Literal["heading", "clause", "item", "caption", "row", "text"]
NUMERALS = "零一二三四五六七八九十"
CITED = re.compile(
    r"(?<![A-Za-z])((?:GB|DB|[A-Z]{2,3}|T|Q)[0-9]{0,4}(?:/[TZ])?|T/[A-Z]{2,8}|ISO(?:/IEC)?|IEC)\s?"
    r"(\d{1,6}(?:\.\d+)*)\s?([—–－-]|——)\s?(\d{4})(?!\d)"
)
"""A standard cited with its year: prefix, number, dash, year."""
_NUMBER = r"(?:[A-Z]\.)?\d{1,2}(?:\.\d{1,2}){0,4}"
_FIRST = re.compile(rf"(?P<number>{_NUMBER})[ \u3000]+(?P<text>\S.*)$")
_LETTERED = re.compile(r"(?P<number>[A-Z]\.\d{1,2}(?:\.\d{1,2})*)(?P<text>\S.*)$")
_GLUED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){1,4})(?P<text>[\u4e00-\u9fff].*)$")
_LAST = re.compile(r"(?P<text>\S.*?\S)\s+(?P<number>\d{1,2}(?:\.\d{1,2}){1,3})$")
_BARE = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}$")
_CHINESE = re.compile(rf"([{NUMERALS}]{{1,3}})、\s*(\S.*)$|[（(]([{NUMERALS}]{{1,3}})[)）]\s*(\S.*)$")
_DOTTED = re.compile(r"(\d{1,2})\s?[.．、]\s?(?!\d)(\S.*)$")
_ITEM = re.compile(r"(?:([a-z])\)|(\d{1,2})[)）]|——|—\s|[●•·])\s*(\S.*)$")
_CAPTION = re.compile(r"(?:续)?([表图])\s?([A-Z]\.\d+|\d{1,3})\s+(\S.*)$")
_ANNEX = re.compile(r"附\s*录\s*([A-Z])\s*(?:[（(]|$)")
_NOISE = re.compile(r"[A-Z]$|第?\s?\d{1,3}\s?页?$|[-—–]\s?\d{1,3}\s?[-—–]$|[IVXⅠ-Ⅻ]{1,5}$")
_ENDS = "。；：！？;:!?"
_SCORED = re.compile(r"[。；）)]\s*\d{1,3}(?:\.\d)?$")
_HAS_POINTS = re.compile(r"(?:^|[^\d.]\s)\d{1,3}(?:\.\d)?$")
_POINTS = re.compile(r"^\d{1,3}(?:\.\d)?$")
_MOST_JOINED = 200  # lines of one paragraph


@dataclass(frozen=True)
class DraftParagraph:
    """A paragraph in one piece: the lines that it stands on, its kind, its number without its text, where it stands."""

    line: int
    kind: Kind
    number: str
    text: str
    clause: str  # the number of the clause, caption or annex that it stands in
    lines: int = 1
    style: str = ""  # how it is numbered: ``1``, ``一``, ``（一）``, ``1.``, ``a)``

    def fault(self, message: Text, suggestion: Text, quote: str = "", reading: str | None = None) -> Fault:
        """Return a fault at this place."""
        return Fault(self.clause, message, suggestion, quote, reading, self.line)

    @property
    def is_sentence(self) -> bool:
        """Whether it is prose: long enough, and with a sign of a sentence."""
        return len(self.text) > 12 and any(sign in self.text for sign in "。，；")


@dataclass(frozen=True)
class Draft:
    """A draft: its lines as given, numbered from 1, and its paragraphs."""

    lines: tuple[str, ...]
    paragraphs: tuple[DraftParagraph, ...]

    @cached_property
    def text(self) -> str:
        """All paragraphs, one below the other."""
        return "\n".join(paragraph.text for paragraph in self.paragraphs)

    @cached_property
    def headings(self) -> tuple[DraftParagraph, ...]:
        """The titles of chapters and clauses."""
        return tuple(p for p in self.paragraphs if p.kind == "heading")

    @cached_property
    def numbered(self) -> tuple[DraftParagraph, ...]:
        """What has a clause number of figures and dots, in order."""
        return tuple(p for p in self.paragraphs if p.style == "1")

    @cached_property
    def title(self) -> str:
        """The title: of the first page that names a kind of standard, without what names the kind."""
        named = (p.text for p in self.paragraphs[:40] if re.search(r"(规范|规程|指南|要求|准则|导则|标准)》?$", p.text))
        return re.sub(r"^《|》$|\s", "", next(named, ""))

    @cached_property
    def is_standard(self) -> bool:
        """Whether it is the text of a standard, and not a note about one."""
        return any("范围" in p.text and p.number == "1" for p in self.headings)

    def chapter(self, *names: str) -> tuple[DraftParagraph, ...]:
        """Return the paragraphs of the chapter whose title holds one of the names, its heading first."""
        tops = [i for i, p in enumerate(self.paragraphs) if p.kind == "heading" and is_top(p)]
        for start, end in pairwise([*tops, len(self.paragraphs)]):
            if any(name in self.paragraphs[start].text for name in names):
                return self.paragraphs[start:end]
        return ()

    @cached_property
    def children(self) -> dict[str, list[DraftParagraph]]:
        """Entries with a numeric clause number, by the number of the clause above; chapters under none."""
        found: dict[str, list[DraftParagraph]] = defaultdict(list)
        for p in self.numbered:
            found[p.number.rpartition(".")[0]].append(p)
        return found

    @cached_property
    def tables(self) -> dict[str, tuple[DraftParagraph, ...]]:
        """The rows of each table, by its number as printed; a head repeated on the next page stands once."""
        found: dict[str, list[DraftParagraph]] = {p.number: [] for p in self.paragraphs if p.kind == "caption"}
        for row in (p for p in self.paragraphs if p.kind == "row"):
            found.setdefault(row.clause, []).append(row)
        return {number: tuple(rows) for number, rows in found.items()}

    @cached_property
    def scored(self) -> tuple[str, ...]:
        """The numbers of the tables whose rows have points."""
        scored = {
            number: sum(bool(_HAS_POINTS.search(row.text)) for row in rows) for number, rows in self.tables.items()
        }
        return tuple(number for number, count in scored.items() if count >= 3 and not self._is_of_grades(number))

    def _is_of_grades(self, number: str) -> bool:
        return all(len(row.text) < 25 for row in self.tables[number])

    @cached_property
    def scored_rows(self) -> tuple[DraftParagraph, ...]:
        """What stands in the tables whose rows have points."""
        return tuple(p for p in self.paragraphs if p.clause in self.scored)

    def finds(self, pattern: str | re.Pattern[str]) -> Iterator[tuple[DraftParagraph, re.Match[str]]]:
        """Yield every place at which a pattern is found, with its paragraph."""
        return ((p, found) for p in self.paragraphs for found in re.finditer(pattern, p.text))

    def first_with(self, words: str) -> DraftParagraph | None:
        """Return the first paragraph that holds these words, blanks aside."""
        return next((p for p in self.paragraphs if words in re.sub(r"\s", "", p.text)), None)


def is_top(paragraph: DraftParagraph) -> bool:
    """Return whether a heading is one of the highest level."""
    return paragraph.style in ("一", "annex") or (paragraph.style == "1" and paragraph.number.isdecimal())


def draft_of(text: str) -> Draft:
    """Recover the structure of a text.

    Parameters
    ----------
    text : str
        As extracted from PDF, or saved from Word.

    Examples
    --------
    >>> draft = draft_of("1 范围\\n本文件规定了要求。\\n评价原则 1.1\\n公开。")
    >>> [(p.kind, p.number, p.text) for p in draft.paragraphs if p.kind == "heading"]
    [('heading', '1', '范围'), ('heading', '1.1', '评价原则')]
    """
    lines = tuple(text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n"))
    return Draft(lines, tuple(_Reader(lines).paragraphs()))


class _Reader:
    """Reads lines into paragraphs, knowing the number that was accepted last."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        full = sorted(len(line.strip()) for line in lines if len(line.strip()) > 8)
        self.width = full[int(0.9 * len(full))] if full else 0
        self.lines = [(place, line.strip()) for place, line in enumerate(lines, start=1) if line.strip()]
        self.last: tuple[int, ...] = ()
        self.chinese = 0  # the number of the last chapter that is numbered 一、二、
        self.where, self.table, self.annex = "", "", ""
        self.head: set[str] = set()

    def paragraphs(self) -> Iterator[DraftParagraph]:
        place = 0
        while place < len(self.lines):
            line, text = self.lines[place]
            is_noise = _NOISE.fullmatch(text) and not (self.table and _POINTS.fullmatch(text))
            if is_noise or re.search(r"(\.{4,}|…{2,}|\.\s\.\s\.)\s*[\dIVX]*$", text):  # a line of the contents
                place += 1
                continue
            kind, number, body, style = self._classify(text, place)
            count = 1
            most = 1 if kind == "caption" else min(_MOST_JOINED, len(self.lines) - place)
            while count < most and self._goes_on(body, place + count, kind):
                body += self._joined(body, self.lines[place + count][1])
                count += 1
            place += count
            if kind == "row" and len(body) > 3 and not _POINTS.fullmatch(body) and self._is_repeated_head(body):
                continue
            yield DraftParagraph(line, kind, number, body, self.where, self.lines[place - 1][0] - line + 1, style)

    def _joined(self, before: str, after: str) -> str:
        glue = " " if before[-1:].isascii() and before[-1:].isalnum() and after[:1].isascii() else ""
        return glue + after

    def _is_repeated_head(self, text: str) -> bool:
        words = re.sub(r"\s", "", text)
        if len(words) >= 40 or re.search("[。，；]", words) or not re.search("指标|序号|分值|内容|名称", words):
            return False
        is_known = words in self.head
        self.head.add(words)
        return is_known

    def _classify(self, text: str, place: int) -> tuple[Kind, str, str, str]:
        """Return what a line begins: its kind, number, text and style of numbering; note where it stands."""
        if annex := _ANNEX.match(text):
            self.annex, self.table, self.last = annex[1], "", ()
            self.where = f"附录{annex[1]}"
            return "heading", annex[1], text, "annex"
        if (caption := _CAPTION.match(text)) and not re.search("[。；]", text):
            self.table = self.where = f"{caption[1]}{caption[2]}"
            self.head = set()
            return "caption", self.table, caption[3], ""
        if found := self._clause(text, place):
            number, body = found
            self.table, self.where = "", number
            is_heading = len(body) <= 40 and not any(sign in body for sign in "。；：，")
            return ("heading" if is_heading else "clause"), number, body, "1"
        if (chinese := _CHINESE.match(text)) and not self.last and not self.annex:
            number, body = (chinese[1], chinese[2]) if chinese[1] else (chinese[3], chinese[4])
            is_next = bool(chinese[1]) and self.chinese < value_of(number) <= self.chinese + 2
            if len(body) <= 40 and "。" not in body and (is_next or not self.table):
                self.table = ""
                self.where = f"{number}、" if chinese[1] else f"（{number}）"
                self.chinese = value_of(number) if chinese[1] else self.chinese
                return "heading", number, body, "一" if chinese[1] else "（一）"
        if not self.table:
            if not self.last and (dotted := _DOTTED.match(text)) and len(dotted[2]) <= 20 and "。" not in dotted[2]:
                return "heading", dotted[1], dotted[2], "1."
            if item := _ITEM.match(text):
                number = item[1] or item[2] or ""
                return "item", number, item[3], "a)" if item[1] else "1)" if item[2] else "—"
        return ("row" if self.table else "text"), "", text, ""

    def _clause(self, text: str, place: int) -> tuple[str, str] | None:
        """Return number and text of a line with a clause number, at either end, that may follow the last one."""
        for pattern in (_FIRST, _LETTERED, _GLUED, _LAST):
            if (found := pattern.match(text)) and self._accept(found["number"], found["text"]):
                return found["number"], found["text"]
        if _BARE.match(text) and place + 1 < len(self.lines) and self._accept(text, ""):
            self.where = text
            return text, ""
        return None

    def _accept(self, number: str, body: str) -> bool:
        """Return whether a number can be that of the next clause, and go on from it then."""
        letter, *rest = number.split(".") if number[0].isalpha() else ("", *number.split("."))
        parts = tuple(map(int, rest))
        if letter != self.annex or not parts or 0 in parts:
            return False
        if len(parts) == 1 and not letter:  # a chapter: its title is short, and it comes soon after the last one
            is_other = re.search(r"[。；，：《\d]|^[个家人年月日万亿元分项条]", body)
            is_title = not self.chinese and len(body) <= 30 and not is_other
            chapter = self.last[0] if self.last else 0
            if not (is_title and chapter < parts[0] <= chapter + 2):
                return False
        elif not self._is_near(parts):
            return False
        self.last = parts
        return True

    def _is_near(self, parts: tuple[int, ...]) -> bool:
        if not self.last:
            return parts[0] == 1 or bool(self.annex)
        if parts[0] not in (self.last[0], self.last[0] + 1):
            return bool(self.annex)
        return parts > self.last[: len(parts)] or parts == self.last or parts[: len(self.last)] == self.last

    def _goes_on(self, before: str, place: int, kind: Kind) -> bool:
        """Return whether the line at a place goes on with the paragraph that ends so."""
        after, line = self.lines[place][1], self.lines[place - 1][1]
        if not before:
            return kind == "clause" or (kind == "heading" and not _BARE.match(after))
        if any(before.count(left) > before.count(right) for left, right in ("《》", "“”")):
            return True  # it ends within a name
        if kind == "row" and (_SCORED.search(before) or re.sub(r"\s", "", after) in self.head):
            return False
        if before[-1] in _ENDS or (kind == "heading" and len(before) < 0.8 * self.width):
            return False
        if len(line) < 0.8 * self.width or _POINTS.fullmatch(after) or _ANNEX.match(after) or _CAPTION.match(after):
            return False
        if kind in ("item", "row", "clause", "text") and (_ITEM.match(after) or _CHINESE.match(after)):
            return False
        last, annex = self.last, self.annex
        is_clause = self._clause(after, place) is not None
        self.last, self.annex = last, annex
        return not is_clause


def sequences(draft: Draft) -> Iterator[list[DraftParagraph]]:
    """Yield the headings of one level under one parent, in the order in which they stand."""
    open_at: dict[str, list[DraftParagraph]] = {}
    order = ["一", "（一）", "1."]
    for p in draft.headings:
        if p.style not in order:
            continue
        for deeper in order[order.index(p.style) + 1 :]:
            if run := open_at.pop(deeper, None):
                yield run
        open_at.setdefault(p.style, []).append(p)
    yield from open_at.values()


def value_of(number: str) -> int:
    """Return what a number in figures or Chinese numerals is worth.

    >>> value_of("十二"), value_of("七"), value_of("3"), value_of("两")
    (12, 7, 3, 2)
    """
    if number.isascii():
        return int(number)
    tens, ten, ones = number.replace("两", "二").rpartition("十")
    units = NUMERALS.index(ones) if ones else 0
    return (NUMERALS.index(tens) if tens else 1) * 10 + units if ten else units
