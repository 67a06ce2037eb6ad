"""The command ``app`` before any server: what cannot be filled in is told at once, and nothing is changed."""

from __future__ import annotations

import asyncio
import gc
import math
import shutil
import socket
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import Finish, HTTPError

from lsstd import example
from lsstd.cli import app_server


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What would have been served, instead of serving it."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(app_server, "serve", lambda *given: calls.append(given))
    return calls


# A file is filled in under its own standard; a new one under the one named; none at all lies in the user's home.
def test_which_file_and_standard(
    lsstd: Callable[..., Any], served: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    file = tmp_path / "firm.yaml"
    shutil.copy(example("supply_chain"), file)
    assert lsstd("app", file, "--no-browser").status == 0
    assert lsstd("app", tmp_path / "new.yaml", "--port", "1234").status == 0
    assert lsstd("app").status == 0
    assert served == [
        ("sz-supply-chain-collaboration", file, 8866, False, 12),
        ("hlj-base-evaluation", tmp_path / "new.yaml", 1234, True, 12),
        ("hlj-base-evaluation", tmp_path / "lsstd" / "hlj-base-evaluation.yaml", 8866, True, 12),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["firm.yaml"]


WRONG = {
    "broken.yaml": ("a: [", "broken.yaml"),
    "facts.yaml": ("standard: hlj-base-evaluation\nfacts: {live_roms: 1}\n", "live_rooms"),
    "other.yaml": ("standard: nothing\n", "没有标准"),
    "base.txt": ("standard: hlj-base-evaluation\n", ".yaml"),
}


# A broken file, one of an unknown standard, one of another kind: refused in words, status 1, the file as it was.
@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_filled_in(lsstd: Callable[..., Any], served: list[Any], tmp_path: Path, name: str) -> None:
    content, told = WRONG[name]
    (tmp_path / name).write_text(content, encoding="utf-8")
    ran = lsstd("app", tmp_path / name)
    assert ran.status == 1
    assert told in ran.err
    assert (tmp_path / name).read_text(encoding="utf-8") == content
    assert served == []


# A file of one standard is not filled in under another, and a folder that is a file cannot hold one.
def test_foreign_files_and_impossible_folders(lsstd: Callable[..., Any], served: list[Any], tmp_path: Path) -> None:
    shutil.copy(example("supply_chain"), tmp_path / "firm.yaml")
    ran = lsstd("app", tmp_path / "firm.yaml", "--standard", "hlj-base-evaluation")
    assert (ran.status, "另一标准" in ran.err) == (1, True)
    ran = lsstd("app", tmp_path / "firm.yaml" / "a.yaml")
    assert (ran.status, "不是文件夹" in ran.err) == (1, True)
    assert served == []


# A port in use gives way to a free one; what is no port is refused.
def test_ports(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((app_server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert app_server._free(port) not in (0, port)
    ran = lsstd("app", tmp_path / "a.yaml", "--port", "99999")
    assert (ran.status, "65535" in ran.err) == (2, True)


class Ring:
    """A reference cycle, which only Python's garbage collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> app_server.FormKernels:
    """A manager of at most two kernels, none of which is a real process."""

    async def start(self: Any, **_: Any) -> str:
        name = f"kernel {next(numbers)}"
        self._kernels[name], self._kernel_connections[name] = object(), 0
        return name

    async def end(self: Any, name: str) -> None:
        del self._kernels[name]

    numbers = count(1)
    monkeypatch.setattr(AsyncMappingKernelManager, "start_kernel", start)
    monkeypatch.setattr(AsyncMappingKernelManager, "shutdown_kernel", end)
    return app_server.FormKernels(most=2)


def run(coroutine: Any, context: Context | None = None) -> Any:
    """Run a coroutine in a thread of its own: in this one, browser tests may have left a loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit((context or copy_context()).run, asyncio.run, coroutine).result()


# Past the limit the oldest kernel without a page gives way; one whose page is connected, or loading, never does.
def test_no_page_loses_its_kernel(kernels: app_server.FormKernels) -> None:
    for _ in range(5):
        run(kernels.start_kernel())
    assert kernels.list_kernel_ids() == ["kernel 4", "kernel 5"]
    coming = SimpleNamespace(until=time.monotonic() + 60)
    kernels.openings["kernel 4"] = coming
    kernels.notify_connect("kernel 5")
    with pytest.raises(HTTPError, match="2 个页面"):
        run(kernels.start_kernel())
    coming.until = 0  # its browser has gone
    run(kernels.start_kernel())
    assert kernels.list_kernel_ids() == ["kernel 5", "kernel 6"]
    kernels.openings["kernel 6"] = SimpleNamespace(until=math.inf)
    kernels.notify_connect("kernel 6")
    kernels.notify_disconnect("kernel 6")
    run(kernels.start_kernel())
    assert kernels.list_kernel_ids() == ["kernel 5", "kernel 7"]
    kernels.notify_disconnect("kernel 5")
    with_page = copy_context()
    with_page.run(app_server._opening.set, coming)
    with pytest.raises(Finish):  # no kernel is started for a page that has gone while it waited
        run(kernels.start_kernel(), with_page)
    assert kernels.list_kernel_ids() == ["kernel 5", "kernel 7"]


# What ended kernels leave behind is freed whenever a page is opened, so that the server does not grow with reloads.
def test_ended_kernels_leave_nothing(kernels: app_server.FormKernels) -> None:
    gc.disable()
    try:
        ring = weakref.ref(Ring())
        assert ring() is not None
        run(kernels.start_kernel())
    finally:
        gc.enable()
    assert ring() is None


# A connection is cut only after a ping has gone unanswered, if pings are sent at all.
def test_connections_are_not_cut() -> None:
    class Socket(WebSocketMixin):
        settings = app_server.SETTINGS

    assert Socket().ping_interval == 0 or Socket().ping_timeout > Socket().ping_interval
