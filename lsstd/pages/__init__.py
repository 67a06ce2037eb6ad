"""What is shown, once: sections of pages, and the charts of results."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lsstd.words import Lang, Text, same

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHARTS = {
    "Result": "charts.profile",
    "Comparison": "charts.cases",
    "PanelResult": "charts.totals",
    "Portfolio": "charts.ranks",
    "Chain": "charts.parties",
    "Cycle": "charts.places",
    "Scores": "population_charts.histogram",
    "Impact": "population_charts.transitions",
    "Sweep": "population_charts.sweep",
    "CutScores": "population_charts.cut_lines",
    "Certificate": "robustness_charts.cushions",
    "Envelope": "robustness_charts.envelope",
    "PopulationReadings": "robustness_charts.movers",
    "ImprovementPlan": "charts.cost_curve",
    "Design": "charts.design_curve",
    "Linted": "population_charts.moved_by_findings",
    "Uncertainty": "robustness_charts.distribution",
    "Sensitivity": "robustness_charts.tornado",
    "PopulationSensitivity": "robustness_charts.between",
    "EffectiveWeights": "robustness_charts.weights",
    "WeightUncertainty": "robustness_charts.weight_curve",
}
"""The chart of each class of results: its module here and its function."""

SECTIONS = {
    "Standard": "handbook.head",
    "Result": "base_page.summary",
    "Comparison": "base_page.comparison_sections",
    "Register": "application_page.register_sections",
    "PanelResult": "panel_page.summary",
    "Portfolio": "portfolio_page.summary",
    "Chain": "supply_chain_page.summary",
    "Cycle": "cycle_page.list_section",
    "Impact": "impact_page.overview",
    "CutScores": "population_page.cut_score_sections",
    "Design": "design_page.design_sections",
    "EditionDiff": "edition_page.comparison",
    "Migration": "edition_page.migration_sections",
    "Certificate": "robustness_page.certificate_sections",
    "Envelope": "robustness_page.envelope_sections",
    "Linted": "lint_page.finding_sections",
    "PopulationReadings": "robustness_page.movers_sections",
    "Uncertainty": "robustness_page.uncertainty_sections",
    "Sensitivity": "robustness_page.sensitivity_sections",
}
"""What stands for each class in a notebook: its module here and its function; for others with a table, the table."""


def html_of(shown: object, lang: Lang = "zh") -> str | None:
    """Return what stands for an object in a notebook, as HTML; None for what is told in one line."""
    if not (place := SECTIONS.get(type(shown).__name__)):
        table: Any = getattr(shown, "table", None)
        return table._repr_html_() if hasattr(table, "_repr_html_") else None
    module, name = place.split(".")
    made: Any = getattr(import_module(f"{__name__}.{module}"), name)(shown, lang)
    sections = [made] if hasattr(made, "html") else made
    return f'<div class="lsstd">{"".join(section.html for section in sections)}</div>'


def plot(
    result: Any, ax: Axes | None = None, lang: Lang = "zh", title: str | Text = "", chart: str = "", **options: Any
) -> Axes:
    """Draw the chart of a result, whose class `CHARTS` names; the module that draws it is loaded only now.

    Without axes it makes a new figure. The title stands above it; of made-up data it says so. `chart` names another
    chart than that of its class; what that takes may follow.
    """
    from lsstd.pages.drawing import titled

    module, name = (chart or CHARTS[type(result).__name__]).split(".")
    axes: Axes = getattr(import_module(f"{__name__}.{module}"), name)(result, ax=ax, lang=lang, **options)
    titled(axes, result, lang, title if isinstance(title, Text) else same(title))
    return axes
