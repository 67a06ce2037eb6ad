"""What a drafter should know of a standard that can be used as it is: sums, what is never reached, what is unused."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lsstd.engine.grading import needed
from lsstd.engine.tree import full_tree
from lsstd.exact import Exact, shown, total
from lsstd.standard.bands import Band
from lsstd.standard.checks import Fault
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Condition, Standard
from lsstd.words import msg


def standard_remarks(standard: Standard) -> Iterator[Fault]:
    """Yield what is worth a warning; none of it keeps a score from being computed."""
    yield from _sums(standard)
    yield from unreachable(standard)
    yield from _rows(standard)
    yield from _tiers(standard)
    yield from _unused(standard)


def _sums(standard: Standard) -> Iterator[Fault]:
    tree = full_tree(standard)
    for node in standard.indicators.values():
        found, printed = tree.nodes[node.id].score.maximum, node.printed_score
        if printed is not None and printed != found and (node.parent is None or not node.on_top):
            expected = msg("the sum of its rows, {found}", found=shown(found))
            yield f"indicators.{node.id}.printed_score", shown(printed), expected


def unreachable(standard: Standard) -> Iterator[Fault]:
    """Yield grades that no score can reach, and indicators without rows."""
    tree = full_tree(standard)
    yield from _too_high("bands", standard.bands, tree.score.possible)
    for table in standard.tables.values():
        top = tree.nodes[table.indicator].score.possible if table.indicator else tree.score.possible
        yield from _too_high(f"tables.{table.id}.bands", table.bands, top)
    for place, demand in standard.demands():
        if demand.indicator and needed(demand, (score := tree.nodes[demand.indicator].score).maximum) > score.possible:
            yield f"{place}.points", shown(demand.points), msg("at most {possible}", possible=shown(score.possible))
    for node in standard.indicators.values():
        if not standard.rows_of[node.id] and not standard.children_of[node.id]:
            yield f"indicators.{node.id}", msg("it has no rows"), msg("a row, or drop it too")


def _too_high(place: str, bands: tuple[Band, ...], top: Exact) -> Iterator[Fault]:
    for band in bands:
        low = band.lower
        if low and (low.value > top or (low.value == top and not low.closed)):
            found = msg("from {low}, above {top}", low=shown(low.value), top=shown(top))
            yield f"{place}.{band.grade}", found, msg("a grade that can be reached")


def _rows(standard: Standard) -> Iterator[Fault]:
    """Yield rows whose rule never earns their maximum."""
    for row in standard.scored_rows:
        best = _best(row)
        if best is not None and best < (row.max_score or 0):
            found = msg("it earns {best} at most", best=shown(best))
            yield f"criteria.{row.id}.rule", found, msg("its maximum, {max_score}", max_score=shown(row.max_score))


def _best(row: Criterion) -> Exact | None:
    """Return the most that a row's rule can earn; None where that is its maximum anyway."""
    rule, top = row.rule, row.max_score or 0
    if rule and rule.measured:
        return rule.measured.ends(row.min_score, top)[1]
    if row.levels:
        return max(level.points[1] for level in row.levels.values())
    if rule and rule.points:
        return rule.points.start + total(max(part.points or 0, 0) for part in row.parts.values())
    return None


def _tiers(standard: Standard) -> Iterator[Fault]:
    """Yield tiers within which a rater is free and that overlap, or between which whole steps lie that none holds."""
    for row in standard.scored_rows:
        levels = sorted(row.levels.items(), key=lambda entry: entry[1].points)
        step = standard.rounding_step
        for (lower, below), (higher, above) in pairwise(levels):
            ends, place = (below.points[1], above.points[0]), f"criteria.{row.id}.rule.levels.{higher}.points"
            if below.points[0] == ends[0] and ends[1] == above.points[1]:
                continue  # two levels of fixed points
            if ends[0] > ends[1]:
                found = msg("{low} to {high} is also of {level}", low=shown(ends[1]), high=shown(ends[0]), level=lower)
                yield place, found, msg("tiers that do not overlap")
            elif ends[1] - ends[0] > step:
                found = msg("between {low} and {high} there is no level", low=shown(ends[0]), high=shown(ends[1]))
                yield place, found, msg("tiers at most {step} apart", step=shown(step))


def _unused(standard: Standard) -> Iterator[Fault]:
    used = {fact for _, fact in standard.questions()}
    used |= {fact for group in standard.same_quantities for fact in group.facts}
    used |= {str(side) for check in standard.cross_checks.values() for side in (check.left, check.right)}
    used |= {fact.years_since for fact in standard.facts.values() if fact.years_since and fact.id in used}
    for name in standard.facts:
        if name not in used:
            yield f"facts.{name}", msg("nothing uses it"), msg("a use in a condition, row or form; or drop it")
    proven: list[Condition | Criterion] = [*standard.conditions.values(), *standard.criteria.values()]
    kinds = {kind for entry in proven for kind in entry.evidence}
    for name in standard.evidence_kinds:
        if name not in kinds:
            right = msg("a condition or row that it proves; or drop it")
            yield f"evidence_kinds.{name}", msg("it proves nothing"), right
