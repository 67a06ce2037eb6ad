"""Several experts, bases or parties, side by side; ``lsstd.panel(…)`` combines the sheets of a panel.

This room bears the name of what it is for, so the package itself can be called. What that takes is loaded then.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from lsstd.assessment.assessment import Stage
    from lsstd.changes.reform import Reform
    from lsstd.panel.panel_result import PanelResult
    from lsstd.panel.sheets import PanelSheet
    from lsstd.standard.standard import Standard


def combined(
    sheets: Iterable[str | Path | PanelSheet] | str | Path,
    standard: Standard | None = None,
    *,
    stage: Stage | None = None,
    round: str | None = None,
    readings: dict[str, str] | None = None,
    reforms: Sequence[Reform] = (),
    **combination: Any,
) -> PanelResult:
    """Combine the sheets of a panel, read from files (or a folder of them) and held against each other.

    Parameters
    ----------
    sheets : iterable of path, or a folder
        Sheets of experts (YAML, JSON, workbooks), at any stages, or folders of them; an assessment without an expert is
        the self-score.
    standard : Standard, optional
        In the place of the one that the sheets name.
    stage : {"papers", "site", "final"}, optional
        Whose sheets are combined: by default those of the last stage that any expert has reached.
    readings, reforms
        Of the standard, as for `lsstd.evaluate_under`.
    **combination
        As for `Combination`: ``rule``, ``level``, ``trim_from``, ``groups``, ``rounding``, ``missing``.

    Returns
    -------
    PanelResult
        Sheets that do not count (of another base, edition or round, twice of one expert, of an expert with a conflict
        of interest, or unreadable) are in `refused`, with what is wrong with each; the others are combined.

    Raises
    ------
    LsstdError
        No sheet of an expert is left, or the combination is not possible.

    Examples
    --------
    >>> found = lsstd.panel("data/panels/one_strict", rule="trimmed_mean")
    >>> found.grade, float(found.score.secured)
    ('AAA', 418.5)
    """
    from dataclasses import replace
    from pathlib import Path

    from lsstd.errors import LsstdError, Problem
    from lsstd.files.cases import evaluate_under
    from lsstd.files.reading import KINDS, in_folder
    from lsstd.panel.combination import Combination
    from lsstd.panel.panel_result import combine
    from lsstd.panel.sheets import STAGE_ORDER, gather
    from lsstd.words import msg, same

    listed = [sheets] if isinstance(sheets, str | Path) else [*sheets]
    files: list[str | Path | PanelSheet] = []
    for one in listed:
        if isinstance(one, str | Path) and Path(one).is_dir():
            files += in_folder(Path(one), (*KINDS, ".xlsx"))
        else:
            files.append(one)
    how, found = Combination(**combination), gather(files, standard, round)

    def at(stage: Stage | None) -> PanelResult | None:
        chosen = found.at(stage)
        return combine(found.standard, chosen, how, readings, reforms) if chosen else None

    if (last := at(stage)) is None:
        there = "/".join(dict.fromkeys(sheet.stage for sheet in found.sheets))
        raise LsstdError(msg("there is no panel"), [Problem("stage", same(stage), same(there))])
    place = STAGE_ORDER.index(last.sheets[0].stage)
    earlier = [before for name in STAGE_ORDER[1:place] if (before := at(name))]
    own = found.self_score
    scored = evaluate_under(found.standard, own.assessment, readings, reforms) if own else None
    return replace(last, self_score=scored, earlier=tuple(earlier), refused=found.refused)


class _Room(ModuleType):
    def __call__(self, *values: Any, **named: Any) -> PanelResult:
        """Combine the sheets of a panel: see `combined`."""
        import lsstd

        found: PanelResult = lsstd._taking_files(combined)(*values, **named)
        return found


panel = sys.modules[__name__]
panel.__class__ = _Room
