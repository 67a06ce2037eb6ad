"""Hostile files, each given to a command in a process of its own: refused in words, within 10 s of CPU and 500 MB.

``python tests/hostile/test_hostile.py [WORD…]`` prints what each case takes.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from hostile.cases import CASES, Case
from hostile.makers import GOOD, PUT, REFORM, TABLE

SECONDS, MEGABYTES = int(os.environ.get("HOSTILE_SECONDS", 10)), 500
LIMITED = f"""
import atexit, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, ({3 * 2**30}, {3 * 2**30}))
def usage():
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = int(re.search("VmHWM:\\\\s+(\\\\d+)", open("/proc/self/status").read())[1])
    open(out, "w").write(f"{{used.ru_utime + used.ru_stime:.1f}} {{peak // 1024}}")
out = sys.argv.pop(1)
atexit.register(usage)
from lsstd.__main__ import main
main()
"""
LONGEST_MESSAGE = 50_000


def put(case: Case, folder: Path) -> Path:
    """Make a case's file in a folder."""
    path = folder / case.file
    path.parent.mkdir(parents=True, exist_ok=True)
    content = case.content
    if callable(content):
        content = content(path) if content in PUT else content()  # type: ignore[call-arg]
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8", newline="")
    elif content is not None:
        path.write_bytes(content)
    return path


class Ran(NamedTuple):
    status: int
    out: str
    err: str
    seconds: float
    megabytes: int


def run(case: Case, folder: Path) -> Ran:
    """Run a case's command on its file."""
    words = shlex.split(case.command.format(x=put(case, folder), d=folder, GOOD=GOOD, REFORM=REFORM, TABLE=TABLE))
    environment = {**os.environ, "LSSTD_LANG": "en", "OPENBLAS_NUM_THREADS": "1"}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    usage = folder / "usage"
    command = [sys.executable, "-c", LIMITED, str(usage), *words]
    try:
        done = subprocess.run(command, capture_output=True, cwd=folder, env=environment, timeout=3 * SECONDS)
        status, out, err = done.returncode, done.stdout.decode(), done.stderr.decode()
    except subprocess.TimeoutExpired:
        status, out, err = -1, "", "blocked"
    used = usage.read_text().split() if usage.exists() else ("999", "9999")
    return Ran(status, out, err, float(used[0]), int(used[1]))


# The command says what is wrong and what would be right, and ends by itself.
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux tells it")
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_within_bounds(case: Case, tmp_path: Path) -> None:
    (tmp_path / "named.yaml").write_text("standard: s.yaml\n", encoding="utf-8")
    ran = run(case, tmp_path)
    told = ran.err
    assert ran.status == case.status, told[-2000:]
    assert "Traceback" not in told
    assert "inside lsstd" not in told
    assert len(told) < LONGEST_MESSAGE
    assert ran.megabytes < MEGABYTES
    assert (
        case.status == 0 or any(right in told for right in ("expected: ", "did you mean ")) or "differences" in ran.out
    )


if __name__ == "__main__":
    for case in CASES:
        if not sys.argv[1:] or any(word in case.name for word in sys.argv[1:]):
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "named.yaml").write_text("standard: s.yaml\n", encoding="utf-8")
                ran = run(case, Path(folder))
            told = " | ".join(ran.err.splitlines())[:200]
            print(f"{case.name}\t{ran.status}\t{ran.seconds} s\t{ran.megabytes} MB\t{len(ran.err)}\t{told}", flush=True)
