"""Measurements of populations: each section prints ratios of medians over interleaved rounds of one run.

Each round runs every contender once, in turn and then backwards; a ratio is the median of the rounds' ratios.
"""

# ruff: noqa: E402
import os
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # one thread against one thread

import numpy as np
import pandas as pd

from lsstd.changes.reform import Reform
from lsstd.files.places import data
from lsstd.files.standards import load_standard
from lsstd.population.columns import add_up, change, find_stretch
from lsstd.population.impact import each_impact
from lsstd.population.population import as_csv, load_population
from lsstd.population.ratings import Rater
from lsstd.population.scoring import plan_of, scores_of
from lsstd.population.sweep import sweep
from lsstd.population.synthetic import load_assumptions, synthetic
from lsstd.robustness.population_sensitivity import population_sensitivity

STANDARD = load_standard("hlj-base-evaluation")
MAXIMA = [int(row.max_score) for row in STANDARD.scored_rows]


def rounds(contenders: dict[str, Callable[[], object]], count: int = 9) -> dict[str, list[float]]:
    """Time every contender in every round, in turn and then backwards."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(count):
        for name in list(contenders) if number % 2 == 0 else reversed(contenders):
            start = time.perf_counter()
            contenders[name]()
            times[name].append(time.perf_counter() - start)
    return times


def ratio(times: dict[str, list[float]], one: str, other: str, scale: float = 1) -> float:
    """Return the median of the rounds' ratios."""
    return statistics.median(scale * a / b for a, b in zip(times[one], times[other], strict=True))


def told(label: str, seconds: Sequence[float], note: str = "") -> None:
    print(f"  {label:<58}{statistics.median(seconds) * 1000:>10.2f} ms   {note}")


def drawn(count: int) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, top + 1, count).astype(np.uint8) for top in MAXIMA]


def whole_points() -> Any:
    """Return how whole points of the standard's rows are added up."""
    nobody = load_population(pd.DataFrame({"id": ["x"]}), STANDARD)
    return plan_of(Rater(nobody, STANDARD, STANDARD.choose_readings()), 1)


def made_up(count: int) -> Any:
    return synthetic(load_assumptions(data() / "populations" / "assumptions.yaml", STANDARD), STANDARD, count, 1)


def peak(job: Callable[[], object]) -> int:
    """Return the most memory that a job takes beside what is there already, with its result."""
    tracemalloc.start()
    result = job()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del result
    return found


def scoring() -> None:
    """10⁶ subjects: level 2, level 1, total and grade."""
    count = 10**6
    columns = drawn(count)
    plan = whole_points()
    matrix = np.ascontiguousarray(np.stack(columns, axis=1).astype(np.float32))
    membership = _membership(plan)
    edges = np.array(plan.edges, np.float32)
    tenth = pd.DataFrame(matrix[: count // 10], columns=[row.id for row in STANDARD.scored_rows])
    lists = matrix[: count // 100].astype(int).tolist()
    contenders: dict[str, Callable[[], object]] = {
        "lsstd": lambda: add_up(columns, plan),
        "read": lambda: [np.bitwise_or.reduce(column.view(np.uint64)) for column in columns],
        "product": lambda: np.searchsorted(edges, (matrix @ membership)[:, -1], side="right"),
        "pandas": lambda: _by_pandas(tenth),
        "loop": lambda: _by_loop(lists),
    }
    scales = {"pandas": 10.0, "loop": 100.0}
    weighted_sum = _scikit_criteria(matrix)
    contenders |= weighted_sum
    times = rounds(contenders)
    print("Scoring 10⁶ subjects, 51 rows, one thread")
    told("lsstd: indicators, total, grade", times["lsstd"])
    told("reading the same bytes", times["read"], f"lsstd takes {ratio(times, 'lsstd', 'read'):.1f} × (aim ≤ 6)")
    aims = {"product": "≥ 5", "scikit-criteria": "≥ 60"}
    names = {
        "product": "scores @ membership, float32, and searchsorted",
        "scikit-criteria": "scikit-criteria, mkdm and weighted sum",
    }
    for name in [key for key in contenders if key not in ("lsstd", "read")]:
        scale = scales.get(name, 1.0)
        aim = f" (aim {aims[name]})" if name in aims else ""
        scaled = "" if scale == 1 else f", scaled by {scale:g}"
        label = names.get(name, name) + scaled
        told(
            label, [scale * t for t in times[name]], f"lsstd is {ratio(times, name, 'lsstd', scale):.0f} × faster{aim}"
        )
    if not weighted_sum:
        print("  scikit-criteria: not installed (pip install 'lsstd[bench]')")
    used, given = peak(contenders["lsstd"]), sum(column.nbytes for column in columns)
    note = f"{used / given:.2f} of the input's {given / 2**20:.0f} MiB (aim < 1)"
    print(f"  extra memory {used / 2**20:.0f} MiB, {note}")


def _membership(plan: Any) -> Any:
    """Return which rows belong to each node, as a matrix of zeros and ones."""
    out = np.zeros((len(MAXIMA), len(plan.nodes)), np.float32)
    for place, node in enumerate(plan.nodes):
        out[list(node.columns), place] = 1
        for below in node.nodes:
            out[:, place] += out[:, below]
    return out


def _by_pandas(frame: pd.DataFrame) -> object:
    nodes = {node: [row.id for row in rows if row.id in frame] for node, rows in STANDARD.rows_of.items() if rows}
    sums = pd.DataFrame({node: frame[rows].sum(axis=1) for node, rows in nodes.items()})
    return pd.cut(sums.sum(axis=1), [-1, 299, 350, 400, 450, 500], labels=False)


def _by_loop(lists: list[list[int]]) -> object:
    places = {row.id: i for i, row in enumerate(STANDARD.scored_rows)}
    nodes = [[places[row.id] for row in rows if row.id in places] for rows in STANDARD.rows_of.values() if rows]
    out = []
    for ratings in lists:
        total = 0
        for node in nodes:
            total += sum([ratings[i] for i in node])
        out.append((total, sum(total >= line for line in (300, 351, 401, 451))))
    return out


def _scikit_criteria(matrix: Any) -> dict[str, Callable[[], object]]:
    try:
        import skcriteria
        from skcriteria.agg.simple import WeightedSumModel
    except ImportError:
        return {}

    def decision_matrix() -> Any:
        return skcriteria.mkdm(matrix, [max] * len(MAXIMA), weights=MAXIMA)

    made, model = decision_matrix(), WeightedSumModel()
    return {"scikit-criteria": lambda: model.evaluate(decision_matrix()), "its sum alone": lambda: model.evaluate(made)}


def reforms() -> None:
    """10⁵ subjects under 50 reforms of three rows each: what changes, against scoring everything anew."""
    count, amount = 10**5, 50
    columns, rng = drawn(count), np.random.default_rng(1)
    plan = whole_points()
    changed = [
        {int(i): rng.integers(0, MAXIMA[i] + 1, count).astype(np.uint8) for i in rng.choice(51, 3, replace=False)}
        for _ in range(amount)
    ]
    matrix = np.ascontiguousarray(np.stack(columns, axis=1).astype(np.float32))
    membership, edges = _membership(plan), np.array(plan.edges, np.float32)
    total = add_up(columns, plan).total

    def anew() -> list[Any]:
        tables = [[new.get(i, column) for i, column in enumerate(columns)] for new in changed]
        scored = [add_up(table, plan).stretch for table in tables]
        return [[np.count_nonzero(stretch == place) for place in range(5)] for stretch in scored]

    def only_changed() -> list[Any]:
        out = []
        for new in changed:
            moved = change(total, [columns[i] for i in new], list(new.values()), 500)
            stretch = find_stretch(moved, plan.edges)
            out.append([np.count_nonzero(stretch == place) for place in range(5)])
        return out

    def products() -> list[Any]:
        out = []
        for new in changed:
            for i, column in new.items():
                matrix[:, i] = column
            total = (matrix @ membership)[:, -1]
            out.append(np.bincount(np.searchsorted(edges, total, side="right"), minlength=5).tolist())
            for i in new:
                matrix[:, i] = columns[i]
        return out

    assert anew() == only_changed() == products()
    population = made_up(count)
    names = ("village_rooms", "waste_rules", "certifications")
    afters = [_reform(names, number).apply(STANDARD) for number in range(amount)]
    times = rounds({"kernel": only_changed, "kernel anew": anew, "product": products}, 9)
    whole = rounds(
        {
            "impacts": lambda: [found.transitions for found in each_impact(population, STANDARD, afters)],
            "anew": lambda: [scores_of(population, after) for after in afters[:10]],
        },
        3,
    )
    print("10⁵ subjects × 50 reforms, three rows each")
    told("kernel: changed columns only, grade counts", times["kernel"])
    faster = ratio(times, "kernel anew", "kernel")
    told("kernel: 50 scorings", times["kernel anew"], f"changed only is {faster:.0f} × faster")
    faster = ratio(times, "product", "kernel")
    told("50 scorings as scores @ membership", times["product"], f"changed only is {faster:.0f} × faster (aim ≥ 20)")
    told("each_impact(): transitions of each", whole["impacts"])
    faster = ratio(whole, "anew", "impacts", 5)
    told(
        "50 × scores_of() from the table",
        [5 * t for t in whole["anew"]],
        f"each_impact() is {faster:.0f} × faster (aim ≥ 20)",
    )


def _reform(names: Sequence[str], number: int) -> Reform:
    changes = {f"criteria.{name}.max_score": 5 + (number + i) % 7 for i, name in enumerate(names)}
    total = 500 + sum(changes.values()) - sum(int(STANDARD.criteria[name].max_score or 0) for name in names)
    return Reform(reform=f"r{number}", standard=STANDARD.standard, changes=changes, new_total=total)


def reading() -> None:
    """2 × 10⁵ subjects from CSV (by pandas' own parser and by PyArrow's) and Parquet, beside scoring them."""
    population = synthetic(
        load_assumptions(data() / "populations" / "assumptions.yaml", STANDARD), STANDARD, 200_000, 1
    )
    with tempfile.TemporaryDirectory() as folder:
        csv_file, parquet = Path(folder) / "p.csv", Path(folder) / "p.parquet"
        csv_file.write_bytes(as_csv(population))
        contenders: dict[str, Callable[[], object]] = {
            "csv": lambda: load_population(csv_file, STANDARD),
            "pandas": lambda: pd.read_csv(csv_file, encoding="utf-8-sig", dtype={"id": str}),
            "score": lambda: scores_of(population),
        }
        try:
            population.frame.to_parquet(parquet)
            contenders["parquet"] = lambda: load_population(parquet, STANDARD)
            contenders["pyarrow"] = lambda: pd.read_csv(csv_file, engine="pyarrow")
        except ImportError:
            print("  Parquet: not installed (pip install 'lsstd[parquet]')")
        times = rounds(contenders, 3)
        labels = {
            "csv": "CSV: read and checked (load_population)",
            "pandas": "CSV: pandas' parser alone (used)",
            "pyarrow": "CSV: PyArrow's parser alone, two threads",
            "parquet": "Parquet: read and checked",
            "score": "score(): from the table to grades",
        }
        size, width = csv_file.stat().st_size / 2**20, len(population.frame.columns)
        print(f"Reading 2·10⁵ subjects × {width} columns ({size:.0f} MiB of CSV)")
        for name in contenders:
            told(labels[name], times[name], f"{ratio(times, name, 'score'):.1f} × scoring")


def studies() -> None:
    """A sweep of a line over 10⁶ subjects, sweeps that reform anew, and sensitivity between subjects."""
    million, few = made_up(10**6), made_up(1000)
    area = {"conditions.area.tests.office_area": range(500, 1500, 100)}
    print("Sweeps and sensitivity")
    times = rounds(
        {
            "score": lambda: scores_of(million),
            "line": lambda: sweep(million, STANDARD, {"lines.AAA": range(380, 430)}),
            "condition": lambda: sweep(million, STANDARD, area),
            "sensitivity": lambda: population_sensitivity(few, target="AA"),
        },
        2,
    )
    told("score(): 10⁶ subjects from the table", times["score"])
    told("sweep of a line, 50 values", times["line"], f"{ratio(times, 'line', 'score'):.1f} × scoring (aim ≤ 5)")
    told("sweep of a condition, 10 values", times["condition"], f"{ratio(times, 'condition', 'score'):.1f} × scoring")
    told("sensitivity between 1000 subjects, 1000 resamples", times["sensitivity"])


sections = [scoring, reforms, reading, studies]

if __name__ == "__main__":
    for section in sections:
        section()
