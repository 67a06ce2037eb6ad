"""What several suites share: the command line run in this process, pages taken apart, made-up standards."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from command_line import Outcome, run_lsstd
from hypothesis import settings

from lsstd import Result, Standard, evaluate, load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.engine.evaluate import evaluate as core_evaluate
from lsstd.files.places import STANDARDS, example
from lsstd.files.reading import read_plain
from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import Parsed

# Drawn examples are the same in every run; set LSSTD_EXAMPLES to search further with random ones.
settings.register_profile("steady", derandomize=True, deadline=None)  # a busy machine must not fail an example
if not os.environ.get("LSSTD_EXAMPLES"):
    settings.load_profile("steady")


FIRST = ("browser", "hostile", "reports", "notebooks", "planning", "robustness", "population")
"""Folders whose files start first: they take longest, and those that wait for a browser leave the processor free."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest, so that two workers end together."""
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.parent.name, len(FIRST)))


@pytest.fixture(scope="session")
def lsstd() -> Callable[..., Outcome]:
    """Run ``lsstd`` in this process: ``lsstd("assess", file, "--json")`` gives status, out and err."""
    return run_lsstd


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let SIGINT reach what a test starts; a shell's background jobs are started with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Page(HTMLParser):
    """An HTML page taken apart: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="session")
def page_of() -> Callable[[str], Page]:
    """Take an HTML page apart: ``page_of(html).elements``, ``.text``, ``.of("script")``."""
    return Page


EVIL = """<b id="evil">x</b><script>alert(1)</script> "' & &amp; --> ]]> $\\frac$ [red]r[/] </h1></svg>"""


def spoilt(value: Any) -> Any:
    """Return plain values with EVIL behind every text that a reader may be shown."""
    if isinstance(value, dict):
        told = {"zh", "en", "text", "printed", "grade", "edition"}
        return {k: f"{v}{EVIL}" if k in told and isinstance(v, str) else spoilt(v) for k, v in value.items()}
    return [spoilt(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="session")
def evil() -> str:
    """What a hostile file would put into a text."""
    return EVIL


@pytest.fixture(scope="session")
def hostile_result() -> Result:
    """A result in which every text that comes from a file is hostile: the standard's and the subject's."""
    parsed = read_plain(STANDARDS / "hlj-base-evaluation.yaml")
    standard = parse_standard(Parsed(spoilt(parsed.value)), parsed.sha256, "hostile.yaml")
    given = read_plain(example("contradictory")).value
    given["subject"] |= {"name": f"基地{EVIL}", "region": EVIL, "party": EVIL}
    given["answers"]["training_centre"] = {"score": 7.5, "note": EVIL, "evidence": [{"file": EVIL}]}
    del given["answers"]["innovation"]
    given["facts"]["opened"] = "2023-11"
    return evaluate(standard, parse_assessment(standard, given))


CASES = Path(__file__).resolve().parent / "cases"


@pytest.fixture(scope="session")
def standard() -> Standard:
    return load_standard("hlj-base-evaluation")


@pytest.fixture(scope="session")
def made_up() -> Standard:
    """Another standard, with other numbers, operators and bands (see tests/cases/made-up)."""
    return load_standard(CASES / "made-up" / "standard.yaml")


@pytest.fixture(scope="session")
def assess(standard: Standard) -> Callable[..., Result]:
    """Evaluate facts and answers given as plain values, as a file holds them."""

    def evaluated(
        answers: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        readings: dict[str, str] | None = None,
        against: Standard = standard,
        **rest: Any,
    ) -> Result:
        given = {"standard": against.standard, "facts": facts or {}, "answers": answers or {}, **rest}
        return core_evaluate(against, parse_assessment(against, given), readings)

    return evaluated
