"""The points in plain language: where they come from, where they are missing, which answers need care."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from lsstd.engine.evidence import register
from lsstd.engine.result import CriterionResult, IndicatorResult, Result
from lsstd.engine.way_up import adds_up
from lsstd.exact import Exact, shown
from lsstd.words import Text, counted, in_turn, listing, quoted, same

_TALLY = {
    "met": Text("得满分", "earns full points|earn full points"),
    "partly": Text("得部分分", "earns a part|earn a part"),
    "unmet": Text("未得分", "earns none|earn none"),
    "lost": Text("被扣分", "loses points|lose points"),
    "unknown": Text("尚未确定", "is not settled|are not settled"),
    "not_applicable": Text("不计", "does not count|do not count"),
}


def named_row(row: CriterionResult) -> Text:
    """Name a row in a sentence: its number and its gloss."""
    number, gloss = row.criterion.row, quoted(row.criterion.gloss)
    return Text(f"第 {number} 行{gloss.zh}", f"row {number} {gloss.en}")


def origin(result: Result) -> Iterator[Text]:
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


def care(result: Result) -> Iterator[Text]:
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
