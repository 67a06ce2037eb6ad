"""An independent judge: two people who fill in any standard's table by hand, from the rules printed for it.

The strict one believes the worst that is said of each demand and gives nothing for what is unknown; the generous one
believes the best and grants what is unknown. They know nothing of lsstd: the standard is plain values, as its YAML
holds them, all arithmetic is in fractions, and the rules are those of ``lsstd/standards/README.md``.
"""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from typing import Any, NamedTuple

COMPARE = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
Plain = dict[str, Any]


def exact(value: Any) -> Fraction:
    """Take a number as it is typed: 0.1 is a tenth."""
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


class Node(NamedTuple):
    """What stands in the table beside an indicator or a row: points of a maximum; whether it counts here at all."""

    points: Fraction
    maximum: Fraction
    full: Fraction
    counts: bool
    weight: Fraction = Fraction(1)
    on_top: bool = False
    leaves: bool = False


class Judge:
    """One of the two, with a standard, an assessment's facts and answers, and the readings chosen."""

    def __init__(self, paper: Plain, facts: Plain, answers: Plain, readings: Plain, generous: bool) -> None:
        self.paper, self.facts, self.readings, self.generous = paper, facts, readings, generous
        self.answers = {key: {"state": a} if isinstance(a, str) else a or {} for key, a in answers.items()}
        self.rows = {key: self.row(key, row) for key, row in paper["criteria"].items() if not self.left_out(row)}
        self.nodes: dict[str, Node] = {}
        tops = [self.node(key) for key, node in paper["indicators"].items() if node.get("parent") is None]
        self.total = sum((n.points * n.weight for n in tops if n.counts), Fraction(0))
        if readings["rounding"] == "total":
            self.total = self.rounded(self.total)
        self.grade = self.graded()

    def rounded(self, points: Fraction) -> Fraction:
        step = exact(self.paper.get("rounding_step", 1))
        times, rest = divmod(abs(points), step)  # GB/T 8170 rounds the magnitude
        to_even = self.paper.get("rounding_half") == "even"
        times += rest * 2 > step or (rest * 2 == step and (times % 2 == 1 or not to_even))
        return times * step if points >= 0 else -times * step

    def left_out(self, row: Plain) -> bool:
        kind = row.get("provision", {}).get("kind", "requirement")
        return bool(self.readings["recommended_rows"] == "left_out" and kind == "recommendation")

    # ── demands on facts ─────────────────────────────────────────────────────────────────────────────────────

    def fact_says(self, test: Plain | None) -> str:
        if test is None or self.facts.get(test["fact"]) is None:
            return "unknown"
        found, line, operator = self.facts[test["fact"]], test["value"], test["operator"]
        if operator in COMPARE and not isinstance(line, str):
            return "met" if COMPARE[operator](exact(found), exact(line)) else "unmet"
        ticked, listed = flat(found), flat(line)  # of several that are ticked, one is enough
        return "met" if bool({*ticked} & {*listed}) == (operator in ("==", "in")) else "unmet"

    def is_asked(self, entry: Plain) -> bool:
        """Say whether a condition or a demand is asked at all; the strict judge asks it where nobody knows."""
        said = self.fact_says(entry.get("applies"))
        return said == "met" or not entry.get("applies") or (said == "unknown" and not self.generous)

    def eligible(self) -> bool:
        """Say whether all conditions that are asked are met."""
        asked = [entry for entry in self.paper.get("conditions", {}).values() if self.is_asked(entry)]
        believed = [[self.believes(self.fact_says(t), generous=self.generous) for t in e["tests"]] for e in asked]
        return all((any if e.get("any_of") else all)(b) for e, b in zip(asked, believed, strict=True))

    def beside(self, part: Plain, answered: bool) -> str:
        """Return what its fact says of a part; a number that is missed is not held against an answer that stands."""
        said, test = self.fact_says(part.get("test")), part.get("test") or {}
        is_number = not isinstance(test.get("value"), bool | str | list) and exact(part.get("points", 0)) >= 0
        stands = answered and is_number and self.readings["missed_threshold"] == "shown"
        return "unknown" if stands and said == "unmet" else said

    def believes(self, *witnesses: str, generous: bool) -> bool:
        heard = {*witnesses} - {"unknown"}
        return "met" in heard or not heard if generous else heard == {"met"}

    # ── a row ────────────────────────────────────────────────────────────────────────────────────────────────

    def row(self, key: str, row: Plain) -> Node:
        """Return the points of a row; of a row without points, 1 where it is met."""
        answer = self.answers.get(key, {})
        applies = self.fact_says(row["applies"]) if row.get("applies") else "met"
        top, least = exact(row.get("max_score", 1)), exact(row.get("min_score", 0))
        weight, scored = exact(row.get("weight", 1)), "max_score" in row
        said = [answer.get("parts", {}).get(key) for key, _ in self.counted(row)]
        gone = answer.get("state") == "not_applicable" or (said and {*said} == {"not_applicable"})
        if applies == "unmet" or gone:
            return Node(Fraction(0), Fraction(0), top, False, weight)
        low, high = self.between(row, answer, top, least)
        if applies == "unknown":
            low, high = min(Fraction(0), least), top
        points = high if self.generous else low
        if scored and self.readings["rounding"] == "row":
            points = min(max(self.rounded(points), least), top)
        return Node(points, top, top, True, weight)

    def between(self, row: Plain, answer: Plain, top: Fraction, least: Fraction) -> tuple[Fraction, Fraction]:
        """Return what the strict and the generous judge would write down."""
        unmet = least if top == 0 else max(least, Fraction(0))
        counted = self.counted(row)
        parts = [p for p in counted if answer.get("parts", {}).get(p[0]) != "not_applicable"]
        kind, rule = self.rule(row)
        said = answer.get("parts", {})
        self.is_answered = not said and bool(
            answer.keys() - {"note", "evidence", "state"} or answer.get("state") in ("met", "unmet")
        )
        ends = [self.by_rule(kind, rule, parts, said, top, least, unmet, generous) for generous in (False, True)]
        if answer.get("state") in ("met", "unmet"):
            whole = top if answer["state"] == "met" else unmet
            return agreed(ends[0], ends[1], whole, whole)
        if kind == "levels" and "level" in answer:
            level = next(v for k, v in rule.items() if answer["level"] in (k, *names_of(v["label"])))
            points = level["points"]
            low, high = points if isinstance(points, list) else [points, points]
            return exact(low), exact(high)
        named = [exact(p) for p in written(answer)]
        if not named or "max_score" not in row:
            return ends[0], ends[1]
        if kind not in ("linear", "steps", "per_unit", "points"):
            ends = self.left_by_facts(parts, top, least, unmet)
        if ends[0] == ends[1] and min(named) <= ends[0] <= max(named):
            return ends[0], ends[1]
        return min(min(named), ends[1]), max(max(named), ends[0])

    def counted(self, row: Plain) -> list[Any]:
        """Return the parts that count: no bonus where a reading ignores it, or where it is on top of no points."""
        ignored = self.readings["bonus"] == "ignored" or "max_score" not in row
        return [entry for entry in row.get("parts", {}).items() if not (entry[1].get("bonus") and ignored)]

    def rule(self, row: Plain) -> tuple[str, Any]:
        rule = row.get("rule")
        if rule is None:
            return (self.readings["compound_rows"] if "max_score" in row else "all"), {}
        return (rule, {}) if isinstance(rule, str) else next(iter(rule.items()))

    def by_rule(self, kind: str, rule: Any, parts: list[Any], said: Plain, *ends: Any) -> Fraction:
        top, least, unmet, generous = ends
        if kind in ("linear", "steps", "per_unit"):
            return self.measured(kind, rule, top, least, generous)
        if kind == "levels":
            named = [exact(p) for level in rule.values() for p in flat(level["points"])]
            return max(named) if generous else min(unmet, *named)
        states = {key: self.heard(said.get(key, "unknown"), part) for key, part in parts}
        if kind == "points":
            points = exact(rule.get("start", 0))
            for key, part in parts:
                worth = exact(part.get("points", 0))
                points += worth * self.believes(*states[key], generous=generous == (worth > 0))
            return min(max(points, least), top)
        if not parts or kind == "expert":
            return top if generous else least
        met = [key for key, _ in parts if self.believes(*states[key], generous=generous)]
        if kind == "shares":
            return shared(top, [p for key, p in parts if key in met], parts, unmet)
        demands = [key for key, part in parts if not part.get("bonus")]  # a bonus is none
        if len({*met} & {*demands}) < min(rule.get("parts", len(demands)), len(demands)):
            return unmet
        return shared(top, [part for key, part in parts if key in met or key in demands], parts, unmet)

    def heard(self, said: str, part: Plain) -> tuple[str, str]:
        """Return what is said of a part, and what its fact says beside that."""
        return said, self.beside(part, self.is_answered or said != "unknown")

    def measured(self, kind: str, rule: Plain, top: Fraction, least: Fraction, generous: bool) -> Fraction:
        """A quantity earns its points; while it is unknown, the fewest or the most that any quantity can."""
        above, below = self.facts.get(rule["fact"]), self.facts.get(rule["per"]) if rule.get("per") else 1
        if above is not None and below:
            return min(max(self.earned(kind, rule, exact(above) / exact(below), top, least), least), top)
        if kind == "linear":
            return top if generous else least
        if kind == "steps":
            worths = [max(least, Fraction(0)), *(worth(stage, top) for stage in rule["stages"])]
            return max(worths) if generous else min(worths)
        start = min(max(exact(rule.get("start", 0)), least), top)
        return (start, top)[generous] if exact(rule["each"]) >= 0 else (least, start)[generous]

    @staticmethod
    def earned(kind: str, rule: Plain, quantity: Fraction, top: Fraction, least: Fraction) -> Fraction:
        if kind == "linear":
            start, to = exact(rule["from"]), exact(rule["to"])
            share = min(max((quantity - start) / (to - start), Fraction(0)), Fraction(1))
            step = exact(rule["step"]) if rule.get("step") else None
            return top * (math.floor(share / step) * step if step else share)
        if kind == "steps":
            reached = max(least, Fraction(0))
            for stage in rule["stages"]:
                if quantity > exact(stage["above"]) if "above" in stage else quantity >= exact(stage["from"]):
                    reached = worth(stage, top)
            return reached
        units = max(math.floor(quantity / exact(rule.get("unit", 1))), 0)
        return exact(rule.get("start", 0)) + exact(rule["each"]) * units

    def left_by_facts(self, parts: list[Any], top: Fraction, least: Fraction, unmet: Fraction) -> list[Fraction]:
        """Return the points that facts leave to a row whose points are written down."""
        by_fact = [self.beside(part, True) for _, part in parts]
        if by_fact and set(by_fact) in ({"met"}, {"unmet"}):
            return [top if "met" in by_fact else unmet] * 2
        rest = [part for (_, part), fact in zip(parts, by_fact, strict=True) if fact != "unmet"]
        return [least, shared(top, rest, parts, unmet) if "unmet" in by_fact else top]

    # ── the tree ─────────────────────────────────────────────────────────────────────────────────────────────

    def node(self, key: str) -> Node:
        """Combine what stands under an indicator as it says."""
        paper = self.paper["indicators"][key]
        below = [self.node(name) for name, node in self.paper["indicators"].items() if node.get("parent") == key]
        scored = [
            name for name, row in self.paper["criteria"].items() if row["indicator"] == key and "max_score" in row
        ]
        below += [self.rows[name] for name in scored if name in self.rows]
        way, rest = paper.get("not_applicable", "fixed"), [n for n in below if not n.on_top]
        counted = [n for n in rest if n.counts or way == "fixed"]
        full = pick(paper, [n.full * n.weight for n in rest])
        points = pick(paper, [n.points * n.weight * n.counts for n in counted])
        maximum = pick(paper, [n.weight * (n.maximum if n.counts else 0 if n.leaves else n.full) for n in counted])
        if way == "rescaled" and maximum != 0:
            points, maximum = points * full / maximum, full
        points += sum(n.points * n.weight for n in below if n.on_top and n.counts)
        points, maximum, full = (finished(paper, value) for value in (points, maximum, full))
        applies = self.fact_says(paper["applies"]) if paper.get("applies") else "met"
        if applies == "unknown":
            points = max(points, maximum) if self.generous else min(points, Fraction(0))
        alive = way == "fixed" or not below or any(n.counts for n in below)
        leaves = way == "reduced" and applies != "unmet" and not alive
        weight, on_top = exact(paper.get("weight", 1)), paper.get("on_top", False)
        self.nodes[key] = Node(points, maximum, full, alive and applies != "unmet", weight, on_top, leaves)
        return self.nodes[key]

    # ── grades ───────────────────────────────────────────────────────────────────────────────────────────────

    def graded(self) -> str | None:
        """Return the grade; where several tables decide, the lowest of theirs."""
        bands = self.paper.get("bands", [])
        found = [self.grade_in(bands, self.total)] if bands else []
        for table in self.paper.get("tables", {}).values():
            node = self.nodes[table["indicator"]] if table.get("indicator") else None
            if table.get("decides") and (node is None or node.counts):
                found.append(self.grade_in(table["bands"], node.points if node else self.total))
        deciding = [t["bands"] for t in self.paper.get("tables", {}).values() if t.get("decides")]
        order = [band["grade"] for printed in (bands, *deciding) for band in printed]
        return None if None in found or not found else max((g for g in found if g), key=order.index)

    def grade_in(self, bands: list[Plain], points: Fraction) -> str | None:
        """Look a score up; where its grade asks for more than there is, the next lower one may do."""
        place = next((i for i, band in enumerate(bands) if holds(band, points)), None)
        place = self.in_a_gap(bands, points) if place is None else place
        for band in bands[place:] if place is not None else ():
            if all(self.meets(demand) for demand in (*self.paper.get("requires", ()), *band.get("requires", ()))):
                return str(band["grade"])
        return None

    def in_a_gap(self, bands: list[Plain], points: Fraction) -> int | None:
        """Return which neighbour a score between two bands belongs to, as the reading says."""
        for i in range(len(bands) - 1):
            line, below = end_of(bands[i], "lower"), end_of(bands[i + 1], "upper")
            if line is None or below is None or not below[0] <= points <= line[0]:
                continue
            upper = line[0] - points < points - below[0]
            return {"lower": i + 1, "upper": i, "none": None, "nearest": i if upper else i + 1}[
                self.readings["between_bands"]
            ]
        return None

    def meets(self, demand: Plain) -> bool:
        if not self.is_asked(demand):
            return True
        if demand.get("test"):
            return self.believes(self.fact_says(demand["test"]), generous=self.generous)
        if demand.get("indicator"):
            node = self.nodes[demand["indicator"]]
            needed = exact(demand["points"]) if "points" in demand else node.maximum * exact(demand["share"])
            return not node.counts or node.points >= needed
        rows = [self.rows.get(name) for name in demand["criteria"]]
        return sum(row is not None and row.counts and row.points == row.full for row in rows) >= demand["met"]


def agreed(low: Fraction, high: Fraction, other_low: Fraction, other_high: Fraction) -> tuple[Fraction, Fraction]:
    """Return where two witnesses agree; where they contradict each other, the worst and the best that either says."""
    inner = max(low, other_low), min(high, other_high)
    return inner if inner[0] <= inner[1] else (inner[1], inner[0])


def written(answer: Plain) -> list[Any]:
    """Return the points that an answer names outright."""
    if answer.get("score") is not None:
        return [answer["score"]]
    chances = answer.get("chances") or []
    pairs = chances.items() if isinstance(chances, dict) else chances
    return answer.get("range") or [float(points) for points, chance in pairs if chance > 0]


def names_of(label: Any) -> list[str]:
    return list(label.values()) if isinstance(label, dict) else [label]


def flat(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def worth(stage: Plain, top: Fraction) -> Fraction:
    return exact(stage["points"]) if "points" in stage else top * exact(stage["share"])


def shared(top: Fraction, met: list[Plain], parts: list[Any], unmet: Fraction) -> Fraction:
    """Return the share of a row that some of its parts earn, by weight; no less than its floor."""
    weights = [sum(exact(part.get("weight", 1)) for part in some) for some in (met, [part for _, part in parts])]
    return max(top * weights[0] / weights[1], unmet) if weights[0] != weights[1] else top


def pick(paper: Plain, values: list[Fraction]) -> Fraction:
    combine, ordered = paper.get("combine", "sum"), sorted(values, reverse=True)
    if combine == "minimum":
        ordered = ordered[-1:]
    elif combine != "sum":
        ordered = ordered[: paper.get("best", 1) if combine == "best" else 1]
    return sum(ordered, Fraction(0))


def finished(paper: Plain, value: Fraction) -> Fraction:
    value = value if paper.get("cap") is None else min(value, exact(paper["cap"]))
    value = value if paper.get("floor") is None else max(value, exact(paper["floor"]))
    return value / exact(paper.get("divisor", 1))


def end_of(band: Plain, name: str) -> tuple[Fraction, bool] | None:
    end = band.get(name)
    if end is None:
        return None
    return (exact(end["value"]), end["closed"]) if isinstance(end, dict) else (exact(end), True)


def holds(band: Plain, points: Fraction) -> bool:
    low, high = end_of(band, "lower"), end_of(band, "upper")
    above = low is None or points > low[0] or (low[1] and points == low[0])
    return above and (high is None or points < high[0] or (high[1] and points == high[0]))
