"""The command that combines the sheets of several experts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lsstd.cli.language import language
from lsstd.cli.options import FORCE, SCORED, Options, argument, command, load_named, option, output, pairs_of
from lsstd.cli.output import emit, note, write_sections
from lsstd.errors import LsstdError, Problem
from lsstd.words import msg, same

_RULES = click.Choice(("mean", "median", "trimmed_mean", "consensus"))
_LEVELS, _MISSING = click.Choice(("row", "indicator", "total")), click.Choice(("others", "open"))
_STAGES = click.Choice(("papers", "site", "final"))


@command(
    msg("Combine the sheets of several experts into one result"),
    argument("SHEET…", msg("sheets, self-score (YAML, JSON, Excel), or folders of them"), "files"),
    option("--rule RULE", msg("mean, median, trimmed_mean or consensus"), _RULES, default="mean"),
    option("--level LEVEL", msg("combine by row, indicator or total"), _LEVELS, default="row"),
    option("--trim-from N", msg("trim from N scores on (3 or more)"), int, default=5),
    option("--group GROUP=SHARE", msg("share of a group of raters (repeatable)"), name="shares", multiple=True),
    option("--rounding STEP", msg("round what is combined to STEP, such as 0.01"), float),
    option("--missing HOW", msg("a missing score: left to others, or open"), _MISSING, default="others"),
    option("--stage STAGE", msg("papers, site or final (default: the last)"), _STAGES),
    option("--round ROUND", msg("the round that the sheets are of")),
    output("FILE", msg("report (.html, .docx, .pdf, .xlsx)")),
    *(FORCE, *SCORED),
    details=msg("Sheets that do not belong to the others are named and left out; the exit status is then 1"),
)
def panel(files: tuple[Path, ...], shares: tuple[str, ...], options: Options, **how: Any) -> bool:
    from lsstd.pages import panel_page as page
    from lsstd.panel import combined

    lang, standard = language(), load_named(options.standard) if options.standard else None
    groups = dict(_share(*pair) for pair in pairs_of("--group", shares, msg("GROUP=SHARE, such as technical=60")))
    result = combined(files, standard, groups=groups, readings=options.readings, reforms=options.reforms, **how)
    for error in result.refused:
        note(error)
    if options.output is not None:
        write_sections(page.report_sections(result, lang), page.TITLE, options, result.standard.day)
    emit(options, lambda: result.to_dict(lang), lambda: page.panel_sections(result, lang))
    return not result.refused


def _share(group: str, share: str) -> tuple[str, float]:
    try:
        return group, float(share)
    except ValueError:
        wrong = Problem("--group", same(f"{group}={share}"), msg("a number above 0"))
        raise LsstdError(msg("scores cannot be combined like this"), [wrong]) from None
