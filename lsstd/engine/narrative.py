"""The result in plain language: what a reader asks first, answered in paragraphs read off the result.

Nothing is said that the verdict, which stands above it, has said already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from lsstd.engine.evidence import register
from lsstd.engine.profile import Profile
from lsstd.engine.result import ConditionResult, CriterionResult, IndicatorResult, Result, TestResult
from lsstd.engine.verdict import named_grade, named_row
from lsstd.engine.way_up import adds_up, standing, ways
from lsstd.exact import Exact, shown
from lsstd.standard.standard import Standard
from lsstd.standard.wording import required_in_words, value_text
from lsstd.words import Text, beside, counted, in_turn, join, listing, paragraph, quoted, same, sentence

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
        told = [_levels(result, result.profile), _proof(result.profile), _read(result)]
    else:
        told = [_award(result), standing(result), _origin(result), ways(result), _care(result), _read(result)]
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
    label, found = result.standard.facts[test.fact].label, value_text(test.found, test.unit)
    required = required_in_words(test.operator, test.required, test.unit)
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


_TALLY = {
    "met": Text("得满分", "earns full points|earn full points"),
    "partly": Text("得部分分", "earns a part|earn a part"),
    "unmet": Text("未得分", "earns none|earn none"),
    "lost": Text("被扣分", "loses points|lose points"),
    "unknown": Text("尚未确定", "is not settled|are not settled"),
    "not_applicable": Text("不计", "does not count|do not count"),
}


def _origin(result: Result) -> Iterator[Text]:
    """Tell how many rows earn their points, what is not settled, the strongest and the weakest indicators."""
    rows = [row for row in result.criteria.values() if row.criterion.max_score is not None]
    counts = Counter("lost" if row.possible < 0 else row.state for row in rows)
    found = [(words, counts[state]) for state, words in _TALLY.items() if counts[state]]
    zh = "，".join(f"{words.zh} {count} 行" for words, count in found)
    en = listing(same(f"{count} {words.en.split('|')[count != 1]}") for words, count in found).en
    yield Text(f"计分的评价内容共 {len(rows)} 行：{zh}", f"of {counted(len(rows), 'scored row')}, {en}")
    yield from _unsettled(result)
    nodes = [node for key, node in result.indicators.items() if _is_compared(result, key)]
    if len(nodes) > 1 and any(node.score.secured < node.score.maximum for node in nodes):
        yield _extremes(nodes)
        if adds_up(result.standard) and result.score.secured < result.score.maximum:
            yield _missing(result, nodes)


def _unsettled(result: Result) -> Iterator[Text]:
    """Tell what the rows that are not settled can still bring, and which can bring most."""
    more = result.score.possible - result.score.secured
    rows = [row for row in result.criteria.values() if row.possible > row.secured and _counts(result, row)]
    if more <= 0 or not rows:
        return
    rows.sort(key=lambda row: row.secured - row.possible)
    told, points = listing((_open(result, row) for row in rows), 3), counted(shown(more), "further point")
    yield Text(
        f"尚未确定的部分最多可再得 {shown(more)} 分：{told.zh}",
        f"what is not settled can bring up to {points}: {told.en}",
    )


def _counts(result: Result, row: CriterionResult) -> bool:
    return row.applies and result.counts(row.criterion.indicator)


def _open(result: Result, row: CriterionResult) -> Text:
    """Name a row with the points that it leaves open, where these are points of the total."""
    name = named_row(row)
    if not adds_up(result.standard):
        return name
    points = shown(row.possible - row.secured)
    return Text(f"{name.zh}（{points} 分）", f"{name.en} ({points})")


def _is_compared(result: Result, name: str) -> bool:
    """Say whether an indicator holds rows of its own, has points to be had, and is no bonus."""
    node = result.indicators[name]
    has_rows = any(row.max_score is not None for row in result.standard.rows_of[name])
    return has_rows and result.counts(name) and node.score.maximum > 0 and not node.indicator.on_top


def _share(node: IndicatorResult) -> Exact:
    """Return the secured share of an indicator's own points."""
    return Fraction(node.score.secured) / node.score.maximum


def _extremes(nodes: list[IndicatorResult]) -> Text:
    """Tell the indicators with the highest and the lowest share of their points."""
    high, low = max(map(_share, nodes)), min(map(_share, nodes))
    if high == low:
        share = f"{shown(high * 100, 1)}%"
        return Text(f"各指标得分率相同，均为 {share}", f"every indicator has the same share of its points, {share}")
    top, bottom = ([node for node in nodes if _share(node) == end] for end in (high, low))
    best, worst = (listing(node.indicator.name for node in tied) for tied in (top, bottom))
    most, least = (f"{shown(end * 100, 1)}%" for end in (high, low))
    zh = f"得分率最高（{most}）的指标是{best.zh}，最低（{least}）的是{worst.zh}"
    have = "has the highest share of its" if len(top) == 1 else "have the highest share of their"
    en = f"{best.en} {have} points ({most}), {worst.en} the lowest ({least})"
    if any(node.score.possible > node.score.secured for node in bottom):
        zh, en = f"{zh}，尚未确定的分未计入", f"{en}, points that are not settled left out"
    return Text(zh, en)


def _missing(result: Result, nodes: list[IndicatorResult]) -> Text:
    """Tell where most points are missing."""
    short = [node.score.maximum - node.score.secured for node in nodes]
    most, all_points = max(short), result.score.maximum - result.score.secured
    told = listing(node.indicator.name for node, gap in zip(nodes, short, strict=True) if gap == most)
    points = counted(shown(all_points), "point")
    zh, are, each = ("各缺", "are", " each") if short.count(most) > 1 else ("缺", "is", "")
    return Text(
        f"确定得分距满分还缺 {shown(all_points)} 分，其中{told.zh}最多，{zh} {shown(most)} 分",
        f"the secured score is {points} short of the maximum; {told.en} {are} furthest behind, by {shown(most)}{each}",
    )


def _care(result: Result) -> Iterator[Text]:
    """Tell what in the answers needs care: contradictions, spans, what does not fit, what is not borne out."""
    rows = list(result.criteria.values())
    if against := [named_row(row) for row in rows if row.contradiction]:
        told = listing(against)
        yield Text(
            f"所答与事实矛盾，须先查清：{told.zh}；确定得分从低，可能得分从高",
            f"answers contradict the facts in {told.en}; the secured score takes the lower, the possible the higher",
        )
    if spans := [named_row(row) for row in rows if row.answer and row.answer.form in ("range", "chances")]:
        told = listing(spans)
        yield Text(
            f"以区间或可能性作答，确定得分只计其下限：{told.zh}",
            f"answered by a range or by chances, of which only the lower end is secured: {told.en}",
        )
    yield from _checks(result)
    yield from _borne_out(result)


def _checks(result: Result) -> Iterator[Text]:
    """Tell facts that do not fit each other, evidence that has expired, and quantities that may be one."""
    labels = result.standard.facts
    told = []
    for finding in result.findings:
        if finding.code == "same_quantity" and result.readings["same_quantity"] == "suggest":
            names = listing(quoted(labels[fact].label) for fact in finding.facts)
            told.append(Text(f"{names.zh}是否为同一数量", f"whether {names.en} are one quantity"))
        elif finding.code in ("cross_check", "evidence", "carried", "same_quantity"):
            told.append(finding.message)
    if told:
        listed = in_turn(told)
        yield Text(f"请核对：{listed.zh}", f"to be checked: {listed.en}")


def _borne_out(result: Result) -> Iterator[Text]:
    """Tell how many of the points evidence bears out, as far as it is registered."""
    if result.score.secured <= 0:
        return
    known = register(result)
    if not known.proofs:
        yield Text("得分均据所答，尚未登记任何佐证材料", "all points rest on the answers; no evidence is registered")
        return
    secured, borne_out = shown(known.claimed), shown(known.with_evidence)
    rest = Text("，其余仅据所答", "; the rest is only stated") if known.with_evidence < known.claimed else Text("", "")
    yield Text(
        f"确定得分 {secured} 分中，登记了佐证材料的有 {borne_out} 分（材料未在此核实）{rest.zh}",
        f"of {counted(secured, 'secured point')}, evidence is registered for {borne_out} (not verified here){rest.en}",
    )


def _levels(result: Result, profile: Profile) -> Iterator[Text]:
    """Tell the strongest topics, what the lowest level given means and what follows it, and what is not answered."""
    given, scale = profile.levels, result.standard.scale
    if given:
        low, high = min(given), max(given)
        best = [entry.topic.label for entry in profile.topics if entry.level == high]
        if high > low:
            told = listing(best)
            yield Text(
                f"所答级别最高的是{told.zh}（第 {high} 级）", f"the highest level given, {high}, is that of {told.en}"
            )
        else:
            yield Text(f"已答各主题均为第 {low} 级", f"every topic answered is at level {low}")
        told = quoted(sentence(scale[low].meaning))
        zh, en = f"第 {low} 级指{told.zh}", f"level {low} means {told.en}"
        if low + 1 < len(scale):
            after = quoted(sentence(scale[low + 1].meaning))
            zh, en = f"{zh}，第 {low + 1} 级指{after.zh}", f"{en}, level {low + 1} {after.en}"
        yield Text(zh, en)
    missing = [entry.topic.label for entry in profile.topics if entry.level is None]
    if missing and given:
        told, count = listing(missing), len(missing)
        yield Text(f"尚有 {count} 个主题未答：{told.zh}", f"{counted(count, 'topic')} not answered yet: {told.en}")


def _proof(profile: Profile) -> Iterator[Text]:
    """Name the topics whose level nothing recent bears out."""
    bare = [entry.topic.label for entry in profile.topics if entry.level and not entry.evidenced]
    if bare:
        told, count = listing(bare), len(bare)
        has = "has" if count == 1 else "have"
        yield Text(
            f"{count} 个主题的级别没有近 12 个月内的佐证材料，仅据所答：{told.zh}",
            f"{counted(count, 'topic')} {has} no evidence of the last 12 months and only stated levels: {told.en}",
        )
