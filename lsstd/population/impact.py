"""The impact of a reform: who wins and who loses, in a population in memory or one that is read part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from lsstd.changes.reform import Reform
from lsstd.engine.charted import Charted
from lsstd.errors import Problems
from lsstd.exact import Exact, plain, whole
from lsstd.population.moves import MOST_MOVERS, Effects, Moves, all_grades, each_effects, each_moves
from lsstd.population.partitions import AnyPopulation, Census, summed
from lsstd.population.population import Population
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, clip, in_turn, join, msg, noted, same
from lsstd.words import nearest as nearest_name

_SMALL, _PAYING = 10, 3
GROUPINGS = {"region": msg("region"), "size": msg("size")}  # any other by its own name


@dataclass(frozen=True)
class Impact(Charted):
    """What a reform does to a population.

    Parameters
    ----------
    census : Census
        Count, weight and notes of the population as a whole.
    before, after : Standard
        The standard as it was, and as reformed.
    readings : dict of str to str
        Those of the standard as reformed.
    grades : tuple
        Highest first; None, the last, is no grade.
    effects : Moves or Effects
        What happens to each subject of a population in memory; for one that is read in parts, only the totals of that.
    protect : tuple of mapping
        The groups that the reform must not harm, each by the columns that make it: ``{"region": "绥化"}``.
    """

    census: Census
    before: Standard
    after: Standard
    readings: dict[str, str]
    grades: tuple[str | None, ...]
    effects: Moves | Effects
    protect: tuple[Mapping[str, str], ...] = ()

    @property
    def winners(self) -> int:
        """How many get a higher grade."""
        return int(np.tril(self.effects.flows, -1).sum())

    @property
    def losers(self) -> int:
        """How many get a lower grade."""
        return int(np.triu(self.effects.flows, 1).sum())

    @property
    def moved(self) -> int:
        """How many have another grade or other points."""
        return self.effects.moved

    @property
    def rows(self) -> dict[str, tuple[Exact, ...]]:
        """For each row that the reform touches, the change of points: of all, of winners, of losers.

        The rows add up to the change of all totals.
        """
        return {name: tuple(map(whole, points)) for name, points in self.effects.rows.items() if any(points)}

    @property
    def transitions(self) -> pd.DataFrame:
        """How many go from which grade (lines) to which (columns); flows add up to the population."""
        froms, tos = (pd.Index(self.grades, dtype=object, name=name) for name in ("from", "to"))
        return pd.DataFrame(self.effects.flows, index=froms, columns=tos)

    @property
    def table(self) -> pd.DataFrame:
        """One line a grade, highest first: how many and which share have it before and after."""
        counts = self.effects.flows
        flows = counts.astype(object) if self.effects.weighted is None else self.effects.weighted
        every, sides = self.census.total or Fraction(1), {"before": 1, "after": 0}
        columns = {side: counts.sum(axis=axis) for side, axis in sides.items()}
        columns["change"] = columns["after"] - columns["before"]
        for side, axis in sides.items():
            columns[f"share_{side}"] = (flows.sum(axis=axis) / every).astype(np.float64)
        return pd.DataFrame(columns, index=pd.Index(self.grades, dtype=object, name="grade"))

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        """What the reform does to each ``value`` of each ``group``, sorted by value with blank last."""
        return [
            {"group": name, "value": value, **_cost_line(cost)}
            for name, costs in self.effects.costs.items()
            for value, cost in sorted(costs.items(), key=lambda item: (item[0] is None, item[0]))
        ]

    @cached_property
    def protected(self) -> list[dict[str, Any]]:
        """Each protected group with what the reform does to it, and whether it is harmed.

        Harmed is a group in which anybody loses a grade or may no longer apply, or that loses points on average.
        """
        found = []
        for group, cost in zip(self.protect, self.effects.protected, strict=True):
            harmed = bool(cost["losers"] or cost.get("excluded") or cost["change"] < 0)
            found.append({"group": dict(group), **_cost_line(cost), "harmed": harmed})
        return found

    @property
    def who_pays(self) -> list[Text]:
        """What the reform costs protected groups, and whom it costs most, a sentence each; nothing without groups."""
        told = []
        for cost in self.protected:
            name = join(_named(group, value) for group, value in cost["group"].items())
            said = _told(name, cost)
            harmed, spared = (
                msg("Protected and harmed: {cost}", cost=said),
                msg("Protected, not harmed: {cost}", cost=said),
            )
            told.append(harmed if cost["harmed"] else spared)
        paying = [cost for cost in self.groups if cost["losers"] or (cost["mean_change"] or 0) < 0]
        paying.sort(key=lambda cost: (-(cost["share_losing"] or 0), cost["mean_change"] or 0))
        if paying:
            costs = in_turn((_told(_named(cost["group"], cost["value"]), cost) for cost in paying), _PAYING)
            told.append(msg("Who pays: {costs}", costs=costs))
        elif self.groups:
            told.append(msg("No group loses points on average, and nobody loses a grade"))
        return told

    def movers(self, most: int | None = MOST_MOVERS) -> pd.DataFrame:
        """Return those whose grade or points change: the largest change first, then the furthest in grades.

        For a population that is read in parts, at most the first 1,000.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.impact(people, "hlj-base-evaluation", "data/reforms/aaaa_from_440.yaml")
        >>> found.movers()[["from", "to"]].to_numpy().tolist()
        [['AAA', 'AAAA']]
        """
        lines = [
            (mover.id, self.grades[mover.before], self.grades[mover.after], *map(float, mover[3:]))
            for mover in self.effects.movers(most)
        ]
        names = ["id", "from", "to", "change", "from_score", "to_score"]
        return pd.DataFrame(lines, columns=names).astype({"from": object, "to": object})

    def cliffs(self) -> pd.DataFrame:
        """Return how many subjects lie within five points below and above each line, before and after.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.impact(people, "hlj-base-evaluation", "data/reforms/aaaa_from_440.yaml")
        >>> found.cliffs().columns.tolist()
        ['side', 'grade', 'line', 'below', 'above']
        """
        lines = [(*at, float(line), *counts) for (*at, line), counts in self.effects.near.items()]
        return pd.DataFrame(lines, columns=["side", "grade", "line", "below", "above"])

    def to_dict(self, lang: Lang = "zh", movers: int | None = MOST_MOVERS) -> dict[str, Any]:
        """Return the impact as JSON holds it: grades highest first, zeros and null included.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.impact(people, "hlj-base-evaluation", "data/reforms/aaaa_from_440.yaml")
        >>> found.to_dict()["winners"]
        1
        """
        effects, largest = self.effects, records(self.movers(movers))
        out: dict[str, Any] = {
            "population": self.census.to_dict(),
            **self._flows(effects.flows),
            "winners": self.winners,
            "losers": self.losers,
            "unchanged": self.census.count - self.winners - self.losers,
            "eligible": effects.eligible,
            "disqualified": effects.disqualified,
            "movers": largest,
            "movers_left_out": self.moved - len(largest),
            "rows": [{"criterion": row, "change": plain(points[0])} for row, points in self.rows.items()],
            "groups": self.groups,
            "protected": self.protected,
            "who_pays": [text.to(lang) for text in self.who_pays],
            "cliffs": records(self.cliffs()),
            "synthetic": self.census.is_synthetic,
            "notes": [note.to(lang) for note in self.census.notes],
            "readings": self.after.printed_readings(self.readings),
        }
        return out if effects.weighted is None else {**out, "weighted": self._flows(effects.weighted)}

    def _flows(self, flows: Any) -> dict[str, Any]:
        """Return counts by grade before and after, and every flow, as in the JSON."""
        names, number = self.grades, int if flows.dtype.kind == "i" else float
        out: dict[str, Any] = {
            side: [{"grade": name, "count": number(n)} for name, n in zip(names, flows.sum(axis=axis), strict=True)]
            for side, axis in (("baseline", 1), ("reform", 0))
        }
        pairs = np.ndindex(*flows.shape)
        out["transitions"] = [{"from": names[i], "to": names[j], "count": number(flows[i, j])} for i, j in pairs]
        return out


def _cost_line(cost: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reform costs some subjects, for display: each quotient is rounded once."""
    counts = {name: cost[name] for name in ("count", "winners", "losers", "excluded") if name in cost}
    weight, still = cost["weight"], cost["count"] - cost["winners"] - cost["losers"]
    mean, share = (float(cost[name] / weight) if weight else None for name in ("change", "lost"))
    return {**counts, "unchanged": still, "mean_change": mean, "share_losing": share}


def _named(grouping: str, value: str | None) -> Text:
    return msg("{grouping} {value}", grouping=GROUPINGS.get(grouping, same(grouping)), value=value or "—")


def _told(name: Text, cost: Mapping[str, Any]) -> Text:
    """Tell in words what a reform costs a group; that it is small, where a share of it says little."""
    count, losers, share, mean = cost["count"], cost["losers"], cost["share_losing"], f"{cost['mean_change'] or 0:+.2f}"
    lost = msg("none of {count} loses a grade", count=count)
    if losers:
        is_weighted, share = share not in (None, losers / count), "—" if share is None else f"{share:.1%}"
        share = msg("{share} by weight", share=share) if is_weighted else share
        lost = msg("{losers} of {count} lose a grade ({share})", losers=losers, count=count, share=share)
    mean = mean if float(mean) else "0"
    told = msg("{name}: {lost}, {mean} points on average", name=name, lost=lost, mean=mean)
    if excluded := cost.get("excluded"):
        told = msg("{told}, {excluded} may no longer apply", told=told, excluded=excluded)
    return noted(told, msg("a small group")) if cost["count"] < _SMALL else told


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the lines of a table as JSON holds them, None for what is missing."""
    cells = frame.astype(object).where(frame.notna(), None)
    return [{str(key): value for key, value in line.items()} for line in cells.to_dict("records")]


def impact(
    population: AnyPopulation,
    before: Standard,
    after: Standard | Reform,
    readings: dict[str, str] | None = None,
    protect: Iterable[Mapping[str, str]] = (),
) -> Impact:
    """Return what a reform does to a population.

    Parameters
    ----------
    after : Standard or Reform
        The reformed standard, or a reform to apply to `before`.
    readings : dict of str to str, optional
        Override the defaults of both standards.
    protect : iterable of mapping
        Groups that must not be harmed, beside those that the reform names: ``{"region": "绥化"}``.

    Raises
    ------
    LsstdError
        A protected group does not exist in the population.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> found = lsstd.impact(people, "hlj-base-evaluation", "data/reforms/aaaa_from_440.yaml")
    >>> found.winners, found.losers
    (1, 0)
    """
    protected = (*(after.protect if isinstance(after, Reform) else ()), *protect)
    (found,) = each_impact(population, before, [after], readings, protected)
    problems, groups = Problems(), found.effects.costs if protected else {}
    for group, cost in zip(protected, found.effects.protected, strict=True):
        check_group(group, "protect", groups, int(cost["count"]), problems)
    problems.raise_if_any(msg("groups that the population does not have cannot be protected"))
    return found


def check_group(
    group: Mapping[str, str], place: str, known: Mapping[str, Iterable[str | None]], size: int, problems: Problems
) -> None:
    """Note why a population, with these values of its groupings, has no such group, or nobody in it (its size)."""
    before = len(problems.found)
    for name, value in group.items():
        values = [each for each in known.get(name, ()) if each is not None]
        if name not in known:
            found = msg("the population has no column {name}", name=clip(f"group.{name}"))
            problems.add(f"{place}.{name}", found, nearest_name(name, known, every=True))
        elif value not in values:
            found = msg("no subject has {value} there", value=clip(value))
            problems.add(f"{place}.{name}", found, nearest_name(value, values, every=len(values) <= 30))
    if not size and len(problems.found) == before:
        problems.add(place, msg("no subject has all of these values"), msg("a group with at least one subject"))


def each_impact(
    population: AnyPopulation,
    before: Standard,
    afters: Iterable[Standard | Reform],
    readings: dict[str, str] | None = None,
    protect: tuple[Mapping[str, str], ...] = (),
) -> Iterator[Impact]:
    """Yield what each of several reforms does to a population, which is scored once: then only what they change.

    They come one after the other, so that not all of them have to be kept; parameters as in `impact`.
    """
    reformed = [after.apply(before) if isinstance(after, Reform) else after for after in afters]
    of: Any = each_moves if isinstance(population, Population) else each_effects
    work = partial(of, before=before, afters=reformed, readings=readings, protect=protect)
    census, found = summed(population, work)
    for after, effects in zip(reformed, found, strict=True):
        chosen, grades = after.choose_readings(readings), all_grades(before, after)
        yield Impact(census, before, after, chosen, grades, effects, protect)
