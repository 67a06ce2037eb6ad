"""Results that have a chart, or a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lsstd.exact import plain_tree
from lsstd.standard.models import Concise
from lsstd.words import Lang

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class Charted(Concise):
    """A result with a chart, which `lsstd.pages.SHOWN` names for its class, and which says what it shows."""

    def plot(self, ax: Axes | None = None, lang: Lang = "zh", **options: Any) -> Axes:
        """Draw the result's chart on `ax`, or on a new figure without it, and return the axes.

        `title` and more are as in `lsstd.pages.plot`.

        >>> result = lsstd.evaluate("hlj-base-evaluation", lsstd.example("near_aaa"))
        >>> len(result.plot(lang="en").get_yticklabels())
        12
        """
        from lsstd.pages import plot

        return plot(self, ax, lang, **options)


def frame_of(lines: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return lines as a data frame: columns of ids and codes, the same in every language, and plain numbers."""
    import pandas as pd

    return pd.DataFrame(map(plain_tree, lines))
