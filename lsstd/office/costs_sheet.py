"""Costs of improvements: a template written from the gaps, and what a user made of it, as YAML or as a workbook."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsstd.engine.result import Result
from lsstd.errors import InvalidFile, Problem, Problems
from lsstd.exact import shown
from lsstd.files.cells import Value, number
from lsstd.files.opening import Grid, open_book
from lsstd.files.reading import read_plain
from lsstd.files.strict_yaml import to_yaml
from lsstd.files.writing import MARK, check_ending, write_whole
from lsstd.numerals import Unclear
from lsstd.office.typed_sheet import Column, Page, Sheet, book_of, find_heads, read_sheet
from lsstd.planning.costs import Costs, parse_costs
from lsstd.planning.improvement_plan import PlanStep, step_label, step_values
from lsstd.planning.way_finder import every_step
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, msg, msg_in

_COSTS = Sheet(
    msg_in("sheet", "Costs"),
    (
        Column("id", msg("id"), "text", 34, is_needed=True),
        Column("label", msg("step"), "text", 40),
        Column("now", msg_in("plan", "now"), "text", 14),
        Column("then", msg_in("plan", "then"), "text", 14),
        Column("gain", msg_in("plan", "points"), "number", 8),
        Column("cost", msg("cost"), "number", 10, is_input=True, is_needed=True),
        Column("lead_days", msg("lead time (days)"), "number", 10, is_input=True),
        Column("owner", msg("owner"), "text", 14, is_input=True),
        Column("after", msg("after (ids)"), "text", 24, is_input=True),
        Column("chance", msg("chance of success"), "any", 10, is_input=True),
        Column("least", msg("cost, at least"), "number", 10, is_input=True),
        Column("most", msg("cost, at most"), "number", 10, is_input=True),
        Column("evidence", msg("evidence"), "text", 24, is_input=True),
    ),
)
_ABOUT = Sheet(
    msg_in("sheet", "About the costs"),
    (
        Column("key", msg("item"), "text", 16, is_needed=True),
        Column("value", msg("value"), "any", 30, is_input=True, is_needed=True),
    ),
)
_CAPACITY = Sheet(
    msg_in("sheet", "Capacity"),
    (
        Column("owner", msg("owner"), "text", 20, is_input=True, is_needed=True),
        Column("per_quarter", msg("steps begun per quarter"), "number", 16, is_input=True),
        Column("per_month", msg("steps begun per month"), "number", 16, is_input=True, is_needed=True),
    ),
)
_DEFAULT = msg(
    "Each point costs 1 until you enter your own costs and their unit; delete rows that are out of the question."
)
_FIELDS = ("cost", "lead_days", "owner", "evidence")
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
    parsed, _ = read_plain(path)
    problems = Problems(parsed.lines)
    costs = parse_costs(parsed.value, standard, problems)
    if costs is None:
        raise problems.error(title)
    return costs


def _read_workbook(path: Path, standard: Standard, title: Text) -> Costs:
    """Read a workbook into the plain values of the YAML file, and tell its problems by their cells."""
    problems, cells = Problems(), dict[str, str]()
    grids = open_book(path).grids
    value: dict[str, Any] = {"costs": {}}
    found = {sheet.name.en: _find(grids, sheet) for sheet in (_ABOUT, _COSTS, _CAPACITY)}
    if found[_COSTS.name.en] is None:
        expected = msg("a sheet with the columns {heads}", heads=join(column.head for column in _COSTS.needed))
        raise InvalidFile(title, [Problem(path.name, msg("no table of costs"), expected)])
    for line in _lines(found[_ABOUT.name.en], _ABOUT, problems):
        if line.cells["key"] in ("standard", "unit", "start") and line.cells["value"] is not None:
            value[line.cells["key"]] = str(line.cells["value"])
            cells[line.cells["key"]] = line.where("value")
    for line in _lines(found[_COSTS.name.en], _COSTS, problems):
        name = line.cells["id"]
        if name is None:
            continue
        place = f"costs.{name}"
        cells |= {
            place: line.where("id"),
            **{f"{place}.{key}": line.where(key) for key in (*_FIELDS, "after", "chance")},
        }
        cells[f"{place}.range"] = line.where("least")
        if name in value["costs"]:
            problems.add(place, msg("{key} again", key=name), msg("one row each"))
        entry = {key: line.cells.get(key) for key in _FIELDS if line.cells.get(key) is not None}
        if line.cells.get("cost") is None:
            expected = msg("a number from 0 on; delete the row to leave the step out")
            if not any(p.where == line.where("cost") for p in problems.found):
                problems.add(f"{place}.cost", msg("no cost"), expected)
            entry["cost"] = 0
        if after := line.cells.get("after"):
            entry["after"] = re.findall(r"[^\s,;\uff0c\uff1b\u3001]+", after)
        if (chance := _share(line.cells.get("chance"))) is not None:
            entry["chance"] = chance
        ends = [line.cells.get(key) for key in ("least", "most")]
        if ends != [None, None]:
            entry["range"] = [entry.get("cost", 0) if end is None else end for end in ends]
        value["costs"][name] = entry
    listed: list[dict[str, Any]] = []
    for line in _lines(found[_CAPACITY.name.en], _CAPACITY, problems):
        place = f"capacity.{len(listed)}"
        cells |= {f"{place}.{key}": line.where(key) for key in ("owner", "per_quarter", "per_month")} | {
            place: line.where("owner")
        }
        listed.append({key: each for key, each in line.cells.items() if each is not None})
    if listed:
        value["capacity"] = listed
    costs = parse_costs(value, standard, problems)
    if costs is None or problems.found:
        raise InvalidFile(title, [replace(p, where=_cell(p.where, cells)) for p in problems.found])
    return costs


def _cell(where: str, cells: dict[str, str]) -> str:
    """Return the cell of a place in the values, or of the nearest thing around it."""
    place = where
    while place and place not in cells:
        place = place.rpartition(".")[0]
    return cells.get(place, where)


def _share(value: Any) -> Any:
    """Return a chance: a number, or a percentage as people type it; what is neither as it stands, to be refused."""
    if value is None:
        return None
    is_percentage = str(value).strip().endswith(("%", "％"))
    try:
        typed = number(value, percent=is_percentage)
    except Unclear:
        return value
    return None if typed is None else typed / 100 if is_percentage else typed


def _find(grids: tuple[Grid, ...], sheet: Sheet) -> tuple[Grid, int, dict[str, int]] | None:
    for grid in grids:
        row, places, lacking = find_heads(grid, sheet)
        if not lacking:
            return grid, row, places
    return None


def _lines(found: tuple[Grid, int, dict[str, int]] | None, sheet: Sheet, problems: Problems) -> Any:
    return read_sheet(found[0], found[1], found[2], sheet, problems) if found else ()


# ── the template ──────────────────────────────────────────────────────────────────────────────────────────────────────


def write_template(result: Result, path: Path, lang: Lang, force: bool = False) -> None:
    """Write a table of costs with a line for each step that is open, each point at 1: valid as it stands."""
    check_ending(path, ".xlsx", ".yaml", ".yml")
    steps = every_step(result)
    day = result.assessment.as_of or result.standard.day
    data = (
        _workbook(result, steps, lang, day) if path.suffix.lower() == ".xlsx" else _yaml(result, steps, lang).encode()
    )
    write_whole(path, data, force)


def _yaml(result: Result, steps: tuple[PlanStep, ...], lang: Lang) -> str:
    lines = [f"# {MARK}", f"# {_DEFAULT.to(lang)}", f"# {_HELP.to(lang)}"]
    head: dict[str, Any] = {"standard": result.standard.standard, "unit": ""}
    if result.assessment.as_of:
        head["start"] = result.assessment.as_of
    lines += [to_yaml(head).rstrip(), "costs:"]
    for step in steps:
        now, then = (text.to(lang) for text in step_values(result.standard, step.task))
        lines.append(
            f"  # {step_label(result.standard, step.task).to(lang)}: {now} → {then} (+{shown(step.gain)})".replace(
                "\n", " "
            )
        )
        lines.append(f"  {step.task.id}: {{cost: {shown(step.gain)}}}")
    return "\n".join(lines) + "\n"


_HELP = msg("Each entry may also have lead_days, owner, after: [ids], chance: 0.9, range: [least, most], evidence.")


def _workbook(result: Result, steps: tuple[PlanStep, ...], lang: Lang, day: str) -> bytes:
    about: list[dict[str, Value]] = [
        {"key": "standard", "value": result.standard.standard},
        {"key": "unit", "value": ""},
    ]
    about.append({"key": "start", "value": result.assessment.as_of})
    rows: list[dict[str, Value]] = []
    for step in steps:
        now, then = (text.to(lang) for text in step_values(result.standard, step.task))
        label, gain = step_label(result.standard, step.task).to(lang), float(shown(step.gain))
        rows.append({"id": step.task.id, "label": label, "now": now, "then": then, "gain": gain, "cost": gain})
    top = [msg("Costs of improvements").to(lang), _DEFAULT.to(lang)]
    pages = [Page(_COSTS, rows, top, spare=_SPARE), Page(_ABOUT, about, spare=1), Page(_CAPACITY, [], spare=_SPARE)]
    return book_of(pages, lang, day)
