"""What a command prints and writes: one JSON document, or sections in the terminal or in a file.

All that reaches a terminal goes through here, or through `pages.terminal`: nothing in it steers one.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsstd.cli.language import language
from lsstd.errors import LsstdError
from lsstd.words import STEERING, Text, msg, printable

if TYPE_CHECKING:
    from lsstd.cli.options import Options
    from lsstd.pages.blocks import Section


class Streamed(list[Any]):
    """The items of a list in a JSON document, each computed only when it is written."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __bool__(self) -> bool:
        return True


def print_json(value: Any) -> None:
    """Print one JSON document and nothing else; a streamed document is printed only once it is complete."""
    pieces = json.JSONEncoder(ensure_ascii=False, indent=2, allow_nan=False).iterencode(value)
    if not (isinstance(value, dict) and any(isinstance(each, Streamed) for each in value.values())):
        print_text(_plain_json("".join(pieces)))
        return
    from itertools import islice
    from tempfile import TemporaryFile

    with TemporaryFile("w+", encoding="utf-8", newline="") as spool:
        while some := "".join(islice(pieces, 10_000)):
            spool.write(printable(_plain_json(some)))
        spool.seek(0)
        while text := spool.read(1 << 20):
            sys.stdout.write(text)
        sys.stdout.write("\n")


def _plain_json(text: str) -> str:
    return STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def print_text(text: str) -> None:
    """Print a text as the output."""
    sys.stdout.write(printable(text) + "\n")


def note(message: Text | LsstdError) -> None:
    """Tell the user something beside the output."""
    sys.stderr.write(printable(message.to(language())) + "\n")


def wrong_usage(message: Text) -> click.UsageError:
    """Return the error of a command line that cannot be meant."""
    return click.UsageError(message.to(language()))


def tell_what_was_set_aside() -> None:
    """Note where the work is kept that was in a file before it was replaced."""
    from lsstd.files.writing import set_aside_here

    while set_aside_here:
        note(msg("what was there before is kept in {path}", path=set_aside_here.pop(0)))


def emit(
    options: Options,
    document: Callable[[], Any],
    sections: Callable[[], Iterable[Section]],
    title: Text | None = None,
    day: str = "",
) -> None:
    """Print a result: as a JSON document, or as sections in the terminal; with a title, sections go to ``-o``.

    The day is that of `write_sections`.
    """
    if title and options.output is not None:
        write_sections(sections(), title, options, day)
    if options.as_json:
        print_json(document())
    elif options.output is None:
        from lsstd.pages.terminal import print_sections

        print_sections(sections())


@contextmanager
def progress() -> Iterator[Callable[[int], None]]:
    """Yield a function that reports one item done out of a total; on a terminal it moves a progress bar."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=1, show_pos=True, show_percent=False, file=sys.stderr) as bar:

        def advance(count: int) -> None:
            bar.length = count if bar.pos < count else count * (bar.pos // count + 1)  # a second pass over all
            bar.update(1)

        yield advance


def draw_elsewhere() -> None:
    """Have matplotlib keep its list of fonts among temporary files, not in the user's home."""
    import tempfile

    own, folder = getattr(os, "getuid", int)(), tempfile.gettempdir()
    place = Path(folder, f"lsstd-{own}")
    with suppress(OSError):
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == own and not (own and found.st_mode & 0o022):  # no one else's
            os.environ.setdefault("MPLCONFIGDIR", str(place))


def one_or_list(items: list[Any]) -> Any:
    """Return the single item, or the list of several."""
    return items[0] if len(items) == 1 else items


def write_sections(sections: Iterable[Section], title: Text, options: Options, day: str = "") -> None:
    """Write sections to the file of ``-o``, if there is one, by its ending; say where."""
    if options.output is not None:
        from lsstd.reports import render

        draw_elsewhere()
        render.write_sections(sections, options.output, title.to(language()), language(), options.force, day)
        note(msg("{title} written to {output}", title=title, output=options.output))
