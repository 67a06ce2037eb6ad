"""Charts: drawn where one asks, holding the result's numbers, leaving everything else as it was."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from inspect import signature

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from lsstd import Result, evaluate, load_assessment, load_standard
from lsstd.files.places import example
from lsstd.pages import SHOWN, charts
from lsstd.pages.blocks import Bar
from lsstd.words import Text

LANGS = ("zh", "en")
CHARTS: dict[str, Callable[..., Axes]] = {
    "profile": charts.profile,
    "plot": lambda result, **options: result.plot(**options),
    "tree": lambda result, **options: charts.tree(result.standard, **options),
}


@pytest.fixture(scope="module")
def result() -> Result:
    return evaluate(load_standard("hlj-base-evaluation"), load_assessment(example("near_aaa")))


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    plt.close("all")  # what other tests left open
    yield
    plt.close("all")


# A chart draws on the axes given, returns them, makes no figure of its own and never shows one.
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_draws_where_one_asks(name: str, result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("a chart was shown"))
    figure, (left, right) = plt.subplots(1, 2)
    assert CHARTS[name](result, ax=left) is left
    assert plt.get_fignums() == [figure.number]
    assert left.patches
    assert not right.patches


# Without axes a new figure is made, and two charts never share one.
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_makes_its_own_figure(name: str, result: Result) -> None:
    first, second = CHARTS[name](result), CHARTS[name](result)
    assert first.figure is not second.figure
    assert len(plt.get_fignums()) == 2


# The user's own settings of matplotlib are the same afterwards.
@pytest.mark.parametrize("name", CHARTS)
def test_settings_stay_as_they_were(name: str, result: Result) -> None:
    before = dict(mpl.rcParams)
    CHARTS[name](result)
    assert dict(mpl.rcParams) == before


# Drawn later, outside our settings, a chart still finds its Chinese font (a missing glyph would be an error here).
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_keeps_its_fonts(name: str, lang: str, result: Result) -> None:
    CHARTS[name](result, lang=lang).figure.savefig(io.BytesIO(), format="png")


# The bars are the result's numbers: each level-2 indicator's secured and possible share of its maximum.
@pytest.mark.parametrize("lang", LANGS)
def test_bars_hold_the_results_numbers(result: Result, lang: str) -> None:
    ax = charts.profile(result, lang="zh" if lang == "zh" else "en")
    nodes = [node for node in result.indicators.values() if node.level == 2]
    by_place = {label.get_text(): place for label, place in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    track, secured, could = (list(ax.patches)[i * len(nodes) : (i + 1) * len(nodes)] for i in range(3))
    for i, node in enumerate(nodes):
        place = by_place[node.indicator.name.to("zh" if lang == "zh" else "en")]
        low, high = (float(n / node.score.maximum) for n in (node.score.secured, node.score.possible))
        full = track[i].get_width()
        assert secured[i].get_width() == pytest.approx(low * full)
        assert could[i].get_x() - track[i].get_x() == pytest.approx(low * full)
        assert could[i].get_x() + could[i].get_width() - track[i].get_x() == pytest.approx(high * full)
        assert secured[i].get_y() < place < secured[i].get_y() + secured[i].get_height()
    assert len(by_place) == len(nodes) == 12
    assert list(by_place.values()) == sorted(by_place.values(), reverse=True)  # the document's order, top down


# Beside each bar stand its points, and the legend names both colours in the language asked for.
def test_labels_and_legend(result: Result) -> None:
    ax = charts.profile(result, lang="en")
    assert {"37 – 40 / 40", "31 / 40"} <= {text.get_text() for text in ax.texts}
    legend = ax.get_legend()
    assert legend
    assert [text.get_text() for text in legend.get_texts()] == ["secured", "with every unknown granted"]
    keys = [to_hex(patch.get_facecolor()).upper() for patch in legend.get_patches()]
    assert keys == [charts.SECURED.upper(), charts.POSSIBLE.upper()]


# A long name leaves room for the bars.
def test_long_names_leave_room(hostile_result: Result) -> None:
    ax = charts.profile(hostile_result)
    ax.figure.savefig(io.BytesIO(), format="svg")
    assert ax.get_window_extent().width > 72


# A name is drawn as typed: dollar signs in it start no formula (which would fail, being none).
def test_dollar_signs_start_no_formula(result: Result) -> None:
    node = result.indicators["planning"]
    name = Text("规划 $\\frac$", "planning")
    changed = node._replace(indicator=node.indicator.model_copy(update={"name": name}))
    ax = charts.profile(replace(result, indicators={**result.indicators, "planning": changed}))
    ax.figure.savefig(io.BytesIO(), format="svg")
    assert "规划 $\\frac$" in {label.get_text() for label in ax.get_yticklabels()}


# Each grade has one fixed colour by its rank, none two alike, grey for none; more grades than colours still serve.
def test_grades_have_fixed_colours() -> None:
    colours = charts.grade_colours(("AAAA", "AAA", "AA", "A"))
    assert list(colours) == ["AAAA", "AAA", "AA", "A", None]
    assert len(set(colours.values())) == 5
    assert charts.grade_colours(("gold",))["gold"] == colours["AAAA"]
    assert len(charts.grade_colours(tuple("abcdefghij"))) == 11


# Every class of results that draws itself has its chart, a function that takes an `ax` and a language.
def test_every_result_has_its_chart() -> None:
    for place in filter(None, (chart for _, chart in SHOWN.values())):
        module, name = place.split(".")
        chart = getattr(import_module(f"lsstd.pages.{module}"), name)
        assert {"ax", "lang"} <= set(signature(chart).parameters)


# Wide letters have room too: no label of a bar and no text at its end is cut off at the edge.
def test_words_of_bars_are_not_cut_off() -> None:
    figure = charts.bars_alone([Bar("Emergency management", 1.0, "100%"), Bar("MMMM", 0.5, "50%")])
    figure.draw_without_rendering()
    (ax,) = figure.axes
    boxes = [text.get_window_extent() for text in (*ax.texts, *ax.get_yticklabels())]
    assert len(boxes) == 4
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
