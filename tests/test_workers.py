"""Work in other processes: none of them outlives the one that gave it."""

import os
import signal
import subprocess
import sys
import time

import pytest

PARENT = """
import os, time
from lsstd.workers import _pool

if __name__ == "__main__":
    with _pool(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 300)
        time.sleep(300)
"""


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


# A worker ends soon after its parent was killed, even in the middle of a task.
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that kills")
def test_workers_end_with_their_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while is_running(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(worker)
