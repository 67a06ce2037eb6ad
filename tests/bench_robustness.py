"""Measurements of exact chances and indices: ratios to sampling the same model, all from one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from bench_population import ratio, rounds, told

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.files.places import data, example
from lsstd.files.standards import load_standard
from lsstd.population.population import Population, load_population
from lsstd.robustness import distribution
from lsstd.robustness.distribution import Pmf
from lsstd.robustness.population_chances import grade_chances
from lsstd.robustness.sensitivity import indices, sensitivity
from lsstd.standard.standard import Standard

STANDARD = load_standard("hlj-base-evaluation")
EDGES = np.array([float(band.lower.value) for band in reversed(STANDARD.bands) if band.lower])


OFTEN = 50
"""So many times is quick work done within a round."""


def often(work: Callable[[], object]) -> Callable[[], object]:
    return lambda: [work() for _ in range(OFTEN)]


def pmfs_of(step: int = 1) -> list[Pmf]:
    """Return made-up chances for every row: three to five values each."""
    rng = np.random.default_rng(0)
    found = []
    for row in STANDARD.scored_rows:
        dense = np.zeros(int(row.max_score or 0) * step + 1)
        places = rng.choice(len(dense), size=rng.integers(3, 6), replace=False)
        dense[places] = rng.dirichlet(np.ones(len(places)))
        found.append(Pmf(0, dense))
    return found


def exact_grades(pmfs: list[Pmf], edges: Any) -> Any:
    total = distribution.add(pmfs)
    return np.diff(np.concatenate([[0.0], np.cumsum(total.chances)[edges - 1], [1.0]]))


def sampled_grades(pmfs: list[Pmf], draws: int, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    totals = np.zeros(draws)
    for pmf in pmfs:
        totals += np.searchsorted(np.cumsum(pmf.chances)[:-1], rng.random(draws), side="right")
    return np.bincount(np.searchsorted(EDGES, totals, side="right"), minlength=len(EDGES) + 1) / draws


def uncertain_grades() -> None:
    """Chances of the grades of one base, 51 uncertain rows: convolution against 10⁵ draws of the same model."""
    pmfs, edges = pmfs_of(), EDGES.astype(int)
    half, fine = pmfs_of(2), pmfs_of(10)
    works: dict[str, Callable[[], object]] = {
        "exact": often(lambda: exact_grades(pmfs, edges)),
        "sampled": lambda: sampled_grades(pmfs, 10**5),
        "half": often(lambda: exact_grades(half, 2 * edges)),
        "fine": often(lambda: exact_grades(fine, 10 * edges)),
        "a quarter": often(lambda: distribution.add(pmfs[:13])),
        "half the rows": often(lambda: distribution.add(pmfs[:26])),
    }
    times = rounds(works)
    times = {name: [t / (1 if name == "sampled" else OFTEN) for t in each] for name, each in times.items()}
    error = np.abs(exact_grades(pmfs, edges) - sampled_grades(pmfs, 10**5)).max()
    print("One base, 51 uncertain rows: chances of the grades")
    told("lsstd, exact", times["exact"])
    note = f"lsstd is {ratio(times, 'sampled', 'exact'):.0f} × faster (aim ≥ 500); it is off by {error:.1e}"
    told("10⁵ draws with NumPy", times["sampled"], note)
    for name, label in (("half", "steps of half a point"), ("fine", "steps of a tenth of a point")):
        told(f"exact, {label}", times[name], f"{ratio(times, name, 'exact'):.1f} × whole points")
    for name, label in (("a quarter", "13 rows"), ("half the rows", "26 rows")):
        told(f"exact, {label}", times[name], f"{ratio(times, 'exact', name):.1f} × as long for 51 rows")


def uncertain_indices() -> None:
    """First-order and total indices of reaching a grade, for 51 rows: exact against SALib at N = 2¹⁴, run once."""
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as sample

    pmfs = pmfs_of()
    line = int(np.searchsorted(np.cumsum(distribution.add(pmfs).chances), 0.7))
    names = [row.id for row in STANDARD.scored_rows]
    problem = {"num_vars": len(pmfs), "names": names, "bounds": [[0.0, 1.0]] * len(pmfs)}
    values = (np.arange(len(distribution.add(pmfs).chances)) >= line).astype(float)
    steps = [np.cumsum(pmf.chances)[:-1] for pmf in pmfs]

    def exact() -> list[dict[str, float | None]]:
        return [indices(p, others, values) for p, others in zip(pmfs, distribution.without_each(pmfs), strict=True)]

    def evaluate(matrix: Any) -> Any:
        return sum(np.searchsorted(step, matrix[:, i], side="right") for i, step in enumerate(steps)) >= line

    seconds = rounds({"exact": exact}, 15)["exact"]
    start = time.perf_counter()
    matrix = sample.sample(problem, 2**14, calc_second_order=False, seed=1)
    estimated = analyse.analyze(problem, evaluate(matrix).astype(float), calc_second_order=False, seed=1)
    taken = time.perf_counter() - start
    off = max(abs(e["total"] - s) for e, s in zip(exact(), estimated["ST"], strict=True))  # type: ignore[operator]
    print("51 rows: first-order and total indices of reaching a grade")
    told("lsstd, exact", seconds)
    note = f"lsstd is {taken / statistics.median(seconds):.0f} × faster (aim ≥ 3500); its ST is off by up to {off:.1e}"
    told(f"SALib, {len(matrix)} evaluations", [taken], note)


def uncertain_many() -> None:
    """10⁴ bases, each with its own unknowns: chances of the grades in one call, and how the time grows."""
    everyone = bases(10_000)
    times = {count: once(lambda count=count: grade_chances(STANDARD, everyone[:count])) for count in (1000, 10_000)}  # type: ignore[misc]
    print("Many bases in one call: chances of the grades")
    for count, seconds in times.items():
        told(f"{count} bases", [seconds], f"{seconds / count * 1e3:.2f} ms a base (aim ≤ 1)")
    for label, people in (("each blank in other places", table(10_000)), ("60 patterns", table(10_000, 60))):
        seconds = once(lambda people=people: grade_chances(STANDARD, people))  # type: ignore[misc]
        each, quicker = seconds / 10_000 * 1e3, times[10_000] / seconds
        note = f"{each:.3f} ms a base (aim ≤ 1); {quicker:.0f} × faster than assessments"
        told(f"a table of 10000, {label}", [seconds], note)
    first = everyone[0]
    told("all indices of one base, from the assessment on", [once(lambda: sensitivity(STANDARD, first, "AAA"))])


def once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bases(count: int, standard: Standard = STANDARD) -> list[Assessment]:
    """Return made-up bases: every row met, unmet, unknown, or points with chances."""
    from lsstd.files.assessments import load_assessment

    given = load_assessment(example("near_aaa"), standard).plain()
    rng, rows, found = np.random.default_rng(2), list(standard.scored_rows), []
    for _ in range(count):
        forms = rng.integers(0, 5, len(rows))
        answers: dict[str, Any] = {}
        for row, form in zip(rows, forms, strict=True):
            top = int(row.max_score or 0)
            answers[row.id] = [
                "met",
                "unmet",
                "unknown",
                {"range": [top // 2, top]},
                {"chances": [[0, 0.3], [top, 0.7]]},
            ][form]
        found.append(parse_assessment(standard, {**given, "answers": answers}))
    return found


def table(count: int, patterns: int = 0) -> Population:
    """Return bases with random cells of the made-up ones, 5 to 25 of them blank, optionally in only a few patterns."""
    people, rng = load_population(data() / "populations" / "made_up_60.csv", STANDARD), np.random.default_rng(3)
    different = patterns or count
    tested = {part.test.fact for row in STANDARD.scored_rows for part in row.parts.values() if part.test}
    names = [name for name in people.frame if name.partition(".")[0] in {*STANDARD.criteria, *tested}]
    order = rng.random((different, len(names))).argsort(axis=1)
    is_blank = order.argsort(axis=1) < rng.integers(5, 26, different)[:, None]
    columns = {
        name: np.where(is_blank[:, i], np.nan, rng.choice(people.frame[name].to_numpy(np.float64), different))
        for i, name in enumerate(names)
    }
    frame = pd.DataFrame(columns).iloc[np.arange(count) % different].reset_index(drop=True)
    return load_population(frame.assign(id=[f"synthetic-{i}" for i in range(count)]), STANDARD)


sections = [uncertain_grades, uncertain_indices, uncertain_many]
