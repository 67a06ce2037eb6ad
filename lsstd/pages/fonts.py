"""Chinese in charts: the system's fonts first, then one that comes with a package, never empty boxes unannounced."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import cache

import pylopdf_fonts_zh_cn
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

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


@cache
def families() -> tuple[str, ...]:
    """Return the font families for charts, those with Chinese first; each is really there."""
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    if PACKAGED_FONT not in known:
        font_manager.fontManager.addfont(str(pylopdf_fonts_zh_cn.sans_path()))
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
        warnings.warn(
            f"图中无法显示的字符 / characters that no font here can draw: {missing}", UserWarning, stacklevel=3
        )
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
