"""Costs of improvements: a template written from the gaps, and what a user made of it, as YAML or as a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsstd.engine.result import Result
from lsstd.errors import InvalidFile, Problem, Problems
from lsstd.exact import shown
from lsstd.files.cells import number
from lsstd.files.opening import open_book
from lsstd.files.reading import read_plain
from lsstd.files.strict_yaml import to_yaml
from lsstd.files.writing import MARK, check_ending, write_whole
from lsstd.numerals import Unclear
from lsstd.office.typed_sheet import ONCE, Column, Line, Page, Row, Sheet, book_of, find_sheet, nearest_cell, read_sheet
from lsstd.planning.costs import Costs, parse_costs
from lsstd.planning.improvement_plan import step_label, step_values
from lsstd.planning.way_finder import every_step
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, msg, msg_in, words

_COSTS = Sheet.of(
    msg("Costs"),
    Column("id", msg("id"), "text", 34, is_needed=True),
    Column("label", msg("step"), "text", 40),
    Column("now", msg_in("plan", "now"), "text", 14),
    Column("then", msg("then"), "text", 14),
    Column("gain", msg_in("plan", "points"), "number", 8),
    Column("cost", msg("cost"), "number", 10, is_input=True, is_needed=True),
    Column("lead_days", msg("lead time (days)"), "number", 10, is_input=True),
    Column("owner", msg("owner"), "text", 14, is_input=True),
    Column("after", msg("after (ids)"), "text", 24, is_input=True),
    Column("chance", msg("chance of success"), "any", 10, is_input=True),
    Column("least", msg("cost, at least"), "number", 10, is_input=True),
    Column("most", msg("cost, at most"), "number", 10, is_input=True),
    Column("evidence", msg("evidence"), "text", 24, is_input=True),
)
_ABOUT = Sheet.of(
    msg("About the costs"),
    Column("key", msg("item"), "text", 16, is_needed=True),
    Column("value", msg("value"), "any", 30, is_input=True, is_needed=True),
)
_CAPACITY = Sheet.of(
    msg("Capacity"),
    Column("owner", msg("owner"), "text", 20, is_input=True, is_needed=True),
    Column("per_quarter", msg("steps begun per quarter"), "number", 16, is_input=True),
    Column("per_month", msg("steps begun per month"), "number", 16, is_input=True, is_needed=True),
)
_DEFAULT = msg(
    "Each point costs 1 until you enter your own costs and their unit; delete rows that are out of the question."
)
_HELP = msg("Each entry may also have lead_days, owner, after: [ids], chance: 0.9, range: [least, most], evidence.")
_SPARE = 10


def load_costs(path: str | Path, standard: Standard) -> Costs:
    """Return a table of costs from a YAML or JSON file, or from a workbook.

    Raises
    ------
    FileError, InvalidFile
        It cannot be read, belongs to another standard, or holds unknown ids, negative or missing costs, or
        prerequisites in a circle: all problems at once, each with its line or cell.

    Examples
    --------
    >>> costs = lsstd.load_costs("data/costs/near_aaa.yaml", "hlj-base-evaluation")
    >>> len(costs.costs), costs.unit
    (24, '万元')
    """
    path = Path(path)
    title = msg("{path} is not a valid table of costs", path=path.name)
    if path.suffix.lower() == ".xlsx":
        return _read_workbook(path, standard, title)
    parsed = read_plain(path)
    problems = Problems(parsed.lines)
    costs = parse_costs(parsed.value, standard, problems)
    if costs is None:
        raise problems.error(title)
    return costs


def _read_workbook(path: Path, standard: Standard, title: Text) -> Costs:
    """Read a workbook into the plain values of the YAML file, and tell its problems by their cells."""
    problems, cells, book = Problems(), dict[str, str](), open_book(path)

    def lines(sheet: Sheet) -> Iterable[Line]:
        found = find_sheet(book, sheet, problems)
        if found and not found.lacking:
            return read_sheet(found, sheet, problems, []) or ()
        if sheet is _COSTS:
            expected = msg("a sheet with the columns {heads}", heads=join(column.head for column in _COSTS.needed))
            raise InvalidFile(title, [Problem(path.name, msg("no table of costs"), expected)])
        return ()

    about = {line.cells["key"]: line for line in lines(_ABOUT) if line.cells["value"] is not None}
    given = {key: about[key] for key in ("standard", "unit", "start") if key in about}
    cells |= {key: line.where("value") for key, line in given.items()}
    costs = dict[str, Any]()
    for line in lines(_COSTS):
        if (name := line.cells["id"]) is None:
            continue
        place = f"costs.{name}"
        cells |= {place: line.where("id"), f"{place}.range": line.where("least")}
        cells |= {f"{place}.{key}": line.where(key) for key in line.letters}
        if name in costs:
            problems.add(place, msg("{key} again", key=name), ONCE)
        costs[name] = _entry(line)
        if line.cells["cost"] is None and not any(p.where == line.where("cost") for p in problems.found):
            expected = msg("a number from 0 on; delete the row to leave the step out")
            problems.add(f"{place}.cost", msg("no cost"), expected)
    value: dict[str, Any] = {key: str(line.cells["value"]) for key, line in given.items()} | {"costs": costs}
    for line in lines(_CAPACITY):
        owners = value.setdefault("capacity", [])
        cells |= {f"capacity.{len(owners)}.{key}": line.where(key) for key in line.letters}
        owners.append(_given(line))
    parsed = parse_costs(value, standard, problems)
    if parsed is None or problems.found:
        raise InvalidFile(title, [replace(p, where=nearest_cell(p.where, cells, p.where)) for p in problems.found])
    return parsed


def _given(line: Line, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in line.cells.items() if value is not None and (not keys or key in keys)}


def _entry(line: Line) -> dict[str, Any]:
    """Return a row as the YAML file holds it; one without a cost, which is refused, at none."""
    entry = {"cost": 0, **_given(line, "cost", "lead_days", "owner", "evidence")}
    if after := line.cells["after"]:
        entry["after"] = re.findall(r"[^\s,;\uff0c\uff1b\u3001]+", after)
    if (chance := _share(line.cells["chance"])) is not None:
        entry["chance"] = chance
    if ends := _given(line, "least", "most"):
        entry["range"] = [ends.get(end, entry["cost"]) for end in ("least", "most")]
    return entry


def _share(value: Any) -> Any:
    """Return a chance: a number, or a percentage as people type it; what is neither as it stands, to be refused."""
    if value is None:
        return None
    is_percentage = str(value).strip().endswith(("%", "％"))
    try:
        typed = number(value, percent=is_percentage)
    except Unclear:
        return value
    return typed / 100 if is_percentage and typed is not None else typed


def write_template(result: Result, path: Path, lang: Lang, force: bool = False) -> None:
    """Write a table of costs with a line for each step that is open, each point at 1: valid as it stands."""
    check_ending(path, ".xlsx", ".yaml", ".yml")
    rows = []
    for step in every_step(result):
        texts = words(lang, step_label(result.standard, step.task), *step_values(result.standard, step.task))
        label, now, then = texts
        rows.append({"id": step.task.id, "label": label, "now": now, "then": then, "gain": shown(step.gain)})
    make = _workbook if path.suffix.lower() == ".xlsx" else _yaml
    write_whole(path, make(result, rows, lang), force)


def _yaml(result: Result, rows: Iterable[dict[str, str]], lang: Lang) -> bytes:
    head = {"standard": result.standard.standard, "unit": ""}
    if result.assessment.as_of:
        head["start"] = result.assessment.as_of
    lines = [f"# {MARK}", *(f"# {text}" for text in words(lang, _DEFAULT, _HELP)), to_yaml(head).rstrip(), "costs:"]
    for row in rows:
        lines.append("  # {label}: {now} → {then} (+{gain})".format(**row).replace("\n", " "))
        lines.append("  {id}: {{cost: {gain}}}".format(**row))
    return ("\n".join(lines) + "\n").encode()


def _workbook(result: Result, rows: Iterable[dict[str, str]], lang: Lang) -> bytes:
    given = result.assessment.as_of
    items = {"standard": result.standard.standard, "unit": "", "start": given}
    about: list[Row] = [{"key": key, "value": value} for key, value in items.items()]
    listed: list[Row] = [{**row, "gain": float(row["gain"]), "cost": float(row["gain"])} for row in rows]
    top = words(lang, msg("Costs of improvements"), _DEFAULT)
    pages = [Page(_COSTS, listed, top, spare=_SPARE), Page(_ABOUT, about, spare=1), Page(_CAPACITY, [], spare=_SPARE)]
    return book_of(pages, lang, given or result.standard.day)
