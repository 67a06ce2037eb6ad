"""Reports, measured: how many a minute, what a worker weighs, how long one takes from command to file.

Held against stock papermill with nbconvert in the same process: same notebook, same parameters, same page, one run.
Stock is given fewer of the batch, for it is slow; each figure says of how many it is.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from lsstd.files.places import example, notebooks

TEMPLATE = notebooks() / "reports" / "base_report.ipynb"
BATCH, OF_STOCK, CORES = 50, 6, 2
NAMES = ("near_aaa", "small_rural")
TITLE = "报告"
Order = Mapping[str, Any]


def orders(count: int) -> list[Order]:
    """Return what the batch is of: the examples, in both languages, by turns."""
    kinds = [{"assessment": name, "lang": lang} for name in NAMES for lang in ("zh", "en")]
    return list(islice(cycle(kinds), count))


def executed(order: Order, **options: Any) -> Any:
    """Execute the template with papermill; nothing is written on the way."""
    import papermill

    quiet = {"progress_bar": False, "kernel_name": "python3", "extra_arguments": ["--log-level=ERROR"]}
    return papermill.execute_notebook(str(TEMPLATE), None, dict(order), **quiet, **options)


def stock(order: Order) -> bytes:
    """Make one page as papermill and nbconvert do, in this process."""
    from lsstd.reports.finish import finish

    return finish(executed(order), **last_step(order))["html"]


def ours(order: Order) -> bytes:
    """Make one page in a forked process."""
    from lsstd.reports.engine import Finish

    finish = Finish("lsstd.reports.finish:finish", last_step(order))
    executed(order, engine_name="lsstd", finish=finish)
    return finish.made["html"]


def last_step(order: Order) -> dict[str, Any]:
    """Return what the last step of a report is told."""
    return {"title": TITLE, "lang": order["lang"], "template": "base", "template_sha256": "", "formats": ["html"]}


def ours_alone(order: Order) -> None:
    executed(order, engine_name="lsstd")


def a_minute(work: Callable[[Order], object], count: int, wide: int) -> float:
    """Return how many reports a minute come out, so many at a time."""
    start = time.perf_counter()
    with ThreadPoolExecutor(wide) as pool:
        list(pool.map(work, orders(count)))
    return 60 * count / (time.perf_counter() - start)


def batch_a_minute(count: int, wide: int) -> float:
    """Return how many reports a minute the command makes: read, planned, executed, written, noted."""
    from lsstd.reports.batch import make_reports
    from lsstd.reports.plan import Order

    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"base_{place:03}.yaml" for place in range(count)]
        for file, name in zip(files, cycle(NAMES), strict=False):
            file.write_bytes(example(name).read_bytes())
        start = time.perf_counter()
        made = make_reports(Order(tuple(files), Path(folder) / "out"), jobs=wide)
        seconds = time.perf_counter() - start
    assert all(report.ok for report in made)
    return 60 * count / seconds


# --- memory ---


def descendants() -> list[int]:
    """Return the processes that this one has started, and theirs."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, rest = [os.getpid()], True
    while rest:
        rest = {pid for pid, parent in parents.items() if parent in found} - set(found)
        found += rest
    return found[1:]


def megabytes(pid: int) -> tuple[float, float]:
    """Return a process's own memory (USS), and that with its part of what is shared (PSS)."""
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {key: int(size) / 1024 for key, size in re.findall(r"^(\w+): +(\d+) kB", told, re.MULTILINE)}
    return sizes["Private_Clean"] + sizes["Private_Dirty"], sizes["Pss"]


def most_while(work: Callable[[], object]) -> dict[int, tuple[float, float]]:
    """Return the most memory of each process that was there while something was done."""
    most: dict[int, tuple[float, float]] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            for pid in descendants():
                try:
                    own, part = megabytes(pid)
                except OSError:
                    continue
                before = most.get(pid, (0.0, 0.0))
                most[pid] = (max(own, before[0]), max(part, before[1]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    over.set()
    watcher.join()
    return most


def weights() -> Iterator[str]:
    """Yield what a kernel, the zygote and its children weigh, two reports at a time."""
    from lsstd.reports import children

    if not Path("/proc/self/smaps_rollup").exists():
        return
    children.stop()
    kernels = most_while(lambda: a_minute(stock, CORES, CORES))
    forked = most_while(lambda: a_minute(ours, 2 * CORES, CORES))
    zygote = children._zygote.process.pid if children._zygote else 0
    shown = {
        "a kernel of stock papermill": list(kernels.values()),
        "the zygote (one for all)": [forked.pop(zygote, (0.0, 0.0))],
        "a forked child": list(forked.values()),
    }
    for name, sizes in shown.items():
        own, part = (max(each) for each in zip(*sizes, strict=True))
        yield f"  {name:<34}{own:>6.0f} MB of its own, {part:>4.0f} MB with its part of what is shared"


# --- from command to file ---


def commands(folder: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each way from command to file."""
    file, made = str(example("near_aaa")), f"{folder}/made.ipynb"
    papermill = ["papermill", str(TEMPLATE), made, "-p", "assessment", file, "-k", "python3", "--no-progress-bar"]
    convert = ["jupyter", "nbconvert", "--to", "html", "--no-input", made]
    yield "lsstd report", [["lsstd", "report", file, "-o", folder, "--force"]]
    yield "papermill, then nbconvert", [papermill, convert]
    yield "papermill --engine lsstd, then nbconvert", [[*papermill, "--engine", "lsstd"], convert]


def from_command_to_file() -> Iterator[str]:
    """Yield how long one report takes from the command line."""
    first = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in commands(folder):
            start = time.perf_counter()
            for module, *arguments in lines:
                command = [sys.executable, "-m", module, *arguments]
                subprocess.run(command, check=True, capture_output=True, cwd=folder)
            seconds = time.perf_counter() - start
            first = first or seconds
            yield f"  {name:<42}{seconds:>6.2f} s   ratio {seconds / first:.2f}"


# --- sections ---


def reports() -> None:
    """Reports a minute: executed notebook and HTML, against stock papermill with nbconvert in process."""
    logging.getLogger("papermill").setLevel("ERROR")
    start = time.perf_counter()
    ours(orders(1)[0])
    print(f"  the first report, with the start of the zygote: {time.perf_counter() - start:.1f} s")
    same = all(stock(order) == ours(order) for order in orders(len(NAMES) * 2))
    print(f"  pages of both compared, {len(NAMES) * 2} of them: {'the same bytes' if same else 'THEY DIFFER'}")
    alone = a_minute(executed, OF_STOCK, 1)
    base = a_minute(stock, OF_STOCK, 1)
    lines = [
        (f"stock, the notebook alone ({OF_STOCK})", alone, alone),
        (f"stock with nbconvert ({OF_STOCK})", base, base),
        (f"stock with nbconvert, {CORES} at a time ({OF_STOCK})", a_minute(stock, OF_STOCK, CORES), base),
        ("forked, the notebook alone (10)", a_minute(ours_alone, 10, 1), alone),
        ("forked, with HTML (10)", a_minute(ours, 10, 1), base),
        (f"forked, the notebook alone, {CORES} at a time ({BATCH})", a_minute(ours_alone, BATCH, CORES), alone),
        (f"lsstd report, {CORES} at a time ({BATCH})", batch_a_minute(BATCH, CORES), base),
    ]
    for name, found, held_against in lines:
        print(f"  {name:<52}{found:>6.0f} a minute = {found / held_against:>5.1f} × stock")
    print("\n".join((*weights(), *from_command_to_file())))


sections = [reports]
