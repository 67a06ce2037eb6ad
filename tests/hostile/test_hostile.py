"""Hostile files, each given to a command in a process of its own: refused in words, within 10 s of CPU and 500 MB.

``python tests/hostile/test_hostile.py [WORD…]`` prints what each case takes.
"""

from __future__ import annotations

import multiprocessing
import shlex
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from hostile.cases import CASES, Case
from hostile.limits import PRELOADED, SECONDS, WRITTEN, limited
from hostile.makers import GOOD, PUT, REFORM, TABLE

MEGABYTES = 500
LONGEST_MESSAGE = 50_000
SERVER = multiprocessing.get_context("forkserver") if sys.platform != "win32" else multiprocessing.get_context("spawn")
SERVER.set_forkserver_preload(PRELOADED)


@lru_cache(maxsize=1)
def content_of(make: Callable[[], str | bytes]) -> str | bytes:
    """Return the content of a file; several commands in a row read the same one."""
    return make()


def put(case: Case, folder: Path) -> Path:
    """Make a case's file in a folder."""
    path = folder / case.file
    path.parent.mkdir(parents=True, exist_ok=True)
    content: Any = case.content
    if callable(content):
        content = content(path) if content in PUT else content_of(content)
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8", newline="")
    elif content is not None:
        path.write_bytes(content)
    return path


class Ran(NamedTuple):
    status: int | None
    out: str
    err: str
    seconds: float
    megabytes: int


def run(case: Case, folder: Path) -> Ran:
    """Run a case's command on its file, in a separate process forked from one that has loaded the libraries."""
    words = shlex.split(case.command.format(x=put(case, folder), d=folder, GOOD=GOOD, REFORM=REFORM, TABLE=TABLE))
    environment = {"LSSTD_LANG": "en"}
    while "=" in words[0]:
        name, _, environment[name] = words.pop(0).partition("=")
    process = SERVER.Process(target=limited, args=(words, environment, str(folder)))
    process.start()
    process.join(12 * SECONDS)  # of real time, of which a busy machine gives a process little
    is_blocked = process.is_alive()
    process.kill()
    process.join()
    out, err, used = ((folder / name).read_text("utf-8") if (folder / name).exists() else "" for name in WRITTEN)
    seconds, megabytes = used.split() or ("999", "9999")
    return Ran(None if is_blocked else process.exitcode, out, err, float(seconds), int(megabytes))


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
