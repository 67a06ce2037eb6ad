"""Cut scores: the grade lines that fit experts' judgements of subjects best, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
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
from lsstd.exact import Exact, plain, plain_tree, shown, whole
from lsstd.files.reading import KINDS, read_plain
from lsstd.planning.line_fit import Fit, Line, LineFit, Loss, Opinions, Side, Whole, middle, roundest
from lsstd.population.impact import records
from lsstd.population.population import Population, read_table
from lsstd.population.ratings import check_size
from lsstd.population.scoring import scores_of
from lsstd.standard.bands import complete
from lsstd.standard.models import Listed, Model, Words, as_in_file, parse
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, nearest, same

_ENDS = (0.05, 0.95)  # of the bootstrap's intervals
_NOISE = 2  # standard errors
_FEW = 30  # subjects
_FEWEST = 0.5  # of the resamples: an interval of fewer would be of the easy ones only


class Judgement(Model):
    """What one expert holds one subject to be; the grade is None for none."""

    id: str
    expert: str
    grade: str | None


class _File(Model):
    standard: str
    note: Words | None = None
    judgements: Listed[Judgement]


_HEADS = {"id": msg("id"), "expert": msg("expert"), "grade": msg("grade")}


def load_judgements(
    source: str | Path | pd.DataFrame, population: Population, standard: Standard, grades: Sequence[str]
) -> tuple[Judgement, ...]:
    """Return judgements from a data frame, a table (CSV, Excel) or a YAML file, in their order.

    Parameters
    ----------
    grades : sequence of str
        Those that can be given; none is written ``none`` or in the standard's own words.

    Raises
    ------
    FileError, InvalidFile
        It cannot be read, or holds unknown subjects or grades, blanks, or two judgements of a subject by one expert:
        all problems at once, each with its line.
    """
    name, entries, lines, problems = "DataFrame", pd.DataFrame(), dict[str, int](), Problems()
    if isinstance(source, pd.DataFrame):
        entries = _named(source, problems)
    elif Path(source).suffix.lower() in KINDS:
        name, entries, lines = Path(source).name, *_listed(Path(source), standard, problems)
    else:
        name, table = Path(source).name, read_table(Path(source), lambda _: True)
        entries, lines = _named(table.frame, problems), {f"judgements.{i}": line for i, line in enumerate(table.lines)}
    title = msg("{name} does not hold judgements", name=name)
    problems.raise_if_any(title)
    problems, none = Problems(lines), standard.named(None)
    words = {**{grade: grade for grade in grades}, **dict.fromkeys(("none", none.zh, none.en))}
    known, seen, found = frozenset(population.ids), dict[tuple[str, str], str](), []
    for i, entry in enumerate(entries.astype(object).where(entries.notna(), "").itertuples(index=False)):
        place, each = f"judgements.{i}", [str(cell).strip() for cell in entry]
        pair, grade = (each[0], each[1]), each[2]
        for key in (key for key, text in zip(_HEADS, each, strict=True) if not text):
            right = msg("{grades} or none", grades=", ".join(grades)) if key == "grade" else msg("a name")
            problems.add(f"{place}.{key}", msg("blank"), right)
        if pair[0] and pair[0] not in known:
            problems.add(f"{place}.id", msg("the population has no {id}", id=pair[0]), nearest(pair[0], population.ids))
        if grade and grade not in words:
            problems.add(f"{place}.grade", msg("unknown grade {grade}", grade=grade), nearest(grade, [*grades, "none"]))
        if all(pair) and (first := seen.setdefault(pair, place)) != place:
            where = msg("line {line}", line=lines[first]) if first in lines else same(first)
            again = msg("{expert} judges {id} again, after {first}", expert=pair[1], id=pair[0], first=where)
            problems.add(f"{place}.expert", again, msg("one judgement of a subject by each expert"))
        found.append(Judgement(id=pair[0], expert=pair[1], grade=words.get(grade)))
        if problems.is_long:
            break
    if not found:
        problems.add("judgements", msg("no judgements"), msg("rows of {names}", names=", ".join(_HEADS)))
    problems.raise_if_any(title)
    return tuple(found)


def _listed(path: Path, standard: Standard, problems: Problems) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the judgements of a YAML file as a table, with the line of each."""
    parsed, _ = read_plain(path)
    told = Problems(parsed.lines)
    held = parse(_File, parsed.value, told)
    if held and held.standard != standard.standard:
        told.add("standard", held.standard, standard.standard)
    problems.found += told.found
    listed = [(e.id, e.expert, "none" if e.grade is None else e.grade) for e in (held.judgements if held else ())]
    return pd.DataFrame(listed, columns=[*_HEADS]), parsed.lines


def _named(frame: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Return a table with its columns in order, whose heads may be in either language."""
    keys = {text: key for key, head in _HEADS.items() for text in (key, head.zh, head.en)}
    frame = frame.rename(columns=lambda head: keys.get(str(head).strip(), str(head)))
    for column in (str(column) for column in frame if column not in _HEADS):
        problems.add(column, msg("unknown column"), nearest(column, _HEADS))
    for column in (column for column in _HEADS if list(frame).count(column) != 1):
        problems.add(column, msg("no such column"), msg("the columns {names}", names=", ".join(_HEADS)))
    return frame if problems.found else frame[[*_HEADS]]


# ── what is found ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Estimate(NamedTuple):
    """A line from a sample: its value, and over resampled subjects and experts its standard error and 90 % interval."""

    value: float
    error: float | None = None
    low: float | None = None
    high: float | None = None


class Best(NamedTuple):
    """The roundest of the lines that fit best (the printed one, if it is among them), and all of them.

    Intervals include both ends, and hold every line of two decimals (more, where scores are finer).
    """

    line: Exact
    intervals: tuple[tuple[Exact, Exact], ...]


class Misfit(NamedTuple):
    """How many judgements are other than the grade that some lines give, and by how many grades in all."""

    differing: Exact
    distance: Exact


@dataclass(frozen=True)
class CutLine:
    """The line of one grade.

    Parameters
    ----------
    printed : exact
        Where it stands in the standard.
    best : dict of str to Best
        By what is least: ``distance``, ``count``.
    fitted, crossing : Estimate, optional
        The middle of the lines that fit best; where half of the experts judge the grade or a higher one, by a model of
        proportional odds (contrasting groups). None where the judgements do not tell.
    """

    grade: str
    printed: Exact
    proposed: Exact
    best: dict[Loss, Best]
    fitted: Estimate | None
    crossing: Estimate | None

    @property
    def is_noise(self) -> bool | None:
        """Whether the line moves by less than two standard errors; None where it stays or its error is not known."""
        error = at.error if (at := self.crossing or self.fitted) else None
        is_known = error is not None and self.proposed != self.printed
        return abs(float(self.proposed - self.printed)) < _NOISE * (error or 0) if is_known else None

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON holds.

        >>> from lsstd.planning.cut_scores import CutLine, Estimate
        >>> CutLine("A", 60, 65, {}, Estimate(66.0), None).to_dict()["proposed"]
        65
        """
        estimates = {
            "fitted": self.fitted and self.fitted._asdict(),
            "crossing": self.crossing and self.crossing._asdict(),
        }
        best = {loss: each._asdict() for loss, each in self.best.items()}
        here = {"grade": self.grade, "printed": self.printed, "proposed": self.proposed, "best": best}
        return {**plain_tree(here), **estimates, "noise": self.is_noise}


class Agreement(NamedTuple):
    """Two experts: how many subjects both judged, how many of them alike, and the kappa weighted by grades apart."""

    experts: tuple[str, str]
    common: int
    alike: int
    kappa: float | None


@dataclass(frozen=True)
class CutScores(Charted):
    """The lines that fit judgements best, beside the printed ones.

    Parameters
    ----------
    which : str
        The further table whose lines they are; empty for the standard's own bands.
    points : array
        What each subject of the population has of the points that are graded.
    grades : tuple
        From none (None) up.
    ranks : dict of str to array
        Of each judgement: the rank ``judged``, and those that the ``printed`` and the ``proposed`` lines give.
    misfits : dict of str to Misfit
        Under the ``printed`` and the ``proposed`` lines.
    least : dict of str to exact
        The fewest grades apart (``distance``) and the fewest judgements that differ (``count``) under any lines.
    lines : tuple of CutLine
        Highest first.
    """

    population: Population
    standard: Standard
    readings: dict[str, str]
    which: str
    loss: Loss
    judgements: tuple[Judgement, ...]
    points: NDArray[np.float64]
    grades: tuple[str | None, ...]
    ranks: dict[str, Whole]
    misfits: dict[str, Misfit]
    least: dict[Loss, Exact]
    lines: tuple[CutLine, ...]
    notes: tuple[Text, ...]
    resamples: int
    seed: int

    @property
    def table(self) -> pd.DataFrame:
        """One line a grade, highest first."""
        lines = [line.to_dict() for line in self.lines]
        return pd.json_normalize([{**line, "best": line["best"][self.loss]["intervals"]} for line in lines])

    @cached_property
    def judged(self) -> pd.DataFrame:
        """One line a judgement: ``id``, ``expert``, ``score``, and the grades ``judged``, ``printed``, ``proposed``."""
        names, points = np.array(self.grades, object), dict(zip(self.population.ids, self.points, strict=True))
        columns: dict[str, Any] = {"id": [each.id for each in self.judgements]}
        columns |= {"expert": [each.expert for each in self.judgements], "score": [points[i] for i in columns["id"]]}
        columns |= {key: pd.Series(names[ranks], dtype=object) for key, ranks in self.ranks.items()}
        return pd.DataFrame(columns)

    @property
    def errors(self) -> pd.DataFrame:
        """The judgements that are other than the grade under the printed or the proposed lines."""
        given, judged = (self.ranks["printed"], self.ranks["proposed"]), self.ranks["judged"]
        return self.judged.iloc[np.flatnonzero((given[0] != judged) | (given[1] != judged))].reset_index(drop=True)

    @cached_property
    def agreement(self) -> tuple[Agreement, ...]:
        """Every two experts who judged subjects in common, those first who agree least."""
        by_expert = self._ranks("expert", "id")
        pairs = [_agreement((one, two), by_expert[one], by_expert[two]) for one, two in combinations(by_expert, 2)]
        return tuple(sorted((p for p in pairs if p.common), key=lambda p: 2 if p.kappa is None else p.kappa))

    @property
    def kappa(self) -> float | None:
        """The mean of all pairs' kappas."""
        known = [pair.kappa for pair in self.agreement if pair.kappa is not None]
        return sum(known) / len(known) if known else None

    @cached_property
    def disputed(self) -> dict[str, dict[str, str | None]]:
        """The grades that experts give to subjects on which they differ; those furthest apart first."""
        judged = self._ranks("id", "expert")
        apart = {name: max(at.values()) - min(at.values()) for name, at in judged.items()}
        order = sorted((name for name in apart if apart[name]), key=lambda name: -apart[name])
        return {name: {expert: self.grades[rank] for expert, rank in judged[name].items()} for name in order}

    def _ranks(self, outer: str, inner: str) -> dict[str, dict[str, int]]:
        """Return the rank of each judgement by subject and expert, or the other way round."""
        found: dict[str, dict[str, int]] = {}
        for each, rank in zip(self.judgements, self.ranks["judged"].tolist(), strict=True):
            found.setdefault(getattr(each, outer), {})[getattr(each, inner)] = rank
        return found

    @property
    def reform(self) -> Reform:
        """The lines that move, as a reform; an empty one where the printed lines fit best."""
        reason = msg(
            "Lines that fit {count} judgements best: {after} differ from the grade, {before} under the printed lines",
            count=len(self.judgements),
            after=shown(self.misfits["proposed"].differing),
            before=shown(self.misfits["printed"].differing),
        )
        prefix = f"lines.{self.which}".rstrip(".")
        moved = {f"{prefix}.{each.grade}": plain(each.proposed) for each in self.lines if each.proposed != each.printed}
        return Reform(reform="cut-scores", standard=self.standard.standard, reason=reason, changes=moved)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what JSON holds.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.cut_scores(people, "hlj-base-evaluation", "data/judgements/made_up_60.csv", resamples=0)
        >>> found.to_dict()["printed"]["differing"] > found.to_dict()["least"]["count"]
        True
        """
        return {
            "standard": self.standard.standard,
            "edition": self.standard.edition,
            "table": self.which or None,
            "readings": self.standard.printed_readings(self.readings),
            "population": {"count": len(self.population)},
            "judgements": len(self.judgements),
            "subjects": len({each.id for each in self.judgements}),
            "experts": [*dict.fromkeys(each.expert for each in self.judgements)],
            "loss": self.loss,
            **plain_tree({under: misfit._asdict() for under, misfit in self.misfits.items()}),
            "least": plain_tree(self.least),
            "lines": [line.to_dict() for line in self.lines],
            "errors": records(self.errors),
            "kappa": self.kappa,
            "agreement": [pair._asdict() for pair in self.agreement],
            "disputed": [{"id": name, "grades": grades} for name, grades in self.disputed.items()],
            "resamples": self.resamples,
            "seed": self.seed,
            "synthetic": self.population.is_synthetic,
            "notes": [note.to(lang) for note in self.notes],
            "reform": plain_tree(as_in_file(self.reform, lean=True)),
        }


def _agreement(experts: tuple[str, str], one: Mapping[str, int], other: Mapping[str, int]) -> Agreement:
    """Compare two experts: kappa is 1 less the grades apart over those apart if each judged at random as often."""
    pairs = [(rank, other[name]) for name, rank in one.items() if name in other]
    apart = sum(abs(a - b) for a, b in pairs)
    by_chance = sum(abs(a - b) for a, _ in pairs for _, b in pairs)
    kappa = float(1 - Fraction(int(apart * len(pairs)), int(by_chance))) if by_chance else None
    return Agreement(experts, len(pairs), sum(a == b for a, b in pairs), kappa)


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

    Parameters
    ----------
    judgements : path or DataFrame
        Columns ``id``, ``expert``, ``grade`` (or a YAML list of such entries): what an expert holds a subject to be.
    readings : dict of str to str, optional
        Replaces the defaults of the standard's file.
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

    Notes
    -----
    Lines keep their gaps and open ends; further demands of a grade, readings and the population's weights count as they
    do in every score. What is unknown of a subject counts nothing.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> found = lsstd.cut_scores(people, "hlj-base-evaluation", "data/judgements/made_up_60.csv", resamples=0)
    >>> found.reform.apply(lsstd.load_standard("hlj-base-evaluation")).edition
    'draft + cut-scores'
    """
    problems, tables = Problems(), _tables(standard)
    if loss not in get_args(Loss):
        problems.add("loss", str(loss), nearest(str(loss), get_args(Loss)))
    if table not in tables:
        problems.add("table", table or msg("missing"), nearest(table, filter(None, tables)))
    problems.raise_if_any(msg("no lines can be sought"))
    study = _Study(population, standard, standard.choose_readings(readings), table or tables[0])
    return study.found(load_judgements(judgements, population, standard, study.names), loss, resamples, seed)


def _tables(standard: Standard) -> list[str]:
    """Return the tables whose lines can be sought, the standard's own bands as an empty one; of one alone that, too."""
    tables = {"": standard.bands, **{key: table.bands for key, table in standard.tables.items()}}
    found = [key for key, listed in tables.items() if any(band.lower for band in listed)]
    return [*found, ""] if len(found) == 1 else found


class _Study:
    """What of a population one table of bands grades."""

    def __init__(self, population: Population, standard: Standard, readings: dict[str, str], which: str) -> None:
        self.population, self.standard, self.readings, self.which = population, standard, readings, which
        table, tree = standard.tables.get(which), full_tree(standard)
        node = table.indicator if table else None
        self.bands = (table.bands if table else standard.bands)[::-1]
        self.completed = complete(self.bands[::-1], readings["between_bands"])[::-1]
        self.names = [band.grade for band in self.bands][::-1]
        self.scores = scores_of(population, standard, readings)
        self.units, self.lattice = self.scores.units(node), self.scores.ratings.lattice
        self.top = (tree.nodes[node].score if node else tree.score).possible
        ends = [end.value for band in (*self.bands, *self.completed) for end in (band.lower, band.upper) if end]
        self.fine = next(10**n for n in range(2, 19) if 10**n >= self.lattice and all(not e * 10**n % 1 for e in ends))
        self.finer = math.lcm(self.lattice, self.fine)
        check_size(standard, self.finer)

    def found(self, judgements: tuple[Judgement, ...], loss: Loss, resamples: int, seed: int) -> CutScores:
        """Return what judgements say of the lines."""
        places = {name: place for place, name in enumerate(self.population.ids)}
        whom, grades = np.array([places[each.id] for each in judgements]), (None, *self.names[::-1])
        ranks, meets = np.array([grades.index(each.grade) for each in judgements]), self._meets(whom)
        weights, unit = self._weights(whom)
        scores, top = self.units[whom].astype(np.int64) * (self.finer // self.lattice), self.bands[-1].lower
        highest = math.floor(self.top * self.fine) - (top is not None and not top.closed)
        fit = LineFit(self._lines(), scores, ranks, self._given(meets), self.finer // self.fine, highest)
        fits = {kind: fit.best(weights, kind, roundest(int(self.top * self.fine))) for kind in get_args(Loss)}
        is_apart = fits["distance"].cost == 0
        opinions = None if is_apart else Opinions(self.units[whom] / self.lattice, ranks, np.asarray(meets.all(axis=1)))
        samples = [weights, *(weights * times for times in _draws(judgements, resamples, seed))]
        fitted = _estimates([[at / self.fine for at in fit.best(each, loss, middle).places] for each in samples])
        crossing = _estimates([opinions.crossings(each, len(grades) - 1) for each in samples] if opinions else [])
        under = {"printed": fit.ranks([line.printed for line in fit.lines]), "proposed": fit.ranks(fits[loss].places)}
        lines = []
        for k, line in reversed([*enumerate(fit.lines)]):
            place, best = (
                k + len(grades) - 1 - len(fit.lines),
                {kind: self._best(each, k) for kind, each in fits.items()},
            )
            cross = crossing[place] if crossing else None
            printed = whole(Fraction(line.printed, self.fine))
            lines.append(CutLine(grades[place + 1] or "", printed, best[loss].line, best, fitted[k], cross))
        return CutScores(
            population=self.population,
            standard=self.standard,
            readings=self.readings,
            which=self.which,
            loss=loss,
            judgements=judgements,
            points=self.units / self.lattice,
            grades=grades,
            ranks={"judged": ranks, **under},
            misfits={key: _misfit(np.abs(given - ranks), weights, unit) for key, given in under.items()},
            least={kind: whole(Fraction(each.cost, unit)) for kind, each in fits.items()},
            lines=tuple(lines),
            notes=tuple(self._notes(judgements, whom, meets, is_apart, resamples, seed)),
            resamples=resamples,
            seed=seed,
        )

    def _lines(self) -> list[Line]:
        found = []
        for place, (band, done) in enumerate(zip(self.bands, self.completed, strict=True)):
            if band.lower is None or done.lower is None:
                continue
            at, below, gap, room = band.lower.value, self.bands[place - 1] if place else None, 0, 0
            ends: list[Side] = [(int((done.lower.value - at) * self.finer), "left" if done.lower.closed else "right")]
            if below and below.upper and (stop := self.completed[place - 1].upper):
                ends.insert(0, (int((stop.value - at) * self.finer), "right" if stop.closed else "left"))
                gap = int((at - below.upper.value) * self.fine)
                room = gap + (not (below.upper.closed and below.lower and below.lower.closed)) if below.lower else 0
            printed = int(at * self.fine)
            anchor = gap if _zeros(printed - gap) > _zeros(printed) else 0
            found.append(Line(printed, anchor, room, (ends[0], ends[-1])))
        return found

    def _meets(self, whom: Whole) -> NDArray[np.bool_]:
        """Return of which ranks each subject meets the demands beside points: one that asks nothing is met by all."""
        columns = [np.ones(len(whom), np.bool_)]
        for band in self.bands:
            asks = band.requires or self.standard.requires
            alone = {"bands": (band.model_copy(update={"lower": None, "upper": None}),), "tables": {}}
            found = scores_of(self.population, self.standard.model_copy(update=alone), self.readings) if asks else None
            columns.append(columns[0] if found is None else found.grade()[whom] == 0)
        return np.stack(columns, axis=1)

    def _given(self, meets: NDArray[np.bool_]) -> Whole:
        """Return the rank that each subject has once so many lines are passed, and last that between two bands."""
        given, rank = [], np.zeros(len(meets), np.int64)
        for place in range(0 if self.bands[0].lower else 1, len(self.bands) + 1):
            rank = np.where(meets[:, place], place, rank)
            given.append(rank)
        return np.stack([*given, np.zeros(len(meets), np.int64)], axis=1)

    def _weights(self, whom: Whole) -> tuple[Whole, int]:
        """Return what each judgement counts in whole numbers, and how many of these are 1."""
        if self.population.weight is None:
            return np.ones(len(whom), np.int64), 1
        found = self.population.points("weight")
        return found.whole[whom].astype(np.int64), found.denominator

    def _best(self, fit: Fit, k: int) -> Best:
        ends = [tuple(whole(Fraction(end, self.fine)) for end in run) for run in fit.runs[k]]
        return Best(whole(Fraction(fit.places[k], self.fine)), tuple((low, high) for low, high in ends))

    def _notes(
        self,
        judgements: Sequence[Judgement],
        whom: Whole,
        meets: NDArray[np.bool_],
        apart: bool,
        resamples: int,
        seed: int,
    ) -> Iterator[Text]:
        yield from self.population.notes
        if resamples:
            yield msg(
                "Standard errors and 90% intervals: {count} resamples of subjects and experts (seed {seed})",
                count=resamples,
                seed=seed,
            )
        if len({each.expert for each in judgements}) == 1:
            yield msg("There is one expert: nothing tells how far experts differ, and the errors leave it out")
        if (few := len(set(whom.tolist()))) < _FEW:
            yield msg("Only {count} subjects are judged: the lines are uncertain", count=few)
        if apart:
            yield msg("The judgements follow the score without exception: any line in the interval fits, and no model")
        judged = {each.grade for each in judgements}
        if silent := [grade for grade in self.names if grade not in judged]:
            yield msg("No expert gives {grades}: these lines rest on the other grades", grades=", ".join(silent))
        if barred := int((~meets.all(axis=1)).sum()):
            yield msg(
                "{count} judgements are of subjects that a further demand of a grade holds back whatever their points; "
                "the estimates of half of the experts leave them out",
                count=barred,
            )
        unknown = self.scores.possible.total != self.scores.secured.total
        if open_ := len(set(whom[unknown[whom]].tolist())):
            yield msg(
                "Of {count} judged subjects something is unknown and counts nothing; their points may be too low",
                count=open_,
            )


def _zeros(number: int) -> int:
    """Return how many zeros a number ends in."""
    return len(str(number)) - len(str(number).rstrip("0"))


def _misfit(apart: Whole, weights: Whole, unit: int) -> Misfit:
    sums = (int(weights @ np.minimum(apart, 1)), int(weights @ apart))
    return Misfit(*(whole(Fraction(each, unit)) for each in sums))


def _draws(judgements: Sequence[Judgement], count: int, seed: int) -> Iterator[Whole]:
    """Yield how often each judgement counts if subjects and experts are drawn anew, each with replacement."""
    rng = np.random.default_rng(seed)
    sides = [np.unique([getattr(each, key) for each in judgements], return_inverse=True)[1] for key in ("id", "expert")]
    sizes = [int(side.max()) + 1 for side in sides]
    for _ in range(count):
        times = [rng.multinomial(n, [1 / n] * n)[side] for n, side in zip(sizes, sides, strict=True)]
        yield times[0] * times[1]


def _estimates(values: Sequence[Sequence[float | None]]) -> list[Estimate | None]:
    """Return each line's first value, with what the others tell of its error; None where there is no value."""
    found: list[Estimate | None] = []
    for first, *drawn in zip(*values, strict=True):
        known = [value for value in drawn if value is not None]
        if first is None or len(known) < max(2, _FEWEST * len(drawn)):
            found.append(None if first is None else Estimate(first))
        else:
            drawn = [np.std(known, ddof=1), *np.quantile(known, _ENDS)]
            found.append(Estimate(first, *(round(float(value), 4) for value in drawn)))
    return found
