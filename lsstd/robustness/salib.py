"""Our model and results in the frames of SALib, so that its methods and plots work on ours and both can be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsstd.errors import LsstdError, Problem
from lsstd.exact import total, whole
from lsstd.robustness.lattice import Array
from lsstd.robustness.sources import sources
from lsstd.words import Text, same

if TYPE_CHECKING:
    from lsstd.robustness.sensitivity import Sensitivity


@dataclass(frozen=True)
class ForSalib:
    """A problem as SALib poses it.

    Parameters
    ----------
    problem : dict
        ``num_vars``, ``names`` (the first row of each source that is open), ``bounds`` (all from 0 to 1).
    evaluate : callable
        From a sample matrix, one line a point of the unit cube, to the target's values.
    results : ResultDict
        Our exact ``S1`` and ``ST``, without any confidence interval; ``to_df()`` and ``plot()`` are SALib's own.
    """

    problem: dict[str, Any]
    evaluate: Callable[[Array], Array]
    results: Any


def for_salib(found: Sensitivity) -> ForSalib:
    """Return the problem, a function of a sample matrix, and the exact results as a ``ResultDict``."""
    from SALib.util import ResultDict

    from lsstd.robustness.sensitivity import reaches

    if not found.standard.is_plain:
        problem = Problem(
            "standard", same(found.standard.standard), Text("总分为各行之和的标准", "a total that is a sum of rows")
        )
        raise LsstdError(Text("无法转换", "it cannot be converted"), [problem])
    weights = {row.id: row.weight for row in found.standard.scored_rows}
    each = [(source.rows[0], sorted(source.points(weights).items())) for source in sources(found.model)]
    fixed = total(points[0][0] for _, points in each if len(points) == 1)
    open_ones = {name: points for name, points in each if len(points) > 1}
    names, of = list(open_ones), reaches(found.model, found.target)

    def evaluate(sample: Array) -> Array:
        codes = [
            np.searchsorted(np.cumsum([p for _, p in open_ones[n]])[:-1], sample[:, i], "right")
            for i, n in enumerate(names)
        ]
        lines, back = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True)
        sums = [total([fixed, *(open_ones[n][k][0] for n, k in zip(names, line, strict=True))]) for line in lines]
        known = {points: of(whole(points)) for points in set(sums)}
        return np.array([known[points] for points in sums])[back.ravel()]

    problem_of = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    exact = found.table.set_index("criterion").loc[names]
    zeros = np.zeros(len(names))
    results = ResultDict(
        S1=exact["first_order"].to_numpy(), S1_conf=zeros, ST=exact["total"].to_numpy(), ST_conf=zeros, names=names
    )
    results.problem = problem_of
    return ForSalib(problem_of, evaluate, results)
