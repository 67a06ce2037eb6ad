"""The cheapest way to a grade: what to do, when, at what cost, how surely, and what else could be done instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from lsstd.assessment.assessment import Scenario
from lsstd.engine.charted import Charted
from lsstd.engine.result import Result
from lsstd.exact import Exact, whole
from lsstd.planning.costs import Costs, Task
from lsstd.planning.improvements import Improvements
from lsstd.planning.where_to_look import SiteVisit
from lsstd.standard.models import fields_of, json_object
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.standard.wording import STATES, id_text, named, value_text
from lsstd.words import Lang, Text, join, msg, same

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


COLUMNS = ["kind", "id", "from", "to", "gain", "cost", "owner", "lead_days", "start", "finish", "after", "chance"]
COLUMNS += ["evidence", "effects"]
NO_VISIT = SiteVisit(0.0, {})


class Effect(NamedTuple):
    """What a step brings: points in a row, or that a condition, veto or gate is met."""

    id: str
    gain: Exact | None


class PlanStep(NamedTuple):
    """One step of a plan: the task, what it brings, and when."""

    task: Task
    gain: Exact
    effects: tuple[Effect, ...]
    start: str | None
    finish: str | None
    kinds: tuple[str, ...] = ()
    """The kinds of evidence that would prove it."""


class Phase(NamedTuple):
    """A quarter of a plan: its last day, the steps done within it, and what the assessment comes to then."""

    until: str | None
    steps: tuple[str, ...]
    result: Result


@dataclass(frozen=True)
class Way:
    """One way to a grade."""

    steps: tuple[PlanStep, ...]
    cost: Exact
    chance: Exact | None
    after: Result
    differs_by: int = 0
    bound: Exact | None = None
    """Of the surest way: no other with the same chance costs less."""

    @property
    def finish(self) -> str | None:
        """The day on which the last step is done."""
        return max((step.finish for step in self.steps if step.finish), default=None)


class CurvePoint(NamedTuple):
    """A point of the cost curve: the points gained, the least cost, the grade, and the additional cost."""

    points: Exact
    cost: Exact
    grade: str | None
    marginal: Exact


class UnderReading(NamedTuple):
    """The cheapest way where some readings are chosen otherwise; no cost where the grade is out of reach."""

    readings: dict[str, str]
    cost: Exact | None


class Blocked(NamedTuple):
    """What stands in the way and no step mends: why, and the day on which time cures it, if it does."""

    id: str
    why: Text
    cured_on: str | None = None


@dataclass(frozen=True)
class ImprovementPlan(Charted):
    """The cheapest way to a grade, proven, with what a reader needs to weigh it.

    Parameters
    ----------
    way : Way or None
        The plan; None where the grade is out of reach.
    best : Way or None
        Where it is: the best that can be reached all the same.
    bound : Exact or None
        Nothing that reaches the grade costs less.
    needed : Exact or None
        The points missing to the smallest total with the grade; None where no total has it, or nothing may be told.
    surest : Way or None
        The cheapest way with at least the chance that was asked for.
    robust : Way or None
        The cheapest way that holds under every combination of readings.
    sensitive : tuple of str
        Steps of which a cost within its range would change the plan.
    """

    result: Result
    target: str
    costs: Costs | None
    way: Way | None
    needed: Exact | None
    bound: Exact | None = None
    best: Way | None = None
    alternatives: tuple[Way, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    by_reading: tuple[UnderReading, ...] = ()
    robust: Way | None = None
    chance_asked: Exact | None = None
    surest: Way | None = None
    phases: tuple[Phase, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    unused: tuple[tuple[str, Text], ...] = ()
    sensitive: tuple[str, ...] = ()
    visit: SiteVisit = NO_VISIT
    assumptions: tuple[Text, ...] = ()
    found: Improvements | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        told = "out of reach" if self.way is None else f"{len(self.way.steps)} steps, {float(self.way.cost):g}"
        return f"<ImprovementPlan to {self.target}: {told}>"

    @property
    def status(self) -> str:
        """``optimal`` (nothing cheaper exists), ``best_found``, or ``unreachable``."""
        if self.way is None or self.bound is None:
            return "unreachable"
        return "optimal" if self.bound >= self.way.cost else "best_found"

    @property
    def scenario(self) -> Scenario:
        """The plan as a scenario, for `save_assessment` and `compare`."""
        way = self.way or self.best
        if way is None or self.found is None:
            return Scenario(scenario=self.target)
        return self.found.scenario((change for step in way.steps for change in step.task.changes), self.target)

    @property
    def table(self) -> pd.DataFrame:
        """The steps as a table, one line each, in the order in which they are done."""
        import pandas as pd

        way = self.way or self.best
        lines = [json_object(_step(step), "zh") for step in way.steps] if way else []
        return pd.DataFrame(lines, columns=COLUMNS)

    def plot_schedule(self, ax: Axes | None = None, lang: Lang = "zh", title: str | Text = "") -> Axes:
        """Draw when each step begins and is done (a Gantt chart).

        Examples
        --------
        >>> costs = lsstd.load_costs("data/costs/near_aaa.yaml", "hlj-base-evaluation")
        >>> found = lsstd.plan("hlj-base-evaluation", lsstd.example("near_aaa"), costs=costs, target="AAA")
        >>> len(found.plot_schedule(lang="en").patches) > 0
        True
        """
        return self.plot(ax, lang, title=title, chart="charts.schedule")

    @property
    def price_of_robustness(self) -> Exact | None:
        """What it costs more to reach the grade under every combination of readings."""
        return whole(self.robust.cost - self.way.cost) if self.robust and self.way else None

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what JSON holds.

        Examples
        --------
        >>> found = lsstd.plan("hlj-base-evaluation", lsstd.example("near_aaa"), "AAA").to_dict("en")
        >>> found["status"], found["after"]
        ('optimal', {'score': 401.4166666666667, 'grade': 'AAA', 'awarded': 'AAA', 'cushion': 0.4166666666666667})
        """
        way, surest, costs = self.way, self.surest, self.costs
        asked = {"chance": self.chance_asked, "plan": surest and _way(surest), **fields_of(surest, "bound")}
        document = {
            **fields_of(self.result, "standard=standard.standard subject=assessment.subject.name"),
            "readings": self.result.standard.printed_readings(self.result.readings),
            "target": self.target,
            "reachable": way is not None,
            **fields_of(self, "points_needed=needed status bound"),
            **fields_of(way, "cost"),
            **fields_of(costs, "unit"),
            **fields_of(way, "chance"),
            "steps": [_step(step) for step in way.steps] if way else [],
            "after": way and _after(way),
            "best": self.best and {**_way(self.best), "after": _after(self.best)},
            "alternatives": [_way(each) for each in self.alternatives],
            "curve": [point._asdict() for point in self.curve],
            "by_reading": [
                {"readings": each.readings, "reached": each.cost is not None, "cost": each.cost}
                for each in self.by_reading
            ],
            "price_of_robustness": self.price_of_robustness,
            "robust": self.robust and _way(self.robust),
            "surest": None if self.chance_asked is None else asked,
            "phases": [{**fields_of(phase, "until steps"), **fields_of(phase.result, _SCORE)} for phase in self.phases],
            "look": [{"criterion": row, "less_wrong": less} for row, less in self.visit.less_wrong.items()],
            "wrong": self.visit.wrong,
            "blocked_by": [one._asdict() for one in self.blocked],
            "not_used": [{"id": name, "why": why} for name, why in self.unused],
            **fields_of(self, "sensitive assumptions"),
        }
        return json_object(document, lang)


_SCORE = "score=score.secured grade=grade.secured awarded=grade.awarded"


def _after(way: Way) -> dict[str, Any]:
    return {**fields_of(way.after, _SCORE), **fields_of(way.after.cushion_down, "cushion=points")}


def _way(way: Way) -> dict[str, Any]:
    return {**fields_of(way, "cost chance finish differs_by"), "steps": [_step(step) for step in way.steps]}


def _step(step: PlanStep) -> dict[str, Any]:
    price = step.task.price
    return {
        **fields_of(step.task, "kind id"),
        **fields_of(step.task.changes[0], "from=before to=after"),
        "gain": step.gain,
        **fields_of(price, "cost owner lead_days"),
        **fields_of(step, "start finish"),
        **fields_of(price, "after chance"),
        "evidence": [*step.kinds, *([price.evidence] if price.evidence else [])],
        "effects": [effect._asdict() for effect in step.effects],
    }


# ── in words ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def step_label(standard: Standard, task: Task) -> Text:
    """Name what is done: a row, a part of it, a fact; of several changes, each."""
    return join(id_text(standard, change.id) for change in task.changes)


def where_entered(standard: Standard, step: PlanStep) -> str:
    """Return the path of the field in which what a step changes is entered."""
    change = step.task.changes[0]
    if change.kind in ("fact", "time"):
        return f"facts.{standard.facts[change.id].years_since or change.id}"
    return f"answers.{change.id.partition('.')[0]}"


def step_values(standard: Standard, task: Task) -> tuple[Text, Text]:
    """Tell what is, and what is to be; of several changes, as long as all are alike."""
    told = []
    for change in task.changes:
        if change.kind in ("fact", "time"):
            fact = standard.facts[change.id]
            told.append(tuple(value_text(named(fact, value), fact.unit) for value in (change.before, change.after)))
        else:
            told.append((STATES[change.before], STATES[change.after]))
    now, then = (join(dict.fromkeys(texts)) for texts in zip(*told, strict=True))
    return now, then


def step_clauses(standard: Standard, task: Task) -> Text:
    """Name the rows and clauses that experts look at for a step."""
    rows = [standard.criteria[name] for name in task.rows]
    texts = [msg("row {row} ({clause})", row=row.row, clause=row.clause) for row in rows]
    entries: dict[str, Condition | Veto] = {**standard.conditions, **standard.vetoes}
    return join([*texts, *(same(entries[name].clause) for name in task.conditions if name in entries)])


def step_evidence(standard: Standard, step: PlanStep) -> Text:
    """Name the papers that prove a step: the user's own, else the kinds that lsstd suggests."""
    if step.task.price.evidence:
        return same(step.task.price.evidence)
    return join(standard.evidence_kinds.get(kind, same(kind)) for kind in step.kinds)
