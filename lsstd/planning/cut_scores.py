"""Cut scores: the grade lines that fit experts' judgements of subjects best, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.changes.reform import Reform
from lsstd.engine.charted import Charted
from lsstd.engine.tree import full_tree
from lsstd.errors import LsstdError, Problem, Problems
from lsstd.exact import Exact, plain, shown, total, whole
from lsstd.planning.line_fit import LineFit, MovingLine, Side, Whole, middle, roundest
from lsstd.population.columns import hold_weights
from lsstd.population.impact import records
from lsstd.population.population import Population
from lsstd.population.ratings import check_size
from lsstd.population.scoring import scores_of
from lsstd.population.table_check import Cells
from lsstd.population.table_files import table_of
from lsstd.population.table_parts import read_table
from lsstd.standard.bands import Band, complete
from lsstd.standard.models import as_in_file, fields_of, json_object
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, nearest, same

_ENDS = (0.05, 0.95)  # of the bootstrap's intervals

_HEADS = {"id": msg("id"), "expert": msg("expert"), "grade": msg("grade")}


def _judgements(source: str | Path | pd.DataFrame, population: Population, grades: Sequence[str]) -> pd.DataFrame:
    """Return judgements as a table of ``id``, ``expert`` and ``grade``, which is None for none.

    Raises `InvalidFile`: unknown subjects and grades, blanks, two judgements of a subject by one expert; all at once.
    """
    if isinstance(source, pd.DataFrame):
        name, read = "DataFrame", table_of(source)
    else:
        name, read = Path(source).name, read_table(Path(source), lambda _: True)
    title = msg("{name} does not hold judgements", name=name)
    keys, problems = {text: key for key, head in _HEADS.items() for text in (key, head.zh, head.en)}, Problems()
    entries = read.frame.rename(columns=lambda head: keys.get(str(head).strip(), str(head)))
    heads = [str(head) for head in entries] or [*_HEADS]
    for head in dict.fromkeys([*heads, *_HEADS]):
        if head not in _HEADS:
            problems.add(head, msg("unknown column"), nearest(head, _HEADS))
        elif heads.count(head) != 1:
            problems.add(head, msg("no such column"), msg("the columns {names}", names=", ".join(_HEADS)))
    if entries.empty:
        problems.add("judgements", msg("no judgements"), msg("rows of {names}", names=", ".join(_HEADS)))
    problems.raise_if_any(title)
    texts = _checked(entries.astype(object).where(entries.notna(), None), read.lines, population, grades, problems)
    problems.raise_if_any(title)
    return texts.assign(grade=texts["grade"].where(texts["grade"].isin(grades), None))


def _checked(
    entries: pd.DataFrame, lines: Sequence[int], population: Population, grades: Sequence[str], problems: Problems
) -> pd.DataFrame:
    """Return the cells of judgements as texts; note those that are blank, unknown or said twice."""
    cells = {key: Cells(key, entries[key], lines, problems.found) for key in _HEADS}
    texts = pd.DataFrame({key: column.words() for key, column in cells.items()}).astype(object)
    none = population.standard.named(None)
    known = {"id": [*population.ids], "grade": [*grades, "none", none.zh, none.en]}
    for key, column in cells.items():
        column.refuse(texts[key].isna().to_numpy(), msg("not blank"))
        for odd in texts[key][~texts[key].isin(known.get(key, texts[key]))].dropna().unique():
            column.refuse((texts[key] == odd).to_numpy(), nearest(odd, known[key]))
    again = texts.duplicated(["id", "expert"]) & texts[["id", "expert"]].notna().all(axis=1)
    cells["expert"].refuse(again.to_numpy(), msg("one judgement of a subject by each expert"))
    return texts.reset_index(drop=True)


# ── what is found ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Estimate(NamedTuple):
    """A line from a sample: its value, and over resampled subjects and experts its standard error and 90 % interval."""

    value: float
    error: float | None = None
    low: float | None = None
    high: float | None = None


class CutLine(NamedTuple):
    """The line of one grade.

    Parameters
    ----------
    proposed : exact
        The printed line where no other fits better, else the roundest that fits best.
    intervals : tuple of (exact, exact)
        All lines that fit best, ends included.
    estimate : Estimate
        The middle of the lines that fit best.
    """

    grade: str
    printed: Exact
    proposed: Exact
    intervals: tuple[tuple[Exact, Exact], ...]
    estimate: Estimate


@dataclass(frozen=True)
class CutScores(Charted):
    """The lines that fit judgements best, beside the printed ones.

    Parameters
    ----------
    points
        The score of each subject of the population.
    grades
        From none (None) up; a rank is a place in it.
    judged
        One line a judgement: ``id, expert, score``, its ``weight`` (exact), and the ranks that are ``judged`` and that
        the ``printed`` and the ``proposed`` lines give.
    least
        The smallest total of grades apart under any lines.
    lines
        Highest first.
    """

    population: Population
    standard: Standard
    readings: dict[str, str]
    points: NDArray[np.float64]
    grades: tuple[str | None, ...]
    judged: pd.DataFrame
    least: Exact
    lines: tuple[CutLine, ...]
    notes: tuple[Text, ...]
    resamples: int
    seed: int

    @property
    def table(self) -> pd.DataFrame:
        """One line a grade, highest first."""
        return pd.json_normalize(self.to_dict()["lines"])

    @cached_property
    def errors(self) -> pd.DataFrame:
        """The judgements that differ from the grade under the printed or the proposed lines, with grades by name."""
        differs = self.judged[["printed", "proposed"]].ne(self.judged["judged"], axis=0).any(axis=1)
        errors = self.judged[differs].drop(columns="weight").reset_index(drop=True)
        ranks, names = ("judged", "printed", "proposed"), np.array(self.grades, object)
        return errors.assign(**{key: pd.Series(names[errors[key]], dtype=object) for key in ranks})

    def misfit(self, under: str) -> dict[str, Exact]:
        """Return the grades apart (``distance``) and how many judgements differ (``count``) under some lines.

        Parameters
        ----------
        under : {"printed", "proposed"}

        Examples
        --------
        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.cut_scores(people, "hlj-base-evaluation", "data/judgements/made_up_60.csv", resamples=0)
        >>> found.misfit("printed"), found.misfit("proposed")
        ({'distance': 15, 'count': 15}, {'distance': 10, 'count': 10})
        """
        apart, weight = (self.judged[under] - self.judged["judged"]).abs(), self.judged["weight"]
        return {"distance": total(apart * weight), "count": total(weight[apart > 0])}

    @property
    def _by_expert(self) -> pd.DataFrame:
        """The ranks judged: one line a subject, a column an expert, in the order of the judgements."""
        names, experts = (self.judged[key].drop_duplicates() for key in ("id", "expert"))
        return self.judged.pivot(index="id", columns="expert", values="judged").reindex(names, columns=experts)

    @cached_property
    def alpha(self) -> float | None:
        """Krippendorff's alpha of the judged grades; None if there is nothing to compare, or all are alike."""
        import krippendorff

        both = self._by_expert.dropna(thresh=2)
        if both.empty or both.min().min() == both.max().max():
            return None
        return float(krippendorff.alpha(both.to_numpy(float).T, level_of_measurement="interval"))

    @cached_property
    def disputed(self) -> dict[str, dict[str, str | None]]:
        """The grades that experts give to subjects on which they differ; those furthest apart first."""
        ranks = self._by_expert
        apart = (ranks.max(axis=1) - ranks.min(axis=1)).sort_values(ascending=False, kind="stable")
        lines = ((str(name), ranks.loc[name].dropna()) for name in apart.index[apart > 0])
        return {name: {expert: self.grades[int(rank)] for expert, rank in line.items()} for name, line in lines}

    @property
    def reform(self) -> Reform:
        """The lines that move, as a reform; an empty one where the printed lines fit best."""
        reason = msg(
            "Lines that fit {count} judgements best: {after} differ from the grade, {before} under the printed lines",
            count=len(self.judged),
            after=shown(self.misfit("proposed")["count"]),
            before=shown(self.misfit("printed")["count"]),
        )
        return _moved(self.standard, self.lines).model_copy(update={"reason": reason})

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what JSON holds.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.cut_scores(people, "hlj-base-evaluation", "data/judgements/made_up_60.csv", resamples=0)
        >>> found.to_dict()["reform"]["changes"]
        {'lines.AAA': 391, 'lines.AA': 350}
        """
        document = {
            **fields_of(self.standard, "standard edition"),
            "readings": self.standard.printed_readings(self.readings),
            "population": {"count": len(self.population)},
            "judgements": len(self.judged),
            "subjects": self.judged["id"].nunique(),
            "experts": list(self.judged["expert"].unique()),
            "printed": self.misfit("printed"),
            "proposed": self.misfit("proposed"),
            "least": self.least,
            "lines": [{**line._asdict(), "estimate": line.estimate._asdict()} for line in self.lines],
            "errors": records(self.errors),
            "alpha": self.alpha,
            "disputed": [{"id": name, "grades": grades} for name, grades in self.disputed.items()],
            **fields_of(self, "resamples seed synthetic=population.is_synthetic notes"),
            "reform": as_in_file(self.reform, lean=True),
        }
        return json_object(document, lang)


# ── finding it ────────────────────────────────────────────────────────────────────────────────────────────────────────


def cut_scores(
    population: Population,
    standard: Standard,
    judgements: str | Path | pd.DataFrame,
    readings: dict[str, str] | None = None,
    *,
    resamples: int = 200,
    seed: int = 0,
) -> CutScores:
    """Return the grade lines that fit experts' judgements best: exactly, with all that are as good, and how sure.

    The best lines are those with the smallest total of grades between judgement and result. Lines keep their gaps and
    open ends; further demands of a grade, readings and the population's weights count as they do in every score. What
    is unknown about a subject counts nothing.

    Parameters
    ----------
    judgements : path or DataFrame
        Columns ``id``, ``expert``, ``grade``: what an expert holds a subject to be.
    resamples, seed : int
        Of the bootstrap over subjects and experts; 0 leaves it out.

    Raises
    ------
    LsstdError
        Judgements that cannot be read or do not fit the population; a standard without grade lines.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> found = lsstd.cut_scores(people, "hlj-base-evaluation", "data/judgements/made_up_60.csv", resamples=0)
    >>> found.reform.apply(lsstd.load_standard("hlj-base-evaluation")).edition
    'draft + cut-scores'
    """
    readings = standard.choose_readings(readings)
    if not any(band.lower for band in standard.bands):
        problem = Problem("standard", same(standard.standard), msg("a standard with grade lines"))
        raise LsstdError(msg("no lines can be sought"), [problem])
    entries = _judgements(judgements, population, standard.grades)
    study = _Study(population, standard, readings, entries)
    fit = study.fit.best(study.weights, roundest(study.top))
    drawn = (study.weights * times for times in _draws(entries, resamples, seed))
    resampled = [study.fit.best(weights, middle).places for weights in drawn if weights.any()]
    centres = study.fit.best(study.weights, middle).places
    lines = [
        CutLine(
            grade=band.grade,
            printed=study.in_points(study.fit.lines[k].printed),
            proposed=study.in_points(fit.places[k]),
            intervals=tuple((study.in_points(low), study.in_points(high)) for low, high in fit.runs[k]),
            estimate=_estimate(study.fine, centres[k], [places[k] for places in resampled]),
        )
        for k, band in enumerate(band for band in study.bands if band.lower)
    ]
    return CutScores(
        population=population,
        standard=standard,
        readings=readings,
        points=study.points,
        grades=(None, *(band.grade for band in study.bands)),
        judged=study.judged(printed=standard, proposed=_moved(standard, lines).apply(standard)),
        least=whole(Fraction(fit.cost, study.unit)),
        lines=tuple(lines[::-1]),
        notes=(*population.notes, *study.notes(resamples, seed)),
        resamples=resamples,
        seed=seed,
    )


def _moved(standard: Standard, lines: Sequence[CutLine]) -> Reform:
    """Return the reform that moves the lines to their proposed values."""
    changes = {f"lines.{line.grade}": plain(line.proposed) for line in lines if line.proposed != line.printed}
    return Reform(reform="cut-scores", standard=standard.standard, changes=changes)


class _Study:
    """The totals that the bands grade, in whole numbers, for the judged subjects."""

    def __init__(
        self, population: Population, standard: Standard, readings: dict[str, str], entries: pd.DataFrame
    ) -> None:
        self.population, self.standard, self.readings, self.entries = population, standard, readings, entries
        self.bands = standard.bands[::-1]
        self.completed = complete(standard.bands, readings["between_bands"])[::-1]
        scores = scores_of(population, standard, readings)
        units, lattice = scores.units(None), scores.ratings.lattice
        ends = [end.value for band in (*self.bands, *self.completed) for end in (band.lower, band.upper) if end]
        decimals = (Fraction(end).denominator for end in ends)
        self.fine = math.lcm(100, *decimals)  # lines have two decimals, or as printed
        self.finer = math.lcm(lattice, self.fine)
        check_size(standard, self.finer)
        places = {name: place for place, name in enumerate(population.ids)}
        self.whom, self.points = np.array([places[name] for name in entries["id"]]), units / lattice
        self.weights, self.unit = np.ones_like(self.whom), 1
        if population.weight is not None:
            counted = population.points("weight")
            hold_weights(counted.whole[self.whom], counted.denominator)
            self.weights, self.unit = counted.whole[self.whom].astype(np.int64), counted.denominator
        grades = [None, *(band.grade for band in self.bands)]
        self.ranks = np.array([grades.index(grade) for grade in entries["grade"]])
        self.meets = np.stack([np.ones(len(entries), np.bool_), *map(self._meets, self.bands)], axis=1)
        self.unknown = (scores.possible.total != scores.secured.total)[self.whom]
        self.top = int(full_tree(standard).score.possible * self.fine)
        lower = self.bands[-1].lower
        highest = self.top - (lower is not None and not lower.closed)
        finer = units[self.whom].astype(np.int64) * (self.finer // lattice)
        lines = [self._line(place) for place, band in enumerate(self.bands) if band.lower]
        self.fit = LineFit(lines, finer, self.ranks, self._given(), self.finer // self.fine, highest)

    def _line(self, place: int) -> MovingLine:
        """Return the line below a band as it can move, with what it must leave of the band below."""
        band, completed = self.bands[place], self.completed[place]
        at, begin = (each.lower.value if each.lower else 0 for each in (band, completed))
        is_closed = completed.lower is None or completed.lower.closed
        ends: list[Side] = [(int((begin - at) * self.finer), "left" if is_closed else "right")]
        below, stop = self.bands[place - 1] if place else None, self.completed[place - 1].upper if place else None
        gap = room = 0
        if below and below.upper and stop:
            ends.insert(0, (int((stop.value - at) * self.finer), "right" if stop.closed else "left"))
            gap = int((at - below.upper.value) * self.fine)
            room = gap + (not (below.upper.closed and below.lower.closed)) if below.lower else 0
        printed = int(at * self.fine)
        return MovingLine(printed, gap if _zeros(printed - gap) > _zeros(printed) else 0, room, (ends[0], ends[-1]))

    def _meets(self, band: Band) -> NDArray[np.bool_]:
        """Return who meets what a grade asks for beside points: who would have it if it had no lines."""
        if not (band.requires or self.standard.requires):
            return np.ones(len(self.whom), np.bool_)
        alone = {"bands": (band.model_copy(update={"lower": None, "upper": None}),), "tables": {}}
        found = scores_of(self.population, self.standard.model_copy(update=alone), self.readings)
        return np.asarray(found.grade()[self.whom] == 0)

    def _given(self) -> Whole:
        """Return each subject's rank for every number of lines passed; the last column is for scores between bands."""
        given, rank = [], np.zeros(len(self.whom), np.int64)
        for place in range(0 if self.bands[0].lower else 1, len(self.bands) + 1):
            rank = np.where(self.meets[:, place], place, rank)
            given.append(rank)
        return np.stack([*given, np.zeros_like(rank)], axis=1)

    def judged(self, **under: Standard) -> pd.DataFrame:
        """Return the judgements, each with its weight and rank, and the ranks by the engine under some standards."""
        weights, top = [Fraction(weight, self.unit) for weight in self.weights.tolist()], len(self.bands)
        scores = {name: scores_of(self.population, standard, self.readings) for name, standard in under.items()}
        return self.entries[["id", "expert"]].assign(
            score=self.points[self.whom],
            weight=pd.Series(weights, dtype=object),
            judged=self.ranks,
            **{name: top - each.grade()[self.whom].astype(np.int64) for name, each in scores.items()},
        )

    def in_points(self, place: int) -> Exact:
        """Return a place as points."""
        return whole(Fraction(place, self.fine))

    def notes(self, resamples: int, seed: int) -> Iterator[Text]:
        """Yield what a reader of the lines should know."""
        if resamples:
            yield msg(
                "Standard errors and 90% intervals: {count} resamples of subjects and experts (seed {seed})",
                count=resamples,
                seed=seed,
            )
        if self.entries["expert"].nunique() == 1:
            yield msg("There is one expert: nothing tells how far experts differ, and the errors leave it out")
        judged = set(self.entries["grade"])
        if silent := [band.grade for band in self.bands[::-1] if band.grade not in judged]:
            yield msg("No expert gives {grades}: these lines rest on the other grades", grades=", ".join(silent))
        if unknown := self.entries["id"][self.unknown].nunique():
            yield msg(
                "Subjects judged despite unknown answers, which count nothing (their scores may be too low): {count}",
                count=unknown,
            )


def _zeros(number: int) -> int:
    """Return how many zeros a number ends in."""
    return len(str(number)) - len(str(number).rstrip("0"))


def _draws(entries: pd.DataFrame, count: int, seed: int) -> Iterator[Whole]:
    """Yield how often each judgement counts if subjects and experts are drawn anew, each with replacement."""
    rng = np.random.default_rng(seed)
    sides = [pd.factorize(entries[key]) for key in ("id", "expert")]
    for _ in range(count):
        subjects, experts = (rng.multinomial(len(names), [1 / len(names)] * len(names))[at] for at, names in sides)
        yield subjects * experts


def _estimate(fine: int, place: int, drawn: Sequence[int]) -> Estimate:
    """Return a line in points, with its error estimated from resampled judgements."""
    spread = [np.std(drawn, ddof=1), *np.quantile(drawn, _ENDS)] if len(drawn) > 1 else []
    return Estimate(*(round(float(value) / fine, 2) for value in (place, *spread)))
