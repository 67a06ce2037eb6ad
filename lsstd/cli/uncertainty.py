"""The commands ``uncertainty`` and ``sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.cli.options import language, print_all, print_json

if TYPE_CHECKING:
    from lsstd.engine.result import Result


def run_uncertainty(result: Result, unknown: float, common: Path | None, as_json: bool) -> None:
    """Tell how sure score and grade are."""
    from lsstd.robustness.common_factor import load_common
    from lsstd.robustness.uncertainty import uncertainty

    factor = load_common(common) if common else None
    found = uncertainty(result.standard, result.assessment, readings=result.readings, unknown=unknown, common=factor)
    if as_json:
        print_json(found.to_dict(language()))
        return
    from lsstd.pages.uncertainty import uncertainty_tables

    print_all(uncertainty_tables(found, language()))


def run_sensitivity(result: Result, target: str | None, unknown: float, as_json: bool) -> None:
    """Tell what score and grade hang on."""
    from lsstd.robustness.sensitivity import sensitivity

    found = sensitivity(result.standard, result.assessment, target, readings=result.readings, unknown=unknown)
    if as_json:
        print_json(found.to_dict())
        return
    from lsstd.pages.uncertainty import sensitivity_tables

    print_all(sensitivity_tables(found, language()))
