"""The most memory that a process has held so far."""

import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak() -> float:
    """Return the most memory that this process has held, in MiB.

    Linux counts into `ru_maxrss` what the process that started this one held, so its own count is read where there is
    one.
    """
    if STATUS.exists():
        held = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(held.split()[1]) / 2**10
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
