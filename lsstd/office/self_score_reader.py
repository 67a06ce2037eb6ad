"""Reading a filled-in self-score workbook: whatever is certain is taken, every mistake is reported by its cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.engine.facts import percent_doubt
from lsstd.errors import InvalidFile, Problem, Problems, UnknownName
from lsstd.exact import Exact, exact, shown
from lsstd.files.cells import Value, day, is_blank, number, seen, squeezed, words
from lsstd.files.opening import Book, open_book
from lsstd.files.standards import load_standard
from lsstd.numerals import Unclear
from lsstd.office import self_score as sheets
from lsstd.office.typed_sheet import (
    LISTS,
    ONCE,
    Line,
    Sheet,
    find_heads,
    find_sheet,
    nearest_cell,
    read_sheet,
    with_ids,
)
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, msg, same

T = TypeVar("T")
_MARK_WITHIN = 10  # rows


def read_workbook(path: str | Path, standard: Standard | None = None) -> Assessment:
    """Return the assessment that a self-score workbook holds (.xlsx, or one of its sheets saved as CSV).

    The standard is needed where it does not travel with the package. Scores of evaluators (first review, final) are no
    part of the assessment; `read_with_notes` reports those and unknown columns.

    Raises
    ------
    FileError, InvalidFile, UnknownName
        It cannot be read, was written for another standard or edition, or holds mistakes (all at once, by sheet and
        cell).

    Examples
    --------
    >>> lsstd.write_workbook("hlj-base-evaluation", "base.xlsx", "data/assessments/near_aaa.yaml")
    >>> lsstd.read_workbook("base.xlsx").as_of
    '2024-12-31'
    """
    return read_with_notes(path, standard)[1]


def read_with_notes(
    path: str | Path, standard: Standard | None = None
) -> tuple[Standard, Assessment, tuple[Text, ...], dict[str, str]]:
    """Return also the standard, notes on what was left out, and the cell of each entry by its path."""
    path = Path(path)
    book = open_book(path)
    against = _made_for(book, path, standard)
    reader = _Reader(against, book, msg("there are mistakes in {path}", path=path.name))
    assessment = reader.assessment()
    given = ((against.facts[key], entry.value) for key, entry in assessment.facts.items())
    doubts = (doubt for fact, value in given if (doubt := percent_doubt(fact, value)))
    return against, assessment, (*reader.notes, *doubts), reader.places


def _made_for(book: Book, path: Path, standard: Standard | None) -> Standard:
    """Return the standard that every sheet of a workbook was written for."""
    title = msg("{path} is not a readable self-score workbook", path=path.name)
    marks = list[tuple[str, str]]()
    for grid in book.grids:
        lines = (sheets.MARKED.search(row[0]) for _, row in grid.rows[:_MARK_WITHIN] if isinstance(row[0], str))
        if first := next(filter(None, lines), None):  # others are people's own words
            marks.append((grid.name, first[0]))
    named = [(place, mark) for place, text in marks if (mark := sheets.MARKED.fullmatch(text))]
    if not named:
        found = msg("it does not say which standard it was written for")
        raise InvalidFile(title, [Problem(path.name, found, msg("a workbook written by lsstd workbook"))])
    try:
        standard = standard or load_standard(named[0][1][1])
    except UnknownName as error:
        expected = msg("that standard's file, named with --standard")
        raise UnknownName(title, [Problem(named[0][0], error.problems[0].found, expected)]) from None
    right = sheets.mark_of(standard)
    expected = msg("{described}; write the workbook again", described=_described(right))
    problems = [Problem(place, _described(mark[0]), expected) for place, mark in named if mark[0] != right]
    if problems:
        raise InvalidFile(title, problems)
    return standard


def _described(mark: str) -> Text:
    parts = sheets.MARKED.fullmatch(mark)
    name, edition, content = parts.groups() if parts else (mark, "", "")
    return msg("the standard {name}, edition {edition}, content {content}", name=name, edition=edition, content=content)


class _Reader:
    """Takes plain values from the sheets, remembering the cell from which each came."""

    def __init__(self, standard: Standard, book: Book, title: Text) -> None:
        self.standard, self.book, self.title = standard, book, title
        self.problems = Problems()
        self.notes: list[Text] = []
        self.places: dict[str, str] = {}
        self.rows, self.printed = sheets.asked(standard), sheets.printed(standard)
        self.value: dict[str, Any] = {"standard": standard.standard, "subject": {}, "facts": {}, "answers": {}}
        self.parts: dict[str, dict[str, str]] = {}
        self.titles: dict[Sheet, str] = {}  # of the sheets that were found
        of_experts = {word for name in (sheets.EXPERT.name, sheets.GIVEN_SCORES) for word in (name.zh, name.en)}
        self.is_expert = any(g.name in of_experts or not find_heads(g, sheets.EXPERT).lacking for g in book.grids)
        self._read()

    def _read(self) -> None:
        # parts before the rows, whose answers they may be
        fixed = {sheets.BASICS: self._basic, sheets.PARTS: self._part, sheets.SCORES: self._score}
        free: dict[Sheet, Callable[[Line], None]] = {sheets.EVIDENCE: self._evidence, sheets.GROUPS: self._group}
        if self.is_expert:
            self.value |= {"made_for": sheets.mark_of(self.standard), "expert": {}, "log": []}
            fixed[sheets.EXPERT], free[sheets.LOG] = self._particular, self._change
        found = {sheet: self._lines(sheet) for sheet in (*fixed, *free)}
        known = {sheets.HELP.name.zh, sheets.HELP.name.en, LISTS, *self.titles.values()}
        others = [same(grid.name) for grid in self.book.grids if grid.rows and grid.name not in known]
        if self.book.is_one_sheet and others:
            self.problems.add(self.book.grids[0].name, msg("no known column heads"), sheets.SCORES.name)
        elif others:
            self.notes.append(msg("sheets not read: {sheets}", sheets=join(others)))
        for sheet, take in fixed.items():
            if (lines := found[sheet]) is not None:
                names = {key: row.name for key, row in self.printed[sheet].items()}
                kept = dict(with_ids(lines, sheet, names, self.problems, self.notes))
                for key, line in kept.items():
                    self._compare(line, self.printed[sheet][key].cells)
                    take(line, key)
                if self.is_expert:  # its rows stand as they were written; a self-score may be sorted
                    self._report_moved(sheet, kept)
        for row, parts in self.parts.items():  # of rows that the sheet of scores does not hold
            self.value["answers"].setdefault(row, {"parts": parts})
        for sheet, take_free in free.items():
            for line in found[sheet] or ():
                take_free(line)

    def assessment(self) -> Assessment:
        """Return what was taken, held against the standard; every problem is reported by its cell."""
        try:
            parsed = parse_assessment(self.standard, self.value)
        except InvalidFile as error:
            refused = {one.where for one in self.problems.found}  # what a refused cell left out is not missing, too
            placed = (replace(p, where=nearest_cell(p.where, self.places, self.title.zh)) for p in error.problems)
            self.problems.found += [one for one in placed if one.where not in refused]
        self.problems.raise_if_any(self.title)
        return parsed

    def _report_moved(self, sheet: Sheet, lines: Mapping[str, Line]) -> None:
        """Report the first row that stands where another one was written."""
        names = {key: row.name for key, row in self.printed[sheet].items() if key in lines}
        moved = ((lines[key], names[key], right) for key, right in zip(lines, names.values(), strict=True))
        for line, name, right in moved:
            if name is not right:
                self._refuse(
                    line,
                    "id",
                    msg("the row “{name}”", name=name),
                    msg("rows in their original order: here “{name}”", name=right),
                )
                return

    def _lines(self, sheet: Sheet) -> list[Line] | None:
        """Return the rows of a sheet, or None if it is missing: a mistake, unless the other sheet came alone."""
        own = sheet.without(sheets.REVIEWS)
        found = find_sheet(self.book, own, self.problems)
        if found:
            self.titles[sheet] = found.grid.name
            if not found.lacking:
                return read_sheet(found, own, self.problems, self.notes)
        may_lack = sheet is sheets.PARTS and not any(row.parts for row in self.rows.values())
        if may_lack or (self.is_expert and sheet in (sheets.EVIDENCE, sheets.GROUPS)):
            return None
        named = sheets.as_expert(sheet, sheets.GIVEN_SCORES if sheet is sheets.SCORES else sheet.name)
        sheet = named if self.is_expert else sheet
        needed = join(column.head for column in sheet.needed)
        missing = msg("there is no sheet “{sheet}”", sheet=sheet.name)
        if found:
            lacking = msg("missing columns: {lacking}", lacking=join(column.head for column in found.lacking))
            expected = msg("a header row with {needed}", needed=needed)
            self.problems.add(f"{found.grid.name} A{found.heads}", lacking, expected)
        elif self.book.is_one_sheet:
            self.notes.append(missing)
        else:
            self.problems.add(sheet.name.zh, missing, msg("a sheet with the columns {needed}", needed=needed))
        return None

    def _refuse(self, line: Line, key: str, found: Text | Value, expected: Text) -> None:
        self.problems.add(line.where(key), found if isinstance(found, Text) else seen(found), expected)

    def _clear(self, line: Line, column: str, read: Callable[[Any], T]) -> T | None:
        """Return what a cell means, if that is certain; else report what would be right."""
        try:
            return read(line.cells[column])
        except Unclear as error:
            self._refuse(line, column, line.cells[column], error.expected)
            return None

    def _compare(self, line: Line, printed: Mapping[str, Text | Exact | None]) -> None:
        """Refuse a label, unit or wording beside a value that is not, in either language, the one of the row's id."""
        for column, original in printed.items():
            value = line.cells.get(column)
            told = original if isinstance(original, Text) else same("" if original is None else shown(original, 12))
            stands = value if isinstance(value, str) else "" if value is None else shown(value, 12)
            if not is_blank(stands) and squeezed(stands) not in map(squeezed, (told.zh, told.en)):
                right = msg("{original}, as it was", original=told) if told.en else msg("nothing, as it was")
                self._refuse(line, column, value, right)

    def _basic(self, line: Line, key: str) -> None:
        if key in self.standard.facts:
            self.places[f"facts.{key}"] = line.where("value")
            entry = self._proof(line, f"facts.{key}")
            given, taken = self._clear(line, "value", partial(_fact_value, self.standard.facts[key])) or (False, None)
            if given or entry:
                self.value["facts"][key] = {"value": taken, **entry}
            return
        if any(line.cells[column] is not None for column in ("period", "source", "note", "evidence")):
            self._refuse(line, "note", msg("a remark or evidence"), msg("leave it blank"))
        self.places[key] = line.where("value")
        text = self._clear(line, "value", day if key == "as_of" else words)
        if text is not None:
            target = self.value if key == "as_of" else self.value["subject"]
            target[key.removeprefix("subject.")] = text

    def _proof(self, line: Line, place: str) -> dict[str, Any]:
        """Return the cells beside a value or score: remark and evidence, for a value also its period and source."""
        given = {key: line.cells.get(key) for key in ("period", "source", "note", "evidence")}
        self.places |= {f"{place}.{key}": line.where(key) for key in given if key in line.letters}
        entry: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        if isinstance(period := given["period"], int | float):  # a year; the check says what a period is
            entry["period"] = shown(exact(period))
        elif period is not None:
            entry["period"] = str(period)
        files = [name.strip() for name in (entry.pop("evidence", "")).split("\n") if name.strip()]
        return {**entry, "evidence": [{"file": name} for name in files]} if files else entry

    def _part(self, line: Line, key: str) -> None:
        row, part = key.split(".")
        self.places[f"answers.{row}.parts.{part}"] = line.where("own")
        states = sheets.states_of(self.standard.criteria[row].parts[part])
        value = line.cells["own"]
        if (state := sheets.meaning(states, value)) is not None:
            self.parts.setdefault(row, {})[part] = state
        elif not is_blank(value):
            self._refuse(line, "own", value, join(states.values()))

    def _score(self, line: Line, key: str) -> None:
        row, place = self.rows[key], f"answers.{key}"
        self.places[place] = line.where("own")
        self.places |= {f"{place}.{form}": line.where("spread") for form in ("range", "chances")}
        form, entry = self._form(line, row), self._proof(line, place)
        if form or entry:
            self.value["answers"][key] = {**(form or {"state": "unknown"}), **entry}

    def _form(self, line: Line, row: sheets.Asked) -> dict[str, Any]:
        own, spread = line.cells["own"], line.cells["spread"]
        scored = self._clear(line, "own", partial(sheets.own_form, row)) or {}
        spanned = self._clear(line, "spread", sheets.spread_form) or {}
        if scored and spanned:
            self._refuse(line, "spread", spread, msg("a score or a range, not both"))
        form = scored or spanned
        parts = self.parts.pop(row.id, {})
        if parts and form and "parts" not in form:
            expected = msg("“see parts” or blank: its parts are answered one by one")
            self._refuse(line, "own", spread if own is None else own, expected)
        return {"parts": parts} if parts else form

    def _evidence(self, line: Line) -> None:
        item = {key: value for key, value in line.cells.items() if value is not None and key != "of"}
        if line.cells["of"] is None and not item:
            return
        key = self._clear(line, "of", lambda text: sheets.proven_by(self.standard, text or ""))
        if key is None:
            return
        named = {label: kind for kind, text in sheets.kinds(self.standard).items() for label in (text.zh, text.en)}
        if "kind" in item:
            item["kind"] = named.get(item["kind"], item["kind"])
        section = "answers" if key in self.rows else "facts"
        entry = self.value[section].setdefault(key, {"state": "unknown"} if section == "answers" else {"value": None})
        listed = entry.setdefault("evidence", [])
        place = f"{section}.{key}.evidence.{len(listed)}"
        self.places |= {f"{place}.{name}": line.where(name) for name in line.letters} | {place: line.where("file")}
        listed.append(item)

    def _particular(self, line: Line, key: str) -> None:
        self.places[key] = line.where("value")
        text = line.cells["value"]
        section, _, name = key.rpartition(".")
        if key == "stage":
            if (stage := sheets.meaning(sheets.STAGES, text)) is None:
                self._refuse(line, "value", text or msg("missing"), join(sheets.STAGES.values()))
            text = stage or "papers"
        if text is None:
            return
        target = self.value[section] if section else self.value
        target[name] = [t.strip() for t in re.split("[\n;；]", text) if t.strip()] if name == "conflicts" else text

    def _change(self, line: Line) -> None:
        if all(value is None for value in line.cells.values()):
            return
        place = f"log.{len(self.value['log'])}"
        self.places |= {f"{place}.{key}": line.where(key) for key in line.cells}
        ends = {key: line.cells[key] for key in ("from", "to") if not is_blank(line.cells[key])}
        for key, value in ends.items():
            with suppress(Unclear):  # else the check says what is allowed there
                ends[key] = sheets.meaning(sheets.STATES, value) or number(value, sheets.POINTS)
        row = self._clear(line, "row", lambda text: sheets.proven_by(self.standard, text or ""))
        texts = {key: line.cells[key] for key in ("when", "who", "why") if line.cells[key] is not None}
        self.value["log"].append({**texts, **ends, "row": row or ""} if row else {**texts, **ends})

    def _group(self, line: Line) -> None:
        name, value = line.cells["name"], line.cells["value"]
        if name is None and value is None:
            return
        groups = self.value["subject"].setdefault("groups", {})
        if name is None or value is None:
            expected = msg("both cells filled in, or both blank")
            self._refuse(line, "name" if name is None else "value", None, expected)
        elif name in groups:
            self._refuse(line, "name", msg("{name} again", name=name), ONCE)
        else:
            groups[name] = value


def _fact_value(fact: Fact, value: Value) -> tuple[bool, Any]:
    """Return whether a fact is given, and its value as a file holds it."""
    if fact.kind == "text":
        return value is not None, words(value)
    if is_blank(value) or value == '""':
        return value == '""', None
    if sheets.meaning({"unknown": sheets.STATES["unknown"]}, value):
        return True, None
    if fact.kind == "choices":
        return True, sheets.choice_words(fact, value)
    if fact.kind == "date":
        return True, day(value)
    if fact.kind != "boolean":
        return True, number(value, fact.unit, fact.kind == "percent")
    truth = value if isinstance(value, bool) else sheets.meaning(sheets.TRUTH, value)
    sign = str(value).strip()
    if truth is None and sign not in ("0", "1", *sheets.TICKS):
        raise Unclear(join(sheets.TRUTH.values()))
    return True, sign != "0" if truth is None else truth
