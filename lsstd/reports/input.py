"""What a report's parameters mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lsstd.core.result import Result
from lsstd.errors import Problem, ReportError
from lsstd.evaluation import evaluate_file
from lsstd.files.changes import load_reform
from lsstd.files.examples import example, examples
from lsstd.files.standards import load_standard
from lsstd.text import Text, clip, same


def evaluated(
    assessment: str,
    standard: str = "",
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[str] = (),
    lang: str = "zh",
) -> Result:
    """Return the result that a report is about.

    Parameters
    ----------
    assessment : str
        A file (an assessment or a scenario), or the name of an example.
    standard : str
        An id or a file; empty for the one that the assessment names.
    readings : mapping of str to str
        Replaces the standard's defaults.
    reforms : sequence of str
        Files of reforms, applied in order.
    lang : {"zh", "en"}
        Checked here, so that a misspelt language stops the report before its first page.

    Raises
    ------
    LsstdError
        With everything that is wrong.
    """
    check_language(lang)
    is_example = assessment in examples() and not Path(assessment).exists()
    file = example(assessment) if is_example else Path(assessment)
    chosen = load_standard(standard) if standard else None
    result = evaluate_file(file, chosen, readings, [load_reform(path) for path in reforms])
    if not result.standard.scored_rows:
        problem = Problem("standard", same(result.standard.standard), Text("有分值的标准", "a standard with points"))
        raise ReportError(Text("自评报告只适用于计分的标准", "this report is for standards with points"), [problem])
    return result


def check_language(lang: str) -> None:
    """Refuse a language that there is not, before the first page is made."""
    if lang not in ("zh", "en"):
        problem = Problem("lang", Text(clip(lang), clip(lang)), Text("zh 或 en", "zh or en"))
        raise ReportError(Text("参数无效", "an invalid parameter"), [problem])
