"""A system's browser and servers on this machine, for the browser tests and for the pictures of the README."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=zh-CN"]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    FLAGS.append("--no-sandbox")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*token=\S+")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge", "microsoft-edge")


def found_browser() -> str | None:
    named = os.environ.get("LSSTD_CHROMIUM")
    return named or next((path for name in BROWSERS if (path := shutil.which(name))), None)


class Server:
    """A server in a process group of its own, with a home of its own."""

    def __init__(self, home: Path, *command: str) -> None:
        own = {name: str(home / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
        environment = {**os.environ, **own, "HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "PYTHONUTF8": "1"}
        self.log = home / "server.log"
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=home,
                start_new_session=True,
            )
        self.address = self._told()

    def _told(self) -> str:
        for _ in range(300):
            if told := ADDRESS.search(self.log.read_text(encoding="utf-8", errors="replace")):
                return told.group()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        """End the server and its kernels at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
