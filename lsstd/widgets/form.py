"""The large form: a widget over a session of `lsstd.forms`, the files it offers, and forms for each party of a chain.

The widget only shows and collects; what is entered is kept in a file at every change.
"""

from __future__ import annotations

import tempfile
import threading
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anywidget
import ipywidgets as ipw

from lsstd.engine.verdict import named_grade
from lsstd.errors import LsstdError, Problem, UnknownName
from lsstd.files.assessments import dump_assessment, load_assessment
from lsstd.files.cases import Case, evaluate
from lsstd.files.places import PACKAGE
from lsstd.files.standards import load_standard
from lsstd.files.writing import safe_name, write_whole
from lsstd.forms.form_schema import both
from lsstd.forms.keeping import Keeper
from lsstd.forms.messages import Session
from lsstd.forms.page_texts import form_script
from lsstd.pages.application_page import SCHEDULE
from lsstd.panel.supply_chain import Chain, chain
from lsstd.planning.procedure_days import Schedule, dates
from lsstd.standard.standard import Standard
from lsstd.standard.wording import PARTIES
from lsstd.words import Lang, Text, msg, msg_in, nearest, noted, paired

if TYPE_CHECKING:
    from lsstd.engine.application_check import BlankField
    from lsstd.engine.evidence_register import Register
    from lsstd.engine.result import Result
    from lsstd.reports.record import ReportType

OFFERS = {"assessment": ".yaml", "workbook": ".xlsx", "application": ".docx", "pack": ".zip", "dates": ".ics"}
OFFERS |= {"evidence": ".xlsx", "plan": ".xlsx", "costs": ".xlsx", "report": ".html", "pdf": ".pdf"}
"""What a form offers as a file, and the ending of each."""


def default_file(standard: str) -> Path:
    """Return where a form keeps its file if nothing else is said: a folder of the user's own."""
    return Path.home() / "lsstd" / f"{standard}.yaml"


class AssessmentForm(anywidget.AnyWidget):
    """A form for any standard, by its id or file, kept in a file at every change.

    That file need not exist yet; without one it is ``lsstd/<standard>.yaml`` in the user's home. A new one says
    `subject` from the start, such as its ``party``. The page opens in `lang`, until its user has chosen there.
    """

    _esm = form_script()
    _css = PACKAGE / "widgets" / "form.css"

    def __init__(
        self, standard: str, file: str | Path | None = None, subject: Mapping[str, str] | None = None, lang: Lang = "zh"
    ) -> None:
        super().__init__()
        self.lang = lang
        loaded = load_standard(standard)
        path = Path(file or default_file(loaded.standard))
        self.session = Session(loaded, Keeper(path.absolute(), loaded, subject or {}), evaluate, self._registered)
        self.session.handle({"page": "kernel", "id": 1, "do": "open"})  # the page will report what cannot be opened
        self.on_msg(self._answer)

    def _registered(self, result: Result) -> Register:
        """Return what proves a result, having looked for the files beside the assessment."""
        from lsstd.files.evidence_folder import evidence

        return evidence(result, self.session.keeper.path)

    def _answer(self, _: Any, message: dict[str, Any], __: Any) -> None:
        if message.get("do") in ("offer", "plan"):  # a report takes seconds, in which edits go on
            threading.Thread(target=self._send_made, args=(message,), daemon=True).start()
            return
        answer = self.session.handle(message)
        if "check" in answer and (day := message.get("day")) and self.session.standard.procedure:
            answer["check"].append(_days(dates(self.session.standard, day)))
        if "schema" in answer:
            answer |= {"offers": offers(self.session.standard), "lang": self.lang}
        self.send(answer)

    def _send_made(self, message: dict[str, Any]) -> None:
        """Send a file, or the steps to a grade (``do: plan``, with ``target`` and a table of ``costs``)."""
        kind, lang = str(message.get("kind", "steps")), message.get("lang")
        answer: dict[str, Any] = {"page": message.get("page"), "ack": message.get("id"), "offered": kind}
        try:
            if message["do"] == "plan":
                self.send({**answer, **_steps_to(self.session.result, message.get("target"), message.get("costs"))})
                return
            made = offer(self.session, kind, "en" if lang == "en" else "zh", message.get("filled_on") or None)
            self.send({**answer, "name": made.name, "blank": made.blank}, buffers=[made.data])
        except LsstdError as error:
            self.send({**answer, "refused": both(error.text)})


def offers(standard: Standard) -> list[str]:
    """Return the kinds of files that a form offers under a standard."""
    asks: dict[str, object] = {"application": standard.form, "pack": standard.form, "dates": standard.procedure}
    asks |= dict.fromkeys(("plan", "costs"), standard.grades)
    return [kind for kind in OFFERS if asks.get(kind, True)]


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
            path.write_text(_with_status(session), encoding="utf-8")
        elif kind == "workbook":
            from lsstd.office.self_score_writer import write_workbook

            write_workbook(session.standard, path, result.assessment, lang)
        elif kind == "application":
            from lsstd.office.application_form import write_application

            missing = write_application(result, path, filled_on=filled_on)
        elif kind == "pack":
            from lsstd.reports.application_pack import pack

            pack(result, session.keeper.path, path, filled_on, incomplete=True, lang=lang)
        elif kind == "dates":
            if filled_on is None:
                raise LsstdError(msg("enter the date first"))
            path.write_bytes(dates(session.standard, filled_on).calendar(lang))
        elif kind == "evidence":
            _write_evidence(session, path, lang)
        elif kind == "plan":
            _write_plan(result, path, lang)
        elif kind == "costs":
            from lsstd.office.costs_sheet import write_template

            write_template(result, path, lang)
        else:
            write_whole(path, _report(session, lang, OFFERS[kind].removeprefix(".")))
        return Offered(path.name, path.read_bytes(), [_to_fill_in(entry) for entry in missing])


def _to_fill_in(missing: BlankField) -> dict[str, Any]:
    """Return a field that stays blank: where it is filled in on the page, if it is, and what it is called."""
    group, field = missing.group, missing.field
    path = f"facts.{field.fact}" if field.fact else "subject.name" if field.filled_by == "subject_name" else ""
    label = Text(field.printed, field.gloss.en)
    if group.printed:
        label = Text(f"{group.printed} · {label.zh}", f"{group.gloss.en} · {label.en}")
    return {"path": path, "label": both(label)}


def _steps_to(result: Result, target: str | None, table: Mapping[str, str] | None) -> dict[str, Any]:
    """Return the cheapest steps to a grade as the page lists them, each with the path of its field."""
    from lsstd.office.costs_sheet import load_costs
    from lsstd.pages.plan_page import in_a_sentence, step_in_a_line
    from lsstd.planning.improvement_plan import step_label, where_entered
    from lsstd.planning.planner import plan

    standard, costs = result.standard, None
    if table:
        with tempfile.TemporaryDirectory(prefix="lsstd-") as folder:
            path = Path(folder) / safe_name(table["name"], "costs")
            path.write_bytes(b64decode(table["data"]))
            costs = load_costs(path, standard)
    found = plan(standard, result.assessment, target, costs=costs, readings=result.readings, brief=True)
    way = found.way or found.best
    steps = [
        {
            "label": both(step_label(standard, step.task)),
            "path": where_entered(standard, step),
            "more": both(step_in_a_line(found, step)),
        }
        for step in (way.steps if way else ())
    ]
    told = [in_a_sentence(found), *(one.why for one in found.blocked), *found.assumptions]
    grades = [{"id": grade, "label": both(named_grade(grade))} for grade in standard.grades]
    return {"target": found.target, "grades": grades, "steps": steps, "told": [both(text) for text in told]}


def _days(schedule: Schedule) -> dict[str, Any]:
    """Return the dated steps of the procedure as the page lists them."""
    dated = [one for one in schedule.steps if one.begins]
    spans = [" – ".join(dict.fromkeys(str(day) for day in (one.begins, one.ends))) for one in dated]
    steps = [msg("{who}, {action}", who=one.step.actor, action=one.step.action) for one in dated]
    labels = [paired(noted(span, one.step.clause), step) for span, one, step in zip(spans, dated, steps, strict=True)]
    return {"title": both(SCHEDULE), "items": [{"label": both(label), "path": ""} for label in labels]}


def _with_status(session: Session) -> str:
    """Return the assessment as a file that says in its head what the standard's edition is worth."""
    head, _, body = dump_assessment(session.draft.assessment).partition("\n")
    status = session.standard.status
    return "\n".join([head, f"# {' '.join(status.zh.split())}", f"# {' '.join(status.en.split())}", body])


def _write_evidence(session: Session, path: Path, lang: Lang) -> None:
    from lsstd.files.evidence_folder import evidence
    from lsstd.pages.evidence_page import TITLE, checklist
    from lsstd.reports.render import write_sections

    found = evidence(session.result, session.keeper.path)
    day = session.draft.assessment.as_of or session.standard.day
    write_sections([checklist(found, lang)], path, TITLE.to(lang), lang, day=day)


def _write_plan(result: Result, path: Path, lang: Lang) -> None:
    """Write the cheapest way to the next grade, each point at the same cost."""
    from lsstd.pages.plan_page import plan_sections, title_of
    from lsstd.planning.planner import plan
    from lsstd.reports.render import write_sections

    found = plan(result.standard, result.assessment, readings=result.readings)
    day = result.assessment.as_of or result.standard.day
    write_sections(plan_sections(found, lang), path, title_of(found).to(lang), lang, day=day)


def _report(session: Session, lang: Lang, ending: str) -> bytes:
    from lsstd.reports.batch import render_basis
    from lsstd.reports.inputs import sources_of
    from lsstd.reports.record import Basis, without_contacts

    standard, readings, file = session.standard, dict(session.draft.readings), session.keeper.path
    case = without_contacts(Case(file.stem, standard, session.draft.assessment, readings))
    sources = sources_of([file] if file.exists() else [])
    kind: ReportType = "base" if standard.scored_rows else "profile"
    return render_basis(Basis(kind, standard, readings=readings, cases=(case,), sources=sources), lang, ending)


class ChainForms:
    """Forms for the parties of one chain under a standard of topics, each kept in ``<party>.yaml`` in one folder.

    Without a folder it is ``lsstd/chain`` in the user's home.
    """

    def __init__(self, standard: str, folder: str | Path | None = None, lang: Lang = "zh") -> None:
        from lsstd.pages.supply_chain_page import WITHOUT_GRADE

        self.standard, self.lang = standard, lang
        self.folder = Path(folder) if folder else Path.home() / "lsstd" / "chain"
        options = [(label.to(lang), party) for party, label in PARTIES.items()]
        self.party = ipw.ToggleButtons(options=options, style={"button_width": "auto"})
        self._form = ipw.VBox()
        self.party.observe(self._show, "value")
        self._show()
        self.widget = ipw.VBox([ipw.Label(WITHOUT_GRADE.to(lang)), self.party, self._form])

    def chain(self) -> Chain:
        """Return how the parties that have a file see the chain."""
        against = load_standard(self.standard)
        files = {party: self.folder / f"{party}.yaml" for party in PARTIES}
        return chain(against, {party: load_assessment(f, against) for party, f in files.items() if f.exists()})

    def write(self, path: str | Path, force: bool = False) -> None:
        """Write the table of all parties to an .xlsx or .docx file."""
        from lsstd.pages.supply_chain_page import take_away
        from lsstd.reports.render import write_sections

        section = take_away(self.chain(), self.lang)
        write_sections([section], Path(path), section.title, self.lang, force)

    def _show(self, _: object = None) -> None:
        for before in self._form.children:
            before.close()
        party = self.party.value
        file = self.folder / f"{party}.yaml"
        self._form.children = [AssessmentForm(self.standard, file, {"party": party}, self.lang)]
