"""Time and memory against the number of rows, of partitions and of workers, beside reading the bytes of the same files.

Every figure is measured in a separate process, and memory is the peak of that process or of its largest worker. All
work begins with the files, so that reading and checking them is included.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from peak_memory import peak

NAME = "hlj-base-evaluation"
LEAST, PART = 10**4, 125_000
"""Fewest rows; most rows of one file when the number of rows varies."""
PARTITIONS, WORKERS = (1, 2, 4, 8, 16), (1, 2)
BLOCK = 20_000  # subjects drawn; further ones repeat them under other ids
FEWER = {"readings": 10, "chances": 100}
"""By how much the rows are fewer for some of the work."""
GOALS = {"standard": NAME, "may_change": ["lines"], "goals": [{"grade": "AAAA", "share": {"at_most": 0.1}}]}


class Cost(NamedTuple):
    """The cost of one piece of work: seconds, the least of some rounds, and the memory of the largest process in MB.

    The seconds are processor time, which does not depend on how busy the machine is, except where workers are compared.
    """

    seconds: float
    memory: float


# ── what is measured, each in a process of its own ───────────────────────────────────────────────────────────────────


def write_people(folder: str, count: int, partitions: int) -> None:
    """Write a made-up population as Parquet, one file a partition, with no more than one of them in memory."""
    import pandas as pd

    from lsstd import load_assumptions, load_standard, synthetic
    from lsstd.files.places import data

    standard = load_standard(NAME)
    assumptions = load_assumptions(data() / "populations" / "assumptions.yaml", standard)
    block = synthetic(assumptions, standard, min(count, BLOCK), 1).frame
    ends = [count * part // partitions for part in range(partitions + 1)]
    for start, end in pairwise(ends):
        people = block.iloc[np.arange(start, end) % len(block)].reset_index(drop=True)
        people["id"] = pd.Series([f"synthetic-{number:08d}" for number in range(start + 1, end + 1)], dtype="str")
        people.to_parquet(f"{folder}/{start:08d}.parquet", index=False)


def scan(folder: str) -> None:
    """Read every column of the files and do nothing with them: the lower bound."""
    from pyarrow.parquet import ParquetFile

    for file in sorted(Path(folder).iterdir()):
        for _ in ParquetFile(file).iter_batches(use_threads=False):
            pass


def work_of(name: str, folder: str, executor: Any) -> Callable[[], object]:
    """Return a piece of work, with everything that it needs imported."""
    from lsstd import design, grade_chances, impact, load_reform, load_standard, population_readings, sweep
    from lsstd.files.places import data
    from lsstd.population.partitions import open_population
    from lsstd.population.ranking import ranking

    if name == "bytes":
        return lambda: scan(folder)
    standard = load_standard(NAME)
    reform = load_reform(data() / "reforms" / "rural_weight.yaml")
    works: dict[str, Callable[[Any], object]] = {
        "read": lambda people: people.each(len),
        "score": lambda people: ranking(people, standard, {}).to_dict(),
        "impact": lambda people: impact(people, standard, reform).to_dict(),
        "sweep": lambda people: sweep(people, standard, {"lines.AAA": range(380, 430)}),
        "readings": lambda people: population_readings(people, standard).to_dict(),
        "chances": lambda people: grade_chances(standard, people),
        "design": lambda people: design(people, standard, GOALS, refits=0).to_dict(),
    }
    return lambda: works[name](open_population(folder, standard, executor=executor))


@contextmanager
def engine(kind: str, workers: int) -> Iterator[Any]:
    """Yield what computes the parts: a process pool, a Dask cluster on this machine, or None for this process."""
    if kind == "pool":
        with ProcessPoolExecutor(workers) as pool:
            yield pool
    elif kind == "cluster":
        from distributed import Client, LocalCluster

        with LocalCluster(workers, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
            yield client
    else:
        yield None


def measure(name: str, folder: str, kind: str, workers: int) -> Cost:
    """Measure a piece of work three times, or once if it takes long."""
    import resource

    clock = time.perf_counter if kind else time.process_time
    with engine(kind, workers) as executor:
        work, times = work_of(name, folder, executor), list[float]()
        while len(times) < 3 and sum(times) < 2:
            start = clock()
            work()
            times.append(clock() - start)
    in_mib = 2**20 if sys.platform == "darwin" else 2**10
    of_workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / in_mib
    return Cost(min(times[1:] or times), max(peak(), of_workers))


# ── the measuring process ────────────────────────────────────────────────────────────────────────────────────────────


def apart(*given: object) -> Any:
    """Call a function of this module in a separate process; return its result."""
    command = [sys.executable, __file__, json.dumps(given)]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if ran.returncode:
        raise RuntimeError(f"{given}: {ran.stderr[-2000:]}")
    return json.loads(ran.stdout.splitlines()[-1])


class Tables:
    """Populations as files, each written once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cache  # noqa: B019 - as long as the measurement
    def of(self, count: int, partitions: int) -> str:
        folder = self.folder / f"{count} rows in {partitions}"
        folder.mkdir()
        apart("write_people", str(folder), count, partitions)
        return str(folder)

    @cache  # noqa: B019
    def cost(self, name: str, count: int, partitions: int, kind: str = "", workers: int = 1) -> Cost:
        return Cost(*apart("measure", name, self.of(count, partitions), kind, workers))


def sizes_up_to(most: int) -> list[int]:
    """Return numbers of rows in steps of √10."""
    steps = round(2 * math.log10(most / LEAST))
    return [round(most / 10 ** (step / 2)) for step in reversed(range(steps + 1))]


def exponent(sizes: list[int], times: list[float]) -> tuple[float, float]:
    """Return the slope of log time over log rows, over the three largest sizes, with its standard error."""
    x, y = np.log(sizes[-3:]), np.log(times[-3:])
    slope, start = np.polyfit(x, y, 1)
    left = y - start - slope * x
    return float(slope), float(np.sqrt((left @ left) / max(1, len(x) - 2) / ((x - x.mean()) @ (x - x.mean()))))


def told(cost: Cost, beside: Cost) -> str:
    return f"{cost.seconds:>8.3g} s{cost.seconds / beside.seconds:>6.1f} ×{cost.memory:>6.0f} MB"


def by_rows(tables: Tables, rows: int) -> None:
    """Print how time and memory grow with the rows."""
    print(f"  Rows, in files of at most {PART:,}: processor seconds, ratio to reading the bytes, memory")
    names = ("bytes", "read", "score", "impact", "sweep", "design", *FEWER)
    for name in names:
        sizes = [size // FEWER.get(name, 1) for size in sizes_up_to(rows)]
        costs = [tables.cost(name, count, math.ceil(count / PART)) for count in sizes]
        limits = [tables.cost("bytes", count, math.ceil(count / PART)) for count in sizes]
        slope, error = exponent(sizes, [cost.seconds for cost in costs])
        for count, cost, limit in zip(sizes, costs, limits, strict=True):
            print(f"    {name:<9}{count:>12,}{told(cost, limit)}")
        more = costs[-1].memory - costs[0].memory
        power = f"{slope:.2f} ± {error:.2f}"
        print(f"    {name:<9}time grows with the power {power} of the rows; memory by {more:+.0f} MB\n")


def by_partitions(tables: Tables, rows: int) -> None:
    """Print what partitions cost, one after the other in one process."""
    print(f"  Partitions of {rows:,} rows, one process")
    for name in ("bytes", "score", "impact"):
        for partitions in PARTITIONS:
            cost = tables.cost(name, rows, partitions)
            print(f"    {name:<9}{partitions:>12}{told(cost, tables.cost('bytes', rows, partitions))}")
    print()


def by_workers(tables: Tables, rows: int) -> None:
    """Print what workers gain, in a process pool and in a Dask cluster on this machine."""
    partitions = PARTITIONS[-2]
    print(f"  Workers, {rows:,} rows in {partitions} partitions; memory is that of the largest process")
    for name in ("score", "impact"):
        limit, alone = (tables.cost(work, rows, partitions, "here") for work in ("bytes", name))
        print(f"    {name:<9}{'no workers':<12}{told(alone, limit)}")
        for kind in ("pool", "cluster"):
            for workers in WORKERS:
                cost = tables.cost(name, rows, partitions, kind, workers)
                faster = f"{alone.seconds / cost.seconds:>6.2f} × faster"
                print(f"    {name:<9}{f'{kind} of {workers}':<12}{told(cost, limit)}{faster}")


def scale(rows: float) -> None:
    """Populations: time and memory against rows, partitions and workers; further: ``--rows 1e7``."""
    if rows < 10 * LEAST:
        raise SystemExit(f"--rows {rows:g}: at least {10 * LEAST:g}, so that growth can be measured")
    with tempfile.TemporaryDirectory(prefix="lsstd-scale-") as folder:
        tables = Tables(Path(folder))
        for section in (by_rows, by_partitions, by_workers):
            section(tables, int(rows))


if __name__ == "__main__":
    function, *given = json.loads(sys.argv[1])
    print(json.dumps({"write_people": write_people, "measure": measure}[function](*given)))
