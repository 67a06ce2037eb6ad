"""A supply chain as its parties see it: table, chart, and the table to take away; non-normative, and said so."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from lsstd.exact import plain, shown
from lsstd.pages.charts import GRADE_COLOURS
from lsstd.pages.drawing import canvas
from lsstd.panel.supply_chain import Chain
from lsstd.words import Lang, Text, join, words

NON_NORMATIVE = Text("非规范性自评，不评等级", "non-normative, without a grade")
TITLE = Text("供应链协同成熟度：各方自评", "Maturity of supply-chain collaboration, as its parties see it")
_MARKERS = "osD^vP*X"


def chain_frame(chain: Chain) -> pd.DataFrame:
    """Return one line a topic: id, labels, the level that each party sees, median, spread."""
    lines: list[dict[str, Any]] = [
        {
            "topic": seen.topic.id,
            "label_zh": seen.topic.label.zh,
            "label_en": seen.topic.label.en,
            **seen.levels,
            "median": None if seen.median is None else plain(seen.median),
            "spread": seen.spread,
        }
        for seen in chain.topics
    ]
    return pd.DataFrame(lines).astype(dict.fromkeys(chain.parties, "Int64"))


def chain_profile(chain: Chain, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the level that each party sees of each topic; a line joins the views of one topic."""
    top = len(chain.standard.scale) - 1
    with canvas(ax, 7, 0.42 * len(chain.topics) + 1.6) as ax:
        places = dict(zip([seen.topic.id for seen in chain.topics], range(len(chain.topics))[::-1], strict=True))
        for seen in chain.topics:
            if seen.given:
                ends = [min(seen.given.values()), max(seen.given.values())]
                ax.plot(ends, [places[seen.topic.id]] * 2, color="#C8C8C8", linewidth=5, zorder=1)
        for i, (party, label) in enumerate(chain.parties.items()):
            points = [(seen.given[party], places[seen.topic.id]) for seen in chain.topics if party in seen.given]
            shift = 0.12 * (i - (len(chain.parties) - 1) / 2)
            colour, marker = GRADE_COLOURS[i % len(GRADE_COLOURS)], _MARKERS[i % len(_MARKERS)]
            xs, ys = [x for x, _ in points], [y + shift for _, y in points]
            ax.scatter(xs, ys, color=colour, marker=marker, label=label.to(lang), zorder=2)
        ax.set_yticks(list(places.values()), [seen.topic.label.to(lang) for seen in chain.topics])
        ax.set_xlim(-0.3, top + 0.3)
        ax.set_xticks(range(top + 1))
        ax.set_xlabel(f"{Text('级', 'level').to(lang)}（{NON_NORMATIVE.to(lang)}）")
        ax.spines[["left"]].set_visible(False)
        ax.tick_params(length=0)
        ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, frameon=False)
    return ax


def chain_rows(chain: Chain, lang: Lang = "zh") -> tuple[list[str], list[str], list[list[str]]]:
    """Return notes, heads and rows of the table to take away; the first note says that it is non-normative."""
    weakest = join(seen.topic.label for seen in chain.weakest)
    apart = join(
        Text(f"{seen.topic.label.zh}（相差 {seen.spread} 级）", f"{seen.topic.label.en} ({seen.spread} levels apart)")
        for seen in chain.gaps()
    )
    notes = [
        NON_NORMATIVE,
        chain.standard.status,
        Text(f"最弱：{weakest.zh or '—'}", f"Weakest: {weakest.en or '—'}"),
        Text(f"看法相差最大：{apart.zh or '—'}", f"Seen most differently: {apart.en or '—'}"),
    ]
    heads = [*words(lang, "主题|topic"), *(label.to(lang) for label in chain.parties.values())]
    heads += words(lang, "中位数|median", "相差|spread")
    rows = [
        [
            seen.topic.label.to(lang),
            *("—" if level is None else str(level) for level in seen.levels.values()),
            shown(seen.median),
            str(seen.spread),
        ]
        for seen in chain.topics
    ]
    return [note.to(lang) for note in notes], heads, rows
