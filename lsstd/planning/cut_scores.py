"""Cut scores: the grade lines that fit experts' judgements of subjects best, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.changes.reform import Reform
from lsstd.engine.charted import Charted
from lsstd.engine.tree import full_tree
from lsstd.errors import Problems
from lsstd.exact import Exact, plain, shown, total, whole
from lsstd.planning.line_fit import Fit, LineFit, Loss, MovingLine, Opinions, Side, Whole, middle, roundest
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
from lsstd.words import Lang, Text, msg, nearest

_ENDS = (0.05, 0.95)  # of the bootstrap's intervals
_NOISE = 2  # standard errors
_FEWEST = 0.5  # of the resamples: an interval of fewer would be of the easy ones only


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


@dataclass(frozen=True)
class CutLine:
    """The line of one grade.

    Parameters
    ----------
    proposed : exact
        The printed line where no other fits better, else the roundest that fits best.
    intervals : dict of str to tuple of (exact, exact)
        By what is least (``distance``, ``count``): all lines that fit best, ends included.
    fitted, crossing : Estimate, optional
        The middle of the lines that fit best; where half of the experts judge the grade or a higher one, by a model of
        proportional odds (contrasting groups). None where the judgements do not tell.
    """

    grade: str
    printed: Exact
    proposed: Exact
    intervals: dict[Loss, tuple[tuple[Exact, Exact], ...]]
    fitted: Estimate | None
    crossing: Estimate | None

    @property
    def estimate(self) -> Estimate | None:
        """Where the line is, by the model; by what fits best, where the model cannot tell."""
        return self.crossing or self.fitted

    @property
    def is_noise(self) -> bool | None:
        """Whether the line moves by less than two standard errors; None where it stays or its error is not known."""
        if self.estimate is None or self.estimate.error is None or self.proposed == self.printed:
            return None
        return abs(float(self.proposed - self.printed)) < _NOISE * self.estimate.error

    @property
    def entry(self) -> dict[str, Any]:
        """What JSON holds of it."""
        sampled = {key: at and at._asdict() for key, at in (("fitted", self.fitted), ("crossing", self.crossing))}
        return {**vars(self), **sampled, "noise": self.is_noise}


@dataclass(frozen=True)
class CutScores(Charted):
    """The lines that fit judgements best, beside the printed ones.

    Parameters
    ----------
    which
        The further table whose lines they are; empty for the standard's own bands.
    points
        What each subject of the population has of the points that are graded.
    grades
        From none (None) up; a rank is a place in it.
    judged
        One line a judgement: ``id, expert, score``, its ``weight`` (exact), and the ranks that are ``judged`` and that
        the ``printed`` and the ``proposed`` lines give.
    least
        The fewest grades apart (``distance``) and the fewest judgements that differ (``count``) under any lines.
    lines
        Highest first.
    """

    population: Population
    standard: Standard
    readings: dict[str, str]
    which: str
    loss: Loss
    points: NDArray[np.float64]
    grades: tuple[str | None, ...]
    judged: pd.DataFrame
    least: dict[Loss, Exact]
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

    def misfit(self, under: str) -> dict[Loss, Exact]:
        """Return how far judgements are from the grades under the ``printed`` or the ``proposed`` lines.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.cut_scores(people, "hlj-base-evaluation", "data/judgements/made_up_60.csv", resamples=0)
        >>> found.misfit("printed"), found.misfit("proposed")
        ({'distance': 15, 'count': 15}, {'distance': 10, 'count': 10})
        """
        apart, weights = (self.judged[under] - self.judged["judged"]).abs(), self.judged["weight"].tolist()
        each = {"distance": apart.tolist(), "count": apart.clip(upper=1).tolist()}
        return {loss: total(a * w for a, w in zip(each[loss], weights, strict=True)) for loss in get_args(Loss)}

    @property
    def _by_expert(self) -> pd.DataFrame:
        """The ranks judged: one line a subject, a column an expert, in the order of the judgements."""
        names, experts = (self.judged[key].drop_duplicates() for key in ("id", "expert"))
        return self.judged.pivot(index="id", columns="expert", values="judged").reindex(names, columns=experts)

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """Every two experts who judged ``common`` subjects, how many ``alike``, the weighted ``kappa``; least first."""
        ranks, pairs = self._by_expert, []
        for one, two in combinations(ranks, 2):
            both = ranks[[one, two]].dropna().to_numpy().astype(int)
            apart = np.abs(both[:, 0] - both[:, 1])
            by_chance = int(np.abs(np.subtract.outer(both[:, 0], both[:, 1])).sum())
            kappa = 1 - len(both) * int(apart.sum()) / by_chance if by_chance else None
            pairs.append((one, two, len(both), int((apart == 0).sum()), kappa))
        table = pd.DataFrame(pairs, columns=["one", "other", "common", "alike", "kappa"])
        return table[table["common"] > 0].sort_values("kappa", kind="stable", ignore_index=True)

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
        prefix = f"lines.{self.which}".rstrip(".")
        moved = {f"{prefix}.{each.grade}": plain(each.proposed) for each in self.lines if each.proposed != each.printed}
        return Reform(reform="cut-scores", standard=self.standard.standard, reason=reason, changes=moved)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what JSON holds.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.cut_scores(people, "hlj-base-evaluation", "data/judgements/made_up_60.csv", resamples=0)
        >>> found.to_dict()["reform"]["changes"]
        {'lines.AAA': 391, 'lines.AA': 350}
        """
        kappa = self.agreement["kappa"].mean()
        document = {
            **fields_of(self.standard, "standard edition"),
            "table": self.which or None,
            "readings": self.standard.printed_readings(self.readings),
            "population": {"count": len(self.population)},
            "judgements": len(self.judged),
            "subjects": self.judged["id"].nunique(),
            "experts": list(self.judged["expert"].unique()),
            "loss": self.loss,
            "printed": self.misfit("printed"),
            "proposed": self.misfit("proposed"),
            "least": self.least,
            "lines": [line.entry for line in self.lines],
            "errors": records(self.errors),
            "kappa": None if kappa != kappa else kappa,
            "agreement": records(self.agreement),
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
    table: str = "",
    loss: Loss = "distance",
    resamples: int = 200,
    seed: int = 0,
) -> CutScores:
    """Return the grade lines that fit experts' judgements best: exactly, with all that are as good, and how sure.

    Lines keep their gaps and open ends; further demands of a grade, readings and the population's weights count as they
    do in every score. What is unknown of a subject counts nothing.

    Parameters
    ----------
    judgements : path or DataFrame
        Columns ``id``, ``expert``, ``grade``: what an expert holds a subject to be.
    table : str
        The further table of bands whose lines are sought; empty for the standard's own.
    loss : {"distance", "count"}
        Whether the proposed lines have the fewest grades apart, or the fewest judgements that differ at all.
    resamples, seed : int
        Of the bootstrap over subjects and experts; 0 leaves it out.

    Raises
    ------
    LsstdError
        Judgements that cannot be read or do not fit the population; a table or a loss that does not exist.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> found = lsstd.cut_scores(people, "hlj-base-evaluation", "data/judgements/made_up_60.csv", resamples=0)
    >>> found.reform.apply(lsstd.load_standard("hlj-base-evaluation")).edition
    'draft + cut-scores'
    """
    readings, which = standard.choose_readings(readings), _table(standard, table, loss)
    bands = standard.tables[which].bands if which else standard.bands
    entries = _judgements(judgements, population, [band.grade for band in bands])
    study = _Study(population, standard, readings, which, entries)
    fits = {kind: study.fit.best(study.weights, kind, roundest(study.top)) for kind in get_args(Loss)}
    lines, places = study.lines(fits, loss, [*_draws(entries, resamples, seed)]), study.fit.lines
    return CutScores(
        population=population,
        standard=standard,
        readings=readings,
        which=which,
        loss=loss,
        points=study.points,
        grades=(None, *(band.grade for band in study.bands)),
        judged=study.judged(printed=[line.printed for line in places], proposed=fits[loss].places),
        least={kind: whole(Fraction(each.cost, study.unit)) for kind, each in fits.items()},
        lines=lines,
        notes=(*population.notes, *study.notes(fits["distance"].cost == 0, resamples, seed)),
        resamples=resamples,
        seed=seed,
    )


def _table(standard: Standard, table: str, loss: Loss) -> str:
    """Return the table whose lines are sought: the one asked for, or the only one that there is."""
    bands = {"": standard.bands, **{key: each.bands for key, each in standard.tables.items()}}
    with_lines = [key for key, listed in bands.items() if any(band.lower for band in listed)]
    which, problems = with_lines[0] if len(with_lines) == 1 and not table else table, Problems()
    for key, value, options in (("table", which, with_lines), ("loss", loss, get_args(Loss))):
        if value not in options:
            problems.add(key, value or msg("missing"), nearest(value, filter(None, options)))
    problems.raise_if_any(msg("no lines can be sought"))
    return which


class _Study:
    """What one table of bands grades, in whole numbers, of the subjects that are judged."""

    def __init__(
        self, population: Population, standard: Standard, readings: dict[str, str], which: str, entries: pd.DataFrame
    ) -> None:
        self.population, self.standard, self.readings, self.entries = population, standard, readings, entries
        table, tree = standard.tables.get(which), full_tree(standard)
        node = table.indicator if table else None
        highest_first = table.bands if table else standard.bands
        self.bands, self.completed = highest_first[::-1], complete(highest_first, readings["between_bands"])[::-1]
        scores = scores_of(population, standard, readings)
        units, lattice = scores.units(node), scores.ratings.lattice
        ends = [end.value for band in (*self.bands, *self.completed) for end in (band.lower, band.upper) if end]
        # Lines have two decimals, or up to four where scores are so fine that none would lie between two of them.
        fine = (10**n for n in range(2, 19) if 10**n >= min(lattice, 10**4))
        self.fine = next(each for each in fine if all(not end * each % 1 for end in ends))
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
        self.top = int((tree.nodes[node].score if node else tree.score).possible * self.fine)
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

    def judged(self, **lines: Sequence[int]) -> pd.DataFrame:
        """Return the judgements, each with its weight and the ranks that it and some lines give."""
        weights = [Fraction(weight, self.unit) for weight in self.weights.tolist()]
        return self.entries[["id", "expert"]].assign(
            score=self.points[self.whom],
            weight=pd.Series(weights, dtype=object),
            judged=self.ranks,
            **{under: self.fit.ranks(places) for under, places in lines.items()},
        )

    def lines(self, fits: Mapping[Loss, Fit], loss: Loss, draws: Iterable[Whole]) -> tuple[CutLine, ...]:
        """Return the lines, highest first, with their errors over some draws of the judgements."""
        drawn = (self.weights * times for times in draws)
        samples = [self.weights, *(weights for weights in drawn if weights.any())]
        fitted = _estimates([[at / self.fine for at in self.fit.best(each, loss, middle).places] for each in samples])
        free = np.asarray(self.meets.all(axis=1))  # whom nothing but points keeps from a grade
        model = Opinions(self.points[self.whom][free], self.ranks[free])
        crossing: list[Estimate | None] = [None] * len(self.bands)
        if fits["distance"].cost:  # else the slope runs away
            crossing = _estimates([model.crossings(each[free], len(self.bands)) for each in samples])
        first = len(self.bands) - len(fitted)  # a lowest band without a line
        lines = [
            CutLine(
                band.grade,
                self._points(self.fit.lines[k].printed),
                self._points(fits[loss].places[k]),
                {kind: tuple((self._points(a), self._points(b)) for a, b in fit.runs[k]) for kind, fit in fits.items()},
                fitted[k],
                crossing[first + k],
            )
            for k, band in enumerate(self.bands[first:])
        ]
        return tuple(lines[::-1])

    def _points(self, place: int) -> Exact:
        """Return a place as points."""
        return whole(Fraction(place, self.fine))

    def notes(self, follows: bool, resamples: int, seed: int) -> Iterator[Text]:
        """Yield what a reader of the lines should know."""
        if resamples:
            yield msg(
                "Standard errors and 90% intervals: {count} resamples of subjects and experts (seed {seed})",
                count=resamples,
                seed=seed,
            )
        if self.population.weight is not None:
            yield msg("Each judgement counts by the weight of its subject")
        if self.entries["expert"].nunique() == 1:
            yield msg("There is one expert: nothing tells how far experts differ, and the errors leave it out")
        if follows:
            yield msg("The judgements follow the score without exception: any line in the interval fits, and no model")
        judged = set(self.entries["grade"])
        if silent := [band.grade for band in self.bands[::-1] if band.grade not in judged]:
            yield msg("No expert gives {grades}: these lines rest on the other grades", grades=", ".join(silent))
        if barred := int((~self.meets.all(axis=1)).sum()):
            yield msg(
                "{count} judgements are of subjects that a further demand of a grade holds back whatever their points; "
                "the estimates of half of the experts leave them out",
                count=barred,
            )
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


def _estimates(values: Sequence[Sequence[float | None]]) -> list[Estimate | None]:
    """Return each line's first value, with what the others tell of its error; None where there is no value."""
    estimates: list[Estimate | None] = []
    for first, *drawn in zip(*values, strict=True):
        known, spread = [value for value in drawn if value is not None], list[float]()
        if len(known) > max(1, _FEWEST * len(drawn)):
            spread = [np.std(known, ddof=1), *np.quantile(known, _ENDS)]
        rounded = [round(float(value), 2) for value in (first or 0, *spread)]
        estimates.append(None if first is None else Estimate(*rounded))
    return estimates
