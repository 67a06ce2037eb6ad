"""A strict reader of YAML and JSON: plain values, each with its line; and YAML that it reads back unchanged.

Stricter than YAML itself, since the files are typed by people and read as facts: only ``true`` and ``false``
are booleans (``no`` is a word), ``12:30`` and ``2024-06-01`` stay text, keys are text and stand once, and there
are no tags, anchors or aliases (so no file can unfold into more than it holds). What looks like YAML and is read as
something else is refused: text cut off at ``#``, full-width signs, invisible characters. A quoted text is meant as it
stands, so only unquoted text is checked; an invisible character must be written as an escape (``"\\u200B"``) even in
quotes.

ruamel.yaml, which reads YAML 1.2 and keeps comments, was weighed: it reads the longest standard in 0.5 to 0.8 s,
PyYAML over libyaml in 0.03 s, and tags, anchors and repeated keys would be refused by code like this all the same.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from lsstd.errors import MOST, InvalidFile, Problem, Problems
from lsstd.numerals import NUMERAL
from lsstd.words import Text, clip, msg, same, shorten

Fault = tuple[Text, Text]  # what was found, and what would be right

DEEPEST = 40
MOST_VALUES = 200_000  # most values of a file; the longest standard has 4,100
_LONGEST_PLACE = 500  # characters of all keys from the top down to a value, which each value is noted with
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_PADDED = re.compile(r"[-+]?0[0-9]")  # 007 is a code, not a number
_MOST_DIGITS = 400
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_NOT_FINITE = {".nan": "nan", ".NaN": "nan", ".inf": "inf", "-.inf": "-inf", "+.inf": "inf", ".Inf": "inf"}
_JSON_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[][{}]|[^][{}",:\s]++', re.DOTALL)
_TAG_LINE = re.compile("^%TAG", re.MULTILINE)
_ONCE, _NO_TAGS = msg("each key once"), msg("no tags")
_TOO_DEEP = msg("too deeply nested"), msg("at most {deepest} levels", deepest=DEEPEST)
_TAB = msg("a tab at the beginning of a line, where YAML takes blanks only")
_YAML, _JSON = msg("valid YAML"), msg("valid JSON")
_SYNTAX = (
    msg("mapping values are not allowed"),
    msg("expected ':'"),
    msg("did not find expected key"),
    msg("expected <block end>"),
    msg("did not find expected '-' indicator"),
    msg("expected ',' or"),
    msg("found a tab character"),
    msg("found unexpected end of stream"),  # of quotes that nobody closed: the place is the end of the file
    msg("characters are not allowed"),
    msg("Expecting value"),
    msg("Expecting ':' delimiter"),
    msg("Expecting property name"),
)
"""Words of a parser's message, by which its Chinese is known: of the mistakes that are made most."""

_SIGNS = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x85\u2028\u2029"
_ANY_SIGN = re.compile(f"[{_SIGNS}]")  # ten times as fast as the next one, and found in hardly any file
UNSEEN = re.compile(  # joiners hold emoji and some scripts together: between two such signs they are at home
    rf"(?!(?<=[^\x00-\x7f])[\u200c\u200d][^\x00-\x7f])[{_SIGNS}]"
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_KEY = r"(?P<key>[A-Za-z][\w.-]*)[^\S\r\n]*(?:\uff1a|:(?!//|[ \t\r\n]|$))(?P<rest>.*)"
_IS_NO_KEY = re.compile(_NO_KEY, re.ASCII)
_FULL_WIDTH_SIGNS = re.compile(
    rf"(?:^|[{{,])[ \t\u00a0\u3000]*(?:- +)*{_NO_KEY}|"
    r"^[ \t]*(?P<dash>\uff0d.*)|(?P<list>[{\[\uff5b\uff3b][^\"']{0,200}[\uff0c\uff5d\uff3d]|:[ \t]+[\uff5b\uff3b].*)",
    re.ASCII,
)
_COMMENT = re.compile(r"([ \t]*)#([^\r\n]*)")
_CODE = re.compile(r"[a-z0-9_.:+-]+|A+")  # an answer, an id, a date, a grade: complete as it stands
_BLANKS = msg("half-width blanks, or quotes around the text")


@dataclass
class Parsed:
    """Plain values, the 1-based line at which each place (``answers.village_rooms``) stands, and their file, if any."""

    value: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    path: Path = Path()
    sha256: str = ""

    @property
    def standard(self) -> str | None:
        """The standard that the file names, if it names one."""
        found = self.value.get("standard") if isinstance(self.value, dict) else None
        return found if isinstance(found, str) else None


def read_text(text: str, name: str) -> Any:
    """Return the plain values that a YAML text holds."""
    return parse_yaml(text, name).value


def parse_yaml(text: str, name: str) -> Parsed:
    """Read YAML; `name` is how messages call the file.

    Raises `InvalidFile`: not YAML, or YAML that the strict reader refuses; repeated keys are reported all at once.
    """
    text = text.removeprefix("\ufeff")
    reader = _Reader(name, text)
    reader.problems.found += islice(_invisible(text, name), MOST)
    if tag := _TAG_LINE.search(text):  # libyaml compares each with all others
        raise _refused(name, msg("the directive %TAG"), _NO_TAGS, text.count("\n", 0, tag.start()) + 1)
    value = None
    try:
        value = reader.read()
    except yaml.MarkedYAMLError as error:
        reader.note_syntax(error)
    except yaml.YAMLError as error:
        reader.problems.found.append(Problem(name, _syntax(str(error)), _YAML))
    reader.problems.raise_if_any(_unreadable(name))
    return Parsed(value, reader.lines)


def parse_json(text: str, name: str, most: int = MOST_VALUES) -> Parsed:
    """Read JSON as strictly as YAML, up to `most` values; lines are not recorded, as JSON files seldom have them."""
    problems = Problems()

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(held := dict(pairs)) < len(pairs) and not problems.is_long:
            for key in sorted(key for key, count in Counter(key for key, _ in pairs).items() if count > 1):
                problems.add(key, msg("a repeated key"), _ONCE)
        return held

    _measure(text, name, most)
    try:
        value = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise _refused(name, _syntax(error.msg, (error.lineno, error.colno)), _JSON, error.lineno) from None
    problems.raise_if_any(_unreadable(name))
    return Parsed(value)


def _too_many(most: int) -> Fault:
    return msg("more than {most} values", most=most), msg("at most {most} values", most=most)


def _measure(text: str, name: str, most: int) -> None:
    """Refuse JSON that is nested too deeply or holds too much, before any of it is built."""
    depth = 0
    for count, token in enumerate(_JSON_TOKEN.finditer(text)):
        sign = text[token.start()]
        depth += (sign in "[{") - (sign in "]}")
        if sign != '"' and (length := token.end() - token.start()) > _MOST_DIGITS:
            found = msg("a number of {length} digits", length=length)
            raise _refused(name, found, msg("at most {most} digits", most=_MOST_DIGITS))
        if depth > DEEPEST:
            raise _refused(name, *_TOO_DEEP)
        if count > 2 * most:  # a key and its value
            raise _refused(name, *_too_many(most))


def _syntax(message: str, place: tuple[int, int] | None = None, sign: str = "") -> Text:
    """Return a parser's message in both languages."""
    english = shorten(" ".join(message.split()), 120)
    if "start any token" in english and sign:
        return msg("a text that begins with {sign} must be quoted", sign=sign) if sign.strip() else _TAB
    if known := next((known for known in _SYNTAX if known.en in message), None):
        return Text(known.zh, english)
    if place is None:
        return msg("wrong syntax: {message}", message=english)
    return msg("line {line}, column {column}: {message}", line=place[0], column=place[1], message=english)


def _unreadable(name: str) -> Text:
    return msg("cannot read {name}", name=name)


def _refused(name: str, found: Text, expected: Text, line: int | None = None) -> InvalidFile:
    return InvalidFile(_unreadable(name), [Problem(name, found, expected, line)])


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if text in _NOT_FINITE:
        return float(_NOT_FINITE[text])
    if text[0] not in "+-.0123456789" or len(text) > _MOST_DIGITS:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMERAL.fullmatch(text) and not _PADDED.match(text) else text


class _Dumper(yaml.SafeDumper):
    """Quotes each text that would not be read back as it is: a number such as ``1e5``, invisible characters."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    misread = _scalar(text) != text or UNSEEN.search(text) or _fault_of_value(text) or _fault_of_key(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if misread else None)


_Dumper.add_representer(str, _text)


def to_yaml(value: Any) -> str:
    """Return plain values as YAML; the strict reader reads the same values back."""
    dumped = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04X}", dumped)


class _Reader:
    """Builds plain values from YAML's events."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.lines: dict[str, int] = {}
        self.problems = Problems()
        self._events: Iterator[Any]  # the stubs know neither the tag of a node nor that a mark is always there
        self._count = 0

    def read(self) -> Any:
        """Return the value of the document; None if the file is empty."""
        self._events = iter(yaml.parse(self.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        documents, value = 0, None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                mark: Any = event.start_mark
                if (documents := documents + 1) > 1:
                    raise _refused(self.name, msg("a second document"), msg("one document"), mark.line + 1)
                value = self._value(next(self._events), "")
        return value

    def _value(self, event: Any, where: str, is_item: bool = True, depth: int = 0) -> Any:
        """Return the value that an event begins; an item, of a list or of the file, could begin with a key."""
        line = self._check_node(event)
        self._count += 1
        if self._count > MOST_VALUES:
            raise _refused(self.name, *_too_many(MOST_VALUES), line)
        if where:
            self.lines.setdefault(where, line)
        if isinstance(event, yaml.ScalarEvent):
            return self._plain(event, where, is_item) if event.implicit[0] else event.value
        if depth >= DEEPEST:
            raise _refused(self.name, *_TOO_DEEP, line)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
                items.append(self._value(item, f"{where}.{len(items)}".lstrip("."), depth=depth + 1))
            return items
        mapping: dict[str, Any] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            place = self._key(key, where, mapping)
            mapping.setdefault(key.value, self._value(next(self._events), place, is_item=False, depth=depth + 1))
        return mapping

    def _check_node(self, event: Any) -> int:
        """Return the line of a node; refuse what could make its value differ from what a reader sees."""
        line: int = event.start_mark.line + 1
        if event.anchor is not None:  # of an alias, too
            raise _refused(self.name, msg("an anchor or alias"), msg("the content written out in full"), line)
        if event.tag not in (None, "!"):
            raise _refused(self.name, msg("the tag {tag}", tag=event.tag), _NO_TAGS, line)
        return line

    def _key(self, event: Any, above: str, mapping: Mapping[str, Any]) -> str:
        """Return the path of a key."""
        line = self._check_node(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise _refused(self.name, msg("a key that is not text"), msg("a key that is text"), line)
        where = f"{above}.{event.value}" if above else event.value
        if len(where) > _LONGEST_PLACE:
            found = msg("{length} characters of keys from the top down", length=len(where))
            raise _refused(self.name, found, msg("at most {most}", most=_LONGEST_PLACE), line)
        if event.value in mapping:
            self._note(Problem(where, msg("repeats line {first}", first=self.lines.get(where)), _ONCE, line))
        self.lines.setdefault(where, line)
        if event.implicit[0] and not event.value.isidentifier():
            self._tell(_fault_of_key(event.value), line, event.value)
        return where

    def _plain(self, event: Any, where: str, is_item: bool) -> Any:
        """Return the value of an unquoted text."""
        plain, start, end = event.value, event.start_mark, event.end_mark
        line, value = start.line + 1, _scalar(plain)
        if value is not None and type(value) is not str:
            return value
        if self.text[end.index : end.index + 1] in (" ", "\t"):
            self._tell(_cut_off(plain if value else "", self.text, end.index), end.line + 1, where)
        self._tell(_fault_of_value(plain), line, where)
        if (":" in plain or "：" in plain) and (is_item or self.lines[where] != line):
            self._tell(_fault_of_item(self.text[start.index : end.index].splitlines()[0]), line, where)
        return value

    def _tell(self, fault: Fault | None, line: int, where: str) -> None:
        if fault:
            self._note(Problem(where or self.name, *fault, line))

    def _note(self, problem: Problem) -> None:
        """Note a problem; end the reading where so much is wrong that nobody would read on."""
        self.problems.found.append(problem)
        if self.problems.is_long:
            raise self.problems.error(_unreadable(self.name))

    def note_syntax(self, error: yaml.MarkedYAMLError) -> None:
        """Note what stopped the parser: signs that only look right, or else what the parser says."""
        mark = error.problem_mark or error.context_mark
        line, problems = mark.line + 1 if mark else 0, self.problems.found
        noted = {problem.line for problem in problems}
        odd = _full_width(self.text, line, self.name)
        problems += islice((each for each in odd if each.line not in noted), MOST)
        if not any(problem.line in (line - 1, line) for problem in problems):  # else those are what it stumbled over
            place = (line, mark.column + 1) if mark else None
            found = _syntax(error.problem or str(error), place, self.text[mark.index : mark.index + 1] if mark else "")
            problems.append(Problem(self.name, found, _YAML, line or None))


def _invisible(text: str, name: str) -> Iterator[Problem]:
    """Yield a problem for each line with an invisible character outside a comment."""
    for number, line in enumerate(_LINE_END.split(text), 1) if _ANY_SIGN.search(text) else ():
        if match := UNSEEN.search(line):
            before = line[: match.start()]
            if not before.lstrip().startswith("#") and (" #" not in before or re.search("[\"']", before)):
                yield Problem(name, _unseen(match[0]), msg("this line retyped without it"), number)


def _full_width(text: str, last: int, name: str) -> Iterator[Problem]:
    """Yield a problem for each line with full-width signs or a missing blank, up to where the parser stopped."""
    for number, line in enumerate(_LINE_END.split(text)[:last], 1):
        if match := _FULL_WIDTH_SIGNS.search(line):
            typed = match["dash"] or match["list"]
            signs = msg("half-width signs: - : , [ ] { }")
            fault = (msg("full-width signs: {text}", text=clip(typed)), signs) if typed else _no_colon(match)
            yield Problem(name, *fault, number)


def _fault_of_key(key: str) -> Fault | None:
    """Return what is wrong with a key that is not quoted."""
    odd = re.search(r"[^\S ]", key)
    return _fault_of_item(key) or ((_unseen(odd[0]), _BLANKS) if odd else None)


def _fault_of_value(text: str) -> Fault | None:
    """Return what is wrong with an unquoted text, wherever it stands."""
    odd = text.strip() != text
    return (_unseen(text[0] if text[0].isspace() else text[-1]), _BLANKS) if odd else None


def _fault_of_item(text: str) -> Fault | None:
    """Return what is wrong with an unquoted text that begins where a key could stand."""
    match = _IS_NO_KEY.match(text)
    return _no_colon(match) if match else None


def _cut_off(value: str, text: str, end: int) -> Fault | None:
    """Return what is wrong with a value (perhaps empty) that ends at this place of the file, before a comment.

    A blank after the ``#`` makes it a comment, unless a number follows (冰城 # 1 基地). After a code, such as an answer
    or an id (met #附件), it is a comment without the blank, too.
    """
    if not (match := _COMMENT.match(text, end)):
        return None
    gap, comment = match.groups()
    first = comment[:1]
    if _CODE.fullmatch(value):
        is_cut = first.isdigit()
    else:
        is_number = gap == " " and comment.lstrip()[:1].isdigit() and bool(value)
        is_cut = is_number or not (not first or first.isspace() or first in "#-=*~!")
    if not is_cut:
        return None
    found = msg("YAML reads the text only up to {text}; the rest is a comment", text=clip(f"{value}{gap}#".strip()))
    whole = f"{value}{gap}#{comment}".strip()
    return found, msg("the text in quotes ({text}); a comment on a line of its own", text=clip(whole))


def _unseen(sign: str) -> Text:
    return msg("an invisible or unusual character (U+{code})", code=f"{ord(sign):04X}")


def _no_colon(match: re.Match[str]) -> Fault:
    typed = match.string[match.start("key") : match.end()]
    found = msg("no half-width colon with a blank behind it: {text}", text=clip(typed))
    return found, same(f"{match['key']}: {match['rest'].strip()}"[:60])
