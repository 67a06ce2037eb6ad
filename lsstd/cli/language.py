"""The language of a run, and what click says in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise, zip_longest

import click

from lsstd.words import Lang, msg

_CLICK = (
    msg("Usage: "),
    msg("[OPTIONS]"),
    msg("COMMAND [ARGS]..."),
    msg("Positional arguments:"),
    msg("Options:"),
    msg("Commands:"),
    msg("Show this message and exit."),
    msg("[default: {value}]"),
    msg("[required]"),
    msg("No such option '{name}'."),
    msg("No such command '{name}'."),
    msg(" (Did you mean one of: {names}?)"),
    msg(" Did you mean {name}?"),
    msg("Missing argument {name}."),
    msg("Missing option {name}."),
    msg("Option '{name}' requires an argument."),
    msg("Option '{name}' does not take a value."),
    msg("Got unexpected extra argument ({words})"),
    msg("Got unexpected extra arguments ({words})"),
    msg("Invalid value for {name}: "),
    msg("{value} is not one of {choices}."),
    msg("{value} is not in the range {range}."),
    msg("{value} is not a valid integer range."),
    msg("{value} is not a valid integer."),
    msg("{value} is not a valid float."),
)
"""What click says, as it spells it; click itself follows the locale alone, not ``--lang``."""


class _Chosen:
    """The language of this run."""

    lang: Lang = "zh"


def language() -> Lang:
    """Return the language of help and messages."""
    return _Chosen.lang


def choose_language(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Take the last ``--lang`` on the line, else ``LSSTD_LANG``, else the locale; Chinese where nothing says English.

    The language must be known before the commands are built, since their help is part of them.
    """
    words = [word for argument in arguments for word in argument.split("=", 1)]
    on_line = [word for before, word in pairwise(words) if before == "--lang"]
    variables = (environment.get(name) for name in ("LSSTD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    named = next(filter(None, [*reversed(on_line), *variables]), "zh")
    _Chosen.lang = "en" if named.startswith("en") else "zh"


def worded(text: str) -> str:
    """Return what click says in the language of this run."""
    for said in _CLICK if language() == "zh" else ():
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(said.en))
        text = re.sub(pattern, lambda found, words=said.zh: words.format(**found.groupdict()), text)  # type: ignore[misc]
    return text


_DASK, _ADDRESS = "--dask", re.compile(r"(\w+://)?[\w.\[\]:-]+:\d+")


class LocalCommand(click.Command):
    """A command with help in the language of the run."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Treat what follows ``--dask`` as an address only if it is one: it may be the next argument."""
        pairs = zip_longest(args, args[1:], fillvalue="")
        plain = (arg == _DASK and not _ADDRESS.fullmatch(following) for arg, following in pairs)
        return super().parse_args(ctx, [f"{arg}=" if alone else arg for arg, alone in zip(args, plain, strict=True)])

    def get_help(self, ctx: click.Context) -> str:
        """Return the whole help."""
        return worded(super().get_help(ctx))


class LocalGroup(LocalCommand, click.Group):
    """A group of commands with help in the language of the run."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the commands in the order in which they are declared."""
        return list(self.commands)
