"""Results as data frames, with columns of ids and codes that are the same in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from lsstd.assessment.assessment import Evidence
from lsstd.exact import plain

if TYPE_CHECKING:
    from lsstd.changes.compare import Comparison
    from lsstd.engine.evidence import Register
    from lsstd.engine.result import Result
    from lsstd.robustness.certificate import Certificate
    from lsstd.robustness.readings import Envelope


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


def evidence_frame(register: Register) -> pd.DataFrame:
    """Return one line a piece of evidence and what it proves, and one for each item without any."""
    rows = []
    for item in register.items:
        told = {
            "item": item.kind,
            "id": item.id,
            "clause": item.clause,
            "row": item.row,
            "label_zh": item.label.zh,
            "label_en": item.label.en,
            "claimed": item.claimed,
            "points": None if item.points is None else plain(item.points),
            "with_evidence": None if item.with_evidence is None else plain(item.with_evidence),
        }
        for proof in item.proofs or (None,):
            piece = {key: getattr(proof.evidence, key) if proof else None for key in Evidence.model_fields}
            troubles = ", ".join(proof.troubles) if proof else None
            rows.append({**told, **piece, "holds": proof.holds if proof else None, "troubles": troubles})
    return pd.DataFrame(rows).astype({"row": "Int64"})


def certificate_frame(certificate: Certificate) -> pd.DataFrame:
    """Return one line a row that can lose anything: secured, lowest, loss, the grade if it alone is lost."""
    fewest, kept = certificate.rows.names or (), certificate.kept.names or ()
    return pd.DataFrame(
        [
            {
                "row": loss.row.criterion.row,
                "criterion": loss.row.criterion.id,
                "gloss_zh": loss.row.criterion.gloss.zh,
                "gloss_en": loss.row.criterion.gloss.en,
                "secured": plain(loss.row.secured),
                "lowest": plain(loss.lowest),
                "loss": plain(loss.points),
                "grade_alone": loss.alone,
                "fewest": loss.row.criterion.id in fewest,
                "guarantee": loss.row.criterion.id in kept,
            }
            for loss in certificate.losses
        ]
    )


def envelope_frame(envelope: Envelope) -> pd.DataFrame:
    """Return one line an option: reading, option, outcome alone, how often the reading decides, counts by grade."""
    return pd.DataFrame(
        [
            {
                "key": effect.key,
                "option": option,
                "chosen": option == effect.chosen,
                "grade": outcome.secured,
                "awarded": outcome.awarded,
                "decides": effect.changes / effect.contexts,
                **{f"count_{grade or 'none'}": effect.counts[option][grade] for grade in envelope.grades},
            }
            for effect in envelope.effects
            for option, outcome in effect.options.items()
        ]
    )
