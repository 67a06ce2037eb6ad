"""The commands on editions of a standard: ``diff`` and ``migrate``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.cli.base_commands import new_file
from lsstd.cli.language import language
from lsstd.cli.options import FILE, FORCE, JSON, REFORM, STANDARD, Options, argument, command, option, output
from lsstd.cli.output import emit, note, print_json, write_sections, wrong_usage
from lsstd.words import msg

if TYPE_CHECKING:
    from lsstd.changes.migrate import Migration
    from lsstd.standard.standard import Standard

EDITION = msg("an edition: id, YAML file, or a reform's file")


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
    from lsstd.changes.diff import diff as of
    from lsstd.files.standards import edition_pair
    from lsstd.pages import edition_page as page

    if new is None and not options.reform:
        raise wrong_usage(msg("NEW or --reform is missing"))
    if text and as_reform:
        raise wrong_usage(msg("--text or --as-reform, not both"))
    before, after, reforms = edition_pair(old, new or old, options.reforms)
    if as_reform or (not text and options.output is not None and options.output.suffix.lower() in (".yaml", ".yml")):
        _write_reform(before, after, options)
        return
    lang, found = language(), of(before, after, reforms)
    days = [reform.effective for _, reform in reforms[::-1] if reform.effective]
    sections = page.consolidated(before, after, lang) if text else [page.comparison(found, lang)]
    title = page.CONSOLIDATED if text else page.AMENDMENTS
    write_sections(sections, title, options, next(iter(days), after.day))
    emit(options, lambda: found.to_list(lang), lambda: sections)


def _write_reform(before: Standard, after: Standard, options: Options) -> None:
    from lsstd.changes.editions import reform_between
    from lsstd.exact import plain_tree
    from lsstd.files.strict_yaml import to_yaml
    from lsstd.files.writing import MARK, check_ending, write_whole
    from lsstd.standard.models import as_in_file

    made = plain_tree(as_in_file(reform_between(before, after), lean=True))
    if options.output is not None:
        check_ending(options.output, ".yaml", ".yml")
        write_whole(options.output, f"# {MARK}\n{to_yaml(made)}".encode(), options.force)
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
    from lsstd.changes.migrate import fitted
    from lsstd.changes.migrate import migrate as of
    from lsstd.files.assessments import load_pair, standard_named
    from lsstd.files.standards import edition_pair
    from lsstd.pages.edition_page import migration_sections

    if options.output is not None:
        new_file(file, options, msg("cannot write the new assessment"), (".yaml", ".yml", ".json"))
    old, after, _ = edition_pair(options.standard or standard_named(file), to)
    assessment = load_pair(file, old if options.standard else None, instead=True)[1]
    found = fitted(of(assessment, old, after))
    if options.output is not None:
        _write(found, to, options.output, options.force)
    emit(options, lambda: found.to_dict(language()), lambda: migration_sections(found, language()))
    if options.output is not None:
        note(msg("written to {path}", path=options.output))


def _write(found: Migration, to: str, path: Path, force: bool) -> None:
    """Write the new assessment, which names its edition as seen from where it stands; below it, what has no place."""
    from lsstd.files.reading import KINDS
    from lsstd.files.strict_yaml import to_yaml
    from lsstd.files.writing import MARK, write_whole

    plain = found.assessment.plain()
    if Path(to).suffix.lower() in KINDS:
        try:
            plain["standard"] = Path(os.path.relpath(to, path.parent)).as_posix()
        except ValueError:  # on Windows, another drive
            plain["standard"] = Path(to).resolve().as_posix()
    if path.suffix.lower() == ".json":
        write_whole(path, json.dumps(plain, ensure_ascii=False, indent=2).encode(), force)
        return
    gone = {key: one for key, one in found.before.plain().get("answers", {}).items() if key in found.gone}
    gone |= {key: one for key, one in found.before.plain().get("facts", {}).items() if key in found.gone}
    left = "".join(f"# {line}\n" for line in to_yaml(gone).splitlines()) if gone else ""
    title = msg("not carried over")
    heading = f"\n# {title.zh} · {title.en}\n" if gone else ""
    write_whole(path, f"# {MARK}\n{to_yaml(plain)}{heading}{left}".encode(), force)
