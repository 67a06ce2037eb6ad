"""A reform: a change of the standard, as data; applied, it gives a new standard and leaves the old one as it was."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, Self

from pydantic import Field

from lsstd.assessment.assessment import Day, Section
from lsstd.engine.tree import reachable
from lsstd.errors import Problems
from lsstd.exact import shown, total
from lsstd.standard.models import Id, Listed, Model, Number, Words
from lsstd.standard.standard import Standard
from lsstd.words import Text, in_turn, msg, nearest, same


class Restore(Model):
    """How the total is kept: rows of these indicators are rescaled to take up the difference.

    Rows whose points the reform itself sets stay as it sets them.
    """

    rescale: Listed[str] = Field(min_length=1, description="such as indicators.social_service")
    step: Number | None = Field(None, gt=0, description="their points stay multiples of it (largest remainder)")


class Merge(Model):
    """Rows that become one."""

    criteria: Listed[Id] = Field(min_length=2, description="the rows, by id")
    into: dict[str, Any] = Field(description="the new row: id, and whatever is not taken from the first")


Entries = Listed[dict[str, Any]]


class Reform(Model):
    """Changes, additions, deletions, splits and merges, in this order, and how the total is restored."""

    reform: str = Field(min_length=1, max_length=200, description="its name")
    standard: str = Field(description="the standard's id")
    base: str | None = Field(None, description="the edition that it changes: an id, or a file as seen from this one")
    reason: Words | None = Field(None, description="why, in both languages or one")
    reasons: dict[str, Words] = Field({}, description="why single paths are changed, by path; `reason` for all others")
    effective: Day | None = Field(None, description="from which day")
    changes: Annotated[dict[str, Any], Section] = Field({}, description="paths and their new values: lines.AAA: 400")
    add: dict[str, Entries] = Field({}, description="entries by section; `after` names the one before it")
    drop: Listed[str] = Field((), description="paths of what is taken out")
    split: dict[str, Entries] = Field({}, description="a row's path, and the rows that take its place")
    merge: Listed[Merge] = Field((), description="rows that become one")
    restore_total: Restore | Listed[Restore] = Field(
        (), description="how the total is kept: what is rescaled, one entry or a list of them"
    )
    new_total: Number | None = Field(None, description="the total announced, where it changes")
    protect: Listed[dict[str, str]] = Field((), description="groups that it must not harm: {size: small}")

    def apply(self, standard: Standard, holds_total: bool = True) -> Standard:
        """Return the reformed standard; the one given stays as it is, and an empty reform returns an equal one.

        Without `holds_total` the total may change unannounced: a sweep says so for all its values at once.

        Raises
        ------
        InvalidFile
            All problems at once: paths that do not exist (with the nearest), values that do not fit, a total that
            changes without saying how it is restored, bands that overlap or cannot be reached. What was wrong with
            the standard before is no problem of the reform's.

        Examples
        --------
        >>> reform = lsstd.load_reform("data/reforms/aaaa_from_440.yaml")
        >>> reform.apply(lsstd.load_standard("hlj-base-evaluation")).edition
        'draft + aaaa-from-440'
        """
        from lsstd.changes.edit import EditedStandard, worths  # who only reads reforms, or none, need not load it

        title = msg("the reform {reform} cannot be applied", reform=self.reform)
        problems = Problems()
        if self.standard != standard.standard:
            problems.add("standard", self.standard, standard.standard)
            problems.raise_if_any(title)
        if self.is_empty:
            return standard
        edited = self._edited()
        split = {f"criteria.{row.get('id')}" for pieces in self.split.values() for row in pieces}
        changed = {*self.touched(standard), *split}
        for path in self.reasons:
            if not any(_overlap(path, one) for one in changed):
                problems.add(f"reasons.{path}", msg("nothing is changed there"), nearest(path, sorted(changed)))
        draft, before = EditedStandard(standard, problems), reachable(standard)
        # What stands behind another takes its place last, and what the reform itself makes can be changed once made.
        made = {*split, *(path for path, place in edited.items() if place.startswith(("add.", "merge.")))}
        starts = tuple(f"{path}." for path in made)
        late = {path for path in self.changes if path.endswith(".after") or path.startswith(starts)}
        for path in (path for path in self.changes if path not in late):
            draft.change(path, self.changes[path])
        for section, entries in self.add.items():
            for entry in entries:
                draft.add(section, entry)
        for path in self.drop:
            draft.drop(path)
        for path, pieces in self.split.items():
            draft.split(path, pieces)
        for merge in self.merge:
            draft.merge(merge.criteria, merge.into)
        for path in (path for path in self.changes if path in late):
            draft.change(path, self.changes[path])
        problems.raise_if_any(title)
        if self.restore_total:
            restored = (self.restore_total,) if isinstance(self.restore_total, Restore) else self.restore_total
            beyond = total(worths(standard).values()) - before  # what caps cut off and what comes on top stays as it is
            draft.rescale(restored, beyond + (before if self.new_total is None else self.new_total), title)
            problems.raise_if_any(title)
        reformed = draft.finished(self.reform, title, edited)
        after = reachable(reformed)
        if holds_total and self.new_total is not None and after != self.new_total:
            problems.add("new_total", shown(self.new_total), msg("the sum, {after}", after=shown(after)))
        elif holds_total and self.new_total is None and after != before:
            expected = msg("restore_total: {{rescale: […]}} or new_total: {after}", after=shown(after))
            found = msg("the sum goes from {before} to {after}", before=shown(before), after=shown(after))
            problems.add("restore_total", found, expected)
        problems.raise_if_any(title)
        return reformed

    def touched(self, standard: Standard) -> set[str]:
        """Return the paths that the reform changes, takes out or replaces; a line touches the two ends at it.

        >>> reform = lsstd.load_reform("data/reforms/aaaa_from_440.yaml")
        >>> sorted(reform.touched(lsstd.load_standard("hlj-base-evaluation")))
        ['bands.AAA.upper', 'bands.AAAA.lower', 'lines.AAAA']
        """
        from lsstd.changes.edit import ends_at

        paths = {*self._edited(), *(f"criteria.{name}" for merge in self.merge for name in merge.criteria)}
        return paths.union(*(ends_at(standard, path) for path in paths))

    def touches(self, path: str, standard: Standard) -> bool:
        """Return whether the reform touches what is at a path, or something within it.

        >>> reform = lsstd.load_reform("data/reforms/aaaa_from_440.yaml")
        >>> reform.touches("bands.AAA", lsstd.load_standard("hlj-base-evaluation"))
        True
        """
        return any(_overlap(path, one) for one in self.touched(standard))

    def reason_for(self, path: str, standard: Standard) -> Text:
        """Return why an entry is changed: the reason given for its path, or for one within it, else for the whole.

        >>> reform = lsstd.load_reform("data/editions/hlj_2027_made_up.yaml")
        >>> reform.reason_for("bands.AAA", lsstd.load_standard("hlj-base-evaluation")).en
        'the highest grade is too hard to reach'
        """
        from lsstd.changes.edit import ends_at

        given = [((at, *ends_at(standard, at)), why) for at, why in self.reasons.items()]
        found = [why for places, why in given if any(_overlap(place, path) for place in places)]
        found = [*dict.fromkeys(found)]
        return in_turn(found, len(found)) if found else self.reason or same("")

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be changed."""
        edits = (self.changes, self.add, self.drop, self.split, self.merge, self.restore_total)
        return not any(edits) and self.new_total is None

    def _edited(self) -> dict[str, str]:
        """Return what the reform edits: the standard's path, and where in the reform's own file it stands."""
        return {
            **{path: f"changes.{path}" for path in self.changes},
            **{path: f"drop.{path}" for path in self.drop},
            **{path: f"split.{path}" for path in self.split},
            **{f"{part}.{entry.get('id')}": f"add.{part}" for part, listed in self.add.items() for entry in listed},
            **{f"criteria.{merge.into.get('id')}": f"merge.{'+'.join(merge.criteria)}" for merge in self.merge},
        }


class Edition(NamedTuple):
    """An edition; if a reform made it, also which entries of the one before its own come from.

    Entries that are not named there come from those of the same id.
    """

    standard: Standard
    reform: Reform | None = None
    came_from: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    @classmethod
    def made_by(cls, reform: Reform, before: Standard) -> Self:
        """Return the edition that a reform makes.

        >>> reform = lsstd.load_reform("data/editions/hlj_2027_made_up.yaml")
        >>> Edition.made_by(reform, lsstd.load_standard("hlj-base-evaluation")).came_from["rural_live_rooms"]
        ('village_rooms',)
        """
        made = reform.apply(before)
        return cls(made.model_copy(update={"lineage": {}}), reform, made.lineage)


def protecting(reforms: Sequence[Reform], groups: Sequence[Mapping[str, str]]) -> tuple[Reform, ...]:
    """Return reforms of which the last protects further groups."""
    last = reforms[-1]
    return (*reforms[:-1], last.model_copy(update={"protect": (*last.protect, *map(dict, groups))}))


def apply_all(standard: Standard, reforms: Sequence[Reform]) -> Standard:
    """Apply reforms one after the other.

    Raises
    ------
    InvalidFile
        A reform cannot be applied, or two of them touch one path.
    """
    problems = Problems()
    touched: dict[str, str] = {}
    for reform in reforms:
        paths = reform.touched(standard)
        for path in sorted(paths):
            other = next((name for seen, name in touched.items() if _overlap(seen, path)), None)
            if other is not None:
                found = msg("both {other} and {reform} change it", other=other, reform=reform.reform)
                problems.add(path, found, msg("each path changed by one reform only"))
        touched |= dict.fromkeys(paths, reform.reform)
    problems.raise_if_any(msg("the reforms contradict each other"))
    for reform in reforms:
        standard = reform.apply(standard)
    return standard


def _overlap(one: str, other: str) -> bool:
    """Say whether two paths are one, or one leads to the other."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")
