"""Reading a filled-in self-score workbook: whatever is certain is taken, all that is wrong is told by its cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.errors import InvalidFile, Problem, Problems, UnknownName
from lsstd.exact import shown
from lsstd.files.cells import Unclear, Value, day, narrow, number, seen, words
from lsstd.files.opening import MOST_ROWS, Book, open_book
from lsstd.files.standards import load_standard
from lsstd.office.layout import (
    AS_OF,
    BASICS,
    EVIDENCE,
    GROUPS,
    HELP,
    MARKED,
    PARTS,
    SCORES,
    STATES,
    SUBJECT,
    TICKS,
    TRUTH,
    Asked,
    asked,
    choice_words,
    kinds,
    mark_of,
    own_form,
    proven_by,
    spread_form,
)
from lsstd.office.naming import meaning
from lsstd.office.pages import LISTS
from lsstd.office.roll import ONCE, Roll
from lsstd.office.sheets import Line, Sheet, find, lacking, read_sheet
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, same

T = TypeVar("T")
_MARK_WITHIN = 10  # rows


def read_workbook(path: str | Path, standard: Standard | None = None) -> Assessment:
    """Return the assessment that a self-score workbook holds (.xlsx, or one of its sheets saved as CSV).

    Parameters
    ----------
    path : str or Path
    standard : Standard, optional
        Needed where the workbook was written for a standard that does not travel with the package.

    Notes
    -----
    Scores of evaluators (first review, final) are no part of it; `take_in` tells of those, and of unknown columns.

    Raises
    ------
    FileError, InvalidFile, UnknownName
        It cannot be read, was written for another standard or edition, or holds mistakes (all at once, by sheet and
        cell).
    """
    return take_in(path, standard)[1]


def take_in(path: str | Path, standard: Standard | None = None) -> tuple[Standard, Assessment, tuple[Text, ...]]:
    """Return the same with the standard, and notes on what was left out (an evaluator's scores, columns of others)."""
    path = Path(path)
    book = open_book(path)
    against = _made_for(book, path, standard)
    taking = _Taking(against, book, Text(f"{path.name} 中有错误", f"there are mistakes in {path.name}"))
    return against, taking.assessment(), tuple(taking.notes)


def _made_for(book: Book, path: Path, standard: Standard | None) -> Standard:
    """Return the standard that every sheet of a workbook was written for."""
    title = Text(f"{path.name} 不是可读入的自评工作簿", f"{path.name} is no self-score workbook that can be read")
    marks = [(path.name, book.mark)] if book.mark else []
    for grid in book.grids:
        lines = (MARKED.search(row[0]) for _, row in grid.rows[:_MARK_WITHIN] if isinstance(row[0], str))
        marks += [(grid.name, mark[0]) for mark in lines if mark][:1]  # the first: others are people's own words
    named = [(place, mark) for place, text in marks if (mark := MARKED.fullmatch(text))]
    if not named:
        missing = Text("没有工作簿标识", "it does not say what it was written for")
        expected = Text("lsstd workbook 写出的工作簿", "a workbook written by lsstd workbook")
        raise InvalidFile(title, [Problem(path.name, missing, expected)])
    try:
        standard = standard or load_standard(named[0][1][1])
    except UnknownName as error:
        expected = Text("用 --standard 指定该标准的文件", "that standard's file, named with --standard")
        raise UnknownName(title, [Problem(named[0][0], error.problems[0].found, expected)]) from None
    right = mark_of(standard)
    expected = Text(f"{_told(right).zh}；请重新生成工作簿", f"{_told(right).en}: write it anew")
    problems = [Problem(place, _told(mark[0]), expected) for place, mark in named if mark[0] != right]
    if problems:
        raise InvalidFile(title, problems)
    return standard


def _told(mark: str) -> Text:
    parts = MARKED.fullmatch(mark)
    name, edition, content = parts.groups() if parts else (mark, "", "")
    zh, en = (
        f"标准 {name}，版本 {edition}，内容 {content}",
        f"the standard {name}, edition {edition}, content {content}",
    )
    return Text(zh, en)


class _Taking:
    """Takes plain values from the sheets, remembering the cell from which each came."""

    def __init__(self, standard: Standard, book: Book, title: Text) -> None:
        self.standard, self.title = standard, title
        self.problems = Problems()
        self.notes: list[Text] = []
        self.places: dict[str, str] = {}
        self.rows = asked(standard)
        self.value: dict[str, Any] = {"standard": standard.standard, "subject": {}, "facts": {}, "answers": {}}
        self.rolls = self._rolls()
        self.parts: dict[str, dict[str, str]] = {}
        self.reviewed: dict[str, int] = {}
        self.read: set[str] = {HELP.name.zh, HELP.name.en, LISTS}
        readers: dict[Sheet, Callable[[Line], None]] = {
            BASICS: self._basic,
            PARTS: self._part,  # before the rows, whose answers they may be
            SCORES: self._score,
            EVIDENCE: self._evidence,
            GROUPS: self._group,
        }
        lines = {sheet: self._lines(sheet, book) for sheet in readers}
        others = [same(grid.name) for grid in book.grids if grid.rows and grid.name not in self.read]
        if book.is_one_sheet and others:
            self.problems.add(book.grids[0].name, Text("没有可读的列名", "no heads that are known"), SCORES.name)
        elif others:
            zh, en = join(others).zh, join(others).en
            self.notes.append(Text(f"未读入的工作表：{zh}", f"sheets that were not read: {en}"))
        for sheet, take in readers.items():
            for line in lines[sheet] or ():
                take(line)
        for sheet, roll in self.rolls.items():
            if lines[sheet] is not None:
                self.notes += roll.settle(find(book.grids, sheet)[0][0].name)
        self._settle()

    def _rolls(self) -> dict[Sheet, Roll]:
        """Return which rows each sheet has to hold."""
        facts = {f"subject.{key}": name for key, name in SUBJECT.items()} | {"as_of": AS_OF}
        facts |= {fact.id: fact.label for fact in self.standard.facts.values()}
        rows = {
            key: Text(f"{row.number} {row.name.zh}", f"{row.number} {row.name.en}") for key, row in self.rows.items()
        }
        parts = {f"{row.id}.{part.id}": part.gloss for row in self.rows.values() for part in row.parts}
        return {
            BASICS: Roll(facts, ("value", "note", "evidence"), self.problems),
            PARTS: Roll(parts, ("own",), self.problems),
            SCORES: Roll(rows, ("own", "spread", "note", "evidence"), self.problems),
        }

    def assessment(self) -> Assessment:
        """Return what was taken, held against the standard; every problem is told by its cell."""
        try:
            parsed = parse_assessment(self.standard, self.value)
        except InvalidFile as error:
            self.problems.found += [replace(problem, where=self._cell(problem.where)) for problem in error.problems]
        self.problems.raise_if_any(self.title)
        return parsed

    def _cell(self, place: str) -> str:
        """Return the cell from which a value came, or the nearest thing around it."""
        while place and place not in self.places:
            place = place.rpartition(".")[0]
        return self.places.get(place, self.title.zh)

    def _lines(self, sheet: Sheet, book: Book) -> list[Line] | None:
        """Return the rows of a sheet, None if there is none to read; note columns that nobody knows."""
        matched = find(book.grids, sheet)
        if len(matched) > 1:
            named = join(same(grid.name) for grid, _, _ in matched)
            expected = Text(f"只留一张“{sheet.name.zh}”", f"only one sheet “{sheet.name.en}”")
            self.problems.add(named.zh, Text("重复的工作表", "the same sheet twice"), expected)
            return None
        if not matched:
            if sheet is not PARTS or any(row.parts for row in self.rows.values()):
                self._missing(sheet, book)
            return None
        grid, heads, places = matched[0]
        self.read.add(grid.name)
        row = next(cells for number, cells in grid.rows if number == heads)
        left = [same(cell) for place, cell in enumerate(row) if cell is not None and place not in places.values()]
        if left:
            zh, en = f"“{grid.name}”中未读入的列：", f"columns of “{grid.name}” that were not read: "
            self.notes.append(Text(zh + join(left).zh, en + join(left).en))
        if grid.is_cut:
            found = Text(f"超过 {MOST_ROWS} 行有内容", f"more than {MOST_ROWS} rows hold something")
            expected = Text("删去表格下方多余的内容，再保存", "delete what stands below the table, and save it again")
            self.problems.add(grid.name, found, expected)
            return None
        return list(read_sheet(grid, heads, places, sheet, self.problems))

    def _missing(self, sheet: Sheet, book: Book) -> None:
        """Tell that a sheet is not there, or lacks columns: a mistake, unless a CSV file is another one of them."""
        heads = join(column.head for column in sheet.needed)
        for grid in book.grids:
            if grid.name in (sheet.name.zh, sheet.name.en):
                self.read.add(grid.name)
                row, columns = lacking(grid, sheet)
                lacks = join(column.head for column in columns)
                found = Text(f"没有列：{lacks.zh}", f"it lacks columns: {lacks.en}")
                expected = Text(f"一行列名，含 {heads.zh}", f"a row of heads with {heads.en}")
                return self.problems.add(f"{grid.name} A{row}", found, expected)
        told = Text(f"没有工作表“{sheet.name.zh}”", f"there is no sheet “{sheet.name.en}”")
        if book.is_one_sheet:
            return self.notes.append(told)
        expected = Text(f"列名含 {heads.zh} 的工作表", f"a sheet with the columns {heads.en}")
        self.problems.add(sheet.name.zh, told, expected)

    def _note(self, line: Line, key: str, given: Text | Value, expected: Text) -> None:
        self.problems.add(line.where(key), given if isinstance(given, Text) else seen(given), expected)

    def _basic(self, line: Line) -> None:
        """Take a field of the subject, the reference day, or a fact."""
        key = self.rolls[BASICS].take(line)
        if key is None:
            return
        if key not in self.standard.facts:
            if line.cells["note"] is not None or line.cells["evidence"] is not None:
                self._note(line, "note", Text("备注或材料", "a remark or evidence"), Text("留空", "nothing here"))
            self.places[key] = line.where("value")
            taken = self._clear(line, "value", day if key == "as_of" else words)
            if taken is not None:
                target = self.value if key == "as_of" else self.value["subject"]
                target[key.removeprefix("subject.")] = taken
            return
        self.places[f"facts.{key}"] = line.where("value")
        entry = self._proof(line, f"facts.{key}")
        given, taken = self._clear(line, "value", partial(self._fact, self.standard.facts[key])) or (False, None)
        if given or entry:
            self.value["facts"][key] = {"value": taken, **entry}

    def _clear(self, line: Line, column: str, read: Callable[[Any], T]) -> T | None:
        """Return what a cell means, if that is certain; else note what would be right."""
        try:
            return read(line.cells[column])
        except Unclear as error:
            self._note(line, column, line.cells[column], error.expected)
            return None

    def _fact(self, fact: Fact, value: Value) -> tuple[bool, Any]:
        """Return whether a fact is given, and its value as a file holds it."""
        if fact.kind == "text":
            return value is not None, words(value)
        if value is None or (isinstance(value, str) and narrow(value) in ("", '""')):
            return value == '""', None
        if meaning({"unknown": STATES["unknown"]}, value):
            return True, None
        if fact.kind == "choices":
            return True, choice_words(fact, value)
        if fact.kind == "date":
            return True, day(value)
        if fact.kind == "boolean":
            truth = value if isinstance(value, bool) else meaning(TRUTH, value)
            sign = str(value).strip()
            if truth is None and sign not in ("0", "1", *TICKS):
                raise Unclear(join(TRUTH.values()))
            return True, sign != "0" if truth is None else truth
        return True, number(value, fact.unit, fact.kind == "percent")

    def _proof(self, line: Line, place: str) -> dict[str, Any]:
        """Return a row's note, and the files that its cell of evidence names."""
        entry: dict[str, Any] = {}
        if line.cells["note"] is not None:
            entry["note"] = line.cells["note"]
        files = [name.strip() for name in (line.cells["evidence"] or "").split("\n") if name.strip()]
        if files:
            entry["evidence"] = [{"file": name} for name in files]
        self.places |= {f"{place}.{key}": line.where(key) for key in ("note", "evidence")}
        return entry

    def _part(self, line: Line) -> None:
        """Take the answer to a part."""
        key = self.rolls[PARTS].take(line)
        if key is None:
            return
        row, part = key.split(".")
        self.places[f"answers.{row}.parts.{part}"] = line.where("own")
        states = {state: STATES[state] for state in self.rows[row].states}
        value = line.cells["own"]
        if (state := meaning(states, value)) is not None:
            self.parts.setdefault(row, {})[part] = state
        elif value is not None and not (isinstance(value, str) and not narrow(value)):
            self._note(line, "own", value, join(states.values()))

    def _score(self, line: Line) -> None:
        """Take the answer to a row."""
        key = self.rolls[SCORES].take(line)
        if key is None:
            return
        row, place = self.rows[key], f"answers.{key}"
        self.places[place] = line.where("own")
        self.places |= {f"{place}.{form}": line.where("spread") for form in ("range", "chances")}
        self._as_printed(line, "clause", row.clause)
        self._as_printed(line, "points", row.points)
        for review in ("first", "final"):
            self.reviewed[review] = self.reviewed.get(review, 0) + (line.cells.get(review) is not None)
        form, entry = self._form(line, row), self._proof(line, place)
        if form or entry:
            self.value["answers"][key] = {**(form or {"state": "unknown"}), **entry}

    def _form(self, line: Line, row: Asked) -> dict[str, Any]:
        """Return the one form of answer that a row's own score, its range or its parts give."""
        own, spread = line.cells["own"], line.cells["spread"]
        scored = self._clear(line, "own", partial(own_form, row)) or {}
        spanned = self._clear(line, "spread", spread_form) or {}
        if scored and spanned:
            self._note(line, "spread", spread, Text("自评或区间，二者之一", "an own score or a range, not both"))
        form = scored or spanned
        parts = self.parts.pop(row.id, {})
        if parts and form and "parts" not in form:
            expected = Text("“见分项”或留空（该行的分项已作答）", "“see parts” or nothing: its parts are answered")
            self._note(line, "own", spread if own is None else own, expected)
        return {"parts": parts} if parts else form

    def _as_printed(self, line: Line, key: str, printed: Any) -> None:
        """Note a cell of the standard's that was changed."""
        given = line.cells.get(key)
        if given is not None and given != printed:
            told = same(printed if isinstance(printed, str) else shown(printed))
            self._note(line, key, given, Text(f"原样 {told.zh}", f"{told.en}, as it was"))

    def _evidence(self, line: Line) -> None:
        """Take an item of evidence of its own row."""
        item = {key: value for key, value in line.cells.items() if value is not None and key != "of"}
        if line.cells["of"] is None and not item:
            return
        key = self._clear(line, "of", lambda text: proven_by(self.standard, text or ""))
        if key is None:
            return
        kind_names = {label: kind for lang in ("zh", "en") for kind, label in kinds(self.standard, lang).items()}
        if "kind" in item:
            item["kind"] = kind_names.get(item["kind"], item["kind"])
        section = "answers" if key in self.rows else "facts"
        empty: dict[str, Any] = {"state": "unknown"} if section == "answers" else {"value": None}
        if key in self.parts:
            empty = {"parts": self.parts.pop(key)}
        entry = self.value[section].setdefault(key, dict(empty))
        listed = entry.setdefault("evidence", [])
        place = f"{section}.{key}.evidence.{len(listed)}"
        self.places |= {f"{place}.{name}": line.where(name) for name in line.letters} | {place: line.where("file")}
        listed.append(item)

    def _group(self, line: Line) -> None:
        """Take the subject's place in a grouping."""
        name, value = line.cells["name"], line.cells["value"]
        if name is None and value is None:
            return
        groups = self.value["subject"].setdefault("groups", {})
        if name is None or value is None:
            self._note(
                line, "name" if name is None else "value", None, Text("两格都填，或都不填", "both cells, or none")
            )
        elif name in groups:
            self._note(line, "name", Text(f"重复的分组 {name}", f"{name} again"), ONCE)
        else:
            groups[name] = value

    def _settle(self) -> None:
        """Take the parts of rows that the sheet of scores does not hold; tell of evaluators' scores."""
        for key, parts in self.parts.items():
            self.value["answers"].setdefault(key, {"parts": parts})
        first, final = self.reviewed.get("first", 0), self.reviewed.get("final", 0)
        if first or final:
            zh = f"初审 {first} 格、终审 {final} 格已填：不属于自评，未读入"
            en = f"not read, being no part of a self-score: first review ({first} cells), final ({final})"
            self.notes.append(Text(zh, en))
