"""The entry of the command line: no traceback ever reaches a user."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal's enumerations take as long to load as all else here
import atexit
import gc
import importlib
import os
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any

IS_PROGRAM = __name__ == "__main__" or sys.argv[0].endswith(("lsstd", "lsstd.exe", "lsstd-script.py"))
if IS_PROGRAM and _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # Ctrl-C ends the program without a word, until `main` takes it


class _Exit:
    """The end of the program."""

    status = 1

    @classmethod
    def at_once(cls) -> None:
        """Exit without unloading modules, which would take half as long as starting Python."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # what cannot be written has been reported, or has no reader
                stream.flush()
        os._exit(cls.status)


def main() -> None:
    """Run ``lsstd``; exit with 0 done, 1 a user's mistake or a failed check, 2 wrong usage, 130 interrupted."""
    if IS_PROGRAM:
        atexit.register(_Exit.at_once)  # registered first, so called last, after all other clean-up
    try:
        if IS_PROGRAM and _signal.getsignal(_signal.SIGINT) is _signal.SIG_DFL:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        status = _run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130  # as a shell counts Ctrl-C
    if IS_PROGRAM and status == 130:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # a second one ends what is still being put away, wordless
    _Exit.status = status
    if status:
        sys.exit(status)


def _run(arguments: list[str]) -> int:
    _open_streams()
    if sys.getfilesystemencoding() != "utf-8" and sys.executable:  # LC_ALL=C: names of files could not be Chinese
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
    gc.set_threshold(100_000)  # what is made at the start stays; looking through it again and again took a tenth of it
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # the search for them reads the metadata of every package
    _put_off_metadata()
    if folders := os.environ.get("LSSTD_STANDARDS"):  # a report's kernel runs in another folder
        os.environ["LSSTD_STANDARDS"] = os.pathsep.join(map(os.path.abspath, filter(None, folders.split(os.pathsep))))
    from lsstd.cli.language import choose_language
    from lsstd.cli.output import note
    from lsstd.errors import LsstdError
    from lsstd.words import msg

    choose_language(arguments, os.environ)
    try:
        from lsstd.cli.app import run

        status = run(arguments)
        sys.stdout.flush()
        return status
    except LsstdError as error:
        note(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # what reads and writes files reports its own errors; this is the output itself
        note(msg("cannot write the output: {reason}", reason=error.strerror or error))
    except Exception as error:
        if os.environ.get("LSSTD_DEBUG"):
            raise
        found = f"{type(error).__name__}: {error}"
        note(msg("an error inside lsstd (not in your file): {error}\nSet LSSTD_DEBUG=1 for details.", error=found))
    return 1


def _open_streams() -> None:
    """Open what the shell closed (``2>&-``), else the next file or pipe would take its place; write UTF-8 alone."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115
        if number and hasattr(stream := getattr(sys, name), "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _put_off_metadata() -> None:
    """Have ``importlib.metadata`` loaded when it is used: pydantic imports it at once, for plugins that are off."""
    name = "importlib.metadata"
    stand_in = ModuleType(name)

    def real(attribute: str) -> Any:
        if sys.modules[name] is stand_in:
            del sys.modules[name]
        return getattr(importlib.import_module(name), attribute)

    if name not in sys.modules:
        stand_in.__path__ = [f"{importlib.__path__[0]}/metadata"]  # it is asked of each package
        vars(stand_in).update(__getattr__=real, entry_points=lambda **chosen: real("entry_points")(**chosen))
        sys.modules[name] = stand_in
        vars(importlib)["metadata"] = stand_in


if __name__ == "__main__":
    main()
