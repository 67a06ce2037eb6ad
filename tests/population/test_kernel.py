"""The kernel by paper and pencil: sums, edges, rounding, replaced columns."""

import numpy as np
import pytest

from lsstd.population import columns as kernel
from lsstd.population.columns import Node, Plan, add_up, change, find_stretch, smallest

PLAN = Plan((Node((0, 1), (), 20), Node((2,), (0,), 270)), (100, 260))


def column(*values: int, kind: type = np.uint8) -> kernel.Column:
    return np.array(values, kind)


# 3 + 4 = 7 and 7 + 93 = 100, which begins the second stretch; types are the smallest that hold each sum.
def test_by_hand() -> None:
    found = add_up([column(3, 10, 0), column(4, 10, 0), column(93, 250, 99)], PLAN)
    assert [node.tolist() for node in found.nodes] == [[7, 20, 0], [100, 270, 99]]
    assert [node.dtype for node in found.nodes] == [np.uint8, np.uint16]
    assert found.stretch.tolist() == [1, 2, 0]


# Nobody is also a population; a node without anything below it is 0.
def test_nobody_and_nothing() -> None:
    assert len(add_up([column()] * 3, PLAN).total) == 0
    assert add_up([column(5)], Plan((Node((), (), 0),), ())).total.tolist() == [0]


# Sums are those of NumPy's, in whatever integers, with a column replaced as well.
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_many(kind: type) -> None:
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, 11, 1000).astype(kind) for _ in range(3)]
    whole = add_up(columns, PLAN)
    assert (whole.total == np.sum(columns, axis=0)).all()
    new = [rng.integers(0, 11, 1000).astype(kind)]
    assert (change(whole.total, columns[:1], new, 30) == columns[1] + columns[2] + new[0]).all()


# Replacing columns may make totals larger than their old type holds, and may add and take away rows.
def test_change_widens() -> None:
    total = column(200, 3)
    assert change(total, [], [column(100, 100), column(0, 50)], 400).tolist() == [300, 153]
    assert change(total, [column(200, 3)], [], 400).tolist() == [0, 0]


# Totals are rounded to the step, a half upwards, before they meet a line.
def test_rounding() -> None:
    plan = Plan((Node((0,), (), 100),), (20,), step=10)
    found = add_up([column(14, 15, 24, 25)], plan)
    assert found.total.tolist() == [10, 20, 20, 30]
    assert found.stretch.tolist() == [0, 1, 1, 1]


# A line beyond what the type holds is one that nobody passes.
def test_an_edge_out_of_reach() -> None:
    assert find_stretch(column(255), (100, 256)).tolist() == [1]
    assert smallest(0) == np.uint8
