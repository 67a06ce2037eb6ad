"""Editing a standard's plain values by paths, as reforms name them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lsstd.engine.remarks import unreachable
from lsstd.engine.tree import full_tree
from lsstd.errors import Problems
from lsstd.exact import Exact, exact, plain_tree, shown, total, whole
from lsstd.standard.bands import Band, moved_to, with_line
from lsstd.standard.checks import standard_faults
from lsstd.standard.models import as_in_file, read_model
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, msg, nearest

if TYPE_CHECKING:
    from lsstd.changes.reform import Restore

SECTIONS = (
    *("criteria", "conditions", "vetoes", "indicators", "facts", "clauses", "terms", "tables", "readings", "procedure"),
    *("cross_checks", "evidence_kinds", "topics", "background"),
)
"""The sections whose entries go by ids and can be added and taken out."""
BY_ID = ("parts", "fields", "groups")
"""What goes by ids within an entry."""
WITHOUT_ID = ("clauses", "readings", "evidence_kinds")
"""The sections whose entries do not repeat what they go by."""
_NAMING = (
    *("fact", "per", "years_since", "facts", "left", "right"),
    *("indicator", "parent", "criteria", "bears_on", "topic"),
)
"""The keys under which an entry names another by its id."""


class EditedStandard:
    """A standard being changed; every problem is noted under the path that caused it."""

    def __init__(self, standard: Standard, problems: Problems) -> None:
        self.standard = standard
        self.problems = problems
        self.values: dict[str, Any] = as_in_file(standard)
        self.lineage: dict[str, tuple[str, ...]] = dict(standard.lineage)
        self._set: set[str] = set()  # rows whose points the reform itself says
        self._said: set[str] = set()  # paths that the reform changes

    # ── where a path leads ───────────────────────────────────────────────────────────────────────────────────

    def _steps(self, path: str) -> list[str]:
        """Take a path apart; the number of a clause is one step (``clauses.6.2.text``)."""
        steps = path.split(".")
        if steps[0] == "clauses":
            for end in range(len(steps), 1, -1):
                if (number := ".".join(steps[1:end])) in self.values["clauses"]:
                    return ["clauses", number, *steps[end:]]
        return steps

    def _find(self, path: str, place: str) -> dict[str, Any] | None:
        """Return the mapping that contains a path's last step; note an unknown path with the nearest known one."""
        steps, above, held = self._steps(path), None, self.values
        for i, step in enumerate(steps):
            above = _by_name(held, step, steps[i - 1] if i else "")
            if not isinstance(above, dict) or step not in above:
                names: Iterable[str] = above if isinstance(above, dict) else ()
                if i == 0 and place != "changes":
                    names = SECTIONS
                self._unknown(path, [".".join([*steps[:i], name, *steps[i + 1 :]]) for name in names], place)
                return None
            held = above[step]
        return above

    def _entries(self, path: str, place: str) -> dict[str, Any] | None:
        """Return the entries that go by ids among which a path leads to one; tell where it leads elsewhere."""
        found, above = self._find(path, place), self._steps(path)[-2:-1]
        if found is not None and not {*above} & {*SECTIONS, *BY_ID}:
            self._unknown(path, [f"{section}.{name}" for section in SECTIONS for name in self.values[section]], place)
            return None
        return found

    def _unknown(self, path: str, known: Iterable[str], place: str = "changes") -> None:
        self.problems.add(f"{place}.{path}", msg("there is no path {path}", path=path), nearest(path, known))

    # ── changes ──────────────────────────────────────────────────────────────────────────────────────────────

    def change(self, path: str, value: Any) -> None:
        """Change what is at a path; `lines.G` moves both ends that meet at the line of a grade.

        `….id` gives an entry another id, wherever it is named; `….after` puts it behind another one (None: first).
        """
        steps = self._steps(path)
        self._said.add(path)
        if steps[0] == "criteria" and steps[-1] == "max_score":
            self._set.add(steps[1])
        entry = path.removesuffix(f".{steps[-1]}")
        if steps[0] == "lines" and len(steps) in (2, 3):
            self._move_line(steps[1:], value, path)
        elif steps[0] == "readings" and len(steps) == 2:
            self._choose_reading(steps[1], value, path)
        elif steps[-1] == "id":
            if self._find(path, "changes") and (entries := self._entries(entry, "changes")):
                self._rename(entries, steps[-2], value, path)
        elif steps[-1] == "after" and steps[0] != "procedure":
            if entries := self._entries(entry, "changes"):
                self._place(entries, steps[-2], value, path)
        elif (holder := self._find(path, "changes")) is not None:
            self._change_value(holder, steps, value, path)

    def _rename(self, entries: dict[str, Any], name: str, value: Any, path: str) -> None:
        if not isinstance(value, str) or (value in entries and value != name):
            self.problems.add(f"changes.{path}", clip(value), msg("an id that is not in use"))
            return
        entries[name]["id"] = value
        _replace(entries, {value if key == name else key: entry for key, entry in entries.items()})
        self.values = naming(self.values, {name: value})
        self.lineage[value] = self.lineage.pop(name, (name,))
        self._set |= {value} if name in self._set else set()

    def _place(self, entries: dict[str, Any], name: str, after: Any, path: str) -> None:
        others = {key: entry for key, entry in entries.items() if key != name}
        if after is not None and after not in others:
            self.problems.add(f"changes.{path}", clip(after), nearest(str(after), others))
            return
        own = {name: entries[name]}
        _replace(entries, {**own, **others} if after is None else _after(others, after, own))

    def _change_value(self, holder: dict[str, Any], steps: list[str], value: Any, path: str) -> None:
        last = holder[steps[-1]]
        if steps[-3:-2] == ["bands"] and steps[-1] in ("lower", "upper"):
            if (number := self._number(path, value)) is not None:
                holder |= as_in_file(moved_to(Band.model_validate(holder), **{steps[-1]: number}))
        elif isinstance(last, dict) and {"fact", "operator", "value"} <= set(last) and not isinstance(value, dict):
            last["value"] = value
        elif isinstance(last, dict) and last.keys() == {"zh", "en"} and isinstance(value, str):
            holder[steps[-1]] = {"zh": value, "en": value}
        elif isinstance(last, dict | list | tuple) and value is not None and not isinstance(value, type(last)):
            self._unknown(path, [f"{path}.{key}" for key in last] if isinstance(last, dict) else [])
        else:
            holder[steps[-1]] = value

    def _number(self, path: str, value: Any) -> Exact | None:
        try:
            return exact(value)
        except ValueError:
            self.problems.add(f"changes.{path}", clip(value), msg("a number"))
            return None

    def _move_line(self, steps: list[str], value: Any, path: str) -> None:
        """Move the line of a grade: its lower end and the upper end of the grade below, gap and openness kept."""
        tables: dict[str, Any] = {"": self.values, **self.values["tables"]}
        holder, line = tables.get(".".join(steps[:-1]), {"bands": ()}), self._number(path, value)
        if steps[-1] not in [band["grade"] for band in holder["bands"]]:
            known = [f"{key}.{band['grade']}".lstrip(".") for key, one in tables.items() for band in one["bands"]]
            self._unknown(path, [f"lines.{line}" for line in known])
        elif line is not None:
            try:
                bands = tuple(Band.model_validate(band) for band in holder["bands"])
                holder["bands"] = as_in_file(with_line(bands, steps[-1], line))
            except ValueError:
                self.problems.add(f"changes.{path}", "—", msg("a grade with a lower end"))

    def _choose_reading(self, key: str, value: Any, path: str) -> None:
        readings = self.values["readings"]
        if key not in readings:
            self._unknown(path, [f"readings.{known}" for known in readings])
        elif value not in (options := readings[key]["options"]):
            self.problems.add(f"changes.{path}", clip(value), nearest(str(value), options))
        else:
            readings[key]["options"] = {value: options[value], **options}

    # ── rows come and go ─────────────────────────────────────────────────────────────────────────────────────

    def add(self, section: str, entry: dict[str, Any]) -> None:
        """Add an entry; a row stands after the one that `after` names and takes its indicator and clause."""
        place, holder, steps = f"add.{section}", self._find(section, "add"), self._steps(section)
        if holder is None:
            return
        entries: dict[str, Any] = holder[steps[-1]]
        if steps[-1] not in (*SECTIONS, *BY_ID):
            self._unknown(section, SECTIONS, "add")
            return
        body = {key: value for key, value in entry.items() if key != "after"}
        name, after = body.get("id"), entry.get("after")
        if not isinstance(name, str) or name in entries:
            self.problems.add(place, clip(name), msg("an id that is not in use"))
        elif after is not None and after not in entries:
            self.problems.add(f"{place}.{name}.after", clip(after), nearest(str(after), entries))
        else:
            if section == "criteria":
                like = entries[after] if after else next(iter(entries.values()), {})
                taken = {key: like[key] for key in ("clause", "indicator", "provision") if key in like}
                gloss = {"zh": str(body.get("text", ""))[:20] or name, "en": name.replace("_", " ")}
                body = {**taken, "text": "", "gloss": gloss, "parts": {}, **body}
                self._set.add(name)
            if section in WITHOUT_ID:
                del body["id"]
            else:
                self.lineage[name] = ()
            _replace(entries, _after(entries, after, {name: body}))

    def drop(self, path: str) -> None:
        """Take an entry out: a row, a part, a condition …"""
        if (entries := self._entries(path, "drop")) is not None:
            del entries[self._steps(path)[-1]]

    def split(self, path: str, rows: Iterable[dict[str, Any]]) -> None:
        """Put several rows in the place of one; each takes what it does not say itself from the old one."""
        path = path if path.startswith("criteria.") else f"criteria.{path}"
        if (entries := self._entries(path, "split")) is None:
            return
        row, new = entries[path.removeprefix("criteria.")], {}
        for body in rows:
            parts = body.get("parts", {})
            if isinstance(parts, list):  # parts of the old row by their ids
                for part in parts:
                    if part not in row["parts"]:
                        self.problems.add(f"split.{path}.parts", clip(part), nearest(str(part), row["parts"]))
                parts = {part: row["parts"][part] for part in parts if part in row["parts"]}
            new[str(body.get("id"))] = {**row, **body, "parts": parts}
        self._put([row["id"]], new, f"split.{path}")

    def merge(self, names: Sequence[str], into: dict[str, Any]) -> None:
        """Put one row in the place of several: their points added, their parts together."""
        known = self.values["criteria"]
        for name in (name for name in names if name not in known):
            self.problems.add(f"merge.{name}", msg("there is no such row"), nearest(name, known))
        rows = [known[name] for name in names if name in known]
        if len(rows) < len(names):
            return
        merged = {
            **rows[0],
            "text": "".join(row["text"] for row in rows),
            "max_score": total(row["max_score"] or 0 for row in rows),
            "parts": {key: part for row in rows for key, part in row["parts"].items()},
            "optional": all(row["optional"] for row in rows),
            **into,
        }
        self._put(list(names), {str(into.get("id")): merged}, f"merge.{merged['id']}")

    def _put(self, old: list[str], new: dict[str, Any], place: str) -> None:
        """Put new rows, which come from all of the old ones, where the first of these stood."""
        rows = self.values["criteria"]
        for name in new:
            if name in rows and name not in old:
                self.problems.add(f"{place}.{name}", name, msg("an id that is not in use"))
        sources = tuple(source for name in old for source in self.lineage.get(name, (name,)))
        self.lineage |= dict.fromkeys(new, sources)
        _replace(rows, {key: row for key, row in _after(rows, old[0], new).items() if key in new or key not in old})

    # ── totals ───────────────────────────────────────────────────────────────────────────────────────────────

    def rescale(self, restored: Iterable[Restore], wanted: Exact, title: Text) -> None:
        """Rescale rows of some indicators, but those whose points the reform says, to make the total the one wanted."""
        now = read_model(Standard, self.values, self.problems, title, "changes")
        if any(place.startswith("indicators.") or place.endswith(".indicator") for place, *_ in standard_faults(now)):
            return  # an indicator is gone, say, but not all below it: `finished` reports it
        worth, steps = worths(now), dict[str, Exact]()  # of each row scaled, 0 for none
        for path, step in ((path, entry.step or 0) for entry in restored for path in entry.rescale):
            name = path.removeprefix("indicators.")
            if name not in now.indicators:
                known = [f"indicators.{key}" for key in now.indicators]
                self.problems.add("restore_total.rescale", path, nearest(path, known))
                return
            inside = [row for row in worth if name in {node.id for node in now.above(now.criteria[row].indicator)}]
            steps |= {row: step for row in inside if worth[row] and row not in self._set}
        here = total(worth[row] for row in steps)
        left = wanted - (total(worth.values()) - here)
        if not here or left <= 0:
            found = msg("{left} points are left for them", left=shown(left))
            self.problems.add("restore_total.rescale", found, msg("more than 0"))
            return
        rows, missing, rests = self.values["criteria"], Fraction(left), dict[str, Fraction]()
        times = {name: Fraction(worth[name]) / (now.criteria[name].max_score or 1) for name in steps}
        for name, step in steps.items():
            points = Fraction(now.criteria[name].max_score or 0) * left / here
            rests[name] = points % step / step if step else Fraction(0)
            rows[name]["max_score"] = whole(points - rests[name] * step)
            missing -= rows[name]["max_score"] * times[name]
        # Largest remainder (最大余数法); what is left is less than a coarse step goes to rows with a finer one.
        order = sorted(filter(steps.get, rests), key=lambda row: -rests[row])
        for name in (*order, *order):
            if missing >= steps[name] * times[name] and missing > 0:
                rows[name]["max_score"] = whole(rows[name]["max_score"] + Fraction(steps[name]))
                missing -= steps[name] * times[name]
        if order and missing > 0:  # no row can take it up: told below
            rows[order[0]]["max_score"] = whole(rows[order[0]]["max_score"] + missing / times[order[0]])
        for name, step in steps.items():
            points = rows[name]["max_score"]
            if step and (points % step or not points):
                found = msg("{points} points for {row}", points=shown(points), row=name)
                self.problems.add("restore_total.step", found, msg("a multiple of {step} above 0", step=shown(step)))

    def _follow_sums(self, new: Standard) -> Standard:
        """Let sums printed beside indicators follow, where they were right before and the reform does not say them."""
        old, before, after = self.standard, full_tree(self.standard).nodes, full_tree(new).nodes
        nodes = dict(new.indicators)
        for key in nodes.keys() & old.indicators.keys():
            printed = {old.indicators[key].printed_score, nodes[key].printed_score, before[key].score.maximum}
            if len(printed) == 1 and f"indicators.{key}.printed_score" not in self._said:
                self.values["indicators"][key]["printed_score"] = after[key].score.maximum
                nodes[key] = nodes[key].model_copy(update={"printed_score": after[key].score.maximum})
        return new.model_copy(update={"indicators": nodes})

    def _follow_wording(self) -> None:
        """Copy the wording of a condition to its clause where that had the same text."""
        for section in ("conditions", "vetoes"):
            for entry in self.values[section].values():
                number = entry.get("clause")
                clause, before = self.values["clauses"].get(number), self.standard.clauses.get(number)
                is_said = f"clauses.{number}.text" in self._said
                if clause and before and not is_said and clause["text"] == before.text:
                    clause["text"] = entry["text"]

    def _link_fields(self) -> None:
        """Link fields of the form to the rows that replaced those they described."""
        kept = {*self.values["conditions"], *self.values["criteria"]}
        sources = {row: set(self.lineage.get(row, (row,))) for row in self.values["criteria"]}
        for group in self.values["form"]["groups"].values() if self.values["form"] else ():
            for field in group["fields"].values():
                named = [(name, set(self.standard.sources_of(name))) for name in field["bears_on"]]
                new = ([name] if name in kept else [r for r in sources if sources[r] & old] for name, old in named)
                field["bears_on"] = list(dict.fromkeys(name for names in new for name in names))

    def finished(self, name: str, title: Text, edited: Mapping[str, str]) -> Standard:
        """Return the new standard, checked like one from a file, but for faults that it had before.

        `edited` gives, by paths of the standard, the places in the reform's file to which a fault is put down.
        """
        for number, (key, row) in enumerate(self.values["criteria"].items(), start=1):
            if f"criteria.{key}.row" not in self._said:
                row["row"] = number
        self._follow_wording()
        self._link_fields()
        parts = (part for row in self.values["criteria"].values() for part in row.get("parts") or ())
        kept = {*parts, *(key for section in SECTIONS for key in self.values[section])}
        lineage = {key: sources for key, sources in self.lineage.items() if key in kept}
        edition = f"{self.standard.edition} + {name}" if "edition" not in self._said else self.values["edition"]
        values = {**self.values, "edition": edition, "lineage": lineage}
        new = read_model(Standard, values, self.problems, title, "changes")
        # grades that cannot be reached are reported where nothing else is wrong
        faults = [*standard_faults(new)] or [*unreachable(new)]
        before = (*standard_faults(self.standard), *unreachable(self.standard)) if faults else ()
        old = {_by_grade(self.standard, place) for place, *_ in before}
        ends = {end: place for path, place in edited.items() for end in ends_at(self.standard, path)}
        for place, found, expected in faults:
            place = _by_grade(new, place)
            if place not in old:
                near = [at for path, at in {**edited, **ends}.items() if f"{path}.".startswith(f"{place}.")]
                near += [at for path, at in edited.items() if f"{place}.".startswith(f"{path}.")]
                self.problems.add(", ".join(dict.fromkeys(near)) or place, found, expected)
        self.problems.raise_if_any(title)
        new = self._follow_sums(new)
        fingerprint = json.dumps(plain_tree(self.values), sort_keys=True, default=str)
        digest = hashlib.sha256(f"{self.standard.sha256}{fingerprint}".encode()).hexdigest()
        return new.model_copy(update={"sha256": digest})


def worths(standard: Standard) -> dict[str, Exact]:
    """Return what each row can bring to the total under the standard's own readings, before caps and the like."""
    is_left_out = standard.default_readings["recommended_rows"] == "left_out"
    reach = standard.reach.items()
    return {row: points for row, points in reach if not (is_left_out and standard.criteria[row].is_recommended)}


def ends_at(standard: Standard, path: str) -> set[str]:
    """Return the paths of the ends of bands that meet at a line (``lines.AAA``, ``lines.<table>.<grade>``)."""
    section, _, rest = path.partition(".")
    table, _, grade = rest.rpartition(".")
    bands = standard.bands
    if table:
        bands = standard.tables[table].bands if table in standard.tables else ()
    grades, start = [band.grade for band in bands], f"tables.{table}.bands" if table else "bands"
    if section != "lines" or grade not in grades:
        return set()
    below = grades[grades.index(grade) + 1 :][:1]
    return {f"{start}.{grade}.lower", *(f"{start}.{lower}.upper" for lower in below)}


def _by_grade(standard: Standard, place: str) -> str:
    """Return the path of a band with its grade for its number."""
    steps = place.split(".")
    at = steps.index("bands") + 1 if "bands" in steps[:3] else len(steps)
    if at < len(steps) and steps[at].isdigit():
        bands = standard.bands if at == 1 else standard.tables[steps[1]].bands
        steps[at] = bands[int(steps[at])].grade
    return ".".join(steps)


def _by_name(holder: Any, step: str, above: str) -> Any:
    """See bands by their grades and tests by their facts; those of a row's parts as tests of the row."""
    if above in ("bands", "tests") and isinstance(holder, list | tuple):
        return {entry["grade" if above == "bands" else "fact"]: entry for entry in holder}
    if step == "tests" and isinstance(holder, dict) and "max_score" in holder and "parts" in holder:
        return {"tests": tuple(part["test"] for part in holder["parts"].values() if part.get("test"))}
    return holder


def naming(value: Any, names: Mapping[str, str], key: str = "") -> Any:
    """Return plain values in which whatever names an entry by an old id names it by the new one."""
    if isinstance(value, dict):
        return {name: naming(held, names, name) for name, held in value.items()}
    if isinstance(value, list):
        return [naming(held, names, key) for held in value]
    return names.get(value, value) if key in _NAMING and isinstance(value, str) else value


def _replace(entries: dict[str, Any], by: dict[str, Any]) -> None:
    """Replace the content of a mapping in place, since others hold it, too."""
    held = dict(by)
    entries.clear()
    entries.update(held)


def _after(entries: dict[str, Any], after: str | None, new: dict[str, Any]) -> dict[str, Any]:
    """Return the entries with new ones behind a named one, or at the end."""
    keys = list(entries)
    place = len(keys) if after is None else keys.index(after) + 1
    return {key: {**entries, **new}[key] for key in dict.fromkeys([*keys[:place], *new, *keys[place:]])}
