"""The profile of a standard of topics: a level each, the median, the weakest; never a grade.

The scale is lsstd's own and non-normative: the document gives no scores. A level counts where evidence of the last 12
months bears it out; one that is measured (4 and 5) counts only with a figure of one of the topic's measures as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from lsstd.assessment.assessment import Answer, Assessment, Evidence, FactEntry, is_recent
from lsstd.exact import Exact, whole
from lsstd.standard.document import Topic
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, in_turn, msg, quoted


class MeasureFigure(NamedTuple):
    """A measure of a topic and the figure given for it (None: no value yet)."""

    fact: Fact
    entry: FactEntry | None
    as_of: str | None

    @property
    def counts(self) -> bool:
        """Whether there is a figure whose period, if stated, ended in the last 12 months."""
        return self.entry is not None and (self.entry.period is None or is_recent(self.entry.period, self.as_of))

    @property
    def is_evidenced(self) -> bool:
        """Whether the figure counts and is traced to those months: by its period and source, or by its evidence."""
        if self.entry is None or not self.counts:
            return False
        traced = self.entry.period is not None and bool(self.entry.source or self.entry.evidence)
        return traced or _recent(self.entry.evidence, self.as_of)


class TopicLevel(NamedTuple):
    """The level claimed for a topic (None: unknown), the figures of its measures, and what bears the level out."""

    topic: Topic
    level: int | None
    answer: Answer | None
    measures: tuple[MeasureFigure, ...]
    is_recent: bool
    """Whether there is evidence of the last 12 months."""
    without_figure: int | None
    """The highest level that needs no figure, where the level claimed needs one and there is none."""

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
    def figures(self) -> tuple[tuple[Fact, FactEntry], ...]:
        """The measures for which there is a figure."""
        return tuple((figure.fact, figure.entry) for figure in self.measures if figure.entry)


@dataclass(frozen=True, slots=True)
class Profile:
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
        """The middle level; halfway between the two middle ones of an even number."""
        import statistics  # not loaded for a standard with points

        return whole(Fraction(statistics.median(map(Fraction, self.levels)))) if self.levels else None

    @property
    def weakest(self) -> tuple[str, ...]:
        """The topics at the lowest level given; several where they tie."""
        return tuple(entry.topic.id for entry in self.topics if self.levels and entry.level == min(self.levels))

    def unproven(self) -> Iterator[tuple[str, Text]]:
        """Yield clause and message for each level above 0 that evidence or figures do not bear out."""
        for entry in self.topics:
            topic, level = entry.topic.label, entry.level
            if level and entry.without_figure is not None:
                names = in_turn((quoted(figure.fact.label) for figure in entry.measures), len(entry.measures))
                yield (
                    entry.topic.clause,
                    msg(
                        "{topic}: level {level} needs a figure of the last 12 months for at least one of its measures "
                        "({names}); none is given, so it counts as level {counted} at most",
                        topic=topic,
                        level=level,
                        names=names,
                        counted=entry.without_figure,
                    ),
                )
            if level and not entry.is_recent:
                message = msg("{topic}: level {level} has no evidence of the last 12 months", topic=topic, level=level)
                yield entry.topic.clause, message


def profile_of(standard: Standard, assessment: Assessment) -> Profile | None:
    """Return the profile of an assessment; None for a standard without topics."""
    if not standard.topics:
        return None
    return Profile(tuple(_topic_level(standard, topic, assessment) for topic in standard.topic_leaves))


def _topic_level(standard: Standard, topic: Topic, assessment: Assessment) -> TopicLevel:
    answer, as_of = assessment.answers.get(topic.id), assessment.as_of
    level = answer.level if answer and isinstance(answer.level, int) else None
    facts = standard.measures_of[topic.id]
    given = {key: entry for key, entry in assessment.facts.items() if entry.value is not None}
    measures = tuple(MeasureFigure(fact, given.get(fact.id), as_of) for fact in facts)
    needs_figure = bool(facts and level is not None and standard.scale[level].measured)
    free = None
    if needs_figure and not any(figure.counts for figure in measures):
        free = max((step.level for step in standard.scale if not step.measured), default=None)
    proven = _recent(answer.evidence, as_of) if answer else False
    proven = proven or (needs_figure and any(figure.is_evidenced for figure in measures))
    return TopicLevel(topic, level, answer, measures, proven, free)


def _recent(evidence: tuple[Evidence, ...], as_of: str | None) -> bool:
    """Say whether any evidence was issued within the 12 months up to the reference day."""
    return any(is_recent(item.issued, as_of) for item in evidence)
