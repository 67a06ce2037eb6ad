"""The profile of a standard of topics: a level each, the median, the weakest; never a grade.

The scale is lsstd's own and non-normative: the document gives no scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from lsstd.assessment.assessment import Answer, Assessment, years_between
from lsstd.exact import Exact, whole
from lsstd.standard.document import Topic
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg


class TopicLevel(NamedTuple):
    """The level claimed for a topic (None: unknown), and whether recent evidence bears it out."""

    topic: Topic
    level: int | None
    evidenced: bool
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Levels by topic; median and weakest over the topics that were answered.

    `proven` is the same over the levels that count: those with evidence of the last 12 months, and level 0, which
    needs none.
    """

    topics: tuple[TopicLevel, ...]

    @property
    def proven(self) -> Profile:
        """The profile of the levels that count."""
        return Profile(tuple(entry for entry in self.topics if entry.evidenced or entry.level == 0))

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
        """Yield clause and message for each level above 0 without evidence of the last 12 months."""
        for entry in self.topics:
            if entry.level and not entry.evidenced:
                message = msg(
                    "{topic}: level {level} has no evidence of the last 12 months",
                    topic=entry.topic.label,
                    level=entry.level,
                )
                yield entry.topic.clause, message


def profile_of(standard: Standard, assessment: Assessment) -> Profile | None:
    """Return the profile of an assessment; None for a standard without topics."""
    if not standard.topics:
        return None
    entries = []
    for topic in standard.topic_leaves:
        answer = assessment.answers.get(topic.id)
        level = answer.level if answer and isinstance(answer.level, int) else None
        entries.append(TopicLevel(topic, level, _recent(answer, assessment.as_of), answer))
    return Profile(tuple(entries))


def _recent(answer: Answer | None, as_of: str | None) -> bool:
    """Say whether any evidence was issued within the 12 months up to the reference day."""
    if answer is None or as_of is None:
        return False
    issued = [item.issued for item in answer.evidence if item.issued]
    return any(day[: len(as_of)] <= as_of and years_between(day, as_of) <= 1 for day in issued)
