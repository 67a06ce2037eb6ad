"""An assessment: what one subject says of itself, on one reference day, under one standard."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, model_validator

from lsstd.core.exact import Exact, Number, exact, plain, shown, total
from lsstd.core.models import Model, mistake, parse
from lsstd.core.standard import Criterion, Fact, Standard
from lsstd.errors import Problems
from lsstd.text import Text, clip, nearest

State = Literal["met", "unmet", "unknown", "not_applicable"]
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")
FORMS = ("state", "score", "parts", "range", "chances", "level")


def _day(value: object) -> object:
    """Take a date as the text that it is in a file."""
    text = value.isoformat() if type(value) is datetime.date else value
    try:
        if isinstance(text, str) and _DATE.fullmatch(text):
            datetime.date.fromisoformat(text if len(text) == 10 else f"{text}-01")
            return text
    except ValueError:
        pass
    raise mistake("日期，如 2024-12-31 或 2024-12", "a date such as 2024-12-31 or 2024-12")


def _full_day(value: object) -> object:
    with suppress(ValueError):
        if len(str(day := _day(value))) == 10:
            return day
    raise mistake("完整日期，如 2024-12-31", "a full date such as 2024-12-31")


Day = Annotated[str, BeforeValidator(_day)]
"""A date as text: year, month and, if known, day."""


class Subject(Model):
    """Who is assessed."""

    name: str = Field("", max_length=1000)
    id: str | None = None
    region: str | None = None
    party: str | None = None
    groups: dict[str, str] = {}


class Evidence(Model):
    """What proves an answer or a fact."""

    file: str
    kind: str | None = None
    issuer: str | None = None
    issued: Day | None = None
    period: str | None = None
    expires: Day | None = None
    sha256: str | None = None
    note: str | None = None


def _long_form(value: object) -> object:
    """Take the short form of a fact, a bare value, as the long one."""
    return value if isinstance(value, dict | Model) else {"value": value}


def _fact_value(value: object) -> object:
    """Take what a file can hold as a fact's value; numbers become exact."""
    if type(value) is datetime.date:
        return value.isoformat()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, list | tuple):
        return tuple(value)
    try:
        return exact(value)
    except ValueError:
        right = ("有限的数", "a finite number") if isinstance(value, float) else ("一个值", "one value")
        raise mistake(*right) from None


class FactEntry(Model):
    """A fact as given: its value (None is unknown), a note, what proves it."""

    value: Annotated[Any, PlainValidator(_fact_value), PlainSerializer(lambda value: _plain(value))] = None
    note: str | None = None
    evidence: tuple[Evidence, ...] = Field((), strict=False)


def _chance_pairs(value: object) -> object:
    """Take chances as pairs, or as a map whose keys may be quoted numbers."""
    pairs = list(value.items()) if isinstance(value, dict) else value
    if not isinstance(pairs, list | tuple):
        return value
    taken = []
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise mistake("[得分, 概率] 的列表", "a list of [score, chance]")
        score, chance = pair
        if isinstance(score, str):
            try:
                score = exact(float(score))
            except ValueError:
                raise mistake("以得分为键", "scores as keys") from None
        taken.append((score, chance))
    return tuple(taken)


def _answer_form(value: object) -> object:
    """Take the short form of an answer, a bare state, as the long one; nothing at all is unknown."""
    if value is None or value == {}:
        return {"state": "unknown"}
    return {"state": value} if isinstance(value, str) else value


class Answer(Model):
    """What is said of one row, in exactly one of six forms."""

    state: State | None = None
    score: Number | None = None
    parts: dict[str, State] | None = None
    range: Annotated[tuple[Number, Number], Field(strict=False)] | None = None
    chances: Annotated[tuple[tuple[Number, Number], ...], BeforeValidator(_chance_pairs)] | None = None
    level: int | None = None
    note: str | None = None
    evidence: tuple[Evidence, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _one_form(self) -> Answer:
        given = [form for form in FORMS if getattr(self, form) is not None]
        if len(given) != 1:
            listed = ", ".join(given) or "—"
            one_of = ", ".join(FORMS)
            raise mistake(f"{one_of} 中恰好一种（现有：{listed}）", f"exactly one of {one_of} (given: {listed})")
        return self

    @property
    def form(self) -> str:
        """Which of the six forms this answer takes."""
        return next(form for form in FORMS if getattr(self, form) is not None)


FactAsGiven = Annotated[FactEntry, BeforeValidator(_long_form)]
AnswerAsGiven = Annotated[Answer, BeforeValidator(_answer_form)]
Section = BeforeValidator(lambda value: {} if value is None else value)
"""Marks a section of a file that may stand there empty."""


class Assessment(Model):
    """Facts and answers of one subject; see `parse_assessment` for reading one."""

    standard: str
    subject: Subject = Subject()
    as_of: Annotated[str, BeforeValidator(_full_day)] | None = None
    facts: Annotated[dict[str, FactAsGiven], Section] = {}
    answers: Annotated[dict[str, AnswerAsGiven], Section] = {}

    def with_answers(self, answers: Mapping[str, object]) -> Assessment:
        """Return a new assessment in which some rows are answered otherwise (forms as in a file)."""
        return self._with(answers={**self.answers, **answers})

    def with_facts(self, facts: Mapping[str, object]) -> Assessment:
        """Return a new assessment in which some facts are otherwise (forms as in a file)."""
        return self._with(facts={**self.facts, **facts})

    def _with(self, **sections: object) -> Assessment:
        problems = Problems()
        own = {name: getattr(self, name) for name in type(self).model_fields}
        changed = parse(Assessment, {**own, **sections}, problems)
        problems.raise_if_any(Text("更改无效", "an invalid change"))
        assert changed is not None
        return changed

    def plain(self) -> dict[str, Any]:
        """Return plain values from which the same assessment can be read again."""
        out: dict[str, Any] = {"standard": self.standard, "subject": self.subject.model_dump(exclude_defaults=True)}
        if self.as_of:
            out["as_of"] = self.as_of
        out |= plain_entries(self.facts, self.answers)
        return {key: value for key, value in out.items() if value != {}}


def plain_entries(facts: Mapping[str, FactEntry], answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Return facts and answers as a file holds them, each in its shortest form."""
    return {
        "facts": {key: _short(_plain_form(entry), "value") for key, entry in facts.items()},
        "answers": {key: _short(_plain_form(answer), "state") for key, answer in answers.items()},
    }


def _plain_form(entry: Model) -> dict[str, Any]:
    """Return an entry's given fields as plain values (lists, text, numbers)."""
    out = {key: _plain(value) for key, value in entry.model_dump(exclude_defaults=True).items()}
    return out or {"value": None}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return plain(value) if isinstance(value, Fraction) else value


def _short(form: dict[str, Any], key: str) -> Any:
    """Write a form that holds one thing only in its short way."""
    return form[key] if set(form) == {key} else form


def parse_assessment(
    standard: Standard, value: object, name: str = "assessment", lines: dict[str, int] | None = None
) -> Assessment:
    """Read an assessment from plain values, against its standard.

    Parameters
    ----------
    standard : Standard
        The standard that the answers refer to.
    value : object
        Plain values, as a YAML or JSON file holds them.
    name : str
        How messages call the source.
    lines : dict of str to int, optional
        The line of each place.

    Raises
    ------
    InvalidFile
        With all problems at once: place, found, expected.
    """
    problems = Problems(lines)
    title = Text(f"{name} 不是有效的评价文件", f"{name} is not a valid assessment")
    assessment = parse(Assessment, value, problems)
    if assessment is None and isinstance(value, dict):  # the rest is checked too, so that all is told at once
        assessment = parse(Assessment, _sound(value, problems), Problems())
    if assessment is not None:
        _check(standard, assessment, problems)
    problems.raise_if_any(title)
    assert assessment is not None
    return assessment


def _sound(value: dict[str, Any], problems: Problems) -> dict[str, Any]:
    """Return an assessment without the entries in which a problem was found."""
    bad = {_entry(problem.where) for problem in problems.found}
    sound = {name: value[name] for name in Assessment.model_fields if name in value and name not in bad}
    return {
        name: {key: entry for key, entry in section.items() if _entry(f"{name}.{key}") not in bad}
        if isinstance(section, dict)
        else section
        for name, section in sound.items()
    }


def _entry(place: str) -> str:
    """Return the fact, answer or the like in which a place lies."""
    return ".".join(place.split(".")[:2])


def check(standard: Standard, assessment: Assessment) -> None:
    """Check facts and answers against the standard; raise `InvalidFile` with all problems at once."""
    problems = Problems()
    _check(standard, assessment, problems)
    problems.raise_if_any(Text("评价文件无效", "invalid assessment"))


def _check(standard: Standard, assessment: Assessment, problems: Problems) -> None:
    """Note what does not fit the standard (of another standard, only that it is another)."""
    if assessment.standard != standard.standard:
        problems.add("standard", clip(assessment.standard), standard.standard)
        return
    for key, entry in assessment.facts.items():
        if key not in standard.facts:
            problems.add(f"facts.{key}", Text("未知的事实", "unknown fact"), nearest(key, standard.facts))
        elif entry.value is not None and (expected := _fact_fault(standard.facts[key], entry.value)):
            problems.add(f"facts.{key}", clip(_plain(entry.value)), expected)
    leaves = [topic.id for topic in standard.topic_leaves]
    for key, answer in assessment.answers.items():
        if key in leaves:
            _check_level(len(standard.scale) - 1, answer, f"answers.{key}", problems)
        elif key not in standard.criteria:
            known = [*standard.criteria, *leaves]
            problems.add(f"answers.{key}", Text("未知的评价内容", "unknown criterion"), nearest(key, known))
        else:
            _check_answer(standard.criteria[key], answer, f"answers.{key}", problems)


def _fact_fault(fact: Fact, value: Any) -> Text | None:
    """Return what would be right, if the value does not suit the fact."""
    match fact.kind:
        case "boolean":
            return None if isinstance(value, bool) else Text("true 或 false", "true or false")
        case "date":
            try:
                _day(value)
            except ValueError:
                return Text("日期，如 2024-12-31 或 2024-12", "a date such as 2024-12-31 or 2024-12")
        case "text":
            return None if isinstance(value, str) else Text("文字（加引号）", "text (in quotes)")
        case "choices":
            ok = isinstance(value, tuple) and all(item in fact.options for item in value)
            return None if ok else Text(f"{', '.join(fact.options)} 的列表", f"a list of {', '.join(fact.options)}")
        case _:
            if isinstance(value, bool) or not isinstance(value, int | Fraction):
                return Text("数", "a number")
            if value < 0 and not fact.signed:
                return Text("不小于 0 的数", "a number, 0 or more")
            if fact.kind == "count" and not isinstance(value, int):
                return Text("整数", "a whole number")
    return None


def _check_answer(row: Criterion, answer: Answer, place: str, problems: Problems) -> None:
    """Check one answer against its row."""
    top = row.max_score if row.max_score is not None else 0
    numbers: tuple[Exact, ...] = ()
    if "not_applicable" in (answer.state, *(answer.parts or {}).values()):
        expected = Text("met、unmet 或 unknown（本行不允许“不适用”）", "met, unmet or unknown; this row always applies")
        problems.add(place, "not_applicable", expected)
    if answer.level is not None:
        expected = Text("met、unmet 或 {score: 分值}", "met, unmet or {score: …}; this row has points, not levels")
        problems.add(place, "level", expected)
    if answer.parts is not None:
        for part in answer.parts:
            if part not in row.parts:
                problems.add(f"{place}.parts.{part}", Text("未知的分项", "unknown part"), nearest(part, row.parts))
    if answer.score is not None:
        numbers = (answer.score,)
    if answer.range is not None:
        numbers = answer.range
        if numbers[0] > numbers[1]:
            low, high = (plain(n) for n in numbers)
            problems.add(f"{place}.range", f"[{low}, {high}]", Text("先低后高", "the lower end first"))
    if answer.chances is not None:
        numbers = tuple(score for score, _ in answer.chances)
        _check_chances(answer.chances, f"{place}.chances", problems)
    if row.max_score is None and answer.form in ("range", "chances"):
        problems.add(place, answer.form, Text("本行没有分值：met 或 unmet", "a row without points: met or unmet"))
    for number in numbers:
        if not 0 <= number <= top:
            within = Text(f"0 至 {plain(top)} 之间", f"from 0 to {plain(top)}")
            problems.add(f"{place}.{answer.form}", clip(plain(number)), within)


def _check_level(top: int, answer: Answer, place: str, problems: Problems) -> None:
    """Check the answer to a topic: a level of the scale, or unknown."""
    if answer.state == "unknown" or (answer.level is not None and 0 <= answer.level <= top):
        return
    found = str(answer.level) if answer.form == "level" else answer.form
    problems.add(place, found, Text(f"{{level: 0 至 {top}}}", f"{{level: 0 to {top}}}"))


def _check_chances(chances: tuple[tuple[Exact, Exact], ...], place: str, problems: Problems) -> None:
    """Check that chances are chances: none below 0, scores once each, 1 in all."""
    scores = [score for score, _ in chances]
    weights = [chance for _, chance in chances]
    if any(chance < 0 for chance in weights):
        problems.add(place, Text("负的概率", "a negative chance"), Text("0 至 1", "from 0 to 1"))
    if len(set(scores)) != len(scores):
        problems.add(place, Text("重复的得分", "a repeated score"), Text("每个得分一次", "each score once"))
    together = total(weights)
    dust = Fraction(1, 10**9)
    if not 1 - dust <= together <= 1 + dust:
        problems.add(place, Text(f"概率之和 {shown(together, 6)}", f"they sum to {shown(together, 6)}"), "1")
