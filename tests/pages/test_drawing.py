"""Chinese in charts: the system's fonts, else the packaged one, and one warning for what none can draw."""

import io
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import files
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from matplotlib import font_manager

from lsstd import evaluate, load_assessment, load_standard
from lsstd.files.places import example
from lsstd.pages import charts, drawing
from lsstd.words import Text

UNASSIGNED = "\u0378"  # no font has it
NONCHARACTER = "\U0001fffe"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Fonts as on a machine that has just started: nothing remembered, the packaged font not yet loaded."""
    known = [entry for entry in font_manager.fontManager.ttflist if entry.name != drawing.PACKAGED_FONT]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", known)
    for remembered in (drawing.families, drawing._covered):
        remembered.cache_clear()
    yield monkeypatch
    for remembered in (drawing.families, drawing._covered):
        remembered.cache_clear()


# On a system without any Chinese font the packaged one is loaded and draws, names such as 喆 included.
def test_the_packaged_font_serves_where_the_system_has_none(fresh: pytest.MonkeyPatch) -> None:
    fresh.setattr(drawing, "SYSTEM_FONTS", ("No Such Font",))
    assert drawing.families() == ("Noto Sans SC", "DejaVu Sans")
    entry = next(entry for entry in font_manager.fontManager.ttflist if entry.name == "Noto Sans SC")
    assert "pylopdf_fonts_zh_cn" in entry.fname
    assert drawing.missing_characters(["直播电商共享基地 喆 ﹥ m² ✓"]) == ""


# The system's own fonts come first, in our order, and only those that are there (DejaVu Serif stands in for one).
def test_system_fonts_come_first(fresh: pytest.MonkeyPatch) -> None:
    fresh.setattr(drawing, "SYSTEM_FONTS", ("No Such Font", "DejaVu Serif", "DejaVu Sans Mono"))
    assert drawing.families() == ("DejaVu Serif", "DejaVu Sans Mono", "Noto Sans SC", "DejaVu Sans")


# The list of system fonts serves Windows, macOS and Linux.
def test_the_list_knows_every_system() -> None:
    assert {"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC"} <= set(drawing.SYSTEM_FONTS)


# The packaged font's licence lies beside it and is the SIL OFL; no proprietary font comes along.
def test_the_packaged_font_is_open() -> None:
    shipped = files("pylopdf-fonts-zh-cn") or []
    licence = next(file for file in shipped if "licenses" in file.parts)
    assert "SIL OPEN FONT LICENSE" in licence.read_text(encoding="utf-8").upper()
    assert {Path(file.name).stem for file in shipped if file.suffix in (".otf", ".ttf", ".ttc")} == {
        "NotoSansSC-Regular",
        "NotoSerifSC-Regular",
    }


# Missing characters are told in one warning, each once; spaces and line ends never count.
def test_one_warning_lists_all_missing_characters() -> None:
    with pytest.warns(UserWarning, match="无法显示的字符") as caught:
        drawing.warn_missing([f"直播{UNASSIGNED}", f"{UNASSIGNED}{NONCHARACTER} \n\u3000"])
    assert len(caught) == 1
    assert str(caught[0].message).endswith(f": {UNASSIGNED}{NONCHARACTER}")


# Where nothing is missing, nothing is said.
def test_no_warning_where_nothing_is_missing() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        drawing.warn_missing(["直播电商 ✓ 100 %"])
    assert caught == []


# A chart with such a character warns once, however often it is drawn, and not glyph by glyph.
def test_a_chart_warns_once_and_not_by_glyph() -> None:
    standard = load_standard("hlj-base-evaluation")
    result = evaluate(standard, load_assessment(example("near_aaa")))
    node = result.indicators["planning"]
    name = Text(f"规划{UNASSIGNED}{NONCHARACTER}", "planning")
    changed = node._replace(indicator=node.indicator.model_copy(update={"name": name}))
    spoilt = replace(result, indicators={**result.indicators, "planning": changed})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure = charts.profile(spoilt).get_figure(root=True)
        assert figure is not None
        for _ in range(2):
            figure.savefig(io.BytesIO(), format="png")
    plt.close("all")
    assert [UNASSIGNED in str(warning.message) for warning in caught] == [True]


# With the packaged font alone, a chart draws every label: matplotlib would warn of a missing glyph (an error here).
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_draw_with_the_packaged_font_alone(fresh: pytest.MonkeyPatch, lang: str) -> None:
    fresh.setattr(drawing, "SYSTEM_FONTS", ())
    result = evaluate(load_standard("hlj-base-evaluation"), load_assessment(example("near_aaa")))
    figure = charts.profile(result, lang="zh" if lang == "zh" else "en").get_figure(root=True)
    assert figure is not None
    figure.savefig(io.BytesIO(), format="png")
    plt.close("all")
