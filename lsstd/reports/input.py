"""What a report's parameters mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lsstd.core.result import Result
from lsstd.errors import Problem, ReportError
from lsstd.evaluation import evaluate
from lsstd.files.assessments import load_pair
from lsstd.files.examples import example, examples
from lsstd.files.standards import load_standard
from lsstd.text import Text, clip


def evaluated(
    assessment: str, standard: str = "", readings: Mapping[str, str] | None = None, lang: str = "zh"
) -> Result:
    """Return the result that a report is about.

    Parameters
    ----------
    assessment : str
        A file, or the name of an example.
    standard : str
        An id or a file; empty for the one that the assessment names.
    readings : mapping of str to str
        Replaces the standard's defaults.
    lang : {"zh", "en"}
        Checked here, so that a misspelt language stops the report before its first page.

    Raises
    ------
    LsstdError
        With everything that is wrong.
    """
    if lang not in ("zh", "en"):
        problem = Problem("lang", Text(clip(lang), clip(lang)), Text("zh 或 en", "zh or en"))
        raise ReportError(Text("参数无效", "an invalid parameter"), [problem])
    file = example(assessment) if assessment in examples() else Path(assessment)
    against, loaded = load_pair(file, load_standard(standard) if standard else None)
    return evaluate(against, loaded, dict(readings or {}))
