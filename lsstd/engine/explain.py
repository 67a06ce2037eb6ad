"""Where a number comes from: clause, rule, answer, facts, points; read off the result, never computed anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lsstd.assessment.assessment import Answer
from lsstd.engine.facts import Facts, tell_fact, tell_test
from lsstd.engine.profile import TopicLevel
from lsstd.engine.result import ConditionResult, CriterionResult, IndicatorResult, PartResult, Result, TableGrade
from lsstd.errors import Problem, UnknownName
from lsstd.exact import Exact, shown
from lsstd.standard.readings import set_aside
from lsstd.standard.scoring_table import Criterion, Indicator
from lsstd.standard.wording import STATES, applies_text, combining_texts, quantity_text, rule_text, weight_texts
from lsstd.words import Lang, Text, nearest, printable

_OUTSIDE = Text("所在指标不适用，本行不计入总分", "Its indicator does not apply, so the row does not count")
_CONTRADICTS = Text("所答与事实矛盾：确定取低，可能取高", "Answer and facts contradict: lower secured, higher possible")


@dataclass(frozen=True, slots=True)
class Reason:
    """A line of an explanation, and the lines that it rests on."""

    text: Text
    steps: tuple[Reason, ...] = ()

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the explanation as JSON holds it."""
        return {"text": self.text.to(lang), "steps": [step.to_dict(lang) for step in self.steps]}


def explain(result: Result, name: str) -> Reason:
    """Explain one number of a result.

    Parameters
    ----------
    result : Result
    name : str
        The id of a criterion, indicator, condition, veto, table of bands or topic, or a row's number.

    Raises
    ------
    UnknownName
        With the nearest id.
    """
    topics = {entry.topic.id: entry for entry in (result.profile.topics if result.profile else ())}
    conditions = {**result.conditions, **result.vetoes}
    by_number = {str(row.criterion.row): key for key, row in result.criteria.items()}
    key = by_number.get(name, name)
    explained: tuple[tuple[Mapping[str, Any], Callable[[Result, Any], Reason]], ...] = (
        (topics, _topic),
        (result.criteria, _row),
        (result.indicators, _indicator),
        (conditions, _condition),
        (result.tables, _table),
    )
    for entries, explained_by in explained:
        if key in entries:
            return explained_by(result, entries[key])
    known = [known for entries, _ in explained for known in entries]
    missing = Text(f"没有 {name}", f"there is no {name}")
    raise UnknownName(Text("无法解释", "nothing to explain"), [Problem(name, missing, nearest(name, known))])


def _quoted(text: str) -> Reason:
    return Reason(Text(f"原文：{text}", f"Wording: {text}"))


def _noted(answer: Answer | None) -> list[Reason]:
    note = answer.note if answer else None
    return [Reason(Text(f"备注：{note}", f"Note: {note}"))] if note else []


def _points(low: Exact, high: Exact, top: Exact) -> Text:
    """Tell points as secured, possible and maximum."""
    span = shown(low) if low == high else f"{shown(low)}–{shown(high)}"
    return Text(f"{span} / {shown(top)} 分", f"{span} of {shown(top)} points")


def _row(result: Result, row: CriterionResult) -> Reason:
    """Explain a row: wording, answer, rule, parts, why it does not apply."""
    criterion = row.criterion
    state, points = STATES[row.state], _points(row.secured, row.possible, row.maximum)
    head = Text(
        f"第 {criterion.row} 行 {criterion.gloss.zh}（{criterion.clause}）：{points.zh}，{state.zh}",
        f"Row {criterion.row}, {criterion.gloss.en} ({criterion.clause}): {points.en}, {state.en}",
    )
    steps = [_quoted(criterion.text), Reason(_answered(row))]
    if not row.left_out:
        steps += [*_rule(result, row), *map(Reason, weight_texts(criterion)), *_applies(result, criterion)]
    if not result.counts(criterion.indicator):
        steps.append(Reason(_OUTSIDE))
    steps += map(Reason, _read(result, row))
    if row.contradiction:
        steps.append(Reason(_CONTRADICTS))
    steps += _noted(row.answer)
    if row.answer and row.answer.evidence:
        files = ", ".join(item.file for item in row.answer.evidence)
        steps.append(Reason(Text(f"佐证材料：{files}", f"Evidence: {files}")))
    return Reason(head, tuple(steps))


def _rule(result: Result, row: CriterionResult) -> list[Reason]:
    """Tell the rule at work, with what it found: parts, level chosen, quantity and what that earns."""
    parts = tuple(_part(result, row, part) for part in row.parts)
    if (rule := rule_text(result.standard, row.criterion)) is None:
        reading = result.readings["compound_rows"]
        head = Text(f"各分项（compound_rows: {reading}）", f"Parts (compound_rows: {reading})")
        return [Reason(head, parts)] if parts else []
    return [Reason(Text(f"规则：{rule.zh}", f"Rule: {rule.en}"), (*parts, *map(Reason, _measured(result, row))))]


def _measured(result: Result, row: CriterionResult) -> list[Text]:
    """Tell the quantity that was found, and the points that it earns."""
    if row.quantity is None or row.criterion.rule is None or row.criterion.rule.measured is None:
        return []
    told = [tell_fact(result.standard, name, value) for name, value in row.quantity.found]
    name, value = quantity_text(result.standard, row.criterion.rule.measured), row.quantity.value
    if row.quantity.points is None:
        return [*told, Text("未知，尚不能计分", "Unknown, so it cannot be scored yet")]
    if len(told) > 1:
        told.append(Text(f"{name.zh} = {shown(value, 4)}", f"{name.en} = {shown(value, 4)}"))
    points = shown(row.quantity.points)
    return [*told, Text(f"得 {points} 分", f"It earns {points} points")]


def _applies(result: Result, entry: Criterion | Indicator) -> list[Reason]:
    """Tell the condition under which a row or an indicator counts, with what was found."""
    if entry.applies is None:
        return []
    test = Facts(result.standard, result.assessment, result.readings).test(entry.applies)
    undecided = Text("尚未确定：先算作适用，得分不计入确定", "Undecided: it counts as applying, with nothing secured")
    reasons = [tell_test(result.standard, test), *([undecided] if test.state == "unknown" else ())]
    return [Reason(applies_text(result.standard, entry), tuple(map(Reason, reasons)))]


def _read(result: Result, row: CriterionResult) -> list[Text]:
    """Tell the readings, besides the credit for parts, that made the row's points what they are."""
    at_work = set_aside(row.criterion, result.standard, result.readings)
    keys = [key for key in at_work if key != "compound_rows"]
    return [Text(f"所用解读 {key}: {(o := result.readings[key])}", f"As read: {key}: {o}") for key in keys]


def _answered(row: CriterionResult) -> Text:
    """Tell what was answered."""
    answer = row.answer
    if row.quantity and (answer is None or answer.state == "unknown"):
        return Text("未作答，由事实计分", "Not answered: facts decide")
    if answer is None or answer.state == "unknown":
        return Text("未作答", "Not answered")
    if answer.state is not None:
        state = STATES[answer.state]
        return Text(f"所答：{state.zh}", f"Answered: {state.en}")
    if answer.score is not None:
        return Text(f"所答：{shown(answer.score)} 分", f"Answered: {shown(answer.score)} points")
    if answer.range is not None:
        low, high = (shown(end) for end in answer.range)
        return Text(f"所答：{low} 至 {high} 分之间", f"Answered: between {low} and {high} points")
    if answer.chances is not None:
        told = ", ".join(f"{shown(score)}: {shown(chance * 100)}%" for score, chance in answer.chances)
        return Text(f"所答各分可能性：{told}", f"Answered, chances of points: {told}")
    if answer.level is not None and row.criterion.rule and row.criterion.rule.levels:
        label = row.criterion.rule.levels[str(answer.level)].label
        return Text(f"所答：{label.zh}", f"Answered: {label.en}")
    return Text("按分项作答", "Answered part by part")


def _part(result: Result, row: CriterionResult, part: PartResult) -> Reason:
    """Explain a part: its worth, what was answered, what its fact says."""
    kind = row.criterion.kind_under(result.readings["compound_rows"])
    said = row.answer.state if row.answer else None
    follows = (said == "met" and kind in ("all", "shares")) or (said == "unmet" and kind == "shares")
    state = STATES[said if said and follows and part.state == "unknown" else part.state]
    gloss, worth = part.part.gloss, shown(part.share * row.maximum)
    if kind == "points":
        worth = shown(part.part.points)
        worth = worth if worth.startswith("-") else f"+{worth}"
        head = Text(f"{gloss.zh}（{worth} 分）：{state.zh}", f"{gloss.en} ({worth}): {state.en}")
    elif row.maximum and kind == "shares":
        head = Text(f"{gloss.zh}（{worth} 分）：{state.zh}", f"{gloss.en} (worth {worth}): {state.en}")
    else:
        head = Text(f"{gloss.zh}：{state.zh}", f"{gloss.en}: {state.en}")
    return Reason(head, (Reason(tell_test(result.standard, part.test)),) if part.test else ())


def _condition(result: Result, found: ConditionResult) -> Reason:
    """Explain a condition: wording and tests."""
    state, condition = STATES[found.state], found.condition
    head = Text(
        f"{condition.clause} {condition.label.zh}：{state.zh}", f"{condition.clause} {condition.label.en}: {state.en}"
    )
    tests = tuple(Reason(tell_test(result.standard, test)) for test in found.tests)
    return Reason(head, (_quoted(condition.text), *tests))


def _topic(result: Result, entry: TopicLevel) -> Reason:
    """Explain a topic: what it covers, the level given, what the level means, its evidence."""
    label, covers = entry.topic.label, entry.topic.covers
    level = Text("未知", "unknown") if entry.level is None else Text(f"第 {entry.level} 级", f"level {entry.level}")
    head = Text(f"{entry.topic.clause} {label.zh}：{level.zh}", f"{entry.topic.clause} {label.en}: {level.en}")
    steps = [Reason(Text(f"内容：{covers.zh}", f"Covers: {covers.en}"))]
    if entry.level is not None:
        meaning = result.standard.scale[entry.level].meaning
        steps.append(Reason(Text(f"含义（非规范性）：{meaning.zh}", f"Meaning (non-normative): {meaning.en}")))
        proven = Text("有", "yes") if entry.evidenced else Text("没有", "none")
        steps.append(
            Reason(Text(f"近 12 个月内的佐证材料：{proven.zh}", f"Evidence of the last 12 months: {proven.en}"))
        )
    return Reason(head, (*steps, *_noted(entry.answer)))


def _indicator(result: Result, node: IndicatorResult) -> Reason:
    """Explain an indicator: how it combines what stands under it, and that."""
    indicator, score = node.indicator, node.score
    points = _points(score.secured, score.possible, score.maximum)
    head = Text(f"{indicator.name.zh}：{points.zh}", f"{indicator.name.en}: {points.en}")
    if not node.applies:
        head = Text(f"{indicator.name.zh}：不适用", f"{indicator.name.en}: it does not apply")
    below = [_indicator(result, result.indicators[n.id]).text for n in result.standard.children_of[indicator.id]]
    rows = [_row(result, result.criteria[row.id]).text for row in result.standard.rows_of[indicator.id]]
    ways = map(Reason, combining_texts(indicator))
    return Reason(head, (*ways, *_applies(result, indicator), *map(Reason, [*below, *rows])))


def _table(result: Result, found: TableGrade) -> Reason:
    """Explain the grade of a further table: whose score it grades, and its bands."""
    table = found.table
    low, high = (result.standard.named(grade) for grade in (found.secured, found.possible))
    grade = low if found.secured == found.possible else Text(f"{low.zh}～{high.zh}", f"{low.en}–{high.en}")
    score = result.indicators[table.indicator].score if table.indicator else result.score
    points = _points(score.secured, score.possible, score.maximum)
    steps = [Reason(Text(f"所评分数：{points.zh}", f"What it grades: {points.en}"))]
    steps += [Reason(Text(f"{band.grade}：{band.printed}", f"{band.grade}: {band.printed}")) for band in table.bands]
    return Reason(Text(f"{table.label.zh}：{grade.zh}", f"{table.label.en}: {grade.en}"), tuple(steps))


def lines(step: Reason, lang: Lang, depth: int = 0) -> list[str]:
    """Return an explanation as indented lines."""
    own = ("  " * depth) + ("· " if depth else "") + printable(step.text.to(lang))
    return [own, *(line for below in step.steps for line in lines(below, lang, depth + 1))]
