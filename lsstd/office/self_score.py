"""The self-score workbook: its sheets, what each row of a standard may be answered with, and what answers mean.

What a word in a cell names (a state, a level, an option) is known by its label in either language or by its id; labels
that would read alike carry their ids.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from lsstd.exact import Exact, plain
from lsstd.files.cells import Value, is_blank, number
from lsstd.numerals import NUMBER, Unclear, narrow
from lsstd.office.typed_sheet import Column, Sheet
from lsstd.standard import wording
from lsstd.standard.scoring_table import Criterion, Fact, Part
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, msg, msg_in, nearest, same

K = TypeVar("K")
POINTS = msg("points")
STATES = {state: wording.STATES[state] for state in ("met", "unmet", "unknown")}
STATES["not_applicable"] = msg("not applicable")
_FORMER: Mapping[object, tuple[str, ...]] = {"unknown": ("未知",), "unmet": ("不满足",)}
"""Words that stand in older workbooks, or that people write for those of the drop-down."""
SEE_PARTS = msg("see parts")
TRUTH = {True: msg_in("answer", "yes"), False: msg("no")}
TICKS = ("√", "✓", "✔", "☑")
NONE = msg("none")
AS_OF = msg("reference day (the data are up to this day)")

_ID = Column("id", msg("id (leave as it is)"), width=24, is_needed=True, is_hidden=True)
_NUMBER = Column("number", msg("no."), width=6)
_CLAUSE = Column("clause", msg("clause"), width=8)
_NAME = Column("name", msg("name"), width=16)
_EVIDENCE = Column("evidence", msg("evidence (a file name a line)"), width=22, is_input=True)
_NOTE = Column("note", msg("remark"), width=18, is_input=True, also=(msg_in("column", "reason"),))
_GIVEN = (msg("score given"),)  # what an expert's sheet calls the column of scores

BASICS = Sheet.of(
    msg_in("sheet", "facts"),
    Column("item", msg("item"), width=36, is_needed=True),
    Column("value", msg("value"), "any", 24, is_input=True, is_needed=True),
    Column("unit", msg("unit"), width=8),
    Column("hint", msg("hint"), width=36),
    Column("period", msg_in("figure", "period"), "any", 20, is_input=True),
    Column("source", msg("source of the value"), width=20, is_input=True),
    *(_EVIDENCE, _NOTE, _ID),
)
SCORES = Sheet.of(
    msg_in("sheet", "self-score"),
    *(_NUMBER, _CLAUSE),
    Column("indicator", msg("indicator"), width=12),
    _NAME,
    Column("text", msg("criterion"), width=44, is_needed=True),
    Column("points", msg_in("maximum", "points"), "number", 7),
    Column("hint", msg("how it is scored"), width=36),
    Column("own", msg("own score"), "any", 9, is_input=True, is_needed=True, also=_GIVEN),
    Column("spread", msg("range or chances"), width=12, is_input=True),
    Column("counted", msg("counted"), "any", 9),
    Column("first", msg("first review"), "any", 7, is_input=True),
    Column("final", msg("final"), "any", 7, is_input=True),
    *(_EVIDENCE, _NOTE, _ID),
)
PARTS = Sheet.of(
    msg_in("sheet", "parts"),
    *(_NUMBER, _NAME),
    Column("part", msg("part"), width=60, is_needed=True),
    Column("hint", msg("decided by"), width=40),
    Column("own", msg("own score"), "any", 10, is_input=True, is_needed=True, also=_GIVEN),
    _ID,
)
EVIDENCE = Sheet.of(
    msg_in("sheet", "evidence"),
    Column("of", msg("proves"), width=36, is_input=True, is_needed=True),
    Column("file", msg("file"), width=30, is_input=True, is_needed=True),
    Column("kind", msg("kind"), width=24, is_input=True),
    Column("issuer", msg("issuer"), width=18, is_input=True),
    Column("issued", msg("issued"), "date", 12, is_input=True),
    Column("period", msg("period"), width=14, is_input=True),
    Column("expires", msg("expires"), "date", 12, is_input=True),
    Column("sha256", msg("SHA-256 (may be blank)"), width=18, is_input=True),
    Column("note", msg("remark"), width=18, is_input=True),
)
GROUPS = Sheet.of(
    msg("groups"),
    Column("name", msg("group"), width=24, is_input=True, is_needed=True),
    Column("value", msg("belongs to"), width=30, is_input=True, is_needed=True),
)
EXPERT = Sheet.of(
    msg("expert"),
    Column("particular", msg("about the expert"), width=28, is_needed=True),
    Column("value", msg("entry"), width=40, is_input=True, is_needed=True),
    Column("hint", msg("hint"), width=70),
    _ID,
)
LOG = Sheet.of(
    msg("changes"),
    Column("when", msg("day of the change"), "date", 14, is_input=True, is_needed=True),
    Column("who", msg("changed by"), width=16, is_input=True, is_needed=True),
    Column("row", msg("row changed"), width=40, is_input=True, is_needed=True),
    Column("from", msg_in("column", "from"), "any", 10, is_input=True),
    Column("to", msg_in("column", "to"), "any", 10, is_input=True),
    Column("why", msg_in("column", "reason"), width=50, is_input=True, is_needed=True),
)
GIVEN_SCORES = msg_in("sheet", "scores")
STAGES = {stage: word for stage, word in wording.STAGES.items() if stage != "self"}
PARTICULARS: dict[str, tuple[Text, Text]] = {
    "expert.id": (msg("id of the expert"), msg("as the panel knows you; each expert has another one")),
    "expert.name": (msg("name of the expert"), msg("kept in this file; no public page shows it")),
    "expert.group": (msg("group of raters"), msg("where the panel has groups with shares of their own")),
    "expert.conflicts": (
        msg("conflicts of interest"),
        msg("bases, or bodies that run them, in which you have an interest: one a line, by name or id"),
    ),
    "stage": (msg("stage"), join(STAGES.values())),
    "round": (msg("round"), msg("as the organiser names it, such as 2025")),
}
"""What the sheet of an expert says of who scored: labels and hints, by the paths of an assessment."""
_STEPS = Column("number", msg("step"), width=6), Column("text", msg("what to do"), width=110)
HELP = Sheet(msg("how to fill it in"), _STEPS)
REVIEWS = ("first", "final")
"""The columns of the evaluators, which are not read."""


def states_of(entry: Criterion | Part) -> dict[str, Text]:
    """Return the states that a row or part may be answered with, and their words."""
    return {state: word for state, word in STATES.items() if state != "not_applicable" or entry.optional}


@dataclass(frozen=True)
class Asked:
    """A row that is answered, a criterion or a topic, and what it may be answered with."""

    id: str
    number: str
    clause: str
    indicator: Text
    name: Text
    text: Text
    points: Exact | None
    parts: tuple[Part, ...]
    states: Mapping[str, Text]
    levels: Mapping[int | str, Text]
    least: Exact = 0

    @property
    def choices(self) -> tuple[Text, ...]:
        """The words of the row's drop-down."""
        return (*self.levels.values(), *self.states.values(), *([SEE_PARTS] if self.parts else []))

    @property
    def numbered(self) -> Text:
        """The row's number and name."""
        return Text(f"{self.number} {self.name.zh}", f"{self.number} {self.name.en}")

    @property
    def printed(self) -> str:
        """The standard's own wording: a criterion's text, a topic's name."""
        return self.text.zh if self.text.zh == self.text.en else self.name.zh

    @property
    def expected(self) -> Text:
        """What may stand in the row's own score."""
        words = join(self.choices)
        if self.points is None:
            return words
        least, most = plain(self.least), plain(self.points)
        return msg("{words}, or a number from {least} to {most}", words=words, least=least, most=most)


def asked(standard: Standard) -> dict[str, Asked]:
    """Return what a standard asks to be answered, in order: its criteria, then its topics."""
    rows = [_criterion(standard, row) for row in standard.criteria.values()]
    levels: dict[int | str, Text] = {level.level: same(str(level.level)) for level in standard.scale}
    for place, topic in enumerate(standard.topic_leaves, len(rows) + 1):
        above = standard.topics[topic.parent].label if topic.parent else same("")
        text = msg("(retold by lsstd) {covers}", covers=topic.covers)
        unknown = {"unknown": STATES["unknown"]}
        rows.append(Asked(topic.id, str(place), topic.clause, above, topic.label, text, None, (), unknown, levels))
    return {row.id: row for row in rows}


def _criterion(standard: Standard, row: Criterion) -> Asked:
    levels: dict[int | str, Text] = {}
    if row.rule and row.rule.levels:
        labelled = {key: level.label for key, level in row.rule.levels.items()}
        levels.update(told_apart(labelled, {**STATES, "parts": SEE_PARTS}))
    above, text, parts = standard.indicators[row.indicator].name, same(row.text), tuple(row.parts.values())
    named = row.id, str(row.row), row.clause, above, row.gloss, text
    return Asked(*named, row.max_score, parts, states_of(row), levels, row.min_score)


@dataclass(frozen=True)
class Printed:
    """A row as it is written, whatever is filled in: what a message calls it, and its cells by their columns."""

    name: Text
    cells: Mapping[str, Text | Exact | None]


def printed(standard: Standard) -> dict[Sheet, dict[str, Printed]]:
    """Return the rows of each sheet that has fixed ones, by their ids: written, and compared on reading.

    A label, unit or wording that says something else would give the value beside it another meaning, as after sorting
    some of the columns.
    """
    basics = {
        f"subject.{key}": Printed(name, {"item": msg("{label}: {name}", label=standard.subject_label, name=name)})
        for key, name in wording.SUBJECT.items()
    }
    basics["as_of"] = Printed(AS_OF, {"item": AS_OF})
    basics |= {f.id: Printed(f.label, {"item": f.label, "unit": f.unit}) for f in standard.facts.values()}
    scores, parts = dict[str, Printed](), dict[str, Printed]()
    for row in asked(standard).values():
        named: dict[str, Text | Exact | None] = {"number": same(row.number), "name": row.name}
        texts = {"clause": same(row.clause), "indicator": row.indicator, "text": row.text, "points": row.points}
        scores[row.id] = Printed(row.numbered, named | texts)
        for part in row.parts:
            cells = named | {"part": Text(part.text, f"{part.text}\n{part.gloss.en}")}
            parts[f"{row.id}.{part.id}"] = Printed(part.gloss, cells)
    about = {key: Printed(label, {"particular": label}) for key, (label, _) in PARTICULARS.items()}
    return {BASICS: basics, PARTS: parts, SCORES: scores, EXPERT: about}


def as_expert(sheet: Sheet, name: Text) -> Sheet:
    """Return a sheet under the name and the heads that it has among those of an expert."""
    heads = (column.also[0] if column.also else column.head for column in sheet.columns)
    return Sheet(name, tuple(replace(column, head=head) for column, head in zip(sheet.columns, heads, strict=True)))


def mark_of(standard: Standard) -> str:
    """Return what a workbook says that it was made for: id, edition, and a hash of all that is asked.

    The hash is not that of the file: of labels and glosses each cell is compared by itself (see `printed`).
    """
    rows = [
        [row.id, row.clause, row.printed, row.points and plain(row.points), [*row.states, *row.levels]]
        + [f"{part.id} {part.text}" for part in row.parts]
        for row in asked(standard).values()
    ]
    facts = [[fact.id, fact.kind, fact.unit and fact.unit.zh, list(fact.options)] for fact in standard.facts.values()]
    content = json.dumps([standard.standard, standard.edition, rows, facts], ensure_ascii=False)
    return f"lsstd:{standard.standard}@{standard.edition}#{hashlib.sha256(content.encode()).hexdigest()[:16]}"


MARKED = re.compile(r"lsstd:([a-z][a-z0-9-]*)@(.*?)#([0-9a-f]{16})")


def with_id(name: Text, key: str) -> Text:
    """Return a name with its id in brackets."""
    return Text(f"{name.zh}〔{key}〕", f"{name.en}〔{key}〕")


def meaning(words: Mapping[K, Text], value: Value) -> K | None:
    """Return which of some words is meant, by its label in either language or its key; None if none of them is."""
    if not isinstance(value, str):
        return None
    wanted = narrow(value).lower()
    return next((key for key, word in words.items() if wanted in _spellings(key, word)), None)


def _spellings(key: object, word: Text) -> set[str]:
    return {narrow(name).lower() for name in (word.zh, word.en, str(key), *_FORMER.get(key, ()))}


def told_apart(words: Mapping[str, Text], others: Mapping[str, Text]) -> dict[str, Text]:
    """Return a standard's labels for a drop-down, with their ids wherever they could be read as `others` in that cell.

    Examples
    --------
    >>> labels = told_apart({"good": Text("优", "good"), "fair": Text("满足", "fair")}, {"met": Text("满足", "met")})
    >>> labels["good"].zh, labels["fair"].zh
    ('优', '满足〔fair〕')
    """
    counts = Counter(name for group in (words, others) for item in group.items() for name in _spellings(*item))

    def is_clear(label: str) -> bool:
        is_word = any(sign.isalpha() for sign in label) and not _is_number(label)
        return is_word and counts[narrow(label).lower()] == 1 and not re.search("[〔;；\n]", label)

    return {key: word if is_clear(word.zh) and is_clear(word.en) else with_id(word, key) for key, word in words.items()}


def _is_number(label: str) -> bool:
    try:
        return number(label, POINTS) is not None
    except Unclear:
        return False


def labels(standard: Standard) -> dict[str, Text]:
    """Return how the evidence sheet names each row and fact: its name, and its id in brackets."""
    return {key: with_id(name, key) for key, (*_, name) in _names(standard).items()}


def _names(standard: Standard) -> dict[str, tuple[Text, ...]]:
    """Return what people call each row and fact, the most exact name last."""
    rows = {row.id: (same(row.number), row.name, row.numbered) for row in asked(standard).values()}
    return {**rows, **{fact.id: (fact.label,) for fact in standard.facts.values()}}


def proven_by(standard: Standard, text: str) -> str:
    """Return the id of the row or fact that a text of the evidence sheet names: in full, by its id, or by a name.

    Raises `Unclear`: a name of none, or of several.
    """
    full, names = labels(standard), _names(standard)
    if key := meaning(full, text):
        return key
    keys = sorted(key for key, known in names.items() if any(meaning({key: name}, text) for name in known))
    if len(keys) == 1:
        return keys[0]
    if keys:
        raise Unclear(msg("one of {several}", several=join(full[key] for key in keys)))
    zh, en = [name.zh for *_, name in names.values()], [name.en for *_, name in names.values()]
    found, other = nearest(text, [*zh, *en]), nearest(text, [*en, *zh])
    raise Unclear(type(found)(found.zh, other.en))


def kinds(standard: Standard) -> dict[str, Text]:
    """Return how the evidence sheet names each kind of evidence."""
    return {key: with_id(name, key) for key, name in standard.evidence_kinds.items()}


def own_form(row: Asked, value: Value) -> dict[str, object]:
    """Return the form of answer that a row's own score means; empty for a blank one.

    Raises `Unclear`: neither a word of the drop-down nor a number.
    """
    if is_blank(value):
        return {}
    if meaning({"parts": SEE_PARTS}, value) and row.parts:
        return {"parts": {}}
    if state := meaning(row.states, value):
        return {"state": state}
    if (level := meaning(row.levels, value if isinstance(value, str) else str(value))) is not None:
        return {"level": level}
    if row.points is None and row.levels:
        raise Unclear(row.expected)
    try:
        return {"score": number(value, POINTS)}
    except Unclear:
        raise Unclear(row.expected) from None


_BETWEEN = re.compile("[;；\n]")
_SPREAD = msg("a range such as 4~8, or score: chance, 6: 0.5; 10: 0.5")


def spread_form(text: str | None) -> dict[str, object]:
    """Return the range or the chances that a text means; empty for none.

    Raises `Unclear`: it is neither.

    Examples
    --------
    >>> spread_form("4～8"), spread_form("6：50%；10：50%")
    ({'range': [4, 8]}, {'chances': [[6, Fraction(1, 2)], [10, Fraction(1, 2)]]})
    """
    text = narrow(text or "")
    try:
        if ":" in text:
            pairs = [pair.split(":") for pair in _BETWEEN.split(text) if pair.strip()]
            return {"chances": [[_number(score), _number(chance, is_chance=True)] for score, chance in pairs]}
        ends = re.split(r"[~至到]|(?<=[0-9])\s*[-–—]\s*(?=[0-9.]+$)", text)
        if len(ends) == 2:
            return {"range": [_number(end) for end in ends]}
    except ValueError:
        pass
    if text:
        raise Unclear(_SPREAD)
    return {}


def _number(text: str, is_chance: bool = False) -> Exact:
    """Return a number; as a chance also a percentage."""
    is_percentage = is_chance and text.strip().endswith("%")
    value = number(text.strip().removesuffix("%") if is_percentage else text)
    if value is None:
        raise Unclear(NUMBER)
    return Fraction(value, 100) if is_percentage else value


def choice_names(fact: Fact) -> dict[str, Text]:
    """Return how each option stands in a list of what is ticked, which semicolons divide."""
    names = told_apart(fact.options, {"none": NONE, "unknown": STATES["unknown"]})
    return {key: Text(_BETWEEN.sub("，", name.zh), _BETWEEN.sub("，", name.en)) for key, name in names.items()}


def choice_words(fact: Fact, value: Value) -> list[str]:
    """Return the ids of what is ticked, from their names or ids; `无` ticks nothing.

    Raises `Unclear`: a word that is no option.
    """
    names = choice_names(fact)
    expected = join(names.values())
    if not isinstance(value, str):
        raise Unclear(expected)
    if meaning({"none": NONE}, value):
        return []
    ticked = [meaning(names, word) for word in _BETWEEN.split(value) if word.strip()]
    if None in ticked:
        raise Unclear(msg("separated by semicolons: {expected}", expected=expected))
    return [str(key) for key in ticked]
