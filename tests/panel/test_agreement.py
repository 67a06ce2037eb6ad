"""Agreement: published values of Krippendorff's alpha, planted severities, what the grade depends on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from panel_sheets import STANDARD, sheets

from lsstd import combine, panel
from lsstd.panel.agreement import additive_model, alpha_of
from lsstd.panel.combination import Combination

PANELS = Path(__file__).parents[2] / "data" / "panels"
NAN = float("nan")
# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example C: four observers, twelve units.
EXAMPLE_C = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]
# The example of Wikipedia's article on the coefficient: three coders, fifteen units.
THREE_CODERS = [
    [NAN, NAN, NAN, NAN, NAN, 3, 4, 1, 2, 1, 1, 3, 3, NAN, 3],
    [1, NAN, 2, 1, 3, 3, 4, 3, NAN, NAN, NAN, NAN, NAN, NAN, NAN],
    [NAN, NAN, 2, 1, 3, 4, 4, NAN, 2, 1, 1, 3, 3, NAN, 4],
]


# Published values for interval data; only units that two observers or more scored count.
@pytest.mark.parametrize(("data", "units", "published"), [(EXAMPLE_C, 11, 0.849), (THREE_CODERS, 12, 0.811)])
def test_published_examples_of_alpha(data: list[list[float]], units: int, published: float) -> None:
    rows, alpha, low, high = alpha_of(np.array(data))
    assert rows == units
    assert alpha == pytest.approx(published, abs=5e-4)
    assert low is not None
    assert high is not None
    assert low < published < high


# The short form by which rows are resampled gives the library's alpha where each row is drawn once.
def test_the_interval_rests_on_the_same_alpha() -> None:
    data = np.random.default_rng(1).random((4, 1))
    twice = np.hstack([data, data])  # every resample of two equal rows is the sample itself
    _, alpha, low, high = alpha_of(twice, resamples=50)
    assert low == pytest.approx(alpha)
    assert high == pytest.approx(alpha)


# Nothing to compare, or nothing that differs: alpha is undefined, which is told as such.
@pytest.mark.parametrize("data", [[[1, 2, 3]], [[1, 1], [1, 1]], [[1, NAN], [NAN, 2]]])
def test_where_alpha_is_undefined(data: list[list[float]]) -> None:
    assert alpha_of(np.array(data, dtype=float))[1:] == (None, None, None)


# Severities that were planted are found exactly, scores missing or not.
def test_planted_severities() -> None:
    level, planted = np.linspace(0.5, 0.9, 20), np.array([-0.1, 0.0, 0.1])
    shares = level - planted[:, None]
    shares[0, 3:8] = NAN
    severities, errors, noise, counts = additive_model(shares, np.full(20, 10.0))
    assert severities == pytest.approx(planted)
    assert noise == pytest.approx(0, abs=1e-9)
    assert errors == pytest.approx(0, abs=1e-9)
    assert list(counts) == [15, 20, 20]


# Where every expert scored every row, severity is the median of the totals less the expert's own. A strict expert is
# told from one who scores at random; those who agree are neither.
def test_who_is_strict_and_who_is_erratic() -> None:
    found = {kind: panel(PANELS / kind) for kind in ("agreeing", "one_strict", "at_random")}
    for made in found.values():
        middle = float(np.median([float(score.secured) for score in made.totals]))
        for view, score in zip(made.agreement.experts, made.totals, strict=True):
            assert view.severity == pytest.approx(middle - float(score.secured))
    verdicts = {kind: [view.verdicts for view in made.agreement.experts] for kind, made in found.items()}
    assert verdicts["agreeing"] == [()] * 5
    assert verdicts["one_strict"] == [(), (), (), (), ("strict",)]
    assert verdicts["at_random"][-1] == ("erratic", "strict")
    alphas = {kind: made.agreement.alphas[-1].alpha or 0 for kind, made in found.items()}
    assert alphas["agreeing"] > alphas["one_strict"] > alphas["at_random"]


# Spread and combined score stand beside what each expert gave; the widest disagreement comes first.
def test_rows_by_disagreement(tmp_path: Path) -> None:
    made = combine(STANDARD, sheets(tmp_path, {"village_rooms": 5}, {"village_rooms": 2, "anchor_training": None}))
    first, *others = made.agreement.disagreements
    assert (first.criterion, first.ratings, first.combined, first.spread, others) == (
        "village_rooms",
        (5, 2),
        3.5,
        3,
        [],
    )
    hosts = next(row for row in made.agreement.rows if row.criterion == "anchor_training")
    assert (hosts.ratings, hosts.combined, hosts.spread) == ((20, None), 20, 0)


# The rows that can flip the grade are those, and only those, that do once all score them as one of the experts did.
@pytest.mark.parametrize("rule", ["mean", "median"])
def test_rows_that_flip_the_grade(rule: str) -> None:
    made = panel(PANELS / "flip", rule=rule)
    flipping = set()
    for row in made.agreement.disagreements:
        for end in (min, max):
            points = end(rating for rating in row.ratings if rating is not None)
            if made.rescored({(expert, row.criterion): points for expert in made.experts}).grade != made.grade:
                flipping.add(row.criterion)
    assert {flip.criterion for flip in made.flips.decisive} == flipping


# The smallest re-scoring changes the grade; with its last score one step nearer to what it was, or with any score left
# as it was, it does not; and where it takes two scores, no single one does.
@pytest.mark.parametrize(("kind", "count"), [("flip", 1), ("one_strict", 2)])
def test_the_smallest_rescoring(kind: str, count: int) -> None:
    made = panel(PANELS / kind)
    found = made.flips.rescoring["down"]
    changed = {(one.expert, one.criterion): one.after for one in found.changes}
    assert (len(changed), found.is_proved) == (count, True)
    assert made.rescored(changed).grade == found.grade != made.grade
    last = found.changes[-1]
    assert made.rescored({**changed, (last.expert, last.criterion): last.after + 1}).grade == made.grade
    lowest = {(expert, row.id): row.lowest for row in STANDARD.scored_rows for expert in made.experts}
    singles = {key for key, points in lowest.items() if made.rescored({key: points}).grade != made.grade}
    assert bool(singles) is (count == 1)


# The chance of a grade under another panel, by a closed form, is what drawing such panels gives.
def test_another_panel_by_draws() -> None:
    made = panel(PANELS / "flip")
    found = made.flips.another_panel
    assert found is not None
    totals = np.array([float(score.secured) for score in made.totals])
    n, draw = len(totals), np.random.default_rng(3)
    deviation = np.sqrt((n - 1) * totals.var(ddof=1) / draw.chisquare(n - 1, 200_000))
    centre = totals.mean() + deviation * draw.standard_normal(200_000) / np.sqrt(n)
    means = centre + deviation * draw.standard_normal(200_000) / np.sqrt(n)
    line = next(float(band.lower.value) for band in STANDARD.bands if band.grade == "AAA" and band.lower)
    assert found.grades["AAAA"] + found.grades["AAA"] == pytest.approx(np.mean(means >= line), abs=0.005)
    assert sum(found.grades.values()) == pytest.approx(1)
    assert panel(PANELS / "flip", rule="consensus").flips.another_panel is None
    assert panel([PANELS / "flip" / "e1.yaml"]).flips.another_panel is None
    # the median of normal scores scatters more than their mean
    median = combine(STANDARD, made.sheets, Combination("median", "total")).flips.another_panel
    assert median is not None
    assert median.grades["AA"] > 0.1


# Stages stand side by side; what the base claims and the panel did not find is listed, the widest first.
def test_self_score_and_verified() -> None:
    made = panel(PANELS / "one_strict")
    assert list(made.stages) == ["self", "site"]
    lost = [made.stages["self"][key].secured - made.stages["site"][key].possible for key in made.not_borne_out]
    assert lost == sorted(lost, reverse=True)
    assert min(lost) > 0
    assert made.not_borne_out
