"""The engine: the outputs of papermill's own, nothing left behind, and one report's death is its own."""

import io
import json
import logging
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from lsstd.errors import ReportError
from lsstd.files.places import notebooks
from lsstd.reports import children
from lsstd.reports.engine import Finish, taken

pytestmark = pytest.mark.slow  # starts kernels
REPORTS = notebooks() / "reports"
STARTS = ["spawn"] if children.HOW == "spawn" else ["fork", "spawn"]
OWN = {"engine_name": "lsstd"}


@pytest.fixture(autouse=True)
def _as_outside_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let kernels catch what is written past Python, which they leave to pytest where they see it."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")


def notebook(*sources: str, tags: dict[int, list[str]] | None = None) -> Any:
    """Return a notebook of code cells, some of them tagged."""
    cells = [
        nbformat.v4.new_code_cell(source, id=f"c{i}", metadata={"tags": (tags or {}).get(i, [])})
        for i, source in enumerate(sources)
    ]
    spec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})


def run(source: Any, output: Path | None = None, **options: Any) -> Any:
    options = {"kernel_name": "python3", "progress_bar": False, "execution_timeout": 60, **options}
    return papermill.execute_notebook(source, output, **options)


def outputs(executed: Any) -> str:
    """Return what a notebook's cells put out, without what names a process."""
    told = json.dumps([[cell.get("outputs"), cell.get("execution_count")] for cell in executed.cells], indent=1)
    return re.sub(r"ipykernel_\d+", "ipykernel_N", told)


def printed(executed: Any) -> str:
    """Return what the last cell wrote to standard output."""
    return "".join(output.text for output in executed.cells[-1].outputs if output.get("name") == "stdout")


def alive(mark: str) -> list[int]:
    """Return the processes in whose environment a mark stands."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes() and int(folder.name) != os.getpid():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def until(true: Callable[[], object], seconds: float = 20) -> bool:
    """Wait for something to become true, and return whether it has."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(true())


# --- the same outputs ---


# The package's own reports are the same byte for byte, whichever engine executes them, in both languages.
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["base_report", "impact_report"])
def test_own_reports_are_the_same(name: str, lang: str) -> None:
    stock = run(REPORTS / f"{name}.ipynb", parameters={"lang": lang})
    for start in STARTS:
        ours = run(REPORTS / f"{name}.ipynb", parameters={"lang": lang}, start=start, **OWN)
        assert outputs(ours) == outputs(stock)
        assert ours.metadata.language_info == stock.metadata.language_info
        assert [cell.metadata.papermill.status for cell in ours.cells] == ["completed"] * len(ours.cells)


EVERYTHING = (
    "import sys\nfor i in range(3):\n    print('out', i)\n    print('err', i, file=sys.stderr)\ni",
    "from IPython.display import *\ndisplay(HTML('<b>b</b>'), Markdown('*m*'), {'a': (1, 2)})\nLatex('$x$')",
    "import matplotlib.pyplot as plt, numpy as np\nplt.plot([1, 2])\nplt.figure()\nplt.bar([1], [2]); print('drawn')",
    "fig, ax = plt.subplots()\nax.set_title('title')\nfig",
    "plt.rcParams['font.size'], plt.rcParams['figure.facecolor'], plt.get_backend()",
    "%config InlineBackend.figure_format = 'svg'\nplt.rcParams['svg.hashsalt'] = 'x'\nprint(len(plt.get_fignums()))",
    "import pandas as pd\npd.DataFrame({'a': [1.5, None], '中文': ['x', '<y>']})",
    "handle = display('before', display_id='shown')\ndisplay('other')",
    "handle.update('after')\nupdate_display({'x': 1}, display_id='shown')",
    "print('gone')\nclear_output()\nprint('kept')\nclear_output(wait=True)\ndisplay('last')",
    "import asyncio\nawait asyncio.sleep(0.01)\nasync def f():\n    return 5\nawait f()",
    "import warnings\nwarnings.warn('careful')",
    "!echo $HOME; echo err >&2\nlines = !echo 'a b'\nlines",
    "%pwd\n%precision 3\n3.14159",
    "%%capture kept\nprint('captured')",
    "kept.stdout, In[1][:10], Out[1], _13, __name__\n"
    "type(get_ipython()).__name__, 'IPKernelApp' in get_ipython().config",
    "%%writefile a.txt\ntext",
    "%%bash\ncat a.txt",
    "import os\nos.write(1, b'past Python\\n'); os.system('echo past') * 0",
    "import subprocess\nsubprocess.run(['echo', 'a process'], check=True); None",
    "try:\n    input('?')\nexcept Exception as error:\n    print(type(error).__name__, error)",
    "import pickle\nclass A: pass\ntype(pickle.loads(pickle.dumps(A()))), sys.modules['__main__'].A",
    "def f(n):\n    return 1 / n\nf(0)",
    "1 +",
    "%nonsense",
    "import threading\nthread = threading.Thread(target=sys.stdout.write, args=('in a thread',))\n"
    "thread.start(); thread.join()",
    "import logging\nlogging.warning('logged')\nprint(float('nan'), '\\ud800'.encode('utf-8', 'replace'))",
    "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(1) as pool:\n    print(pool.map(abs, [-1]))",
    "%%html\n<i>i</i>",
    "len?",
    "import time\nprint('a'); time.sleep(0.5); print('b')",
    "import ipywidgets\nslider, box = ipywidgets.IntSlider(3), ipywidgets.Output()\n"
    "with box:\n    print('in the box')\n    display('and this')\nprint('beside it')",
    "box.outputs",
    "os.environ['MPLBACKEND'], sys.path[0] != '', '' in sys.path, sys.stdin.read(), os.isatty(1), os.environ['TERM']",
    "",
    "print(f'{get_ipython().execution_count}')",
)
FAILING = {22, 23, 24}


def everything(folder: Path, **engine: Any) -> Any:
    """Run the notebook of everything in a folder of its own; return it as written, its code cells alone."""
    shutil.rmtree(folder / "run", ignore_errors=True)
    (folder / "run").mkdir()
    here = {"resources": {"metadata": {"path": str(folder / "run")}}}
    tags = {index: ["raises-exception"] for index in FAILING}
    with pytest.raises(PapermillExecutionError):  # papermill's, after all cells, whatever their tags allow
        run(notebook(*EVERYTHING, tags=tags), folder / "out.ipynb", **here, **engine)
    written = nbformat.read(folder / "out.ipynb", as_version=4)
    written.cells = [cell for cell in written.cells if cell.cell_type == "code"]
    return written


def cell_outputs(executed: Any) -> list[str]:
    return [outputs(nbformat.v4.new_notebook(cells=[cell])) for cell in executed.cells]


# Streams, figures, frames, updates, awaits, magics, commands, warnings and errors become the same outputs. How a
# stream is cut, and which of two comes first, hangs on the clock with either engine: what both have put out counts.
@pytest.mark.parametrize("start", STARTS)
def test_whatever_a_notebook_does_is_the_same(start: str, tmp_path: Path) -> None:
    theirs: list[set[str]] = [set() for _ in EVERYTHING]
    own: list[set[str]] = [set() for _ in EVERYTHING]
    for _ in range(4):
        stock, ours = everything(tmp_path), everything(tmp_path, **OWN, start=start)
        for seen, executed in ((theirs, stock), (own, ours)):
            for texts, text in zip(seen, cell_outputs(executed), strict=True):
                texts.add(text)
        differ = [source for source, one, other in zip(EVERYTHING, theirs, own, strict=True) if not one & other]
        assert ours.metadata.keys() == stock.metadata.keys()
        if not differ:
            return
    pytest.fail(f"other outputs than papermill's own: {differ}")


# A failing cell ends the notebook as with papermill's own engine: the same error, the same marks, the rest not run.
def test_an_error_stops_the_notebook(tmp_path: Path) -> None:
    told = []
    for engine in ({}, OWN):
        path = tmp_path / f"{len(told)}.ipynb"
        with pytest.raises(PapermillExecutionError) as caught:
            run(notebook("1", "def f():\n    raise ValueError('中 <b>')\nf()", "2"), path, **engine)
        written = nbformat.read(path, as_version=4)
        statuses = [cell.metadata.get("papermill", {}).get("status") for cell in written.cells]
        told.append((str(caught.value), outputs(written), statuses, written.metadata.papermill.exception))
    assert told[0] == told[1]


# What a notebook prints is logged and filed where papermill is asked to.
def test_outputs_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    told = []
    for engine in ({}, OWN):
        caplog.clear()
        out, err = io.StringIO(), io.StringIO()
        with caplog.at_level(logging.INFO, "papermill"):
            source = "import sys\nprint('to out')\nprint('to err', file=sys.stderr)\n'value'"
            run(notebook(source), log_output=True, stdout_file=out, stderr_file=err, **engine)
        lines = [r.getMessage() for r in caplog.records if r.name == "papermill"]
        told.append((out.getvalue(), err.getvalue(), [line for line in lines if "kernel" not in line]))
    assert told[0] == told[1]
    assert told[0][:2] == ("to out\n", "to err\n")


# --- nothing is left behind ---

LEAKS = (
    "import os, sys, random, threading, time, tempfile, lsstd.words\n"
    "import pandas as pd, numpy as np, matplotlib as mpl",
    "mpl.rcParams['font.size'] = 99\nos.chdir(tempfile.mkdtemp())\npd.set_option('display.max_rows', 7)\n"
    "lsstd.words.clip = None\nos.environ['LEAK'] = 'x'\nsys.path.insert(0, 'leak')\nsys.argv.append('leak')\n"
    "random.seed(1); np.random.seed(1)\nthreading.Thread(target=time.sleep, args=(60,)).start()\nleak = 1",
)
CLEAN = (
    LEAKS[0],
    "print([mpl.rcParams['font.size'], os.getcwd(), pd.get_option('display.max_rows'), lsstd.words.clip is None,\n"
    "       'LEAK' in os.environ, 'leak' in sys.path, 'leak' in sys.argv, 'leak' in globals(),\n"
    "       any(getattr(t, '_target', None) is time.sleep for t in threading.enumerate())])",
)


# What one notebook changes, in Python, its libraries and its process, the next one sees nothing of.
def test_nothing_leaks(tmp_path: Path) -> None:
    here = {"resources": {"metadata": {"path": str(tmp_path)}}}
    before = printed(run(notebook(*CLEAN), **here, **OWN))
    run(notebook(*LEAKS), **here, **OWN)
    assert printed(run(notebook(*CLEAN), **here, **OWN)) == before == printed(run(notebook(*CLEAN), **here))


# Each notebook draws random numbers of its own, and finds the environment and time zone of the moment.
def test_each_notebook_begins_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = notebook("import random, numpy as np", "print(random.random(), np.random.random())")
    assert printed(run(draw, **OWN)) != printed(run(draw, **OWN))
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("LSSTD_NEW", "here")
    assert printed(run(notebook("import os, time", "print(os.environ['LSSTD_NEW'], time.tzname[0])"), **OWN)) == (
        "here CST\n"
    )


# --- one report's death is its own ---


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Mark the processes of this test by their environment."""
    children.stop()
    mark = f"LSSTD_TEST_MARK={os.getpid()}{time.monotonic_ns()}"
    monkeypatch.setenv(*mark.split("="))
    yield mark
    children.stop()


# A notebook that kills its process and one that never ends harm nobody but themselves; two others run beside them.
@pytest.mark.parametrize("start", STARTS)
def test_death_is_ones_own(start: str, mark: str) -> None:
    loop = "import subprocess\nsubprocess.Popen(['sleep', '600'])\nwhile True: pass"
    sources = [
        (notebook("import os, signal", "os.kill(os.getpid(), signal.SIGKILL)"), {}),
        (notebook("1", loop), {"execution_timeout": 2}),
        *[(notebook("import time", "time.sleep(4); print('done')"), {})] * 2,
    ]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(run, source, start=start, **options, **OWN) for source, options in sources]
        errors = [job.exception() for job in jobs]
    assert isinstance(errors[0], DeadKernelError)
    assert isinstance(errors[1], CellTimeoutError)
    assert [printed(job.result()) for job in jobs[2:]] == ["done\n"] * 2
    children.stop()
    assert until(lambda: not alive(mark)), alive(mark)


# A notebook that ends its own process by itself leaves nothing of what it has started, and no dead process either.
@pytest.mark.parametrize("start", STARTS)
def test_what_a_dead_notebook_started_ends_too(start: str, mark: str) -> None:
    source = notebook("import os, subprocess\nsubprocess.Popen(['sleep', '4321'])\nos._exit(3)")
    for _ in range(2):
        with pytest.raises(DeadKernelError):
            run(source, start=start, **OWN)
    assert until(lambda: not any(is_sleeping(pid) for pid in alive(mark))), alive(mark)
    if start == "fork":
        assert children._zygote
        zygote = children._zygote.process.pid
        forked = Path(f"/proc/{zygote}/task/{zygote}/children")
        assert run(notebook("1"), start=start, **OWN)
        assert len(forked.read_text().split()) <= 1


def is_sleeping(pid: int) -> bool:
    """Return whether a process is the command ``sleep``."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep")
    except OSError:
        return False


# The zygote, killed, is started again for the next report.
@pytest.mark.skipif(children.HOW == "spawn", reason="no zygote here")
def test_a_dead_zygote_is_replaced() -> None:
    run(notebook("1"), **OWN)
    assert children._zygote
    children._zygote.process.kill()
    children._zygote.process.wait(10)
    assert printed(run(notebook("print(1)"), **OWN)) == "1\n"


def execute_in_a_worker(text: str) -> str:
    return printed(run(notebook(f"print({text!r})"), **OWN))


# A process that was forked from the caller executes notebooks with a zygote of its own.
@pytest.mark.skipif(children.HOW == "spawn", reason="no forking here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_forked_callers_have_their_own(mark: str) -> None:
    run(notebook("1"), **OWN)
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(execute_in_a_worker, ["a", "b", "c"])) == ["a\n", "b\n", "c\n"]
    assert printed(run(notebook("print(2)"), **OWN)) == "2\n"
    children.stop()
    assert until(lambda: not alive(mark)), alive(mark)


CALLER = """
import sys, threading, nbformat, papermill
cell = nbformat.v4.new_code_cell("import subprocess, time\\nsubprocess.Popen(['sleep', '600'])\\n"
                                 "open('begun', 'w').close(); time.sleep(600)")
def run():
    papermill.execute_notebook(nbformat.v4.new_notebook(cells=[cell]), None, engine_name="lsstd",
                               kernel_name="python3", progress_bar=False, start=sys.argv[1])
run()
"""


# Interrupted, asked to end or killed, the caller leaves no process behind, nor does the notebook's own child remain.
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.usefixtures("interruptible")
def test_no_process_is_left(start: str, by: signal.Signals, tmp_path: Path, mark: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CALLER, start], cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL
    ) as caller:
        try:
            assert until((tmp_path / "begun").exists, 60)
            os.killpg(caller.pid, by)
            caller.wait(20)
        finally:
            caller.kill()
    assert until(lambda: not alive(mark)), alive(mark)


# A process whose caller is gone before it has said what to execute ends, too.
@pytest.mark.parametrize("start", STARTS)
def test_nobody_waits_for_a_caller_that_is_gone(start: Any, mark: str) -> None:
    for _ in range(3):
        children.child(start).end()
    process = children.child(start)
    process.receive()
    process.pid = None  # as if nobody could kill it
    process.end()
    children.stop()
    assert until(lambda: not alive(mark)), alive(mark)


# --- how it is asked ---


# papermill's own command knows the engine by name.
def test_papermill_knows_the_engine(tmp_path: Path) -> None:
    nbformat.write(notebook("import os", "print(os.getcwd())"), tmp_path / "in.ipynb")
    command = ["-m", "papermill", "--engine", "lsstd", "--no-progress-bar", "in.ipynb", "out.ipynb"]
    subprocess.run([sys.executable, *command], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert printed(written) == f"{tmp_path}\n"
    assert written.metadata.papermill.exception is None


# Another kernel, an option that only papermill's own engine knows and settings of the kernel are left to that engine.
def test_what_is_left_to_papermill() -> None:
    assert taken("python3", {"execution_timeout": 3, "input_path": "x", "extra_arguments": ["--log-level=ERROR"]})
    assert not taken("ir", {})
    assert not taken("python3", {"timeout_func": print})
    assert not taken("python3", {"extra_arguments": ["--InlineBackend.figure_format=svg"]})
    finish = Finish("test_engine:counted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "test_engine", sys.modules[__name__])
        executed = run(notebook("print(1)"), iopub_timeout=9, interrupt_on_timeout=True, finish=finish, **OWN)
    assert printed(executed) == "1\n"
    assert finish.made == {"cells": b"1"}


def counted(executed: Any) -> dict[str, bytes]:
    return {"cells": str(len(executed.cells)).encode()}


FINISH = """
from lsstd.reports.make import to_html

def html(notebook, title, lang):
    return {"html": to_html(notebook, title, lang).encode(), "of": str(__import__("os").getppid()).encode()}

def failing(notebook):
    raise ValueError("no page")

def endless(notebook):
    while True: pass
"""


# The last step is taken in the report's process: a page is what it is when it is made here, in any number of threads.
@pytest.mark.parametrize("start", STARTS)
def test_the_last_step(start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lsstd.reports.make import to_html

    (tmp_path / "last_step.py").write_text(FINISH)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def page(lang: Any) -> bool:
        finish = Finish("last_step:html", {"title": "题目", "lang": lang})
        executed = run(REPORTS / "base_report.ipynb", parameters={"lang": lang}, finish=finish, start=start, **OWN)
        return finish.made["html"].decode() == to_html(executed, "题目", lang) and finish.made["of"] != b"0"

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(page, ["zh", "en", "zh", "en"])) == [True] * 4
    finish = Finish("last_step:failing")
    with pytest.raises(ReportError, match="no page"):
        run(notebook("1"), finish=finish, start=start, **OWN)
    with pytest.raises(ReportError, match="last_step:endless"):
        run(notebook("1"), finish=Finish("last_step:endless"), execution_timeout=1, start=start, **OWN)
    with pytest.raises(PapermillExecutionError):
        run(notebook("1 / 0"), finish=finish, start=start, **OWN)
    assert not finish.made
    assert threading.active_count() < 20
