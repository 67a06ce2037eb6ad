"""The result in plain language: what a reader asks first, answered in paragraphs read off the result.

Nothing is said that the verdict, which stands above it, has said already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsstd.engine.narrative_grade import standing, ways
from lsstd.engine.narrative_points import care, named_row, origin
from lsstd.engine.narrative_profile import levels, proof
from lsstd.engine.result import ConditionResult, Result, TestResult
from lsstd.engine.verdict import named_grade
from lsstd.standard.standard import Standard
from lsstd.standard.wording import tell_in_words, tell_value
from lsstd.words import Text, beside, counted, in_turn, join, listing, paragraph, quoted, sentence

_NOT_STATED = Standard.model_fields["status"].default


def narrative(result: Result) -> tuple[Text, ...]:
    """Explain a result in plain language.

    Parameters
    ----------
    result : Result

    Returns
    -------
    tuple of Text
        Paragraphs: what stands against an award, the grade and its lines, where the points come from, the shortest
        way up, what needs care, how the text was read; each only where it has something to say.
    """
    if result.profile:
        told = [levels(result, result.profile), proof(result.profile), _read(result)]
    else:
        told = [_award(result), standing(result), origin(result), ways(result), care(result), _read(result)]
    paragraphs = [list(sentences) for sentences in told]
    return tuple(paragraph(sentences) for sentences in paragraphs if sentences)


def _award(result: Result) -> Iterator[Text]:
    """Tell conditions, vetoes and gates that fail or are open, and what that means for the grade."""
    yield from _conditions(result)
    vetoes = [(found.state, _with_reasons(result, found)) for found in result.vetoes.values()]
    yield from _barred(
        vetoes,
        Text("否决项成立，无论得分多少都不授予等级", "a veto applies, so no grade is awarded at any score"),
        Text("否决项尚待确定，在此之前不授予等级", "a veto is undecided; until then no grade is awarded"),
    )
    if result.readings["unscored_row"] == "gate":
        gates = [row for row in result.criteria.values() if row.criterion.max_score is None]
        yield from _barred(
            [(row.state, named_row(row)) for row in gates],
            Text("门槛项未通过，不授予等级", "a gate is not passed, so no grade is awarded"),
            Text("门槛项尚未确定，暂不授予等级", "a gate is undecided, so no grade is awarded yet"),
        )
    grade = named_grade(result.grade.secured)
    if result.eligible is False and result.grade.awarded:
        yield Text(
            "按所用解读，条件未满足时等级仍予列出，并注明未满足的条件",
            "as read here, the grade is shown all the same, with the conditions that are not met beside it",
        )
    elif result.eligible is False and grade and result.readings["failed_condition"] == "withhold":
        yield Text(
            f"得分虽相当于{beside(grade.zh)}，但只要有申报条件未满足，就不授予等级",
            f"the points alone would come to {grade.en}, but no grade is awarded while a condition is not met",
        )


def _conditions(result: Result) -> Iterator[Text]:
    """Tell how many conditions are met, and each that is not, with what was found and what is required."""
    every, count = list(result.conditions.values()), len(result.conditions)
    met = sum(found.state == "met" for found in every)
    if met == count:
        if count and not result.grade.awarded:  # else the verdict says so
            are = "condition is" if count == 1 else "conditions are"
            yield Text(f"{count} 项申报条件均已满足", f"the {count} application {are} met")
        return
    told = [Text(f"{count} 项申报条件中尚无一项满足", f"of {counted(count, 'application condition')}, none is met")]
    if met:
        are = "is" if met == 1 else "are"
        told = [Text(f"{count} 项申报条件中 {met} 项已满足", f"of {count} application conditions, {met} {are} met")]
    for state, head in (("unmet", Text("未满足", "not met")), ("unknown", Text("尚待确定", "undecided"))):
        if named := [_with_reasons(result, found) for found in every if found.state == state]:
            names = listing(named)
            told.append(Text(f"{head.zh}：{names.zh}", f"{head.en}: {names.en}"))
    yield in_turn(told)


def _with_reasons(result: Result, found: ConditionResult) -> Text:
    """Name a condition or veto with the tests that keep it from being cleared."""
    condition = found.condition
    wanting = [test for test in found.tests if test.state != "met"]
    claims = [test for test in wanting if test.found is None and isinstance(test.required, bool)]
    reasons = [_reason(result, test) for test in wanting if test not in claims]
    if claims:
        names = join(result.standard.facts[test.fact].label for test in claims)
        reasons.append(Text(f"未填：{names.zh}", f"not given: {names.en}"))
    zh, en = "；".join(r.zh for r in reasons), "; ".join(r.en for r in reasons)
    clause, label = condition.clause, condition.label
    return Text(f"{clause} {label.zh}（{zh}）", f"{clause} {label.en} ({en})")


def _reason(result: Result, test: TestResult) -> Text:
    """Tell what was found and what is required, in words."""
    label, found = result.standard.facts[test.fact].label, tell_value(test.found, test.unit)
    required = tell_in_words(test.operator, test.required, test.unit)
    if isinstance(test.required, bool):
        return Text(f"“{label.zh}”{found.zh}，应为“{required.zh}”", f"{label.en}: {found.en}, should be {required.en}")
    space = "" if test.found is None else " "
    return Text(f"{label.zh}{space}{found.zh}，要求{required.zh}", f"{label.en}: {found.en}, {required.en} required")


def _barred(entries: Iterable[tuple[str, Text]], failed: Text, undecided: Text) -> Iterator[Text]:
    """Tell, in one sentence, what fails and what is undecided of that which keeps any grade back."""
    told, listed = list(entries), []
    for state, head in (("unmet", failed), ("unknown", undecided)):
        if named := [text for found, text in told if found == state]:
            names = listing(named)
            listed.append(Text(f"{head.zh}：{names.zh}", f"{head.en}: {names.en}"))
    if listed:
        yield in_turn(listed)


def _read(result: Result) -> Iterator[Text]:
    """Tell the readings on which the grade hangs, and the standing of the text encoded."""
    keys = [finding.reading for finding in result.findings if finding.reading]
    readings = [(reading, result.readings[key]) for key, reading in result.standard.readings.items() if key in keys]
    if readings:
        told = []
        for reading, option in readings:
            question, chosen = quoted(sentence(reading.question)), quoted(sentence(reading.options[option]))
            zh = f"{reading.clause}{question.zh}，此处按{chosen.zh}"
            told.append(Text(zh, f"{reading.clause}, {question.en}, read here as {chosen.en}"))
        count, listed = len(told), in_turn(told)
        questions = f"{counted(count, 'open question')} of the text {'is' if count == 1 else 'are'}"
        yield Text(
            f"原文有 {count} 处未明，换一种解读结论就会不同：{listed.zh}",
            f"the outcome depends on how {questions} read: {listed.en}",
        )
    if result.standard.status != _NOT_STATED:
        yield result.standard.status
