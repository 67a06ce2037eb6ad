"""The language of a run, and what click says in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import click

from lsstd.words import Lang

# What click says, in Chinese. It has no public way to be told another language.
_CHINESE = (
    (r"^Usage: ", "用法："),
    (r"\[OPTIONS\]", "[选项]"),
    (r"COMMAND \[ARGS\]\.\.\.", "命令 [参数]…"),
    (r"^Positional arguments:", "参数："),
    (r"^Options:", "选项："),
    (r"^Commands:", "命令："),
    (r"Show this message and exit\.", "显示本帮助"),
    (r"\[default: (.*?)\]", r"[默认 \1]"),
    (r"No such option '(.*?)'\.", r"没有选项 \1。"),
    (r"No such command '(.*?)'\.", r"没有命令 \1。"),
    (r" ?\(?Did you mean (?:one of: )?(.*?)\?\)?$", r"是否指 \1？"),
    (r"Missing (?:argument|option|parameter) (.*)\.", r"缺少 \1。"),
    (r"Option '(.*?)' requires an argument\.", r"选项 \1 缺少取值。"),
    (r"Option '(.*?)' does not take a value\.", r"选项 \1 不带取值。"),
    (r"Got unexpected extra arguments? \((.*)\)", r"多余的参数：\1"),
    (r"Invalid value for (.*?): ", r"\1 的取值无效："),
    (r"(\S+) is not one of (.*)\.", r"\1，应为 \2 之一。"),
    (r"(\S+) is not in the range (.*)\.", r"\1，应在 \2 之内。"),
    (r"(\S+) is not a valid (?:integer|float).*\.", r"\1 不是数。"),
)


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
    for pattern, words in _CHINESE if language() == "zh" else ():
        text = re.sub(pattern, words, text, flags=re.MULTILINE)
    return text


class LocalCommand(click.Command):
    """A command with help in the language of the run."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the whole help."""
        return worded(super().get_help(ctx))


class LocalGroup(LocalCommand, click.Group):
    """A group of commands with help in the language of the run."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the commands in the order in which they are declared."""
        return list(self.commands)
