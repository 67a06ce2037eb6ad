"""The profile of a supply chain, of one party or of several, as the sections of a report; non-normative."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lsstd.engine.evaluate import evaluate
from lsstd.engine.narrative import narrative
from lsstd.engine.profile import MeasureFigure
from lsstd.engine.verdict import profile_verdict
from lsstd.exact import shown
from lsstd.pages.base_page import FIGURE_HEADS, SOURCES, figure_cells, sources_tables, title_of
from lsstd.pages.blocks import Bar, Blocks, Paragraph, Pieces, Section, bar_figure, cover_of, grid, paragraphs, tiles
from lsstd.panel.supply_chain import Chain, TopicSeen
from lsstd.words import Lang, Text, either, join, listing, msg, msg_in, paragraph, quoted, same, sentence, words

PIECES = Pieces("profile")
WITHOUT_GRADE = msg("non-normative, without a grade")
TITLE = msg("Maturity of supply-chain collaboration, as its parties see it")
_TOLD, _WIDE = 3, 5
"""Disagreements told in the summary. With more parties than these, a table's heads are their numbers."""
_OWN = msg("The maturity scale is lsstd's own, not the standard's; it is not a rating.")
_NOBODY = msg("No party has answered yet.")
_MEANING = msg("what the level means here")


@PIECES.add()
def cover(chain: Chain, lang: Lang) -> Section:
    """Return whose profile it is, under which standard, on which day, and first of all that it is non-normative."""
    assessments = chain.assessments.values()
    subjects, days = [a.subject for a in assessments], sorted({a.as_of or "—" for a in assessments})
    pairs: list[tuple[Text, object]] = [
        (msg("Standard"), title_of(chain.standard, lang)),
        (msg("Parties"), join(chain.parties.values()).to(lang) or None),
        (msg("Region"), join(map(same, sorted({s.region for s in subjects if s.region}))).to(lang) or None),
        (msg("Reference day"), join(map(same, days)).to(lang) or None),
    ]
    several = msg("One supply chain as {subjects} parties see it", subjects=len(subjects)).to(lang)
    title = subjects[0].name if len(subjects) == 1 else several
    kind = msg("Supply-chain profile (a non-normative self-assessment)")
    return cover_of(lang, kind, title, pairs, [_OWN, chain.standard.status])


@PIECES.add(msg("Verdict"))
def summary(chain: Chain, lang: Lang) -> Blocks:
    """Return the profile in one sentence, its key figures, and of several parties in words what to do; no grade."""
    levels = [entry for profile in chain.profiles.values() for entry in profile.topics if entry.level is not None]
    proven = sum(entry.evidenced for entry in levels if entry.level)
    answered = [seen for seen in chain.topics if seen.given]
    medians = [seen.median for seen in answered if seen.median is not None]
    figures: list[tuple[Text, object]] = [
        (msg("Topics answered"), f"{len(answered)} / {len(chain.topics)}"),
        (msg("Weakest topic (level)"), min(medians, default=None)),
        (msg("Strongest topic (level)"), max(medians, default=None)),
        (msg("With recent evidence"), f"{proven} / {sum(bool(entry.level) for entry in levels)}"),
    ]
    if len(chain.parties) == 1:  # its explanation says what to do next
        return [*paragraphs(lang, [_verdict(chain)], "verdict"), tiles(lang, figures)]
    figures.append((msg("Widest spread (levels)"), max((seen.spread for seen in chain.topics), default=0)))
    further = ((seen.topic.label, _steps(chain, seen)[1]) for seen in chain.weakest)
    told = [
        msg("To come further in {topic}: {step}", topic=quoted(topic), step=sentence(after))
        for topic, after in further
        if after
    ]
    sentences = (paragraph([text]) for text in (*told, *chain.disagreements()[:_TOLD]))
    return [*paragraphs(lang, [_verdict(chain)], "verdict"), tiles(lang, figures), *sentences]


def _verdict(chain: Chain) -> Text:
    """Return one party's profile, or what a chain is weakest in and sees most differently."""
    profiles = list(chain.profiles.values())
    if len(profiles) == 1:
        return profile_verdict(chain.standard, profiles[0])
    if not chain.weakest:
        return msg("No party has answered yet; {without_grade}.", without_grade=WITHOUT_GRADE)
    weakest = listing((seen.topic.label for seen in chain.weakest), len(chain.weakest))
    text = msg(
        "As {count} parties see it, the chain is weakest in {weakest} (median level {least})",
        count=len(profiles),
        weakest=weakest,
        least=shown(chain.weakest[0].median),
    )
    if apart := chain.gaps():
        levels = apart[0].spread
        topics = listing((seen.topic.label for seen in apart if seen.spread == levels), len(apart))
        text = msg("{text}; they differ most on {topics} ({levels} levels)", text=text, topics=topics, levels=levels)
    return msg("{text}; {without_grade}.", text=text, without_grade=WITHOUT_GRADE)


@PIECES.add(msg("What the result means"))
def explanation(chain: Chain, lang: Lang) -> Blocks:
    """Return what the answers of one party mean, in paragraphs; of several parties, each in its turn."""
    results = (evaluate(chain.standard, given) for given in chain.assessments.values())
    return paragraphs(lang, (text for result in results for text in narrative(result)), "")


@PIECES.add(msg("Parties"))
def parties(chain: Chain, lang: Lang) -> Blocks:
    """Return the parties: who they are, how much each answered, its median, how much has recent evidence."""
    rows: list[tuple[object, ...]] = []
    for number, (party, profile) in enumerate(chain.profiles.items(), start=1):
        given, above = chain.assessments[party], [entry for entry in profile.topics if entry.level]
        who = number, chain.parties[party], given.subject.name or None, given.subject.region or None, given.as_of
        answered = f"{len(profile.levels)} / {len(profile.topics)}"
        rows.append((*who, answered, profile.median, f"{sum(entry.evidenced for entry in above)} / {len(above)}"))
    heads = [msg("no."), msg("party"), msg("name"), msg("region"), msg("day"), msg("answered")]
    heads += [msg("median"), msg("recent evidence")]
    return grid(lang, heads, rows, right=(0, 5, 6, 7), tight=(4,))


@PIECES.add(msg("Levels by topic"))
def levels(chain: Chain, lang: Lang) -> Blocks:
    """Return the level of each topic, drawn: one party's, or the median of all beside what each sees."""
    top = len(chain.standard.scale) - 1
    blocks = _own_levels(chain, lang) if len(chain.profiles) == 1 else _seen_levels(chain, lang)
    scale = msg(
        "A full bar is level {top}; with an even number of answers the median is the mean of the middle two; "
        "{without_grade}.",
        top=top,
        without_grade=WITHOUT_GRADE,
    )
    by_number = msg("Columns are numbered as the parties above.")
    return [*blocks, scale, by_number if len(chain.parties) > _WIDE else None]


def _own_levels(chain: Chain, lang: Lang) -> list[Any]:
    """Return one party's levels: full where evidence is recent, pale where it is not."""
    (profile,), scale = chain.profiles.values(), chain.standard.scale
    bars, rows = [], []
    for entry in profile.topics:
        name, level, counted = entry.topic.label.to(lang), entry.level, entry.counted or 0
        text = msg("not answered").to(lang) if level is None else f"{level} {scale[level].label.to(lang)}"
        share, top = (level or 0) - counted, len(scale) - 1
        bars.append(Bar(name, counted / top, text, share / top))
        lacking = msg("no figure") if entry.is_recent else msg_in("value", "no")
        rows.append((name, text, (msg("yes") if entry.evidenced else lacking) if level else None))
    legend = words(lang, msg("with evidence of the last 12 months"), msg("without recent evidence"))
    heads = [msg("topic"), msg_in("column", "level"), msg("evidence of the last 12 months")]
    return [bar_figure(msg("Level of each topic").to(lang), bars, legend), grid(lang, heads, rows)]


def _seen_levels(chain: Chain, lang: Lang) -> list[Any]:
    """Return the median of what the parties see, drawn, and what each sees with median and spread."""
    top = len(chain.standard.scale) - 1
    rows = [(seen.topic.label, *seen.levels.values(), seen.median, seen.spread) for seen in chain.topics]
    bars = [Bar(seen.topic.label.to(lang), float(seen.median or 0) / top, shown(seen.median)) for seen in chain.topics]
    numbers = [same(number) for number in range(1, len(chain.parties) + 1)]
    named = list(chain.parties.values()) if len(numbers) <= _WIDE else numbers
    heads = [msg("topic"), *named, msg("median"), msg("spread")]
    alt = msg("Median of the parties' levels").to(lang)
    return [bar_figure(alt, bars), grid(lang, heads, rows, right=range(1, len(heads)))]


@PIECES.add(msg("Weakest topics"))
def weakest(chain: Chain, lang: Lang) -> Blocks:
    """Return the topics with the lowest median, what that level means for each, and what the next one asks."""
    rows = [(seen.topic.clause, seen.topic.label, seen.median, *_steps(chain, seen)) for seen in chain.weakest]
    heads = msg("clause"), msg("topic"), msg("level (median)"), _MEANING, msg("what the next level asks")
    listed = grid(lang, heads, rows, right=(2,), tight=(0,))
    return listed if rows else _NOBODY


def _steps(chain: Chain, seen: TopicSeen) -> list[Text | None]:
    """Return what a topic's level means for it (the whole one below a median between two), and the level after it."""
    level, steps = int(seen.median or 0), {step.level: step for step in chain.standard.scale}
    return [step.meaning_for(seen.topic) if step else None for step in map(steps.get, (level, level + 1))]


@PIECES.add(msg("Where the parties differ"))
def differences(chain: Chain, lang: Lang) -> Blocks:
    """Return in words where the parties see a topic two levels apart or more, and where their figures differ."""
    rows = [(seen.spread, chain.views(seen)) for seen in chain.gaps()]
    intro = msg("Topics seen two levels apart or more, the widest first:")
    if not rows:
        intro = msg("On no topic do views differ by two levels or more.")
    views = grid(lang, (msg("spread"), msg("what each says")), rows, right=(0,)) if rows else None
    figures = chain.disagreements()[len(rows) :]
    differing = msg("Figures of one period that differ:") if figures else None
    return [intro, views, differing, *figures]


@PIECES.add(msg("What each level means, and whether it counts"))
def evidence(chain: Chain, lang: Lang) -> Blocks:
    """Return every level above 0 with its meaning for the topic, the level that it counts as, and why."""
    several = len(chain.parties) > 1
    rows: list[tuple[object, ...]] = []
    groups = []
    for topics in zip(*(profile.topics for profile in chain.profiles.values()), strict=True):
        given = [(chain.parties[party], e) for party, e in zip(chain.profiles, topics, strict=True) if e.level]
        if several and given:
            groups.append(len(rows))
            rows.append((given[0][1].topic.label, *[""] * 4))
        for party, entry in given:
            meaning = chain.standard.scale[entry.level or 0].meaning_for(entry.topic)
            rows.append((party if several else entry.topic.label, entry.level, meaning, entry.counted, entry.why))
    heads = [msg("party") if several else msg("topic"), msg_in("column", "level")]
    heads += [_MEANING, msg("counts as"), msg("why")]
    intro = msg("A level counts with evidence from the 12 months before the reference day.")
    figures = msg(
        "Where a topic has measures, a level of {levels} counts only with at least one of its figures (value, period "
        "and source); with other evidence alone it counts as the highest level that needs none.",
        levels=either(chain.standard.measured_levels),
    )
    listed = grid(lang, heads, rows, right=(1, 3), groups=groups)
    return intro, figures if chain.standard.measured_levels else None, listed if rows else _NOBODY


@PIECES.add(msg("Measures by topic"))
def measures(chain: Chain, lang: Lang) -> Blocks:
    """Return each topic's measures: the figures given, with period and source, those missing, and which count."""
    rows: list[tuple[object, ...]] = []
    groups = []
    for topic in filter(lambda topic: chain.standard.measures_of[topic.id], chain.standard.topic_leaves):
        groups.append(len(rows))
        rows.append((topic.label, *[""] * 5))
        for fact in chain.standard.measures_of[topic.id]:
            given: Mapping[str, MeasureFigure | None] = chain.figures(fact) or {"": None}
            for party, one in given.items():
                rows.append((fact.label, chain.parties.get(party), *figure_cells(one)))
    heads = [msg("measure"), msg("party"), *FIGURE_HEADS]
    intro = msg("The measures are lsstd's own proposal, not the standard's, and have no thresholds.")
    return intro, grid(lang, heads, rows, right=(2,), tight=(3,), groups=groups)


@PIECES.add(msg("What the levels mean"))
def scale(chain: Chain, lang: Lang) -> Blocks:
    """Return what each level means, in general and for each topic: the scale that the whole profile rests on."""
    rows = [(level.level, level.label, level.meaning) for level in chain.standard.scale]
    listed = grid(lang, (msg("level"), msg("name"), msg_in("column", "meaning")), rows, right=(0,))
    steps = [level for level in chain.standard.scale if level.topics]
    heads = [msg("topic"), *(msg("level {level}", level=step.level) for step in steps)]
    each = [(topic.label, *(step.topics.get(topic.id) for step in steps)) for topic in chain.standard.topic_leaves]
    by_topic = grid(lang, heads, each, caption=msg("What the levels mean for each topic")) if steps else None
    return _OWN, listed, by_topic


@PIECES.add(SOURCES)
def sources(chain: Chain, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Blocks:
    """Return what the profile was made from, last of all."""
    readings = msg("Readings used"), msg("none (nothing is scored)")
    files = [(who, *named) for who, named in zip(chain.parties.values(), chain.names.items(), strict=False)]
    return sources_tables(chain.standard, lang, [readings], more, msg("party"), files)


def take_away(chain: Chain, lang: Lang = "zh") -> Section:
    """Return the table to take away, below what every reader must know first and the verdict."""
    front = cover(chain, lang)
    blocks = [Paragraph(front.kind, "status"), *front.blocks, *summary(chain, lang).blocks]
    first = (block for block in blocks if isinstance(block, Paragraph) and block.kind)
    apart = paragraphs(lang, chain.disagreements(), "")
    return Section("", TITLE.to(lang), (*first, *levels(chain, lang).blocks, *apart))
