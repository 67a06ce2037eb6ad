"""Reports: a papermill notebook, executed and turned into one file that needs no network."""

from __future__ import annotations

from typing import Any


class _Engine:
    """The engine that papermill knows as ``lsstd``: imported when it is first asked, for it needs papermill itself."""

    def __getattr__(self, name: str) -> Any:
        from lsstd.reports.engine import ForkedEngine

        return getattr(ForkedEngine, name)


papermill_engine = _Engine()
