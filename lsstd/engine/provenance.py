"""Under what a result was computed: printed last on every output."""

from __future__ import annotations

import lsstd
from lsstd.engine.result import Result
from lsstd.words import Lang, msg


def provenance(result: Result, lang: Lang) -> list[tuple[str, str]]:
    """Return label and value of: standard and edition, its file, reference day, readings, version."""
    standard = result.standard
    printed = standard.printed_readings(result.readings)
    readings = ", ".join(f"{key}: {option}" for key, option in printed.items()) if result.criteria else ""
    rows = [
        (msg("Standard"), f"{standard.standard}（{standard.edition}）"),
        (msg("SHA-256 of its file"), standard.sha256[:16] or "—"),
        (msg("Reference day"), result.assessment.as_of or "—"),
        (msg("Readings used"), readings or "—"),
        (msg("Software"), f"lsstd {lsstd.__version__}"),
    ]
    return [(label.to(lang), value) for label, value in rows]
