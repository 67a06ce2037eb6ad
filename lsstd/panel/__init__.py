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

    Sheets that do not count (of another base, edition or round, twice of one expert, of an expert with a conflict of
    interest, or unreadable) are in `refused`, with what is wrong with each; the others are combined.

    Parameters
    ----------
    sheets
        Files of sheets, or folders of them, at any stages; an assessment without an expert is the self-score.
    standard
        In the place of the one that the sheets name.
    stage
        Whose sheets are combined: by default those of the last stage that any expert has reached.
    **combination
        As for `Combination`: ``rule``, ``level``, ``trim_from``, ``groups``, ``rounding``, ``missing``.

    Raises `LsstdError`: no sheet of an expert is left, or the combination is not possible.

    >>> result = lsstd.panel("data/panels/one_strict", rule="trimmed_mean")
    >>> result.grade, float(result.score.secured)
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
    how, gathered = Combination(**combination), gather(files, standard, round)

    def at(stage: Stage | None) -> PanelResult | None:
        chosen = gathered.at(stage)
        return combine(gathered.standard, chosen, how, readings, reforms) if chosen else None

    if (last := at(stage)) is None:
        stages = "/".join(dict.fromkeys(sheet.stage for sheet in gathered.sheets))
        raise LsstdError(msg("there is no panel"), [Problem("stage", same(stage), same(stages))])
    place = STAGE_ORDER.index(last.sheets[0].stage)
    earlier = tuple(before for name in STAGE_ORDER[1:place] if (before := at(name)))
    claim = gathered.self_score
    self_score = evaluate_under(gathered.standard, claim.assessment, readings, reforms) if claim else None
    return replace(last, self_score=self_score, earlier=earlier, refused=gathered.refused)


class _Room(ModuleType):
    def __call__(self, *values: Any, **named: Any) -> PanelResult:
        """Combine the sheets of a panel: see `combined`."""
        from lsstd.arguments import taking_files

        found: PanelResult = taking_files(combined)(*values, **named)
        return found


panel = sys.modules[__name__]
panel.__class__ = _Room
