"""A notebook executed in this process: IPython's kernel as Jupyter starts it, its messages heard without a network.

Nothing of how cells become outputs is written here: ipykernel's application makes the messages and nbclient turns
them into outputs, as both do for a notebook that papermill executes. Left out are the sockets between them, the
history, and the configuration and start-up files of whoever calls: a report is the same whoever makes it.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ipykernel
import zmq
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from tornado.ioloop import IOLoop
from traitlets import Any as AnyTrait

DRAINED_S = 1.0
"""So long a cell's end waits at most for what was written past Python to standard output and error."""


class _Inbox:
    """Where the kernel sends: a cell's messages wait here until its client asks."""

    def __init__(self, session: Any) -> None:
        self.session, self.context = session, zmq.Context()
        self.messages: deque[dict[str, Any]] = deque()
        self.answers: list[dict[str, Any]] = []

    def send_multipart(self, frames: list[Any], **_: object) -> None:
        _, message = self.session.feed_identities([bytes(frame) for frame in frames])
        self.messages.append(self.session.deserialize(message))

    def flush(self, *_: object) -> None:
        """Nothing waits to be sent."""

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:  # noqa: ARG002
        return self.messages.popleft()

    def send(self, message: dict[str, Any]) -> None:
        """Keep what a widget's other half in nbclient answers, until the kernel is free."""
        self.answers.append(message)


class _Kernel(IPythonKernel):
    """IPython's kernel, asked one cell after another by the same thread."""

    shell_stream = AnyTrait()
    _execute_sleep = 0
    _supports_kernel_subshells = False

    def _abort_queues(self, *_: object) -> None:
        """No cell waits behind another."""

    def post_handler_hook(self) -> None:
        """Wait for what a cell wrote past Python (as ``!command`` may), so that it stands below that cell."""
        super().post_handler_hook()  # type: ignore[no-untyped-call]
        pipes = [fid for stream in (sys.stdout, sys.stderr) if (fid := getattr(stream, "_fid", None)) is not None]
        until = time.monotonic() + DRAINED_S
        while pipes and select.select(pipes, [], [], 0)[0] and time.monotonic() < until:
            time.sleep(0.001)


class _KernelApp(IPKernelApp):
    """IPython's kernel application without its sockets and the user's own configuration."""

    kernel_class = AnyTrait(_Kernel)
    replies: _Inbox
    published: _Inbox

    def init_sockets(self) -> None:
        self.session.key = b""  # no message leaves the process: none is signed
        self.replies, self.published = _Inbox(self.session), _Inbox(self.session)
        self.iopub_thread = IOPubThread(self.published, pipe=True, session=self.session)
        self.iopub_thread.start()
        self.iopub_socket = self.iopub_thread.background_socket

    def init_kernel(self) -> None:
        self.kernel = self.kernel_class.instance(
            parent=self,
            session=self.session,
            shell_stream=self.replies,
            shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
            iopub_thread=self.iopub_thread,
            iopub_socket=self.iopub_socket,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count

    def _left_out(self, *_: Any, **__: Any) -> Any:
        """Leave this step out."""

    init_connection_file = init_poller = init_heartbeat = _left_out
    write_connection_file = log_connection_info = _left_out
    init_config_files = load_config_file = _run_startup_files = _left_out


class _Link:
    """The part of a kernel's client that nbclient asks for."""

    def __init__(self, app: _KernelApp) -> None:
        self._app, self.session = app, app.session
        self.shell_channel, self.iopub_channel = app.replies, app.published

    async def execute(self, code: str, store_history: bool, stop_on_error: bool) -> str:
        """Let the kernel execute a cell to its end; its messages are in the channels then."""
        asked = {"code": code, "silent": False, "store_history": store_history, "user_expressions": {}}
        message = self.session.msg("execute_request", {**asked, "allow_stdin": False, "stop_on_error": stop_on_error})
        for each in (*self.shell_channel.answers, message):
            await self._app.kernel.dispatch_shell([zmq.Message(part) for part in self.session.serialize(each)])
        self.shell_channel.answers.clear()
        published = threading.Event()
        self._app.iopub_thread.schedule(published.set)
        published.wait()
        return str(message["header"]["msg_id"])

    def is_alive(self) -> bool:
        return True


class _Client(NotebookClient):
    """nbclient, remembering which earlier cells a display update has changed."""

    changed: set[int]

    def _update_display_id(self, display_id: str, msg: dict[str, Any]) -> None:
        self.changed.update(self._display_id_map.get(display_id, {}))
        super()._update_display_id(display_id, msg)


Tell = Callable[[Mapping[str, Any]], None]


def start_kernel() -> _KernelApp:
    """Start IPython's kernel in this process, in whose environment and working folder it finds itself."""
    sys.argv = [str(Path(ipykernel.__file__).parents[1] / "ipykernel_launcher.py")]
    app = _KernelApp.instance(log_level="ERROR")
    app.config.HistoryManager.enabled = False
    app.initialize([])  # type: ignore[no-untyped-call]
    app.log.setLevel("ERROR")  # its handler's level: nothing is formatted only to be dropped
    if (matplotlib := sys.modules.get("matplotlib")) and os.environ.get("MPLBACKEND"):
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]  # as it does itself when it is imported later
    return app


def execute(app: _KernelApp, notebook: Any, options: Mapping[str, Any], tell: Tell) -> bool:
    """Execute a notebook's cells up to the first error; `tell` what happens, return whether all went well."""
    return asyncio.run(_execute(app, notebook, options, tell))


async def _execute(app: _KernelApp, notebook: Any, options: Mapping[str, Any], tell: Tell) -> bool:
    app.kernel.io_loop = IOLoop.current()
    client, failed = _Client(notebook, **options), False
    client.kc = _Link(app)  # type: ignore[assignment]
    for index, cell in enumerate(notebook.cells):
        tell({"now": "started", "cell": index})
        client.changed = {index}
        try:
            await client.async_execute_cell(cell, index)
        except CellExecutionError:
            failed = True
        tell({"now": "ended", "cells": {i: notebook.cells[i] for i in sorted(client.changed)}, "failed": failed})
        if failed:
            break
    notebook.metadata["language_info"] = app.kernel.language_info
    client.set_widgets_metadata()
    tell({"now": "executed", "metadata": {k: v for k, v in notebook.metadata.items() if k in _WRITTEN}})
    return not failed


_WRITTEN = ("language_info", "widgets")
