"""How the scores of several experts become one: by a rule that is named, at a level that is named, exactly.

The standard has a panel score (8.3.3) and is silent on how its scores combine: nothing here is silent, so every result
carries its `Combination`, and the grade under each other one can be shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, TypeAlias

from lsstd.assessment.assessment import Assessment, FactEntry
from lsstd.engine.charted import Charted
from lsstd.engine.evaluate import evaluate
from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grader
from lsstd.engine.result import CriterionResult, IndicatorResult, Result, Score
from lsstd.engine.tree import SIDES, Branch, Fold, Tree
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, Rounding, exact, rounded, shown, total, whole
from lsstd.panel.sheets import PanelSheet
from lsstd.standard.models import Concise
from lsstd.standard.scoring_table import Criterion, Indicator
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, msg, nearest, paired, same

Rule: TypeAlias = Literal["mean", "median", "trimmed_mean", "consensus"]
Level: TypeAlias = Literal["row", "indicator", "total"]
Missing: TypeAlias = Literal["others", "nothing", "open"]
RULES: dict[str, Text] = {
    "mean": msg("arithmetic mean"),
    "median": msg("median"),
    "trimmed_mean": msg("mean without the highest and the lowest"),
    "consensus": msg("consensus: only what all agree on is settled"),
}
LEVELS: dict[str, Text] = {
    "row": msg("row by row"),
    "indicator": msg("indicator by indicator"),
    "total": msg("on the totals"),
}
MISSING: dict[str, Text] = {
    "others": msg("a missing score is left to those who scored the row"),
    "nothing": msg("a missing score counts nothing"),
    "open": msg("a missing score stays open, from nothing to the maximum"),
}
_LEAST_TRIMMED = 3  # of fewer, nothing would be left


@dataclass(frozen=True)
class Combination(Concise):
    """How scores combine.

    Parameters
    ----------
    rule : {"mean", "median", "trimmed_mean", "consensus"}
        Under ``consensus`` a score on which experts differ lies between the lowest and the highest of theirs.
    level : {"row", "indicator", "total"}
        What is combined: the scores of each row, the points of each indicator that has rows, or the totals.
    trim_from : int
        The mean is trimmed where at least so many scores are combined, 3 or more; with fewer it is the plain mean.
    groups : mapping of str to number
        The share of each group of raters, on any scale: the rule is applied within each group. Where nobody of a group
        scored, its share goes to the others in proportion.
    rounding : number, optional
        To a multiple of what each combined number is rounded, halves as the standard rounds them; None: not rounded.
    missing : {"others", "nothing", "open"}
        What counts for an expert who did not score a row. What nobody scored is open, unless missing counts nothing.

    Examples
    --------
    >>> from lsstd.panel.combination import Combination
    >>> scores = [(None, 6), (None, 7), (None, 10)]
    >>> Combination().of(scores), Combination("median").of(scores), Combination("trimmed_mean", trim_from=3).of(scores)
    (Fraction(23, 3), 7, 7)
    """

    rule: Rule = "mean"
    level: Level = "row"
    trim_from: int = 5
    groups: Mapping[str, Exact] = field(default_factory=dict)
    rounding: Exact | None = None
    missing: Missing = "others"

    def __post_init__(self) -> None:
        problems = [
            Problem(name, same(getattr(self, name)), nearest(str(getattr(self, name)), options, every=True))
            for name, options in (("rule", RULES), ("level", LEVELS), ("missing", MISSING))
            if getattr(self, name) not in options
        ]
        if self.trim_from < _LEAST_TRIMMED:
            problems.append(Problem("trim_from", same(self.trim_from), msg("at least {least}", least=_LEAST_TRIMMED)))
        shares = [Problem(f"groups.{g}", same(s), msg("a number above 0")) for g, s in self.groups.items() if not s > 0]
        if self.rounding is not None and not self.rounding > 0:
            problems.append(Problem("rounding", same(self.rounding), msg("a number above 0")))
        if problems or shares:
            raise LsstdError(msg("scores cannot be combined like this"), [*problems, *shares])
        object.__setattr__(self, "groups", {group: exact(share) for group, share in self.groups.items()})
        object.__setattr__(self, "rounding", None if self.rounding is None else exact(self.rounding))

    @property
    def text(self) -> Text:
        """The combination in words, as it stands on every result."""
        rule, level, missing = RULES[self.rule], LEVELS[self.level], MISSING[self.missing]
        if self.rule == "trimmed_mean":
            rule = msg("{rule} (from {count} scores on, else the plain mean)", rule=rule, count=self.trim_from)
        told = [msg("{rule}, {level}", rule=rule, level=level), missing]
        if self.groups:
            told.append(
                msg("shares of the groups: {shares}", shares=join(paired(g, shown(s)) for g, s in self.groups.items()))
            )
        step = self.rounding
        told.append(msg("rounded to {step}", step=shown(step, 6)) if step else msg("not rounded"))
        return Text("；".join(text.zh for text in told), "; ".join(text.en for text in told))

    def to_dict(self) -> dict[str, Any]:
        """Return the combination as JSON holds it."""
        return {**vars(self), "groups": {group: float(share) for group, share in self.groups.items()},
                "rounding": None if self.rounding is None else float(self.rounding)}  # fmt: skip

    def of(self, scores: Sequence[tuple[str | None, Exact]], side: int = 0) -> Exact:
        """Return what some scores, at least one, combine to, before rounding; each comes with its expert's group.

        Under a consensus, side 0 gives the lowest, side 1 the highest.
        """
        if self.rule == "consensus":
            return (min, max)[side](score for _, score in scores)
        if not self.groups:
            return self._within([score for _, score in scores])
        found = {group: [score for of, score in scores if of == group] for group in self.groups}
        shares = {group: share for group, share in self.groups.items() if found[group]}
        sums = total(share * self._within(found[group]) for group, share in shares.items())
        return whole(Fraction(sums) / total(shares.values()))

    def _within(self, scores: Sequence[Exact]) -> Exact:
        """Combine the scores of one group."""
        ordered, count = sorted(scores), len(scores)
        if self.rule == "median":
            ordered = ordered[(count - 1) // 2 : count // 2 + 1]
        elif self.rule == "trimmed_mean" and count >= self.trim_from:
            ordered = ordered[1:-1]
        return whole(Fraction(total(ordered), len(ordered)))


class _Given(Fold[Exact]):
    """A fold in which the points of some indicators, or of the total (None), are those that experts came to."""

    def __init__(self, fold: Fold[Exact], given: Mapping[str | None, Exact]) -> None:
        self.given = given
        super().__init__(fold.standard, fold.numbers, fold.leaves, fold.decided, fold.side)
        self.points = given.get(None, self.points)

    def _visit(self, node: Indicator) -> Branch[Exact]:
        branch = super()._visit(node)
        self.nodes[node.id] = branch = branch._replace(points=self.given.get(node.id, branch.points))
        return branch


@dataclass(frozen=True)
class PanelResult(Charted):
    """Several experts' scores of one base, and the one that they combine to."""

    standard: Standard
    combination: Combination
    sheets: tuple[PanelSheet, ...]
    results: tuple[Result, ...]
    """What each sheet comes to by itself, in the order of the sheets, which is that of the experts' ids."""
    facts: Facts
    """What the sheets say of facts, where none says otherwise."""
    self_score: Result | None = None
    earlier: tuple[PanelResult, ...] = ()
    """The same panel at the stages before."""
    refused: tuple[LsstdError, ...] = ()
    """The sheets that do not count."""
    known: Mapping[str, CriterionResult] = field(default_factory=dict)
    """Rows that are combined already."""

    @property
    def experts(self) -> tuple[str, ...]:
        """The ids of the experts whose sheets count."""
        return tuple(sheet.expert.id for sheet in self.sheets)

    @property
    def readings(self) -> dict[str, str]:
        """The readings used."""
        return self.results[0].readings

    @cached_property
    def rows(self) -> dict[str, CriterionResult]:
        """Each row as combined from what the experts gave it."""
        return {key: self.known.get(key) or self._row(row) for key, row in self.standard.criteria.items()}

    def ratings(self, row: str) -> tuple[CriterionResult | None, ...]:
        """Return what each expert gave a row; None where nothing was scored."""
        found = (result.criteria[row] for result in self.results)
        return tuple(None if _says_nothing(rating) else rating for rating in found)

    def _row(self, row: Criterion) -> CriterionResult:
        groups, given = [sheet.expert.group for sheet in self.sheets], self.ratings(row.id)
        least, unmet, top = (*row.ends,)
        blank = {"others": None, "nothing": (unmet, unmet), "open": (least, top)}[self.combination.missing]
        applying = [rating for rating in given if rating is None or rating.applies]
        if not any(applying) and len(applying) < len(given):
            return next(
                rating for rating in given if rating is not None
            )  # all who scored it say that it does not apply
        ends = [
            (g, (r.secured, r.possible) if r else blank)
            for g, r in zip(groups, given, strict=True)
            if not r or r.applies
        ]
        counted = [(group, pair) for group, pair in ends if pair is not None]
        if row.max_score is None:
            states = {rating.state for rating in given if rating}
            state = states.pop() if len(states) == 1 else "unknown"
            return CriterionResult(row, state, 0, 0, 0, None, (), False)
        low, high = least, top
        if counted:
            low, high = (self._combined([(g, pair[side]) for g, pair in counted], side, "row") for side in (0, 1))
        low, high = max(low, least), min(high, top)
        state = "unknown" if high > low else "met" if low == top else "unmet" if high <= unmet else "partly"
        return CriterionResult(row, state, low, high, top, None, (), False)

    def _combined(self, scores: Sequence[tuple[str | None, Exact]], side: int, level: Level) -> Exact:
        """Combine scores; round what they come to at the level at which the panel combines."""
        step, value = self.combination.rounding, self.combination.of(scores, side)
        if step is None or level != self.combination.level:
            return value
        return rounded(value, Rounding(step, self.standard.rounding.to_even))

    def _filled(self, result: Result) -> Tree:
        """Return the tree of one expert, with what counts for the rows that the expert did not score."""
        rows = dict(result.criteria)
        for key, row in rows.items():
            if _says_nothing(row) or row.applies != self.rows[key].applies:
                unmet = row.criterion.lowest
                fill = row._replace(secured=unmet, possible=unmet, state="unmet")
                rows[key] = {"others": self.rows[key], "nothing": fill, "open": row}[self.combination.missing]
        return Tree(self.standard, rows, self.facts.decided())

    @cached_property
    def _grader(self) -> Grader:
        return Grader(self.standard, self.readings, self.facts)

    @cached_property
    def trees(self) -> tuple[Tree, ...]:
        """The tree of each expert, in which what is missing is filled in as the combination says."""
        return tuple(self._filled(result) for result in self.results)

    @cached_property
    def tree(self) -> Tree:
        """The tree of the panel."""
        tree, level = Tree(self.standard, self.rows, self.facts.decided()), self.combination.level
        if level == "row":
            return tree
        groups = [sheet.expert.group for sheet in self.sheets]
        leaves = [key for key, rows in self.standard.rows_of.items() if any(row.max_score is not None for row in rows)]
        names: Sequence[str | None] = [None] if level == "total" else leaves
        for side, name in enumerate(SIDES):
            folds = [getattr(each, name) for each in self.trees]
            given = {
                node: self._combined(
                    [
                        (g, fold.points if node is None else fold.nodes[node].points)
                        for g, fold in zip(groups, folds, strict=True)
                    ],
                    side,
                    level,
                )
                for node in names
            }
            vars(tree)[name] = _Given(getattr(tree, name), given)
        return tree

    @cached_property
    def score(self) -> Score:
        """The points of the panel: secured, possible while scores are missing or open, the maximum."""
        return self._grader.total(self.tree)

    @cached_property
    def totals(self) -> tuple[Score, ...]:
        """The points of each expert, with what is missing filled in."""
        return tuple(self._grader.total(tree) for tree in self.trees)

    @cached_property
    def grade(self) -> str | None:
        """The grade by score; conditions and vetoes are decided by facts, not by the panel's points."""
        return self._grader.grade(self.tree, "secured")

    @cached_property
    def grade_possible(self) -> str | None:
        """The grade by score if all that is open were granted."""
        return self._grader.grade(self.tree, "possible")

    @cached_property
    def grades(self) -> tuple[str | None, ...]:
        """The grade by score of each expert's sheet, with what is missing filled in."""
        return tuple(self._grader.grade(tree, "secured") for tree in self.trees)

    @property
    def indicators(self) -> dict[str, IndicatorResult]:
        """The indicators with their points."""
        return self.tree.nodes

    def by(self, combination: Combination) -> PanelResult:
        """Return what the same sheets come to if they are combined otherwise."""
        return replace(self, combination=combination, known={})

    @cached_property
    def without(self) -> dict[str, PanelResult]:
        """What the panel comes to without each expert in turn; nothing where there is but one."""
        kept = {expert: [i for i in range(len(self.sheets)) if i != place] for place, expert in enumerate(self.experts)}
        return {
            expert: replace(
                self, sheets=tuple(self.sheets[i] for i in some), results=tuple(self.results[i] for i in some), known={}
            )
            for expert, some in kept.items()
            if some
        }


def _says_nothing(row: CriterionResult) -> bool:
    """Whether a row was not scored: all of it is open, from what it is worth unmet to its maximum."""
    if row.criterion.max_score is None:
        return row.state == "unknown"
    return row.applies and row.secured < row.possible == row.maximum and row.secured <= row.criterion.lowest


def combine(
    standard: Standard,
    sheets: Iterable[PanelSheet],
    combination: Combination | None = None,
    readings: dict[str, str] | None = None,
) -> PanelResult:
    """Combine the sheets of several experts, one of each, of one base and one stage (see `gather`).

    Raises
    ------
    LsstdError
        There is no sheet, or one of an expert whose group has no share (all at once).

    Examples
    --------
    >>> from lsstd.panel.combination import combine
    >>> from lsstd.panel.sheets import load_sheet
    >>> sheet = load_sheet("data/assessments/near_aaa.yaml")
    >>> combine(sheet.standard, [sheet]).grade
    'AA'
    """
    ordered, combination = sorted(sheets, key=lambda sheet: sheet.expert.id), combination or Combination()
    groups = combination.groups
    problems = [
        Problem(
            f"{s.path.name} expert.group",
            same(s.expert.group or "—"),
            nearest(s.expert.group or "", groups, every=True),
        )
        for s in ordered
        if groups and s.expert.group not in groups
    ]
    if problems or not ordered:
        raise LsstdError(msg("the sheets cannot be combined"), problems or [Problem("SHEET…", same("0"), same("≥ 1"))])
    shared = _agreed_facts([sheet.assessment for sheet in ordered])
    asked = {row.applies.fact for row in standard.criteria.values() if row.applies}
    asked |= {node.applies.fact for node in standard.indicators.values() if node.applies}
    results = tuple(
        evaluate(standard, sheet.assessment.with_facts({k: v for k, v in shared.items() if k in asked}), readings)
        for sheet in ordered
    )
    agreed = ordered[0].assessment.model_copy(update={"facts": shared, "answers": {}})
    return PanelResult(standard, combination, tuple(ordered), results, Facts(standard, agreed, results[0].readings))


def _agreed_facts(assessments: Sequence[Assessment]) -> dict[str, FactEntry]:
    """Return the facts that some sheets give and none gives otherwise."""
    given: dict[str, FactEntry] = {}
    differ = set()
    for assessment in assessments:
        for key, entry in assessment.facts.items():
            if entry.value is not None and given.setdefault(key, entry).value != entry.value:
                differ.add(key)
    return {key: entry for key, entry in given.items() if key not in differ}
