"""The result of a panel: the sheets of several experts on one base, combined.

The standard has a panel score (8.3.3) and is silent on how its scores combine: nothing here is silent, so every result
carries its `Combination`, and the grade under each other one can be shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lsstd.assessment.assessment import Assessment, FactEntry
from lsstd.changes.migrate import migrate_answers
from lsstd.changes.reform import Reform, apply_all
from lsstd.engine.charted import Charted
from lsstd.engine.evaluate import evaluate
from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grader
from lsstd.engine.result import CriterionResult, IndicatorResult, Result, RowState, Score
from lsstd.engine.tree import SIDES, Branch, Fold, Tree
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, Rounding, rounded
from lsstd.panel.combination import LEVELS, RULES, Combination, Level
from lsstd.panel.sheets import PanelSheet
from lsstd.standard.models import fields_of, in_json
from lsstd.standard.scoring_table import Criterion, Indicator
from lsstd.standard.standard import Standard
from lsstd.words import Lang, msg, nearest, same

if TYPE_CHECKING:
    import pandas as pd

    from lsstd.panel.agreement import Agreement
    from lsstd.panel.grade_flips import GradeFlips


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
    verified: Assessment
    """What the sheets say of facts, where none says otherwise; it holds no answers."""
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
    def facts(self) -> Facts:
        """The facts that decide which rows and indicators apply, and what a grade demands of them."""
        return Facts(self.standard, self.verified, self.readings)

    @cached_property
    def standing(self) -> Result:
        """What facts decide of conditions and vetoes: those of the sheets, for others what the base claims."""
        claimed = self.self_score.assessment if self.self_score else self.verified
        facts, day = {**claimed.facts, **self.verified.facts}, self.verified.as_of or claimed.as_of
        return evaluate(self.standard, self.verified.model_copy(update={"facts": facts, "as_of": day}), self.readings)

    @cached_property
    def rows(self) -> dict[str, CriterionResult]:
        """Each row as combined from what the experts gave it."""
        return {key: self.known.get(key) or self._row(row) for key, row in self.standard.criteria.items()}

    def ratings(self, row: str) -> tuple[CriterionResult | None, ...]:
        """Return what each expert gave a row, in the order of the experts; None where nothing was scored.

        >>> [float(rating.secured) for rating in lsstd.panel("data/panels/flip").ratings("anchor_training")]
        [8.0, 20.0, 6.0, 20.0, 19.0]
        """
        found = (result.criteria[row] for result in self.results)
        return tuple(None if _says_nothing(rating) else rating for rating in found)

    @property
    def scored(self) -> tuple[int, ...]:
        """How many rows each expert scored."""
        every = [self.ratings(row.id) for row in self.standard.scored_rows]
        return tuple(sum(rating is not None for rating in ratings) for ratings in zip(*every, strict=True))

    @property
    def _groups(self) -> list[str | None]:
        return [sheet.expert.group for sheet in self.sheets]

    def _row(self, row: Criterion) -> CriterionResult:
        given, (least, unmet, top) = self.ratings(row.id), row.ends
        scored = [rating for rating in given if rating]
        if scored and not any(rating.applies for rating in scored):  # all who scored it agree on that
            return scored[0]
        if row.max_score is None:
            states = {rating.state for rating in scored}
            return CriterionResult(row, states.pop() if len(states) == 1 else "unknown", 0, 0, 0, None, (), False)
        low, high, blank = least, top, {"others": None, "nothing": (unmet, unmet), "open": (least, top)}
        counted = [
            (group, ends)
            for group, rating in zip(self._groups, given, strict=True)
            if (ends := _ends(rating) if rating else blank[self.combination.missing])
        ]
        if counted:
            low, high = (self._combined([(group, e[side]) for group, e in counted], side, "row") for side in (0, 1))
            low, high = max(low, least), min(high, top)
        state: RowState = "unknown" if high > low else "met" if low == top else "unmet" if low <= unmet else "partly"
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
        leaves = {row.indicator for row in self.standard.scored_rows}
        for side, name in enumerate(SIDES):
            folds: list[Fold[Exact]] = [getattr(each, name) for each in self.trees]
            given: dict[str | None, Exact] = {}
            for node in leaves if level == "indicator" else (None,):
                points = [fold.nodes[node].points if node else fold.points for fold in folds]
                given[node] = self._combined(list(zip(self._groups, points, strict=True)), side, level)
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
        """Return what the same sheets come to if they are combined otherwise.

        >>> panel = lsstd.panel("data/panels/one_strict")
        >>> float(panel.score.secured), float(panel.by(lsstd.Combination("median", "total")).score.secured)
        (406.2, 423.0)
        """
        return replace(self, combination=combination, known={})

    def rescored(self, scores: Mapping[tuple[str, str], Exact]) -> PanelResult:
        """Return what the panel comes to if some scores, by expert and row, are otherwise.

        >>> panel = lsstd.panel("data/panels/agreeing")
        >>> float(panel.rescored({("e1", "village_rooms"): 5}).score.secured - panel.score.secured)
        1.0
        """
        results, changed = [], {row for _, row in scores}
        for expert, result in zip(self.experts, self.results, strict=True):
            rows = {row: points for (of, row), points in scores.items() if of == expert}
            own = {key: _settled(result.criteria[key], points) for key, points in rows.items()}
            results.append(replace(result, criteria={**result.criteria, **own}) if own else result)
        known = {key: row for key, row in self.rows.items() if key not in changed}
        return replace(self, results=tuple(results), known=known)

    @cached_property
    def without(self) -> dict[str, PanelResult]:
        """What the panel comes to without each expert in turn; nothing where there is but one."""
        sheets, results, found = self.sheets, self.results, dict[str, PanelResult]()
        for i, expert in enumerate(self.experts if len(sheets) > 1 else ()):
            others, theirs = sheets[:i] + sheets[i + 1 :], results[:i] + results[i + 1 :]
            found[expert] = replace(self, sheets=others, results=theirs, known={})
        return found

    @cached_property
    def agreement(self) -> Agreement:
        """How far the experts agree."""
        from lsstd.panel.agreement import Agreement

        return Agreement(self)

    @cached_property
    def flips(self) -> GradeFlips:
        """What the grade hangs on."""
        from lsstd.panel.grade_flips import GradeFlips

        return GradeFlips(self)

    @cached_property
    def otherwise(self) -> tuple[PanelResult, ...]:
        """What the sheets come to under each rule at each level, all else alike."""
        kinds = [replace(self.combination, rule=rule, level=level) for rule in RULES for level in LEVELS]
        return tuple(self if kind == self.combination else self.by(kind) for kind in kinds)

    @cached_property
    def stages(self) -> dict[str, dict[str, Score]]:
        """The points of the total (""), indicators and rows at each stage that there is, the self-score first."""
        own = {"self": _points(self.self_score, self.self_score.criteria)} if self.self_score else {}
        return own | {one.sheets[0].stage: _points(one, one.rows) for one in (*self.earlier, self)}

    @property
    def not_borne_out(self) -> tuple[str, ...]:
        """The rows for which the base claims more than the panel found, the widest first."""
        if not self.self_score:
            return ()
        own, rows = self.self_score.criteria, self.standard.scored_rows
        lost = {row.id: own[row.id].secured - self.rows[row.id].possible for row in rows}
        return tuple(sorted((key for key, points in lost.items() if points > 0), key=lambda key: -lost[key]))

    @property
    def table(self) -> pd.DataFrame:
        """One line a row: what each expert gave it, what that combines to, and the spread."""
        from lsstd.pages.frames import panel_frame

        return panel_frame(self)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the panel as JSON holds it; ratings stand in the order of the experts.

        >>> lsstd.panel("data/panels/agreeing").to_dict()["grade"]
        'AAA'
        """
        views = {view.expert: view for view in self.agreement.experts}
        alone = zip(self.experts, self.totals, self.grades, self.scored, strict=True)
        otherwise = "rule=combination.rule level=combination.level score=score.secured grade"
        document: dict[str, Any] = {
            **fields_of(self.standard, "standard edition"),
            "subject": self.sheets[0].assessment.subject.name,
            "stage": self.sheets[0].stage,
            "experts": [
                {"id": e, "score": s.secured, "grade": g, "severity": views[e].severity, "rows_scored": n}
                for e, s, g, n in alone
            ],
            **fields_of(self, "score=score.secured possible=score.possible maximum=score.maximum grade grade_possible"),
            **fields_of(self.standing, "eligible disqualified"),
            "combination": {**self.combination.to_dict(), "text": self.combination.text},
            "readings": self.standard.printed_readings(self.readings),
            "rows": [row._asdict() for row in self.agreement.rows],
            "indicators": [{"id": key, **node.score._asdict()} for key, node in self.indicators.items()],
            "agreement": self.agreement.to_dict(lang),
            **self.flips.to_dict(),
            "without": [{"expert": e, **fields_of(p, "score=score.secured grade")} for e, p in self.without.items()],
            "otherwise": [fields_of(other, otherwise) for other in self.otherwise],
            "stages": [{"stage": stage, "score": points[""].secured} for stage, points in self.stages.items()],
            "not_borne_out": [
                {"criterion": key, "claimed": self.stages["self"][key].secured, "found": self.rows[key].possible}
                for key in self.not_borne_out
            ],
            "refused": [
                {"message": error.title, "problems": [problem.text for problem in error.problems]}
                for error in self.refused
            ],
        }
        made: dict[str, Any] = in_json(document, lang)
        return made


def _points(of: Result | PanelResult, rows: Mapping[str, CriterionResult]) -> dict[str, Score]:
    """Return the points of the total (""), of indicators and rows."""
    nodes = {key: node.score for key, node in of.indicators.items()}
    return {"": of.score, **nodes, **{key: row.score for key, row in rows.items()}}


def _ends(rating: CriterionResult) -> tuple[Exact, Exact] | None:
    return (rating.secured, rating.possible) if rating.applies else None


def _settled(row: CriterionResult, points: Exact) -> CriterionResult:
    return row._replace(secured=points, possible=points, state="partly", applies=True)


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
    reforms: Sequence[Reform] = (),
) -> PanelResult:
    """Combine the sheets of several experts, one of each, of one base and one stage (see `gather`).

    Raises `LsstdError`: there is no sheet, or one of an expert whose group has no share (all at once).


    >>> from lsstd.panel.sheets import load_sheet
    >>> sheet = load_sheet("data/assessments/near_aaa.yaml")
    >>> lsstd.combine(sheet.standard, [sheet]).grade
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
    if not standard.scored_rows:
        problems.append(Problem("standard", same(standard.standard), msg("a standard with points")))
    if problems or not ordered:
        raise LsstdError(msg("the sheets cannot be combined"), problems or [Problem("SHEET…", same("0"), same("≥ 1"))])
    reformed = apply_all(standard, reforms)
    given = [s.assessment if not reforms else migrate_answers(s.assessment, standard, reformed)[0] for s in ordered]
    standard, shared = reformed, _agreed_facts(given)
    asked = {row.applies.fact for row in standard.criteria.values() if row.applies}
    asked |= {node.applies.fact for node in standard.indicators.values() if node.applies}
    results = tuple(
        evaluate(standard, one.with_facts({k: v for k, v in shared.items() if k in asked}), readings) for one in given
    )
    agreed = given[0].model_copy(update={"facts": shared, "answers": {}, "log": ()})
    return PanelResult(standard, combination, tuple(ordered), results, agreed)


def _agreed_facts(assessments: Sequence[Assessment]) -> dict[str, FactEntry]:
    """Return the facts that some sheets give and none gives otherwise."""
    given: dict[str, FactEntry] = {}
    differ = set()
    for assessment in assessments:
        for key, entry in assessment.facts.items():
            if entry.value is not None and given.setdefault(key, entry).value != entry.value:
                differ.add(key)
    return {key: entry for key, entry in given.items() if key not in differ}
