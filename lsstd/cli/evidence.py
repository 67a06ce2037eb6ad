"""The command ``evidence``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.cli.options import language, print_all, print_json, standard_of
from lsstd.errors import FileError, LsstdError, Problem
from lsstd.words import Text, printable, same

if TYPE_CHECKING:
    from lsstd.engine.evidence import Register
    from lsstd.engine.result import Result


def list_evidence(
    result: Result, file: Path, folder: Path | None, output: Path | None, force: bool, as_json: bool
) -> None:
    """Print what is missing, expired or changed, or write the checklist."""
    from lsstd.files.evidence_folder import evidence

    found = evidence(result, file, folder)
    if output is not None:
        _write(found, output, force)
    if as_json:
        print_json(found.to_dict(language()))
    elif output is None:
        from lsstd.pages.terminal import evidence_tables

        print_all(evidence_tables(found, language()))


def _write(register: Register, output: Path, force: bool) -> None:
    """Write the checklist for Excel or for print, by the ending."""
    from lsstd.pages.evidence import TITLE, checklist, heads, notes

    lang = language()
    if output.suffix.lower() in (".html", ".htm"):
        from lsstd.files.writing import write_whole
        from lsstd.pages.evidence_page import pieces
        from lsstd.reports.page import whole_page

        write_whole(output, whole_page(pieces(register, lang), TITLE.to(lang), lang).encode(), force)
    elif output.suffix.lower() == ".xlsx":
        from lsstd.office.documents import write_table

        write_table(output, TITLE.to(lang), notes(register, lang), heads(lang), checklist(register, lang), force)
    else:
        found = Text(f"后缀 {output.suffix or '（无）'}", f"the ending {output.suffix or '(none)'}")
        expected = Text(".xlsx、.html；登记哈希用 --hash 和 .yaml", ".xlsx or .html; --hash with .yaml")
        raise FileError(
            Text("无法写入清单", "the checklist cannot be written"), [Problem(str(output), found, expected)]
        )
    sys.stderr.write(Text(f"清单已写入 {output}\n", f"checklist written to {output}\n").to(lang))


def write_hashes(
    file: Path, folder: Path | None, standard: str | None, output: Path | None, force: bool, as_json: bool
) -> None:
    """Write an assessment that names the files found, with their hashes; the file itself stays as it is."""
    from lsstd.engine.evidence import given_with
    from lsstd.files.assessments import load_pair, save_assessment
    from lsstd.files.evidence_folder import hashed

    path = _new_file(file, output, force)
    against, assessment = load_pair(file, standard_of(standard, None)[0], instead=True)
    noted = hashed(against, assessment, file, folder)
    save_assessment(noted, path, force)
    lang = language()
    sys.stderr.write(Text(f"已写入 {path}\n", f"written to {path}\n").to(lang))
    before = {(holder, p.file): p.sha256 for holder, given in given_with(assessment).items() for p in given}
    listed = []
    for holder, given in given_with(noted).items():
        for piece in given:
            change = _change((holder, piece.file), before, piece.sha256)
            listed.append({"given_with": holder, "file": piece.file, "sha256": piece.sha256, "change": change})
            if change:
                told = _CHANGES[change].to(lang)
                sys.stderr.write(printable(f"  · {holder}: {piece.file}: {told}") + "\n")
    if as_json:
        print_json({"path": str(path), "files": listed})


def _new_file(file: Path, output: Path | None, force: bool) -> Path:
    """Return the file to write, which is a YAML file and not the one that is read."""
    title = Text("不知把哈希写到哪里", "where to write the hashes?")
    if output is None or output.suffix.lower() not in (".yaml", ".yml"):
        problem = Problem("-o", same(output or "—"), Text("新的 .yaml 文件", "a new .yaml file"))
        raise LsstdError(title, [problem])
    if output.exists() and file.exists() and output.samefile(file) and not force:
        expected = Text("另选文件名，或加 --force", "another name, or --force")
        raise LsstdError(title, [Problem("-o", Text("就是所读的文件", "the very file that is read"), expected)])
    return output


_CHANGES = {
    "new": Text("新登记", "new"),
    "hashed": Text("已登记哈希", "hashed"),
    "changed": Text("文件有改动，哈希已更新", "the file has changed, hashed anew"),
    "not_found": Text("没有可读取的文件，没有哈希", "no file to be read, no hash"),
}


def _change(key: tuple[str, str], before: dict[tuple[str, str], str | None], sha256: str | None) -> str | None:
    """Say what became of a piece of evidence; None where its hash is as it was."""
    if key not in before:
        return "new"
    if sha256 is None:
        return "not_found"
    return None if before[key] == sha256 else "changed" if before[key] else "hashed"
