"""The searches of a plan against going through every choice: the cheapest, the curve, the next cheapest, the surest."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import NamedTuple

import pytest

from lsstd.planning.cheapest import Search, Timing
from lsstd.planning.improvements import Gains, Pattern
from lsstd.planning.surest import ChanceSearch, chance_of

SHAPES = ("independent", "forest", "several", "joint", "gaps")
CHANCES = (Fraction(1), Fraction(1, 2), Fraction(9, 10), Fraction(4, 5))


class Puzzle(NamedTuple):
    """A small random plan to be found."""

    costs: list[int]
    after: list[tuple[int, ...]]
    must: frozenset[int]
    gains: Gains

    @property
    def everything(self) -> frozenset[int]:
        return frozenset(range(len(self.costs)))

    def cost(self, tasks: frozenset[int]) -> int:
        return sum(self.costs[task] for task in tasks)

    def choices(self) -> Iterator[frozenset[int]]:
        """Yield every set of tasks that can be done together."""
        for count in range(len(self.costs) + 1):
            for some in map(frozenset, combinations(self.everything, count)):
                if self.must <= some and all(set(self.after[task]) <= some for task in some):
                    yield some

    def good(self) -> list[frozenset[int]]:
        return [some for some in self.choices() if self.gains.suffices(self.gains.of(some))]

    def search(self) -> Search:
        def reaches(tasks: frozenset[int]) -> bool:
            return self.gains.suffices(self.gains.of(tasks))

        return Search(self.costs, self.after, self.must, (self.gains,), reaches)


def puzzle(shape: str, seed: int, largest: int = 9) -> Puzzle:
    """Make up a puzzle; the cheapest way must be found whatever comes after what, and whatever counts together."""
    rng = random.Random(f"{shape} {seed}")
    count = rng.randint(3, largest)
    costs, alone = ([rng.randint(0, top) for _ in range(count)] for top in (20, 15))
    after: list[tuple[int, ...]] = [()] * count
    if shape == "forest":
        after = [(rng.randrange(i),) if i and rng.random() < 0.5 else () for i in range(count)]
    elif shape == "several":
        after = [tuple(j for j in range(i) if rng.random() < 0.25) for i in range(count)]
    joint: tuple[tuple[Pattern, ...], ...] = ()
    if shape == "joint":
        pair = frozenset(rng.sample(range(count), 2))
        more = pair | {rng.randrange(count)}
        joint = ((Pattern(6, pair), *([Pattern(10, more)] if more != pair else [])),)
    must = {task for task in range(count) if rng.random() < 0.1}
    while added := {first for task in must for first in after[task]} - must:
        must |= added
    need = rng.randint(0, sum(alone) + sum(max(p.points for p in row) for row in joint))
    reach: tuple[tuple[int, int | None], ...] = ((need, None),)
    if shape == "gaps":
        reach = ((need, need + 2), (need + 5, None))
    return Puzzle(costs, after, frozenset(must), Gains(1, 0, tuple(alone), joint, reach))


# The cheapest way is proven, and costs what the cheapest of all choices costs.
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(30))
def test_the_cheapest_way_is_the_cheapest_of_all(shape: str, seed: int) -> None:
    made = puzzle(shape, seed)
    if not made.gains.suffices(made.gains.of(made.everything)):
        return  # with gaps between grades: told as unreachable by all tasks together
    answer = made.search().cheapest()
    assert answer is not None
    assert answer.cost == answer.bound == min(map(made.cost, made.good()))
    assert frozenset(answer.tasks) in made.good()


# One run gives the least cost of every gain at once; it never falls.
@pytest.mark.parametrize("shape", ["independent", "forest"])
@pytest.mark.parametrize("seed", range(30))
def test_the_curve_holds_the_least_cost_of_every_gain(shape: str, seed: int) -> None:
    made, search = puzzle(shape, seed), puzzle(shape, seed).search()
    curve, choices = search.curve, list(made.choices())
    assert curve is not None
    for gain, cost in enumerate(curve.costs):
        assert cost == min((made.cost(some) for some in choices if made.gains.of(some) >= gain), default=None)
        tasks = frozenset(curve.tasks(gain) or ())
        assert tasks in choices
        assert (made.cost(tasks), made.gains.of(tasks) >= gain) == (cost, True)
    assert all(one <= other for one, other in pairwise(curve.costs) if one is not None and other is not None)


# The next cheapest leave out two tasks of every plan before; none that does so is cheaper, and none is left untold.
@pytest.mark.parametrize("shape", ["independent", "several", "joint"])
@pytest.mark.parametrize("seed", range(12))
def test_other_ways_are_the_next_cheapest(shape: str, seed: int) -> None:
    made = puzzle(shape, seed)
    answer = made.search().cheapest()
    assert answer is not None
    earlier = [frozenset(answer.tasks) - made.must]
    told = list(made.search().others(answer, 3, 2))
    for other in [*told, None]:
        left = [s for s in made.good() if all(len(p - s) >= min(2, len(p)) for p in earlier)]
        if other is None:
            assert len(told) == 3 or not left or not earlier[-1]
        else:
            assert other.cost == min(map(made.cost, left))
            earlier.append(frozenset(other.tasks) - made.must)


def by_outcomes(made: Puzzle, tasks: frozenset[int], chances: list[Fraction]) -> Fraction:
    """Return the chance of a plan by going through what succeeds and what fails."""
    listed, found = sorted(tasks), Fraction(0)
    for turned in product((True, False), repeat=len(listed)):
        p, done = Fraction(1), {task for task, way in zip(listed, turned, strict=True) if way}
        for task, way in zip(listed, turned, strict=True):
            p *= chances[task] if way else 1 - chances[task]
        if made.must <= done and made.gains.suffices(made.gains.of(done)):
            found += p
    return found


# The cheapest plan with a chance of at least p is that of all choices; surer is never cheaper.
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(10))
def test_the_surest_plan_is_the_cheapest_of_all_so_sure(shape: str, seed: int) -> None:
    made, rng = puzzle(shape, seed, 7), random.Random(seed)
    chances = [rng.choice(CHANCES) for _ in made.costs]
    sure = {some: by_outcomes(made, some, chances) for some in made.choices()}
    search = ChanceSearch(made.search(), chances, made.must)
    before = 0
    for p in (Fraction(1, 2), Fraction(4, 5), Fraction(19, 20)):
        found = search.cheapest(p)
        assert (found and found.cost) == min((made.cost(s) for s, q in sure.items() if q >= p), default=None)
        if found:
            assert found.bound == found.cost >= before
            before = found.cost


# The chance of a plan is exact, also where tasks bring something only together.
@pytest.mark.parametrize("seed", range(10))
def test_the_chance_of_a_plan_is_exact(seed: int) -> None:
    made, rng = puzzle("joint", seed, 7), random.Random(seed)
    chances = [rng.choice(CHANCES) for _ in made.costs]
    some = rng.choice(list(made.choices()))
    assert chance_of(some, chances, made.must, made.gains) == by_outcomes(made, some, chances)


# Who can begin one task a month cannot do both cheap ones in time: one of them gives way to a dearer one of another.
def test_capacity_and_a_last_day_change_the_plan() -> None:
    gains = Gains(1, 0, (5, 5, 5), (), ((10, None),))
    both, month = frozenset({0, 1}), frozenset({0})
    busy = Timing([0], [[20]] * 3, 25, [(both, month, 1)])

    def reaches(tasks: frozenset[int]) -> bool:
        return gains.suffices(gains.of(tasks))

    def cheapest(timing: Timing | None) -> int | None:
        answer = Search([1, 2, 9], [(), (), ()], frozenset(), (gains,), reaches, timing).cheapest()
        return answer and answer.cost

    assert (cheapest(None), cheapest(busy)) == (3, 10)
    late = Timing([0, 30], [[20, 50]] * 3, 55, [(both, frozenset({0}), 1), (both, frozenset({1}), 1)])
    assert cheapest(late) == 3
