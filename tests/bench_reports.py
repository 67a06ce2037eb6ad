"""Reports, measured: a batch, and one report from command to file, each as a ratio to stock papermill and nbconvert.

Stock makes the same report of the same files, one after the other; it is given few of a batch, for it is slow, and
its time for the whole batch is extrapolated from these.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import fmean

from lsstd.files.places import example, notebooks

TEMPLATE = notebooks() / "reports" / "base_report.ipynb"
BATCHES = {50: 15, 300: 30}
"""How many bases a batch has, and how much faster than stock it is to be made."""
OF_STOCK, JOBS, ROUNDS, ONE = 2, 2, 3, 4
WARM, REPORTS, KIB = 50, 200, 64
"""Reports until memory is steady, reports over which its growth is measured, and the most growth for each, in KiB."""
NAMES = ("near_aaa", "small_rural")


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bases(folder: Path, count: int) -> list[Path]:
    """Write the files of a batch."""
    files = [folder / f"base_{place:03}.yaml" for place in range(count)]
    for file, name in zip(files, cycle(NAMES), strict=False):
        file.write_bytes(example(name).read_bytes())
    return files


def stock(file: Path) -> None:
    """Make one page as papermill and nbconvert do, in this process."""
    import papermill
    from nbconvert import HTMLExporter

    quiet = {"progress_bar": False, "kernel_name": "python3", "extra_arguments": ["--IPKernelApp.log_level=ERROR"]}
    notebook = papermill.execute_notebook(str(TEMPLATE), None, {"assessment": str(file)}, **quiet)
    HTMLExporter(exclude_input=True).from_notebook_node(notebook)


def run(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", *arguments], check=True, capture_output=True)


def one_by_command(folder: Path) -> tuple[float, float]:
    """Return how long one report takes from the command line, by us and by stock: the best of some rounds in turns."""
    file, made = str(example("near_aaa")), str(folder / "made.ipynb")
    ours = ["lsstd", "report", file, "-o", str(folder), "--force"]
    execute = ["papermill", str(TEMPLATE), made, "-p", "assessment", file, "-k", "python3", "--no-progress-bar"]
    convert = ["jupyter", "nbconvert", "--to", "html", "--no-input", made]
    rounds = [(seconds(lambda: run(*ours)), seconds(lambda: (run(*execute), run(*convert)))) for _ in range(ROUNDS)]
    return min(own for own, _ in rounds), min(other for _, other in rounds)


def reports() -> None:
    """Reports in a batch and one by one, against stock papermill with nbconvert."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stock(example("near_aaa"))  # the imports
        for count, aim in BATCHES.items():
            files, out = bases(folder, count), folder / str(count)
            command = ["lsstd", "report", *map(str, files), "-o", str(out), "--jobs", str(JOBS)]
            before = [seconds(lambda: stock(example("near_aaa"))) for _ in range(OF_STOCK)]
            took = seconds(lambda command=command: run(*command))
            behind = [seconds(lambda: stock(example("near_aaa"))) for _ in range(OF_STOCK)]
            each = fmean([*before, *behind])  # before and behind, so that a busy machine slows both alike
            _tell(f"lsstd report, {count} bases, with the start of Python", took, count * each, aim)
        _tell("one report from command to file", *one_by_command(folder), ONE)


def memory() -> None:
    """Memory that reports of mixed formats leave behind in one process, beyond the first 50."""
    command = [sys.executable, "-c", _GROWTH, str(WARM), str(REPORTS)]
    ran = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parent)
    warm, after = map(float, ran.stdout.split())
    growth = (after - warm) * 1024 / REPORTS
    reached = "" if growth < KIB else "   ABOVE THE AIM"
    what = f"{REPORTS} reports after {WARM}, peak {after:.0f} MiB"
    print(f"  {what:<52}{growth:>7.1f} KiB a report (aim: under {KIB}){reached}")


_GROWTH = """
import pickle, sys
from itertools import cycle, islice
from pathlib import Path
from peak_memory import peak
from lsstd.files.places import example
from lsstd.reports.batch import make
from lsstd.reports.folder import Journal
from lsstd.reports.plan import Order, plan
warm, count = map(int, sys.argv[1:])
orders = [Order((example("near_aaa"), example("small_rural")), Path("none"), None, {}, (kind,), lang)
    for lang in ("zh", "en") for kind in ("html", "docx", "html", "xlsx")]
jobs = [pickle.dumps(job) for order in orders for job in plan(order, Journal(order.folder))[1]]
def run(count):
    for job in islice(cycle(jobs), count):  # each with its own copy of the standard, as a worker receives it
        assert all(isinstance(content, bytes) for content in make(pickle.loads(job)).contents.values())
    return peak()
print(run(warm), run(count))
"""
"""Run in a separate process, like a long-lived worker: its peak of memory after a warm-up, and after the rest."""


def _tell(what: str, took: float, stock_takes: float, aim: float) -> None:
    ratio = stock_takes / took
    reached = "" if ratio >= aim else "   BELOW THE AIM"
    print(f"  {what:<52}{took:>7.2f} s, stock {stock_takes:>8.1f} s: {ratio:>5.1f} × (aim {aim}){reached}")


sections = [reports, memory]
