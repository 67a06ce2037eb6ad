"""Processes in which reports are made: each has one, forked from a zygote, or spawned where there is no forking.

One zygote serves all threads of the process that asks; it is started when it is first needed, again if it has died
or if the variables that Python and its libraries read when they start have changed, and it ends with its caller.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from lsstd.reports.wire import REQUEST, Channel

Start = Literal["fork", "spawn"]
HOW: Start = "fork" if sys.platform == "linux" else "spawn"
"""How a report's process is started; system libraries of macOS do not survive a fork."""
_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = [sys.executable, "-Xfrozen_modules=off", "-m", "lsstd.reports.zygote"]  # as kernels are started
_ONE_THREAD = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"),
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's, which pandas loads
}
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MPLCONFIG", "MATPLOTLIBRC", "VIRTUAL_ENV", "HOME")


class Child:
    """The process of one report, as long as the report is being made."""

    def __init__(
        self,
        channel: Channel,
        connection: socket.socket | None = None,
        process: subprocess.Popen[bytes] | None = None,
        zygote: _Zygote | None = None,
    ) -> None:
        self._channel, self._connection, self._process, self._zygote = channel, connection, process, zygote
        self.pid: int | None = process.pid if process else None
        self._forked: int | None = None
        self._lock, self._expired = threading.Lock(), False
        _children.add(self)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message; that the child is gone is noticed when its answer is read."""
        with contextlib.suppress(BrokenPipeError):
            self._channel.send(message)

    def receive(self, timeout: float | None = None) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Return the child's next message and its files.

        Raises
        ------
        TimeoutError
            None has come within so many seconds; the child is ended.
        EOFError
            The child is gone.
        """
        timer = threading.Timer(timeout, self._expire) if timeout else None
        if timer:
            timer.daemon = True
            timer.start()
        try:
            message, files = self._channel.receive()
        except EOFError:
            self._end()
            if self._expired:
                raise TimeoutError from None
            raise
        finally:
            if timer:
                timer.cancel()
        if message["now"] == "begun":
            self.pid = self._forked = message["pid"]
        return message, files

    def _expire(self) -> None:
        self._expired = True
        self._end()

    def end(self) -> None:
        """End the child, with whatever its notebook has started, and forget it."""
        self._end()
        self._channel.close()
        if self._connection:
            self._connection.close()
        if self._process:
            self._process.wait()
        if self._zygote and self._forked:
            self._zygote.let_go(self._forked)
        _children.discard(self)

    def _end(self) -> None:
        """Kill the child's group once, also that of one that is dead: until `end` its id cannot be another's."""
        with self._lock:
            if self.pid is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    if hasattr(os, "killpg"):
                        os.killpg(self.pid, signal.SIGKILL)
                    elif self._process:
                        self._process.kill()
            self.pid = None
            if self._connection:
                with contextlib.suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        """Let go of a child that belongs to the process from which this one was forked."""
        self.pid = None
        if self._connection:
            self._connection.close()


class _Zygote:
    """A running zygote and the socket by which it is asked."""

    def __init__(self, started_with: dict[str, str]) -> None:
        self.started_with = started_with
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                _COMMAND,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd=_ROOT,
                env=os.environ | _ONE_THREAD,
                start_new_session=True,
            )

    def fork(self) -> socket.socket:
        """Return the connection with a new child."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self.control, [REQUEST.pack(0)], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    def let_go(self, pid: int) -> None:
        """Let it reap a child that is over; one that has retired or died itself has none."""
        with contextlib.suppress(OSError):
            self.control.sendall(REQUEST.pack(pid))

    def retire(self) -> None:
        """Let it fork the children that it was asked for, and end."""
        self.control.close()
        self.process.wait()

    def end(self) -> None:
        """End it; children that are there already go on."""
        self.process.kill()
        self.retire()


_lock = threading.Lock()
_zygote: _Zygote | None = None
_children: set[Child] = set()


def start_zygote() -> None:
    """Start the zygote, if there is none; it imports what it needs while the caller goes on."""
    if HOW == "fork":
        with _lock:
            _running()


def child(how: Start | None = None) -> Child:
    """Return a new process that waits for a report."""
    if (how or HOW) == "spawn":
        process = subprocess.Popen(
            [*_COMMAND, "--once"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT, start_new_session=True
        )
        assert process.stdin
        assert process.stdout
        return Child(Channel(process.stdout, process.stdin), process=process)  # type: ignore[arg-type]
    with _lock:
        try:
            connection = _running().fork()
        except OSError:  # it died since it was last asked
            connection = _running().fork()
        zygote = _zygote
    return Child(Channel(connection.makefile("rb"), connection.makefile("wb")), connection, zygote=zygote)


def _running() -> _Zygote:
    """Return the zygote, a new one where there is none that serves."""
    global _zygote
    wanted = {key: value for key, value in os.environ.items() if key.startswith(_READ_AT_START)}
    if _zygote and (_zygote.process.poll() is not None or _zygote.started_with != wanted):
        _zygote.retire()
        _zygote = None
    if _zygote is None:
        _zygote = _Zygote(wanted)
    return _zygote


def stop() -> None:
    """End the zygote and every child; reports that are being made fail."""
    global _zygote
    with _lock:
        for each in list(_children):
            each._end()
        if _zygote:
            _zygote.end()
            _zygote = None


def _forget() -> None:
    """Let a process that was forked from this one begin with a zygote of its own."""
    global _zygote, _lock
    _lock = threading.Lock()
    if _zygote:
        _zygote.control.close()
        _zygote.process.returncode = 0  # not ours to wait for
        _zygote = None
    for each in _children:
        each.leave()
    _children.clear()


atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
