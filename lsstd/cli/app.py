"""The command line: its commands, their help and usage errors, in one language at a time."""

from __future__ import annotations

from collections.abc import Iterable

import click

from lsstd.cli import application_commands as applying
from lsstd.cli import base_commands as base
from lsstd.cli import cycle_commands as rounds
from lsstd.cli import edition_commands as editions
from lsstd.cli import lint_commands as linting
from lsstd.cli import office_commands as office
from lsstd.cli import panel_commands as panels
from lsstd.cli import plan_commands as planning
from lsstd.cli import population_commands as population
from lsstd.cli import reports, servers
from lsstd.cli import robustness_commands as robustness
from lsstd.cli import standard_commands as standards
from lsstd.cli.language import LocalGroup, language, worded
from lsstd.cli.options import LANG, Command, option
from lsstd.cli.output import note
from lsstd.words import Text, msg, same

COMMANDS = (
    *(standards.standards, standards.schema, standards.show, standards.search_),
    *(base.assess, base.explain, base.compare, base.facts, base.evidence),
    *(office.workbook, office.import_, office.application),
    *(applying.check, applying.pack, applying.dates),
    *(robustness.uncertainty, robustness.sensitivity, robustness.certificate, robustness.readings),
    *(planning.plan, planning.design, panels.panel, rounds.cycle, linting.lint),
    *(population.impact, population.sweep, population.cut_scores, editions.diff, editions.migrate),
    *(reports.report, reports.verify, servers.lab, servers.app, servers.page),
)
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


def build() -> click.Group:
    """Return the command line with its words in the language of this run."""
    version = option("--version", msg("show the version"), is_eager=True, expose_value=False, callback=_print_version)
    app = _group("lsstd", SUMMARY, COMMANDS, [LANG(), version()])
    summary = msg("Populations: score, generate, anonymise, gather")
    below = (population.score_, population.generate, population.anonymise, population.gather)
    app.add_command(_group("population", summary, below, [LANG()]))
    return app


def _group(name: str, summary: Text, commands: Iterable[Command], parameters: list[click.Parameter]) -> click.Group:
    words, settings = summary.to(language()), {"help_option_names": ["-h", "--help"], "max_content_width": 80}
    below = [build_command() for build_command in commands]
    return LocalGroup(
        name, below, params=parameters, no_args_is_help=True, help=words, short_help=words, context_settings=settings
    )


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        import lsstd

        click.echo(f"lsstd {lsstd.__version__}")
        context.exit()
