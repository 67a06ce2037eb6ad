"""Run every suite, two things at a time: the job ``python run.py test`` (its arguments go to pytest).

With ``--quick`` first, only mypy and the tests in ``QUICK`` are run.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NBVAL = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120", "-p", "no:cacheprovider"]
QUICK = ["tests/standard", "tests/assessment", "tests/engine", "tests/changes", "tests/standards", "tests/files"]
# A worker that ended at a test's limit is not replaced: the next one would be given the same test again, for ever.
TWO_WORKERS = ["-n", "2", "--dist", "loadfile", "--max-worker-restart=0"]
LIMIT = 300  # seconds for one notebook: far above what any takes, so that reaching it means a hung client


def passes(*arguments: str) -> bool:
    """Run one of Python's modules here, as it prints."""
    return subprocess.call([sys.executable, "-m", *arguments], cwd=ROOT) == 0


def main(arguments: Sequence[str]) -> int:
    """Run all suites, whatever the others say, and sum up."""
    quick = "--quick" in arguments[:1]
    chosen = [*QUICK, *arguments[1:]] if quick else arguments
    suites = {
        "ruff check": lambda: passes("ruff", "check", "."),
        "ruff format": lambda: passes("ruff", "format", "--check", "."),
        "mypy": lambda: passes("mypy"),
        "pytest": lambda: passes("pytest", *TWO_WORKERS, *chosen),
        "notebooks": notebooks_pass,
    }
    table = []
    for name, suite in suites.items():
        if quick and name not in ("mypy", "pytest"):
            continue
        print(f"\n=== {name} ===", flush=True)
        start = time.perf_counter()
        table.append((name, suite(), time.perf_counter() - start))
    print("\nsuite         result     seconds")
    for name, passed, seconds in table:
        print(f"{name:<14}{'passed' if passed else 'FAILED':<8}{seconds:>10.1f}")
    failed = sum(not passed for _, passed, _ in table)
    print(f"\nsuites: {len(table) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def notebooks_pass() -> bool:
    """Run the cells of every notebook with nbval, each in a kernel and a process of its own."""
    found = sorted((ROOT / "notebooks").rglob("*.ipynb"))
    names = [path.relative_to(ROOT).as_posix() for path in found if ".ipynb_checkpoints" not in path.parts]
    running: set[subprocess.Popen[str]] = set()
    results = []
    pool = ThreadPoolExecutor(2)
    try:
        for name, (passed, printed) in zip(names, pool.map(lambda n: run_notebook(n, running), names), strict=True):
            print(f"{name}: {printed.splitlines()[-1]}" if passed else f"{name}: FAILED\n{printed}", flush=True)
            results.append(passed)
    finally:  # on Ctrl-C nothing is left running
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(running):
            kill(process)
    return bool(results) and all(results)


def run_notebook(name: str, running: set[subprocess.Popen[str]]) -> tuple[bool, str]:
    """Run one notebook, once more where its client hangs; return whether it passed and what it printed."""
    command = [sys.executable, "-m", "pytest", *NBVAL, name]
    for then in ("running it once more", "giving up"):
        with subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            running.add(process)
            try:
                printed, _ = process.communicate(timeout=LIMIT)
                return process.returncode == 0, printed or "(nothing printed)"
            except subprocess.TimeoutExpired:
                kill(process)
                print(f"{name}: HUNG, not done after {LIMIT} s; {then}", flush=True)
            finally:
                running.discard(process)
    return False, "hung twice"


def kill(process: subprocess.Popen[str]) -> None:
    """End a process with its children."""
    if os.name == "nt":
        subprocess.call(["taskkill", "/F", "/T", "/PID", str(process.pid)], stdout=subprocess.DEVNULL)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
