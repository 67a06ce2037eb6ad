"""The commands ``workbook`` and ``import``: Excel and WPS, out and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsstd.cli.options import ForceOption, LangOption, StandardOption, language
from lsstd.words import Text

if TYPE_CHECKING:
    from lsstd.assessment.assessment import Assessment
    from lsstd.standard.standard import Standard


def workbook(
    target: Annotated[
        str,
        typer.Argument(metavar="STANDARD|FILE", help="标准编号或文件，或评价文件 a standard, or an assessment file"),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="X.xlsx", help="工作簿 the workbook to write")],
    standard: StandardOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """生成自评工作簿（空白或已填） A self-score workbook for Excel or WPS, blank or filled in."""
    from lsstd.office.self_score_writer import write_workbook

    against, assessment = _asked(target, standard)
    write_workbook(against, output, assessment, language(), force)
    _tell(Text(f"已写入 {output}", f"written: {output}"))


def import_workbook(
    file: Annotated[
        Path, typer.Argument(metavar="X.xlsx", help="填好的自评工作簿，或其中一张表的 CSV a workbook or CSV")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="Y.yaml", help="评价文件 the assessment to write")],
    standard: StandardOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """读入填好的自评工作簿 Read a filled-in workbook into an assessment file."""
    from lsstd.cli.options import standard_of
    from lsstd.files.assessments import save_assessment
    from lsstd.files.writing import cannot_write, check_writable
    from lsstd.office.self_score_reader import read_with_notes

    if output.suffix.lower() not in (".yaml", ".yml"):
        ending = output.suffix or "—"
        raise cannot_write(output, Text(f"后缀 {ending}", f"the ending {ending}"), Text(".yaml", ".yaml"))
    check_writable(output, force)
    _, assessment, notes = read_with_notes(file, standard_of(standard, None)[0])
    save_assessment(assessment, output, force)
    for note in notes:
        _tell(note)
    answers, facts = len(assessment.answers), len(assessment.facts)
    _tell(Text(f"{answers} 项作答、{facts} 项数据已写入 {output}", f"{answers} answers and {facts} facts in {output}"))


def _asked(target: str, name: str | None) -> tuple[Standard, Assessment | None]:
    """Return the standard that a workbook is for, and the assessment that fills it in, if one is named."""
    from lsstd.cli.options import standard_of
    from lsstd.files.assessments import pair_of
    from lsstd.files.reading import KINDS, read_plain
    from lsstd.files.standards import load_standard, parse_standard

    path = Path(target)
    if path.suffix.lower() in KINDS:
        parsed, sha256 = read_plain(path)
        if not (isinstance(parsed.value, dict) and "edition" in parsed.value):
            return pair_of(parsed, path, standard_of(name, None)[0], instead=True)
        found = parse_standard(parsed, sha256, path.name)
    else:
        found = load_standard(target)
    if name:
        raise typer.BadParameter(f"{target}: STANDARD + --standard")
    return found, None


def _tell(text: Text) -> None:
    sys.stderr.write(text.to(language()) + "\n")
