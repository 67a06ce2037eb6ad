"""Measurements of linting: how its time grows with a text, and what it finds of what readers remarked."""

from __future__ import annotations

import os
from pathlib import Path

import yaml
from bench_population import ratio, rounds, told

from lsstd.files.places import data
from lsstd.files.standards import load_standard
from lsstd.lint.draft import draft_of
from lsstd.lint.linting import TEXT_RULES, run_lint

HERE = Path(__file__).with_name("lint")
COPIES = 40
"""Of the made-up draft, in the shorter text: a quarter of the longer one, which has about a megabyte."""


def linted(text: str) -> int:
    """Return how many findings a text has."""
    draft = draft_of(text)
    return sum(1 for rules in TEXT_RULES for _ in rules.apply(draft, ""))


def lint_time() -> None:
    """Linting a text four times as long: in linear time 4 times as long, or less."""
    text = (data() / "drafts" / "made_up_draft.txt").read_text(encoding="utf-8") * COPIES
    times = rounds({"long": lambda: linted(4 * text), "short": lambda: linted(text)}, 5)
    for name, copies in (("long", 4), ("short", 1)):
        told(f"lint, {copies * len(text.encode()) / 2**20:.2f} MB", times[name])
    print(f"  {ratio(times, 'long', 'short'):.1f} times as long")


def lint_recall() -> None:
    """Clauses on which readers remarked whose rules find something, where the sources lie; alarms on a clean draft."""
    seeds = Path(os.environ.get("LSSTD_SEEDS") or HERE.parents[2] / "shared" / "seeds")
    for standard, clauses in yaml.safe_load((HERE / "remarks.yaml").read_text(encoding="utf-8")).items():
        sources = [path for path in seeds.glob("*.txt") if load_standard(standard).title.zh in path.read_text("utf-8")]
        found = {one.rule.code for one in run_lint(standard, *sources).findings}
        count = sum(bool(found.intersection(said.get("found", ()))) for said in clauses.values())
        silent = sum("found" not in said for said in clauses.values())
        print(f"  {standard}: {count} of {len(clauses)} clauses; {silent} remarks are beyond a program")
    clean = (HERE / "clean_draft.txt").read_text(encoding="utf-8")
    print(f"  clean draft: {linted(clean)} alarms in {len(clean.splitlines())} lines")


sections = (lint_time, lint_recall)
