"""Populations as sections: scores and ranking, grades along a sweep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from lsstd.engine.verdict import self_assessment
from lsstd.exact import exact, shown
from lsstd.pages.blocks import Paragraph, Section, bar, chart_figure, grid, section
from lsstd.words import Lang, Text, join, msg, msg_in, paired, same

if TYPE_CHECKING:
    from lsstd.population.scoring import Scores
    from lsstd.population.sweep import Sweep


def _notes(texts: Iterable[Text], lang: Lang) -> Iterator[Paragraph]:
    return (Paragraph(text.to(lang), "status") for text in texts)


def scores_sections(scores: Scores, lang: Lang, most: int = 20) -> Iterator[Section]:
    """Yield how many have which grade, how scores are spread and who may apply, and the ranking from the top."""
    standard, table, ranks, count = scores.standard, scores.table, scores.ranks, len(scores.table)
    found = scores.to_dict()["grades"]
    rows = [(standard.named(each["grade"]), n := each["count"], f"{n / count:.1%}", bar(n, n, count)) for each in found]
    at = join(paired(f"{p:.0%}", f"{table['score'].quantile(p):.2f}") for p in (0, 0.25, 0.5, 0.75, 1))
    spread = msg(
        "Score: mean {mean}, standard deviation {sd}; quantiles {at}",
        mean=f"{table['score'].mean():.2f}",
        sd=f"{table['score'].std():.2f}",
        at=at,
    )
    able = table["eligible"].astype(object).where(table["eligible"].notna(), None).tolist()
    may = Counter(able)
    told = msg(
        "Conditions: met by {met}, not met by {unmet}, not known of {unknown} (grades are by score, whoever may apply)",
        met=may[True],
        unmet=may[False],
        unknown=may[None],
    )
    listed = grid(lang, [msg("grade"), msg("count"), msg("share"), same("")], rows, right=(1, 2)) if found[1:] else None
    title = msg("{count} subjects by grade", count=count)
    notes = _notes([*scores.population.notes, self_assessment(standard)], lang)
    yield section(title, lang, listed, spread, told if standard.conditions else None, *notes)
    order, tied = np.argsort(ranks, kind="stable")[:most].tolist(), Counter(ranks.tolist())
    answers = {True: msg("yes"), False: msg("no"), None: same("—")}
    lines = []
    for i in order:
        points = standard.points(Fraction(int(scores.secured.total[i]), scores.ratings.lattice))[0]
        place = f"{ranks[i]}=" if tied[int(ranks[i])] > 1 else f"{ranks[i]}"
        lines.append((place, table["id"].iloc[i], points, standard.named(table["grade"].iloc[i]), answers[able[i]]))
    heads = [msg("rank"), msg("subject"), msg("score"), msg("grade"), msg("conditions met")]
    ties = msg("= marks subjects with exactly the same score, which share a rank") if max(tied.values()) > 1 else None
    more = msg("{more} more: -o FILE or --json lists them all", more=count - most) if count > most else None
    notes = _notes([each for each in (ties, more) if each], lang)
    yield section(msg("Ranking by score"), lang, grid(lang, heads, lines, right=(0, 2)), *notes)


def sweep_sections(sweep: Sweep, lang: Lang) -> Iterator[Section]:
    """Yield the share of each grade for each value, as a chart and as a table, and what is counted."""
    names = [sweep.standard.named(grade) for grade in sweep.grades]
    rows = []
    for key, cells in sweep.table.groupby(list(sweep.paths), sort=False):
        shares = ["—" if share != share else f"{share:.1%}" for share in cells["share"]]
        values = (value if isinstance(value, str) else shown(exact(value), 6) for value in key)
        counted = cells["count"].sum(min_count=1)
        rows.append((*values, *shares, "—" if counted != counted else f"{counted:.0f}"))
    heads, width = [*sweep.labels, *names, msg_in("column", "counted")], len(sweep.paths)
    title = msg("Share of each grade")
    alt = msg("{title}, by {labels}", title=title, labels=join(sweep.labels))
    chart = chart_figure(alt.to(lang), "population_charts.sweep_alone", sweep, lang)
    listed = grid(lang, heads, rows, right=range(width, len(heads)))
    yield section(title, lang, chart, listed, *_notes([*sweep.notes, self_assessment(sweep.standard)], lang))
