"""The profile of a standard of topics: a level each, the median, the weakest; never a grade.

The scale is lsstd's own and non-normative: the document gives no scores. A level counts where evidence of the last 12
months bears it out; one that is measured counts only with a figure of one of the topic's measures as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from lsstd.assessment.assessment import Answer, Assessment, FactEntry, is_recent
from lsstd.exact import Exact, whole
from lsstd.standard.document import Topic
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, in_turn, join, msg, noted

_EVIDENCE = msg("evidence of the last 12 months")


class MeasureFigure(NamedTuple):
    """A measure of a topic and what is given for it (None: no value yet)."""

    fact: Fact
    entry: FactEntry | None
    as_of: str | None

    @property
    def lacks(self) -> Text | None:
        """What keeps it from bearing out a measured level; None where nothing does."""
        if self.entry is None:
            return msg("not filled in")
        if self.entry.period is None:
            return msg("without a period")
        if not is_recent(self.entry.period, self.as_of):
            return msg("its period does not end within the last 12 months")
        return None if self.entry.source or self.entry.evidence else msg("without a source or evidence")


class TopicLevel(NamedTuple):
    """The level claimed for a topic (None: unknown), the figures of its measures, and what bears the level out."""

    topic: Topic
    level: int | None
    answer: Answer | None
    measures: tuple[MeasureFigure, ...]
    is_recent: bool  # whether there is evidence of the last 12 months
    without_figure: int | None
    """The highest level that needs no figure, where the level claimed needs one and none bears it out."""

    @property
    def evidenced(self) -> bool:
        """Whether recent evidence, and a figure where the level needs one, bear the level out."""
        return self.is_recent and self.without_figure is None

    @property
    def counted(self) -> int | None:
        """The level that counts: as claimed; where only a figure is missing, the highest that needs none."""
        if self.level == 0 or self.evidenced:
            return self.level
        return self.without_figure if self.is_recent else None

    @property
    def why(self) -> Text:
        """What bears the level out, or what it lacks."""
        if not self.level:
            return msg("not answered") if self.level is None else msg("level 0 needs no evidence")
        if self.without_figure is not None:
            lacking = in_turn((noted(one.fact.label, one.lacks) for one in self.measures), len(self.measures))
            return msg(
                "level {level} needs a figure with its source whose period ends within the last 12 months: {lacking}",
                level=self.level,
                lacking=lacking,
            )
        if not self.is_recent:
            return msg("level {level} has no evidence of the last 12 months", level=self.level)
        borne = [one.fact.label for one in self.measures if one.lacks is None]
        return msg("figures of the last 12 months: {names}", names=join(borne)) if borne else _EVIDENCE

    @property
    def verdict(self) -> Text:
        """As what the level counts, and why."""
        if self.counted is None:
            return msg("does not count yet: {why}", why=self.why)
        return msg("counts as level {level}: {why}", level=self.counted, why=self.why)


class Profile(NamedTuple):
    """Levels by topic; median and weakest over the topics that were answered.

    `proven` is the same over the levels that count: those that recent evidence, and a figure where one is needed, bear
    out, and level 0, which needs neither.
    """

    topics: tuple[TopicLevel, ...]

    @property
    def proven(self) -> Profile:
        """The profile of the levels that count."""
        return Profile(tuple(e._replace(level=e.counted) for e in self.topics if e.counted is not None))

    @property
    def levels(self) -> list[int]:
        """The levels given, in the document's order."""
        return [entry.level for entry in self.topics if entry.level is not None]

    @property
    def median(self) -> Exact | None:
        """The middle level."""
        return middle(self.levels)

    @property
    def weakest(self) -> tuple[str, ...]:
        """The topics at the lowest level given; several where they tie."""
        return tuple(entry.topic.id for entry in self.topics if self.levels and entry.level == min(self.levels))

    def unproven(self) -> Iterator[tuple[str, Text]]:
        """Yield clause and message for each level above 0 that evidence or figures do not bear out."""
        for entry in self.topics:
            if entry.level and not entry.evidenced:
                yield entry.topic.clause, msg("{topic} {verdict}", topic=entry.topic.label, verdict=entry.verdict)


def middle(levels: list[int]) -> Exact | None:
    """Return the median of levels, halfway between the two middle ones of an even number; None of none."""
    ordered, half = sorted(levels), len(levels) // 2
    return whole(Fraction(ordered[half] + ordered[~half], 2)) if levels else None


def profile_of(standard: Standard, assessment: Assessment) -> Profile | None:
    """Return the profile of an assessment; None for a standard without topics."""
    if not standard.topics:
        return None
    return Profile(tuple(_topic_level(standard, topic, assessment) for topic in standard.topic_leaves))


def _topic_level(standard: Standard, topic: Topic, assessment: Assessment) -> TopicLevel:
    answer, as_of = assessment.answers.get(topic.id), assessment.as_of
    level = answer.level if answer and isinstance(answer.level, int) else None
    given = {key: entry for key, entry in assessment.facts.items() if entry.value is not None}
    measures = tuple(MeasureFigure(fact, given.get(fact.id), as_of) for fact in standard.measures_of[topic.id])
    recent = any(is_recent(item.issued, as_of) for item in (answer.evidence if answer else ()))
    needs_figure = bool(measures) and level in standard.measured_levels
    if needs_figure and any(figure.lacks is None for figure in measures):
        return TopicLevel(topic, level, answer, measures, True, None)
    free = max((step.level for step in standard.scale if not step.measured), default=0)
    return TopicLevel(topic, level, answer, measures, recent, free if needs_figure else None)
