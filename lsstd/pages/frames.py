"""Results as data frames, with columns of ids and codes that are the same in every language."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pandas as pd

from lsstd.assessment.assessment import Evidence
from lsstd.exact import plain

if TYPE_CHECKING:
    from lsstd.changes.compare import Comparison
    from lsstd.changes.diff import EditionDiff
    from lsstd.engine.evidence_register import Register
    from lsstd.engine.result import Result
    from lsstd.panel.panel_result import PanelResult
    from lsstd.robustness.certificate import Certificate


def _columns(entry: Any, columns: str) -> dict[str, Any]:
    """Return the columns of one line, each given as ``column=path`` or as a path of one word; exact numbers plain."""
    named = [column.rpartition("=") for column in columns.split()]
    values = {name or path: attrgetter(path)(entry) for name, _, path in named}
    return {name: plain(value) if hasattr(value, "denominator") else value for name, value in values.items()}


def _frame(entries: Iterable[Any], columns: str) -> pd.DataFrame:
    return pd.DataFrame([_columns(entry, columns) for entry in entries])


def edition_frame(found: EditionDiff) -> pd.DataFrame:
    """Return one line a change: clause, path, kind, subject, old, new, effect, points, reason."""
    columns = ["clause", "path", "kind", "subject", "old", "new", "effect", "points", "reason"]
    return pd.DataFrame(found.to_list(), columns=columns)


def criteria_frame(result: Result) -> pd.DataFrame:
    """Return one line a criterion: row, id, indicator, gloss, state, secured, possible, maximum.

    For a standard of topics one line a topic: id, labels, clause, level, whether recent evidence supports it.
    """
    if result.profile:
        about = "topic=topic.id label_zh=topic.label.zh label_en=topic.label.en clause=topic.clause level evidenced"
        return _frame(result.profile.topics, about).astype({"level": "Int64"})
    about = "row=criterion.row criterion=criterion.id indicator=criterion.indicator"
    gloss = "gloss_zh=criterion.gloss.zh gloss_en=criterion.gloss.en"
    return _frame(result.criteria.values(), f"{about} {gloss} state secured possible maximum")


def comparison_frame(comparison: Comparison) -> pd.DataFrame:
    """Return one line a case: name, secured, possible, change of the secured score, grades, eligibility."""
    scores = "name secured=result.score.secured possible=result.score.possible"
    grades = " ".join(f"grade_{name}=result.grade.{name}" for name in ("secured", "possible", "awarded"))
    frame = _frame(comparison.cases, f"{scores} {grades} eligible=result.eligible")
    base = comparison.cases[0].result.score.secured
    frame.insert(3, "change", [plain(case.result.score.secured - base) for case in comparison.cases])
    return frame


def evidence_frame(register: Register) -> pd.DataFrame:
    """Return one line a piece of evidence and what it proves, and one for each item without any."""
    about = "item=kind id clause row label_zh=label.zh label_en=label.en claimed points with_evidence"
    rows = []
    for item, proof in register.rows:
        piece = {key: getattr(proof.evidence, key) if proof else None for key in Evidence.model_fields}
        state = {"holds": proof and proof.holds, "troubles": proof and ", ".join(proof.troubles)}
        rows.append({**_columns(item, about), **piece, **state})
    return pd.DataFrame(rows).astype({"row": "Int64"})


def certificate_frame(certificate: Certificate) -> pd.DataFrame:
    """Return one line a row that can lose anything: secured, lowest, loss, the grade if it alone is lost."""
    about = "row=row.criterion.row criterion=row.criterion.id"
    gloss = "gloss_zh=row.criterion.gloss.zh gloss_en=row.criterion.gloss.en"
    frame = _frame(certificate.losses, f"{about} {gloss} secured=row.secured lowest loss=points grade_alone=alone")
    for column, names in (("fewest", certificate.rows.names), ("guarantee", certificate.kept.names)):
        frame[column] = [loss.row.criterion.id in (names or ()) for loss in certificate.losses]
    return frame


def panel_frame(panel: PanelResult) -> pd.DataFrame:
    """Return one line a row with points: row, id, gloss, what each expert gave it, combined, spread."""
    about = "row criterion=id indicator gloss_zh=gloss.zh gloss_en=gloss.en maximum=max_score"
    lines = []
    for row in panel.agreement.rows:
        given = {e: None if r is None else plain(r) for e, r in zip(panel.experts, row.ratings, strict=True)}
        criterion = panel.standard.criteria[row.criterion]
        lines.append({**_columns(criterion, about), **given, **_columns(row, "combined spread")})
    return pd.DataFrame(lines)
