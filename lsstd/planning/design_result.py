"""The smallest reform that reaches goals: what it changes, how each goal stands, what excludes what, how firm it is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple, TypeAlias

import pandas as pd

from lsstd.changes.reform import Reform
from lsstd.engine.charted import Charted
from lsstd.exact import Exact, whole
from lsstd.planning.design_goals import Goal, Goals
from lsstd.planning.line_frontier import Choice
from lsstd.population.impact import Impact
from lsstd.population.partitions import Census
from lsstd.standard.models import as_in_file, fields_of, json_object
from lsstd.standard.standard import Standard
from lsstd.standard.wording import path_text
from lsstd.words import Lang, Text

Status: TypeAlias = Literal["optimal", "best_found", "infeasible", "unknown"]
OBJECTIVE = "fewest points moved, then fewest edits"


class Edit(NamedTuple):
    """One change: from which value to which; for a line, between which values nobody's grade would be another.

    `returns` counts the refits in which the same path changes again.
    """

    path: str
    old: Exact
    new: Exact
    interval: tuple[Exact, Exact] | None
    returns: int | None


class Standing(NamedTuple):
    """How a goal stands: the share, or the number, before and after; by how many subjects it is missed; and by whom."""

    goal: Goal
    before: Exact
    after: Exact
    short_by: Exact
    witnesses: tuple[str, ...]

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return not self.short_by


class Conflict(NamedTuple):
    """Goals that exclude each other, all of them needed for that; the subjects behind it; soft goals to drop one of."""

    goals: tuple[Goal, ...]
    witnesses: tuple[str, ...]
    give_up: tuple[Goal, ...]


class Refit(NamedTuple):
    """A reform held against resampled populations: how many, in how many it reaches all goals, or an edit returns."""

    samples: int
    holds: int
    seed: int
    returns: dict[str, int]


@dataclass(frozen=True)
class Design(Charted):
    """The smallest reform that reaches goals, or what keeps them out of reach.

    Parameters
    ----------
    status : str
        ``optimal`` (proved), ``best_found``, ``infeasible`` (proved, twice) or ``unknown`` (time out, no answer).
    moved, steps : exact
        Points of lines and rows, and steps of thresholds.
    bound : exact or None
        No reform that moves fewer points reaches the goals; None where none does at all.
    excluded : exact or None
        Number of points moved up to which all goals together are proved out of reach; None if nothing is ruled out.
    reform : Reform
        What reaches the goals; where nothing does, what comes closest without breaking a hard goal.
    curve : tuple of Choice
        What the lines alone, rows alone, both, and conditions miss for a rising number of points (steps) moved.
    is_whole : bool
        Whether all conflicts are listed; otherwise there may be more.
    causes : tuple of Text
        Goals that are missed because nothing that they depend on may change.
    sha256 : str
        Of the population's table: the same for the same lines, whatever their order and files.
    """

    status: Status
    goals: Goals
    standard: Standard
    census: Census
    readings: dict[str, str]
    reform: Reform
    edits: tuple[Edit, ...]
    moved: Exact
    steps: Exact
    bound: Exact | None
    excluded: Exact | None
    standings: tuple[Standing, ...]
    curve: tuple[Choice, ...]
    denominator: int
    conflicts: tuple[Conflict, ...]
    is_whole: bool
    impact: Impact
    refit: Refit | None
    causes: tuple[Text, ...]
    notes: tuple[Text, ...]
    time_limit: float
    sha256: str

    @property
    def is_reached(self) -> bool:
        """Whether the reform reaches all goals."""
        return self.status in ("optimal", "best_found")

    @property
    def is_synthetic(self) -> bool:
        """Whether the subjects were generated."""
        return self.census.is_synthetic

    @property
    def table(self) -> pd.DataFrame:
        """One line a goal: what is asked, how it stands before and after, whether it is met, by how much it is not."""
        columns = ["goal", "hard", "before", "after", "met", "short_by"]
        rows = [
            (each.goal.text.en, each.goal.hard, float(each.before), float(each.after), each.met, float(each.short_by))
            for each in self.standings
        ]
        return pd.DataFrame(rows, columns=columns)

    @property
    def reform_values(self) -> dict[str, Any]:
        """The reform as a file holds it, which `impact` takes as it is."""
        return dict(as_in_file(self.reform, lean=True))

    def label(self, path: str) -> Text:
        """Name what stands at a path.

        >>> found = lsstd.design("data/populations/made_up_60.csv", "hlj-base-evaluation", "data/goals/fewer_aaaa.yaml")
        >>> found.label("lines.AAAA").en
        'grade line of AAAA (points)'
        """
        return path_text(self.standard, path.removesuffix(".max_score"))

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the design as JSON holds it.

        >>> found = lsstd.design("data/populations/made_up_60.csv", "hlj-base-evaluation", "data/goals/fewer_aaaa.yaml")
        >>> sorted(found.to_dict()["edits"][0])
        ['from', 'interval', 'path', 'returns', 'to']
        """
        standings = [
            {
                **fields_of(each, "name=goal.text hard=goal.hard"),
                "asked": as_in_file(each.goal.share, lean=True) if each.goal.share else {"at_most": 0},
                **fields_of(each, "before after met short_by witnesses"),
            }
            for each in self.standings
        ]
        curve = [
            {
                **fields_of(each, "family edits moved proved changes"),
                "violation": whole(Fraction(each.missed, self.denominator)),
            }
            for each in self.curve
        ]
        conflicts = [
            {
                "goals": [goal.text for goal in each.goals],
                "witnesses": each.witnesses,
                "give_up": [goal.text for goal in each.give_up],
            }
            for each in self.conflicts
        ]
        document = {
            **fields_of(self, "standard=standard.standard status"),
            "objective": OBJECTIVE,
            **fields_of(self, "bound excluded_up_to=excluded time_limit"),
            "reform": self.reform_values,
            "edits": [fields_of(edit, "path from=old to=new interval returns") for edit in self.edits],
            **fields_of(self, "points_moved=moved steps_moved=steps"),
            "goals": standings,
            "curve": curve,
            "conflicts": conflicts,
            "conflicts_complete": self.is_whole,
            "impact": self.impact.to_dict(lang),
            "population": {"count": self.census.count, "sha256": self.sha256},
            "refit": self.refit and self.refit._asdict(),
            "readings": self.standard.printed_readings(self.readings),
            "step": as_in_file(self.goals.step),
            "cap": as_in_file(self.goals.cap),
            "notes": [*self.causes, *self.notes],
            "synthetic": self.is_synthetic,
        }
        return json_object(document, lang)
