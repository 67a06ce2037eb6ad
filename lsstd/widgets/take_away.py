"""What a form gives to take away: assessment, self-score workbook, application form, evidence list, report."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from lsstd.errors import Problem, ReportError, UnknownName
from lsstd.files.assessments import dump_assessment
from lsstd.files.standards import load_standard
from lsstd.files.writing import safe_name
from lsstd.forms.messages import Session
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, nearest

KINDS = {"assessment": ".yaml", "workbook": ".xlsx", "application": ".docx", "evidence": ".xlsx", "report": ".html"}


def kinds(standard: Standard) -> list[str]:
    """Return what there is to take away under a standard."""
    return [kind for kind in KINDS if kind != "application" or standard.form is not None]


def offer(session: Session, kind: str, lang: Lang) -> tuple[str, bytes]:
    """Return the name and the content of one thing to take away.

    Raises
    ------
    LsstdError
        No such kind, or it cannot be made of what is there.
    """
    if kind not in KINDS:
        found = Text(f"没有 {kind}", f"no {kind}")
        raise UnknownName(Text("没有这种文件", "no such file"), [Problem("offer", found, nearest(kind, KINDS))])
    result = session.result
    name = safe_name(result.assessment.subject.name, session.standard.standard)
    with tempfile.TemporaryDirectory(prefix="lsstd-") as folder:
        path = Path(folder) / f"{name}-{kind}{KINDS[kind]}"
        if kind == "assessment":
            path.write_text(_with_status(session), encoding="utf-8")
        elif kind == "workbook":
            from lsstd.office.workbook import write_workbook

            write_workbook(session.standard, path, result.assessment, lang)
        elif kind == "application":
            from lsstd.office.application import write_application

            write_application(result, path)
        elif kind == "evidence":
            _write_evidence(session, path, lang)
        else:
            path = _report(session, Path(folder), lang)
        return path.name, path.read_bytes()


def _with_status(session: Session) -> str:
    """Return the assessment as a file that says in its head what the standard's edition is worth."""
    head, _, body = dump_assessment(session.draft.assessment).partition("\n")
    status = session.standard.status
    return "\n".join([head, f"# {' '.join(status.zh.split())}", f"# {' '.join(status.en.split())}", body])


def _write_evidence(session: Session, path: Path, lang: Lang) -> None:
    """Write the checklist, having looked for the files beside the assessment."""
    from lsstd.files.evidence import evidence
    from lsstd.pages.evidence import TITLE, checklist
    from lsstd.reports.section_files import write_sections

    found = evidence(session.result, Path(session.keeper.place))
    write_sections([checklist(found, lang)], path, TITLE.to(lang), lang)


def _report(session: Session, folder: Path, lang: Lang) -> Path:
    """Make the report of the assessment as it stands."""
    from lsstd.reports.batch import make_reports
    from lsstd.reports.plan import Order

    file = folder / "assessment.yaml"
    file.write_text(dump_assessment(session.draft.assessment), encoding="utf-8")
    parameters: dict[str, Any] = {"readings": dict(session.draft.readings)} if session.standard.scored_rows else {}
    try:
        load_standard(session.standard.standard)
    except UnknownName:  # known by its file alone
        own = folder / f"{session.standard.standard}.json"
        own.write_text(json.dumps(session.standard.in_file, ensure_ascii=False), encoding="utf-8")
        parameters["standard"] = str(own)
    (made,) = make_reports(Order((file,), folder, parameters=parameters, lang=lang))
    for failure in made.failures.values():
        raise ReportError(failure)
    return made.files["html"]
