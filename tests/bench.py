"""Measure speed: the job ``python run.py bench``; a name or part of one chooses sections (``bench start``).

Two more run only by name: ``bench scale``, how time and memory grow, and ``bench soak``, the form in lasting use.

Every figure is a ratio to plain work of the same kind, measured in turns with it, so that a busy machine slows both.
A section is a function that yields lines; later ones are added to `SECTIONS`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import bench_cycle
import bench_design
import bench_form
import bench_lint
import bench_planning
import bench_population
import bench_reports
import bench_robustness
import bench_scale
import bench_soak
import yaml

from lsstd import evaluate, example, load_assessment, load_standard
from lsstd.files.places import STANDARDS
from lsstd.files.reading import read_plain
from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import Parsed

NAME = "hlj-base-evaluation"
Work = Callable[[], object]


class Line(NamedTuple):
    """What was measured, how long it took, the plain work that it is held against, and the aim, if there is one."""

    what: str
    seconds: float
    plain: str
    plain_seconds: float
    aim: str = ""
    reached: bool = True


def medians(works: dict[str, Work], rounds: int = 15, least: float = 0.005) -> dict[str, float]:
    """Return the median time of each piece of work, all measured in turns; quick ones are repeated within a turn."""
    return {name: statistics.median(times) for name, times in in_turns(works, rounds, least).items()}


def in_turns(works: dict[str, Work], rounds: int = 15, least: float = 0.005) -> dict[str, list[float]]:
    """Return the times of each piece of work, one a turn."""
    times: dict[str, list[float]] = {name: [] for name in works}
    repeats = {name: repeats_of(work, least) for name, work in works.items()}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(timed(work, repeats[name]))
    return times


def timed(work: Work, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def repeats_of(work: Work, least: float) -> int:
    work()  # warm up
    return max(1, round(least / max(timed(work, 1), 1e-7)))


def evaluation() -> Iterator[Line]:
    """One evaluation after loading, held against adding the 51 scores in plain Python."""
    standard, assessment = load_standard(NAME), load_assessment(example("near_aaa"))
    scores = [float(row.secured) for row in evaluate(standard, assessment).criteria.values() if row.maximum]
    lines = [(450.0, "AAAA"), (401.0, "AAA"), (351.0, "AA"), (300.0, "A")]

    def plain_loop() -> tuple[float, str | None]:
        points = 0.0
        for score in scores:
            points += score
        return points, next((grade for line, grade in lines if points >= line), None)

    works: dict[str, Work] = {
        "evaluate": lambda: evaluate(standard, assessment),
        "sum": lambda: sum(scores),
        "loop": plain_loop,
    }
    times = in_turns(works)
    found = {name: statistics.median(each) for name, each in times.items()}
    fastest = min(times["evaluate"])  # an aim in seconds is held against the turn that other work disturbed least
    aim = (f"under 1 ms, fastest turn {told(fastest)}", fastest < 1e-3)
    yield Line("one evaluation", found["evaluate"], "sum of 51 scores", found["sum"], *aim)
    yield Line("one evaluation", found["evaluate"], "loop over 51 scores", found["loop"], *aim)


def loading() -> Iterator[Line]:
    """Loading the standard, from YAML and from the JSON that a wheel carries, held against reading the file."""
    path = STANDARDS / f"{NAME}.yaml"
    with tempfile.TemporaryDirectory() as folder:
        built = STANDARDS / f"{NAME}.json"
        if not built.exists():  # in a checkout: as hatch_build.py would write it
            built = Path(folder) / built.name
            parsed = read_plain(path)
            content = {"sha256": parsed.sha256, "standard": parsed.value}
            built.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

        def from_json() -> object:
            held = json.loads(built.read_text(encoding="utf-8"))
            return parse_standard(Parsed(held["standard"]), held["sha256"], built.name)

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        works: dict[str, Work] = {
            "yaml": lambda: parse_standard(read_plain(path), "", path.name),
            "json": from_json,
            "bytes": path.read_bytes,
            "plain yaml": lambda: yaml.load(path.read_bytes(), Loader=loader),
            "plain json": lambda: json.loads(built.read_bytes()),
        }
        found = medians(works)
    yield Line("loading the standard (YAML)", found["yaml"], "reading its bytes", found["bytes"])
    yield Line("loading the standard (YAML)", found["yaml"], loader.__name__, found["plain yaml"])
    yield Line("loading the standard (JSON)", found["json"], "reading the YAML's bytes", found["bytes"])
    yield Line("loading the standard (JSON)", found["json"], "json.loads", found["plain json"])


def start() -> Iterator[Line]:
    """Starting the command line, held against starting Python."""
    file = str(example("near_aaa"))
    commands = {
        "pass": ["-c", "pass"],
        "lsstd --help": ["-m", "lsstd", "--help"],
        "lsstd assess": ["-m", "lsstd", "assess", file],
        "lsstd assess --json": ["-m", "lsstd", "assess", file, "--json"],
    }
    works: dict[str, Work] = {name: runner(arguments) for name, arguments in commands.items()}
    found = medians(works, rounds=9, least=0)
    python = found.pop("pass")
    for name, seconds in found.items():
        most, how = (3 * python + 0.1, "3 × + 0.1 s") if name == "lsstd --help" else (15 * python, "15 ×")
        yield Line(name, seconds, "python -c pass", python, f"{how} = {told(most)}", seconds <= most)


def runner(arguments: list[str]) -> Work:
    return lambda: subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)


SECTIONS: list[Callable[[], Iterator[Line] | None]] = [
    evaluation,
    loading,
    start,
    *bench_population.sections,
    *bench_robustness.sections,
    *bench_planning.sections,
    *bench_design.sections,
    *bench_lint.sections,
    bench_form.form,
    bench_form.page,
    *bench_reports.sections,
    *bench_cycle.sections,
]
"""Each yields its lines, or prints figures of another shape itself."""


def told(seconds: float) -> str:
    """Tell a time with three digits and the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", line_buffering=True)
    parser = argparse.ArgumentParser(prog="run.py bench")
    parser.add_argument("chosen", nargs="*", metavar="SECTION", help="sections, by a part of their names; scale; soak")
    parser.add_argument("--rows", type=float, default=1e6, help="most rows of scale (default %(default)g)")
    parser.add_argument("--minutes", type=float, default=3, help="how long soak lasts (default %(default)g)")
    options = parser.parse_args(arguments)
    chosen = options.chosen
    if "scale" in chosen:
        print(bench_scale.scale.__doc__)
        bench_scale.scale(options.rows)
    if "soak" in chosen:
        print(bench_soak.soak.__doc__)
        bench_soak.soak(options.minutes)
    if chosen and not (chosen := [name for name in chosen if name not in ("scale", "soak")]):
        return 0
    print(f"Python {sys.version.split()[0]} on {sys.platform}; medians of turns taken one after another\n")
    for section in SECTIONS:
        if chosen and not any(part in section.__name__ for part in chosen):
            continue
        print((section.__doc__ or section.__name__).splitlines()[0])
        for line in section() or ():
            ratio = line.seconds / line.plain_seconds
            aim = f"   aim: {line.aim}: {'reached' if line.reached else 'NOT REACHED'}" if line.aim else ""
            against = f"{line.plain} ({told(line.plain_seconds)})"
            print(f"  {line.what:<30}{told(line.seconds):>10} = {ratio:>8.1f} × {against}{aim}")
        print(flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
