"""The profile of a supply chain, of one party or of several, as the sections of a printed page; non-normative."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import lsstd
from lsstd.engine.evaluate import evaluate
from lsstd.engine.narrative import narrative
from lsstd.engine.profile import TopicLevel
from lsstd.engine.verdict import tell_profile
from lsstd.exact import shown
from lsstd.pages.blocks import Block, Paragraph, Section, Tiles, section, table
from lsstd.pages.chain import NON_NORMATIVE
from lsstd.pages.charts import Bar, bar_figure
from lsstd.pages.page import cover_of
from lsstd.panel.supply_chain import Chain, TopicSeen
from lsstd.standard.document import Topic
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, words

_WIDE = 5
"""With more parties than these, a table's heads are their numbers."""
_OWN = Text(
    "成熟度等级由 lsstd 自拟，不是标准的要求，不能当作评级。",
    "The maturity scale is lsstd's own, not the standard's, and no rating.",
)
_NOBODY = Text("尚无任何一方作答。", "No party has answered yet.")
_RECENT = Text("有近 12 个月内的佐证", "with evidence of the last 12 months")


def cover(chain: Chain, lang: Lang) -> Section:
    """Return whose profile it is, under which standard, on which day, and first of all that it is non-normative."""
    standard, subjects = chain.standard, [given.subject for given in chain.assessments.values()]
    days = sorted({given.as_of or "—" for given in chain.assessments.values()})
    pairs = [
        (Text("标准", "Standard"), f"{standard.title.to(lang)}（{standard.edition}）"),
        (Text("参与方", "Parties"), join(chain.parties.values()).to(lang) or "—"),
        (Text("地区", "Region"), "、".join(sorted({s.region for s in subjects if s.region})) or "—"),
        (Text("评价基准日", "Reference day"), "、".join(days) or "—"),
    ]
    title = Text(f"{len(subjects)} 方眼中的一条供应链", f"One supply chain as {len(subjects)} parties see it").to(lang)
    if len(subjects) == 1:
        title = subjects[0].name or Text("（未填名称）", "(no name given)").to(lang)
    kind = Text("供应链协同画像（非规范性自评）", "Supply-chain profile (a non-normative self-assessment)").to(lang)
    notes = [_OWN.to(lang), standard.status.to(lang)]
    return cover_of("profile.cover", kind, title, [(label.to(lang), value) for label, value in pairs], notes)


def summary(chain: Chain, lang: Lang) -> Section:
    """Return the profile in one sentence and its key figures; never a grade."""
    levels = [entry for profile in chain.profiles.values() for entry in profile.topics if entry.level is not None]
    proven = sum(entry.evidenced for entry in levels if entry.level)
    answered = [seen for seen in chain.topics if seen.given]
    medians = [seen.median for seen in answered if seen.median is not None]
    figures = [
        (Text("作答主题", "Topics answered"), f"{len(answered)} / {len(chain.topics)}"),
        (Text("最弱主题（级）", "Weakest topic (level)"), shown(min(medians, default=None))),
        (Text("最强主题（级）", "Strongest topic (level)"), shown(max(medians, default=None))),
        (Text("有近期佐证", "With recent evidence"), f"{proven} / {sum(bool(entry.level) for entry in levels)}"),
    ]
    if len(chain.parties) > 1:
        widest = max((seen.spread for seen in chain.topics), default=0)
        figures.append((Text("最大相差（级）", "Widest spread (levels)"), str(widest)))
    told = Paragraph(_verdict(chain).to(lang), "verdict")
    tiles = Tiles(tuple((label.to(lang), value) for label, value in figures))
    return section(Text("结论", "Verdict"), lang, told, tiles, key="profile.summary")


def _verdict(chain: Chain) -> Text:
    """Tell one party's profile, or what a chain is weakest in and sees most differently."""
    profiles = list(chain.profiles.values())
    if len(profiles) == 1:
        return tell_profile(chain.standard, profiles[0])
    if not chain.weakest:
        return Text(f"{_NOBODY.zh}{NON_NORMATIVE.zh}。", f"{_NOBODY.en[:-1]}; {NON_NORMATIVE.en}.")
    weakest, least = join(seen.topic.label for seen in chain.weakest), shown(chain.weakest[0].median)
    zh = f"{len(profiles)} 方自评，中位数最低的是{weakest.zh}（{least} 级）"
    en = f"As {len(profiles)} parties see it, the chain is weakest in {weakest.en} (median level {least})"
    if apart := chain.gaps():
        widest = [seen for seen in apart if seen.spread == apart[0].spread]
        named, levels = join(seen.topic.label for seen in widest), widest[0].spread
        zh += f"；看法相差最大的是{named.zh}（{levels} 级）"
        en += f"; they differ most on {named.en} ({levels} levels)"
    return Text(f"{zh}；{NON_NORMATIVE.zh}。", f"{en}; {NON_NORMATIVE.en}.")


def explanation(chain: Chain, lang: Lang) -> Section:
    """Return what the answers of one party mean, in paragraphs; of several parties, each in its turn."""
    told = (text for given in chain.assessments.values() for text in narrative(evaluate(chain.standard, given)))
    paragraphs = (Paragraph(text.to(lang)) for text in told)
    return section(Text("结果说明", "What the result means"), lang, *paragraphs, key="profile.explanation")


def parties(chain: Chain, lang: Lang) -> Section:
    """Return the parties: who they are, how much each answered, its median, how much has recent evidence."""
    heads = ["序号|no.", "参与方|party", "名称|name", "地区|region", "基准日|day", "已答|answered"]
    heads += ["中位数|median", "有近期佐证|recent evidence"]
    rows = []
    for number, (party, profile) in enumerate(chain.profiles.items(), start=1):
        given = chain.assessments[party]
        above = [entry for entry in profile.topics if entry.level]
        rows.append(
            (
                str(number),
                chain.parties[party].to(lang),
                given.subject.name or "—",
                given.subject.region or "—",
                given.as_of or "—",
                f"{len(profile.levels)} / {len(profile.topics)}",
                shown(profile.median),
                f"{sum(entry.evidenced for entry in above)} / {len(above)}",
            )
        )
    told = table(words(lang, *heads), rows, right=(0, 5, 6, 7), tight=(4,)) if rows else Paragraph(_NOBODY.to(lang))
    return section(Text("参与方", "Parties"), lang, told, key="profile.parties")


def levels(chain: Chain, lang: Lang) -> Section:
    """Return the level of each topic, drawn: one party's, or the median of all beside what each sees."""
    title = Text("各主题的等级", "Levels by topic")
    if not chain.profiles:
        return section(title, lang, Paragraph(_NOBODY.to(lang)), key="profile.levels")
    told = _own_levels(chain, lang) if len(chain.profiles) == 1 else _seen_levels(chain, lang)
    return section(title, lang, *told, key="profile.levels")


def _own_levels(chain: Chain, lang: Lang) -> list[Block]:
    """Return one party's levels: those with recent evidence full, those without pale."""
    profile = next(iter(chain.profiles.values()))
    bars = [_own_bar(entry, chain.standard, lang) for entry in profile.topics]
    legend = (_RECENT.to(lang), Text("没有近期佐证", "without recent evidence").to(lang))
    alt = Text("各主题的等级", "Level of each topic").to(lang)
    heads = words(lang, "主题|topic", "等级|level", "近 12 个月内的佐证|evidence of the last 12 months")
    yes, no = words(lang, "有|yes", "无|no")
    rows = [
        (bar.label, bar.text, (yes if entry.evidenced else no) if entry.level else "—")
        for bar, entry in zip(bars, profile.topics, strict=True)
    ]
    return [bar_figure(alt, bars, legend), table(heads, rows), _on_scale(chain.standard, lang)]


def _own_bar(entry: TopicLevel, standard: Standard, lang: Lang) -> Bar:
    name, level = entry.topic.label.to(lang), entry.level
    if level is None:
        return Bar(name, 0.0, 0.0, Text("未作答", "not answered").to(lang))
    share, label = level / _top(standard), next((s.label.to(lang) for s in standard.scale if s.level == level), "")
    full, pale = (share, 0.0) if entry.evidenced else (0.0, share)
    return Bar(name, full, pale, f"{level} {label}")


def _seen_levels(chain: Chain, lang: Lang) -> list[Block]:
    """Return the median of what the parties see, drawn, and what each sees with median and spread."""
    top = _top(chain.standard)
    bars = [
        Bar(seen.topic.label.to(lang), float(seen.median or 0) / top, 0.0, shown(seen.median)) for seen in chain.topics
    ]
    alt = Text("各方等级的中位数", "Median of the parties' levels").to(lang)
    numbers = [str(number) for number in range(1, len(chain.parties) + 1)]
    few = len(numbers) <= _WIDE
    named = [label.to(lang) for label in chain.parties.values()] if few else numbers
    heads = [*words(lang, "主题|topic"), *named, *words(lang, "中位数|median", "相差|spread")]
    rows = [_seen_line(seen, lang) for seen in chain.topics]
    told: list[Block] = [
        bar_figure(alt, bars),
        table(heads, rows, right=range(1, len(heads))),
        _on_scale(chain.standard, lang),
    ]
    by_number = Text("各列的序号见“参与方”。", "The columns bear the numbers of the parties, as listed above.")
    return told if few else [*told, Paragraph(by_number.to(lang))]


def _seen_line(seen: TopicSeen, lang: Lang) -> list[str]:
    levels = ["—" if level is None else str(level) for level in seen.levels.values()]
    return [seen.topic.label.to(lang), *levels, shown(seen.median), str(seen.spread)]


def _on_scale(standard: Standard, lang: Lang) -> Paragraph:
    """Return how long a full bar is, and that the scale is not the standard's."""
    top = _top(standard)
    told = Text(
        f"满格为 {top} 级；偶数个等级的中位数取中间两个的平均。{NON_NORMATIVE.zh}。",
        f"A full bar is level {top}; between two middle levels the median is halfway; {NON_NORMATIVE.en}.",
    )
    return Paragraph(told.to(lang))


def _top(standard: Standard) -> int:
    return max((level.level for level in standard.scale), default=0) or 1


def weakest(chain: Chain, lang: Lang) -> Section:
    """Return the topics with the lowest median, and what each covers."""
    title = Text("最弱的主题", "Weakest topics")
    if not chain.weakest:
        return section(title, lang, Paragraph(_NOBODY.to(lang)), key="profile.weakest")
    heads = words(lang, "条款|clause", "主题|topic", "等级（中位数）|level (median)", "所涉内容|what it covers")
    rows = [
        (seen.topic.clause, seen.topic.label.to(lang), shown(seen.median), seen.topic.covers.to(lang))
        for seen in chain.weakest
    ]
    return section(title, lang, table(heads, rows, right=(2,), tight=(0,)), key="profile.weakest")


def differences(chain: Chain, lang: Lang) -> Section:
    """Return where the parties see a topic two levels apart or more: who sees it lowest, who highest."""
    title = Text("看法相差之处", "Where the parties differ")
    found = chain.gaps()
    if not found:
        none = Text("没有一个主题的看法相差两级及以上。", "On no topic do views lie two levels apart or more.")
        return section(title, lang, Paragraph(none.to(lang)), key="profile.differences")
    heads = words(lang, "主题|topic", "相差|spread", "看得最低|lowest", "看得最高|highest")
    rows = [
        (
            seen.topic.label.to(lang),
            str(seen.spread),
            *(_at(chain, seen, end(seen.given.values()), lang) for end in (min, max)),
        )
        for seen in found
    ]
    intro = Text("相差两级及以上的主题，相差大者在前：", "Topics seen two levels apart or more, the widest first:")
    return section(title, lang, Paragraph(intro.to(lang)), table(heads, rows, right=(1,)), key="profile.differences")


def _at(chain: Chain, seen: TopicSeen, level: int, lang: Lang) -> str:
    """Return a level and who sees it."""
    who = join(chain.parties[party] for party, given in seen.given.items() if given == level)
    return Text(f"{level} 级：{who.zh}", f"{level}: {who.en}").to(lang)


def evidence(chain: Chain, lang: Lang) -> Section:
    """Return the levels above 0 that no evidence of the last 12 months bears out, and whose they are."""
    title = Text("缺少近期佐证", "Without recent evidence")
    found = [(topic, _unproven(chain, topic)) for topic in chain.standard.topic_leaves]
    rows = [(topic.clause, topic.label.to(lang), told.to(lang)) for topic, told in found if told.zh]
    if not rows:
        none = Text("0 级以上的等级都有近 12 个月内的佐证。", "Every level above 0 has evidence of the last 12 months.")
        return section(title, lang, Paragraph(none.to(lang)), key="profile.evidence")
    intro = Text(
        "下列等级没有基准日之前 12 个月内的佐证材料，暂不能算数：",
        "No evidence of the 12 months before the reference day bears out these levels, so they do not count yet:",
    )
    heads = words(lang, "条款|clause", "主题|topic", "等级|level")
    return section(title, lang, Paragraph(intro.to(lang)), table(heads, rows, tight=(0,)), key="profile.evidence")


def _unproven(chain: Chain, topic: Topic) -> Text:
    """Tell whose level of a topic lacks evidence; of one party, the level alone."""
    named = []
    for party, profile in chain.profiles.items():
        entry = next(entry for entry in profile.topics if entry.topic.id == topic.id)
        if entry.level and not entry.evidenced:
            who = chain.parties[party] if len(chain.parties) > 1 else Text("", "")
            named.append(Text(f"{who.zh} {entry.level} 级".strip(), f"{who.en} level {entry.level}".strip()))
    return join(named)


def scale(chain: Chain, lang: Lang) -> Section:
    """Return what each level means: the reading that all of this rests on."""
    heads = words(lang, "级|level", "名称|name", "含义|meaning")
    rows = [(str(level.level), level.label.to(lang), level.meaning.to(lang)) for level in chain.standard.scale]
    told = (Paragraph(_OWN.to(lang)), table(heads, rows, right=(0,)))
    return section(Text("等级的含义", "What the levels mean"), lang, *told, key="profile.scale")


def scope(chain: Chain, lang: Lang) -> Section:
    """Return the topics of the standard with their clauses, as the scope names and the document describes them."""
    yes, no = Text("是", "yes").to(lang), Text("否", "no").to(lang)
    heads = words(lang, "条款|clause", "主题|topic", "在范围内|in scope", "有说明|described", "所涉内容|what it covers")
    rows = [
        (
            topic.clause,
            ("　" if topic.parent else "") + topic.label.to(lang),
            yes if topic.in_scope else no,
            yes if topic.described else no,
            topic.covers.to(lang),
        )
        for topic in chain.standard.topics.values()
    ]
    return section(
        Text("标准的主题", "Topics of the standard"), lang, table(heads, rows, tight=(0,)), key="profile.scope"
    )


def sources(chain: Chain, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Section:
    """Return what the profile was made from, last of all."""
    standard = chain.standard
    rows = [
        (Text("标准", "Standard"), f"{standard.standard}（{standard.edition}）"),
        (Text("标准文件 SHA-256", "SHA-256 of its file"), standard.sha256[:16] or "—"),
        (Text("所用解读", "Readings used"), Text("无（不计分）", "none (nothing is scored)").to(lang)),
        (Text("软件", "Software"), f"lsstd {lsstd.__version__}"),
    ]
    items = table(words(lang, "项目|item", "内容|value"), [*((label.to(lang), value) for label, value in rows), *more])
    told: list[Block] = [items]
    if chain.names:
        files = zip(chain.parties.values(), chain.names.items(), strict=True)
        listed = [(label.to(lang), name, sha256[:16] or "—") for label, (name, sha256) in files]
        told.append(table(words(lang, "参与方|party", "文件|file", "SHA-256|SHA-256"), listed, tight=(2,)))
    return section(Text("出处", "Provenance"), lang, *told, key="profile.sources")


PIECES: dict[str, Callable[[Chain, Lang], Section]] = {
    f"profile.{piece.__name__}": piece
    for piece in (cover, summary, explanation, parties, levels, weakest, differences, evidence, scale, scope, sources)
}
"""The sections of the profile report by their keys: what a printed report is made again from."""
