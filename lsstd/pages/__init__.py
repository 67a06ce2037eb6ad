"""What is shown, once: sections of pages, and the charts of results."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lsstd.words import Lang, Text, same

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = {
    "Result": ("base_page.summary", "charts.profile"),
    "Comparison": ("base_page.comparison_sections", "charts.cases"),
    "PanelResult": ("panel_page.summary", "charts.totals"),
    "Portfolio": ("portfolio_page.summary", "charts.ranks"),
    "Chain": ("supply_chain_page.summary", "charts.parties"),
    "Cycle": ("cycle_page.list_section", "charts.places"),
    "Impact": ("impact_page.overview", "analysis_charts.transitions"),
    "CutScores": ("population_page.cut_score_sections", "analysis_charts.cut_lines"),
    "Certificate": ("robustness_page.certificate_sections", "analysis_charts.cushions"),
    "Envelope": ("robustness_page.envelope_sections", "analysis_charts.envelope"),
    "PopulationReadings": ("robustness_page.movers_sections", "analysis_charts.movers"),
    "Design": ("design_page.design_sections", "charts.design_curve"),
    "Linted": ("lint_page.finding_sections", "analysis_charts.moved_by_findings"),
    "Uncertainty": ("robustness_page.uncertainty_sections", "analysis_charts.distribution"),
    "Sensitivity": ("robustness_page.sensitivity_sections", "analysis_charts.tornado"),
    "Standard": ("handbook.head", ""),
    "Register": ("application_page.register_sections", ""),
    "EditionDiff": ("edition_page.comparison", ""),
    "Migration": ("edition_page.migration_sections", ""),
    "Scores": ("", "analysis_charts.histogram"),
    "Sweep": ("", "analysis_charts.sweep"),
    "ImprovementPlan": ("", "charts.cost_curve"),
    "PopulationSensitivity": ("", "analysis_charts.between"),
    "EffectiveWeights": ("", "analysis_charts.weights"),
    "WeightUncertainty": ("", "analysis_charts.weight_curve"),
}
"""What stands for each class of results in a notebook, and its chart, each by its module here and its function.

Where the first is blank its table stands for it; where the second is, it has no chart.
"""


def html_of(shown: object, lang: Lang = "zh") -> str | None:
    """Return how a notebook shows an object, as HTML; None for what is shown in one line."""
    if not (place := SHOWN.get(type(shown).__name__, ("", ""))[0]):
        table: Any = getattr(shown, "table", None)
        return table._repr_html_() if hasattr(table, "_repr_html_") else None
    module, name = place.split(".")
    made: Any = getattr(import_module(f"{__name__}.{module}"), name)(shown, lang)
    sections = [made] if hasattr(made, "html") else made
    return f'<div class="lsstd">{"".join(section.html for section in sections)}</div>'


def plot(
    result: Any, ax: Axes | None = None, lang: Lang = "zh", title: str | Text = "", chart: str = "", **options: Any
) -> Axes:
    """Draw the chart of a result, whose class `SHOWN` names; the module that draws it is loaded only now.

    Without axes it makes a new figure. The title stands above it; of made-up data it says so. `chart` names another
    chart than that of its class; what that takes may follow.
    """
    from lsstd.pages.drawing import titled

    module, name = (chart or SHOWN[type(result).__name__][1]).split(".")
    axes: Axes = getattr(import_module(f"{__name__}.{module}"), name)(result, ax=ax, lang=lang, **options)
    titled(axes, result, lang, title if isinstance(title, Text) else same(title))
    return axes
