"""What is shown, once: sections of pages, and the charts of results."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lsstd.words import Lang

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHARTS = {
    "Result": "charts.profile",
    "Comparison": "charts.cases",
    "Portfolio": "charts.ranks",
    "Chain": "charts.parties",
    "Impact": "population_charts.transitions",
    "Sweep": "population_charts.sweep",
    "Certificate": "robustness_charts.cushions",
    "Envelope": "robustness_charts.envelope",
    "PopulationReadings": "robustness_charts.movers",
    "ImprovementPlan": "plan_charts.cost_curve",
    "Uncertainty": "robustness_charts.distribution",
    "Sensitivity": "robustness_charts.tornado",
    "EffectiveWeights": "robustness_charts.weights",
}
"""The chart of each class of results: its module here and its function."""


def plot(result: object, ax: Axes | None = None, lang: Lang = "zh", **options: Any) -> Axes:
    """Draw a result's chart; the module that draws it is loaded only now.

    Parameters
    ----------
    result : object
        Of a class that `CHARTS` names.
    ax : Axes, optional
        Where to draw; a new figure without it.
    lang : {"zh", "en"}
    """
    module, name = CHARTS[type(result).__name__].split(".")
    axes: Axes = getattr(import_module(f"{__name__}.{module}"), name)(result, ax=ax, lang=lang, **options)
    return axes
