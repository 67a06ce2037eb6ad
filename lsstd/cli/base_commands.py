"""The commands on one assessment: ``assess``, ``explain``, ``compare``, ``facts``, ``evidence``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import lsstd
from lsstd.cli.language import language
from lsstd.cli.options import CONDITION_FAILED, FILE, FORCE, PATH, SCORED, Options, argument, command, option, output
from lsstd.cli.output import emit, note, one_or_list, print_json, print_text, write_sections, wrong_usage
from lsstd.errors import LsstdError, Problem
from lsstd.words import Text, msg, same, words

if TYPE_CHECKING:
    from lsstd.pages.blocks import Section


@command(
    msg("Conditions, score, grade and gaps of each file"),
    *(argument("FILE…", msg("assessments (YAML, JSON)"), "files"), CONDITION_FAILED, *SCORED),
)
def assess(files: tuple[Path, ...], options: Options) -> None:
    lang, results = language(), [options.result(file) for file in files]

    def sheets() -> Iterator[Section]:
        from lsstd.pages.base_page import score_sheet

        for result in results:
            yield from score_sheet(result, lang)

    emit(options, lambda: one_or_list([result.to_dict(lang) for result in results]), sheets)


@command(
    msg("Where a number comes from, or what the whole result means"),
    FILE,
    argument("[CRITERION]", msg("id of a row, indicator or condition, or a row's number"), "criterion", str),
    *(CONDITION_FAILED, *SCORED),
    details=msg("Without CRITERION the whole result is explained"),
)
def explain(file: Path, criterion: str | None, options: Options) -> None:
    from lsstd.engine.explain import lines
    from lsstd.engine.narrative import narrative
    from lsstd.engine.verdict import notices, verdict

    lang, result = language(), options.result(file)
    if criterion is not None:
        step = lsstd.explain(result, criterion)
        document, text = step.to_dict(lang), "\n".join((*words(lang, *notices(result)), *lines(step, lang)))
    else:
        paragraphs = [paragraph.to(lang) for paragraph in narrative(result)]
        document = {"narrative": paragraphs}
        text = "\n\n".join((verdict(result).to(lang), *paragraphs))
    if options.as_json:
        print_json(document)
    else:
        print_text(text)


@command(
    msg("Compare with scenarios or earlier assessments"),
    *(FILE, argument("SCENARIO_OR_FILE…", msg("scenarios or assessments"), "others"), CONDITION_FAILED, *SCORED),
    details=msg("Scenarios are applied to FILE, whatever base they name"),
)
def compare(file: Path, others: tuple[Path, ...], options: Options) -> None:
    from lsstd.changes.compare import Comparison
    from lsstd.files.cases import compare_files
    from lsstd.pages.base_page import comparison_sections

    compared = compare_files(file, others, options.against(), options.readings, options.reforms)
    found = Comparison(tuple(case._replace(result=options.displayed(case.result)) for case in compared.cases))
    emit(options, found.to_list, lambda: comparison_sections(found, language()))


@command(
    msg("List each fact and where it is used"),
    *(argument("FILE|STANDARD", msg("assessment (YAML, JSON), or a standard alone"), "file"), *SCORED),
)
def facts(file: Path, options: Options) -> None:
    from lsstd.engine.catalogue import fact_list
    from lsstd.pages.base_page import fact_sections

    lang, of = language(), options.named(file)
    emit(options, lambda: fact_list(of, lang), lambda: fact_sections(of, lang))


@command(
    msg("Evidence: what is missing, expired or changed"),
    FILE,
    option("--folder DIR", msg("folder of evidence (default: evidence)"), PATH),
    option("--hash", msg("record files and hashes, in -o Y.yaml")),
    output("FILE", msg("checklist (.xlsx, .docx, .html)")),
    *(FORCE, *SCORED),
)
def evidence(file: Path, folder: Path | None, hash: bool, options: Options) -> None:
    from lsstd.pages import application_page as page

    if hash:
        _write_hashes(file, folder, options)
        return
    lang, result = language(), options.result(file)
    register = lsstd.evidence(result, file, folder)
    is_page = options.output is not None and options.output.suffix.lower() in (".html", ".htm")
    sections = page.register_page(register, lang) if is_page else [page.checklist(register, lang)]
    write_sections(sections, page.CHECKLIST, options, result.assessment.as_of or result.standard.day)
    emit(options, lambda: register.to_dict(lang), lambda: page.register_sections(register, lang))


def _write_hashes(file: Path, folder: Path | None, options: Options) -> None:
    """Write an assessment that names the files found, with their hashes; the file itself stays as it is."""
    from lsstd.engine.evidence_register import given_with
    from lsstd.files.assessments import load_pair
    from lsstd.files.evidence_folder import hashed

    if options.reading or options.reform:
        raise wrong_usage(msg("--hash excludes --reading and --reform"))
    path = new_file(options, msg("cannot record the hashes"), (".yaml", ".yml"))
    standard, assessment = load_pair(file, options.against(), instead=True)
    recorded = hashed(standard, assessment, file, folder)
    lsstd.save_assessment(recorded, path, options.force)
    note(msg("written to {path}", path=path))
    before, after = (
        {(holder, piece.file): piece.sha256 for holder, pieces in given_with(one).items() for piece in pieces}
        for one in (assessment, recorded)
    )
    for (holder, name), sha256 in after.items():
        if before.get((holder, name)) not in (None, sha256):
            note(msg("{holder}: {file} has changed; its hash was renewed", holder=holder, file=name))
    if options.as_json:
        print_json({"path": str(path)})


def new_file(options: Options, title: Text, endings: tuple[str, ...]) -> Path:
    """Return the file to write, of one of these endings, else raise `LsstdError`."""
    output = options.output
    if output is None or output.suffix.lower() not in endings:
        raise LsstdError(title, [Problem("-o", same(output or "—"), msg("a new {ending} file", ending=endings[0]))])
    return output
