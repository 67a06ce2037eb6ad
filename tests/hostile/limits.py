"""Runs in the process of a hostile case: a command under limits of time and memory, with its output kept in files.

The process is forked from a server that has loaded `PRELOADED`, so that two hundred cases need not load them again.
"""

from __future__ import annotations

import gc
import os
import re
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS, ROOM = int(os.environ.get("HOSTILE_SECONDS", 10)), 3 * 2**30
PRELOADED = [
    *("hostile.limits", "lsstd.files.cases", "lsstd.pages.base_page", "pandas", "openpyxl", "docx", "pypdf"),
    *("lsstd.population.impact", "lsstd.reports.verify", "lsstd.office.self_score_reader", "lsstd.pages.impact_page"),
    *(f"lsstd.cli.{name}" for name in ("base_commands", "population_commands", "application_commands", "reports")),
]
WRITTEN = ("out.txt", "err.txt", "usage.txt")


def limited(words: Sequence[str], environment: Mapping[str, str], folder: str) -> None:
    """Run ``lsstd`` with these words; past the limits the process is killed, or `MemoryError` is raised."""
    gc.freeze()  # what was loaded before need not be searched again
    os.chdir(folder)
    os.environ.update(environment)
    for number, name in enumerate(WRITTEN[:2], 1):
        os.dup2(os.open(name, os.O_CREAT | os.O_WRONLY), number)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    sys.argv = ["lsstd", *words]
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    from lsstd.__main__ import main

    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        used = resource.getrusage(resource.RUSAGE_SELF)
        peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
        Path(WRITTEN[2]).write_text(f"{used.ru_utime + used.ru_stime:.1f} {int(peak[1]) // 1024 if peak else 0}")
