"""Whom a reform moves: a population before and after, scored anew only where the reform changes something."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.changes.reform import Reform
from lsstd.engine.charted import Charted
from lsstd.errors import Problems
from lsstd.exact import Exact, exact, nearest, plain, whole
from lsstd.population.columns import Column, change, find_stretch, smallest
from lsstd.population.population import Population
from lsstd.population.ratings import Rater, check_size
from lsstd.population.scoring import GradeLines, Scores, disqualified, eligible, grade_lines, scores_of
from lsstd.standard.readings import MOVE_POINTS
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, in_turn, join, msg, msg_in, noted, same
from lsstd.words import nearest as nearest_name

Flags: TypeAlias = NDArray[np.bool_]
_MOST_MOVERS = 1000
_SMALL, _PAYING = 10, 3
GROUPINGS = {"region": msg_in("head", "region"), "size": msg_in("grouping", "size")}  # any other by its own name


@dataclass(frozen=True)
class Side:
    """A population on one side of a reform: totals in units of one over the impact's lattice, grades by place."""

    standard: Standard
    grading: GradeLines
    total: NDArray[Any]
    grade: NDArray[np.uint8]
    eligible: Flags | None


@dataclass(frozen=True)
class Impact(Charted):
    """What a reform does to a population.

    Parameters
    ----------
    readings : dict of str to str
        Those of the standard as reformed.
    lattice : int
        Units to a point.
    grades : tuple
        Highest first; None, the last, is no grade. Places in it are what `Side.grade` holds.
    rows : dict of str to (exact, exact, exact)
        By each row that the reform touches: the change of points over all subjects, over those whose grade rises,
        over those whose grade falls. They add up to the change of all totals.
    protect : tuple of mapping
        The groups that the reform must not harm, each by the columns that make it: ``{"region": "绥化"}``.
    """

    population: Population
    readings: dict[str, str]
    lattice: int
    grades: tuple[str | None, ...]
    before: Side
    after: Side
    rows: dict[str, tuple[Exact, Exact, Exact]]
    protect: tuple[Mapping[str, str], ...] = ()

    @cached_property
    def winners(self) -> Flags:
        """Who gets a higher grade."""
        return self.after.grade < self.before.grade

    @cached_property
    def losers(self) -> Flags:
        """Who gets a lower grade."""
        return self.after.grade > self.before.grade

    @cached_property
    def transitions(self) -> pd.DataFrame:
        """How many go from which grade (lines) to which (columns); flows add up to the population."""
        return self._flows(None).astype(np.int64)

    def _flows(self, weight: NDArray[np.float64] | None) -> pd.DataFrame:
        size = len(self.grades)
        pairs = self.before.grade.astype(np.intp) * size + self.after.grade
        counts = np.bincount(pairs, weight, size * size).reshape(size, size)
        names = pd.Index(self.grades, dtype=object)
        return pd.DataFrame(counts, index=names.rename("from"), columns=names.rename("to"))

    @property
    def table(self) -> pd.DataFrame:
        """One line a grade, highest first: how many and which share have it before and after."""
        flows = self._flows(self.population.weight)
        columns = {"before": self.transitions.sum(axis=1), "after": self.transitions.sum(axis=0)}
        shares = {"share_before": flows.sum(axis=1), "share_after": flows.sum(axis=0)}
        total = float(flows.to_numpy().sum()) or 1.0
        out = pd.DataFrame({**columns, **{name: share / total for name, share in shares.items()}})
        out.insert(2, "change", out["after"] - out["before"])
        return out.rename_axis("grade")

    def by_group(self, name: str) -> pd.DataFrame:
        """Return winners, losers, unchanged, and the (weighted) mean change of points by the values of a grouping.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.impact(people, "hlj-base-evaluation", "data/reforms/aaaa_from_440.yaml")
        >>> int(found.by_group("region")["winners"].sum())
        1
        """
        return self._summed(self.population.frame[f"group.{name}"].to_numpy()).rename_axis(name)

    def _summed(self, groups: NDArray[Any]) -> pd.DataFrame:
        """Return the same by any grouping: sums of whole numbers, each divided once."""
        counted = None if self.population.weight is None else self.population.points("weight")
        weight = np.ones(len(groups), np.int64) if counted is None else counted.whole.astype(np.int64)
        columns = {"count": np.ones_like(weight), "winners": self.winners, "losers": self.losers}
        if (before := self.before.eligible) is not None and (after := self.after.eligible) is not None:
            columns["excluded"] = before & ~after
        sums = {"weight": weight, "lost": weight * self.losers, "change": weight * self._units}
        out = pd.DataFrame({**columns, **sums}).groupby(groups, dropna=False).sum()
        mean, share = out["change"] / (out["weight"] * self.lattice), out["lost"] / out["weight"]
        out = out[[*columns]].assign(unchanged=out["count"] - out["winners"] - out["losers"])
        return out.assign(mean_change=mean, share_losing=share)

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        """What the reform does to each ``value`` of each ``group``, as `by_group` has it."""
        return [
            {"group": name, "value": record.pop(name), **record}
            for name in self.population.groups
            for record in records(self.by_group(name).reset_index())
        ]

    @property
    def protected(self) -> list[dict[str, Any]]:
        """Each protected group with what the reform does to it, and whether it is harmed.

        Harmed is a group in which anybody loses a grade or may no longer apply, or that loses points on average.
        """
        found = []
        for group in self.protect:
            sums = self._summed(_members(self.population, group))
            (cost,) = records(sums[sums.index.to_numpy(np.bool_)])
            harmed = bool(cost["losers"] or cost.get("excluded") or (cost["mean_change"] or 0) < 0)
            found.append({"group": dict(group), **cost, "harmed": harmed})
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

    @property
    def _units(self) -> NDArray[np.int64]:
        return self.after.total.astype(np.int64) - self.before.total.astype(np.int64)

    @cached_property
    def moved(self) -> Flags:
        """Whose grade or points change."""
        return np.asarray((self._units != 0) | self.winners | self.losers)

    def movers(self, most: int | None = _MOST_MOVERS) -> pd.DataFrame:
        """Return those whose grade or points change: the largest change first, then the furthest in grades.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.impact(people, "hlj-base-evaluation", "data/reforms/aaaa_from_440.yaml")
        >>> found.movers()[["from", "to"]].to_numpy().tolist()
        [['AAA', 'AAAA']]
        """
        units, moved = self._units, np.flatnonzero(self.moved)
        steps = np.abs(self.after.grade.astype(np.int16) - self.before.grade)
        order = moved[np.lexsort((moved, -steps[moved], -np.abs(units[moved])))][:most]
        names = np.array(self.grades, object)
        return pd.DataFrame(
            {
                "id": self.population.ids.to_numpy()[order],
                "from": pd.Series(names[self.before.grade[order]], dtype=object),
                "to": pd.Series(names[self.after.grade[order]], dtype=object),
                "change": units[order] / self.lattice,
                "from_score": self.before.total[order] / self.lattice,
                "to_score": self.after.total[order] / self.lattice,
            }
        )

    def cliffs(self, within: float = 5) -> pd.DataFrame:
        """Return how many stand within some points below and above each line, before and after.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.impact(people, "hlj-base-evaluation", "data/reforms/aaaa_from_440.yaml")
        >>> found.cliffs().columns.tolist()
        ['side', 'grade', 'line', 'below', 'above']
        """
        found = []
        for name, side in (("before", self.before), ("after", self.after)):
            total, lines = np.sort(side.total), side.grading
            for edge, line, grade in zip(lines.edges, lines.lines, lines.grades[1:], strict=True):
                low, high = (line - exact(within)) * self.lattice, (line + exact(within)) * self.lattice
                ends = [max(0, math.ceil(low)), edge, max(edge, math.floor(high) + 1)]
                at = np.searchsorted(total, ends).tolist()
                found.append((name, grade, float(line), at[1] - at[0], at[2] - at[1]))
        return pd.DataFrame(found, columns=["side", "grade", "line", "below", "above"])

    def to_dict(self, lang: Lang = "zh", movers: int | None = _MOST_MOVERS, within: float = 5) -> dict[str, Any]:
        """Return the impact as JSON holds it: grades highest first, zeros and null included.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.impact(people, "hlj-base-evaluation", "data/reforms/aaaa_from_440.yaml")
        >>> found.to_dict()["winners"]
        1
        """
        weight, count = self.population.weight, len(self.population)
        won, lost = int(self.winners.sum()), int(self.losers.sum())
        largest = records(self.movers(movers))
        out: dict[str, Any] = {
            "population": {"count": count, "weight": count if weight is None else float(weight.sum())},
            **_counts(self.transitions),
            "winners": won,
            "losers": lost,
            "unchanged": count - won - lost,
            "eligible": self._eligible,
            "disqualified": self._disqualified,
            "movers": largest,
            "movers_left_out": int(self.moved.sum()) - len(largest),
            "rows": [{"criterion": row, "change": plain(points[0])} for row, points in self.rows.items()],
            "groups": self.groups,
            "protected": self.protected,
            "who_pays": [text.to(lang) for text in self.who_pays],
            "cliffs": records(self.cliffs(within)),
            "synthetic": self.population.is_synthetic,
            "notes": [note.to(lang) for note in self.population.notes],
            "readings": self.after.standard.printed_readings(self.readings),
        }
        return out if weight is None else {**out, "weighted": _counts(self._flows(weight))}

    @property
    def _eligible(self) -> dict[str, int] | None:
        before, after = self.before.eligible, self.after.eligible
        return None if before is None or after is None else {"before": int(before.sum()), "after": int(after.sum())}

    @property
    def _disqualified(self) -> dict[str, int] | None:
        sides = (("before", self.before.standard), ("after", self.after.standard))
        found = {name: disqualified(self.population, standard, self.readings) for name, standard in sides}
        barred = {name: int(mask.sum()) for name, mask in found.items() if mask is not None}
        return barred if len(barred) == len(found) else None


def _members(population: Population, group: Mapping[str, str]) -> Flags:
    """Return who is in a group: whoever has all the values that make it."""
    return np.asarray(np.logical_and.reduce([population.groups[name] == value for name, value in group.items()]))


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


def _counts(flows: pd.DataFrame) -> dict[str, Any]:
    """Return counts by grade before and after, and every flow, as JSON holds them."""
    names, counts = list(flows.columns), flows.to_numpy()
    sides = {"baseline": counts.sum(axis=1).tolist(), "reform": counts.sum(axis=0).tolist()}
    out: dict[str, Any] = {
        side: [{"grade": name, "count": n} for name, n in zip(names, sums, strict=True)] for side, sums in sides.items()
    }
    out["transitions"] = [
        {"from": names[i], "to": names[j], "count": counts[i, j].item()} for i, j in np.ndindex(*counts.shape)
    ]
    return out


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the lines of a table as JSON holds them, None for what is missing."""
    cells = frame.astype(object).where(frame.notna(), None)
    return [{str(key): value for key, value in line.items()} for line in cells.to_dict("records")]


def impact(
    population: Population,
    before: Standard,
    after: Standard | Reform,
    readings: dict[str, str] | None = None,
    protect: Iterable[Mapping[str, str]] = (),
) -> Impact:
    """Return what a reform does to a population.

    Parameters
    ----------
    after : Standard or Reform
        The standard as reformed, or the reform to apply to `before`.
    readings : dict of str to str, optional
        Replaces the defaults of both.
    protect : iterable of mapping
        Groups that must not be harmed, beside those that the reform names: ``{"region": "绥化"}``.

    Raises
    ------
    LsstdError
        A protected group that the population does not have.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> found = lsstd.impact(people, "hlj-base-evaluation", "data/reforms/aaaa_from_440.yaml")
    >>> int(found.winners.sum()), int(found.losers.sum())
    (1, 0)
    """
    protected = (*(after.protect if isinstance(after, Reform) else ()), *protect)
    problems, groups = Problems(), population.groups
    for group in protected:
        before_it = len(problems.found)
        for name, value in group.items():
            if name not in groups:
                problems.add("protect", msg("no grouping {name}", name=name), nearest_name(name, groups))
            elif value not in (values := groups[name].dropna().unique()):
                problems.add(f"protect.{name}", msg("no subject of {value}", value=value), nearest_name(value, values))
        if len(problems.found) == before_it and not _members(population, group).any():
            problems.add("protect", msg("nobody is in all of {group}", group=dict(group)), msg("a group with members"))
    problems.raise_if_any(msg("groups that the population does not have cannot be protected"))
    return replace(impacts(population, before, [after], readings)[0], protect=protected)


def impacts(
    population: Population,
    before: Standard,
    afters: Iterable[Standard | Reform],
    readings: dict[str, str] | None = None,
) -> tuple[Impact, ...]:
    """Return what each of several reforms does to a population, which is scored once: then only what they change."""
    return tuple(each_impact(population, before, afters, readings))


def each_impact(
    population: Population,
    before: Standard,
    afters: Iterable[Standard | Reform],
    readings: dict[str, str] | None = None,
) -> Iterator[Impact]:
    """Yield the same one after the other, so that not all of them have to be kept."""
    base = _Base(scores_of(population, before, readings), readings)
    for after in afters:
        yield _impact(base, after.apply(before) if isinstance(after, Reform) else after, readings)


class _Base:
    """The baseline, and what is asked of it for every reform."""

    def __init__(self, scores: Scores, readings: dict[str, str] | None) -> None:
        self.scores, self.population, self.standard = scores, scores.population, scores.standard
        self.unrounded = scores.unrounded
        self.may = _may(scores.population, scores.standard, readings)
        rater = Rater(scores.population, scores.standard, scores.readings)
        self.made_of = {name: _made_of(rater, name) for name in scores.ratings.secured}
        self._sides: dict[object, Side] = {}

    def side(self, lattice: int, grades: tuple[str | None, ...]) -> Side:
        """Return the baseline, in the units and the grades of an impact: few are asked for, each again and again."""
        if (key := (lattice, grades)) not in self._sides:
            total = _scaled(self.scores.secured.total, lattice // self.scores.ratings.lattice)
            self._sides[key] = _side(self.standard, self.scores.readings, total, lattice, grades, self.may)
        return self._sides[key]

    def may_under(self, after: Standard, readings: dict[str, str] | None, is_same: bool) -> Flags | None:
        """Return who may apply under a reformed standard; `is_same` says that its facts are those of the baseline."""
        if is_same and all(getattr(self.standard, n) == getattr(after, n) for n in ("conditions", "default_readings")):
            return self.may
        return _may(self.population, after, readings)

    def has_same_facts(self, after: Standard) -> bool:
        """Say whether a standard defines facts as the baseline's does."""
        before = self.standard
        return before.facts == after.facts and before.same_quantities == after.same_quantities


def _may(population: Population, standard: Standard, readings: dict[str, str] | None) -> Flags | None:
    heard = eligible(population, standard, readings)
    return None if heard is None else heard.low


def _impact(base: _Base, after: Standard, readings: dict[str, str] | None) -> Impact:
    if not (base.standard.is_plain and after.is_plain):
        return _impact_whole(base, after, readings)
    rater = Rater(base.population, after, after.choose_readings(readings))
    is_same, rated = base.has_same_facts(after), base.scores.ratings
    touched = _touched(base, rater, is_same)
    rows = [row for name in touched if (row := after.criteria.get(name)) and row.max_score is not None]
    lattice = math.lcm(rated.lattice, rater.lattice(rows))
    check_size(after, lattice)
    factor = lattice // rated.lattice
    new = rater.rate(rows, lattice).secured
    old = {name: _scaled(rated.secured[name], factor) for name in touched if name in rated.secured}
    most = sum(rater.most(row, lattice) for row in after.scored_rows)
    moved = change(_scaled(base.unrounded, factor), list(old.values()), list(new.values()), most)
    if rater.readings["rounding"] == "total":
        step = int(after.rounding_step * lattice)
        moved = nearest(moved.astype(smallest(most + step)), step, after.rounding.to_even)
    grades = (*_together(base.standard.grades, after.grades), None)
    may = base.may_under(after, readings, is_same)
    sides = base.side(lattice, grades), _side(after, rater.readings, moved, lattice, grades, may)
    return Impact(base.population, rater.readings, lattice, grades, *sides, _attributed(*sides, old, new, lattice))


def _impact_whole(base: _Base, after: Standard, readings: dict[str, str] | None) -> Impact:
    """Score anew under a standard that is more than sums, or was."""
    both = base.scores, scores_of(base.population, after, readings)
    lattice = math.lcm(*(scores.ratings.lattice for scores in both))
    check_size(after, lattice)
    grades = (*_together(base.standard.grades, after.grades), None)
    sides, rows = [], []
    for scores, may in zip(both, (base.may, base.may_under(after, readings, base.has_same_facts(after))), strict=True):
        factor, names = lattice // scores.ratings.lattice, (*scores.standard.grades, None)
        graded = np.array([grades.index(name) for name in names], np.uint8)[scores.grade()]
        total = scores.secured.total.astype(np.int64) * factor
        sides.append(_side(scores.standard, scores.readings, total, lattice, grades, may, graded))
        rows.append({name: column.astype(np.int64) * factor for name, column in scores.ratings.secured.items()})
    by_row = _attributed(sides[0], sides[1], rows[0], rows[1], lattice)
    return Impact(base.population, both[1].readings, lattice, grades, sides[0], sides[1], by_row)


def _touched(base: _Base, rater: Rater, is_same: bool) -> list[str]:
    """Return the rows whose points can differ: all of them where readings or facts are others."""
    names = list(dict.fromkeys([*base.made_of, *(row.id for row in rater.standard.scored_rows)]))
    chosen = all(base.scores.readings[key] == rater.readings[key] for key in MOVE_POINTS)
    if not (is_same and chosen and base.standard.rounding == rater.standard.rounding):
        return names
    return [name for name in names if base.made_of.get(name) != _made_of(rater, name)]


def _made_of(rater: Rater, name: str) -> object:
    """Return all that decides a row's points."""
    row: Criterion | None = rater.standard.criteria.get(name)
    if row is None or row.max_score is None:
        return None
    parts = [(part.id, part.test, part.bonus, part.optional, part.weight, part.points) for part in row.parts.values()]
    return row.max_score, row.rule, row.provision.kind, parts, [source.id for source in rater.sources_of(name)]


def _scaled(column: Column, factor: int) -> Column:
    """Return a column in units finer by a factor."""
    if factor == 1 or not len(column):
        return column
    finer: Column = column.astype(smallest(int(column.max()) * factor)) * smallest(factor).type(factor)
    return finer


def _together(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Merge two lists of grades, each highest first: one that is new stands behind the one before it."""
    merged = list(first)
    for i, grade in enumerate(second):
        if grade not in merged:
            merged.insert(merged.index(second[i - 1]) + 1 if i else 0, grade)
    return merged


def _side(
    standard: Standard,
    readings: dict[str, str],
    total: NDArray[Any],
    lattice: int,
    grades: tuple[str | None, ...],
    may: Flags | None,
    graded: NDArray[np.uint8] | None = None,
) -> Side:
    found = grade_lines(standard, readings, lattice)
    if graded is None:
        stretch = np.empty(len(total), np.uint8)
        find_stretch(total, found.edges, stretch)
        graded = found.codes(grades)[stretch]
    return Side(standard, found, total, graded, may)


def _attributed(
    before: Side, after: Side, old: dict[str, NDArray[Any]], new: dict[str, NDArray[Any]], lattice: int
) -> dict[str, tuple[Exact, Exact, Exact]]:
    """Return the change of points that each row brings; what rounding of the total adds stands under its name."""
    winners, losers = (np.flatnonzero(mask) for mask in (after.grade < before.grade, after.grade > before.grade))

    def summed(column: NDArray[Any] | None) -> list[int]:
        return [0, 0, 0] if column is None else [_sum(column), _sum(column[winners]), _sum(column[losers])]

    names = dict.fromkeys([*old, *new])
    found = {name: [b - a for a, b in zip(summed(old.get(name)), summed(new.get(name)), strict=True)] for name in names}
    whole_change = [b - a for a, b in zip(summed(before.total), summed(after.total), strict=True)]
    rest = [w - sum(row[i] for row in found.values()) for i, w in enumerate(whole_change)]
    if any(rest):
        found["rounding" if before.standard.is_plain and after.standard.is_plain else "combination"] = rest
    points = {name: [whole(Fraction(units, lattice)) for units in row] for name, row in found.items()}
    return {name: (row[0], row[1], row[2]) for name, row in points.items() if any(row)}


def _sum(column: NDArray[Any]) -> int:
    """Add up exactly, whatever the sum comes to."""
    if column.dtype.kind == "i":
        return int(column.sum())
    if column.dtype.itemsize <= 4:
        return int(column.sum(dtype=np.uint64))
    return (int((column >> np.uint64(32)).sum()) << 32) + int((column & np.uint64(2**32 - 1)).sum())
