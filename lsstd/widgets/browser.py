"""Search the standards and read what was found."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as ipw

from lsstd.engine.catalogue import Hit, search
from lsstd.pages.handbook import hit_page
from lsstd.standard.document import Crosswalk
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text

MOST = 60


def reference_browser(standards: Sequence[Standard], crosswalks: Sequence[Crosswalk], lang: Lang = "zh") -> ipw.Widget:
    """Return a search field, what it finds, and the page of what is chosen.

    Parameters
    ----------
    standards : sequence of Standard
        What is searched: Chinese wording, clause numbers, ids, English glosses.
    crosswalks : sequence of Crosswalk
        For a row's neighbours in another standard.
    lang : {"zh", "en"}
    """
    by_id = {standard.standard: standard for standard in standards}
    query = ipw.Text(
        description=Text("查找", "Search").to(lang),
        placeholder=Text("词、条款号或英文", "words, a clause number").to(lang),
        continuous_update=True,
    )
    hits = ipw.Select(rows=10, layout=ipw.Layout(width="100%"))
    count = ipw.Label()
    page = ipw.HTML()

    def refresh(_: object = None) -> None:
        found = search(standards, query.value)
        hits.options = [(_line(hit, lang), hit) for hit in found[:MOST]]
        count.value = Text(f"{len(found)} 项", f"{len(found)} found").to(lang)

    def read(_: object = None) -> None:
        hit = hits.value
        page.value = hit_page(by_id[hit.standard], hit, crosswalks, lang).html if hit else ""

    query.observe(refresh, "value")
    hits.observe(read, "value")
    refresh()
    return ipw.VBox([ipw.HBox([query, count]), hits, page])


def _line(hit: Hit, lang: Lang) -> str:
    kinds = {
        "condition": Text("条件", "condition"),
        "criterion": Text("评价内容", "criterion"),
        "topic": Text("主题", "topic"),
        "clause": Text("条款", "clause"),
        "term": Text("术语", "term"),
        "field": Text("表格字段", "form field"),
        "measure": Text("指标", "measure"),
    }
    return f"[{kinds[hit.kind].to(lang)}] {hit.clause} {hit.label.to(lang)}"
