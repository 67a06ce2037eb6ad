"""What a form offers besides its view: files to download, the steps to a grade, the days, the script of its page.

A page that carries its own Python has neither NumPy nor a PDF printer: there, fewer kinds of files are offered, and the
steps to a grade are whole rows.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import lsstd
from lsstd.engine.narrative import way_up, ways
from lsstd.engine.verdict import named_grade, named_row
from lsstd.errors import LsstdError, Problem, UnknownName
from lsstd.exact import shown
from lsstd.files.assessments import dump_assessment
from lsstd.files.cases import Case
from lsstd.files.places import PACKAGE
from lsstd.files.writing import safe_name, write_whole
from lsstd.forms.form_schema import both
from lsstd.forms.messages import Session
from lsstd.pages.application_page import CHECKLIST, SCHEDULE, checklist
from lsstd.planning.procedure_days import Schedule, dates
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, msg_in, nearest, noted, paired, same

if TYPE_CHECKING:
    from lsstd.engine.application_check import BlankField
    from lsstd.engine.result import Result
    from lsstd.pages.blocks import Section

OFFERS = {"assessment": ".yaml", "workbook": ".xlsx", "application": ".docx", "pack": ".zip", "dates": ".ics"}
OFFERS |= {"evidence": ".xlsx", "plan": ".xlsx", "costs": ".xlsx", "report": ".html", "pdf": ".pdf", "result": ".json"}
"""What a form offers as a file, and the ending of each."""
BESIDE = ("offer", "plan")
"""What is made beside the edits, which need not wait for it."""
IN_BROWSER = sys.platform == "emscripten"
_NOT_IN_BROWSER = ("pack", "dates", "plan", "costs", "pdf")


def answered(session: Session, message: dict[str, Any]) -> dict[str, Any]:
    """Return a session's answer, with what else a page shows: the kinds of files offered, the procedure's days."""
    answer = session.handle(message)
    if "check" in answer and (day := message.get("day")) and session.standard.procedure:
        try:
            answer["check"].append(both(_days(dates(session.standard, day))))
        except LsstdError as error:
            return {"page": answer["page"], "ack": answer["ack"], "refused": both(error.text)}
    return answer | offered(session.standard) if "schema" in answer else answer


def made_beside(session: Session, message: dict[str, Any]) -> tuple[dict[str, Any], bytes | None]:
    """Return the answer to a message of `BESIDE`, and the file that it asks for (``do: offer``, with its ``kind``).

    ``do: plan``, with ``target`` and a table of ``costs``, asks for the steps to a grade.
    """
    kind, lang = str(message.get("kind", "steps")), message.get("lang")
    answer: dict[str, Any] = {"page": message.get("page"), "ack": message.get("id"), "offered": kind}
    data = None
    try:
        if message["do"] == "plan":
            steps = _rows_to_next_grade if IN_BROWSER else _steps_to
            answer |= steps(session.result, message.get("target"), message.get("costs"))
        else:
            name, data, blank = offer(session, kind, "en" if lang == "en" else "zh", message.get("filled_on") or None)
            answer |= {"name": name, "blank": blank}
    except LsstdError as error:
        answer["refused"] = error.text
    return both(answer), data


def offered(standard: Standard, in_browser: bool = IN_BROWSER) -> dict[str, Any]:
    """Return what a form offers under a standard: the kinds of files, and of what a plan consists."""
    asks: dict[str, object] = {"application": standard.form, "pack": standard.form, "dates": standard.procedure}
    asks |= dict.fromkeys(("plan", "costs"), standard.grades) | (dict.fromkeys(_NOT_IN_BROWSER) if in_browser else {})
    plans = ("rows" if in_browser else "steps") if standard.grades else None
    return {"offers": [kind for kind in OFFERS if asks.get(kind, True)], "plans": plans}


class Offered(NamedTuple):
    """A file to take away: its name, its content, and which fields of the form stay blank in it."""

    name: str
    data: bytes
    blank: list[dict[str, Any]]


def offer(session: Session, kind: str, lang: Lang, filled_on: str | None = None) -> Offered:
    """Return one file that a form offers; `filled_on` is the application form's date.

    Raises `LsstdError`: no such kind, or it cannot be made of what is there.
    """
    if kind not in OFFERS:
        problem = Problem("offer", msg("no {kind}", kind=kind), nearest(kind, OFFERS))
        raise UnknownName(msg_in("kind", "no such file"), [problem])
    result = session.result
    missing: list[BlankField] = []
    name = safe_name(result.assessment.subject.name, session.standard.standard)
    with tempfile.TemporaryDirectory(prefix="lsstd-") as folder:
        path = Path(folder) / f"{name}-{kind}{OFFERS[kind]}"
        if kind == "assessment":
            head, _, body = dump_assessment(session.draft.assessment).partition("\n")
            status = (
                f"# {' '.join(words.split())}" for words in (session.standard.status.zh, session.standard.status.en)
            )
            path.write_text("\n".join([head, *status, body]), encoding="utf-8")
        elif kind == "workbook":
            lsstd.write_workbook(session.standard, path, result.assessment, lang)
        elif kind == "application":
            from lsstd.office.application_form import write_application

            missing = write_application(result, path, filled_on=filled_on)
        elif kind == "pack":
            lsstd.pack(result, session.keeper.path, path, filled_on, incomplete=True, lang=lang)
        elif kind == "dates":
            if filled_on is None:
                raise LsstdError(msg("enter the date first"))
            path.write_bytes(dates(session.standard, filled_on).calendar(lang))
        elif kind in ("evidence", "plan"):
            from lsstd.reports.render import write_sections

            title, sections = _to_write(session, kind, lang)
            write_sections(sections, path, title.to(lang), lang, day=result.assessment.as_of or session.standard.day)
        elif kind == "costs":
            from lsstd.office.costs_sheet import write_template

            write_template(result, path, lang)
        elif kind == "result":
            found = _case(session).evaluate().to_dict(lang)
            path.write_text(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        else:
            write_whole(path, _report(session, lang, OFFERS[kind].removeprefix(".")))
        return Offered(path.name, path.read_bytes(), [_to_fill_in(entry) for entry in missing])


def _to_fill_in(missing: BlankField) -> dict[str, Any]:
    """Return a field that stays blank: where it is filled in on the page, if it is, and what it is called."""
    group, field = missing.group, missing.field
    path = f"facts.{field.fact}" if field.fact else ""
    if field.filled_by == "subject_name":
        path = "subject.name"
    label = Text(field.printed, field.gloss.en)
    if group.printed:
        label = Text(f"{group.printed} · {label.zh}", f"{group.gloss.en} · {label.en}")
    return {"path": path, "label": label}


def _steps_to(result: Result, target: str | None, table: Mapping[str, str] | None) -> dict[str, Any]:
    """Return the cheapest steps to a grade as the page lists them, each with the path of its field."""
    from lsstd.pages.plan_page import in_a_sentence, step_in_a_line
    from lsstd.planning.improvement_plan import step_label, where_entered

    standard, costs = result.standard, None
    if table:
        with tempfile.TemporaryDirectory(prefix="lsstd-") as folder:
            path = Path(folder) / safe_name(table["name"], "costs")
            path.write_bytes(b64decode(table["data"]))
            costs = lsstd.load_costs(path, standard)
    found = lsstd.plan(standard, result.assessment, target, costs=costs, readings=result.readings, brief=True)
    way = found.way or found.best
    steps = [
        _step(step_label(standard, step.task), where_entered(standard, step), step_in_a_line(found, step))
        for step in (way.steps if way else ())
    ]
    told = [in_a_sentence(found), *(one.why for one in found.blocked), *found.assumptions]
    return {"target": found.target, "grades": _grades(standard.grades), "steps": steps, "told": told}


def _step(label: Text, path: str, more: Text) -> dict[str, Any]:
    return {"label": label, "path": path, "more": more}


def _grades(grades: Iterable[str]) -> list[dict[str, Any]]:
    return [{"id": grade, "label": named_grade(grade)} for grade in grades]


def _days(schedule: Schedule) -> dict[str, Any]:
    """Return the dated steps of the procedure as the page lists them."""
    dated = [one for one in schedule.steps if one.begins]
    spans = [" – ".join(dict.fromkeys(str(day) for day in (one.begins, one.ends))) for one in dated]
    steps = [msg("{who}, {action}", who=one.step.actor, action=one.step.action) for one in dated]
    labels = [paired(noted(span, one.step.clause), step) for span, one, step in zip(spans, dated, steps, strict=True)]
    return {"title": SCHEDULE, "items": [{"label": label, "path": ""} for label in labels]}


def _to_write(session: Session, kind: str, lang: Lang) -> tuple[Text, Iterable[Section]]:
    """Return what goes into a workbook, with its title: the register of evidence, or the cheapest way up."""
    if kind == "evidence":
        return CHECKLIST, [checklist(lsstd.evidence(session.result, session.keeper.path), lang)]
    from lsstd.pages.plan_page import plan_sections, title_of

    found = lsstd.plan(session.standard, session.result.assessment, readings=session.result.readings)
    return title_of(found), plan_sections(found, lang)


def _case(session: Session) -> Case:
    path = session.keeper.path
    return Case(path.stem, session.standard, session.draft.assessment, dict(session.draft.readings))


def _report(session: Session, lang: Lang, ending: str) -> bytes:
    from lsstd.reports.record import PAGE, Basis, without_contacts
    from lsstd.reports.report_types import render_basis, sources_of

    file, case = session.keeper.path, without_contacts(_case(session))
    sources = sources_of([file] if file.exists() else [])
    basis = Basis(
        "base" if session.standard.scored_rows else "profile",
        session.standard,
        readings=case.readings,
        cases=(case,),
        sources=sources,
    )
    return render_basis(basis, lang, ending, PAGE if IN_BROWSER else basis.kind)


def _rows_to_next_grade(result: Result, *_: object) -> dict[str, Any]:
    """Return rows that together bring the next grade, as the page lists steps: where no planner is at hand."""
    way = way_up(result)
    steps = []
    for row, points in ((gap.row, gap.points) for gap in (way.gaps if way else ())):
        more = same("" if row.criterion.max_score is None else f"+{shown(points)}")
        steps.append(_step(named_row(row), f"answers.{row.criterion.id}", more))
    target = way.grade if way else None
    return {"target": target, "grades": _grades(filter(None, [target])), "steps": steps, "told": [*ways(result)]}


# ── the script of the page ──────────────────────────────────────────────────────────────────────────────────────────

_SAID = re.compile(r'\bt(?:In\("(\w+)", |\()"(.*?)"')
_EMPTY = "const CHINESE = {};"


def form_script(*more: str) -> str:
    """Return the module that shows a form, self-contained, for any page that provides it with a channel.

    Further scripts of the package, such as ``page.js``, become part of the same module.
    """
    script = "\n".join((PACKAGE / "widgets" / name).read_text(encoding="utf-8") for name in ("form.js", *more))
    said = sorted({tuple(filter(None, found)) for found in _SAID.findall(script)})  # messages, some with their context
    chinese = {"|".join(words): (msg_in if len(words) > 1 else msg)(*words).zh for words in said}
    return script.replace(_EMPTY, f"const CHINESE = {json.dumps(chinese, ensure_ascii=False)};", 1)
