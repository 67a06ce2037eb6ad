"""Charts and tables of populations: drawn on the axes given, in both languages, labelled where made up."""

from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text as Words

from lsstd.changes.reform import Reform
from lsstd.files.places import data
from lsstd.files.standards import load_standard
from lsstd.pages import impact_page, plot
from lsstd.pages.drawing import framed
from lsstd.planning.cut_scores import cut_scores
from lsstd.planning.design import design
from lsstd.population.impact import impact
from lsstd.population.population import load_population
from lsstd.population.scoring import scores_of
from lsstd.population.sweep import sweep
from lsstd.population.synthetic import load_assumptions, synthetic
from lsstd.robustness.population_sensitivity import population_sensitivity
from lsstd.robustness.reading_effects import population_readings
from lsstd.standard.standard import Standard
from lsstd.words import Lang, same

HLJ = load_standard("hlj-base-evaluation")
PEOPLE = synthetic(load_assumptions(data() / "populations" / "assumptions.yaml", HLJ), HLJ, 300, 1)
LOWER = Reform(reform="r", standard=HLJ.standard, changes={"lines.AAA": 390})
MOVED = impact(PEOPLE, HLJ, LOWER)
JUDGED = cut_scores(
    load_population(data() / "populations" / "made_up_60.csv", HLJ),
    HLJ,
    data() / "judgements" / "made_up_60.csv",
    resamples=0,
)


@pytest.fixture(autouse=True)
def _figures() -> Iterator[None]:
    matplotlib.use("agg")
    yield
    plt.close("all")


DRAWN: dict[str, Callable[..., Any]] = {
    "transitions": MOVED.plot,
    "shares": lambda **options: plot(MOVED, chart="analysis_charts.shares", **options),
    "a line": sweep(PEOPLE, HLJ, {"lines.AAA": range(380, 420, 10)}).plot,
    "two lines": sweep(PEOPLE, HLJ, {"lines.AAA": range(380, 420, 10), "lines.AA": [340, 390]}).plot,
    "judgements": JUDGED.plot,
    "a condition": sweep(PEOPLE, HLJ, {"conditions.area.tests.office_area": [800, 1000]}).plot,
}


# Each chart is drawn on the axes given, says that its data are made up, and can be saved.
@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize(("lang", "label"), [("zh", "合成数据"), ("en", "synthetic data")])
def test_charts(name: str, lang: Lang, label: str, tmp_path: Any) -> None:
    ax = plt.subplots()[1]
    assert DRAWN[name](ax=ax, lang=lang) is ax
    assert label in (ax.get_title("left") + ax.get_title()).lower()
    ax.figure.savefig(tmp_path / "chart.png")
    assert DRAWN[name](lang=lang).figure is not ax.figure


# In a report nothing of a chart runs off it, however long the names of the grades are: they take two lines.
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("prefix", ["", "省级直播电商示范基地（", "Provincial demonstration base "])
def test_nothing_runs_off(prefix: str, lang: Lang, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Standard, "named", lambda _, grade: same(f"{prefix}{grade or 'no grade'}"))
    for chart in ("shares", "transitions"):
        figure = framed(f"analysis_charts.{chart}", MOVED, lang)
        FigureCanvasAgg(figure).draw()
        for text in figure.findobj(Words):
            if text.get_visible() and text.get_text():
                box = text.get_window_extent()
                assert min(box.x0, box.y0) >= -1, text
                assert box.x1 <= figure.bbox.x1 + 1, text


# The numbers in the matrix are the flows.
def test_the_matrix_shows_the_flows() -> None:
    told = [int(text.get_text()) for text in MOVED.plot().texts]
    assert sum(told) == len(PEOPLE)


# The overview holds the population's notes, grades, flows, groups, lines, movers; what does not change is 0, not +0.
@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("en", ["Moves between grades", "Groups", "5 points below", "score after", "哈尔滨", "seed 1"]),
        ("zh", ["等级变动", "分组", "临近分数线", "新分数", "哈尔滨", "种子 1"]),
    ],
)
def test_the_overview(lang: Lang, texts: list[str]) -> None:
    html = "".join(section.html for section in impact_page.overview(MOVED, lang))
    assert [text for text in texts if text not in html] == []
    assert str(MOVED.winners) in html
    assert "+0" not in html.replace("+0.", "")
    frame = pd.DataFrame({"id": ["a", "b"], "village_rooms": [1, 2]})
    some = impact_page.overview(impact(load_population(frame, HLJ), HLJ, HLJ), "en")
    assert "no column at all" in some[0].html


# The report's sections are safe HTML: amendments with their reasons, the first twenty movers and how many more.
def test_the_report() -> None:
    reasons = [LOWER.model_copy(update={"reason": same("<b>fairer</b>")}), Reform(reform="s", standard=HLJ.standard)]
    assert "&lt;b&gt;fairer" in impact_page.amendments(MOVED, "en", reasons).html
    larger = Reform.model_validate({**LOWER.model_dump(), "changes": {"lines.AAA": 360}})
    found = impact(PEOPLE, HLJ, larger)
    html, moved = impact_page.movers(found, "en").html, found.moved
    assert moved > 20
    assert html.count("<tr>") == 21
    assert f"{moved - 20} more, which move as far or less" in html
    nobody = impact(PEOPLE, HLJ, HLJ)
    assert "Nobody moves" in impact_page.movers(nobody, "en").html
    assert "+0" not in impact_page.groups(nobody, "en").html
    some = impact(load_population(pd.DataFrame({"id": ["a", "b"], "group.g": ["x", None], "weight": 0}), HLJ), HLJ, HLJ)
    assert "no column at all" in impact_page.cover(some, "en", []).html
    assert "—" in impact_page.groups(some, "en").html


# A title of one's own says of made-up data that it is made up, whichever result of a population is drawn.
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_titles_of_made_up_data(lang: Lang) -> None:
    goals = {"standard": HLJ.standard, "goals": [{"grade": "AAAA", "share": {"at_most": 0.1}}], "may_change": ["lines"]}
    drawn = [
        *(scores_of(PEOPLE), MOVED, sweep(PEOPLE, HLJ, {"lines.AAA": [390, 401]}), JUDGED),
        *(population_readings(PEOPLE, readings={"rounding": "none"}), design(PEOPLE, HLJ, goals, refits=0)),
        population_sensitivity(PEOPLE, resamples=None),
    ]
    for result in drawn:
        texts = [words.get_text() for words in result.plot(lang=lang, title="T").findobj(Words)]
        assert any(text.startswith("T") and {"zh": "合成", "en": "synthetic"}[lang] in text for text in texts), result
