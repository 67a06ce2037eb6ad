"""Editions of one standard: which entries come from which, and the reform that makes one edition from another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from lsstd.changes.edit import BY_ID, SECTIONS, Draft
from lsstd.changes.reform import Reform
from lsstd.engine.tree import reachable
from lsstd.errors import InvalidFile, Problem, Problems
from lsstd.standard.bands import with_line
from lsstd.standard.models import as_in_file
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, nearest, same

_ID = re.compile(r"[a-z][a-z0-9_]*")
_WHOLE = ("rule", "options", "notes", "also_printed")
"""What a reform gives anew as a whole: a rule, or what goes by something else than ids."""
_APART = ("standard", "follows", "came_from")


def reform_between(old: Standard, new: Standard, name: str = "", reason: Text | None = None) -> Reform:
    """Return the reform that, applied to one edition, gives the other.

    Parameters
    ----------
    old, new : Standard
        Editions of one standard; the new one tells by `sources_of` what its rows and facts come from.
    name : str
        What the reform is called; like the new edition, without it.
    reason : Text, optional

    Raises `InvalidFile`: they are editions of different standards.

    Examples
    --------
    >>> old = lsstd.load_standard("hlj-base-evaluation")
    >>> new = lsstd.load_reform("data/reforms/aaaa_from_440.yaml").apply(old)
    >>> reform_between(old, new).changes
    {'edition': 'draft + aaaa-from-440', 'lines.AAAA': 440}
    """
    check_same_standard(old, new)
    edits, total = _Edits(old, new), reachable(new)
    edits.find()
    found = {"add": edits.add, "drop": edits.drop, "split": edits.split, "merge": edits.merge, "changes": edits.changes}
    given = {"reform": name or new.edition, "standard": old.standard, "reason": reason}
    made = Reform.model_validate({**given, **found, "new_total": total if total != reachable(old) else None})
    # Sums beside indicators, wording printed twice and the form follow by themselves, unless that is changed, too.
    rest = _Edits(made.apply(old, holds_total=False), new)
    rest.compare()
    return made.model_copy(update={"changes": {**made.changes, **rest.changes}})


def check_same_standard(old: Standard, new: Standard) -> None:
    """Raise `InvalidFile` where two are not editions of one standard."""
    if old.standard != new.standard:
        expected = msg("{standard}: an edition keeps the id, and has an edition of its own", standard=old.standard)
        problem = Problem("standard", same(new.standard), expected)
        raise InvalidFile(msg("these are editions of different standards"), [problem])


def related(old: Sequence[Standard], new: Sequence[Standard]) -> Standard:
    """Return the new edition, telling by `sources_of` which entries of the old one its own come from.

    Parameters
    ----------
    old, new : sequence of Standard
        Each edition, followed by those before it, as far as they are known. Where they meet, what they say of their
        entries decides; where they do not, equal ids belong together, and rows of the same wording.

    Raises
    ------
    InvalidFile
        They are editions of different standards; or one names an entry that the edition before it does not have.
    """
    check_same_standard(old[0], new[0])
    known = [edition.sha256 for edition in old]
    meet = next((place for place, edition in enumerate(new) if edition.sha256 in known), None)
    if meet is None:
        sources = _by_wording(old[0], new[0])
    else:
        sources = _inverted(_descent(old[: known.index(new[meet].sha256) + 1]), _ids(old[0]))
        sources = _composed(_descent(new[: meet + 1]), sources)
    other = {name: found for name, found in sources.items() if found != (name,)}
    return new[0].model_copy(update={"lineage": other})


_Sources = dict[str, tuple[str, ...]]


def _ids(standard: Standard) -> list[str]:
    parts = (part for row in standard.criteria.values() for part in row.parts)
    return [*(key for section in SECTIONS for key in getattr(standard, section)), *parts]


def _descent(editions: Sequence[Standard]) -> _Sources:
    """Return which entries of the last of several editions, each followed by the one before, the first's come from."""
    sources: _Sources = {name: (name,) for name in _ids(editions[0])}
    for edition, before in pairwise(editions):
        problems, known = Problems(), {*_ids(before)}
        for name, found in edition.came_from.items():
            for source in found:
                if source not in known:
                    problems.add(f"came_from.{name}", source, nearest(source, known))
        problems.raise_if_any(msg("{edition} does not follow {before}", edition=edition.edition, before=before.edition))
        came = {name: edition.came_from.get(name, (name,) if name in known else ()) for name in _ids(edition)}
        sources = _composed(sources, came)
    return sources


def _composed(sources: _Sources, before: _Sources) -> _Sources:
    return {name: tuple(dict.fromkeys(s for f in found for s in before.get(f, ()))) for name, found in sources.items()}


def _inverted(sources: _Sources, names: Iterable[str]) -> _Sources:
    """Return for each entry of the earlier edition those of the later one that come from it."""
    found: dict[str, list[str]] = {source: [] for listed in sources.values() for source in listed}
    for name in names:
        for source in sources[name]:
            found[source].append(name)
    return {source: tuple(listed) for source, listed in found.items()}


def _by_wording(old: Standard, new: Standard) -> _Sources:
    """Return which entries of two editions that name no common one belong together."""
    ids, sources = {*_ids(old)}, _Sources()
    gone = {row.text: row.id for row in old.criteria.values() if row.id not in new.criteria}
    for name in _ids(new):
        text = new.criteria[name].text if name in new.criteria else ""
        sources[name] = (name,) if name in ids else (gone[text],) if text in gone else ()
    return sources


def in_order(before: list[str], after: list[str]) -> set[str]:
    """Return those of `after` that keep their order; the others have moved, or are new.

    Examples
    --------
    >>> sorted(in_order(["a", "b", "c", "d"], ["b", "c", "a", "d"]))
    ['b', 'c', 'd']
    """
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {name for block in blocks for name in after[block.b : block.b + block.size]}


class _Edits:
    """What makes one edition from another, as the parts of a reform; each is tried on a draft of the old one."""

    def __init__(self, old: Standard, new: Standard) -> None:
        self.new, self.draft = new, Draft(old, Problems())
        self.after, self.lean = as_in_file(new), as_in_file(new, lean=True)
        self.changes: dict[str, Any] = {}
        self.add: dict[str, list[dict[str, Any]]] = {}
        self.drop: list[str] = []
        self.split: dict[str, list[dict[str, Any]]] = {}
        self.merge: list[dict[str, Any]] = []
        self.counts_rows = False

    def find(self) -> None:
        """Find all edits: ids, what was divided or joined, what reads otherwise, came or went, the order."""
        self.counts_rows = True  # unless it shows that the new edition does not
        for steps in self._sections():
            self._rename(steps)
        self._divide()
        self.compare()
        for steps in self._sections():
            self._order(steps)

    def _change(self, path: str, value: Any) -> None:
        self.changes[path] = value
        self.draft.change(path, value)

    def _sections(self) -> Iterator[tuple[str, ...]]:
        """Yield the steps to all that goes by ids and is in both: sections, and the parts of rows."""
        yield from ((section,) for section in SECTIONS)
        for row in self.after["criteria"]:
            if row in self.draft.values["criteria"]:
                yield "criteria", row, "parts"

    def _entries(self, steps: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
        before, after = self.draft.values, self.after
        for step in steps:
            before, after = before[step], after[step]
        return before, after

    def _rename(self, steps: tuple[str, ...]) -> None:
        before, after = self._entries(steps)
        sources = {name: self.new.sources_of(name) for name in after}
        uses = Counter(source for found in sources.values() for source in found)
        for name, found in sources.items():
            if found != (name,) and len(found) == 1 and uses[found[0]] == 1 and found[0] in before:
                self._change(".".join((*steps, found[0], "id")), name)

    def _divide(self) -> None:
        """Split the rows that several new ones come from; merge those that become one."""
        before, after = self._entries(("criteria",))
        sources = {name: [s for s in self.new.sources_of(name) if s in before] for name in after}
        uses = Counter(source for found in sources.values() for source in found)
        for name, row in [*before.items()]:
            pieces = [piece for piece, found in sources.items() if found == [name]]
            if uses[name] == len(pieces) > 1:
                self.split[f"criteria.{name}"] = [self._body(piece, row) for piece in pieces]
                self.draft.split(name, self.split[f"criteria.{name}"])
        for name, found in sources.items():
            if len(found) > 1 and all(uses[source] == 1 for source in found):
                self.merge.append({"criteria": found, "into": self._body(name, before[found[0]])})
                self.draft.merge(found, self.merge[-1]["into"])

    def _body(self, name: str, like: dict[str, Any]) -> dict[str, Any]:
        """Return what a row made from another does not take from that one, or may not take from all of them."""
        row, always = self.after["criteria"][name], ("id", "text", "max_score", "parts", "optional")
        return {key: value for key, value in row.items() if key != "row" and (key in always or value != like[key])}

    def compare(self) -> None:
        """Find what reads otherwise, came or went; of what follows from it by itself, only where it does not follow."""
        first = ("criteria", "conditions", "vetoes")
        for key in (*first, *(key for key in self.after if key not in (*first, *_APART))):
            if key == "indicators":
                self.draft.follow()
                self.draft.link_fields()
            self._compare((key,), self.draft.values[key], self.after[key], self.lean.get(key, self.after[key]))

    def _compare(self, steps: tuple[str, ...], before: Any, after: Any, lean: Any) -> None:
        if repr(before) == repr(after):  # the order of entries counts, too
            return
        path, is_dict = ".".join(steps), isinstance(before, dict) and isinstance(after, dict)
        if is_dict and (steps[-1] in BY_ID or path in SECTIONS):
            self._come_and_go(steps, before, after, lean)
        elif is_dict and self._is_model(steps, before, after):
            for key in after:
                self._compare((*steps, key), before[key], after[key], lean.get(key, after[key]))
        elif steps[-1] == "row" and self.counts_rows:
            pass
        elif steps[0] == "readings" and steps[2:] == ("options",) and _is_default(*after, before=before, after=after):
            self._change(f"readings.{steps[1]}", next(iter(after)))
        elif path == "bands" and (lines := self._lines()):
            for grade, value in lines.items():
                self._change(f"lines.{grade}", value)
        elif steps[-1] == "tests" and [_but_value(one) for one in before] == [_but_value(one) for one in after]:
            for one, other in zip(before, after, strict=True):
                if one != other:
                    self._change(f"{path}.{other['fact']}", other["value"])
        else:
            self._change(path, lean)

    @staticmethod
    def _is_model(steps: tuple[str, ...], before: dict[str, Any], after: dict[str, Any]) -> bool:
        is_text = after.keys() == {"zh", "en"}
        by_name = all(_ID.fullmatch(key) for key in after)
        return before.keys() == after.keys() and by_name and not is_text and steps[-1] not in _WHOLE

    def _come_and_go(self, steps: tuple[str, ...], before: dict[str, Any], after: dict[str, Any], lean: Any) -> None:
        path, known = ".".join(steps), [*before]
        made = {row["id"] for rows in self.split.values() for row in rows} | {one["into"]["id"] for one in self.merge}
        for name in known:
            if name not in after:
                self.drop.append(f"{path}.{name}")
                self.draft.drop(f"{path}.{name}")
        for behind, name in zip([None, *after], after, strict=False):
            if name in known:
                self._compare((*steps, name), before[name], after[name], lean[name])
                continue
            place = {"after": behind} if behind is not None and behind not in made else {}
            body = {"id": name, **place, **{key: value for key, value in lean[name].items() if key != "row"}}
            if path == "criteria":  # else the kind would be taken from the row before
                body["provision"] = after[name]["provision"]
            self.add.setdefault(path, []).append(body)
            self.draft.add(path, body)

    def _lines(self) -> dict[str, Any] | None:
        """Return the lines whose moving gives the new bands; None where that is not all."""
        old, new = self.draft.standard.bands, self.new.bands
        bands, lines = old, {}
        if [band.grade for band in old] != [band.grade for band in new]:
            return None
        for band, other in zip(old, new, strict=True):
            if band.lower and other.lower and band.lower.value != other.lower.value:
                lines[band.grade] = other.lower.value
                bands = with_line(bands, band.grade, other.lower.value)
        return lines if bands == new else None

    def _order(self, steps: tuple[str, ...]) -> None:
        before, after = self._entries(steps)
        names, kept = [*after], in_order([*before], [*after])
        for behind, name in zip([None, *names], names, strict=False):
            if name not in kept and "after" not in (after[name] if isinstance(after[name], dict) else ()):
                self._change(".".join((*steps, name, "after")), behind)


def _is_default(option: str, *_: str, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Say whether making the first option the default is all that differs between two lists of options."""
    return option in before and repr({option: before[option], **before}) == repr(after)


def _but_value(test: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in test.items() if key != "value"}
