"""How sure a score and a grade are: the exact distribution of both, whatever is unknown, a range or a chance.

A total that is a sum is the convolution of its independent groups. In other trees the joint outcomes of all that is
unknown are a population of columns with probabilities, which its engine adds up and grades at once: all of them while
they are few, else some drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import check
from lsstd.engine.charted import Charted
from lsstd.engine.grading import Grading
from lsstd.engine.tree import Branch, Fold
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, shown, whole
from lsstd.population.columns import COLUMNS, Amount, too_fine
from lsstd.robustness import distribution
from lsstd.robustness.distribution import Array, Common, UnknownChance, chances_of
from lsstd.robustness.independent_groups import Group, Totals, Unknowns, mixture
from lsstd.robustness.row_chances import RowOutcome, Supposed, TooLarge
from lsstd.standard.models import fields_of, json_object
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, same

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_JOINT = 2**18  # most joint outcomes that are enumerated


@dataclass(frozen=True)
class Uncertainty(Charted):
    """How sure one subject's score and grade are.

    Parameters
    ----------
    scores : dict
        The chance of each score that can be, lowest first.
    grades, awarded : dict
        The chance of each grade by score, and of each that can be awarded; highest first, None for none.
    method : {"exact", "sampled"}
    assumptions : tuple of Text
        What the chances rest on.
    draws : int, optional
        Where sampled, how many.
    """

    standard: Standard
    assessment: Assessment
    readings: dict[str, str]
    scores: dict[Exact, float]
    grades: dict[str | None, float]
    awarded: dict[str | None, float]
    method: str
    assumptions: tuple[Text, ...]
    draws: int | None = None

    @property
    def mean(self) -> float:
        """The expected score."""
        return math.fsum(float(score) * p for score, p in self.scores.items())

    @property
    def sd(self) -> float:
        """The standard deviation of the score."""
        mean = self.mean
        return math.sqrt(math.fsum((float(score) - mean) ** 2 * p for score, p in self.scores.items()))

    @property
    def standard_error(self) -> float | None:
        """The greatest standard error of a grade's chance where it was sampled; None where it is exact."""
        if self.draws is None:
            return None
        return max(math.sqrt(p * (1 - p) / self.draws) for p in (*self.grades.values(), *self.awarded.values()))

    def quantile(self, p: float) -> Exact:
        """Return the lowest score that is not exceeded with a chance of at least p.

        >>> float(lsstd.uncertainty("hlj-base-evaluation", "data/assessments/near_aaa.yaml").quantile(0.5))
        415.5833333333333
        """
        reached = 0.0
        for score, chance in self.scores.items():
            reached += chance
            if reached >= p - 1e-12:
                return score
        return max(self.scores)

    @property
    def table(self) -> pd.DataFrame:
        """Each grade with its chance by score, and with its chance of being awarded."""
        lines = [(grade, p, self.awarded[grade]) for grade, p in self.grades.items()]
        return pd.DataFrame(lines, columns=["grade", "probability", "awarded"])

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what JSON holds.

        >>> lsstd.uncertainty("hlj-base-evaluation", "data/assessments/near_aaa.yaml").to_dict()["method"]
        'exact'
        """
        document = {
            **fields_of(self, "standard=standard.standard subject=assessment.subject.name"),
            "readings": self.standard.printed_readings(self.readings),
            "grades": [{"grade": grade, "probability": p} for grade, p in self.grades.items()],
            "awarded": [{"grade": grade, "probability": p} for grade, p in self.awarded.items()],
            **fields_of(self, "mean sd"),
            "quantiles": [{"p": p, "score": self.quantile(p)} for p in QUANTILES],
            **fields_of(self, "method" if self.draws is None else "method draws standard_error"),
            "assumptions": self.assumptions,
        }
        return json_object(document, lang)


def uncertainty(
    standard: Standard,
    assessment: Assessment,
    *,
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
    common: Common | None = None,
    draws: int = 100_000,
    seed: int = 0,
) -> Uncertainty:
    """Return the exact distribution of the score and of the grade.

    What answers and known facts settle stays. An unknown row or part is met with the chance `unknown`, independently;
    a fact that is not known is one event however many rows and conditions ask for it; a range is equally likely on
    the standard's step; chances hold as given; where answer and facts contradict each other the lower and the higher
    points stand against each other.

    Parameters
    ----------
    unknown : float
        The chance that an unknown turns out in the subject's favour.
    common : Common, optional
        A factor behind everything uncertain; the exact distributions at its levels are mixed.
    draws, seed : int
        Used where so much hangs together that nothing exact is feasible; the result then says ``sampled``.

    Raises
    ------
    InvalidFile, UnknownName, LsstdError
        As `evaluate`; a standard without points; a chance outside 0 to 1; no draws.

    Examples
    --------
    >>> found = lsstd.uncertainty("hlj-base-evaluation", "data/assessments/near_aaa.yaml")
    >>> {grade: round(p, 4) for grade, p in found.grades.items() if p}
    {'AAA': 0.9922, 'AA': 0.0078}
    """
    chosen = checked(standard, assessment, readings)
    if draws < 1:
        raise LsstdError(msg("invalid number of draws"), [Problem("draws", same(draws), same("≥ 1"))])
    levels, model, size = chances_of(unknown, common), Unknowns(standard, assessment, chosen), None
    try:
        totals = mixture((totals_of(model, chance), weight) for chance, weight in levels)
    except TooLarge as large:
        size, rng = int(large.args[0]), np.random.default_rng(seed)
        samples = ((drawn(model, chance, max(1, round(draws * p)), rng), p) for chance, p in levels)
        totals = mixture((sample.totals(), weight) for sample, weight in samples)
    units, places = np.unique(totals.units, return_inverse=True)
    chances = zip(units.tolist(), np.bincount(places, totals.chance).tolist(), strict=True)
    grades, awarded = (totals.by_grade(chance, standard.grades) for chance in (totals.chance, totals.passing))
    awarded[-1] += max(0.0, float((totals.chance - totals.passing).sum()))  # what is barred has no grade
    scores = {whole(Fraction(unit, totals.step)): p for unit, p in chances if p > 0}
    names = (*standard.grades, None)
    by_grade, of_award = (dict(zip(names, each.clip(max=1).tolist(), strict=True)) for each in (grades, awarded))
    told = tuple(assumptions_of(model, unknown, common, size, draws, seed))
    method = "exact" if size is None else "sampled"
    about = (scores, by_grade, of_award, method, told, None if size is None else draws)
    return Uncertainty(standard, assessment, chosen, *about)


def checked(standard: Standard, assessment: Assessment, readings: dict[str, str] | None) -> dict[str, str]:
    """Return the readings chosen, all input checked as an evaluation does."""
    chosen = standard.choose_readings(readings)
    if not standard.scored_rows:
        problem = Problem("standard", same(standard.standard), msg("a standard with points"))
        raise LsstdError(msg("the standard gives no points, so there is no score to analyse"), [problem])
    check(standard, assessment)
    return chosen


def assumptions_of(
    model: Unknowns, unknown: float, common: Common | None, size: int | None, draws: int, seed: int
) -> Iterator[Text]:
    """Yield what chances rest on: how much is open and how likely it is met, and that nothing hangs together."""
    rows, parts, facts = model.open_ones
    yield msg(
        "open rows: {rows} (unknown parts: {parts}), unknown facts: {facts}. An unknown row or part is met with a "
        "chance of {unknown:g}, independently of all others; an unknown fact is one event, however many places ask "
        "for it",
        rows=rows,
        parts=parts,
        facts=facts,
        unknown=unknown,
    )
    step = shown(model.standard.rounding_step)
    yield msg(
        "within a range, steps of {step} are equally likely; chances hold as given; where answer "
        "and facts contradict, it is the lower or the higher score",
        step=step,
    )
    if common:
        yield factor_line(common)
    if size is not None:
        yield msg(
            "{size} joint outcomes are too many to go through: sampled instead ({draws} draws, seed {seed})",
            size=size,
            draws=draws,
            seed=seed,
        )


def factor_line(common: Common) -> Text:
    """Return a common factor on one line: its name, and the weight and odds of each level."""
    odds = ", ".join(
        f"{level.name or i} {shown(level.weight)} × {shown(level.odds)}" for i, level in enumerate(common.levels, 1)
    )
    return msg("common factor “{common}” (weight × odds): {odds}", common=common.common, odds=odds)


# ── totals ───────────────────────────────────────────────────────────────────────────────────────────────────────


def too_many(large: TooLarge) -> LsstdError:
    """Return the error that nothing exact is feasible, for what is not sampled."""
    size = msg("{large} joint outcomes", large=large)
    problem = Problem("answers", size, msg("fewer interdependent unknowns"))
    return LsstdError(msg("too many joint outcomes to compute exactly"), [problem])


def totals_of(model: Unknowns, chance: UnknownChance, *, with_award: bool = True) -> Totals:
    """Return the exact chances of totals and grades: by convolution where a total is a sum, else by enumeration.

    Parameters
    ----------
    with_award : bool
        Whether `passing` is asked for.

    Raises
    ------
    TooLarge
    """
    if not model.standard.is_plain:
        return enumerated(model, chance).totals()
    if not with_award:
        laid = model.laid(model.scored, chance)
        return laid.totals(laid.sum())
    barring = [group for group in model.groups if model.is_barring(group)]
    laid = model.laid(model.groups, chance, barring)
    open_ones = laid.open
    common = distribution.add(pmf for group, pmf in open_ones.items() if group not in barring)
    totals = laid.totals(distribution.add([common, *(open_ones[group] for group in barring)]))
    passed = (group.pmf(chance, laid.step, model.passes, model.gates) for group in barring)
    passing = distribution.add([common, *passed]).chances
    return replace(totals, passing=passing * model.passing_share(chance))


def enumerated(model: Unknowns, chance: UnknownChance) -> Joint:
    """Return all joint outcomes.

    Raises
    ------
    TooLarge
    """
    all_ways = (((turned, p, None) for turned, p in group.ways(chance)) for group in model.groups)
    tables = [_table(model, group, ways, chance) for group, ways in zip(model.groups, all_ways, strict=True)]
    sizes = [len(table.chance) for table in tables]
    if (size := math.prod(sizes)) > MOST_JOINT:
        raise TooLarge(size)
    axes = tuple(i for i, size in enumerate(sizes) if size > 1)  # an array has 64 axes at most
    shape = tuple(sizes[i] for i in axes) or (1,)
    places = dict(zip(axes, np.unravel_index(np.arange(size), shape), strict=False))
    settled = np.zeros(size, np.intp)
    joint = Joint(model, chance, np.ones(size), {}, {}, shape, tuple(model.groups[i] for i in axes))
    for i, table in enumerate(tables):
        joint.add(table, places.get(i, settled))
        joint.chance = joint.chance * table.chance[places.get(i, settled)]
    return joint


def drawn(model: Unknowns, chance: UnknownChance, count: int, rng: np.random.Generator) -> Joint:
    """Return joint outcomes drawn at random, all of the same weight.

    Raises `LsstdError`: one row alone has too many.
    """
    joint = Joint(model, chance, np.full(count, 1 / count), {}, {})
    for group in model.groups:
        turned = rng.random((count, len(group.events))) < chance.met
        ways, often = np.unique(turned, axis=0, return_counts=True)
        named = (dict(zip(group.events, way, strict=True)) for way in ways.tolist())
        all_ways = ((way, 1.0, n) for way, n in zip(named, often.tolist(), strict=True))
        try:
            joint.add(_table(model, group, all_ways, chance, rng), rng.permutation(count))
        except TooLarge as large:
            raise too_many(large) from None
    return joint


class _Table(NamedTuple):
    """Joint outcomes of one group: their chances, and of each row and event the outcome in each of them."""

    chance: Array
    rows: dict[str, tuple[list[RowOutcome], NDArray[np.intp]]]
    turned: dict[str, NDArray[np.bool_]]


def _table(
    model: Unknowns,
    group: Group,
    all_ways: Iterable[tuple[Supposed, float, int | None]],
    chance: UnknownChance,
    rng: np.random.Generator | None = None,
) -> _Table:
    """Return the joint outcomes of a group for ways in which its events turn out: all of them, or some drawn."""
    places: dict[str, dict[RowOutcome, int]] = {name: {} for name in group.rows}
    chances, turned_in = [], []
    codes: dict[str, list[NDArray[np.intp]]] = {name: [] for name in group.rows}
    for turned, p, count in all_ways:
        rows = [model.rows[name].given(turned, chance) for name in group.rows]
        if rng:
            weights = (np.array(list(row.values())) for row in rows)
            drawn = [rng.choice(len(each), count, p=each / each.sum()) for each in weights]
        elif (size := math.prod(map(len, rows)) * 2 ** len(group.events)) > MOST_JOINT:
            raise TooLarge(size)
        else:
            drawn = [index.ravel() for index in np.indices([len(row) for row in rows])] if rows else []
        joint = np.full(count or math.prod(map(len, rows)), p)
        for name, row, index in zip(group.rows, rows, drawn, strict=True):
            joint = joint * np.array(list(row.values()))[index]
            known = places[name]
            codes[name].append(np.array([known.setdefault(outcome, len(known)) for outcome in row], np.intp)[index])
        chances.append(joint)
        turned_in.append(np.tile([turned[event] for event in group.events], (len(joint), 1)))
    by_event = np.concatenate(turned_in).astype(np.bool_).T
    outcomes = {name: (list(known), np.concatenate(codes[name])) for name, known in places.items()}
    return _Table(np.concatenate(chances), outcomes, dict(zip(group.events, by_event, strict=True)))


@dataclass
class Joint:
    """Joint outcomes as columns: their chances, and what each row and event turned out to be; scored all at once.

    Where all are enumerated, each open group is an axis: `shape` holds how many outcomes it has.
    """

    model: Unknowns
    given: UnknownChance
    chance: Array
    outcomes: dict[str, tuple[list[RowOutcome], NDArray[np.intp]]]
    turned: dict[str, NDArray[np.bool_]]
    shape: tuple[int, ...] = ()
    axes: tuple[Group, ...] = ()

    def add(self, table: _Table, place: NDArray[np.intp]) -> None:
        """Add a group, whose outcome in each column stands at a place of its table."""
        self.outcomes |= {name: (outcomes, codes[place]) for name, (outcomes, codes) in table.rows.items()}
        self.turned |= {event: turned[place] for event, turned in table.turned.items()}

    def with_rows(self, names: Iterable[str], outcome: RowOutcome) -> Joint:
        """Return the same, some rows having turned out in a certain way."""
        always = ([outcome], np.zeros(len(self.chance), np.intp))
        return replace(self, outcomes={**self.outcomes, **dict.fromkeys(names, always)})

    def codes(self, groups: Iterable[Group]) -> NDArray[np.intp]:
        """Return which outcome of some groups together each column holds, counted from 0."""
        codes = np.zeros(len(self.chance), np.intp)
        for group in groups:
            for outcomes, places in (self.outcomes[name] for name in group.rows):
                codes = codes * len(outcomes) + places
            for event in group.events:
                codes = codes * 2 + self.turned[event]
            codes = np.asarray(np.unique(codes, return_inverse=True)[1], np.intp)
        return codes

    @property
    def passing(self) -> Array:
        """The chance of each joint outcome together with nothing that bars the award."""
        found = self.chance * self.model.passing_share(self.given)
        for bar in self.model.bars:
            if bar.events <= self.turned.keys():
                found = found * bar.holds(self.holds)
        for name in self.model.gates & self.outcomes.keys():
            found = found * self.of_row(name, "met")
        return found

    def _of_row(self, name: str, what: str) -> NDArray[Any]:
        return np.array([getattr(outcome, what) for outcome in self.outcomes[name][0]])

    def of_row(self, name: str, what: str) -> NDArray[Any]:
        """Return a field of a row's outcomes as a column; nothing of a row that is left out is met."""
        if name not in self.outcomes:
            return np.zeros(len(self.chance), np.bool_)
        return self._of_row(name, what)[self.outcomes[name][1]]

    def holds(self, test: Test) -> NDArray[np.bool_]:
        """Hold a fact against a demand."""
        event = self.model.events.get(test.fact)
        if event is None:
            return np.full(len(self.chance), self.model.facts.test(test).state == "met")
        return np.where(self.turned[event.id], event.meets(test, True), event.meets(test, False))

    def totals(self) -> Totals:
        """Add up and grade every joint outcome."""
        standard, readings = self.model.standard, self.model.readings
        leaves = {}
        for row in standard.scored_rows:
            if row.id in self.outcomes:
                points, top = self._of_row(row.id, "points"), row.max_score or 0
                lattice = distribution.denominator(points.tolist())
                if lattice * max(top, 1) > 2**53:
                    raise too_fine(lattice)
                amount = Amount((points * lattice).astype(np.int64)[self.outcomes[row.id][1]], lattice)
                leaves[row.id] = Branch(amount, COLUMNS.constant(top), top, self.of_row(row.id, "applies"), row.weight)
        decided = {key: (self.holds(n.applies),) * 2 for key, n in standard.indicators.items() if n.applies}
        fold = Fold(standard, COLUMNS, leaves, decided, "secured")
        grading = Grading(standard, readings, fold, self.holds, lambda name: self.of_row(name, "met"))
        return Totals.of(grading, self.chance, self.passing)
