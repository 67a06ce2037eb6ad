"""The commands that ask how sure and how robust a grade is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsstd.cli.options import (
    FileArgument,
    JsonOption,
    LangOption,
    ReadingOption,
    ReformOption,
    StandardOption,
    UnknownOption,
    result_of,
)


def uncertainty(
    file: FileArgument,
    unknown: UnknownOption = 0.5,
    common: Annotated[
        Path | None,
        typer.Option("--common", metavar="FILE", help="共同因素 a common factor: its levels, weights, odds"),
    ] = None,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """得分与等级有多确定 How sure score and grade are: exact chances."""
    from lsstd.cli.uncertainty import run_uncertainty

    run_uncertainty(result_of(file, standard, reading, reform), unknown, common, as_json)


def sensitivity(
    file: FileArgument,
    target: Annotated[
        str | None, typer.Option("--target", metavar="GRADE", help="等级，或 score a grade, or score")
    ] = None,
    unknown: UnknownOption = 0.5,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """得分与等级取决于哪些行 What score and grade hang on, row by row."""
    from lsstd.cli.uncertainty import run_sensitivity

    run_sensitivity(result_of(file, standard, reading, reform), target, unknown, as_json)


def certificate(
    file: FileArgument,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """等级有多稳固 What the grade can bear: points, rows, lines; what already guarantees it."""
    from lsstd.cli.certainty import run_certificate

    run_certificate(file, standard, reading, reform, as_json)


def readings(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="评价文件，或总体（CSV、文件夹） an assessment, or a population")
    ],
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """各种解读下的等级 The grade under every combination of readings; those chosen are held."""
    from lsstd.cli.certainty import run_readings

    run_readings(file, standard, reading, reform, as_json)
