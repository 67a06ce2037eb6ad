"""The result of a panel: the sheets of several experts on one base, combined.

The standard has a panel score (8.3.3) and is silent on how its scores combine: nothing here is silent, so every result
carries its `Combination`, and the grade under each other one can be shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lsstd.assessment.assessment import Assessment, FactEntry
from lsstd.changes.migrate import migrate_answers
from lsstd.changes.reform import Reform, apply_all
from lsstd.engine.charted import Charted, frame_of
from lsstd.engine.evaluate import evaluate
from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grader
from lsstd.engine.result import CriterionResult, IndicatorResult, Result, RowState, Score
from lsstd.engine.tree import SIDES, Branch, Fold, Tree
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, Rounding, rounded
from lsstd.panel.combination import LEVELS, RULES, Combination, Level
from lsstd.panel.sheets import PanelSheet
from lsstd.standard.models import fields_of, json_object
from lsstd.standard.scoring_table import Criterion, Indicator
from lsstd.standard.standard import Standard
from lsstd.words import Lang, msg, nearest, same

if TYPE_CHECKING:
    import pandas as pd

    from lsstd.panel.agreement import Agreement, GradeFlips


class _SettledFold(Fold[Exact]):
    """A fold in which the points of some indicators, or of the total (None), are those that experts came to."""

    def __init__(self, fold: Fold[Exact], settled: Mapping[str | None, Exact]) -> None:
        self.settled = settled
        super().__init__(fold.standard, fold.numbers, fold.leaves, fold.decided, fold.side)
        self.points = settled.get(None, self.points)

    def _visit(self, node: Indicator) -> Branch[Exact]:
        branch = super()._visit(node)
        self.nodes[node.id] = branch = branch._replace(points=self.settled.get(node.id, branch.points))
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
        ratings = (result.criteria[row] for result in self.results)
        return tuple(None if _says_nothing(rating) else rating for rating in ratings)

    @property
    def _groups(self) -> list[str | None]:
        return [sheet.expert.group for sheet in self.sheets]

    def _row(self, row: Criterion) -> CriterionResult:
        ratings, (least, unmet, top) = self.ratings(row.id), row.ends
        scored = [rating for rating in ratings if rating]
        if scored and not any(rating.applies for rating in scored):  # all who scored it agree on that
            return scored[0]
        if row.max_score is None:
            states = {rating.state for rating in scored}
            return CriterionResult(row, states.pop() if len(states) == 1 else "unknown", 0, 0, 0, None, (), False)
        low, high, counted = least, top, list[tuple[str | None, tuple[Exact, Exact]]]()
        for group, rating in zip(self._groups, ratings, strict=True):
            if rating and rating.applies:
                counted.append((group, (rating.secured, rating.possible)))
            elif rating is None and self.combination.missing == "open":
                counted.append((group, (least, top)))
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

    @cached_property
    def _grader(self) -> Grader:
        return Grader(self.standard, self.readings, self.facts)

    @cached_property
    def trees(self) -> tuple[Tree, ...]:
        """The tree of each expert, in which what is missing counts as the combination says."""

        def filled(key: str, row: CriterionResult) -> CriterionResult:
            is_missing = _says_nothing(row) or row.applies != self.rows[key].applies
            return self.rows[key] if is_missing and self.combination.missing == "others" else row

        rows_of_each = [{key: filled(key, row) for key, row in one.criteria.items()} for one in self.results]
        return tuple(Tree(self.standard, rows, self.facts.decided()) for rows in rows_of_each)

    @cached_property
    def tree(self) -> Tree:
        """The tree of the panel."""
        tree, level = Tree(self.standard, self.rows, self.facts.decided()), self.combination.level
        if level == "row":
            return tree
        nodes = {row.indicator for row in self.standard.scored_rows} if level == "indicator" else {None}
        for side, name in enumerate(SIDES):
            folds: list[Fold[Exact]] = [getattr(each, name) for each in self.trees]
            settled: dict[str | None, Exact] = {}
            for node in nodes:
                points = [fold.nodes[node].points if node else fold.points for fold in folds]
                settled[node] = self._combined(list(zip(self._groups, points, strict=True)), side, level)
            vars(tree)[name] = _SettledFold(getattr(tree, name), settled)
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
        """The grade by score of each expert, with what is missing filled in."""
        return tuple(self._grader.grade(tree, "secured") for tree in self.trees)

    @property
    def indicators(self) -> dict[str, IndicatorResult]:
        """The indicators with their points."""
        return self.tree.nodes

    def rescored(self, scores: Mapping[tuple[str, str], Exact]) -> PanelResult:
        """Return what the panel comes to if some scores, by expert and row, are otherwise.

        >>> panel = lsstd.panel("data/panels/agreeing")
        >>> float(panel.rescored({("e1", "village_rooms"): 5}).score.secured - panel.score.secured)
        1.0
        """
        results = dict(zip(self.experts, self.results, strict=True))
        for (expert, row), points in scores.items():
            rows = results[expert].criteria
            rating = rows[row]._replace(secured=points, possible=points, state="partly", applies=True)
            results[expert] = replace(results[expert], criteria={**rows, row: rating})
        changed = {row for _, row in scores}
        known = {key: row for key, row in self.rows.items() if key not in changed}
        return replace(self, results=tuple(results.values()), known=known)

    @cached_property
    def without(self) -> dict[str, PanelResult]:
        """What the panel comes to without each expert in turn; nothing where there is but one."""
        others = dict[str, PanelResult]()
        for i, expert in enumerate(self.experts if len(self.sheets) > 1 else ()):
            sheets, results = self.sheets[:i] + self.sheets[i + 1 :], self.results[:i] + self.results[i + 1 :]
            others[expert] = replace(self, sheets=sheets, results=results, known={})
        return others

    @cached_property
    def agreement(self) -> Agreement:
        """How far the experts agree."""
        from lsstd.panel.agreement import Agreement

        return Agreement(self)

    @cached_property
    def flips(self) -> GradeFlips:
        """What the grade depends on."""
        from lsstd.panel.agreement import GradeFlips

        return GradeFlips(self)

    @cached_property
    def otherwise(self) -> tuple[PanelResult, ...]:
        """What the sheets come to under each rule at each level, all else alike."""
        kinds = [replace(self.combination, rule=rule, level=level) for rule in RULES for level in LEVELS]
        return tuple(self if kind == self.combination else replace(self, combination=kind, known={}) for kind in kinds)

    @cached_property
    def stages(self) -> dict[str, dict[str, Score]]:
        """The points of the total (""), indicators and rows at each stage that there is, the self-score first."""
        claimed = {"self": _points(self.self_score, self.self_score.criteria)} if self.self_score else {}
        return claimed | {one.sheets[0].stage: _points(one, one.rows) for one in (*self.earlier, self)}

    @property
    def not_borne_out(self) -> tuple[str, ...]:
        """The rows for which the base claims more than the panel found, the widest first."""
        if not self.self_score:
            return ()
        claims, rows = self.self_score.criteria, self.standard.scored_rows
        lost = {row.id: claims[row.id].secured - self.rows[row.id].possible for row in rows}
        return tuple(sorted((key for key, points in lost.items() if points > 0), key=lambda key: -lost[key]))

    @property
    def table(self) -> pd.DataFrame:
        """One line a row: what each expert gave it, what that combines to, and the spread."""
        about = "row criterion=id indicator gloss_zh=gloss.zh gloss_en=gloss.en maximum=max_score"
        criteria = self.standard.criteria
        return frame_of(
            {
                **fields_of(criteria[row.criterion], about),
                **dict(zip(self.experts, row.ratings, strict=True)),
                **fields_of(row, "combined spread"),
            }
            for row in self.agreement.rows
        )

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the panel as JSON holds it; ratings stand in the order of the experts.

        >>> lsstd.panel("data/panels/agreeing").to_dict()["grade"]
        'AAA'
        """
        result, rule = "score=score.secured grade", "rule=combination.rule level=combination.level "
        document: dict[str, Any] = {
            **fields_of(self.standard, "standard edition"),
            "subject": self.sheets[0].assessment.subject.name,
            "stage": self.sheets[0].stage,
            "experts": [
                fields_of(view, "id=expert score=score.secured grade severity rows_scored")
                for view in self.agreement.experts
            ],
            **fields_of(self, "score=score.secured possible=score.possible maximum=score.maximum grade grade_possible"),
            **fields_of(self.standing, "eligible disqualified"),
            "combination": {**self.combination.to_dict(), "text": self.combination.text},
            "readings": self.standard.printed_readings(self.readings),
            "rows": [row._asdict() for row in self.agreement.rows],
            "indicators": [{"id": key, **node.score._asdict()} for key, node in self.indicators.items()],
            "agreement": self.agreement.entries,
            **self.flips.to_dict(),
            "without": [{"expert": expert, **fields_of(rest, result)} for expert, rest in self.without.items()],
            "otherwise": [fields_of(other, rule + result) for other in self.otherwise],
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
        return json_object(document, lang)


def _points(of: Result | PanelResult, rows: Mapping[str, CriterionResult]) -> dict[str, Score]:
    """Return the points of the total (""), of indicators and rows."""
    nodes = {key: node.score for key, node in of.indicators.items()}
    return {"": of.score, **nodes, **{key: row.score for key, row in rows.items()}}


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

    >>> sheet = lsstd.load_sheet("data/assessments/near_aaa.yaml")
    >>> lsstd.combine(sheet.standard, [sheet]).grade
    'AA'
    """
    ordered, combination = sorted(sheets, key=lambda sheet: sheet.expert.id), combination or Combination()
    if problems := [*_problems(standard, ordered, combination.groups)]:
        raise LsstdError(msg("the sheets cannot be combined"), problems)
    reformed = apply_all(standard, reforms)
    migrated = [s.assessment if not reforms else migrate_answers(s.assessment, standard, reformed)[0] for s in ordered]
    facts = _agreed_facts(migrated)
    asked = {row.applies.fact for row in reformed.criteria.values() if row.applies}
    asked |= {node.applies.fact for node in reformed.indicators.values() if node.applies}
    deciding = {key: entry for key, entry in facts.items() if key in asked}
    results = tuple(evaluate(reformed, one.with_facts(deciding), readings) for one in migrated)
    verified = migrated[0].model_copy(update={"facts": facts, "answers": {}, "log": ()})
    return PanelResult(reformed, combination, tuple(ordered), results, verified)


def _problems(standard: Standard, sheets: Sequence[PanelSheet], groups: Mapping[str, Exact]) -> Iterator[Problem]:
    """Yield why some sheets cannot be combined."""
    if not sheets:
        yield Problem("SHEET…", same("0"), same("≥ 1"))
    if not standard.scored_rows:
        yield Problem("standard", same(standard.standard), msg("a standard with points"))
    for sheet in sheets if groups else ():
        if (group := sheet.expert.group or "") not in groups:
            yield Problem(f"{sheet.path.name} expert.group", same(group or "—"), nearest(group, groups, every=True))


def _agreed_facts(assessments: Sequence[Assessment]) -> dict[str, FactEntry]:
    """Return the facts that some sheets give and none gives otherwise."""
    entries = [(key, entry) for one in assessments for key, entry in one.facts.items() if entry.value is not None]
    first = dict(reversed(entries))
    differ = {key for key, entry in entries if entry.value != first[key].value}
    return {key: first[key] for key, _ in entries if key not in differ}
