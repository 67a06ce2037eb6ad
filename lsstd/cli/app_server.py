"""The command ``app``: the form as a page, served by Voilà on this machine alone."""

from __future__ import annotations

import asyncio
import gc
import html
import json
import math
import os
import secrets
import socket
import sys
import tempfile
import time
import webbrowser
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import Finish, HTTPError
from traitlets import Integer
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from lsstd.cli.language import language
from lsstd.cli.output import note
from lsstd.files.places import PACKAGE
from lsstd.words import msg, same

HOST = "127.0.0.1"
GRACE_S = 2  # seconds between a page's going and its kernel's end
IDLE_S = 300
"""Seconds after which a kernel that no page is connected to ends, if its page did not say that it went: its browser
was killed, or a reload came before the page had begun. One with a page never ends (it would do so without a word)."""
CONNECTS_S = 10  # longest time between the end of a page's download and its connection, in seconds
SETTINGS = {"allow_remote_access": False, "local_hostnames": ["localhost"], "ws_ping_interval": 0}
"""No pings: a local browser closes its connections when it quits, and one whose tab sleeps must keep them. (Jupyter
reads these settings in ms and Tornado in s: a value that suits both cuts every connection after half a minute.)"""
_FORM = "from lsstd.widgets.form import AssessmentForm\n\nAssessmentForm({standard!r}, {file!r}, lang={lang!r})"
_LINT = "from lsstd.widgets.labs import LintLab\n\nLintLab({lang!r}).widget"


class _Leaving(VoilaShutdownKernelHandler):  # type: ignore[misc]
    """Ends the kernel of a page that is gone, once what was typed last has had the time to be saved.

    Voilà's own request comes before the user has answered whether to leave at all, and without the token that it
    would need: it is answered and nothing is done. Ours is trusted by the kernel's id, which its page alone knows.
    """

    def check_xsrf_cookie(self) -> None:
        """Ask for no token: no page of Voilà's has one."""

    async def post(self, kernel_id: str) -> None:
        self.set_status(204)
        if self.get_query_argument("gone", "") and kernel_id in self.kernel_manager:
            self.kernel_manager.openings.pop(kernel_id, None)
            await asyncio.sleep(GRACE_S)
            if kernel_id in self.kernel_manager:  # not ended to make room for another
                await super().post(kernel_id)


class _Opening(TornadoVoilaHandler):  # type: ignore[misc]
    """The request for a page, which counts as loading until it has had time to connect, or its browser has gone."""

    until = math.inf

    async def prepare(self, **given: Any) -> None:
        _opening.set(self)
        await super().prepare(**given)

    def on_finish(self) -> None:
        self.until = min(self.until, time.monotonic() + CONNECTS_S)

    def on_connection_close(self) -> None:
        self.until = 0
        super().on_connection_close()


_opening: ContextVar[_Opening | None] = ContextVar("opening", default=None)


class FormKernels(AsyncMappingKernelManager):
    """At most `most` kernels: beyond that, a new page ends the oldest one whose page is neither open nor loading."""

    most = Integer(config=True)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)  # type: ignore[no-untyped-call]
        self._starting = asyncio.Lock()
        self.openings: dict[str, _Opening] = {}

    async def start_kernel(self, **given: Any) -> str:  # type: ignore[override]
        """Start the kernel of a page unless its browser has gone; raise `HTTPError` where `most` pages are open."""
        async with self._starting:
            page = _opening.get()
            if page and page.until <= time.monotonic():
                raise Finish
            self.openings = {kernel: one for kernel, one in self.openings.items() if kernel in self}
            if len(self) >= self.most:
                unused = [kernel for kernel in self.list_kernel_ids() if not self._has_page(kernel)]
                if not unused:
                    told = msg(
                        "The form is open in {most} pages. Close one of them, then reload this page.", most=self.most
                    )
                    raise HTTPError(503, told.to(language()))
                await self.shutdown_kernel(unused[0])  # type: ignore[no-untyped-call]
            gc.collect()  # each leaves 0.7 MB in reference cycles, which Python itself would collect after 1000 pages
            started = str(await super().start_kernel(**given))
            if page:
                self.openings[started] = page
            return started

    def notify_connect(self, kernel_id: str) -> None:
        """Note that a page has connected, so that it is no longer loading."""
        self.openings.pop(kernel_id, None)
        super().notify_connect(kernel_id)  # type: ignore[no-untyped-call]

    def _has_page(self, kernel: str) -> bool:
        page = self.openings.get(kernel)
        return bool(self._kernel_connections.get(kernel)) or (page is not None and page.until > time.monotonic())


class FormServer(Voila):  # type: ignore[misc]
    """Voilà with one page, a token, its own template, and only requests that name this machine."""

    hint = same("")

    def init_handlers(self) -> list[Any]:
        """Return Voilà's handlers, with our own for a page that opens and, before them, for one that closes."""
        handlers = [
            (path, _Opening if of is TornadoVoilaHandler else of, *more) for path, of, *more in super().init_handlers()
        ]
        return [(r"/voila/api/shutdown/(.*)", _Leaving), *handlers]

    def launch_browser(self) -> None:
        """Tell the address and open it; the token goes by a file that only the user can read."""
        address = f"http://{HOST}:{self.port}/?token={self.token}"
        note(msg("the form: {address}", address=address))
        note(self.hint)
        if self.wants_browser and not _opened(address, Path(self.root_dir)):
            note(msg("No browser was found: open the address yourself."))


def serve(standard: str, file: Path | None, port: int, browser: bool, pages: int) -> None:
    """Serve the form for one file, or the page that drafts are dropped on, until Ctrl-C, with at most `pages` open.

    Raises `FileError` if `port` is not a port number.
    """
    wanted, port = port, _free(port)
    if wanted not in (0, port):
        note(msg("port {wanted} is in use; taking {port}.", wanted=wanted, port=port))
    os.environ["JUPYTER_PATH"] = os.pathsep.join(
        [str(PACKAGE / "widgets" / "voila"), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    )
    with tempfile.TemporaryDirectory(prefix="lsstd-app-") as folder:
        for name in ("IPYTHONDIR", "JUPYTER_DATA_DIR"):  # where kernels and the server keep their own files
            os.environ[name] = str(Path(folder) / name.lower())
        page = Path(folder) / "lsstd.ipynb"
        page.write_text(json.dumps(_notebook(standard, file)), encoding="utf-8")
        address = {"ip": HOST, "port": port, "token": secrets.token_urlsafe(24), "tornado_settings": SETTINGS}
        place = {"config_file_paths": [], "notebook_path": str(page), "root_dir": folder}
        server = FormServer(**address, **place, log_level="ERROR")
        server.wants_browser = browser
        hint = msg("Press Ctrl-C to stop.")
        server.hint = msg("saved in {file}\n{hint}", file=file, hint=hint) if file else hint
        server.config.VoilaConfiguration.template = "lsstd"
        server.config.VoilaConfiguration.multi_kernel_manager_class = FormKernels
        server.config.FormKernels.most = pages
        server.config.MappingKernelManager.cull_idle_timeout = IDLE_S
        server.config.MappingKernelManager.cull_interval = 60
        if sys.platform == "linux" and len(tempfile.gettempdir()) <= 24:  # the path of a socket must be short
            server.config.KernelManager.transport = "ipc"  # a socket of the user's own, instead of open ports
        server.initialize([])
        gc.collect()
        gc.freeze()  # the server itself, so that collecting what pages leave behind is quick
        server.start()


def _notebook(standard: str, file: Path | None) -> dict[str, Any]:
    source = (_FORM if file else _LINT).format(standard=standard, file=str(file), lang=language())
    cell: dict[str, Any] = {"cell_type": "code", "id": "form", "source": source, "metadata": {}}
    cell |= {"outputs": [], "execution_count": None}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _free(port: int) -> int:
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _opened(address: str, folder: Path) -> bool:
    """Open an address in the user's browser, by a page that sends it on; say whether there is a browser."""
    page = folder / "open.html"
    page.touch(mode=0o600)
    link = html.escape(address)
    page.write_text(
        f'<meta charset="utf-8"><meta http-equiv="refresh" content="0;url={link}"><a href="{link}">lsstd</a>'
    )
    return webbrowser.open(page.as_uri())
