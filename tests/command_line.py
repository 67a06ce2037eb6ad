"""The command line run in this process, for tests and for the script that writes the golden outputs."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import pytest

from lsstd.__main__ import main


class Outcome(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def parsed(self) -> Any:
        """What was printed, where that is JSON."""
        return json.loads(self.out)


def run_lsstd(*arguments: object) -> Outcome:
    """Run ``lsstd`` as the console script would, and hold that no traceback reaches the user."""
    out, err = io.StringIO(), io.StringIO()
    status: object = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["lsstd", *map(str, arguments)])
        patch.setenv("LSSTD_LANG", "zh")
        try:
            main()
        except SystemExit as stop:
            status = stop.code or 0
    told = err.getvalue()
    assert "Traceback" not in told
    assert "内部错误" not in told, told
    assert "error inside lsstd" not in told, told
    assert isinstance(status, int)
    return Outcome(status, out.getvalue(), told)
