"""The talk between a page and the core: numbered edits in, each acknowledged by what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

from lsstd.assessment.assessment import Assessment
from lsstd.changes.compare import meeting
from lsstd.engine.facts import tell_test
from lsstd.engine.result import ConditionResult, Result
from lsstd.engine.verdict import verdict
from lsstd.errors import LsstdError
from lsstd.exact import shown
from lsstd.forms.schema import form_schema, told
from lsstd.forms.state import Draft
from lsstd.standard.standard import Standard
from lsstd.standard.wording import STATES
from lsstd.words import Text

Evaluate = Callable[[Standard, Assessment, dict[str, str]], Result]


class Keeping(Protocol):
    """What a session asks of whatever keeps its draft: a file, or the storage of a browser."""

    @property
    def place(self) -> str:
        """Where it keeps, as a reader calls it."""

    def open(self) -> Draft:
        """Return the draft that is kept."""

    def keep(self, draft: Draft, aside: bool = False) -> None:
        """Keep a draft; with `aside`, the state before it is set aside whatever its age."""

    def settle(self, which: Literal["mine", "theirs"], draft: Draft) -> Draft:
        """Return the draft to go on with after a change elsewhere."""

    def loaded(self, name: str, text: str) -> Draft:
        """Return the draft that a text holds."""

    def states(self) -> list[str]:
        """Return the names of the earlier states."""

    def state(self, name: str) -> Draft:
        """Return an earlier state."""


class Session:
    """One form being filled in: takes a page's messages in order, and answers each.

    Parameters
    ----------
    standard : Standard
    keeper : Keeping
        Keeps the draft at every change.
    evaluate : callable
        What scores the draft.
    """

    def __init__(self, standard: Standard, keeper: Keeping, evaluate: Evaluate) -> None:
        self.standard, self.keeper, self._evaluate = standard, keeper, evaluate
        self.draft = Draft.of(standard)
        self.trouble: LsstdError | None = None
        self._done: dict[str, int] = {}
        self._is_open = False

    @property
    def result(self) -> Result:
        """What the valid part of the draft comes to."""
        return self._evaluate(self.standard, self.draft.assessment, dict(self.draft.readings))

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        """Do what a page's message asks, once, however often it comes; return the acknowledgement.

        ``{page, id, do, …}`` where `do` is open, edit (path, value), save, settle (which), load (name, text), restore
        (name) or whatif (rows). ``saved`` in the answer says that all up to `id` is kept.
        """
        page, number = str(message.get("page")), int(message.get("id", 0))
        answer: dict[str, Any] = {"page": page, "ack": number}
        try:
            if number > self._done.get(page, 0) or message.get("do") in ("open", "whatif"):
                self._done[page] = max(number, self._done.get(page, 0))
                answer |= self._do(message)
        except LsstdError as error:
            if not self._is_open:
                return {**answer, "failed": told(error.text)}
            answer["refused"] = told(error.text)
        if "what_if" not in answer:
            answer |= {**view(self.draft, self.result), **self._kept()}
        return answer

    def _do(self, message: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked; return what the answer holds besides the view."""
        if not self._is_open and message.get("do") != "open":
            raise LsstdError(Text("表单尚未打开", "the form is not open"))
        match message.get("do"):
            case "open":
                if self.trouble is None:  # then all is kept, and the file may have moved on
                    self.draft, self._is_open = self.keeper.open(), True
                return {"schema": form_schema(self.standard), "place": self.keeper.place, **self._filled()}
            case "edit":
                self.draft = self.draft.edited(str(message.get("path")), message.get("value"))
                self._keep()
            case "save":
                self._keep()
            case "settle":
                which: Literal["mine", "theirs"] = "theirs" if message.get("which") == "theirs" else "mine"
                self.draft = self.keeper.settle(which, self.draft)
                self.trouble = None
                return self._filled()
            case "load":
                return self._replaced(self.keeper.loaded(str(message.get("name")), str(message.get("text"))))
            case "restore":
                return self._replaced(self.keeper.state(str(message.get("name"))))
            case "whatif":
                return {"what_if": _what_if(self, [str(row) for row in message.get("rows") or ()])}
        return {}

    def _replaced(self, draft: Draft) -> dict[str, Any]:
        self.draft = draft
        self._keep(aside=True)
        return self._filled()

    def _filled(self) -> dict[str, Any]:
        """Return what fills every field of a page anew."""
        return {"values": self.draft.values()}

    def _keep(self, aside: bool = False) -> None:
        try:
            self.keeper.keep(self.draft, aside)
            self.trouble = None
        except LsstdError as error:
            self.trouble = error

    def _kept(self) -> dict[str, Any]:
        trouble = self.trouble
        conflict = type(trouble).__name__ == "ChangedElsewhere"
        whole = told(trouble.text) if trouble else None
        return {"saved": trouble is None, "conflict": conflict, "trouble": whole, "states": self.keeper.states()}


def _what_if(session: Session, rows: list[str]) -> dict[str, Any]:
    """Return what the score would be if some rows were met; nothing is kept."""
    result = session.result
    known = [row for row in rows if row in result.criteria]
    scenario = meeting(result, known, "what if")
    then = session._evaluate(session.standard, scenario.apply(result.assessment), dict(session.draft.readings))
    return {"head": _head(then), "verdict": told(verdict(then)), "rows": known}


def view(draft: Draft, result: Result) -> dict[str, Any]:
    """Return what a page shows of a draft and its result, as plain JSON; numbers are written for a reader."""
    notes: dict[str, list[dict[str, str]]] = {}
    for finding in result.findings:
        for fact in finding.facts:
            notes.setdefault(f"facts.{fact}", []).append(told(finding.message))
    return {
        "head": _head(result),
        "verdict": told(verdict(result)),
        "faults": {path: told(fault) for path, fault in draft.faults.items()},
        "notes": notes,
        "conditions": [_decided(result, found) for found in (*result.conditions.values(), *result.vetoes.values())],
        "rows": _rows(result),
        "nodes": {
            key: {
                "level": node.level,
                "secured": shown(node.score.secured),
                "possible": shown(node.score.possible),
                "maximum": shown(node.score.maximum),
                "share": _share(node.score.secured, node.score.maximum),
            }
            for key, node in result.indicators.items()
        },
        "gaps": [
            {
                "id": gap.row.criterion.id,
                "row": gap.row.criterion.row,
                "label": told(gap.row.criterion.gloss),
                "points": shown(gap.points),
                "grade": gap.grade if gap.crosses else None,
            }
            for gap in result.gaps
        ],
        "findings": [
            {"code": found.code, "clause": found.clause, "message": told(found.message)} for found in result.findings
        ],
        "readings": dict(result.readings),
    }


def _head(result: Result) -> dict[str, Any]:
    """Return what stands above every section: score, grade, whether it may apply, how much is answered."""
    done, of = result.completeness
    if profile := result.profile:
        done, of = len(profile.levels), len(profile.topics)
    return {
        "secured": shown(result.score.secured),
        "possible": shown(result.score.possible),
        "maximum": shown(result.score.maximum),
        "grade": result.grade.secured,
        "grade_possible": result.grade.possible,
        "awarded": result.grade.awarded,
        "eligible": result.eligible,
        "middle": shown(profile.median) if profile else None,
        "done": done,
        "of": of,
    }


def _share(points: Any, maximum: Any) -> int:
    return int(100 * points / maximum) if maximum > 0 else 0


def _decided(result: Result, found: ConditionResult) -> dict[str, Any]:
    tests = [{"told": told(tell_test(result.standard, test)), "state": test.state} for test in found.tests]
    return {"id": found.condition.id, "state": found.state, "label": told(STATES[found.state]), "tests": tests}


def _rows(result: Result) -> dict[str, Any]:
    """Return what each row, or topic, comes to."""
    rows: dict[str, Any] = {
        key: {
            "state": row.state,
            "label": told(STATES[row.state]),
            "secured": shown(row.secured),
            "possible": shown(row.possible),
            "parts": {part.part.id: part.state for part in row.parts},
        }
        for key, row in result.criteria.items()
    }
    for entry in result.profile.topics if result.profile else ():
        state = "unknown" if entry.level is None else "met" if entry.evidenced or entry.level == 0 else "partly"
        label = Text("未答", "open") if entry.level is None else Text("已答", "answered")
        rows[entry.topic.id] = {"state": state, "label": told(label), "secured": "", "possible": "", "parts": {}}
    return rows
