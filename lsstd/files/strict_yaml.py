"""A strict reader of YAML and JSON: plain values, each with its line; and YAML that it reads back unchanged.

Stricter than YAML itself, since the files are typed by people and read as facts: only ``true`` and ``false``
are booleans (``no`` is a word), ``12:30`` and ``2024-06-01`` stay text, keys are text and stand once, and there
are no tags, anchors or aliases (so no file can unfold into more than it holds). What looks like YAML and is read as
something else (`lookalikes`) is refused.

ruamel.yaml, which reads YAML 1.2 and keeps comments, was weighed: it reads the longest standard in 0.5 to 0.8 s,
PyYAML over libyaml in 0.03 s, and tags, anchors and repeated keys would be refused by code like this all the same.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import yaml

from lsstd.errors import MOST, InvalidFile, Problem, Problems
from lsstd.files import lookalikes
from lsstd.files.lookalikes import UNSEEN, Fault
from lsstd.numerals import NUMERAL
from lsstd.words import Text, msg, shorten

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
    msg("block sequence entries are not allowed"),
    msg("expected ',' or"),
    msg("found unexpected end of stream"),
    msg("did not find expected comment or line break"),
    msg("found a tab character"),
    msg("found unknown escape character"),
    msg("<document start>"),
    msg("characters are not allowed"),
    msg("Expecting value"),
    msg("Expecting ',' delimiter"),
    msg("Expecting ':' delimiter"),
    msg("Expecting property name"),
    msg("Illegal trailing comma"),
    msg("Unterminated string"),
    msg("Invalid control character"),
    msg("Invalid \\"),
    msg("Extra data"),
)
"""Words of a parser's message, by which its Chinese is known."""


@dataclass
class Parsed:
    """Plain values and the 1-based line at which each place (``answers.village_rooms``) stands."""

    value: Any = None
    lines: dict[str, int] = field(default_factory=dict)


def read_text(text: str, name: str) -> Any:
    """Return the plain values that a YAML text holds."""
    return parse_yaml(text, name).value


def parse_yaml(text: str, name: str) -> Parsed:
    """Read YAML; `name` is how messages call the file.

    Raises `InvalidFile`: not YAML, or YAML that the strict reader refuses; repeated keys are reported all at once.
    """
    text = text.removeprefix("\ufeff")
    reader = _Reader(name, text)
    reader.problems.found += islice(lookalikes.invisible(text, name), MOST)
    if tag := _TAG_LINE.search(text):  # libyaml compares each with all others
        raise _refused(name, msg("the directive %TAG"), _NO_TAGS, text.count("\n", 0, tag.start()) + 1)
    try:
        reader.read(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        reader.note_syntax(error)
    except yaml.YAMLError as error:
        reader.problems.found.append(Problem(name, _syntax(str(error)), _YAML))
    reader.problems.raise_if_any(_unreadable(name))
    return Parsed(reader.root, reader.lines)


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
    misread = _scalar(text) != text or UNSEEN.search(text) or lookalikes.of_value(text) or lookalikes.of_key(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if misread else None)


_Dumper.add_representer(str, _text)


def to_yaml(value: Any) -> str:
    """Return plain values as YAML; the strict reader reads the same values back."""
    dumped = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04X}", dumped)


class _Reader:
    """Builds plain values from YAML's events, with a stack instead of recursion."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.root: Any = None
        self.lines: dict[str, int] = {}
        self.problems = Problems()
        self._count = 0
        self._open: list[tuple[Any, str]] = []  # containers being filled, and the place of each
        self._keys: list[str | None] = []  # for each of them the key that waits for its value

    def read(self, events: Iterator[Any]) -> None:
        """Take every event of one document."""
        documents = 0
        event: Any  # the stubs know neither the tag of a node nor that a mark is always there
        for event in events:
            kind = type(event)
            if issubclass(kind, yaml.NodeEvent):
                self._take(event, event.start_mark.line + 1)
            elif issubclass(kind, yaml.CollectionEndEvent):
                self._open.pop()
                self._keys.pop()
            elif kind is yaml.DocumentStartEvent and (documents := documents + 1) > 1:
                raise _refused(self.name, msg("a second document"), msg("one document"), event.start_mark.line + 1)

    def _take(self, event: Any, line: int) -> None:
        """Take a scalar or the beginning of a mapping or sequence, as a key or as a value."""
        if event.anchor is not None:  # of an alias, too
            raise _refused(self.name, msg("an anchor or alias"), msg("the content written out in full"), line)
        if event.tag not in (None, "!"):
            raise _refused(self.name, msg("the tag {tag}", tag=event.tag), _NO_TAGS, line)
        is_key = bool(self._open) and self._keys[-1] is None and type(self._open[-1][0]) is dict
        if type(event) is not yaml.ScalarEvent:
            if is_key:
                raise _refused(self.name, msg("a key that is not text"), msg("a key that is text"), line)
            if len(self._open) >= DEEPEST:
                raise _refused(self.name, *_TOO_DEEP, line)
            container: Any = {} if type(event) is yaml.MappingStartEvent else []
            self._open.append((container, self._put(container, line)))
            self._keys.append(None)
        elif is_key:
            self._take_key(event.value, line)
            if event.implicit[0] and not event.value.isidentifier():
                self._tell(lookalikes.of_key(event.value), line, event.value)
        elif event.implicit[0]:
            self._take_plain(event.value, event.start_mark, event.end_mark)
        else:
            self._put(event.value, line)

    def _take_plain(self, plain: str, start: Any, end: Any) -> None:
        line, value = start.line + 1, _scalar(plain)
        is_item = not self._open or type(self._open[-1][0]) is list
        where = self._put(value, line)
        if value is not None and type(value) is not str:
            return
        if self.text[end.index : end.index + 1] in (" ", "\t"):
            self._tell(lookalikes.cut_off(plain if value else "", self.text, end.index), end.line + 1, where)
        self._tell(lookalikes.of_value(plain), line, where)
        if (":" in plain or "：" in plain) and (is_item or self.lines[where] != line):
            self._tell(lookalikes.of_item(self.text[start.index : end.index].splitlines()[0]), line, where)

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
        odd = lookalikes.full_width(self.text, line, self.name)
        problems += islice((each for each in odd if each.line not in noted), MOST)
        if not any(problem.line in (line - 1, line) for problem in problems):  # else those are what it stumbled over
            place = (line, mark.column + 1) if mark else None
            found = _syntax(error.problem or str(error), place, self.text[mark.index : mark.index + 1] if mark else "")
            problems.append(Problem(self.name, found, _YAML, line or None))

    def _take_key(self, key: str, line: int) -> None:
        mapping, place = self._open[-1]
        where = f"{place}.{key}" if place else key
        if len(where) > _LONGEST_PLACE:
            found = msg("{length} characters of keys from the top down", length=len(where))
            raise _refused(self.name, found, msg("at most {most}", most=_LONGEST_PLACE), line)
        if key in mapping:
            self._note(Problem(where, msg("repeats line {first}", first=self.lines.get(where)), _ONCE, line))
        self._keys[-1] = key
        self.lines.setdefault(where, line)

    def _put(self, value: Any, line: int) -> str:
        self._count += 1
        if self._count > MOST_VALUES:
            raise _refused(self.name, *_too_many(MOST_VALUES), line)
        if not self._open:
            self.root = value
            return ""
        container, place = self._open[-1]
        if isinstance(container, list):
            step = str(len(container))
            container.append(value)
        else:
            step = str(self._keys[-1])
            container.setdefault(step, value)
            self._keys[-1] = None
        where = f"{place}.{step}" if place else step
        self.lines.setdefault(where, line)
        return where
