"""The command line: its commands, their help and usage errors, in one language at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import click

from lsstd.cli.language import LocalGroup, language, worded
from lsstd.cli.options import LANG, option
from lsstd.cli.output import note
from lsstd.words import Text, msg, same

COMMANDS = {
    "standards schema show search_": "standard_commands",
    "assess explain compare facts evidence": "base_commands",
    "workbook import_ application check pack dates": "application_commands",
    "uncertainty sensitivity certificate readings": "robustness_commands",
    "plan": "robustness_commands",
    "design": "population_commands",
    "panel cycle": "panel_commands",
    "lint": "standard_commands",
    "impact sweep cut_scores": "population_commands",
    "diff migrate": "standard_commands",
    "report verify": "reports",
    "lab app page": "servers",
    "population": "app",
}
"""The functions that declare commands, in the order of the help, with their modules; commands are named after them."""
SUMMARY = msg("Standards on live-streaming e-commerce: reference, score, report")


def run(arguments: list[str]) -> int:
    """Run a command line; return its exit status: 0 done, 1 a check that does not hold, 2 wrong usage."""
    try:
        status = build().main(arguments, prog_name="lsstd", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        note(same(error.message))
        return 2
    except click.UsageError as error:
        if error.ctx:
            note(same(f"{worded(error.ctx.get_usage())}\n"))
        note(msg("Error: {message}", message=worded(error.format_message())))
        return 2
    except click.Abort:
        return 130  # as a shell counts Ctrl-C
    return int(not status) if isinstance(status, bool) else int(status or 0)


class _Commands(Mapping[str, click.Command]):
    """Commands by name, each loaded when it is asked for."""

    def __init__(self, homes: Mapping[str, str]) -> None:
        every = [(module, function) for functions, module in homes.items() for function in functions.split()]
        self._homes = {function.strip("_").replace("_", "-"): (module, function) for module, function in every}

    def __getitem__(self, name: str) -> click.Command:
        module, function = self._homes[name]
        command: click.Command = getattr(import_module(f"lsstd.cli.{module}"), function)()
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


def build() -> click.Group:
    """Return the command line with its words in the language of this run."""
    version = option("--version", msg("show the version"), is_eager=True, expose_value=False, callback=_print_version)
    return _group("lsstd", SUMMARY, COMMANDS, version())


def population() -> click.Group:
    """Return the commands that make and score populations."""
    summary = msg("Populations: score, generate, anonymise, gather")
    return _group("population", summary, {"score_ generate anonymise gather": "population_commands"})


def _group(name: str, summary: Text, homes: Mapping[str, str], *parameters: click.Parameter) -> click.Group:
    words, settings = summary.to(language()), {"help_option_names": ["-h", "--help"], "max_content_width": 80}
    about: Any = {"help": words, "short_help": words, "no_args_is_help": True, "context_settings": settings}
    commands: Any = _Commands(homes)  # click asks for one that can be changed, and changes none
    return LocalGroup(name, commands, params=[LANG(), *parameters], **about)


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        import lsstd

        click.echo(f"lsstd {lsstd.__version__}")
        context.exit()
