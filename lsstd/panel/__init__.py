"""Several experts, bases or parties, side by side; ``lsstd.panel(…)`` combines the sheets of a panel.

This room bears the name of what it is for, so the package itself can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsstd.panel.panel_result import PanelResult


class _Room(ModuleType):
    def __call__(self, *sheets: Any, **options: Any) -> PanelResult:
        """Combine the sheets of a panel: see `lsstd.panel.panel_result.panel`."""
        import lsstd
        from lsstd.panel.panel_result import panel

        return lsstd._taking_files(panel)(*sheets, **options)  # type: ignore[no-any-return]


panel = sys.modules[__name__]
panel.__class__ = _Room
