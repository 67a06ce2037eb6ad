"""What commands, reports and office files give for the examples is what it was; a change is a commit of its own."""

import difflib

import pytest
from golden_outputs import CASES, GOLDEN, WRITE, files_of

MOST = 40  # lines of a difference that are shown


# Every output is the stored one, in both languages.
@pytest.mark.parametrize("name", CASES)
def test_the_output_is_as_before(name: str) -> None:
    before = {path.name: path.read_text(encoding="utf-8") for path in GOLDEN.glob(f"{name}.*")}
    now = files_of(name)
    lines = [
        line
        for file in sorted({*before, *now})
        for line in difflib.unified_diff(
            before.get(file, "").splitlines(), now.get(file, "").splitlines(), file, "now", n=1, lineterm=""
        )
    ]
    left = f"\n… {len(lines) - MOST} more lines" if len(lines) > MOST else ""
    if lines:
        pytest.fail("\n".join(lines[:MOST]) + f"{left}\nIf this is meant: {WRITE}", pytrace=False)


# No file lies there of which nothing is checked.
def test_no_file_is_stale() -> None:
    stale = sorted(path.name for path in GOLDEN.iterdir() if path.name.partition(".")[0] not in CASES)
    assert not stale, f"renew with: {WRITE}"
