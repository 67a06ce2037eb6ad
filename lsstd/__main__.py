"""The entry of the command line: no traceback ever reaches a user."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run ``lsstd``; exit with 0 done, 1 a user's mistake or a failed check, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    gc.set_threshold(100_000)  # what is made at the start stays; looking through it again and again took a tenth of it
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # the search for them reads the metadata of every package
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


if __name__ == "__main__":
    main()
