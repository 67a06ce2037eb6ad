"""Where a number comes from: clause, rule, answer, facts, points; read off the result, never computed anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lsstd.assessment.assessment import Answer
from lsstd.engine import result as results
from lsstd.engine.evaluate import is_lost, lost_points
from lsstd.engine.facts import Facts, tell_counting, tell_fact, tell_figure, tell_test
from lsstd.engine.profile import TopicLevel
from lsstd.engine.result import Result, TestResult
from lsstd.errors import Problem, UnknownName
from lsstd.exact import shown
from lsstd.standard.models import Concise
from lsstd.standard.readings import ReadingKey, set_aside
from lsstd.standard.scoring_table import Criterion, Indicator
from lsstd.standard.wording import STATES, applies_texts, combining_texts, quantity_text, rule_text, weight_texts
from lsstd.words import Lang, Text, half_width, msg, nearest, paired, printable, same

_OUTSIDE = msg("Its indicator does not apply, so the row does not count")
_CONTRADICTS = msg("Answer and facts contradict each other: the lower points are secured, the higher possible")


@dataclass(frozen=True, slots=True)
class Reason(Concise):
    """A line of an explanation, and the lines that it rests on."""

    text: Text
    steps: tuple[Reason, ...] = ()

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the explanation as JSON holds it.

        >>> len(lsstd.explain("data/assessments/near_aaa.yaml", "village_rooms").to_dict("en")["steps"])
        2
        """
        return {"text": self.text.to(lang), "steps": [step.to_dict(lang) for step in self.steps]}


def explain(result: Result, name: str) -> Reason:
    """Explain one number of a result: of a criterion, indicator, condition, veto, table of bands or topic.

    Parameters
    ----------
    name : str
        The id of a criterion, indicator, condition, veto, table of bands or topic, or a row's number.

    Raises
    ------
    UnknownName
        With the nearest id.

    Examples
    --------
    >>> lsstd.explain("data/assessments/near_aaa.yaml", "village_rooms").text.en
    'Row 8, shared live rooms in villages and towns (B.1): 0 of 5 points, not met'
    """
    topics = {entry.topic.id: entry for entry in (result.profile.topics if result.profile else ())}
    conditions = {**result.conditions, **result.vetoes}
    key = {str(row.criterion.row): key for key, row in result.criteria.items()}.get(name, name)
    if key in result.standard.conditions and key not in conditions:
        left = result.standard.conditions[key]
        return _reason(paired(left.label, msg("not asked of this subject")), [_wording(left.text)])
    explained: list[tuple[Mapping[str, Any], Callable[[Result, Any], Reason]]] = [(topics, _topic)]
    explained += [(result.criteria, _row), (result.indicators, _indicator)]
    explained += [(conditions, _condition), (result.tables, _table)]
    for entries, explained_by in explained:
        if key in entries:
            return explained_by(result, entries[key])
    known = [known for entries, _ in explained for known in entries]
    missing, right = msg("there is no {name}", name=name), nearest(name, known)
    if name.isdigit() and result.criteria:
        numbers = [row.criterion.row for row in result.criteria.values()]
        missing = msg("there is no row {name}", name=name)
        right = msg("a row from {first} to {last}", first=min(numbers), last=max(numbers))
    raise UnknownName(msg("nothing to explain"), [Problem(name, missing, right)])


def _reason(text: Text, steps: Iterable[Text | Reason]) -> Reason:
    return Reason(text, tuple(step if isinstance(step, Reason) else Reason(step) for step in steps))


def _wording(text: str) -> Text:
    return msg("Wording: {text}", text=text)


def _note(answer: Answer | None) -> list[Text]:
    return [msg("Note: {note}", note=answer.note)] if answer and answer.note else []


def _points(score: results.Score) -> Text:
    low, high = shown(score.secured), shown(score.possible)
    span = low if score.secured == score.possible else f"{low}–{high}"
    return msg("{span} of {top} points", span=span, top=shown(score.maximum))


def _row(result: Result, row: results.CriterionResult) -> Reason:
    criterion, evidence = row.criterion, row.answer.evidence if row.answer else ()
    head = msg(
        "Row {row}, {gloss} ({clause}): {points}, {state}",
        row=criterion.row,
        gloss=criterion.gloss,
        clause=criterion.clause,
        points=_points(row.score),
        state=STATES[row.state],
    )
    steps: list[Text | Reason] = [_wording(criterion.text), _answered(row)]
    if is_lost(result.standard, row):
        steps.append(lost_points(result.standard, row))
    if not row.left_out:
        steps += [*_rule(result, row), *weight_texts(criterion), *_applies(result, criterion)]
    if not result.counts(criterion.indicator):
        steps.append(_OUTSIDE)
    steps += _read(result, row)
    if row.contradiction:
        steps.append(_CONTRADICTS)
    steps += _note(row.answer)
    if evidence:
        steps.append(msg("Evidence: {files}", files=", ".join(item.file for item in evidence)))
    return _reason(head, steps)


def _rule(result: Result, row: results.CriterionResult) -> list[Reason]:
    """Tell the rule at work, with what it found: parts, level chosen, quantity and what that earns."""
    said = (row.answer.parts if row.answer else None) or {}
    aside = [row.criterion.parts[key].gloss for key, state in said.items() if state == "not_applicable"]
    parts: list[Text | Reason] = [_part(result, row, part) for part in row.parts]
    if parts:
        parts += [msg("{gloss}: does not apply; the others share its points", gloss=gloss) for gloss in aside]
    if rule := rule_text(result.standard, row.criterion):
        return [_reason(msg("Rule: {rule}", rule=rule), [*parts, *_measured(result, row)])]
    head = msg("Parts (as read: {option})", option=_as_read(result, "compound_rows"))
    return [_reason(head, parts)] if parts else []


def _measured(result: Result, row: results.CriterionResult) -> list[Text]:
    if row.quantity is None or row.criterion.rule is None or row.criterion.rule.measured is None:
        return []
    texts = [tell_fact(result.standard, name, value) for name, value in row.quantity.found]
    if row.quantity.points is None:
        return [*texts, msg("Unknown, so it cannot be scored yet")]
    if len(texts) > 1:
        name = quantity_text(result.standard, row.criterion.rule.measured)
        texts.append(msg("{name} = {value}", name=name, value=shown(row.quantity.value, 4)))
    return [*texts, msg("It earns {points} points", points=shown(row.quantity.points))]


def _applies(result: Result, entry: Criterion | Indicator) -> list[Reason]:
    """Tell the condition under which a row or an indicator counts, with what was found."""
    if entry.applies is None:
        return []
    test = Facts.of(result).test(entry.applies)
    found = [tell_test(result.standard, test)]
    if test.state == "unknown":
        found.append(msg("Undecided: it counts as applying, with nothing secured"))
    return [_reason(text, found) for text in applies_texts(result.standard, entry)]


def _read(result: Result, row: results.CriterionResult) -> list[Text]:
    """Tell the readings, besides the credit for parts, that made the row's points what they are."""
    at_work = set_aside(row.criterion, result.standard, result.readings)
    return [msg("As read: {option}", option=_as_read(result, key)) for key in at_work if key != "compound_rows"]


def _as_read(result: Result, key: ReadingKey) -> Text:
    option, reading = result.readings[key], result.standard.readings.get(key)
    return reading.in_short(option) if reading else same(f"{key}: {option}")


def _answered(row: results.CriterionResult) -> Text:
    answer = row.answer
    if row.quantity and (answer is None or answer.state == "unknown"):
        return msg("Not answered: facts decide")
    if answer is None or answer.state == "unknown":
        return msg("Not answered")
    if answer.state is not None:
        return msg("Answered: {state}", state=STATES[answer.state])
    if answer.score is not None:
        return msg("Answered: {score} points", score=shown(answer.score))
    if answer.range is not None:
        low, high = (shown(end) for end in answer.range)
        return msg("Answered: between {low} and {high} points", low=low, high=high)
    if answer.chances is not None:
        answered = ", ".join(f"{shown(score)}: {shown(chance * 100)}%" for score, chance in answer.chances)
        return msg("Answered, chances of points: {answered}", answered=answered)
    if answer.level is not None and (level := row.criterion.level(answer.level)):
        return msg("Answered: {label}", label=level.label)
    return msg("Answered part by part")


def _part(result: Result, row: results.CriterionResult, part: results.PartResult) -> Reason:
    kind = row.criterion.kind_under(result.readings["compound_rows"])
    said = row.answer.state if row.answer else None
    follows = (said == "met" and kind in ("all", "shares")) or (said == "unmet" and kind == "shares")
    state = STATES[said if said and follows and part.state == "unknown" else part.state]
    gloss, worth = part.part.gloss, shown(part.share * row.maximum)
    if kind == "points":
        worth = shown(part.part.points)
        worth = worth if worth.startswith("-") else f"+{worth}"
        head = msg("{gloss} ({worth}): {state}", gloss=gloss, worth=worth, state=state)
    elif row.maximum and kind == "shares":
        head = msg("{gloss} (worth {worth}): {state}", gloss=gloss, worth=worth, state=state)
    else:
        head = paired(gloss, state)
    return _reason(head, [_tested(result, part.test)] if part.test else [])


def _tested(result: Result, test: TestResult) -> Reason:
    """Tell a demand on a fact; of years counted from a date, from which day to which."""
    since, as_of = result.standard.facts[test.fact].years_since, result.assessment.as_of
    given, start = (result.assessment.facts.get(name or "") for name in (test.fact, since))
    is_counted = as_of and start and start.value and (given is None or given.value is None)
    counted = [tell_counting(start.value, as_of)] if is_counted and start and as_of else []
    return _reason(tell_test(result.standard, test), counted)


def _condition(result: Result, found: results.ConditionResult) -> Reason:
    state, condition = STATES[found.state], found.condition
    head = msg("{clause} {condition}: {state}", clause=condition.clause, condition=condition.label, state=state)
    return _reason(head, [_wording(condition.text), *(_tested(result, test) for test in found.tests)])


def _topic(result: Result, entry: TopicLevel) -> Reason:
    """Explain a topic: what it covers, the level given, what the level means, its evidence."""
    label, covers = entry.topic.label, entry.topic.covers
    level = msg("unknown") if entry.level is None else msg("level {level}", level=entry.level)
    head = msg("{clause} {label}: {level}", clause=entry.topic.clause, label=label, level=level)
    steps = [msg("Covers: {covers}", covers=covers)]
    if entry.level is not None:
        meaning = result.standard.scale[entry.level].meaning_for(entry.topic)
        steps += [msg("Meaning (non-normative): {meaning}", meaning=meaning), entry.verdict]
    for step in result.standard.scale:  # the next one; without an answer all that may be chosen
        if entry.level is None or step.level == entry.level + 1:
            meaning = step.meaning_for(entry.topic)
            steps.append(msg("Level {level} would mean: {meaning}", level=step.level, meaning=meaning))
    steps += [tell_figure(one.fact, one.entry) for one in entry.measures if one.entry]
    return _reason(head, [*steps, *_note(entry.answer)])


def _indicator(result: Result, node: results.IndicatorResult) -> Reason:
    indicator, standard = node.indicator, result.standard
    head = paired(indicator.name, _points(node.score))
    if not node.applies:
        head = msg("{indicator}: it does not apply", indicator=indicator.name)
    below = [_indicator(result, result.indicators[child.id]).text for child in standard.children_of[indicator.id]]
    rows = [_row(result, result.criteria[row.id]).text for row in standard.rows_of[indicator.id]]
    return _reason(head, [*combining_texts(indicator), *_applies(result, indicator), *below, *rows])


def _table(result: Result, found: results.TableGrade) -> Reason:
    table = found.table
    low, high = (result.standard.named(grade) for grade in (found.secured, found.possible))
    grade = low if found.secured == found.possible else msg("{low}–{high}", low=low, high=high)
    score = result.indicators[table.indicator].score if table.indicator else result.score
    bands = [paired(band.grade, half_width(band.printed)) for band in table.bands]
    return _reason(paired(table.label, grade), [msg("Score graded: {points}", points=_points(score)), *bands])


def lines(step: Reason, lang: Lang, depth: int = 0) -> list[str]:
    """Return an explanation as indented lines."""
    own = ("  " * depth) + ("· " if depth else "") + printable(step.text.to(lang))
    return [own, *(line for below in step.steps for line in lines(below, lang, depth + 1))]
