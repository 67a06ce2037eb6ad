"""A portfolio as the sections of a printed page: ranks, grades, regions, common gaps, the round before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

import lsstd
from lsstd.exact import Exact, shown
from lsstd.pages import page
from lsstd.pages.blocks import Block, Paragraph, Section, Tiles, section, table
from lsstd.pages.charts import Bar, bar_figure
from lsstd.pages.cycle_page import change, names
from lsstd.pages.page import cover_of
from lsstd.panel.portfolio import Member, Portfolio, Region, ScoreRange
from lsstd.standard.bands import print_band
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, same, words

_BARS, _GAPS, _WEAKEST = 10, 20, 3
_NOBODY = Text("没有评价。", "There are no assessments.")
_METHOD = Text(
    "中位数与四分位数：由低到高排列，在相邻两数之间线性内插，两端计入（同 Excel 的 QUARTILE.INC）。",
    "Median and quartiles: by linear interpolation between neighbours in order, the ends included "
    "(as QUARTILE.INC of Excel).",
)
_ELIGIBLE = {True: Text("是", "yes"), False: Text("否", "no"), None: Text("待定", "open")}


def cover(portfolio: Portfolio, lang: Lang) -> Section:
    """Return how many subjects, which standard and edition, the days, what every reader must know first."""
    standard, count = portfolio.standard, len(portfolio.members)
    label = standard.subject_label if standard else Text("评价对象", "subject")
    pairs = [
        (Text("标准", "Standard"), f"{standard.title.to(lang)}（{standard.edition}）" if standard else "—"),
        (Text("数量", "Number"), f"{count}（{label.to(lang)}）"),
        (Text("地区", "Regions"), join(same(r.name) for r in portfolio.regions if r.name).to(lang) or "—"),
        (Text("评价基准日", "Reference day"), _days(portfolio.members, lang)),
    ]
    if portfolio.before:
        told = Text(f"{len(portfolio.before)} 个，基准日 ", f"{len(portfolio.before)}, reference day ")
        pairs.append((Text("上一轮", "Last round"), told.to(lang) + _days(portfolio.before, lang)))
    title = Text(f"{count} 个{label.zh}的评价汇总", f"{count} assessments side by side").to(lang)
    kind = Text("汇总报告", "Portfolio report").to(lang)
    told_pairs = [(named.to(lang), value) for named, value in pairs]
    return cover_of("portfolio.cover", kind, title, told_pairs, [standard.status.to(lang)] if standard else [])


def _days(members: Sequence[Member], lang: Lang) -> str:
    """Return the reference days: one, or the first and the last."""
    days = sorted({member.result.assessment.as_of or "" for member in members} - {""})
    missing = sum(not member.result.assessment.as_of for member in members)
    told = Text(" 至 ", " to ").to(lang).join(dict.fromkeys((days[0], days[-1]))) if days else "—"
    return told + (Text(f"（{missing} 个未填）", f" ({missing} without)").to(lang) if missing and days else "")


def summary(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the verdict in two sentences and the key figures."""
    title, spread = Text("结论", "Verdict"), portfolio.spread
    if spread is None:
        return section(title, lang, Paragraph(_NOBODY.to(lang), "verdict"), key="portfolio.summary")
    figures = [
        (Text("得分中位数", "Median score"), shown(spread.median)),
        (Text("最高得分", "Highest score"), shown(spread.highest)),
        (Text("最低得分", "Lowest score"), shown(spread.lowest)),
    ]
    standard, count = portfolio.standard, len(portfolio.members)
    if standard and standard.conditions:
        figures.insert(0, (Text("符合申报条件", "Eligible"), f"{portfolio.eligible(True)} / {count}"))
    if standard and standard.grades:
        figures.insert(0, (Text("可授予等级", "Awarded a grade"), f"{_awarded(portfolio)} / {count}"))
    tiles = Tiles(tuple((label.to(lang), value) for label, value in figures))
    told = Paragraph(_verdict(portfolio).to(lang), "verdict")
    return section(title, lang, told, tiles, key="portfolio.summary")


def _awarded(portfolio: Portfolio) -> int:
    return sum(count.awarded for count in portfolio.grades if count.grade is not None)


def _verdict(portfolio: Portfolio) -> Text:
    """Tell how many earn a grade and where the middle lies; then what most lack, and what changed."""
    spread, count = portfolio.spread, len(portfolio.members)
    assert spread is not None
    middle = shown(spread.median)
    first = Text(f"{count} 个中，得分中位数 {middle} 分。", f"Of {count}, the median score is {middle} points.")
    if portfolio.standard and portfolio.standard.grades:
        graded, awarded = sum(n.by_score for n in portfolio.grades if n.grade is not None), _awarded(portfolio)
        first = Text(
            f"{count} 个中，按得分有等级的 {graded} 个，可授予等级的 {awarded} 个；得分中位数 {middle} 分。",
            f"Of {count}, {graded} have a grade by score and {awarded} can be awarded one; "
            f"the median score is {middle} points.",
        )
    second = _lack(portfolio)
    return Text(first.zh + second.zh, " ".join(filter(None, (first.en, second.en))))


def _lack(portfolio: Portfolio) -> Text:
    """Tell the commonest gap, and how many rose and fell, in one sentence."""
    told = []
    if portfolio.gaps:
        gap = portfolio.gaps[0]
        name, number = gap.criterion.gloss, gap.missing
        told.append(Text(f"失分最普遍的是{name.zh}（{number} 个）", f"most miss points on {name.en} ({number})"))
    if portfolio.change and portfolio.standard and portfolio.standard.grades:
        steps = [change.steps for change in portfolio.change.changes]
        up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
        told.append(
            Text(f"与上一轮相比，{up} 个升级，{down} 个降级", f"since the last round {up} rose, {down} fell in grade")
        )
    if not told:
        return Text("", "")
    english = "; ".join(part.en for part in told)
    return Text("；".join(part.zh for part in told) + "。", english[:1].upper() + english[1:] + ".")


def grades(portfolio: Portfolio, lang: Lang) -> Section:
    """Return how many have which grade by score, drawn; and how many are awarded it."""
    title, count = Text("等级分布", "Grades"), len(portfolio.members)
    if portfolio.standard is None or not portfolio.standard.grades:
        none = Text("本标准不分等级。", "The standard has no grades.") if portfolio.standard else _NOBODY
        return section(title, lang, Paragraph(none.to(lang)), key="portfolio.grades")
    named = [(portfolio.standard.named(n.grade).to(lang), n) for n in portfolio.grades]
    bars = [
        Bar(name, _part(n.by_score, count), 0.0, f"{n.by_score}（{_percent(n.by_score, count)}）") for name, n in named
    ]
    heads = words(lang, "等级|grade", "按得分|by score", "占比|share", "可授予|awarded")
    rows = [(name, str(n.by_score), _percent(n.by_score, count), str(n.awarded)) for name, n in named]
    alt = Text("按得分的各等级数量", "Number of subjects by grade").to(lang)
    return section(title, lang, bar_figure(alt, bars), table(heads, rows, right=(1, 2, 3)), key="portfolio.grades")


def ranking(portfolio: Portfolio, lang: Lang) -> Section:
    """Return every subject by rank; ties are told as ties."""
    title, standard = Text("排名", "Ranking"), portfolio.standard
    if standard is None or not portfolio.members:
        return section(title, lang, Paragraph(_NOBODY.to(lang)), key="portfolio.ranking")
    intro = Text(
        "按确定得分排列；得分相等的名次相同，其后的名次顺延（如 1、2、2、4）。",
        "By secured score; equal scores share a rank, and the next ranks are left out (as in 1, 2, 2, 4).",
    )
    heads = ["名次|rank", "名称|name", "地区|region", "确定得分|secured", "可能得分|possible"]
    heads += ["按得分|by score", "可授予|awarded"] if standard.grades else []
    heads += ["符合条件|eligible"] if standard.conditions else []
    rows = [_ranked(member, standard, lang) for member in portfolio.members]
    listed = table(words(lang, *heads), rows, right=(0, 3, 4), tight=range(5, len(heads)))
    return section(title, lang, Paragraph(intro.to(lang)), listed, key="portfolio.ranking")


def _ranked(member: Member, standard: Standard, lang: Lang) -> list[str]:
    """Return a subject's line in the ranking."""
    score, grade = member.result.score, member.result.grade
    line = [str(member.rank), member.label.to(lang), member.region or "—", shown(score.secured), shown(score.possible)]
    line += [standard.named(grade.secured).to(lang), grade.awarded or "—"] if standard.grades else []
    return line + ([_ELIGIBLE[member.result.eligible].to(lang)] if standard.conditions else [])


def scores(portfolio: Portfolio, lang: Lang) -> Section:
    """Return how many scores lie in each tenth of the full score, drawn, and the quartiles."""
    title, spread, count = Text("得分分布", "Scores"), portfolio.spread, len(portfolio.members)
    if spread is None:
        return section(title, lang, Paragraph(_NOBODY.to(lang)), key="portfolio.scores")
    most = max(r.count for r in portfolio.ranges)
    bars = [Bar(_range(r), _part(r.count, most), 0.0, str(r.count)) for r in portfolio.ranges]
    ranges = [(_range(r), str(r.count), _percent(r.count, count)) for r in portfolio.ranges]
    labels = ("最低|lowest", "下四分位|lower quartile", "中位数|median", "上四分位|upper quartile", "最高|highest")
    values = (spread.lowest, spread.lower, spread.median, spread.upper, spread.highest)
    lines = table(words(lang, *labels), [[shown(value) for value in values]], right=range(5))
    alt = Text("确定得分在各范围内的数量", "Number of secured scores in each range").to(lang)
    counted = table(words(lang, "确定得分|secured score", "数量|number", "占比|share"), ranges, right=(1, 2))
    blocks = (bar_figure(alt, bars), counted, lines, Paragraph(_METHOD.to(lang)))
    return section(title, lang, *blocks, key="portfolio.scores")


def _range(found: ScoreRange) -> str:
    return print_band(found.lower, found.upper)


def regions(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the median of each region, drawn; best, worst and what each is weakest in."""
    title, standard = Text("各地区", "Regions"), portfolio.standard
    if standard is None or not portfolio.regions:
        return section(title, lang, Paragraph(_NOBODY.to(lang)), key="portfolio.regions")
    bars = [
        Bar(_region(r, lang), _part(r.spread.median, standard.maximum), 0.0, shown(r.spread.median))
        for r in portfolio.regions
    ]
    top = shown(standard.maximum)
    alt = Text(f"各地区得分中位数（满分 {top}）", f"Median score of each region, of {top} points").to(lang)
    heads = ["地区|region", "数量|number", "中位数|median", "最高|best", "最低|lowest"]
    heads += ["可授予等级|awarded"] if standard.grades else []
    rows = [_region_line(r, standard, lang) for r in portfolio.regions]
    tight = (5,) if standard.grades else ()
    listed = table(words(lang, *heads, "薄弱指标|weakest in"), rows, right=(1, 2), tight=tight)
    return section(title, lang, bar_figure(alt, bars), listed, key="portfolio.regions")


def _region(region: Region, lang: Lang) -> str:
    return region.name or Text("（未填地区）", "(no region given)").to(lang)


def _region_line(region: Region, standard: Standard, lang: Lang) -> list[str]:
    """Return a region's line: how many, the median, the best and the worst with their scores, what is weakest."""
    best, worst = region.members[0], region.members[-1]
    ends = [f"{member.label.to(lang)} {shown(member.result.score.secured)}" for member in (best, worst)]
    weak = join(Text(*_with_share(share.indicator.name, share.spread.median)) for share in region.weakest[:_WEAKEST])
    line = [_region(region, lang), str(len(region.members)), shown(region.spread.median), *ends]
    if standard.grades:
        awarded = sum(member.result.grade.awarded is not None for member in region.members)
        line.append(f"{awarded} / {len(region.members)}")
    return [*line, weak.to(lang) or "—"]


def _with_share(name: Text, share: Exact) -> tuple[str, str]:
    return f"{name.zh}（{_percent(share, 1)}）", f"{name.en} ({_percent(share, 1)})"


def indicators(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the share of its points that each indicator earns in the middle, drawn, weakest first."""
    title = Text("各指标得分率", "Indicators")
    if not portfolio.shares:
        return section(title, lang, Paragraph(_NOBODY.to(lang)), key="portfolio.indicators")
    found = [(share.indicator.name.to(lang), share) for share in portfolio.shares]
    bars = [Bar(name, _part(s.spread.median, 1), 0.0, _percent(s.spread.median, 1)) for name, s in found]
    heads = words(
        lang, "指标|indicator", "下四分位|lower quartile", "中位数|median", "上四分位|upper quartile", "适用|counts for"
    )
    rows = [
        (name, *(_percent(n, 1) for n in (s.spread.lower, s.spread.median, s.spread.upper)), str(s.count))
        for name, s in found
    ]
    alt = Text("各指标得分率的中位数", "Median share of the points of each indicator").to(lang)
    listed = table(heads, rows, right=(1, 2, 3, 4))
    return section(title, lang, bar_figure(alt, bars), listed, key="portfolio.indicators")


def gaps(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the rows on which most miss points, drawn; what closing each would bring."""
    title, found = Text("共同的差距", "Common gaps"), portfolio.gaps
    if not found:
        none = (
            Text("没有差距：各行均得满分。", "None: every row has its full points.") if portfolio.members else _NOBODY
        )
        return section(title, lang, Paragraph(none.to(lang)), key="portfolio.gaps")
    bars = [
        Bar(gap.criterion.gloss.to(lang), _part(gap.missing, gap.count), 0.0, f"{gap.missing} / {gap.count}")
        for gap in found[:_BARS]
    ]
    heads = words(
        lang, "行|row", "评价内容|criterion", "失分者|missing", "平均可增分|mean gain", "单独补足即升级|alone rises"
    )
    rows = [
        (str(g.criterion.row), g.criterion.gloss.to(lang), f"{g.missing} / {g.count}", shown(g.points), str(g.rises))
        for g in found[:_GAPS]
    ]
    alt = Text("在各行失分的占比", "Share of subjects that miss points on each row").to(lang)
    told: list[Block] = [bar_figure(alt, bars), table(heads, rows, right=(0, 2, 3, 4))]
    more = Text(f"另有 {len(found) - _GAPS} 行失分者较少，未列出。", f"{len(found) - _GAPS} more rows are not listed.")
    told += [Paragraph(more.to(lang))] if len(found) > _GAPS else []
    note = Text(
        "平均可增分按该行适用的全部对象计算；“单独补足即升级”指只补足这一行就能升级的数量。",
        "The mean gain is over all to whom the row applies; the last column counts those whom closing it alone raises.",
    )
    return section(title, lang, *told, Paragraph(note.to(lang)), key="portfolio.gaps")


def conditions(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the conditions and vetoes that any subject fails or leaves open, and which subjects."""
    title = Text("未满足的申报条件与否决项", "Conditions and vetoes not met")
    found = [failed for failed in portfolio.conditions if failed.unmet or failed.unknown]
    if not found:
        none = Text("申报条件与否决项均无未满足或待定的。", "No condition or veto is unmet or undecided.")
        return section(title, lang, Paragraph(none.to(lang)), key="portfolio.conditions")
    heads = words(lang, "条款|clause", "条件|condition", "未满足|not met", "待定|open", "哪些|which")
    rows = [
        (
            failed.condition.clause,
            failed.condition.label.to(lang),
            str(len(failed.unmet)),
            str(len(failed.unknown)),
            _listed(failed.unmet, failed.unknown, lang),
        )
        for failed in found
    ]
    counts = [portfolio.eligible(state) for state in (True, False, None)]
    states = Text(
        f"符合申报条件的 {counts[0]} 个，不符合的 {counts[1]} 个，待定的 {counts[2]} 个。",
        f"{counts[0]} are eligible, {counts[1]} are not, {counts[2]} are undecided.",
    )
    told = table(heads, rows, right=(2, 3), tight=(0,))
    return section(title, lang, Paragraph(states.to(lang)), told, key="portfolio.conditions")


def _listed(unmet: Sequence[Member], unknown: Sequence[Member], lang: Lang) -> str:
    """Name those who fail, then those undecided."""
    told = [names(unmet).to(lang)] if unmet else []
    told += [Text("待定：", "open: ").to(lang) + names(unknown).to(lang)] if unknown else []
    return "\n".join(told)


def readings(portfolio: Portfolio, lang: Lang) -> Section:
    """Return each reading used, with the question that it answers."""
    first = next(iter((*portfolio.members, *portfolio.before)), None)
    if first is None:
        return section(Text("所用解读", "Readings"), lang, Paragraph(_NOBODY.to(lang)), key="portfolio.readings")
    return replace(page.readings(first.result, lang), key="portfolio.readings")


def sources(portfolio: Portfolio, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Section:
    """Return what the portfolio was computed from, last of all: the standard, and every file."""
    standard = portfolio.standard
    rows = [
        (Text("标准", "Standard"), f"{standard.standard}（{standard.edition}）" if standard else "—"),
        (Text("标准文件 SHA-256", "SHA-256 of its file"), (standard.sha256[:16] if standard else "") or "—"),
        (Text("软件", "Software"), f"lsstd {lsstd.__version__}"),
    ]
    items = table(words(lang, "项目|item", "内容|value"), [*((label.to(lang), value) for label, value in rows), *more])
    told: list[Block] = [items]
    if portfolio.names:
        heads = words(lang, "轮次|round", "文件|file", "SHA-256|SHA-256")
        rounds = words(lang, "本轮|this", "上一轮|last")
        files = [
            (rounds[i >= len(portfolio.members)], name, sha256[:16] or "—")
            for i, (name, sha256) in enumerate(portfolio.names.items())
        ]
        told.append(table(heads, files, tight=(0, 2)))
    return section(Text("出处", "Provenance"), lang, *told, key="portfolio.sources")


def _part(number: Exact, whole: Exact) -> float:
    """Return how much of a bar's track is full."""
    return min(1.0, max(0.0, float(Fraction(number) / whole))) if whole else 0.0


def _percent(number: Exact, whole: Exact) -> str:
    return f"{shown(Fraction(100 * number) / whole if whole else 0, 0)}%"


PIECES: dict[str, Callable[[Portfolio, Lang], Section]] = {
    f"portfolio.{piece.__name__}": piece
    for piece in (
        *(cover, summary, grades, ranking, scores, regions, indicators, gaps, conditions, change, readings, sources),
    )
}
"""The sections of the portfolio report by their keys: what a printed report is made again from."""
