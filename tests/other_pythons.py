"""Check lsstd on every further Python of this machine, two at a time, each in a copy of the checkout: ``.ci/run``.

One Python of each further minor version runs the main job, the newest of them ``run.py test --quick`` as well; so
does the system's own one the main job, where it is of the version that runs this file. Needs nothing but Python.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = range(11, 15)  # the minor versions of Python 3 that run.py accepts
SYSTEM = Path("/usr/bin/python3")
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".ipynb_checkpoints", ".hypothesis")
LIMIT = 600  # seconds for one job: far above what any takes, the installation included
REPORT = "import sys; print(sys.base_prefix, *sys.version_info[:3], sep='\\n')"


class Interpreter(NamedTuple):
    """A Python with the folder that tells one installation from another, however many names lead to it."""

    version: tuple[int, ...]
    path: Path
    prefix: str

    @property
    def name(self) -> str:
        return f"Python {'.'.join(map(str, self.version))} ({self.path})"


def asked(path: Path) -> Interpreter | None:
    """Return what a Python says of itself, or nothing where it does not run, as a shim of pyenv may not."""
    try:
        ran = subprocess.run([path, "-I", "-S", "-c", REPORT], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    prefix, *version = ran.stdout.splitlines()
    return Interpreter(tuple(map(int, version)), path, prefix)


def candidates() -> list[Path]:
    """Return where Pythons may be: the system's, on PATH and under pyenv."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    named = [folder / f"python3.{minor}" for folder in folders for minor in SUPPORTED]
    return [SYSTEM, *named, *sorted(pyenv.glob("versions/*/bin/python"))]


def others(found: list[Interpreter], main: Interpreter) -> dict[Interpreter, list[list[str]]]:
    """Return which Pythons to check, each with its jobs of run.py; of each minor version the newest counts."""
    usable = [each for each in found if each.version[0] == 3 and each.version[1] in SUPPORTED]
    newest = {each.version[:2]: each for each in sorted(usable, key=lambda each: each.version)}
    newest.pop(main.version[:2], None)
    jobs = {each: [[]] for each in newest.values()}
    if newest:
        jobs[newest[max(newest)]].append(["test", "--quick"])
    covered = {main.prefix, *(each.prefix for each in jobs)}
    return jobs | {each: [[]] for each in usable if each.path == SYSTEM and each.prefix not in covered}


def check(python: Interpreter, jobs: list[list[str]]) -> tuple[bool, str]:
    """Run jobs in a copy of the checkout; return whether all passed, and what they printed."""
    start, printed = time.monotonic(), ""
    # Most of what is installed is never imported here, so it is compiled on import, not by pip.
    environment = {**os.environ, "PIP_NO_COMPILE": "1", "PYTHONDONTWRITEBYTECODE": ""}
    with tempfile.TemporaryDirectory(prefix="lsstd-") as folder:
        copy = Path(shutil.copytree(ROOT, Path(folder) / "lsstd", ignore=LEFT_OUT))
        for job in jobs:
            command = [str(python.path), "run.py", *job]
            log = copy / "log.txt"
            with log.open("wb") as out:
                streams: Any = {"stdout": out, "stderr": subprocess.STDOUT}
                try:
                    status = subprocess.call(command, cwd=copy, env=environment, timeout=LIMIT, **streams)
                except subprocess.TimeoutExpired:
                    status = -1
            said = log.read_text(encoding="utf-8", errors="replace")
            printed += said if status else "\n".join(said.splitlines()[-6:]) + "\n"
            if status:
                return False, printed + f"{' '.join(command)}: status {status}\n"
    return True, printed + f"passed in {time.monotonic() - start:.0f} s\n"


def main() -> int:
    """Check all, print how each fared, and sum up."""
    here = Interpreter(sys.version_info[:3], Path(sys.executable), sys.base_prefix)
    jobs = others([each for each in map(asked, candidates()) if each], here)
    print("further Pythons:", "; ".join(each.name for each in jobs) or "none", flush=True)
    passed = []
    with ThreadPoolExecutor(2) as pool:
        for python, (ok, printed) in zip(jobs, pool.map(check, jobs, jobs.values()), strict=True):
            print(f"\n=== {python.name}: {'passed' if ok else 'FAILED'} ===\n{printed}", flush=True)
            passed.append(ok)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
