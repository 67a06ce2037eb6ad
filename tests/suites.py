"""Run every suite: the job ``python run.py test`` (its arguments go to pytest).

While pytest's two workers, at first, wait for browsers, the other suites run one after another beside them. With
``--quick`` first, only mypy and the tests in ``QUICK`` are run.
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
# Files start in the order of `FIRST` in tests/conftest.py, not by their number of tests.
TWO_WORKERS = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart=0"]
BESIDE = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "notebooks": ["pytest", *NBVAL, "notebooks"],
}
LIMIT = 600  # seconds for one suite: far above what any takes, so that reaching it means a hung kernel client


def main(arguments: Sequence[str]) -> int:
    """Run all suites, whatever the others say, and sum up."""
    quick = "--quick" in arguments[:1]
    chosen = [*QUICK, *arguments[1:]] if quick else arguments
    running: set[subprocess.Popen[str]] = set()
    pool = ThreadPoolExecutor(1)
    try:
        names = ["mypy"] if quick else [*BESIDE]
        beside = {name: pool.submit(run, BESIDE[name], running) for name in names}
        start = time.perf_counter()
        passed = subprocess.call([sys.executable, "-m", "pytest", *TWO_WORKERS, *chosen], cwd=ROOT) == 0
        table = [("pytest", passed, time.perf_counter() - start)]
        for name, suite in beside.items():
            passed, printed, seconds = suite.result()
            print(f"\n=== {name} ===\n{printed.rstrip()}", flush=True)
            table.append((name, passed, seconds))
    finally:  # on Ctrl-C nothing is left running
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(running):
            kill(process)
    print("\nsuite         result     seconds")
    for name, passed, seconds in table:
        print(f"{name:<14}{'passed' if passed else 'FAILED':<8}{seconds:>10.1f}")
    failed = sum(not passed for _, passed, _ in table)
    print(f"\nsuites: {len(table) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def run(module: Sequence[str], running: set[subprocess.Popen[str]]) -> tuple[bool, str, float]:
    """Run a Python module, and again if it hangs; return whether it passed, its output, and its time in seconds."""
    command, printed, start = [sys.executable, "-m", *module], "", time.perf_counter()
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
                printed += process.communicate(timeout=LIMIT)[0] or ""
                return process.returncode == 0, printed, time.perf_counter() - start
            except subprocess.TimeoutExpired:
                kill(process)
                printed += f"HUNG, not done after {LIMIT} s; {then}\n"
            finally:
                running.discard(process)
    return False, printed, time.perf_counter() - start


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
