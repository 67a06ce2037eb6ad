"""The process from which reports are forked: it has imported everything, has one thread and runs no notebook itself.

``python -m lsstd.reports.zygote`` reads from a Unix socket, its standard input, one end of a socket pair for each
report, and forks a child that talks over it with whoever asked. With ``--once`` the process is the child itself, asked
over standard input and output: so it goes where there is no forking.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import os
import pkgutil
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsstd.reports.wire import REQUEST, Channel


def preload() -> None:
    """Import what templates and their last steps use, and let it read what it keeps: fonts, page templates, schemas.

    matplotlib's inline backend is left to each child: imported here, it would draw other charts.
    """
    import ipykernel.debugger  # noqa: F401
    import nbformat
    import pandas  # noqa: F401
    from matplotlib.backends.registry import backend_registry
    from matplotlib.figure import Figure

    from lsstd import pages, reports
    from lsstd.reports.make import to_html

    for package in (pages, reports):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.name.endswith((".zygote", ".engine")):  # the latter's caller is elsewhere
                importlib.import_module(module.name)
    cells = [nbformat.v4.new_markdown_cell("*"), nbformat.v4.new_code_cell()]
    to_html(nbformat.v4.new_notebook(cells=cells), "", "zh")
    backend_registry.list_all()
    figure = Figure()
    figure.subplots().set_title("a")
    for kind in ("svg", "png"):
        figure.savefig(io.BytesIO(), format=kind)


def fork_for_each(control: socket.socket) -> None:
    """Fork a child for each channel that arrives, until whoever sends them is gone."""
    preload()
    gc.collect()
    gc.freeze()  # what children share is not touched by their collections
    over: list[int] = []  # until they are let go of, their ids are no other's
    while True:
        asked, descriptors, *_ = socket.recv_fds(control, REQUEST.size, 1)
        if not asked:
            return
        if not descriptors:
            over = [pid for pid in (*over, *REQUEST.unpack(asked)) if not os.waitpid(pid, os.WNOHANG)[0]]
            continue
        if threads() > 1:
            raise RuntimeError("a process with several threads must not be forked")
        if os.fork() == 0:
            os.setsid()
            control.close()
            quiet_descriptors()
            talk(channel_over(socket.socket(fileno=descriptors[0])))
        os.close(descriptors[0])


def threads() -> int:
    """Return how many threads this process has, those of libraries included where the system tells."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


def channel_over(connection: socket.socket) -> Channel:
    """Return a channel over a socket, closed in whatever a notebook forks."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=connection.close)
    return Channel(connection.makefile("rb"), connection.makefile("wb"))


def talk(channel: Channel) -> None:
    """Execute the notebook that the channel brings, tell what happens, and wait for the end; never returns."""
    try:
        channel.send({"now": "begun", "pid": os.getpid()})
        job, _ = channel.receive()
    except (EOFError, OSError):  # who asked is gone already
        os._exit(1)
    threading.Thread(target=end_with, args=(channel,), daemon=True).start()
    try:
        work(channel, job)
    except BaseException:
        with contextlib.suppress(OSError, ValueError):
            channel.send({"now": "broken", "told": traceback.format_exc()})
    while True:
        time.sleep(60)


def end_with(channel: Channel) -> None:
    """End, with whatever the notebook has started, as soon as the other side is gone."""
    with contextlib.suppress(EOFError):
        channel.receive()
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def work(channel: Channel, job: dict[str, Any]) -> None:
    """Execute a notebook and take its last step, if it has one."""
    import nbformat

    os.environ.clear()
    os.environ.update(job["environment"])
    if hasattr(time, "tzset"):
        time.tzset()
    os.chdir(job["folder"])
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # else every child would draw the same numbers
    from lsstd.reports.kernel import execute, start_kernel

    notebook = nbformat.from_dict(job["notebook"])
    files: dict[str, bytes] = {}
    app = start_kernel()
    channel.send({"now": "ready"})
    if execute(app, notebook, job["options"], channel.send) and job["finish"]:
        files = finished(notebook, **job["finish"])
    atexit._run_exitfuncs()
    channel.send({"now": "done"}, files)


def finished(notebook: Any, call: str, arguments: Mapping[str, Any]) -> dict[str, bytes]:
    """Call the function named ``module:function`` with an executed notebook and return the files that it makes."""
    module, _, name = call.partition(":")
    made = getattr(importlib.import_module(module), name)(notebook, **arguments)
    return {str(key): bytes(value) for key, value in made.items()}


def quiet_descriptors() -> None:
    """Leave the standard streams to the notebook: nothing to read, and what is written is not for the caller."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def main(arguments: list[str]) -> None:
    """Serve until the caller is gone."""
    del sys.path[0]  # the folder that this was started in; IPython adds each report's own
    if arguments == ["--once"]:
        reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
        quiet_descriptors()
        talk(Channel(reader, writer))
    control = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    fork_for_each(control)


if __name__ == "__main__":
    main(sys.argv[1:])
