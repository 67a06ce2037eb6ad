"""The commands on standards: what one holds, what another edition changes, answers carried over, contradictions."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

import lsstd
from lsstd.cli.base_commands import new_file
from lsstd.cli.language import language
from lsstd.cli.options import FILE, FORCE, JSON, PATH, REFORM, STANDARD, Options, argument, command, option, output
from lsstd.cli.output import emit, note, print_json, write_sections, wrong_usage
from lsstd.cli.population_commands import whole_population
from lsstd.errors import LsstdError, Problem, UnknownName
from lsstd.words import Text, listing, msg, nearest, same

if TYPE_CHECKING:
    from lsstd.changes.migrate import Migration
    from lsstd.engine.search import Hit
    from lsstd.lint.linting import Linted
    from lsstd.pages.blocks import Section
    from lsstd.standard.document import Crosswalk
    from lsstd.standard.models import Model

KIND = argument("standard|assessment|reform|population", msg("kind of file"), "kind", str)
NAME = argument("STANDARD|ENTRY", msg("id or file of a standard, or what to show of any"), "name", str)
ENTRY = argument("[ENTRY]", msg("a clause, a row's number or an id, such as 5.1.1, 6, live_rooms"), "entry", str)
CLAUSE = option("--clause C", msg("only this clause, such as 5.1.3"))
PART = option("--part PART", msg("only this part, such as form or terms"))
EDITION = msg("an edition: id, YAML file, or a reform's file")
WITHIN = option("--standard PATH_OR_ID", msg("search this standard alone"))
_MOST_COMMENTS = 1000  # of one document: more are read as a table
FAIL_ON = option(
    "--fail-on SEVERITY", msg("exit status 1 from this severity on"), click.Choice(("error", "warning", "info"))
)


@command(msg("List the encoded standards"), JSON)
def standards(options: Options) -> bool:
    from lsstd.files.standards import in_folders, own_names
    from lsstd.pages.handbook import head

    lang, loaded, all_sound = language(), _own(), True
    for name, path in in_folders():
        try:
            loaded.append(lsstd.load_standard(path))
            if name in own_names():
                note(msg("{path}: has a bundled standard's id; use its path", path=path))
        except LsstdError as error:
            note(error.within(str(path)).text)
            all_sound = False
    keys = ("standard", "edition", "title", "status")
    values = [(s.standard, s.edition, s.title.to(lang), s.status.to(lang)) for s in loaded]
    document = [dict(zip(keys, line, strict=True)) for line in values]
    emit(options, lambda: document, lambda: (head(standard, lang) for standard in loaded))
    return all_sound


def _own() -> list[lsstd.Standard]:
    from lsstd.files.standards import own_names

    return [lsstd.load_standard(name) for name in own_names()]


@command(msg("Print a JSON Schema with which editors complete and check"), KIND)
def schema(kind: str) -> None:
    from lsstd.standard.models import json_schema

    kinds = file_kinds()
    if kind not in kinds:
        raise wrong_usage(same(f"{kind}: {' / '.join(kinds)}"))
    print_json(json_schema(*kinds[kind], language()))


def file_kinds() -> dict[str, tuple[type[Model], Text]]:
    """Return the model and the title of each kind of file for which a schema is published.

    >>> [*file_kinds()]
    ['standard', 'assessment', 'reform', 'population']
    """
    from lsstd.assessment.assessment import Assessment
    from lsstd.changes.reform import Reform
    from lsstd.population.synthetic import Assumptions
    from lsstd.standard.standard import Standard

    return {
        "standard": (Standard, msg("a standard for lsstd")),
        "assessment": (Assessment, msg("an assessment for lsstd")),
        "reform": (Reform, msg("a reform for lsstd")),
        "population": (Assumptions, msg("assumptions of a made-up population for lsstd")),
    }


@command(
    msg("Show what is encoded of a standard"),
    *(NAME, ENTRY, CLAUSE, PART, REFORM, output("FILE", msg("page (.html, .docx, .pdf, .xlsx)")), FORCE, JSON),
)
def show(name: str, entry: str | None, clause: str | None, part: str | None, options: Options) -> None:
    from lsstd.engine.catalogue import catalogue
    from lsstd.pages.handbook import entry_of, parts

    lang, walks = language(), lsstd.load_crosswalks()
    standards, hits = _entries(name, entry, options)
    if not hits:
        [standard] = standards
        whole = catalogue(standard, lang, clause, walks)
        emit(options, lambda: whole, lambda: parts(standard, whole, lang, part), standard.title)
        return
    by_id = {standard.standard: standard for standard in standards}
    wholes = {key: catalogue(standard, lang, crosswalks=walks) for key, standard in by_id.items()}
    document = [{"standard": h.standard, "part": h.kind, **entry_of(wholes[h.standard], h)} for h in hits]
    emit(options, lambda: document, lambda: _pages(by_id, hits, walks), hits[0].label)


def _entries(name: str, entry: str | None, options: Options) -> tuple[list[lsstd.Standard], list[Hit]]:
    """Return the standards and what is named of them: none where a standard is asked for whole."""
    from lsstd.engine.search import named

    try:
        standards = [options.reformed(name)]
    except UnknownName:
        standards = _own()
        if entry is not None or not named(standards, name):
            raise
        return standards, named(standards, name)
    hits = named(standards, entry) if entry is not None else []
    if entry is not None and not hits:
        near = [hit.id for hit in lsstd.search(standards, entry) or lsstd.search(standards, "")]
        found = msg("nothing is named {name}", name=entry)
        raise UnknownName(msg("no such entry"), [Problem("ENTRY", found, nearest(entry, near))])
    return standards, hits


def _pages(by_id: dict[str, lsstd.Standard], hits: list[Hit], walks: list[Crosswalk]) -> Iterator[Section]:
    """Yield the page of each entry; a clause that has others below it with all of them."""
    from lsstd.engine.catalogue import catalogue
    from lsstd.pages.handbook import head, hit_page, parts

    lang = language()
    for name, found in groupby(hits, lambda hit: hit.standard):
        standard = by_id[name]
        yield head(standard, lang)
        for hit in found:
            if hit.kind == "clause" and sum(key.startswith(hit.id) for key in standard.clauses) > 1:
                yield from list(parts(standard, catalogue(standard, lang, hit.id, walks), lang))[1:]
            else:
                yield hit_page(standard, hit, walks, lang)


@command(
    msg("Search all that is quoted, retold or added"),
    *(argument("WORD…", msg("words, a clause, row 6, an id"), "words", str), WITHIN, JSON),
    name="search",
)
def search_(words: tuple[str, ...], options: Options) -> None:
    from lsstd.pages.handbook import hits_page

    lang, query = language(), " ".join(words)
    standards = [alone] if (alone := options.against()) else _own()
    hits = lsstd.search(standards, query)
    document = [{**hit._asdict(), "label": hit.label.to(lang)} for hit in hits]
    emit(options, lambda: document, lambda: [hits_page(standards, hits, query, lang)])


@command(
    msg("What changes from one edition of a standard to another"),
    argument("OLD", EDITION, "old", str),
    argument("[NEW]", EDITION, "new", str),
    option("--text", msg("the whole text with its changes marked")),
    option("--as-reform", msg("the reform that makes NEW from OLD")),
    output("FILE", msg("table, text (.docx, .xlsx, .html), reform (.yaml)")),
    *(REFORM, FORCE, JSON),
    details=msg("Reforms are applied to NEW, or to OLD where there is no NEW"),
)
def diff(old: str, new: str | None, text: bool, as_reform: bool, options: Options) -> None:
    from lsstd.pages import edition_page as page

    if new is None and not options.reform:
        raise wrong_usage(msg("NEW or --reform is missing"))
    if text and as_reform:
        raise wrong_usage(msg("--text or --as-reform, not both"))
    before, after, reforms = lsstd.edition_pair(old, new or old, options.reforms)
    if as_reform or (not text and options.output is not None and options.output.suffix.lower() in (".yaml", ".yml")):
        _write_reform(before, after, options)
        return
    lang, found = language(), lsstd.diff(before, after, reforms)
    days = [reform.effective for _, reform in reforms[::-1] if reform.effective]
    sections = page.consolidated(before, after, lang) if text else [page.comparison(found, lang)]
    title, day = page.CONSOLIDATED if text else page.AMENDMENTS, next(iter(days), after.day)
    emit(options, lambda: found.to_list(lang), lambda: sections, title, day)


def _write_reform(before: lsstd.Standard, after: lsstd.Standard, options: Options) -> None:
    from lsstd.exact import plain_tree
    from lsstd.files.writing import check_ending, write_yaml
    from lsstd.standard.models import as_in_file

    reform = lsstd.reform_between(before, after)
    made = plain_tree(as_in_file(reform, lean=True))
    sources = {source for name in after.criteria for source in after.sources_of(name)}
    if anew := [path for path in reform.drop if path.removeprefix("criteria.") in sources]:
        note(
            msg(
                "taken out and added anew, so that answers to them are not carried over: {rows}",
                rows=listing(map(same, anew)),
            )
        )
    if options.output is not None:
        check_ending(options.output, ".yaml", ".yml")
        write_yaml(options.output, made, options.force)
        note(msg("written to {path}", path=options.output))
    if options.as_json or options.output is None:
        print_json(made)


@command(
    msg("Carry an assessment over to another edition"),
    FILE,
    option("--to STANDARD", EDITION, str, required=True),
    output("FILE", msg("the new assessment (.yaml, .json)")),
    *(STANDARD, FORCE, JSON),
)
def migrate(file: Path, to: str, options: Options) -> None:
    from lsstd.files.assessments import load_pair, standard_named
    from lsstd.pages.edition_page import migration_sections

    if options.output is not None:
        new_file(options, msg("cannot write the new assessment"), (".yaml", ".yml", ".json"))
    old, after, _ = lsstd.edition_pair(options.standard or standard_named(file), to)
    assessment = load_pair(file, old if options.standard else None, instead=True)[1]
    found = lsstd.migrate(assessment, old, after)
    if options.output is not None:
        _write(found, to, options.output, options.force)
    emit(options, lambda: found.to_dict(language()), lambda: migration_sections(found, language()))
    if options.output is not None:
        note(msg("written to {path}", path=options.output))


def _write(found: Migration, to: str, path: Path, force: bool) -> None:
    """Write the new assessment, which names its edition as seen from where it stands; below it, what has no place."""
    from lsstd.files.reading import KINDS
    from lsstd.files.strict_yaml import to_yaml
    from lsstd.files.writing import own_yaml, write_whole

    plain = found.assessment.plain()
    if Path(to).suffix.lower() in KINDS:
        try:
            plain["standard"] = Path(os.path.relpath(to, path.parent)).as_posix()
        except ValueError:  # on Windows, another drive
            plain["standard"] = Path(to).resolve().as_posix()
    if path.suffix.lower() == ".json":
        write_whole(path, json.dumps(plain, ensure_ascii=False, indent=2).encode(), force)
        return
    before, lost = found.before.plain(), {one.id for one in found.fates if one.what == "orphaned"}
    held = {**before.get("answers", {}), **before.get("facts", {})}
    gone = {key: one for key, one in held.items() if key in lost}
    left = "".join(f"# {line}\n" for line in to_yaml(gone).splitlines()) if gone else ""
    title = msg("not carried over")
    heading = f"\n# {title.zh} · {title.en}\n" if gone else ""
    write_whole(path, f"{own_yaml(plain)}{heading}{left}".encode(), force)


@command(
    msg("Contradictions and gaps in a standard or a draft"),
    argument("[TARGET…]", msg("standards (id, YAML), drafts (.txt, .docx)"), "targets"),
    FAIL_ON,
    option("--waivers FILE", msg("findings that are waived (YAML)"), PATH),
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
        _write_lint(linted, targets, options)
    if as_sarif:
        print_json(sarif(linted, lang))
    else:
        emit(options, lambda: linted.to_list(lang), lambda: page.finding_sections(linted, lang))
    return not linted.fails(fail_on)


def _population(path: Path, targets: tuple[Path, ...]) -> lsstd.Population:
    if len(targets) != 1 or targets[0].suffix.lower() in (".txt", ".docx"):
        raise wrong_usage(msg("--population goes with one encoded standard"))
    return whole_population(path, lsstd.load_standard(str(targets[0])))


def _write_lint(linted: Linted, targets: tuple[Path, ...], options: Options) -> None:
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
