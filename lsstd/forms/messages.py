"""The messages between a page and the core: numbered edits in, each acknowledged with its outcome.

An edit carries the value that its page saw before (``base``). So edits of several pages, and of whoever changes the
file by hand, are merged field by field; where two of them concern the same field, the page is asked (``review``).
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lsstd.changes.compare import meeting
from lsstd.engine.application_check import KINDS, ApplicationCheck, application_check
from lsstd.engine.evaluate import evaluate
from lsstd.engine.evidence_register import Register, register
from lsstd.engine.facts import tell_test
from lsstd.engine.result import ConditionResult, IndicatorResult, Result
from lsstd.engine.verdict import notices, shown_grades, verdict
from lsstd.errors import ChangedElsewhere, LsstdError
from lsstd.exact import shown
from lsstd.forms.form_schema import both, form_schema
from lsstd.forms.state import Edit, FieldChange, FormDraft, difference, differences
from lsstd.standard.models import fields_of
from lsstd.standard.standard import Standard
from lsstd.standard.wording import STATES
from lsstd.words import Text, msg, noted

if TYPE_CHECKING:  # a page that keeps drafts elsewhere than in files imports no files
    from lsstd.forms.keeping import Keeper


class Session:
    """One form being filled in: takes a page's messages in order, and answers each.

    The keeper saves the draft at every change; `registered` gathers the evidence for the check, by default without
    look at files.
    """

    def __init__(self, standard: Standard, keeper: Keeper, registered: Callable[[Result], Register] = register) -> None:
        self.standard, self.keeper, self._registered = standard, keeper, registered
        self.draft = FormDraft.of(standard)
        self.trouble: LsstdError | None = None
        self._unsaved: dict[str, Edit] = {}
        self._done: dict[str, int] = {}
        self._is_open = False

    @property
    def result(self) -> Result:
        """What the valid part of the draft comes to."""
        return evaluate(self.standard, self.draft.assessment, dict(self.draft.readings))

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        """Do what a page's message asks, once, however often it comes; return the acknowledgement.

        ``{page, id, do, …}`` where `do` is open, edit (path, value, base; or edits, a list of them), compare (edits),
        save, settle, load (name; data as bytes or base64), restore (name), whatif (rows) or check (day). ``saved`` in
        the answer says that all up to `id` is kept, but for what ``review`` asks about; ``values`` fill every field.
        """
        answer: dict[str, Any] = both(self._answer(message))
        return answer

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        page, number = str(message.get("page")), int(message.get("id", 0))
        answer: dict[str, Any] = {"page": page, "ack": number}
        try:
            if number > self._done.get(page, 0) or message.get("do") in ("open", "whatif", "compare", "check"):
                self._done[page] = max(number, self._done.get(page, 0))
                answer |= self._do(message)
        except LsstdError as error:
            if not self._is_open:
                return {**answer, "failed": error.text}
            answer["refused"] = error.text
        if not answer.keys() & {"what_if", "check"}:
            answer |= view(self.draft, self.result)
            answer |= {"saved": self.trouble is None, "conflict": isinstance(self.trouble, ChangedElsewhere)}
            answer |= {"trouble": self.trouble and self.trouble.text, "states": self.keeper.states()}
        return answer

    def _do(self, message: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked; return what the answer holds besides the view."""
        if not self._is_open and message.get("do") != "open":
            raise LsstdError(msg("the form is not open"))
        match message.get("do"):
            case "open":
                if self.trouble is None:  # then all is kept, and the file may have moved on
                    self.draft, self._is_open = self.keeper.open(), True
                schema, place = form_schema(self.standard), str(self.keeper.path)
                return {"schema": schema, "place": place, "values": self.draft.values()}
            case "edit":
                return self._edit(message.get("edits") or [message], aside="edits" in message)
            case "save":
                return self._edit([])
            case "compare":
                return {"about": "left", "review": [*self._look(), *_proposed(self.draft, message.get("edits") or ())]}
            case "settle":
                self._keep(force=True)
                return {"values": self.draft.values()}
            case "load":
                name, data = str(message.get("name")), message.get("data") or b""
                loaded, told = self.keeper.loaded(name, data if isinstance(data, bytes) else b64decode(data))
                found = [_in_page(one) for one in differences(self.draft, loaded)]
                return {"about": "load", "loaded": name, "review": found, "told": told}
            case "restore":
                self.draft = self.keeper.state(str(message.get("name")))
                self._keep(aside=True)
                return {"values": self.draft.values()}
            case "whatif":
                return {"what_if": self._what_if([str(row) for row in message.get("rows") or ()])}
            case "check":
                day = message.get("day") or None
                return {"check": _checked(application_check(self.result, day, self._registered(self.result)))}
        return {}

    def _edit(self, edits: list[Edit], aside: bool = False) -> dict[str, Any]:
        """Take in what others changed, then these edits; return what the page has to be asked about.

        With `aside`, for what comes from another file, the state before is always kept.
        """
        with self.keeper.alone():
            before = self.draft
            asked = self._look()
            is_merged = self.draft is not before
            asked += [one for edit in edits for one in self._taken(edit)]
            if edits or self._unsaved or self.trouble:
                self._keep(aside)
        review = {one["path"]: one for one in asked}
        return {"about": "edit", "review": [*review.values()]} | ({"values": self.draft.values()} if is_merged else {})

    def _look(self) -> list[dict[str, Any]]:
        """Take in what the file holds now, if somebody else changed it, and make anew what is not yet saved."""
        try:
            if (draft := self.keeper.moved()) is None:
                return []
        except LsstdError:  # keeping will tell
            return []
        self.draft, unsaved, self._unsaved = draft, self._unsaved, {}
        return [asked for edit in unsaved.values() for asked in self._taken(edit)]

    def _taken(self, edit: Edit) -> list[dict[str, Any]]:
        """Make an edit, unless its field has another value by now than its page saw; then return what to ask."""
        path, value = str(edit.get("path")), edit.get("value")
        if "base" in edit and not self.draft.sees(path, edit["base"]):
            return _proposed(self.draft, [edit])
        base = self._unsaved.get(path, {"base": self.draft.value(path)})["base"]
        self.draft = self.draft.edited(path, value)
        self._unsaved[path] = {"path": path, "value": value, "base": base}
        return []

    def _what_if(self, rows: list[str]) -> dict[str, Any]:
        result = self.result
        known = [row for row in rows if row in result.criteria]
        played = meeting(result, known, "what if").apply(result.assessment)
        then = evaluate(self.standard, played, dict(self.draft.readings))
        return {"head": _head(then), "verdict": verdict(then), "rows": known}

    def _keep(self, aside: bool = False, force: bool = False) -> None:
        try:
            self.keeper.keep(self.draft, aside, force)
            self.trouble, self._unsaved = None, {}
        except LsstdError as error:
            self.trouble = error


def _proposed(draft: FormDraft, edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Return what edits would change, each beside what the field holds; what cannot be, or is so already, is left."""
    asked = []
    for edit in edits:
        path = str(edit.get("path"))
        try:
            found = difference(draft, draft.edited(path, edit.get("value")), path)
            moved = "base" in edit and not draft.sees(path, edit["base"])
        except LsstdError:  # of another standard, or of another version of this page
            continue
        if found:
            asked.append({**_in_page(found, moved), "seen": edit.get("base"), "at": edit.get("at")})
    return asked


def _in_page(one: FieldChange, moved: bool = False) -> dict[str, Any]:
    """Return a difference as a page shows it; `moved` says that the field holds something newer than the page saw."""
    return {**fields_of(one, "path base value label old new clears"), "moved": moved}


def _checked(check: ApplicationCheck) -> list[dict[str, Any]]:
    """Return what is left to do, kind by kind, each with the path of its field."""
    labels = ((one, noted(one.label, one.remark) if one.remark else one.label) for one in check.todo)
    kinds = groupby(labels, lambda pair: pair[0].kind)
    return [
        {"title": KINDS[kind], "items": [{"label": label, "path": one.where} for one, label in listed]}
        for kind, listed in kinds
    ]


def view(draft: FormDraft, result: Result) -> dict[str, Any]:
    """Return what a page shows of a draft and its result, as plain JSON; numbers are written for a reader."""
    notes: dict[str, list[Text]] = {}
    for finding in result.findings:
        for fact in finding.facts:
            notes.setdefault(f"facts.{fact}", []).append(finding.message)
    row = "id=row.criterion.id row=row.criterion.row label=row.criterion.gloss"
    shows: dict[str, Any] = both(
        {
            "head": _head(result),
            "verdict": verdict(result),
            "faults": dict(draft.faults),
            "notes": notes,
            "conditions": [_decided(result, one) for one in (*result.conditions.values(), *result.vetoes.values())],
            "rows": _rows(result),
            "nodes": {key: _node(node) for key, node in result.indicators.items()},
            "gaps": [
                {**fields_of(gap, row), "points": shown(gap.points), "grade": gap.grade if gap.crosses else None}
                for gap in result.gaps
            ],
            "findings": [fields_of(finding, "code clause message") for finding in result.findings],
            "readings": dict(result.readings),
        }
    )
    return shows


def _head(result: Result) -> dict[str, Any]:
    """Return what is shown above every section: score, grade, whether it may apply, how much is answered."""
    done, of = result.completeness
    if profile := result.profile:
        done, of = len(profile.levels), len(profile.topics)
    return {
        **_points(result.score),
        "maximum": shown(result.score.maximum),
        **fields_of(result.grade, "grade=secured grade_possible=possible awarded"),
        "barred": result.eligible is False or any(veto.state == "unmet" for veto in result.vetoes.values()),
        **fields_of(result, "eligible disqualified"),
        "notices": notices(result)[:-1],
        "shown": shown_grades(result),
        "middle": shown(profile.median) if profile else None,
        "done": done,
        "of": of,
    }


def _node(node: IndicatorResult) -> dict[str, Any]:
    score = node.score
    share = int(100 * score.secured / score.maximum) if score.maximum > 0 else 0
    return {"level": node.level, **_points(score), "maximum": shown(score.maximum), "share": share}


def _points(of: Any) -> dict[str, str]:
    return {"secured": shown(of.secured), "possible": shown(of.possible)}


def _decided(result: Result, one: ConditionResult) -> dict[str, Any]:
    tests = [{"told": tell_test(result.standard, test), "state": test.state} for test in one.tests]
    return {"id": one.condition.id, "state": one.state, "label": STATES[one.state], "tests": tests}


def _rows(result: Result) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for key, row in result.criteria.items():
        parts = {part.part.id: part.state for part in row.parts}
        rows[key] = {"state": row.state, "label": STATES[row.state], **_points(row), "parts": parts}
    for entry in result.profile.topics if result.profile else ():
        state = "unknown" if entry.level is None else "met" if entry.evidenced or entry.level == 0 else "partly"
        label = msg("open") if entry.level is None else msg("answered")
        rows[entry.topic.id] = {"state": state, "label": label, "secured": "", "possible": "", "parts": {}}
    return rows
