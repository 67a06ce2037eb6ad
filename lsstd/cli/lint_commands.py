"""The command that looks for contradictions in standards and drafts: ``lint``."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

import lsstd
from lsstd.cli.language import language
from lsstd.cli.options import FORCE, JSON, PATH, Options, argument, command, option, output
from lsstd.cli.output import emit, note, print_json, write_sections, wrong_usage
from lsstd.cli.populations import whole_population
from lsstd.errors import LsstdError, Problem
from lsstd.words import msg, same

if TYPE_CHECKING:
    from lsstd.lint.linting import Linted

_MOST_COMMENTS = 1000  # of one document: more are read as a table
FAIL_ON = option(
    "--fail-on SEVERITY", msg("exit status 1 from this severity on"), click.Choice(("error", "warning", "info"))
)


@command(
    msg("Contradictions and gaps in a standard or a draft"),
    argument("[TARGET…]", msg("standards (id, YAML), drafts (.txt, .docx)"), "targets"),
    FAIL_ON,
    option("--waivers FILE", msg("findings that are let be (YAML)"), PATH),
    option("--day DAY", msg("day on which waivers must count (default: today)")),
    option("--population P", msg("count the bases that a finding can move"), PATH),
    option("--sarif", msg("print SARIF 2.1.0, for editors and CI"), name="as_sarif"),
    option("--rules", msg("list the rules"), name="as_rules"),
    output("FILE", msg("page (.html), comments (.docx), table (.xlsx), .sarif")),
    *(FORCE, JSON),
)
def lint(
    targets: tuple[Path, ...],
    fail_on: str | None,
    waivers: Path | None,
    day: str | None,
    population: Path | None,
    as_sarif: bool,
    as_rules: bool,
    options: Options,
) -> bool | None:
    from lsstd.lint.linting import RULES, sarif
    from lsstd.pages import lint_page as page

    lang = language()
    if as_rules:
        emit(options, lambda: [rule.to_dict(lang) for rule in RULES], lambda: [page.rule_section(lang)])
        return None
    if not targets:
        raise wrong_usage(msg("name a standard or a draft, or --rules"))
    people = _population(population, targets) if population else None
    let_be = lsstd.load_waivers(waivers) if waivers else ()
    linted = lsstd.run_lint(*targets, waivers=let_be, day=day, population=people)
    if options.output is not None:
        _write(linted, targets, options)
    if as_sarif:
        print_json(sarif(linted, lang))
    else:
        emit(options, lambda: linted.to_list(lang), lambda: page.finding_sections(linted, lang))
    return not linted.fails(fail_on)


def _population(path: Path, targets: tuple[Path, ...]) -> lsstd.Population:
    if len(targets) != 1 or targets[0].suffix.lower() in (".txt", ".docx"):
        raise wrong_usage(msg("--population goes with one encoded standard"))
    return whole_population(path, lsstd.load_standard(str(targets[0])))


def _write(linted: Linted, targets: tuple[Path, ...], options: Options) -> None:
    """Write a page, the draft with comments, the table of comments, or SARIF, by the ending of the name."""
    from lsstd.files.writing import check_writable, steady, write_whole
    from lsstd.lint.linting import sarif
    from lsstd.pages import lint_page as page

    lang, path = language(), options.output or Path()
    ending = path.suffix.lower()
    if ending in (".sarif", ".json"):
        write_whole(path, json.dumps(sarif(linted, lang), ensure_ascii=False, indent=2).encode(), options.force)
    elif ending == ".docx" and linted.drafts:
        if len(targets) != 1:
            raise LsstdError(msg("comments go into one draft"), [Problem("-o", same(path), msg("one target"))])
        if (count := len(linted.findings)) > _MOST_COMMENTS:
            expected = msg("at most {most}, or -o X.xlsx", most=_MOST_COMMENTS)
            problem = Problem("-o", msg("{count} findings", count=count), expected)
            raise LsstdError(msg("too many comments for one document"), [problem])
        check_writable(path, options.force)
        out = io.BytesIO()
        page.with_comments(targets[0], linted, lang).save(out)
        write_whole(path, steady(out.getvalue(), None), options.force)
    else:
        is_page = ending in (".html", ".htm", ".pdf")
        sections = [*page.finding_sections(linted, lang), *page.marked_sections(linted, lang)] if is_page else []
        write_sections(
            sections or [page.comment_table(linted, lang)], page.FINDINGS if is_page else page.COMMENTS, options
        )
        return
    note(msg("written to {path}", path=path))
