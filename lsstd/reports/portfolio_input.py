"""What the parameters of a portfolio report mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lsstd.analysis.portfolio import Portfolio, portfolio
from lsstd.errors import Problem, ReportError
from lsstd.evaluation import evaluate_under
from lsstd.files.assessments import pair_of
from lsstd.files.changes import load_reform
from lsstd.files.places import data
from lsstd.files.standards import load_standard
from lsstd.reports.input import check_language
from lsstd.reports.many import each_read, listed_once, short_names
from lsstd.text import Text, same


def gathered(
    assessments: Sequence[str] = (),
    before: Sequence[str] = (),
    standard: str = "",
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[str] = (),
    lang: str = "zh",
) -> Portfolio:
    """Return the portfolio that a report is about.

    Parameters
    ----------
    assessments, before : sequence of str
        Files of assessments, of this round and of the one before; both rounds of the made-up example where none is
        given.
    standard, readings, reforms, lang
        As for `lsstd.reports.input.evaluated`; they hold for both rounds.

    Raises
    ------
    LsstdError
        With everything that is wrong in any of the files.
    """
    check_language(lang)
    rounds = [[Path(file) for file in files] for files in (assessments, before)]
    if before and not assessments:
        problem = Problem("before", same(len(before)), Text("同时给出本轮的评价", "assessments of this round, too"))
        raise ReportError(Text("没有本轮的评价", "no assessments of this round"), [problem])
    if not any(rounds):
        rounds = [sorted((data() / "portfolio" / year).glob("*.yaml")) for year in ("2024", "2023")]
    files = [file for named in rounds for file in named]
    listed_once(files)
    chosen = load_standard(standard) if standard else None
    changes = [load_reform(path) for path in reforms]
    found = each_read(
        files, lambda parsed, file: evaluate_under(*pair_of(parsed, file, chosen, instead=True), readings, changes)
    )
    results = [result for result, _ in found]
    names = dict(zip(short_names(files), (sha256 for _, sha256 in found), strict=True))
    return portfolio(results[: len(rounds[0])], results[len(rounds[0]) :], names)
