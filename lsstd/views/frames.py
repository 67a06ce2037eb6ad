"""Results as data frames."""

from __future__ import annotations

import pandas as pd

from lsstd.core.exact import plain
from lsstd.core.result import Result
from lsstd.drafting.compare import Comparison


def criteria_frame(result: Result) -> pd.DataFrame:
    """Return one line a criterion: row, id, indicator, gloss, state, secured, possible, maximum.

    For a standard of topics one line a topic: id, labels, clause, level, whether recent evidence bears it out.
    """
    if result.profile:
        return pd.DataFrame(
            [
                {
                    "topic": entry.topic.id,
                    "label_zh": entry.topic.label.zh,
                    "label_en": entry.topic.label.en,
                    "clause": entry.topic.clause,
                    "level": entry.level,
                    "evidenced": entry.evidenced,
                }
                for entry in result.profile.topics
            ]
        ).astype({"level": "Int64"})
    return pd.DataFrame(
        [
            {
                "row": row.criterion.row,
                "criterion": row.criterion.id,
                "indicator": row.criterion.indicator,
                "gloss_zh": row.criterion.gloss.zh,
                "gloss_en": row.criterion.gloss.en,
                "state": row.state,
                "secured": plain(row.secured),
                "possible": plain(row.possible),
                "maximum": plain(row.maximum),
            }
            for row in result.criteria.values()
        ]
    )


def comparison_frame(comparison: Comparison) -> pd.DataFrame:
    """Return one line a case: name, secured, possible, change of the secured score, grades, eligibility."""
    baseline = comparison.cases[0].result.score.secured
    return pd.DataFrame(
        [
            {
                "name": case.name,
                "secured": plain(case.result.score.secured),
                "possible": plain(case.result.score.possible),
                "change": plain(case.result.score.secured - baseline),
                "grade_secured": case.result.grade.secured,
                "grade_possible": case.result.grade.possible,
                "grade_awarded": case.result.grade.awarded,
                "eligible": case.result.eligible,
            }
            for case in comparison.cases
        ]
    )
