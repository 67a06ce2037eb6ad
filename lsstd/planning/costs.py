"""What improvements cost: the table that a user fills in, checked against the standard, and the tasks that it makes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lsstd.assessment.assessment import Day
from lsstd.errors import Problems
from lsstd.exact import Exact
from lsstd.planning.improvements import Improvement, Improvements
from lsstd.standard.models import Listed, Model, Number, WholeNumber, mistake, parse
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, nearest, same


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, dict) else value


LONGEST_LEAD = 36_500
"""Most days that an improvement may take: a century."""
Amount = Annotated[Number, Field(ge=0)]
Days = Annotated[WholeNumber, Field(ge=0, le=LONGEST_LEAD)]
Times = Annotated[WholeNumber, Field(gt=0)]
Chance = Annotated[Number, Field(gt=0, le=1)]


class Price(Model):
    """What one improvement takes."""

    cost: Amount = Field(description="its cost, in the file's unit")
    lead_days: Days | None = Field(None, description="days from its start until it counts")
    owner: str | None = Field(None, description="who does it")
    after: Annotated[Listed[str], BeforeValidator(_names)] = Field((), description="what comes first")
    chance: Chance = Field(1, description="the chance that it succeeds")
    range: Annotated[tuple[Amount, Amount], Field(strict=False)] | None = Field(
        None, description="the least and the most that it may cost"
    )
    evidence: str | None = Field(None, description="the paper that will prove it")

    @model_validator(mode="after")
    def _range_holds_cost(self) -> Self:
        if self.range and not self.range[0] <= self.cost <= self.range[1]:
            raise mistake(msg("a range from the least to the most, the cost within it"))
        return self


class Capacity(Model):
    """How many improvements somebody can begin in a quarter or a month."""

    owner: str = Field(description="who")
    per_quarter: Times | None = Field(None, description="the most that can begin in a quarter")
    per_month: Times | None = Field(None, description="the most that can begin in a month")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.per_quarter is None) == (self.per_month is None):
            raise mistake(msg("one of per_quarter and per_month"))
        return self


class Costs(Model):
    """What improvements of one assessment cost."""

    standard: str = Field(description="the standard's id")
    unit: str = Field("", max_length=40, description="the unit of every cost")
    start: Day | None = Field(None, description="the day on which work begins; without it, the reference day")
    costs: dict[str, Price] = Field(description="by id of a row, a part (row.part), a fact or a condition")
    capacity: Annotated[Listed[Capacity], BeforeValidator(_one_or_more)] = Field(
        (), description="how many improvements an owner can begin in a time"
    )


def names_of(standard: Standard) -> list[str]:
    """Return every name that can stand in a table of costs."""
    parts = (f"{row.id}.{part}" for row in standard.criteria.values() for part in row.parts)
    return [*standard.criteria, *parts, *standard.tested_facts, *standard.conditions, *standard.vetoes]


def parse_costs(value: object, standard: Standard, problems: Problems) -> Costs | None:
    """Read a table of costs from plain values; note every problem, and return None if there are any."""
    if isinstance(value, dict) and isinstance(found := value.get("standard"), str) and found != standard.standard:
        expected = msg("costs for {standard}", standard=standard.standard)
        problems.add("standard", msg("costs for {standard}", standard=found), expected)
        return None
    costs, known = parse(Costs, value, problems), names_of(standard)
    section = value.get("costs") if isinstance(value, dict) else None
    named = [(f"costs.{name}", name) for name in (section if isinstance(section, dict) else ())]
    for name, price in costs.costs.items() if costs else ():
        named += ((f"costs.{name}.after", first) for first in price.after)
    for where, name in named:
        if name not in known:
            problems.add(where, msg("unknown id {name}", name=name), nearest(str(name), known))
    owners = {price.owner for price in costs.costs.values() if price.owner} if costs else set()
    for place, each in enumerate(costs.capacity if costs else ()):
        if each.owner not in owners:
            problems.add(
                f"capacity.{place}.owner",
                msg("no step has the owner {name}", name=each.owner),
                nearest(each.owner, owners),
            )
    if costs and not problems.found and (circle := _circle(costs)):
        found, expected = " → ".join(circle), msg("prerequisites that do not lead back to themselves")
        problems.add(f"costs.{circle[0]}.after", same(found), expected)
    return None if problems.found else costs


def _circle(costs: Costs) -> list[str]:
    """Return names that wait for one another in a circle, if there are any."""
    try:
        TopologicalSorter({name: price.after for name, price in costs.costs.items()}).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


# ── tasks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

TaskKind = Literal["row", "part", "fact", "time", "condition"]


@dataclass(frozen=True)
class Task:
    """What is done at one price: one change, or several that the table of costs prices together."""

    id: str
    kind: TaskKind
    changes: tuple[Improvement, ...]
    price: Price
    after: tuple[int, ...] = ()
    """The tasks that come first, by their places."""
    priced: bool = True

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions, vetoes and gates that need it."""
        return tuple(dict.fromkeys(name for change in self.changes for name in change.conditions))

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows whose points can depend on it."""
        return tuple(dict.fromkeys(name for change in self.changes for name in change.rows))

    @property
    def ready(self) -> str | None:
        """The first day on which it can count, where that is a matter of time and the user says nothing else."""
        waits = [change.ready for change in self.changes if change.ready]
        return max(waits) if waits and (self.price.lead_days is None or self.kind == "time") else None


def tasks_of(
    found: Improvements, costs: Costs | None, worth: Mapping[str, Exact]
) -> tuple[list[Task], list[tuple[str, Text]]]:
    """Return the tasks that a table of costs makes of all changes, and what is not used, with the reason.

    Parameters
    ----------
    costs : Costs, optional
        Without it each change is a task that costs what it is worth: equal cost per point.
    worth : mapping of str to Exact
        The points of each change, by its id.
    """
    changes = {change.id: change for change in found.changes}
    if costs is None:
        prices = {c.id: Price(cost=0 if c.kind == "time" else worth.get(c.id, 0)) for c in changes.values()}
        return [Task(c.id, c.kind, (c,), prices[c.id], priced=False) for c in changes.values()], []
    firsts = {first for price in costs.costs.values() for first in price.after}
    changes |= {name: left for name in sorted(firsts - changes.keys()) if (left := found.without_points(name))}
    come_first = {each for first in firsts for each in _meant(found.standard, changes.values(), first)}
    unused: list[tuple[str, Text]] = []
    owned: dict[str, str] = {}
    for name in sorted(costs.costs, key=lambda name: _breadth(found.standard, name)):
        meant = [each for each in _meant(found.standard, changes.values(), name) if each not in owned]
        if not meant:
            unused.append((name, msg("nothing is left to do there, or another entry prices it")))
        owned |= dict.fromkeys(meant, name)
    grouped: dict[str, list[Improvement]] = {}
    for key, change in changes.items():
        if key in owned or key in come_first or change.conditions or change.kind == "time":
            grouped.setdefault(owned.get(key, key), []).append(change)
        else:
            unused.append((key, msg("no cost in the table")))
    places = {change.id: i for i, listed in enumerate(grouped.values()) for change in listed}
    tasks = []
    for name, listed in grouped.items():
        price = costs.costs.get(name)
        meant = [
            each for first in (price.after if price else ()) for each in _meant(found.standard, changes.values(), first)
        ]
        mine = {places[change.id] for change in listed}
        after = tuple(dict.fromkeys(places[each] for each in meant if each in places and places[each] not in mine))
        kind: TaskKind = (
            listed[0].kind if len(listed) == 1 else "condition" if name in found.standard.conditions else "row"
        )
        tasks.append(Task(name, kind, tuple(listed), price or Price(cost=0), after, price is not None))
    return tasks, unused


def _breadth(standard: Standard, name: str) -> int:
    """Return how much a name stands for: a fact or part least, a row most; the narrower takes what it names."""
    return 2 if name in standard.criteria else 1 if name in standard.conditions or name in standard.vetoes else 0


def _meant(standard: Standard, changes: Iterable[Improvement], name: str) -> list[str]:
    """Return the ids of the changes that a name in a table of costs stands for."""
    row, _, part = name.partition(".")
    if part and (test := standard.criteria[row].parts[part].test):
        name = test.fact
    return [c.id for c in changes if name == c.id or name in c.rows or name in c.conditions]


def ordered(tasks: Sequence[Task], chosen: Iterable[int]) -> Iterator[int]:
    """Yield tasks so that none stands before what it comes after; else in the order of the document."""
    wanted = sorted(chosen)
    graph = TopologicalSorter({i: sorted(set(tasks[i].after) & set(wanted)) for i in wanted})
    graph.prepare()
    ready: list[int] = []
    while graph.is_active():
        ready = sorted([*ready, *graph.get_ready()])
        yield ready[0]
        graph.done(ready.pop(0))
