"""Set lsstd up and run it: ``python run.py [JOB] [arguments…]``.

Needs nothing but Python, on Windows, macOS and Linux. The first run makes ``.venv`` beside this file and
installs what ``constraints.txt`` pins; later runs start at once. A Python that is too old should still
read this file and say so, hence the plain syntax (Python 3.6).
"""

import collections
import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST, TOO_NEW = (3, 11), (3, 15)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
ENV = dict(os.environ, PYTHONUTF8="1")
EXAMPLE = "data/assessments/near_aaa.yaml"
PAGE = ["hlj-base-evaluation", "-o", "reports/自评.html", "--force"]
USAGE = """\
用法 Usage: python run.py [JOB] [arguments…]
  (无 none)    给示例基地评分并生成报告   score the example base and write its report
  test         运行全部测试               run all tests (arguments go to pytest); --quick first: mypy and a subset
  app          在浏览器中填写自评表       fill in the self-assessment in the browser
  lab          打开 JupyterLab            open JupyterLab with the notebooks
  page         生成单文件自评网页         make the form as one HTML file that needs nothing installed
  release      制作发布包（dist/）        build what a release consists of into dist/
  bench        测速                       measure speed
  notebooks    重新执行并规整笔记本       re-execute and normalise the notebooks
  words        汇集文字、编译译文目录     gather the messages and compile the catalogue of translations"""


class SetupError(Exception):
    """What the user should know and can mend, in Chinese and English."""


def say(zh, en):
    """Tell both; standard output is left to the job."""
    print(zh + "\n" + en, file=sys.stderr, flush=True)


def version_problem(version):
    """Return what is wrong with a Python of this version, in Chinese and English, or None."""
    if OLDEST <= tuple(version[:2]) < TOO_NEW:
        return None
    found, oldest, too_new = (".".join(map(str, v[:2])) for v in (version, OLDEST, TOO_NEW))
    return (
        f"当前 Python 是 {found}；需要 {oldest} 或更新、低于 {too_new} 的版本。请安装后再运行。",
        f"This is Python {found}; needed is {oldest} or newer, below {too_new}. Install one and run again.",
    )


def environment_version(python):
    """Return what the environment's Python calls itself, or nothing where it does not run."""
    command = [str(python), "-I", "-S", "-c", "import sys; print(sys.version)"]
    try:
        return subprocess.check_output(command, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return b""


def fingerprint(root, version):
    """Hash all that an installation rests on: the pins, the Python, and the folder (it must not be moved)."""
    files = [(root / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([*files, version, os.fsencode(str(root))])).hexdigest()


def is_complete(root, python, stamp):
    """Tell whether the environment was installed to the end, from these very files."""
    version = environment_version(python)
    return bool(version) and stamp.is_file() and stamp.read_text() == fingerprint(root, version)


def install(stamp):
    """Make the environment anew and stamp it when all has gone well."""
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        raise SetupError(
            "这个 Python 不能建立虚拟环境。Debian、Ubuntu 请先以管理员身份运行：apt install python3-venv",
            "This Python cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv",
        )
    start = time.time()
    if VENV.exists():
        say("已有的 .venv 不完整或已过时，重新建立。", "The .venv found is incomplete or out of date: making it anew.")
        with contextlib.suppress(FileNotFoundError):
            stamp.unlink()
        shutil.rmtree(str(VENV))
    say("[1/2] 建立虚拟环境 .venv（约 10 秒）……", "      Making the environment .venv (some 10 seconds) …")
    if subprocess.call([sys.executable, "-m", "venv", str(VENV)], env=ENV):
        raise SetupError("虚拟环境未能建立，原因见上。", "The environment could not be made; the reason is above.")
    say(
        "[2/2] 下载并安装所需软件（只此一次，约 1 至 5 分钟，占用约 1 GB）……",
        "      Downloading and installing what is needed (once; some 1 to 5 minutes, about 1 GB) …",
    )
    pip_install()
    if not os.environ.get("PIP_NO_COMPILE"):  # on every processor, where pip would use one
        subprocess.call([str(PYTHON), "-m", "compileall", "-qq", "-j", "0", str(VENV), "lsstd"], cwd=str(ROOT), env=ENV)
    stamp.write_text(fingerprint(ROOT, environment_version(PYTHON)))
    say(f"安装完成，用时 {time.time() - start:.0f} 秒。\n", f"Installed in {time.time() - start:.0f} s.\n")


def pip_install():
    """Install the pinned packages; show pip's last line while it works and its last lines if it fails."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile"]
    command += ["-c", "constraints.txt", "-e", ".[test]"]
    last, shown = collections.deque(maxlen=15), sys.stderr.isatty()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=str(ROOT), env=ENV, **pipes) as pip:
        try:
            for line in pip.stdout:
                last.append(line.decode("utf-8", "replace").rstrip())
                if shown:
                    print("\r" + last[-1][:70].ljust(70), end="", file=sys.stderr, flush=True)
        except BaseException:
            pip.terminate()
            raise
    print("\r" + " " * 70 + "\r" if shown else "", end="", file=sys.stderr)
    if pip.returncode:
        print("\n".join(last), file=sys.stderr)
        raise SetupError(
            "pip 未能完成安装，原因见上。请检查网络或设置镜像（pip config set global.index-url …），再运行。",
            "pip failed, see above. Check the network or set a mirror (pip config set global.index-url …), "
            "then run again.",
        )


def call(*arguments):
    """Run the environment's Python and return its status; on Ctrl-C let it end in its own way first."""
    process = subprocess.Popen([str(PYTHON), *arguments], cwd=str(ROOT), env=ENV)
    try:
        return process.wait()
    except KeyboardInterrupt:
        while process.poll() is None:
            with contextlib.suppress(KeyboardInterrupt):
                process.wait()
        raise


def example(arguments):
    """Score the example base, then write its report; it prints where."""
    report = ["report", EXAMPLE, "--to", "html", "-o", "reports", "--force"]
    return call("-m", "lsstd", "assess", EXAMPLE, *arguments) or call("-m", "lsstd", *report)


def renew(arguments):
    """Renew what is committed executed: the notebooks and, with all of them, the sample report."""
    sample = ("-m", "lsstd", "report", EXAMPLE, "-o", "reports/sample", "--force")
    return call("tests/notebooks/normalise.py", *arguments) or (0 if arguments else call(*sample))


JOBS = {
    "": example,
    "test": lambda arguments: call("tests/suites.py", *arguments),
    "app": lambda arguments: call("-m", "lsstd", "app", *arguments),
    "lab": lambda arguments: call("-m", "lsstd", "lab", *arguments),
    "page": lambda arguments: call("-m", "lsstd", "page", *(arguments or PAGE)),
    "release": lambda arguments: call("tests/release.py", *arguments),
    "bench": lambda arguments: call("tests/bench.py", *arguments),
    "notebooks": renew,
    "words": lambda arguments: call("tests/catalogue.py", *arguments),
}


def main(arguments):
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    job = arguments[0] if arguments else ""
    if job in ("-h", "--help"):
        print(USAGE)
        return 0
    if job not in JOBS:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        problem = version_problem(sys.version_info)
        if problem:
            raise SetupError(*problem)
        stamp = VENV / "lsstd-installed"
        if not is_complete(ROOT, PYTHON, stamp):
            install(stamp)
        return JOBS[job](arguments[1:])
    except SetupError as error:
        say(*error.args)
        return 1
    except KeyboardInterrupt:
        say("\n已中断。", "Interrupted.")
        return 130
    except OSError as error:
        say(f"无法读写：{error}。请关闭正在使用 .venv 的程序后再试。", "Cannot read or write; close what uses .venv.")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
