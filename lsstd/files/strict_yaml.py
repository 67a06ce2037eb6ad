"""A strict reader of YAML and JSON: plain values, each with its line; and YAML that it reads back as it was.

Stricter than YAML itself, since the files are typed by people and read as facts: only ``true`` and ``false``
are booleans (``no`` is a word), ``12:30`` and ``2024-06-01`` stay text, keys are text and stand once, and there
are no tags, anchors or aliases (so no file can unfold into more than it holds).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from lsstd.errors import InvalidFile, Problem, Problems
from lsstd.words import Text, clip, same

DEEPEST = 40
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_NOT_FINITE = {".nan": "nan", ".NaN": "nan", ".inf": "inf", "-.inf": "-inf", "+.inf": "inf", ".Inf": "inf"}
_RARE_LINE_ENDS = frozenset("\x85\u2028\u2029")
_ONCE = Text("同一个键只能出现一次", "each key once")


@dataclass
class Parsed:
    """Plain values and the 1-based line at which each place (``answers.village_rooms``) stands."""

    value: Any = None
    lines: dict[str, int] = field(default_factory=dict)


def read_text(text: str, name: str) -> Any:
    """Return the plain values that a YAML text holds."""
    return parse_yaml(text, name).value


def parse_yaml(text: str, name: str) -> Parsed:
    """Read YAML.

    Parameters
    ----------
    text : str
        The text of the file.
    name : str
        How messages call the file.

    Raises
    ------
    InvalidFile
        Not YAML, or YAML that the strict reader refuses; all repeated keys are told at once.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reader = _Reader(text, name)
    try:
        reader.read(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        raise _refused(name, same(error.problem or error), Text("合法的 YAML", "valid YAML"), line) from None
    except yaml.YAMLError as error:
        raise _refused(name, same(" ".join(str(error).split())), Text("合法的 YAML", "valid YAML")) from None
    reader.problems.raise_if_any(_unreadable(name))
    return Parsed(reader.root, reader.lines)


def parse_json(text: str, name: str) -> Parsed:
    """Read JSON as strictly as YAML (without the lines, which JSON files seldom have)."""
    problems = Problems()

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            problems.add(key, Text("重复的键", "a repeated key"), _ONCE)
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise _refused(name, same(error.msg), Text("合法的 JSON", "valid JSON"), error.lineno) from None
    except (RecursionError, ValueError) as error:
        raise _refused(name, same(clip(error)), Text("合法的 JSON", "valid JSON")) from None
    problems.raise_if_any(_unreadable(name))
    return Parsed(value)


def _unreadable(name: str) -> Text:
    return Text(f"无法读取 {name}", f"cannot read {name}")


def _refused(name: str, found: Text, expected: Text, line: int | None = None) -> InvalidFile:
    return InvalidFile(_unreadable(name), [Problem(name, found, expected, line)])


def _scalar(text: str) -> Any:
    """Return what a plain (unquoted) scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if text in _NOT_FINITE:
        return float(_NOT_FINITE[text])
    if len(text) <= 400 and _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if len(text) <= 400 and _DECIMAL.fullmatch(text) else text


class _Dumper(yaml.SafeDumper):
    """Quotes each text that would not be read back as it is: ``1e5``, a number to the strict reader; rare line ends."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if _scalar(text) != text or not _RARE_LINE_ENDS.isdisjoint(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def to_yaml(value: Any) -> str:
    """Return plain values as YAML; the strict reader reads the same values back."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


class _Reader:
    """Builds plain values from YAML's events, with a stack instead of recursion."""

    def __init__(self, text: str, name: str) -> None:
        self.name, self.text = name, text
        self.root: Any = None
        self.lines: dict[str, int] = {}
        self.problems = Problems()
        self._open: list[tuple[Any, str]] = []  # containers being filled, and the place of each
        self._key: list[str | None] = []  # for each open mapping the key that waits for its value

    def read(self, events: Iterator[Any]) -> None:
        """Take every event of one document."""
        documents = 0
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refuse(line, "第二个文档", "a second document", "只含一个文档", "one document")
            elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise self._refuse(line, "锚点或别名", "an anchor or alias", "把内容写全", "the content itself")
            elif getattr(event, "tag", None) not in (None, "!"):
                raise self._refuse(line, f"标签 {event.tag}", f"the tag {event.tag}", "不用标签", "no tags")
            elif isinstance(event, yaml.ScalarEvent):
                self._take_scalar(event, line)
            elif isinstance(event, yaml.MappingStartEvent):
                self._enter({}, line)
            elif isinstance(event, yaml.SequenceStartEvent):
                self._enter([], line)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._open.pop()
                self._key.pop()

    def _refuse(self, line: int, found_zh: str, found_en: str, right_zh: str, right_en: str) -> InvalidFile:
        return _refused(self.name, Text(found_zh, found_en), Text(right_zh, right_en), line)

    def _take_scalar(self, event: Any, line: int) -> None:
        """Take a scalar as a key, if a mapping waits for one, or else as a value."""
        if self._open and isinstance(self._open[-1][0], dict) and self._key[-1] is None:
            mapping, place = self._open[-1]
            where = f"{place}.{event.value}" if place else event.value
            if event.value in mapping:
                first = self.lines.get(where)
                self.problems.found.append(
                    Problem(where, Text(f"重复的键（已见于第 {first} 行）", f"repeats line {first}"), _ONCE, line)
                )
            self._key[-1] = event.value
            self.lines.setdefault(where, line)
        else:
            self._put(_scalar(event.value) if event.implicit[0] else event.value, line)

    def _enter(self, container: Any, line: int) -> None:
        """Open a mapping or a sequence."""
        if len(self._open) >= DEEPEST:
            raise self._refuse(line, "嵌套过深", "too deeply nested", f"至多 {DEEPEST} 层", f"{DEEPEST} levels")
        if self._open and isinstance(self._open[-1][0], dict) and self._key[-1] is None:
            raise self._refuse(line, "不是文字的键", "a key that is not text", "文字作键", "text as the key")
        place = self._put(container, line)
        self._open.append((container, place))
        self._key.append(None)

    def _put(self, value: Any, line: int) -> str:
        """Put a value where it belongs; return its place."""
        if not self._open:
            self.root = value
            return ""
        container, place = self._open[-1]
        if isinstance(container, list):
            container.append(value)
            step = str(len(container) - 1)
        else:
            step = str(self._key[-1])
            container.setdefault(step, value)
            self._key[-1] = None
        where = f"{place}.{step}" if place else step
        self.lines.setdefault(where, line)
        return where
