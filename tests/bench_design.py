"""Measurements of designs: the frontier of lines, all combinations of thresholds, the proven curve of rows' points."""

from __future__ import annotations

import time
import tracemalloc
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from bench_population import STANDARD, ratio, rounds, told

from lsstd.files.places import data
from lsstd.planning.design import design
from lsstd.planning.design_classes import Seen, see
from lsstd.planning.design_goals import load_goals
from lsstd.planning.line_frontier import LineSearch
from lsstd.planning.row_points import RowSearch, rows_of
from lsstd.planning.thresholds import thresholds_of
from lsstd.population.population import Population
from lsstd.population.scoring import scores_of
from lsstd.population.synthetic import load_assumptions, synthetic

NONE_LOSES = [{"nobody": "drops", "by": 2}, {"nobody": "loses_grade", "group": {"size": "small"}}]


def people(count: int) -> Population:
    return synthetic(load_assumptions(data() / "populations" / "assumptions.yaml", STANDARD), STANDARD, count, 7)


def seen_by(population: Population, goals: list[dict[str, Any]], **more: Any) -> Seen:
    asked = load_goals({"standard": STANDARD.standard, "goals": goals, **more}, STANDARD)
    return see(population, STANDARD, asked, STANDARD.choose_readings())


def line_frontier() -> None:
    """The frontier of four lines, each within 50 points, for 20,000 bases, against scoring each combination."""
    shares = [{"grade": "AAAA", "share": {"at_most": 0.12}}, {"grade": "AA", "share": {"at_least": 0.25}}]
    population = people(20_000)
    total = scores_of(population, STANDARD).secured.total
    seen = seen_by(population, [*shares, *NONE_LOSES], may_change=["lines"]).scene
    search = LineSearch(seen)
    some = [np.array(edges) for edges in product((5401, 5411), (4812, 4822), (4212, 4222), (3600, 3610))]

    def naive() -> None:
        for edges in some:
            np.bincount(sum((total < edge).astype(np.int8) for edge in edges))

    times = rounds({"lsstd": lambda: LineSearch(seen).frontier(), "naive": naive})
    every = np.prod([len(line.values) for line in search.lines], dtype=float) / len(some)
    told(f"20,000 bases in {len(seen)} classes: the whole frontier", times["lsstd"], "aim ≤ 150 ms (a prototype: 50)")
    faster = ratio(times, "naive", "lsstd", every)
    told(
        f"{every * len(some):.2g} combinations, one by one",
        [each * every for each in times["naive"]],
        f"{faster:.1g} ×",
    )


def thresholds() -> None:
    """All combinations of six thresholds for 20,000 bases and three goals, against counting them one by one."""
    population = people(20_000)
    goals = [{"eligible": True, "share": {"at_least": 0.5}}, {"nobody": "loses_eligibility"},
             {"eligible": True, "group": {"size": "small"}, "share": {"at_least": 0.2}}]  # fmt: skip
    seen = seen_by(population, goals, may_change=["conditions"])
    count = thresholds_of(seen.scene, seen.thresholds).missed().size
    columns = population.columns
    facts = ("years_in_operation", "office_area", "ecommerce_firms", "live_rooms", "signed_anchors")

    def one() -> None:
        np.logical_and.reduce([columns[fact] >= 10 for fact in (*facts, "online_retail_10k_yuan")]).sum()

    times = rounds({"lsstd": lambda: thresholds_of(seen.scene, seen.thresholds), "one": one})
    told(
        f"{count:,} combinations, 3 goals",
        times["lsstd"],
        f"per million {1e9 * np.median(times['lsstd']) / count:.0f} ms",
    )
    faster = ratio(times, "one", "lsstd", count)
    told("counted one by one", [each * count for each in times["one"]], f"lsstd is {faster:.2g} × faster")


def row_points() -> None:
    """Rows' points within ± 10: the whole curve proven for 300 bases; for 2,000 the best found, with its bound."""
    for count, share, limit in ((300, 0.15, 60.0), (2000, 0.15, 20.0)):
        goals = [{"grade": "AAAA", "share": {"at_most": share}}, *NONE_LOSES]
        seen = seen_by(people(count), goals, may_change=["criteria"], cap={"points": 10}).scene
        start = time.perf_counter()
        curve, excluded = RowSearch(seen, rows_of(seen)).frontier(limit)
        took = time.perf_counter() - start
        steps = ", ".join(f"{float(c.moved):g}: {c.missed}{'' if c.proved else ' (not proved)'}" for c in curve)
        told(
            f"{count} bases, AAAA at most {share:.0%}", [took], f"points: bases short {steps}; ruled out to {excluded}"
        )


def many_subjects() -> None:
    """A design of lines for 1,000,000 bases in memory: seconds, and the peak of memory beyond the table."""
    few = people(100_000).frame
    frame = pd.concat([few] * 10, ignore_index=True).assign(id=[f"s{i}" for i in range(1_000_000)])
    population = Population(STANDARD, frame)
    goals = {"standard": STANDARD.standard, "may_change": ["lines"],
             "goals": [{"grade": "AAAA", "share": {"at_most": 0.12}}, *NONE_LOSES[:1]]}  # fmt: skip
    start = time.perf_counter()
    found = design(population, STANDARD, goals, refits=20)
    took = time.perf_counter() - start
    tracemalloc.start()
    design(population, STANDARD, goals, refits=0)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    told("1,000,000 bases, lines alone, 20 refits", [took], f"{found.status}; peak {peak:.0f} MB")


def whole_design() -> None:
    """All that `lsstd design` tells of the example, with and without refits."""
    population = people(60)
    for refits in (0, 20):
        start = time.perf_counter()
        found = design(population, STANDARD, data() / "goals" / "fewer_aaaa.yaml", refits=refits)
        told(f"lsstd.design, {refits} refits", [time.perf_counter() - start], found.status)


sections = (line_frontier, thresholds, row_points, many_subjects, whole_design)
