"""Drawing with matplotlib: fonts that hold Chinese, steady settings, SVG and PNG that are always the same bytes."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib as mpl
import pylopdf_fonts_zh_cn
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text as Words

from lsstd.words import Lang, Text, made_up, msg, printable, same

SYSTEM_FONTS = (
    "Microsoft YaHei",  # Windows
    "PingFang SC",  # macOS
    "Hiragino Sans GB",
    "Noto Sans CJK SC",  # Linux
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "SimHei",
)
PACKAGED_FONT = "Noto Sans SC"
_DPI = 180  # of a picture in Word: sharp in print, about 60 kB
_NOISE = re.compile(  # what differs between machines or says nothing of the chart
    r"""\s*<metadata>.*?</metadata>|\s*<defs>\s*<style[^>]*>[^<]*</style>\s*</defs>|\ id="[a-zA-Z0-9]+_\d+"|"""
    r"""(?<=[;"\ ])font-family:[^;"]*;?\ ?|\ transform="rotate\(-0\ [^"]*\)\"""",
    re.DOTALL | re.VERBOSE,
)
_ROOT = '<svg stroke-linejoin="round" style="max-width:100%;height:auto" '


def packaged_font() -> Path:
    """Return the file of the font with Chinese that travels with the package, for machines that have none."""
    return Path(pylopdf_fonts_zh_cn.sans_path())


@cache
def packaged_characters() -> frozenset[int]:
    """Return the characters that the packaged font can draw, and what is blank."""
    return frozenset(FT2Font(str(packaged_font())).get_charmap()) | {ord(sign) for sign in "\t\n\r\f"}


@cache
def families() -> tuple[str, ...]:
    """Return the font families for charts, those with Chinese first; each is installed or packaged."""
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    if PACKAGED_FONT not in known:
        font_manager.fontManager.addfont(str(packaged_font()))
    return (*(name for name in SYSTEM_FONTS if name in known), PACKAGED_FONT, "DejaVu Sans")


@cache
def _covered(family: str) -> frozenset[int]:
    """Return the characters that a family can draw."""
    entry = font_manager.fontManager._find_fonts_by_props(font_manager.FontProperties(family=[family]))[0]
    return frozenset(FT2Font(entry).get_charmap())


def missing_characters(texts: Iterable[str]) -> str:
    """Return the characters that none of the chart fonts can draw, each once, in order."""
    wanted = dict.fromkeys(char for text in texts for char in text if not char.isspace())
    return "".join(char for char in wanted if not any(ord(char) in _covered(name) for name in families()))


def warn_missing(texts: Iterable[str]) -> None:
    """Warn once, naming all characters that cannot be drawn, and keep matplotlib from warning glyph by glyph."""
    if missing := missing_characters(texts):
        text = msg("characters that no font here can draw")
        warnings.warn(f"{text.zh} / {text.en}: {printable(missing)}", UserWarning, stacklevel=3)
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")


@contextmanager
def style() -> Iterator[None]:
    """Draw with fonts that hold Chinese, without touching the user's own settings.

    Only these settings are restored: a notebook's backend changes others when the first figure is made, and
    without them no later figure would be displayed.
    """
    ours: dict[str, Any] = {
        "font.family": list(families()),
        "axes.unicode_minus": False,
        "svg.fonttype": "none",  # text stays text: read aloud, searched, compared
        "svg.hashsalt": "lsstd",
        "text.parse_math": False,
    }
    settings: Any = mpl.rcParams
    before = {key: settings[key] for key in ours}
    settings.update(ours)
    try:
        yield
    finally:
        settings.update(before)


@contextmanager
def canvas(ax: Axes | None, width: float, height: float) -> Iterator[Axes]:
    """Yield axes in our style, the user's or those of a new figure (in inches); afterwards check all characters.

    The new figure is pyplot's, so that a notebook displays it; a page's figures are made by `alone`.
    """
    with style():
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots(figsize=(width, height), layout="constrained")[1]
        ax.spines[["top", "right"]].set_visible(False)
        yield ax
        texts = ax.findobj(Words) if ax.axison else ax.texts
        for text in texts:  # those that stood on the user's axes before have other fonts
            text.set_fontfamily(list(families()))
        warn_missing(text.get_text() for text in texts)


def titled(ax: Axes, found: Any, lang: Lang, title: Text) -> None:
    """Set a title above everything over the axes; synthetic data is always named as such."""
    about = next((getattr(found, name) for name in ("census", "population") if hasattr(found, name)), found)
    if not (words := made_up(title, getattr(about, "is_synthetic", False)).to(lang).strip()):
        return
    with style():
        over = [artist.get_window_extent().y1 for artist in (ax.get_legend(), *ax.texts) if artist is not None]
        height = max(0.0, *over, ax.bbox.y1) - ax.bbox.y1
        ax.set_title(words, fontsize=11, fontfamily=list(families()), pad=6 + 72 * height / ax.figure.dpi)
        warn_missing([words])


@contextmanager
def rows_canvas(
    ax: Axes | None, labels: Sequence[str], row: float = 0.36, rest: float = 1.3, columns: int = 6
) -> Iterator[tuple[Axes, list[int]]]:
    """Yield axes with a line for each label, the first on top, and their places; above them stands the legend.

    `row` and `rest` are the height of a line and of all else, in inches; `columns` are those of the legend.
    """
    places = list(range(len(labels)))[::-1]
    with canvas(ax, 7, row * len(labels) + rest) as ax:
        ax.set_yticks(places, labels)
        ax.spines["left"].set_visible(False)
        ax.tick_params(length=0)
        yield ax, places
        if ax.get_legend_handles_labels()[0]:
            ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.04), ncols=columns, **_LEGEND)


_LEGEND: Any = {"frameon": False, "handlelength": 1, "handletextpad": 0.5, "columnspacing": 1}


Frame: TypeAlias = tuple[float, float, tuple[float, float, float, float]]
"""Width and height of a figure, in inches, and the shares of its sides between which its axes lie."""


def framed(chart: str, found: Any, lang: Lang) -> Figure:
    """Return a chart, named by module and function, as a stand-alone figure in the frame from its module's `FRAMES`."""
    module, name = chart.split(".")
    charts = import_module(f"lsstd.pages.{module}")
    frame = charts.FRAMES[name]

    def draw(ax: Axes) -> None:
        getattr(charts, name)(found, ax=ax, lang=lang)
        titled(ax, found, lang, same(""))

    return alone(draw, *(frame(found) if callable(frame) else frame))


def alone(
    draw: Callable[[Axes], object], width: float, height: float, margins: tuple[float, ...] = (0, 0, 1, 1)
) -> Figure:
    """Return a figure that no notebook displays, in inches; its axes lie between these shares of its sides.

    Fixed margins take a third of the time of a layout by measured texts, and are the same on every machine.
    """
    figure = Figure(figsize=(width, height))
    left, bottom, right, top = margins
    with style(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the page says in its tables what a font cannot draw
        axes = figure.add_axes((left, bottom, right - left, top - bottom))
        draw(axes)
        axes.title.set_x((0.5 - left) / (right - left))  # over all of the figure, which a long one fills
    return figure


def svg_of(figure: Figure) -> str:
    """Return a figure as an SVG element that fits the width of its page; its texts are text, in the page's fonts."""
    out = io.StringIO()
    with style():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    drawn = _NOISE.sub("", out.getvalue())
    return _ROOT + drawn[drawn.index("<svg") + 5 :].strip()


def png_of(figure: Figure) -> bytes:
    """Return a figure as a PNG."""
    out = io.BytesIO()
    with style(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(out, format="png", dpi=_DPI, metadata={"Software": None})
    return out.getvalue()
