"""A portfolio as the sections of a report: ranks, grades, regions, common gaps, and the changes since last round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from lsstd.changes.compare import RowChange
from lsstd.exact import Exact, shown
from lsstd.pages import base_page
from lsstd.pages.base_page import SOURCES, sources_table, title_of
from lsstd.pages.blocks import (
    Bar,
    Block,
    Paragraph,
    Section,
    Tiles,
    bar_figure,
    cover_of,
    grid,
    labelled,
    report_sections,
    section,
    signed,
)
from lsstd.panel.portfolio import Portfolio, Region, ScoreRange
from lsstd.panel.rounds import Change, Cycle, Member
from lsstd.standard.bands import print_band
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, same

PIECES: dict[str, Callable[..., Section]] = {}
"""The sections of the portfolio report by their keys, in its order: what a printed report is made again from."""

_BARS, _GAPS, _WEAKEST, _ROWS, _NAMES = 10, 20, 3, 3, 8
_NOBODY = Text("没有评价。", "There are no assessments.")
_METHOD = Text(
    "中位数与四分位数：由低到高排列，在相邻两数之间线性内插，两端计入（同 Excel 的 QUARTILE.INC）。",
    "Median and quartiles: by linear interpolation between neighbours in order, the ends included "
    "(as QUARTILE.INC of Excel).",
)
_ELIGIBLE = {True: Text("是", "yes"), False: Text("否", "no"), None: Text("待定", "open")}
_UNMATCHED = {
    "id": Text("同一编号出现多次", "one id occurs more than once"),
    "name": Text("同一名称出现多次", "one name occurs more than once"),
    "ids": Text("名称相同而编号不同", "one name with different ids"),
}


@report_sections("portfolio", PIECES)
def cover(portfolio: Portfolio, lang: Lang) -> Section:
    """Return how many subjects, which standard and edition, the days, what every reader must know first."""
    standard, count = portfolio.standard, len(portfolio.members)
    label = standard.subject_label if standard else Text("评价对象", "subject")
    pairs: list[tuple[Text, object]] = [
        (Text("标准", "Standard"), title_of(standard, lang) if standard else None),
        (Text("数量", "Number"), f"{count}（{label.to(lang)}）"),
        (Text("地区", "Regions"), join(same(r.name) for r in portfolio.regions if r.name).to(lang) or None),
        (Text("评价基准日", "Reference day"), _days(portfolio.members, lang)),
    ]
    if portfolio.before:
        number = Text(f"{len(portfolio.before)} 个，基准日 ", f"{len(portfolio.before)}, reference day ")
        pairs.append((Text("上一轮", "Last round"), number.to(lang) + _days(portfolio.before, lang)))
    title = Text(f"{count} 个{label.zh}的评价汇总", f"{count} assessments side by side").to(lang)
    kind = Text("汇总报告", "Portfolio report").to(lang)
    return cover_of("", kind, title, labelled(lang, pairs), [standard.status.to(lang)] if standard else [])


def _days(members: Sequence[Member], lang: Lang) -> str:
    """Return the reference days: one, or the first and the last."""
    days = sorted({member.result.assessment.as_of or "" for member in members} - {""})
    missing = sum(not member.result.assessment.as_of for member in members)
    span = Text(" 至 ", " to ").to(lang).join(dict.fromkeys((days[0], days[-1]))) if days else "—"
    return span + (Text(f"（{missing} 个未填）", f" ({missing} without)").to(lang) if missing and days else "")


@report_sections("portfolio", PIECES)
def summary(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the verdict in two sentences and the key figures."""
    title, spread = Text("结论", "Verdict"), portfolio.spread
    if spread is None:
        return section(title, lang, Paragraph(_NOBODY.to(lang), "verdict"))
    standard, count = portfolio.standard, len(portfolio.members)
    figures: list[tuple[Text, object]] = []
    if standard and standard.grades:
        figures.append((Text("可授予等级", "Awarded a grade"), f"{_awarded(portfolio)} / {count}"))
    if standard and standard.conditions:
        figures.append((Text("符合申报条件", "Eligible"), f"{portfolio.eligible(True)} / {count}"))
    figures += [
        (Text("得分中位数", "Median score"), spread.median),
        (Text("最高得分", "Highest score"), spread.highest),
        (Text("最低得分", "Lowest score"), spread.lowest),
    ]
    verdict = _verdict(portfolio, shown(spread.median))
    return section(title, lang, Paragraph(verdict.to(lang), "verdict"), Tiles(labelled(lang, figures)))


def _awarded(portfolio: Portfolio) -> int:
    return sum(count.awarded for count in portfolio.grades if count.grade is not None)


def _verdict(portfolio: Portfolio, middle: str) -> Text:
    """Return how many earn a grade and the median; then what most lack, and what changed."""
    count = len(portfolio.members)
    first = Text(f"{count} 个中，得分中位数 {middle} 分。", f"Of {count}, the median score is {middle} points.")
    if portfolio.standard and portfolio.standard.grades:
        graded, awarded = sum(n.by_score for n in portfolio.grades if n.grade is not None), _awarded(portfolio)
        first = Text(
            f"{count} 个中，按得分有等级的 {graded} 个，可授予等级的 {awarded} 个；得分中位数 {middle} 分。",
            f"Of {count}, {graded} have a grade by score and {awarded} can be awarded one; "
            f"the median score is {middle} points.",
        )
    lacks = list(_lacks(portfolio))
    if not lacks:
        return first
    zh, en = "；".join(part.zh for part in lacks), "; ".join(part.en for part in lacks)
    return Text(f"{first.zh}{zh}。", f"{first.en} {en[:1].upper()}{en[1:]}.")


def _lacks(portfolio: Portfolio) -> Iterator[Text]:
    """Yield the commonest gap, and how many rose and fell."""
    if portfolio.gaps:
        name, number = portfolio.gaps[0].criterion.gloss, portfolio.gaps[0].missing
        yield Text(f"失分最普遍的是{name.zh}（{number} 个）", f"most miss points on {name.en} ({number})")
    if portfolio.change and portfolio.standard and portfolio.standard.grades:
        steps = [change.steps for change in portfolio.change.changes]
        up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
        yield Text(f"与上一轮相比，{up} 个升级，{down} 个降级", f"since the last round {up} rose, {down} fell in grade")


@report_sections("portfolio", PIECES)
def grades(portfolio: Portfolio, lang: Lang) -> Section:
    """Return how many have which grade by score, drawn; and how many are awarded it."""
    title, standard, count = Text("等级分布", "Grades"), portfolio.standard, len(portfolio.members)
    if standard is None or not standard.grades:
        none = Text("本标准不分等级。", "The standard has no grades.") if standard else _NOBODY
        return section(title, lang, none)
    counted = [(standard.named(n.grade), n, _percent(n.by_score, count)) for n in portfolio.grades]
    bars = [
        Bar(
            name.to(lang),
            _part(n.by_score, count),
            Text(f"{n.by_score}（{share}）", f"{n.by_score} ({share})").to(lang),
        )
        for name, n, share in counted
    ]
    alt = Text("按得分的各等级数量", "Number of subjects by grade").to(lang)
    heads = "等级|grade", "按得分|by score", "占比|share", "可授予|awarded"
    rows = [(name, n.by_score, share, n.awarded) for name, n, share in counted]
    return section(title, lang, bar_figure(alt, bars), grid(lang, heads, rows, right=(1, 2, 3)))


@report_sections("portfolio", PIECES)
def ranking(portfolio: Portfolio, lang: Lang) -> Section:
    """Return every subject by rank, with ties marked as ties."""
    title, standard = Text("排名", "Ranking"), portfolio.standard
    if standard is None or not portfolio.members:
        return section(title, lang, _NOBODY)
    intro = Text(
        "按确定得分排列；得分相等的名次相同，其后的名次顺延（如 1、2、2、4）。",
        "By secured score; equal scores share a rank, and the next ranks are left out (as in 1, 2, 2, 4).",
    )
    heads = ["名次|rank", "名称|name", "地区|region", "确定得分|secured", "可能得分|possible"]
    heads += ["按得分|by score", "可授予|awarded"] if standard.grades else []
    heads += ["符合条件|eligible"] if standard.conditions else []
    rows = [_ranked(member, standard) for member in portfolio.members]
    return section(title, lang, intro, grid(lang, heads, rows, right=(0, 3, 4), tight=range(5, len(heads))))


def _ranked(member: Member, standard: Standard) -> list[object]:
    """Return a subject's line in the ranking."""
    score, grade = member.result.score, member.result.grade
    line: list[object] = [member.rank, member.label, member.region or None, score.secured, score.possible]
    line += [standard.named(grade.secured), grade.awarded] if standard.grades else []
    return line + ([_ELIGIBLE[member.result.eligible]] if standard.conditions else [])


@report_sections("portfolio", PIECES)
def scores(portfolio: Portfolio, lang: Lang) -> Section:
    """Return how many scores lie in each tenth of the full score, drawn, and the quartiles."""
    title, spread, count = Text("得分分布", "Scores"), portfolio.spread, len(portfolio.members)
    if spread is None:
        return section(title, lang, _NOBODY)
    most = max(r.count for r in portfolio.ranges)
    bars = [Bar(_range(r), _part(r.count, most), str(r.count)) for r in portfolio.ranges]
    alt = Text("确定得分在各范围内的数量", "Number of secured scores in each range").to(lang)
    ranges = [(_range(r), r.count, _percent(r.count, count)) for r in portfolio.ranges]
    counts = grid(lang, ("确定得分|secured score", "数量|number", "占比|share"), ranges, right=(1, 2))
    heads = "最低|lowest", "下四分位|lower quartile", "中位数|median", "上四分位|upper quartile", "最高|highest"
    values = (spread.lowest, spread.lower, spread.median, spread.upper, spread.highest)
    return section(title, lang, bar_figure(alt, bars), counts, grid(lang, heads, [values], right=range(5)), _METHOD)


def _range(found: ScoreRange) -> str:
    return print_band(found.lower, found.upper)


@report_sections("portfolio", PIECES)
def regions(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the median of each region, drawn; best, worst and what each is weakest in."""
    title, standard = Text("各地区", "Regions"), portfolio.standard
    if standard is None or not portfolio.regions:
        return section(title, lang, _NOBODY)
    medians = [(_region(region).to(lang), region.spread.median) for region in portfolio.regions]
    bars = [Bar(name, _part(median, standard.maximum), shown(median)) for name, median in medians]
    top = shown(standard.maximum)
    alt = Text(f"各地区得分中位数（满分 {top}）", f"Median score of each region, of {top} points").to(lang)
    heads = ["地区|region", "数量|number", "中位数|median", "最高|best", "最低|lowest"]
    heads += ["可授予等级|awarded"] if standard.grades else []
    rows = [_region_line(region, standard, lang) for region in portfolio.regions]
    tight = (5,) if standard.grades else ()
    listed = grid(lang, [*heads, "薄弱指标|weakest in"], rows, right=(1, 2), tight=tight)
    return section(title, lang, bar_figure(alt, bars), listed)


def _region(region: Region) -> Text:
    return same(region.name) if region.name else Text("（未填地区）", "(no region given)")


def _region_line(region: Region, standard: Standard, lang: Lang) -> list[object]:
    """Return a region's line: how many, the median, the best and the worst with their scores, what is weakest."""
    ends = (region.members[0], region.members[-1])
    scored = [f"{member.label.to(lang)} {shown(member.result.score.secured)}" for member in ends]
    line: list[object] = [_region(region), len(region.members), region.spread.median, *scored]
    if standard.grades:
        awarded = sum(member.result.grade.awarded is not None for member in region.members)
        line.append(f"{awarded} / {len(region.members)}")
    weak = ((share.indicator.name, _percent(share.spread.median, 1)) for share in region.weakest[:_WEAKEST])
    return [*line, join(Text(f"{n.zh}（{share}）", f"{n.en} ({share})") for n, share in weak).to(lang) or None]


@report_sections("portfolio", PIECES)
def indicators(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the median share of the points of each indicator, drawn, weakest first."""
    title = Text("各指标得分率", "Indicators")
    if not portfolio.shares:
        return section(title, lang, _NOBODY)
    named = [(share.indicator.name.to(lang), share.spread, share.count) for share in portfolio.shares]
    bars = [Bar(name, _part(spread.median, 1), _percent(spread.median, 1)) for name, spread, _ in named]
    alt = Text("各指标得分率的中位数", "Median share of the points of each indicator").to(lang)
    heads = ["指标|indicator", "下四分位|lower quartile", "中位数|median", "上四分位|upper quartile", "适用|counts for"]
    rows = [(name, *(_percent(n, 1) for n in (s.lower, s.median, s.upper)), count) for name, s, count in named]
    return section(title, lang, bar_figure(alt, bars), grid(lang, heads, rows, right=(1, 2, 3, 4)))


@report_sections("portfolio", PIECES)
def gaps(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the rows on which most miss points, drawn; what closing each would bring."""
    title, found = Text("共同的差距", "Common gaps"), portfolio.gaps
    if not found:
        none = Text("没有差距：各行均得满分。", "None: every row has its full points.")
        return section(title, lang, none if portfolio.members else _NOBODY)
    rows = [(g.criterion.row, g.criterion.gloss, f"{g.missing} / {g.count}", g.points, g.rises) for g in found[:_GAPS]]
    shares = [_part(gap.missing, gap.count) for gap in found[:_BARS]]
    bars = [Bar(gloss.to(lang), share, part) for share, (_, gloss, part, *_) in zip(shares, rows, strict=False)]
    alt = Text("在各行失分的占比", "Share of subjects that miss points on each row").to(lang)
    heads = "行|row", "评价内容|criterion", "失分者|missing", "平均可增分|mean gain", "单独补足即升级|alone rises"
    more = len(found) - _GAPS
    omitted = Text(f"另有 {more} 行失分者较少，未列出。", f"{more} more rows are not listed.") if more > 0 else None
    note = Text(
        "平均可增分按该行适用的全部对象计算；“单独补足即升级”指只补足这一行就能升级的数量。",
        "The mean gain is over all to whom the row applies; the last column counts those whom closing it alone raises.",
    )
    return section(title, lang, bar_figure(alt, bars), grid(lang, heads, rows, right=(0, 2, 3, 4)), omitted, note)


@report_sections("portfolio", PIECES)
def conditions(portfolio: Portfolio, lang: Lang) -> Section:
    """Return the conditions and vetoes that any subject fails or leaves open, and which subjects."""
    title = Text("未满足的申报条件与否决项", "Conditions and vetoes not met")
    rows = [
        (c.condition.clause, c.condition.label, len(c.unmet), len(c.unknown), _listed(c.unmet, c.unknown, lang))
        for c in portfolio.conditions
        if c.unmet or c.unknown
    ]
    if not rows:
        none = Text("申报条件与否决项均无未满足或待定的。", "No condition or veto is unmet or undecided.")
        return section(title, lang, none)
    yes, no, undecided = (portfolio.eligible(state) for state in (True, False, None))
    states = Text(
        f"符合申报条件的 {yes} 个，不符合的 {no} 个，待定的 {undecided} 个。",
        f"{yes} are eligible, {no} are not, {undecided} are undecided.",
    )
    heads = "条款|clause", "条件|condition", "未满足|not met", "待定|open", "哪些|which"
    return section(title, lang, states, grid(lang, heads, rows, right=(2, 3), tight=(0,)))


def _listed(unmet: Sequence[Member], unknown: Sequence[Member], lang: Lang) -> str:
    """Name those who fail, then those undecided."""
    lines = [_names(unmet).to(lang)] if unmet else []
    lines += [Text("待定：", "open: ").to(lang) + _names(unknown).to(lang)] if unknown else []
    return "\n".join(lines)


def _names(members: Sequence[Member]) -> Text:
    """Name subjects, up to a number of them."""
    names, more = join(member.label for member in members[:_NAMES]), len(members) - _NAMES
    return Text(f"{names.zh} 等 {len(members)} 个", f"{names.en} and {more} more") if more > 0 else names


@report_sections("portfolio", PIECES)
def change(portfolio: Portfolio, lang: Lang) -> Section:
    """Return what changed since the last round: scores, grades, the rows that made it; who is new, who has left."""
    title, found = Text("与上一轮相比", "Since the last round"), portfolio.change
    if found is None:
        return section(title, lang, Text("没有给出上一轮的评价。", "No last round is given."))
    heads = ["名称|name", "上一轮|before", "本轮|now", "变化|change", "等级|grade"]
    rows = [_change_line(one, lang) for one in found.changes]
    listed = grid(lang, [*heads, "变动最大的行|rows that moved most"], rows, right=(1, 2, 3), tight=(4,))
    return section(title, lang, _moved(found), listed if rows else None, *_notes(found))


def _moved(found: Cycle) -> Text:
    """Return how many were matched and by what, and how their scores moved."""
    count, by_id = len(found.changes), sum(one.by == "id" for one in found.changes)
    up, down = (sum(sign * one.points > 0 for one in found.changes) for sign in (1, -1))
    return Text(
        f"两轮都有的 {count} 个（按编号对应 {by_id} 个，按名称对应 {count - by_id} 个）："
        f"得分上升 {up} 个，下降 {down} 个，不变 {count - up - down} 个。",
        f"{count} are in both rounds ({by_id} matched by id, {count - by_id} by name): "
        f"{up} scores rose, {down} fell, {count - up - down} stayed.",
    )


def _change_line(one: Change, lang: Lang) -> list[object]:
    """Return a subject's line: scores, change, grades, the rows that changed most."""
    was, now = one.before.result, one.now.result
    graded = (was, now) if now.standard.grades else ()
    named = dict.fromkeys(result.standard.named(result.grade.secured).to(lang) for result in graded)
    changed = sorted((row for row in one.case.changed if row.brought), key=_width)
    rows = [f"{row.gloss.to(lang)} {signed(row.brought)}" for row in changed[:_ROWS]]
    more = len(changed) - len(rows)
    rows += [Text(f"另 {more} 行", f"{more} more").to(lang)] if more else []
    reasons = ("；" if lang == "zh" else "; ").join(rows)
    scored = (was.score.secured, now.score.secured, signed(one.points))
    return [one.now.label, *scored, " → ".join(named) or None, reasons or None]


def _width(row: RowChange) -> Exact:
    return -max(row.brought, -row.brought)


def _notes(found: Cycle) -> Iterator[Text]:
    """Yield who is new, who has left, who could not be matched for certain, and whether the rules changed."""
    for label, members in ((Text("新参加", "New"), found.new), (Text("未再参加", "Gone"), found.left)):
        if members:
            names = _names(members)
            yield Text(f"{label.zh}：{names.zh}。", f"{label.en}: {names.en}.")
    for doubt in found.doubts:
        why, now, before = _UNMATCHED[doubt.reason], _names(doubt.now), _names(doubt.before)
        yield Text(
            f"未作对应（{why.zh}）：本轮 {now.zh}；上一轮 {before.zh}。",
            f"Not matched ({why.en}): now {now.en}; before {before.en}.",
        )
    if found.other_rules:
        yield Text(
            "注意：上一轮所用的标准版本或解读与本轮不同，变化不全来自被评对象。",
            "Note: the last round was evaluated under another edition or other readings; not every change is theirs.",
        )


@report_sections("portfolio", PIECES)
def readings(portfolio: Portfolio, lang: Lang) -> Section:
    """Return each reading used, with the question that it answers."""
    first = next(iter((*portfolio.members, *portfolio.before)), None)
    return base_page.readings(first.result, lang) if first else section(base_page.READINGS, lang, _NOBODY)


@report_sections("portfolio", PIECES)
def sources(portfolio: Portfolio, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Section:
    """Return what the portfolio was computed from, last of all: the standard, and every file."""
    blocks: list[Block] = [sources_table(portfolio.standard, lang, (), more)]
    if portfolio.names:
        rounds = Text("本轮", "this"), Text("上一轮", "last")
        files = [
            (rounds[i >= len(portfolio.members)], name, sha256[:16] or None)
            for i, (name, sha256) in enumerate(portfolio.names.items())
        ]
        blocks.append(grid(lang, ("轮次|round", "文件|file", "SHA-256|SHA-256"), files, tight=(0, 2)))
    return section(SOURCES, lang, *blocks)


def _part(number: Exact, whole: Exact) -> float:
    """Return how much of a bar's track is full."""
    return min(1.0, max(0.0, float(Fraction(number) / whole))) if whole else 0.0


def _percent(number: Exact, whole: Exact) -> str:
    return f"{shown(Fraction(100 * number) / whole if whole else 0, 0)}%"
