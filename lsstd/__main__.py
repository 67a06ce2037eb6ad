"""The entry of the command line: no traceback ever reaches a user."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from types import ModuleType
from typing import Any


def main() -> None:
    """Run ``lsstd``; exit with 0 done, 1 a user's mistake or a failed check, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    gc.set_threshold(100_000)  # what is made at the start stays; looking through it again and again took a tenth of it
    atexit.register(gc.freeze)  # else the interpreter looks through all objects twice more before it ends
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # the search for them reads the metadata of every package
    _put_off_metadata()
    if folders := os.environ.get("LSSTD_STANDARDS"):  # a report's kernel runs in another folder
        os.environ["LSSTD_STANDARDS"] = os.pathsep.join(map(os.path.abspath, filter(None, folders.split(os.pathsep))))
    from lsstd.cli.language import choose_language, language
    from lsstd.errors import LsstdError
    from lsstd.words import msg

    arguments = sys.argv[1:]
    choose_language(arguments, os.environ)
    try:
        from lsstd.cli.app import run

        if status := run(arguments):
            sys.exit(status)
    except LsstdError as error:
        sys.stderr.write(error.to(language()) + "\n")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # what reads and writes files tells its own errors; this is the output itself
        sys.stderr.write(msg("cannot write the output: {reason}", reason=error.strerror or error).to(language()) + "\n")
    except Exception as error:
        if os.environ.get("LSSTD_DEBUG"):
            raise
        message = msg(
            "an error inside lsstd (not in your file): {error}\nSet LSSTD_DEBUG=1 for details.",
            error=f"{type(error).__name__}: {error}",
        )
        sys.stderr.write(message.to(language()) + "\n")
    else:
        return
    sys.exit(1)


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
