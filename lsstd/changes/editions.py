"""Editions of one standard: which entries come from which, and the reform that makes one edition from another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from lsstd.changes.edit import BY_ID, SECTIONS, WITHOUT_ID
from lsstd.changes.reform import Edition, Reform
from lsstd.engine.tree import reachable
from lsstd.errors import InvalidFile, Problem
from lsstd.standard.bands import with_line
from lsstd.standard.models import as_in_file
from lsstd.standard.standard import Standard
from lsstd.words import msg, same

_ID = re.compile(r"[a-z][a-z0-9_]*")
_WHOLE = ("rule", "options", "notes", "also_printed")
"""What a reform gives anew as a whole: a rule, or what goes by something else than ids."""
_FOLLOWS = ("row", "printed_score", "bears_on")
"""What follows from other edits by itself: numbers of rows, sums beside indicators, what fields of the form tell of."""
_Sources = Mapping[str, tuple[str, ...]]


def check_same_standard(old: Standard, new: Standard) -> None:
    """Raise `InvalidFile` where two are not editions of one standard."""
    if old.standard != new.standard:
        expected = msg("{standard}: editions share the id and differ in `edition`", standard=old.standard)
        problem = Problem("standard", same(new.standard), expected)
        raise InvalidFile(msg("these are editions of different standards"), [problem])


def related(old: Standard, new: Sequence[Edition]) -> Standard:
    """Return the new edition, telling by `sources_of` which entries of the old one its own come from.

    Parameters
    ----------
    old : Standard
    new : sequence of Edition
        The edition, followed by those before it, as far as they are known. Where the old one is among them, the
        reforms between the two decide; where it is not, equal ids belong together, and rows of the same wording.

    Raises `InvalidFile`: they are editions of different standards.
    """
    after = new[0].standard
    check_same_standard(old, after)
    place = next((place for place, edition in enumerate(new) if edition.standard.sha256 == old.sha256), None)
    sources = _by_wording(old, after) if place is None else _descent(after, new[:place])
    return after.model_copy(update={"lineage": {name: found for name, found in sources.items() if found != (name,)}})


def _ids(standard: Standard) -> list[str]:
    """Return all entries with an id that may differ in another edition."""
    parts = (part for row in standard.criteria.values() for part in row.parts)
    sections = (section for section in SECTIONS if section not in WITHOUT_ID)
    return [*(key for section in sections for key in getattr(standard, section)), *parts]


def _descent(after: Standard, made: Sequence[Edition]) -> _Sources:
    """Return which entries of the edition before `made` (latest first) those of the latest come from."""
    sources: dict[str, tuple[str, ...]] = {name: (name,) for name in _ids(after)}
    for edition in made:
        for name, found in sources.items():
            sources[name] = tuple(dict.fromkeys(s for f in found for s in edition.came_from.get(f, (f,))))
    return sources


def _by_wording(old: Standard, new: Standard) -> _Sources:
    """Return which entries of two editions that name no common one belong together."""
    ids = {*_ids(old)}
    gone = {row.text: row.id for row in old.criteria.values() if row.id not in new.criteria}
    texts = {row.id: row.text for row in new.criteria.values()}
    sources: dict[str, tuple[str, ...]] = {}
    for name in _ids(new):
        came_from = name if name in ids else gone.get(texts.get(name, ""))
        sources[name] = () if came_from is None else (came_from,)
    return sources


def continued(new: Standard, before: Iterable[str], after: Iterable[str]) -> dict[str, str]:
    """Return those of `after` that alone come from one of `before`, each with that one.

    >>> reform = lsstd.load_reform("data/editions/hlj_2027_made_up.yaml")
    >>> new = reform.apply(lsstd.load_standard("hlj-base-evaluation"))
    >>> continued(new, ["village_rooms", "party_branch"], ["rural_live_rooms", "party_body", "party_practice"])
    {'rural_live_rooms': 'village_rooms'}
    """
    known = {*before}
    sources = {key: [source for source in new.sources_of(key) if source in known] for key in after}
    uses = Counter(source for found in sources.values() for source in found)
    return {key: found[0] for key, found in sources.items() if len(found) == 1 and uses[found[0]] == 1}


def renamed(old: Standard, new: Standard) -> dict[str, str]:
    """Return the new ids of entries that an edition renames, by their former ids."""
    return {source: name for name, source in continued(new, _ids(old), _ids(new)).items() if source != name}


def in_order(before: list[str], after: list[str]) -> set[str]:
    """Return those of `after` that keep their order; the others have moved, or are new.

    Examples
    --------
    >>> sorted(in_order(["a", "b", "c", "d"], ["b", "c", "a", "d"]))
    ['b', 'c', 'd']
    """
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {name for block in blocks for name in after[block.b : block.b + block.size]}


def reform_between(old: Standard, new: Standard) -> Reform:
    """Return the reform that, applied to one edition, gives the other; it is called like the new edition.

    Entries with another id keep what they are; rows that were divided or joined are taken out, and the new ones added.

    Parameters
    ----------
    old, new : Standard
        Editions of one standard.

    Raises `InvalidFile`: they are editions of different standards.

    Examples
    --------
    >>> old = lsstd.load_standard("hlj-base-evaluation")
    >>> new = lsstd.load_reform("data/reforms/aaaa_from_440.yaml").apply(old)
    >>> reform_between(old, new).changes
    {'edition': 'draft + aaaa-from-440', 'lines.AAAA': 440}
    """
    check_same_standard(old, new)
    given: dict[str, Any] = {"reform": new.edition, "standard": old.standard}
    ids, known = renamed(old, new), {*_ids(old)}
    named = {f"{part}.{key}.id": ids[key] for part in SECTIONS for key in getattr(old, part) if key in ids}
    named = {path: new_id for path, new_id in named.items() if new_id not in known}
    edits = _Edits(Reform.model_validate({**given, "changes": named}).apply(old), new, _FOLLOWS)
    edits.find()
    found = {"add": edits.add, "drop": edits.drop, "changes": named | edits.changes}
    total = reachable(new)
    made = Reform.model_validate({**given, **found, "new_total": total if total != reachable(old) else None})
    near = made.apply(old, holds_total=False)
    rest = _Edits(near, new)
    rest.find()
    return made.model_copy(update={"changes": {**made.changes, **rest.changes}})


class _Edits:
    """The parts of a reform that turn one edition into another, without what the reform derives."""

    def __init__(self, old: Standard, new: Standard, follows: tuple[str, ...] = ()) -> None:
        self.old, self.new, self.follows = old, new, follows
        self.changes: dict[str, Any] = {}
        self.add: dict[str, list[dict[str, Any]]] = {}
        self.drop: list[str] = []

    def find(self) -> None:
        """Find all edits."""
        before, after, lean = as_in_file(self.old), as_in_file(self.new), as_in_file(self.new, lean=True)
        for key in after:
            self._compare((key,), before[key], after[key], lean.get(key))

    def _compare(self, steps: tuple[str, ...], before: Any, after: Any, lean: Any) -> None:
        if repr(before) == repr(after) or steps[-1] in self.follows:  # the order of entries counts, too
            return
        path, is_dict = ".".join(steps), isinstance(before, dict) and isinstance(after, dict)
        if is_dict and (steps[-1] in BY_ID or path in SECTIONS):
            self._come_and_go(steps, before, after, lean or after)
        elif is_dict and _is_model(steps, before, after):
            for key in after:
                self._compare((*steps, key), before[key], after[key], (lean or after).get(key))
        elif steps[0] == "readings" and steps[2:] == ("options",) and next(iter(after)) in [*before][1:]:
            self.changes[f"readings.{steps[1]}"] = next(iter(after))
        elif path == "bands" and (lines := self._lines()):
            self.changes |= lines
        else:
            self.changes[path] = after if lean is None else lean

    def _come_and_go(self, steps: tuple[str, ...], before: dict[str, Any], after: dict[str, Any], lean: Any) -> None:
        path, order = ".".join(steps), [name for name in before if name in after]
        self.drop += [f"{path}.{name}" for name in before if name not in after]
        for behind, name in zip([None, *after], after, strict=False):
            if name in before:
                self._compare((*steps, name), before[name], after[name], lean[name])
                continue
            order.insert(len(order) if behind is None else order.index(behind) + 1, name)
            place = {"after": behind} if behind is not None else {}
            body = {"id": name, **place, **{key: value for key, value in lean[name].items() if key != "row"}}
            if path == "criteria":  # else the kind would be taken from the row before
                body["provision"] = after[name]["provision"]
            self.add.setdefault(path, []).append(body)
        kept = in_order(order, [*after])
        for behind, name in zip([None, *after], after, strict=False):
            if name not in kept and "after" not in (after[name] if isinstance(after[name], dict) else ()):
                self.changes[f"{path}.{name}.after"] = behind

    def _lines(self) -> dict[str, Any] | None:
        """Return the lines whose moving gives the new bands; None where that is not all."""
        bands, lines = self.old.bands, {}
        if [band.grade for band in bands] != [band.grade for band in self.new.bands]:
            return None
        for band, other in zip(bands, self.new.bands, strict=True):
            if band.lower and other.lower and band.lower.value != other.lower.value:
                lines[f"lines.{band.grade}"] = other.lower.value
                bands = with_line(bands, band.grade, other.lower.value)
        return lines if bands == self.new.bands else None


def _is_model(steps: tuple[str, ...], before: dict[str, Any], after: dict[str, Any]) -> bool:
    is_text = after.keys() == {"zh", "en"}
    by_name = all(_ID.fullmatch(key) for key in after)
    return before.keys() == after.keys() and by_name and not is_text and steps[-1] not in _WHOLE
