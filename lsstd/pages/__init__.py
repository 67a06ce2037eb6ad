"""What is shown, once: sections of pages, and the charts of results."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lsstd.words import Lang, Text, made_up, same

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHARTS = {
    "Result": "charts.profile",
    "Comparison": "charts.cases",
    "Portfolio": "charts.ranks",
    "Chain": "charts.parties",
    "Scores": "population_charts.histogram",
    "Impact": "population_charts.transitions",
    "Sweep": "population_charts.sweep",
    "Certificate": "robustness_charts.cushions",
    "Envelope": "robustness_charts.envelope",
    "PopulationReadings": "robustness_charts.movers",
    "Uncertainty": "robustness_charts.distribution",
    "Sensitivity": "robustness_charts.tornado",
    "PopulationSensitivity": "robustness_charts.between",
    "EffectiveWeights": "robustness_charts.weights",
    "WeightUncertainty": "robustness_charts.weight_curve",
}
"""The chart of each class of results: its module here and its function."""


def plot(
    result: Any, ax: Axes | None = None, lang: Lang = "zh", title: str | Text = "", chart: str = "", **options: Any
) -> Axes:
    """Draw a result's chart; the module that draws it is loaded only now.

    Parameters
    ----------
    result : object
        Of a class that `CHARTS` names.
    ax : Axes, optional
        Where to draw; a new figure without it.
    lang : {"zh", "en"}
    title : str or Text
        What stands above the chart (a `Text` in the language asked for); of made-up data it says so.
    chart : str
        Another chart than that of its class, as in `CHARTS`; what it takes may follow.
    """
    from lsstd.pages.drawing import headed

    module, name = (chart or CHARTS[type(result).__name__]).split(".")
    axes: Axes = getattr(import_module(f"{__name__}.{module}"), name)(result, ax=ax, lang=lang, **options)
    if title:
        is_synthetic = getattr(getattr(result, "population", result), "is_synthetic", False)
        headed(axes, made_up(title if isinstance(title, Text) else same(title), is_synthetic).to(lang))
    return axes
