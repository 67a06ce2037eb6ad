"""An impact as the sections of a printed page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from lsstd.changes.diff import amendments_of
from lsstd.changes.reform import Reform
from lsstd.pages import impact as charts
from lsstd.pages.blocks import Block, Paragraph, Section, section, table
from lsstd.pages.page import cover_of
from lsstd.population.moved import Impact
from lsstd.words import Lang, Text, words

_MOVERS = 20


def cover(impact: Impact, reforms: list[Reform], lang: Lang) -> Section:
    """Return title, reforms, population, and the notes that it carries (that it is synthetic)."""
    standard, count = impact.before.standard, len(impact.population)
    names = "、".join(f"{r.reform}（{r.effective}）" if r.effective else r.reform for r in reforms)
    listed = [
        (Text("标准", "Standard"), f"{standard.title.to(lang)}（{standard.edition}）"),
        (Text("理由", "Reasons"), "；".join(r.reason for r in reforms if r.reason) or "—"),
        (Text("总体", "Population"), Text(f"{count} 个", f"{count} subjects").to(lang)),
    ]
    told = (*impact.population.notes, standard.status)
    kind = Text("调整影响报告", "Impact of a reform").to(lang)
    pairs = [(label.to(lang), value) for label, value in listed]
    return cover_of("impact.cover", kind, names or "—", pairs, [note.to(lang) for note in told])


def summary(impact: Impact, lang: Lang) -> Section:
    """Return who wins and who loses, in one sentence."""
    won, lost, count = int(impact.winners.sum()), int(impact.losers.sum()), len(impact.population)
    told = Text(
        f"{count} 个中，{won} 个升级，{lost} 个降级，{count - won - lost} 个不变。",
        f"Of {count} subjects {won} rise, {lost} fall and {count - won - lost} keep their grade.",
    )
    may = impact.to_dict(movers=0)["eligible"]
    pieces: list[Block] = [Paragraph(told.to(lang), "verdict")]
    if may:
        eligible = Text(
            f"符合申报条件的：调整前 {may['before']} 个，调整后 {may['after']} 个。",
            f"Eligible: {may['before']} before, {may['after']} after.",
        )
        pieces.append(Paragraph(eligible.to(lang)))
    return section(Text("结论", "Verdict"), lang, *pieces, key="impact.summary")


def amendments(impact: Impact, reforms: list[Reform], lang: Lang) -> Section:
    """Return what each of the reforms changes, clause by clause, and why."""
    heads = words(lang, "条款|clause", "事项|subject", "原条文|old", "修改后|new", "理由|reason")
    found = amendments_of(impact.before.standard, reforms)
    rows = [(c.clause, c.subject.to(lang), c.old.to(lang), c.new.to(lang), reason) for c, reason in found]
    return section(Text("修改对照表", "Amendments"), lang, table(heads, rows, tight=(0,)), key="impact.amendments")


def grades(impact: Impact, lang: Lang) -> Section:
    """Return the share of each grade before and after, drawn and in numbers."""
    found, count = impact.to_dict(movers=0), len(impact.population)
    rows = []
    for before, after in zip(found["baseline"], found["reform"], strict=True):
        counts = (before["count"], after["count"])
        name = charts.named(before["grade"], lang)
        rows.append((name, *(str(n) for n in counts), *(f"{n / count:.1%}" for n in counts)))
    heads = words(lang, "等级|grade", "调整前|before", "调整后|after", "占比：前|share before", "后|after")
    title = Text("各等级占比", "Share of each grade")
    return section(
        title, lang, charts.shares_figure(impact, lang), table(heads, rows, right=(1, 2, 3, 4)), key="impact.grades"
    )


def flows(impact: Impact, lang: Lang) -> Section:
    """Return who goes from which grade to which."""
    names = [charts.named(grade, lang) for grade in impact.grades]
    counts = impact.transitions.to_numpy().tolist()
    rows = [(name, *map(str, line)) for name, line in zip(names, counts, strict=True)]
    heads = [*words(lang, "调整前 \\ 调整后|before \\ after"), *names]
    listed = table(heads, rows, right=range(1, len(heads)))
    title = Text("等级变动", "Who moves where")
    return section(title, lang, charts.transitions_figure(impact, lang), listed, key="impact.flows")


def groups(impact: Impact, lang: Lang) -> Section:
    """Return winners and losers by group, and the subjects close to a line."""
    found = impact.to_dict(movers=0)
    by_group, close = charts.group_lines(found), charts.cliff_lines(found, lang)
    pieces: list[Block] = [table(charts.group_heads(lang), by_group, right=(2, 3, 4, 5))] if by_group else []
    pieces.append(table(charts.cliff_heads(lang), close, right=(2, 3, 4)))
    return section(Text("分组与临界", "Groups, and who stands close to a line"), lang, *pieces, key="impact.groups")


def movers(impact: Impact, lang: Lang) -> Section:
    """Return those whom the reforms move most, and how many more they move."""
    found, title = impact.to_dict(movers=_MOVERS), Text("变动最大者", "Biggest movers")
    if not found["movers"]:
        return section(
            title, lang, Paragraph(Text("没有任何对象变动。", "Nobody moves.").to(lang)), key="impact.movers"
        )
    pieces: list[Block] = [table(charts.mover_heads(lang), charts.mover_lines(found, lang), right=(3, 4, 5))]
    if left_out := found["movers_left_out"]:
        told = Text(f"另有 {left_out} 个变动较小，未列出。", f"{left_out} more move less and are not listed.")
        pieces.append(Paragraph(told.to(lang)))
    return section(title, lang, *pieces, key="impact.movers")


def rows(impact: Impact, lang: Lang) -> Section:
    """Return the rows responsible for the change of points; they add up to it."""
    title = Text("分数变化的来源", "Rows responsible")
    if not impact.rows:
        told = Text("没有任何一行的得分发生变化。", "No row's points change.")
        return section(title, lang, Paragraph(told.to(lang)), key="impact.rows")
    heads = words(lang, "评价内容|row", "分数变化合计|change of points", "其中升级者|of winners", "降级者|of losers")
    listed = [
        (_gloss(impact, row, lang), *(charts.signed(float(n), "+.2f") for n in points))
        for row, points in impact.rows.items()
    ]
    return section(title, lang, table(heads, listed, right=(1, 2, 3)), key="impact.rows")


def _gloss(impact: Impact, row: str, lang: Lang) -> str:
    """Return what a row is called, in the reformed standard or in the old one."""
    sides = (impact.after.standard.criteria, impact.before.standard.criteria)
    return next((rows[row].gloss.to(lang) for rows in sides if row in rows), row)


def sources(impact: Impact, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Section:
    """Return what the impact was computed from, last of all; `more` tells the files and their check sums."""
    import lsstd

    after = impact.after.standard
    readings = ", ".join(
        f"{key}: {option}" for key, option in impact.after.standard.printed_readings(impact.readings).items()
    )
    listed = [
        (Text("标准文件 SHA-256", "SHA-256 of the standard"), impact.before.standard.sha256[:16]),
        (Text("调整后的标准", "Standard as reformed"), f"{after.edition}（{after.sha256[:16]}）"),
        (Text("所用解读", "Readings used"), readings),
        (Text("软件", "Software"), f"lsstd {lsstd.__version__}"),
    ]
    heads = words(lang, "项目|item", "内容|value")
    told = table(heads, [*((label.to(lang), value) for label, value in listed), *more], tight=(0,))
    return section(Text("出处", "Provenance"), lang, told, key="impact.sources")


Moved: TypeAlias = tuple[Impact, list[Reform]]
PIECES: dict[str, Callable[[Moved, Lang], Section]] = {
    "impact.cover": lambda moved, lang: cover(*moved, lang),
    "impact.summary": lambda moved, lang: summary(moved[0], lang),
    "impact.amendments": lambda moved, lang: amendments(*moved, lang),
    "impact.grades": lambda moved, lang: grades(moved[0], lang),
    "impact.flows": lambda moved, lang: flows(moved[0], lang),
    "impact.groups": lambda moved, lang: groups(moved[0], lang),
    "impact.movers": lambda moved, lang: movers(moved[0], lang),
    "impact.rows": lambda moved, lang: rows(moved[0], lang),
    "impact.sources": lambda moved, lang: sources(moved[0], lang),
}
"""The sections of the impact report by their keys: what a printed report is made again from."""
