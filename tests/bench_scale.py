"""Time and memory against the number of rows, of partitions and of workers, beside reading the bytes of the same files.

Every figure is measured in a process of its own, whose highest memory (with that of its workers) is what the work
takes. ``python run.py bench scale``; ``--rows 1e7`` goes further than the default.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

STANDARD = "hlj-base-evaluation"
LEAST, MOST = 10**4, 10**6
PART = 250_000
"""Most subjects of one file, where the number of rows is what varies."""
PARTITIONS, WORKERS, ROUNDS = (1, 2, 4, 8, 16), (1, 2), 3
SLOWER: dict[str, int] = {"readings": 10, "chances": 100}
"""How many times fewer rows this work is given than the others."""


class Cost(NamedTuple):
    """What one piece of work took: seconds (the least of the rounds), and the most memory of its process, in MB."""

    seconds: float
    memory: float


def write_people(folder: Path, count: int, partitions: int) -> list[str]:
    """Write a made-up population as Parquet, part by part: one block of subjects, again and again with new ids."""
    import pandas as pd

    from lsstd import load_assumptions, load_standard, synthetic
    from lsstd.files.places import data

    standard = load_standard(STANDARD)
    assumptions = load_assumptions(data() / "populations" / "assumptions.yaml", standard)
    ends = [count * part // partitions for part in range(partitions + 1)]
    block = synthetic(assumptions, standard, min(count, 20_000), 1).frame
    files = []
    for start, end in zip(ends, ends[1:], strict=False):
        places = [place % len(block) for place in range(start, end)]
        people = block.iloc[places].reset_index(drop=True)
        people["id"] = pd.Series([f"synthetic-{number:08d}" for number in range(start + 1, end + 1)], dtype="str")
        files.append(str(folder / f"{count}-{partitions}-{start:08d}.parquet"))
        people.to_parquet(files[-1], index=False)
    return files
