"""One supply chain as its parties see it: each answers every topic for itself; where they differ, they should talk.

Like the maturity scale, all of this is lsstd's own and non-normative.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import check
from lsstd.engine.charted import Charted, frame_of
from lsstd.engine.facts import period_text
from lsstd.engine.profile import MeasureFigure, Profile, middle, profile_of
from lsstd.errors import InvalidFile, Problem
from lsstd.exact import Exact
from lsstd.standard.document import Topic
from lsstd.standard.models import fields_of
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.standard.wording import PARTIES, value_text
from lsstd.words import Text, in_turn, join, listing, msg, noted, paired, quoted, same, sentence

if TYPE_CHECKING:
    import pandas as pd


class TopicSeen(NamedTuple):
    """A topic and the level that each party sees (None: not answered)."""

    topic: Topic
    levels: dict[str, int | None]

    @property
    def given(self) -> dict[str, int]:
        """The levels of the parties that answered."""
        return {party: level for party, level in self.levels.items() if level is not None}

    @property
    def median(self) -> Exact | None:
        """The median of the levels."""
        return middle(list(self.given.values()))

    @property
    def spread(self) -> int:
        """The number of levels between the lowest and the highest view."""
        return max(self.given.values()) - min(self.given.values()) if self.given else 0


@dataclass(frozen=True)
class Chain(Charted):
    """How the parties of one chain see its topics, in the document's order."""

    standard: Standard
    assessments: Mapping[str, Assessment]
    """By party."""
    names: Mapping[str, str]
    """The files of the parties, in their order, with the SHA-256 of each; may be empty."""

    @cached_property
    def parties(self) -> dict[str, Text]:
        """What parties are called; where several are of one kind, each with its subject's name."""
        kinds = {}
        for party, assessment in self.assessments.items():
            kind = party if party in PARTIES else assessment.subject.party or party
            named = (label for key, label in PARTIES.items() if kind in (key, label.zh, label.en))
            kinds[party] = next(named, same(kind))
        count = Counter(kinds.values())
        names = {party: assessment.subject.name or party for party, assessment in self.assessments.items()}
        return {party: kind if count[kind] == 1 else noted(kind, names[party]) for party, kind in kinds.items()}

    @cached_property
    def topics(self) -> tuple[TopicSeen, ...]:
        """The topics as the parties see them."""
        seen = {party: {one.topic.id: one.level for one in found.topics} for party, found in self.profiles.items()}
        leaves = self.standard.topic_leaves
        return tuple(TopicSeen(topic, {party: seen[party][topic.id] for party in seen}) for topic in leaves)

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        """The profile of each party by itself."""
        found = {party: profile_of(self.standard, given) for party, given in self.assessments.items()}
        return {party: profile for party, profile in found.items() if profile}

    @property
    def weakest(self) -> tuple[TopicSeen, ...]:
        """The topics with the lowest median; several where they tie."""
        medians = [seen.median for seen in self.topics if seen.median is not None]
        return tuple(seen for seen in self.topics if medians and seen.median == min(medians))

    def gaps(self, least: int = 2) -> tuple[TopicSeen, ...]:
        """Return the topics on which views are at least this many levels apart, the widest first."""
        apart = [seen for seen in self.topics if seen.spread >= least]
        return tuple(sorted(apart, key=lambda seen: -seen.spread))

    def figures(self, fact: Fact) -> dict[str, MeasureFigure]:
        """Return the figure of each party that gives one for a measure."""
        given = {party: assessment.facts.get(fact.id) for party, assessment in self.assessments.items()}
        figures = {party: MeasureFigure(fact, e, self.assessments[party].as_of) for party, e in given.items()}
        return {party: one for party, one in figures.items() if one.entry and one.entry.value is not None}

    def disagreements(self, least: int = 2) -> tuple[Text, ...]:
        """Tell in words where views lie this many levels apart, the widest first; then figures of one period."""
        return (*map(self.views, self.gaps(least)), *self._differing_figures())

    def views(self, seen: TopicSeen) -> Text:
        """Tell who claims which level of a topic, the lowest first, and what the two ends mean for it."""
        told = []
        for level in sorted(set(seen.given.values())):
            who = [self.parties[party] for party, given in seen.given.items() if given == level]
            says = msg("{who} says level {level}", who=join(who), level=level)
            if len(who) > 1:
                says = msg("{who} say level {level}", who=listing(who, len(who)), level=level)
            meaning = quoted(sentence(self.standard.scale[level].meaning_for(seen.topic)))
            told.append(noted(says, meaning) if level in (min(seen.given.values()), max(seen.given.values())) else says)
        return paired(seen.topic.label, in_turn(told, len(told)))

    def _differing_figures(self) -> Iterator[Text]:
        """Tell the measures for which parties give different figures of one period."""
        for fact in (fact for facts in self.standard.measures_of.values() for fact in facts):
            given = {party: one.entry for party, one in self.figures(fact).items() if one.entry and one.entry.period}
            for period in dict.fromkeys(entry.period for entry in given.values()):
                of_it = {party: entry.value for party, entry in given.items() if entry.period == period}
                if len(set(of_it.values())) > 1:
                    told = [
                        msg("{who} says {value}", who=self.parties[party], value=value_text(value, fact.unit))
                        for party, value in of_it.items()
                    ]
                    yield paired(noted(fact.label, period_text(period)), in_turn(told, len(told)))

    @property
    def table(self) -> pd.DataFrame:
        """One line a topic: id, labels, the level that each party sees, median and spread."""
        about = "topic=topic.id label_zh=topic.label.zh label_en=topic.label.en"
        lines = ({**fields_of(seen, about), **seen.levels, **fields_of(seen, "median spread")} for seen in self.topics)
        return frame_of(lines).astype(dict.fromkeys(self.parties, "Int64"))


def chain(standard: Standard, assessments: Mapping[str, Assessment], names: Mapping[str, str] | None = None) -> Chain:
    """Return how parties see one chain; `names` holds a file's name and its SHA-256 for each, in the same order.

    `InvalidFile` is raised where the standard has no topics, there is no party, or an assessment is not one under it.
    """
    if not standard.topics:
        problem = Problem(standard.standard, msg("no topics"), msg("a standard of topics"))
        raise InvalidFile(msg("parties cannot be compared"), [problem])
    if not assessments:
        raise InvalidFile(msg("No party has answered yet."))
    for assessment in assessments.values():
        check(standard, assessment)
    return Chain(standard, dict(assessments), dict(names or {}))
