"""Options that several commands share."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lsstd.errors import LsstdError, Problem
from lsstd.words import Lang, Text, same

if TYPE_CHECKING:
    from lsstd.changes.reform import Reform
    from lsstd.engine.result import Result
    from lsstd.standard.standard import Standard


class _Chosen:
    """The language that messages follow; set as soon as the option is read."""

    lang: Lang = "en" if os.environ.get("LSSTD_LANG", "").startswith("en") else "zh"


def language() -> Lang:
    """Return the language that messages follow."""
    return _Chosen.lang


def choose_language(value: str | None) -> str | None:
    """Take ``--lang``, wherever on the line it stands."""
    if value is not None and value not in ("zh", "en"):
        raise typer.BadParameter(f"{value}: zh / en")
    if value is not None:
        _Chosen.lang = "en" if value == "en" else "zh"
    return value


LangOption = Annotated[
    str | None,
    typer.Option(
        "--lang", callback=choose_language, is_eager=True, help="输出语言 language: zh, en", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 文档 one JSON document on stdout")]
StandardOption = Annotated[
    str | None,
    typer.Option("--standard", metavar="PATH_OR_ID", help="改用此标准 use this standard instead of the file's"),
]
ReadingOption = Annotated[
    list[str] | None,
    typer.Option("--reading", metavar="KEY=OPTION", help="选用解读，可重复 choose a reading (repeatable)"),
]
ReformOption = Annotated[
    list[Path] | None,
    typer.Option("--reform", metavar="FILE", help="应用调整方案，可重复 apply a reform (repeatable, in order)"),
]
FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE…", help="评价文件 assessment files (YAML, JSON)")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="评价文件 an assessment file (YAML, JSON)")]
UnknownOption = Annotated[
    float, typer.Option("--unknown", metavar="P", help="未知项满足的概率 the chance that an unknown is met")
]
ForceOption = Annotated[bool, typer.Option("--force", help="覆盖不是 lsstd 写的文件 overwrite files of others")]


def readings_of(options: list[str] | None) -> dict[str, str]:
    """Return the readings chosen on the command line."""
    chosen = {}
    for option in options or ():
        key, equals, value = option.partition("=")
        if not equals:
            problem = Problem(
                "--reading",
                same(option),
                Text("KEY=OPTION，如 compound_rows=all", "KEY=OPTION, such as compound_rows=all"),
            )
            raise LsstdError(Text("解读写法有误", "a reading that cannot be read"), [problem])
        chosen[key.strip()] = value.strip()
    return chosen


def standard_of(name: str | None, reforms: Sequence[Path] | None) -> tuple[Standard | None, Sequence[Reform]]:
    """Return the standard that the options name (None: the file's own), and the reforms to apply to it."""
    from lsstd.files.assessments import load_reform

    return load_named(name) if name else None, [load_reform(path) for path in reforms or ()]


def load_named(name: str) -> Standard:
    """Load a standard that the command line names; of one's own, tell on stderr what a drafter should know."""
    from lsstd.engine.remarks import standard_remarks
    from lsstd.files.standards import load_standard, own_names

    standard = load_standard(name)
    for place, found, expected in standard_remarks(standard) if name not in own_names() else ():
        texts = [same(text) if isinstance(text, str) else text for text in (found, expected)]
        told = Problem(place, texts[0], texts[1])
        sys.stderr.write(Text("提醒：", "Note: ").to(language()) + told.to(language()) + "\n")
    return standard


def result_of(
    file: Path, standard: str | None, reading: list[str] | None, reforms: Sequence[Path] | None = None
) -> Result:
    """Load and evaluate one file, an assessment or a scenario, as the command line's options say."""
    from lsstd.files.cases import evaluate_file

    chosen, loaded = standard_of(standard, reforms)
    return evaluate_file(file, chosen, readings_of(reading), loaded)


def print_json(value: Any) -> None:
    """Print one JSON document and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def one_or_list(items: list[Any]) -> Any:
    """Return the single item, or the list of several."""
    return items[0] if len(items) == 1 else items


def print_all(renderables: Iterable[Any]) -> None:
    """Print tables and lines to the terminal."""
    from lsstd.pages.terminal import console

    out = console()
    for item in renderables:
        out.print(item)
