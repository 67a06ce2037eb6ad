"""Measurements of a whole round: reading and combining the sheets of 500 bases by 7 experts."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made_up_panels import MADE_UP, near, sheet, truth_of

from lsstd.files.places import example
from lsstd.files.reading import read_plain

BASES, PANEL = 500, 7


def made_up_round(folder: Path, bases: int = BASES, experts: int = PANEL) -> None:
    """Write a round of so many bases and experts."""
    draw, own = random.Random(11), example("near_aaa")
    truth, text = truth_of(own), own.read_text(encoding="utf-8")
    panel = [f"e{number}" for number in range(1, experts + 1)]
    (folder / "assessments").mkdir(parents=True)
    keys = [f"b{number:03}" for number in range(1, bases + 1)]
    lines = ["round: bench", "title: bench", "standard: hlj-base-evaluation", "edition: draft", "start: 2025-03-03"]
    lines += [
        "experts:",
        *(f"  {one}: {{name: {one}}}" for one in panel),
        "bases:",
        *(f"  {k}: {{name: {k}}}" for k in keys),
    ]
    (folder / "cycle.yaml").write_text(MADE_UP + "\n".join(lines) + "\n", encoding="utf-8")
    for key in keys:
        subject = f"subject: {{name: {key}, id: {key}}}"
        whole = text.replace(next(line for line in text.splitlines() if line.startswith("subject:")), subject)
        (folder / "assessments" / f"{key}.yaml").write_text(whole, encoding="utf-8")
        (folder / "sheets" / key).mkdir(parents=True)
        for one in panel:
            written = sheet(draw, subject, f"{{id: {one}, name: {one}}}", near(draw, truth, 0.1), "bench")
            (folder / "sheets" / key / f"{one}.yaml").write_text(written, encoding="utf-8")


def whole_round() -> None:
    """A province's round, 500 bases by 7 experts, against merely reading its files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "round"
        made_up_round(folder)
        files = [*folder.rglob("*.yaml")]
        start = time.perf_counter()
        for path in files:
            read_plain(path)
        reading = time.perf_counter() - start
        command = [sys.executable, "-c", _ALONE, str(folder)]
        ran = subprocess.run(command, capture_output=True, check=True, text=True, cwd=Path(__file__).parent)
        bases, refused, seconds, more = json.loads(ran.stdout)
        assert (bases, refused) == (BASES, 0)
        print(f"  {len(files)} files in {seconds:.1f} s = {seconds / reading:.1f} × reading them ({reading:.1f} s)")
        print(f"  memory {more:.0f} MiB, {1024 * more / BASES / PANEL:.0f} KiB a sheet")


_ALONE = """
import json, sys, time
from peak_memory import peak
from lsstd import cycle
before, start = peak(), time.perf_counter()
found = cycle(sys.argv[1])
print(json.dumps([len(found.proposed), len(found.refused), time.perf_counter() - start, peak() - before]))
"""
"""A process of its own, whose peak of memory is the round's and no other section's."""

sections = [whole_round]
