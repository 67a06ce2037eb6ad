"""The self-score workbook's sheets, and what each row of a standard may be answered with."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from lsstd.exact import Exact, plain
from lsstd.files.cells import NUMBER, Unclear, Value, narrow, number
from lsstd.office.naming import POINTS, meaning, told_apart, with_id
from lsstd.office.sheets import Column, Sheet
from lsstd.standard.scoring_table import Criterion, Fact, Part
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, nearest, same

LANGS: tuple[Lang, ...] = ("zh", "en")
STATES = {
    "met": Text("满足", "met"),
    "unmet": Text("未满足", "unmet"),
    "unknown": Text("未知", "unknown"),
    "not_applicable": Text("不适用", "not applicable"),
}
SEE_PARTS = Text("见分项", "see parts")
TRUTH = {True: Text("是", "yes"), False: Text("否", "no")}
TICKS = ("√", "✓", "✔", "☑")
NONE = Text("无", "none")
SUBJECT = {
    "name": Text("名称", "name"),
    "id": Text("编号", "id"),
    "region": Text("地区", "region"),
    "party": Text("角色（供应链中的哪一方）", "party (which part in the supply chain)"),
}
AS_OF = Text("评价基准日（数据截至哪一天）", "reference day (up to which the data go)")

_ID = Column("id", Text("编号（请勿改动）", "id (leave as it is)"), width=24, is_needed=True, is_hidden=True)
_NUMBER = Column("number", Text("序号", "no."), width=6)
_CLAUSE = Column("clause", Text("条款", "clause"), width=8)
_NAME = Column("name", Text("名称", "name"), width=16)
_EVIDENCE = Column(
    "evidence", Text("佐证材料（一行一个文件名）", "evidence (a file name a line)"), width=22, is_input=True
)
_NOTE = Column("note", Text("备注", "remark"), width=18, is_input=True)

BASICS = Sheet(
    Text("基本情况", "facts"),
    (
        Column("item", Text("项目", "item"), width=36, is_needed=True),
        Column("value", Text("内容", "value"), "any", 24, is_input=True, is_needed=True),
        Column("unit", Text("单位", "unit"), width=8),
        Column("hint", Text("说明", "hint"), width=36),
        _EVIDENCE,
        _NOTE,
        _ID,
    ),
)
SCORES = Sheet(
    Text("自评", "self-score"),
    (
        _NUMBER,
        _CLAUSE,
        Column("indicator", Text("指标", "indicator"), width=12),
        _NAME,
        Column("text", Text("评价内容", "criterion"), width=44, is_needed=True),
        Column("points", Text("分值", "points"), "number", 7),
        Column("hint", Text("评分办法", "how it is scored"), width=36),
        Column("own", Text("自评", "own score"), "any", 9, is_input=True, is_needed=True),
        Column("spread", Text("区间或可能", "range or chances"), width=12, is_input=True),
        Column("counted", Text("计分", "counted"), "any", 9),
        Column("first", Text("初审", "first review"), "any", 7, is_input=True),
        Column("final", Text("终审", "final"), "any", 7, is_input=True),
        _EVIDENCE,
        _NOTE,
        _ID,
    ),
)
PARTS = Sheet(
    Text("分项", "parts"),
    (
        _NUMBER,
        _NAME,
        Column("part", Text("分项内容", "part"), width=60, is_needed=True),
        Column("hint", Text("由哪项数据判定", "decided by"), width=40),
        Column("own", Text("自评", "own score"), "any", 10, is_input=True, is_needed=True),
        _ID,
    ),
)
EVIDENCE = Sheet(
    Text("材料", "evidence"),
    (
        Column("of", Text("用于哪一项", "proves"), width=36, is_input=True, is_needed=True),
        Column("file", Text("文件", "file"), width=30, is_input=True, is_needed=True),
        Column("kind", Text("种类", "kind"), width=24, is_input=True),
        Column("issuer", Text("出具单位", "issuer"), width=18, is_input=True),
        Column("issued", Text("出具日期", "issued"), "date", 12, is_input=True),
        Column("period", Text("所涉期间", "period"), width=14, is_input=True),
        Column("expires", Text("有效期至", "expires"), "date", 12, is_input=True),
        Column("sha256", Text("文件校验值（可空）", "SHA-256 (may be blank)"), width=18, is_input=True),
        Column("note", Text("备注", "remark"), width=18, is_input=True),
    ),
)
GROUPS = Sheet(
    Text("分组", "groups"),
    (
        Column("name", Text("分组名称", "group"), width=24, is_input=True, is_needed=True),
        Column("value", Text("所属组别", "belongs to"), width=30, is_input=True, is_needed=True),
    ),
)
HELP = Sheet(
    Text("填写说明", "how to fill it in"),
    (Column("number", Text("步骤", "step"), width=6), Column("text", Text("说明", "what to do"), width=110)),
)


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
    states: tuple[str, ...]
    levels: Mapping[int | str, Text]
    least: Exact = 0

    def choices(self, lang: Lang) -> tuple[str, ...]:
        """Return the words of the row's drop-down."""
        levels = tuple(level.to(lang) for level in self.levels.values())
        parts = (SEE_PARTS.to(lang),) if self.parts else ()
        return (*levels, *(STATES[state].to(lang) for state in self.states), *parts)

    @property
    def printed(self) -> str:
        """The standard's own wording: a criterion's text, a topic's name."""
        return self.text.zh if self.text.zh == self.text.en else self.name.zh

    @property
    def expected(self) -> Text:
        """What may stand in the row's own score."""
        zh, en = ("、".join(self.choices("zh")), ", ".join(self.choices("en")))
        if self.points is None:
            return Text(zh, en)
        least, most = plain(self.least), plain(self.points)
        return Text(f"{zh}，或 {least} 至 {most} 的数", f"{en}, or a number from {least} to {most}")


def asked(standard: Standard) -> dict[str, Asked]:
    """Return what a standard asks to be answered, in order: its criteria, then its topics."""
    rows = [_criterion(standard, row) for row in standard.criteria.values()]
    topics = standard.topic_leaves
    for place, topic in enumerate(topics, len(rows) + 1):
        above = standard.topics[topic.parent].label if topic.parent else same("")
        levels: dict[int | str, Text] = {level.level: same(str(level.level)) for level in standard.scale}
        text = Text(f"（lsstd 转述）{topic.covers.zh}", f"(retold by lsstd) {topic.covers.en}")
        rows.append(Asked(topic.id, str(place), topic.clause, above, topic.label, text, None, (), ("unknown",), levels))
    return {row.id: row for row in rows}


def _criterion(standard: Standard, row: Criterion) -> Asked:
    states = ("met", "unmet", "unknown", *(("not_applicable",) if row.optional else ()))
    levels: dict[int | str, Text] = {}
    if row.rule and row.rule.levels:
        labelled = {key: level.label for key, level in row.rule.levels.items()}
        levels.update(told_apart(labelled, {**STATES, "parts": SEE_PARTS}).items())
    name = standard.indicators[row.indicator].name
    parts = tuple(row.parts.values())
    return Asked(
        row.id,
        str(row.row),
        row.clause,
        name,
        row.gloss,
        same(row.text),
        row.max_score,
        parts,
        states,
        levels,
        row.min_score,
    )


def mark_of(standard: Standard) -> str:
    """Return what a workbook says that it was made for: id, edition, and a hash of all that is asked.

    The hash is not that of the file: a better label or gloss leaves workbooks valid that are being filled in.
    """
    rows = [
        [row.id, row.clause, row.printed, row.points and plain(row.points), [*row.states, *row.levels]]
        + [f"{part.id} {part.text}" for part in row.parts]
        for row in asked(standard).values()
    ]
    facts = [[fact.id, fact.kind, fact.unit and fact.unit.zh, list(fact.options)] for fact in standard.facts.values()]
    told = json.dumps([standard.standard, standard.edition, rows, facts], ensure_ascii=False)
    return f"lsstd:{standard.standard}@{standard.edition}#{hashlib.sha256(told.encode()).hexdigest()[:16]}"


MARKED = re.compile(r"lsstd:([a-z][a-z0-9-]*)@(.*?)#([0-9a-f]{16})")


def labels(standard: Standard, lang: Lang) -> dict[str, str]:
    """Return how the evidence sheet names each row and fact: its name, and its id in brackets."""
    return {key: with_id(names[-1], key) for key, names in _names(standard, lang).items()}


def _names(standard: Standard, lang: Lang) -> dict[str, tuple[str, ...]]:
    """Return what people call each row and fact, the most exact last."""
    rows = asked(standard).values()
    named = {row.id: (row.name.to(lang), f"{row.number} {row.name.to(lang)}") for row in rows}
    return {**named, **{fact.id: (fact.label.to(lang),) for fact in standard.facts.values()}}


def proven_by(standard: Standard, text: str) -> str:
    """Return the id of the row or fact that a text of the evidence sheet names: in full, by its id, or by a name.

    Raises
    ------
    Unclear
        A name of none, or of several.
    """
    wanted, found, full = narrow(text).lower(), set(), {}
    for lang in LANGS:
        full[lang] = labels(standard, lang)
        for key, names in _names(standard, lang).items():
            if wanted in {narrow(name).lower() for name in (full[lang][key], key)}:
                return key
            if wanted in {narrow(name).lower() for name in names}:
                found.add(key)
    if len(found) == 1:
        return found.pop()
    if found:
        several = Text(*("、".join(full[lang][key] for key in sorted(found)) for lang in LANGS))
        raise Unclear(Text(f"其中之一：{several.zh}", f"one of {several.en}"))
    zh, en = ([names[-1] for names in _names(standard, lang).values()] for lang in LANGS)
    raise Unclear(Text(nearest(text, [*zh, *en]).zh, nearest(text, [*en, *zh]).en))


def kinds(standard: Standard, lang: Lang) -> dict[str, str]:
    """Return how the evidence sheet names each kind of evidence."""
    return {key: with_id(label.to(lang), key) for key, label in standard.evidence_kinds.items()}


def own_form(row: Asked, value: Value) -> dict[str, object]:
    """Return the form of answer that a row's own score means; empty for a blank one.

    Raises
    ------
    Unclear
        Neither a word of the drop-down nor a number.
    """
    if value is None or (isinstance(value, str) and not narrow(value)):
        return {}
    see_parts: dict[str, Text] = {"parts": SEE_PARTS} if row.parts else {}
    if meaning(see_parts, value):
        return {"parts": {}}
    if state := meaning({state: STATES[state] for state in row.states}, value):
        return {"state": state}
    shown = narrow(value) if isinstance(value, str) else str(value)
    if (level := meaning(row.levels, shown)) is not None:
        return {"level": level}
    if row.points is None and row.levels:
        raise Unclear(row.expected)
    try:
        return {"score": number(value, POINTS)}
    except Unclear:
        raise Unclear(row.expected) from None


_BETWEEN = re.compile("[;；\n]")
_SPREAD = Text(
    "区间，如 4~8；或 得分: 概率，如 6: 0.5; 10: 0.5", "a range such as 4~8, or score: chance, 6: 0.5; 10: 0.5"
)


def spread_form(text: str | None) -> dict[str, object]:
    """Return the range or the chances that a text means; empty for none.

    Raises
    ------
    Unclear
        It is neither.

    Examples
    --------
    >>> spread_form("4～8"), spread_form("6：50%；10：50%")
    ({'range': [4, 8]}, {'chances': [[6, Fraction(1, 2)], [10, Fraction(1, 2)]]})
    """
    told = narrow(text or "")
    if not told:
        return {}
    try:
        if ":" not in told:
            ends = re.split(r"[~至到]|(?<=[0-9])\s*[-–—]\s*(?=[0-9.]+$)", told)
            return {"range": [_given(end) for end in ends]} if len(ends) == 2 else _unclear()
        pairs = [pair.split(":") for pair in _BETWEEN.split(told) if pair.strip()]
        return {"chances": [[_given(score), _chance(chance)] for score, chance in pairs]}
    except ValueError:
        raise Unclear(_SPREAD) from None


def _unclear() -> dict[str, object]:
    raise Unclear(_SPREAD)


def _given(text: str) -> Exact:
    value = number(text)
    if value is None:
        raise Unclear(NUMBER)
    return value


def _chance(text: str) -> Exact:
    return Fraction(_given(text.strip()[:-1]), 100) if text.strip().endswith("%") else _given(text)


def choice_names(fact: Fact) -> dict[str, Text]:
    """Return how each option stands in a list of what is ticked, which semicolons divide."""
    names = told_apart(fact.options, {"none": NONE, "unknown": STATES["unknown"]})
    return {key: Text(*(_BETWEEN.sub("，", word) for word in (name.zh, name.en))) for key, name in names.items()}


def choice_words(fact: Fact, value: Value) -> list[str]:
    """Return the ids of what is ticked, from their names or ids; `无` ticks nothing.

    Raises
    ------
    Unclear
        A word that is no option.
    """
    names = choice_names(fact)
    expected = join(names.values())
    if not isinstance(value, str):
        raise Unclear(expected)
    if meaning({"none": NONE}, value):
        return []
    ticked = [meaning(names, word) for word in _BETWEEN.split(value) if word.strip()]
    if None in ticked:
        raise Unclear(Text(f"以“；”分隔：{expected.zh}", f"separated by semicolons: {expected.en}"))
    return [str(key) for key in ticked]
