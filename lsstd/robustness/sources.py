"""What the uncertainty of a score comes from: rows, or groups of rows that hang on the same unknown fact."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from lsstd.exact import Exact, total, whole
from lsstd.robustness.chances import Model
from lsstd.robustness.outcomes import Outcome, TooLarge, ways
from lsstd.robustness.sums import components

MOST_JOINT = 20_000


@dataclass(frozen=True)
class Joint:
    """One joint outcome of a source: its events, its rows, its chance."""

    supposed: Mapping[str, bool]
    rows: Mapping[str, Outcome]
    chance: float


@dataclass(frozen=True)
class Source:
    """Rows that turn out together, independently of all others."""

    rows: tuple[str, ...]
    outcomes: tuple[Joint, ...]

    @property
    def is_settled(self) -> bool:
        """Whether there is but one outcome."""
        return len(self.outcomes) == 1

    def points(self, weights: Mapping[str, Exact]) -> dict[Exact, float]:
        """Return the chances of the points that the rows bring together."""
        found: dict[Exact, float] = defaultdict(float)
        for joint in self.outcomes:
            found[whole(total(row.points * weights[name] for name, row in joint.rows.items()))] += joint.chance
        return dict(found)


def sources(model: Model) -> list[Source]:
    """Return the independent sources of a model's score, in the order of their first rows."""
    rows = [row for row in model.standard.scored_rows if not model.rows[row.id].left_out]
    found = []
    for group, _ in components([(row, model.rows[row.id].uses) for row in rows]):
        names = tuple(sorted((unit.id for unit in group), key=list(model.standard.criteria).index))
        found.append(Source(names, tuple(_joints(model, names))))
    return sorted(found, key=lambda source: list(model.standard.criteria).index(source.rows[0]))


def _joints(model: Model, names: tuple[str, ...]) -> Iterator[Joint]:
    """Yield the joint outcomes of rows that share events."""
    events = frozenset[str]().union(*(model.rows[name].uses for name in names))
    for supposed, p in ways(sorted(events), model.chance.met):
        chances = [model.row(name, supposed) for name in names]
        if math.prod(len(each) for each in chances) * 2 ** len(events) > MOST_JOINT:
            raise TooLarge(math.prod(len(each) for each in chances) * 2 ** len(events))
        for joint in product(*(each.items() for each in chances)):
            outcomes = {name: outcome for name, (outcome, _) in zip(names, joint, strict=True)}
            yield Joint(supposed, outcomes, p * math.prod(q for _, q in joint))
