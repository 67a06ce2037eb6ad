"""The command ``evidence``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.cli.options import language, print_all, print_json, standard_of
from lsstd.errors import FileError, LsstdError, Problem
from lsstd.text import Text, printable, same

if TYPE_CHECKING:
    from lsstd.core.evidence import Register
    from lsstd.core.result import Result


def list_evidence(
    result: Result, file: Path, folder: Path | None, output: Path | None, force: bool, as_json: bool
) -> None:
    """Print what is missing, expired or changed, or write the checklist."""
    from lsstd.files.evidence import evidence

    found = evidence(result, file, folder)
    if output is not None:
        _write(found, output, force)
    if as_json:
        print_json(found.to_dict(language()))
    elif output is None:
        from lsstd.views.terminal import evidence_tables

        print_all(evidence_tables(found, language()))


def _write(register: Register, output: Path, force: bool) -> None:
    """Write the checklist for Excel or for print, by the ending."""
    from lsstd.views.evidence import TITLE, checklist, heads, notes

    lang = language()
    if output.suffix.lower() in (".html", ".htm"):
        from lsstd.files.writing import write_whole
        from lsstd.reports.page import whole_page
        from lsstd.views.evidence_page import pieces

        write_whole(output, whole_page(pieces(register, lang), TITLE.to(lang), lang).encode(), force)
    elif output.suffix.lower() == ".xlsx":
        from lsstd.files.office import write_table

        write_table(output, TITLE.to(lang), notes(register, lang), heads(lang), checklist(register, lang), force)
    else:
        found = Text(f"后缀 {output.suffix or '（无）'}", f"the ending {output.suffix or '(none)'}")
        expected = Text(".xlsx、.html；登记哈希用 --hash 和 .yaml", ".xlsx or .html; --hash with .yaml")
        raise FileError(
            Text("无法写入清单", "the checklist cannot be written"), [Problem(str(output), found, expected)]
        )
    sys.stderr.write(Text(f"清单已写入 {output}\n", f"checklist written to {output}\n").to(lang))


def write_hashes(file: Path, folder: Path | None, standard: str | None, output: Path | None, force: bool) -> None:
    """Write an assessment that names the files found, with their hashes; the file itself stays as it is."""
    from lsstd.core.evidence import given_with
    from lsstd.files.assessments import load_pair, save_assessment
    from lsstd.files.evidence import hashed

    if output is None or output.suffix.lower() not in (".yaml", ".yml"):
        problem = Problem("-o", same(output or "—"), Text("新的 .yaml 文件", "a new .yaml file"))
        raise LsstdError(Text("哈希写到哪里？", "where to write the hashes?"), [problem])
    if output.exists() and output.samefile(file) and not force:
        expected = Text("另选文件名，或加 --force", "another name, or --force")
        problem = Problem("-o", Text("就是所读的文件", "the very file that is read"), expected)
        raise FileError(Text("不改动您的文件", "your file is not changed"), [problem])
    against, assessment = load_pair(file, standard_of(standard, None)[0], instead=True)
    noted = hashed(against, assessment, file, folder)
    save_assessment(noted, output, force)
    before, after = (
        {(h, p.file): p.sha256 for h, ps in given_with(a).items() for p in ps} for a in (assessment, noted)
    )
    lang = language()
    sys.stderr.write(Text(f"已写入 {output}\n", f"written to {output}\n").to(lang))
    for (holder, name), sha256 in after.items():
        told = Text("未找到，没有哈希", "not found, no hash") if sha256 is None else None
        if (holder, name) not in before:
            told = Text("新登记", "new")
        elif before[holder, name] not in (None, sha256):
            told = Text("哈希已更新（文件有改动）", "changed, hashed anew")
        if told:
            sys.stderr.write(printable(f"  · {holder}: {name}: {told.to(lang)}") + "\n")
